"""The staff's pages and actions: signing in, who is staff, what was done. In English only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.accounts.staff.sign_ins import current_member
from support.chores import register_chore
from support.desk import figures
from support.desk.actions.grants.views import grants
from support.desk.actions.merging.views import merging
from support.desk.actions.refunds.flows import send_unanswered
from support.desk.actions.refunds.views import refunds
from support.desk.actions.views import acts
from support.desk.books.views import ledger, payments
from support.desk.entrance.joining import joining
from support.desk.entrance.own_account import own_account
from support.desk.entrance.views import ask_staff_to_sign_in, entrance
from support.desk.hosts import keep_apart
from support.desk.members.views import staff_members
from support.desk.navigation import may_open, place_here, sections
from support.desk.people.views import people
from support.desk.reports.views import reports
from support.desk.statements.views import staff_statements
from support.desk.views import desk
from support.errors import StaffSignInRequired
from support.tokens import new_token

if TYPE_CHECKING:
    from flask import Flask

    from config.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Show the staff's pages, on STAFF_HOST alone if there is one."""
    pages = (desk, entrance, joining, staff_members, reports, payments, ledger, people, staff_statements)
    for blueprint in (*pages, own_account, acts, refunds, grants, merging):
        app.register_blueprint(blueprint)
    figures.init_app(app)
    app.add_template_global(sections, "staff_sections")
    app.add_template_global(place_here, "staff_place_here")
    app.add_template_global(may_open, "staff_may_open")
    app.add_template_global(new_token, "new_attempt")
    register_chore(app, "unanswered refunds", every=60, work=send_unanswered)
    app.add_template_global(current_member, "staff_member")
    app.register_error_handler(StaffSignInRequired, lambda _error: ask_staff_to_sign_in())
    if settings.staff_host:
        app.before_request(keep_apart)
