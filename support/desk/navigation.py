"""Where staff can go: the one table behind the navigation and the overview."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from support.accounts.staff.sign_ins import the_member
from support.guards import ROLES, guard_of


@dataclass(frozen=True)
class Place:
    """A page in the navigation, for these roles; `about` is its line on the overview."""

    endpoint: str
    title: str
    roles: tuple[str, ...]
    about: str


# Whoever adds a part of the staff's pages adds its row. What is not registered is not shown.
PLACES = (
    Place("desk.home", "Overview", ROLES, ""),
    Place("reports.overview", "Finance", ROLES, "Income, members, payouts: the figures and the books."),
    Place("payments.listing", "Payments", ("finance", "admin"), "Every payment, one by one."),
    Place("ledger.entries", "Ledger", ("finance", "admin"), "Every movement of the balance at Stripe."),
    Place("people.search", "Supporters", ("finance", "admin"), "Who gave, and everything that happened to them."),
    Place(
        "refunds.listing",
        "Refunds asked for",
        ("finance", "admin"),
        "What waits for a second person, and what became of it.",
    ),
    Place("grants.listing", "Free access", ("editor", "admin"), "Who reads without paying, until when and why."),
    Place("recorder.events", "Events", ("finance", "admin"), "What came from Stripe, and what became of it."),
    Place("staff_statements.listing", "Statements", ("finance", "admin"), "What supporters have for their taxes."),
    Place("staff_members.members", "Staff", ("admin",), "Who signs in here, and with which role."),
    Place("desk.audit", "Audit", ("admin",), "What staff did, line by line."),
    Place("entrance.sign_ins", "Your sign-ins", ROLES, "The browsers in which you are signed in."),
)


def places() -> list[Place]:
    """The places that are open to whoever is signed in."""
    role = the_member().role
    return [one for one in PLACES if one.endpoint in current_app.view_functions and role in one.roles]


def may_open(endpoint: str) -> bool:
    """Whether this page is there, and open to whoever is signed in."""
    view = current_app.view_functions.get(endpoint)
    return view is not None and the_member().role in (guard_of(view) or "").split()[1:]
