"""Grant free access, and revoke it. For editors, too: nothing here tells what anybody has paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, render_template, request, url_for

from support import clock, guards
from support.access.models import Grant
from support.access.operations import revoke_grant
from support.accounts.forms import mail_address
from support.accounts.operations import supporter_of_customer
from support.accounts.staff.sign_ins import the_member
from support.audit import is_first_use, record, record_look
from support.campaigns.models import Plan
from support.campaigns.queries import all_campaigns
from support.clock import local_day
from support.db import current_database
from support.desk.actions.grants.forms import GrantBody, end_of
from support.desk.actions.grants.queries import open_grants, reads_without, whole_grant
from support.desk.actions.queries import find_supporter
from support.desk.pages import ID, ActBody, staff_pages
from support.errors import FieldError, InvalidInput
from support.http import read_body, see_other

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings

grants = staff_pages("grants")


@grants.get("/finance/grants")
@guards.staff("editor", "admin")
def listing() -> str:
    """Who reads free now, and a form for one more."""
    return _list({})


@grants.post("/finance/grants")
@guards.staff("editor", "admin")
def grant() -> Response:
    """Open members' articles to an address, known or not."""
    now = clock.now()
    try:
        body = read_body(GrantBody)
        email = mail_address(body.email)
        ends_at = end_of(body.until, local_day(now), _settings().time_zone)
        with current_database().transaction() as session:
            if is_first_use(session, body.use(), now):
                _grant(session, email, body, ends_at, now)
    except InvalidInput as error:
        return Response(_list({one.field: one.message for one in error.errors}), 422)
    return see_other(url_for(".listing", done=""))


@grants.get(f"/finance/supporters/<{ID}:supporter_id>/grant")
@guards.staff("admin")
def ask(supporter_id: int) -> str:
    """The same form for a supporter who is known."""
    with current_database().transaction() as session:
        email = find_supporter(session, supporter_id).email
        record_look(session, supporter_id, "to grant free access")
    return _list({}, email=email or "")


@grants.get(f"/finance/grants/<{ID}:grant_id>")
@guards.staff("editor", "admin")
def one(grant_id: int) -> str:
    """One grant, and what revoking it does."""
    now = clock.now()
    with current_database().transaction() as session:
        whole = whole_grant(session, grant_id)
        record_look(session, whole.supporter.id, f"grant {grant_id}")
        reads = reads_without(session, whole.grant, now)
        return render_template("desk/grant.html", whole=whole, reads=reads, is_live=whole.grant.is_live(now))


@grants.post(f"/finance/grants/<{ID}:grant_id>/revoke")
@guards.staff("editor", "admin")
def revoke(grant_id: int) -> Response:
    """End it now."""
    read_body(ActBody)
    now = clock.now()
    with current_database().transaction() as session:
        whole = whole_grant(session, grant_id)
        if revoke_grant(session, grant_id, now):
            record(session, "revoked access", f"supporter {whole.supporter.id}", f"grant {grant_id}")
    return see_other(url_for(".one", grant_id=grant_id))


def _grant(session: Session, email: str, body: GrantBody, ends_at: datetime, now: datetime) -> None:
    plan = session.get(Plan, int(body.plan)) if body.plan is not None else None
    if body.plan is not None and plan is None:
        raise InvalidInput([FieldError("plan", "There is no such plan.")])
    supporter = supporter_of_customer(session, None, email, body.locale, now)
    session.add(
        Grant(
            supporter_id=supporter.id,
            plan=plan,
            reason=body.reason,
            granted_by_id=the_member().staff_id,
            granted_at=now,
            ends_at=ends_at,
        )
    )
    record(session, "granted access", f"supporter {supporter.id}", f"until {body.until}: {body.reason}")


def _list(errors: dict[str, str], **values: Any) -> str:
    now = clock.now()
    with current_database().transaction() as session:
        found = open_grants(session, now)
        if found:
            record(session, "looked at free access", "free access", f"{len(found)} grants")
        plans = [
            (str(plan.id), f"{plan.name('en')} ({campaign.slug})")
            for campaign in all_campaigns(session)
            for plan in campaign.plans
        ]
    return render_template(
        "desk/grants.html",
        found=found,
        plans=[("", "Any plan: everything that members read"), *plans],
        languages=(("en", "English"), ("uk", "Ukrainian")),
        errors=errors,
        values={**request.form, **values},
        today=local_day(now),
        is_done="done" in request.args,
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
