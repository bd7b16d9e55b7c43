"""Stripe's test cards. Any other number is refused, so that nobody types a real one; no number is ever kept.

Evidence: Stripe docs, "Test card numbers" (declined payments, 3D Secure, disputes, fraud, refunds, available balance)
and "Decline codes".
One deviation: the card whose later charges fail pays its first charge here, so that a renewal can be seen to fail.
"""

import re
from dataclasses import dataclass

from demo.stripe.faults import BadField
from demo.stripe.store import Json

USE_A_TEST_CARD = "Use a test card, for example 4242 4242 4242 4242. This page takes no real card."


@dataclass(frozen=True)
class Decline:
    """`code` and `decline_code` as in Stripe's error; `outcome` is the charge's outcome.type."""

    code: str
    decline_code: str
    message: str
    outcome: str = "issuer_declined"


@dataclass(frozen=True)
class Card:
    """`later_decline` strikes and `asks_every_time` asks when the reader is not there (renewals).

    `dispute` is the reason of one that follows each charge; `refund` how refunds go: at_once | pending | fails.
    """

    says: str
    brand: str = "visa"
    country: str = "US"
    decline: Decline | None = None
    later_decline: Decline | None = None
    three_d_secure: bool = False
    asks_every_time: bool = False
    available_at_once: bool = False
    dispute: str | None = None
    is_inquiry: bool = False
    fraud_warning: bool = False
    refund: str = "at_once"


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
INCORRECT_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
BLOCKED = Decline("card_declined", "fraudulent", "Your card was declined.", outcome="blocked")

CARDS = {
    "4242424242424242": Card("pays"),
    "5555555555554444": Card("pays (Mastercard)", brand="mastercard"),
    "378282246310005": Card("pays (American Express)", brand="amex"),
    "4000002760000016": Card("pays (issued in Germany)", country="DE"),
    "4000008260000000": Card("pays (issued in the United Kingdom)", country="GB"),
    "4000003920000003": Card("pays (issued in Japan)", country="JP"),
    "4000000000000077": Card("pays, available at once", available_at_once=True),
    "4000000000000341": Card("pays now, fails later", later_decline=GENERIC),
    "4000002500003155": Card("asks for 3-D Secure once", three_d_secure=True),
    "4000002760003184": Card("asks for 3-D Secure every time, renewals too", three_d_secure=True, asks_every_time=True),
    "4000008260003178": Card("asks for 3-D Secure, then lacks funds", three_d_secure=True, decline=INSUFFICIENT_FUNDS),
    "4000000000000259": Card("pays, then disputed as fraudulent", dispute="fraudulent"),
    "4000000000002685": Card("pays, then disputed as not received", dispute="product_not_received"),
    "4000000000001976": Card("pays, then the bank inquires", dispute="fraudulent", is_inquiry=True),
    "4000000000005423": Card("pays, then a warning of fraud", fraud_warning=True),
    "4000000000007726": Card("pays; refunds are pending for a day", refund="pending"),
    "4000000000005126": Card("pays; refunds fail after a day", refund="fails"),
    "4000000000000002": Card("declined", decline=GENERIC),
    "4000000000009995": Card("declined: insufficient funds", decline=INSUFFICIENT_FUNDS),
    "4000000000000069": Card("declined: expired", decline=EXPIRED),
    "4000000000000127": Card("declined: security code", decline=INCORRECT_CVC),
    "4100000000000019": Card("blocked as fraudulent", decline=BLOCKED),
}
DEFAULT = "4242424242424242"
BY_LAST4 = {number[-4:]: card for number, card in CARDS.items()}
NO_CARD = Card("is none")


def card_of(document: Json) -> Card:
    """The test card behind a payment method or a charge; `NO_CARD` for a bank debit."""
    shown = document.get("payment_method_details") or document
    return BY_LAST4[shown["card"]["last4"]] if shown["type"] == "card" else NO_CARD


def require_test_card(text: str) -> tuple[Card, str]:
    """The card, and its last four digits; BadField for anything that is no test card."""
    number = re.sub(r"[ -]", "", text)
    card = CARDS.get(number)
    if not card:
        raise BadField("card", USE_A_TEST_CARD)
    return card, number[-4:]
