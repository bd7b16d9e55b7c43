"""/account and what is below it, for whoever is signed in. No id in an address is believed: see queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, render_template, request, url_for

from support import clock, guards
from support.access.queries import grants_of
from support.accounts.forms import way_back
from support.accounts.models import Supporter
from support.accounts.sign_ins import current_supporter, the_supporter
from support.clock import local_day
from support.db import current_database
from support.emails.rules import receipt_number
from support.errors import NotFound
from support.gateway import current_gateway
from support.http import see_other
from support.i18n import LOCALES, choose, known
from support.i18n import gettext as _
from support.portal.account.flows import portal_of_customer, portal_of_membership
from support.portal.account.queries import customers_of, membership_of, memberships_of, payment_of, payments_of
from support.portal.account.statements.views import statements
from support.sync.flows import cancel_membership

if TYPE_CHECKING:
    from config.settings import Settings
    from support.payments.models import Payment
    from support.portal.account.queries import TheirMembership

account = Blueprint("account", __name__)
account.register_blueprint(statements)

# What an address may say has just been done.
_DONE = ("canceled", "language")
# The largest id that both databases can look for.
_ID = "int(max=9223372036854775807)"


@account.before_request
def speak_their_language() -> None:
    """The language that the supporter has chosen, unless the address names another."""
    person = current_supporter()
    if person is not None and known(request.args.get("locale")) is None and known(person.locale) is not None:
        choose(person.locale)


@account.get("/account")
@guards.supporter
def overview() -> str:
    """Everything at a glance."""
    person = the_supporter()
    with current_database().reading() as session:
        memberships = memberships_of(session, person.supporter_id)
        payments = payments_of(session, person.supporter_id)
        customers = customers_of(session, person.supporter_id)
        grants = grants_of(session, person.supporter_id, clock.now())
    return render_template(
        "account/overview.html",
        person=person,
        memberships=memberships,
        living=[one for one in memberships if not one.outlook.is_over],
        payments=[(one, _number(one.payment)) for one in payments],
        has_customer=bool(customers),
        grants=grants,
        locales=LOCALES,
        done=next((word for word in _DONE if word == request.args.get("done")), None),
        return_to=way_back(request.args.get("return_to")),
    )


@account.get(f"/account/memberships/<{_ID}:membership_id>/cancel")
@guards.supporter
def ask_before_canceling(membership_id: int) -> str:
    """The second of two clicks."""
    their = _membership(membership_id)
    return render_template("account/cancel.html", their=their, person=the_supporter())


@account.post(f"/account/memberships/<{_ID}:membership_id>/cancel")
@guards.supporter
def cancel(membership_id: int) -> Response:
    """Cancel at the end of what is paid for."""
    their = _membership(membership_id)
    if their.outlook.may_be_canceled:
        cancel_membership(current_database(), current_gateway(), their.membership.stripe_subscription_id)
    return see_other(url_for(".overview", done="canceled"))


@account.post(f"/account/memberships/<{_ID}:membership_id>/stripe")
@guards.supporter
def manage_membership(membership_id: int) -> Response:
    """To Stripe's billing portal: cards, invoices, another amount."""
    their = _membership(membership_id)
    subscription = their.membership.stripe_subscription_id
    return see_other(portal_of_membership(current_gateway(), subscription, _home()))


@account.post("/account/stripe")
@guards.supporter
def manage() -> Response:
    """The same for whoever has no membership any more."""
    with current_database().reading() as session:
        customers = customers_of(session, the_supporter().supporter_id)
    if not customers:
        raise NotFound(_("There is nothing of yours at Stripe yet."))
    return see_other(portal_of_customer(current_gateway(), customers[-1], _home()))


@account.get(f"/account/payments/<{_ID}:payment_id>")
@guards.supporter
def receipt(payment_id: int) -> str:
    """A receipt, to print."""
    person = the_supporter()
    with current_database().reading() as session:
        their = payment_of(session, person.supporter_id, payment_id)
    if their is None:
        raise NotFound(_("There is no such receipt."))
    return render_template("account/receipt.html", their=their, number=_number(their.payment), person=person)


@account.post("/account/language")
@guards.supporter
def change_language() -> Response:
    """The language of pages and mails."""
    locale = known(request.form.get("locale"))
    if locale is not None:
        with current_database().transaction() as session:
            theirs = sa.update(Supporter).where(Supporter.id == the_supporter().supporter_id)
            session.execute(theirs.values(locale=locale))
    return see_other(url_for(".overview", done="language"))


def _membership(membership_id: int) -> TheirMembership:
    with current_database().reading() as session:
        their = membership_of(session, the_supporter().supporter_id, membership_id)
    if their is None:
        raise NotFound(_("There is no such membership."))
    return their


def _number(payment: Payment) -> str:
    return receipt_number(payment.id, local_day(payment.received_at))


def _home() -> str:
    return f"{_settings().public_url}/account"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
