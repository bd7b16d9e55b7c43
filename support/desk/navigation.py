"""Where staff can go, in two levels: the one table behind the navigation and the overview."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import current_app, request

from support.accounts.staff.sign_ins import the_member
from support.guards import guard_of


@dataclass(frozen=True)
class Place:
    """A page in the navigation; `about` is its line on the overview.

    `holds`: the views of what is below it, as endpoints or whole blueprints.
    """

    endpoint: str
    title: str
    about: str = ""
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """Places that belong together; the first is where its name leads. `is_own`: it stands beside the way out."""

    title: str
    places: tuple[Place, ...]
    is_own: bool = False


# Whoever adds a part of the staff's pages adds its row. What is not registered, or not for the role, is not shown.
SECTIONS = (
    Section("Overview", (Place("desk.home", "Overview"),)),
    Section("Reports", (Place("reports.overview", "Reports", "Income, members, payouts: the figures.", ("reports",)),)),
    Section(
        "Books",
        (
            Place(
                "payments.listing",
                "Payments",
                "Every payment, one by one.",
                ("payments", "acts.ask_before_sending", "acts.send_again"),
            ),
            Place("payments.refunds", "Refunds", "What went back, and why."),
            Place("payments.failures", "Refused charges", "What banks did not pay, and why."),
            Place("payments.movements", "What moved revenue", "Whose membership is worth more or less, by month."),
            Place("payments.comings", "Who came and went", "Who became a member and who ceased to be one, by month."),
            Place("ledger.entries", "Ledger", "Every movement of the balance at Stripe.", ("ledger",)),
            Place("refunds.listing", "Refunds asked for", "What waits for a second person.", ("refunds",)),
        ),
    ),
    Section(
        "Supporters",
        (
            Place("people.search", "Supporters", "Who gave, and all that happened.", ("people", "merging", "acts")),
            Place("grants.listing", "Free access", "Who reads without paying, and why.", ("grants",)),
            Place(
                "staff_statements.listing",
                "Statements",
                "What supporters have for their taxes.",
                ("staff_statements",),
            ),
        ),
    ),
    Section(
        "Events",
        (
            Place("recorder.events", "Events", "What came from Stripe, and what became of it.", ("recorder",)),
            Place("recorder.differences", "Differences", "What no event told, run by run.", ("recorder.run",)),
        ),
    ),
    Section(
        "Staff",
        (
            Place("staff_members.members", "Staff", "Who signs in here, with which role.", ("staff_members",)),
            Place("desk.audit", "Audit", "What staff did, line by line."),
        ),
    ),
    Section(
        "Your account",
        (
            Place("own_account.account", "Your account", "Password, phone, recovery codes.", ("own_account",)),
            Place("entrance.sign_ins", "Your sign-ins", "The browsers in which you are signed in."),
        ),
        is_own=True,
    ),
)


def sections() -> list[Section]:
    """What is open to whoever is signed in; a section of which only one place is open has the name of that one."""
    opened = (replace(one, places=tuple(place for place in one.places if may_open(place.endpoint))) for one in SECTIONS)
    return [one if len(one.places) > 1 else replace(one, title=one.places[0].title) for one in opened if one.places]


def place_here() -> Place | None:
    """The place that the page of this request is, or is below of: the most exact row counts."""
    places = [place for section in SECTIONS for place in section.places]
    by_endpoint = (place for place in places if request.endpoint in (place.endpoint, *place.holds))
    by_blueprint = (place for place in places if request.blueprint in place.holds)
    return next(by_endpoint, None) or next(by_blueprint, None)


def may_open(endpoint: str) -> bool:
    """Whether this page is there, and open to whoever is signed in."""
    view = current_app.view_functions.get(endpoint)
    return view is not None and the_member().role in (guard_of(view) or "").split()[1:]
