"""`flask staff add`, `flask staff disable`"""

from __future__ import annotations

import click
from flask.cli import AppGroup

from support import clock
from support.accounts.forms import mail_address
from support.accounts.staff.invitations import invite
from support.accounts.staff.operations import add_member, change_role
from support.accounts.staff.operations import disable as disable_member
from support.accounts.staff.queries import member_of_address
from support.db import current_database
from support.errors import InvalidInput
from support.guards import ROLES
from support.i18n import DEFAULT, LOCALES

staff_commands = AppGroup("staff", help="Who of the newsroom may sign in.")


@staff_commands.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--locale", type=click.Choice(LOCALES), default=DEFAULT, show_default=True, help="Language of the mail.")
def add(email: str, role: str, locale: str) -> None:
    """Invite EMAIL: mail a link and print it. Again for somebody who is there: a new link, and the role."""
    now = clock.now()
    try:
        address = mail_address(email)
        with current_database().transaction() as session:
            member = member_of_address(session, address)
            if member is None:
                member = add_member(session, address, role, now)
            else:
                change_role(session, member, role, now)
            link = invite(session, member, locale, now)
    except InvalidInput as error:
        raise click.ClickException(error.errors[0].message) from None
    click.echo(link)


@staff_commands.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Sign EMAIL out everywhere, for good; `flask staff add` lets them join again."""
    with current_database().transaction() as session:
        member = member_of_address(session, email)
        if member is None:
            raise click.ClickException("there is no member with this address")
        try:
            disable_member(session, member, clock.now())
        except InvalidInput as error:
            raise click.ClickException(error.errors[0].message) from None
    click.echo("disabled")
