"""Who someone is: supporters, known by an address that they may not have proven, who sign in by mail; and staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.accounts.forgetting import (
    forget_address_of,
    forget_links,
    forget_notes,
    forget_sign_ins,
    prune_links,
    prune_sign_ins,
)
from support.accounts.models import SupporterNote
from support.accounts.operations import move_account
from support.accounts.sign_ins import current_supporter
from support.accounts.staff import sign_ins as staff_sign_ins
from support.accounts.staff.commands import staff_commands
from support.accounts.staff.forgetting import prune_invitations, prune_staff_sign_ins
from support.accounts.views import accounts, ask_to_sign_in
from support.audit import register_actors
from support.errors import SignInRequired
from support.guards import register_staff, register_supporters
from support.holdings import move_rows, register_holding

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Show the sign-in, and tell the guards who is signed in."""
    app.register_blueprint(accounts)
    register_supporters(app, current_supporter)
    register_holding(app, "address", forget=forget_address_of)
    register_holding(app, "customers at Stripe", move=move_account)
    register_holding(app, "notes", forget=forget_notes, move=move_rows(SupporterNote, SupporterNote.supporter_id))
    register_holding(app, "mailed links", prune=prune_links, forget=forget_links)
    register_holding(app, "sign-ins", prune=prune_sign_ins, forget=forget_sign_ins)
    staff_sign_ins.init_app(app)
    register_staff(app, staff_sign_ins.current_member)
    register_actors(app, staff_sign_ins.current_actor)
    register_holding(app, "staff sign-ins", prune=prune_staff_sign_ins)
    register_holding(app, "staff invitations", prune=prune_invitations)
    app.cli.add_command(staff_commands)
    app.register_error_handler(SignInRequired, lambda _error: ask_to_sign_in())
