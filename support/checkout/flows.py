"""Start a checkout at Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from support import clock
from support.checkout import operations
from support.errors import FieldError, InvalidInput, StripeRefused, StripeUnavailable
from support.i18n import gettext as _

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.checkout.forms import CheckoutForm
    from support.checkout.models import Checkout
    from support.db import Database
    from support.gateway.client import CheckoutPage, Gateway

_AMOUNT_CODES = ("amount_too_small", "amount_too_large")


@dataclass(frozen=True)
class StartedCheckout:
    """Where the reader goes next, and the checkout that this is."""

    public_id: str
    url: str


def start_checkout(database: Database, gateway: Gateway, settings: Settings, form: CheckoutForm) -> StartedCheckout:
    """Commit the row and its idempotency key, then ask Stripe for the page, then remember it.

    Raises StripeUnavailable: nothing is lost, the same ask sent again continues this checkout. Raises InvalidInput
    where Stripe's limits are narrower than ours.
    """
    checkout = database.transact(lambda session: operations.begin_checkout(session, form, settings, clock.now()))
    if checkout.stripe_url is not None:
        return StartedCheckout(checkout.public_id, checkout.stripe_url)
    try:
        page = _page_at_stripe(database, gateway, checkout)
    except StripeRefused as error:
        database.transact(lambda session: operations.mark_refused(session, checkout.id))
        if error.stripe_code in _AMOUNT_CODES:
            raise InvalidInput([FieldError("amount", _("Stripe does not take this amount."))]) from error
        if error.param == "customer_email":
            raise InvalidInput([FieldError("email", _("Enter one e-mail address."))]) from error
        raise
    database.transact(lambda session: operations.remember_page(session, checkout.id, page))
    return StartedCheckout(checkout.public_id, page.url)


def _page_at_stripe(database: Database, gateway: Gateway, checkout: Checkout) -> CheckoutPage:
    deadline = gateway.deadline()
    while True:
        try:
            return gateway.create_checkout_page(checkout.request_params, checkout.idempotency_key, deadline)
        except StripeUnavailable as error:
            if not error.is_definite:
                raise
            # Stripe would repeat its failure under this key; the next ask, now or later, takes another.
            checkout = database.transact(partial(_next_attempt, checkout))
            if not deadline.allows_another_try():
                raise


def _next_attempt(checkout: Checkout, session: Session) -> Checkout:
    return operations.begin_next_attempt(session, checkout.id, checkout.stripe_attempt)
