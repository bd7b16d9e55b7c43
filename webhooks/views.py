"""/finance/events: how the inbox does, one event's journey, replay, and what reconcile found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, render_template, url_for

from support import audit, clock, guards
from support.db import current_database
from support.desk.pages import ID, StaffBody, staff_pages
from support.errors import InvalidInput, NotFound
from support.http import read_body, read_query, see_other
from support.sync.operations import object_key
from support.sync.queries import differences_after, run_by_id, runs_before
from webhooks.handlers import HANDLERS
from webhooks.models import STATES
from webhooks.operations import about_event, replay
from webhooks.recorder.forms import DifferencesQuery, EventsQuery, ReasonBody, RunsQuery, check_events
from webhooks.recorder.journey import journey
from webhooks.recorder.objects import at_stripe, ours
from webhooks.recorder.queries import IGNORED_DAYS, event_page, health, parked_for

if TYPE_CHECKING:
    from config.settings import Settings

recorder = staff_pages("recorder")

# How many events one press of a button lets wait again.
AT_ONCE = 200
_RUNS = 20
_DIFFERENCES = 50


@recorder.get("/finance/events")
@guards.staff("finance", "admin")
def events() -> tuple[str, int]:
    """How the inbox does, and a list of events under the filters of the address."""
    query = read_query(EventsQuery)
    settings: Settings = current_app.extensions["settings"]
    asked = query.model_dump(exclude={"after", "again"}, exclude_defaults=True)
    try:
        wanted = check_events(query, settings.time_zone)
    except InvalidInput as error:
        errors = {one.field: one.message for one in error.errors}
        return _show("events", asked=asked, errors=errors, states=STATES, types=HANDLERS), 422
    is_first = not query.after
    with current_database().reading() as session:
        return _show(
            "events",
            asked=asked,
            errors={},
            states=STATES,
            types=HANDLERS,
            is_first=is_first,
            page=event_page(session, wanted, query.after),
            health=health(session, clock.now()) if is_first and not asked else None,
            ignored_days=IGNORED_DAYS,
            again=query.again,
            at_once=AT_ONCE,
        ), 200


@recorder.post("/finance/events/replay")
@guards.staff("finance", "admin")
def replay_reason() -> Response:
    """Let events that are parked for one reason wait again: those that came first, AT_ONCE at most."""
    reason = read_body(ReasonBody).reason
    with current_database().transaction() as session:
        again = sum(replay(session, one) for one in parked_for(session, reason, AT_ONCE))
    return see_other(url_for(".events", again=again))


@recorder.get("/finance/events/differences")
@guards.staff("finance", "admin")
def differences() -> str:
    """Runs of reconcile, the newest first."""
    before = read_query(RunsQuery).before
    with current_database().reading() as session:
        runs = runs_before(session, int(before) if before else None, _RUNS + 1)
    older = runs[_RUNS - 1].row.id if len(runs) > _RUNS else None
    return _show("differences", runs=runs[:_RUNS], older=older, is_newest=before is None)


@recorder.get(f"/finance/events/differences/<{ID}:run_id>")
@guards.staff("finance", "admin")
def run(run_id: int) -> str:
    """What one run found, in its order."""
    after = read_query(DifferencesQuery).after
    with current_database().reading() as session:
        its = run_by_id(session, run_id)
        if its is None:
            raise NotFound("There is no such run; they are kept for 90 days.")
        found = differences_after(session, run_id, int(after or 0), _DIFFERENCES + 1)
        shown = [(one, object_key(one.kind, one.stripe_id)) for one in found[:_DIFFERENCES]]
        known = ours(session, [key for _, key in shown])
    following = shown[-1][0].id if len(found) > _DIFFERENCES else None
    return _show("run", run=its, shown=shown, ours=known, following=following, is_first=after is None)


@recorder.get("/finance/events/<stripe_event_id>")
@guards.staff("finance", "admin")
def event(stripe_event_id: str) -> str:
    """One event's journey; what its body says about people is hidden."""
    with current_database().reading() as session:
        its = journey(session, stripe_event_id, is_whole=False)
    if its is None:
        raise NotFound("There is no such event.")
    return _show("event", journey=its)


@recorder.post("/finance/events/<stripe_event_id>/body")
@guards.staff("admin")
def whole_body(stripe_event_id: str) -> str:
    """The same with everything that its body says. Whoever looks leaves a line in the audit."""
    read_body(StaffBody)
    with current_database().transaction() as session:
        its = journey(session, stripe_event_id, is_whole=True)
        if its is None or its.body is None:
            raise NotFound("There is no body to look at.")
        audit.record(session, "looked at event body", about_event(stripe_event_id), its.event.object_key)
    return _show("event", journey=its, is_whole=True)


@recorder.post("/finance/events/<stripe_event_id>/replay")
@guards.staff("finance", "admin")
def replay_event(stripe_event_id: str) -> Response:
    """Let an event wait again."""
    read_body(StaffBody)
    with current_database().transaction() as session:
        is_waiting = replay(session, stripe_event_id)
    if not is_waiting:
        raise NotFound("There is no such event from which anything follows.")
    return see_other(url_for(".event", stripe_event_id=stripe_event_id))


def _show(template: str, **values: Any) -> str:
    return render_template(f"webhooks/{template}.html", at_stripe=at_stripe, **values)
