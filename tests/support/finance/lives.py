"""What supporters do: give once, or begin a membership that renews, fails, recovers and ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tests.support.finance.facts import FailureFact, MembershipFact, PaymentFact, PeriodFact

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.finance.books import Maker
    from tests.support.finance.facts import CheckoutFact, SupporterFact

AMOUNTS = {
    "EUR": (100, 300, 500, 999, 1000, 2000, 2499, 5000, 10000, 25001, 100000),
    "USD": (300, 500, 999, 1000, 2500, 4999, 5000, 20000),
    "JPY": (300, 500, 999, 1000, 3000, 5000, 50000),
    "UAH": (5000, 9999, 10000, 50000, 123456),
}
CODES = ("card_declined", "card_declined", "expired_card", "insufficient_funds", "incorrect_cvc")


class Giving(NamedTuple):
    """What the payments of one checkout have in common."""

    checkout: CheckoutFact
    supporter: SupporterFact
    membership_id: int | None
    country: str | None


def give_once(maker: Maker, supporter: SupporterFact, currency: str, country: str | None, at: datetime) -> None:
    """A donation; now and then after a card was refused, or without that anything came of it."""
    amount = maker.random.choice(AMOUNTS[currency])
    state = "paid" if maker.chance(0.93) else "failed"
    checkout = maker.checkout(supporter, "once", amount, currency, at=at, state=state)
    giving = Giving(checkout, supporter, None, country)
    intent = f"pi_once{checkout.id}"
    if state == "failed" or maker.chance(0.08):
        _fail(maker, giving, intent, amount, at - timedelta(seconds=maker.random.randint(1, 50)))
    if state == "paid":
        _pay(maker, giving, intent, amount, at)


def support(
    maker: Maker, supporter: SupporterFact, currency: str, country: str | None, at: datetime
) -> datetime | None:
    """A membership from its first payment on; returns when it ended, None while it continues."""
    interval = "year" if maker.chance(0.15) else "month"
    amount = maker.random.choice(AMOUNTS[currency])
    checkout = maker.checkout(supporter, interval, amount, currency, at=at, state="paid")
    number = len(maker.books.memberships) + 1
    # Its place is kept until its end is known.
    maker.books.memberships.append(_membership(number, checkout, supporter, status="active", amount=amount, at=at))
    giving = Giving(checkout, supporter, number, country)
    length = timedelta(days=365) if interval == "year" else timedelta(days=30, hours=10)
    status, ends_at, ended_at, starts_at, turn = "active", None, None, at, 0
    while starts_at < maker.books.now:
        if turn and maker.chance(0.04):
            amount = maker.random.choice(AMOUNTS[currency])
        status = _renew(maker, giving, turn, amount, at=starts_at, until=starts_at + length)
        if status != "active":
            ended_at = maker.after(starts_at, 20) if status == "canceled" else None
            ended_at = ended_at if ended_at is None or ended_at < maker.books.now else None
            status = status if ended_at is not None else "past_due"
            break
        starts_at += length
        if maker.chance(0.05):
            ends_at = starts_at
            if ends_at < maker.books.now:
                ended_at, status = ends_at, "canceled"
            break
        turn += 1
    row = _membership(number, checkout, supporter, status=status, amount=amount, at=at)
    maker.books.memberships[number - 1] = row._replace(ends_at=ends_at, ended_at=ended_at)
    return ended_at


def _membership(
    number: int, checkout: CheckoutFact, supporter: SupporterFact, *, status: str, amount: int, at: datetime
) -> MembershipFact:
    return MembershipFact(
        id=number,
        stripe_subscription_id=f"sub_{number}",
        status=status,
        checkout_id=checkout.id,
        supporter_id=supporter.id,
        plan_id=checkout.plan_id,
        amount_minor=amount,
        currency=checkout.currency,
        ends_at=None,
        ended_at=None,
        is_paused=False,
        created_at=at,
    )


def _renew(maker: Maker, giving: Giving, turn: int, amount: int, *, at: datetime, until: datetime) -> str:
    """One period's invoice: paid at once, after refusals, by credit, or not; returns what its membership then is."""
    name = f"{giving.membership_id}x{turn}"
    paid_at = at if turn == 0 else maker.after(at, 0.1)
    if turn and maker.chance(0.07):
        tries = maker.random.randint(1, 3)
        for at_try in range(tries):
            _fail(maker, giving, f"pi_{name}", amount, at + timedelta(days=at_try * 3, minutes=at_try))
        paid_at = maker.after(at + timedelta(days=tries * 3), 2)
        if maker.chance(0.35) or paid_at >= maker.books.now:
            return maker.random.choice(("canceled", "past_due"))
    number = len(maker.books.periods) + 1
    membership_id, currency = giving.membership_id or 0, giving.checkout.currency
    maker.books.periods.append(PeriodFact(number, f"in_{name}", membership_id, at, until, amount, currency))
    if turn == 0 or not maker.chance(0.01):
        _pay(maker, giving, f"pi_{name}", amount, paid_at, invoice=f"in_{name}")
    return "active"


def _pay(maker: Maker, giving: Giving, intent: str, amount: int, at: datetime, *, invoice: str | None = None) -> None:
    if at >= maker.books.now:
        at = maker.books.now - timedelta(seconds=1)
    number = len(maker.books.payments) + 1
    payment = PaymentFact(
        id=number,
        stripe_payment_intent_id=intent,
        stripe_charge_id=f"ch_{number}",
        stripe_invoice_id=invoice,
        checkout_id=giving.checkout.id,
        membership_id=giving.membership_id,
        supporter_id=giving.supporter.id,
        amount_minor=amount,
        tax_minor=amount * 19 // 119 if giving.country in {"DE", "FR"} else 0,
        currency=giving.checkout.currency,
        is_renewal=invoice is not None and not invoice.endswith("x0"),
        country=giving.country,
        received_at=at,
    )
    maker.books.payments.append(payment)


def _fail(maker: Maker, giving: Giving, intent: str, amount: int, at: datetime) -> None:
    if not maker.starts[0] <= at < maker.books.now:
        return
    failure = FailureFact(
        stripe_charge_id=f"ch_failed{len(maker.books.failures) + 1}",
        stripe_payment_intent_id=intent,
        checkout_id=giving.checkout.id,
        membership_id=giving.membership_id,
        amount_minor=amount,
        currency=giving.checkout.currency,
        failure_code=maker.random.choice(CODES),
        country=giving.country,
        failed_at=at,
    )
    maker.books.failures.append(failure)
