"""Double entry: which accounts a movement of Stripe's balance touches, and by how much.

A positive posting is a debit, a negative one a credit; those of one movement make zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.finance.rules import PAYOUT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

# {account: what it is}
ACCOUNTS = {
    "clearing": "Stripe balance",
    "donations": "Donations",
    "memberships": "Memberships",
    "fees": "Stripe fees",
    "refunds": "Refunds",
    "disputes": "Disputes",
    "tax": "Tax payable",
    "bank": "Payouts to the bank",
    "foreign": "Other movements in the Stripe account",
}
_BEHIND = {"donation": "donations", "membership": "memberships", "refund": "refunds", "dispute": "disputes"}
_FEE_TYPES = ("stripe_fee", "stripe_fx_fee", "tax_fee", "application_fee", "network_cost")


@dataclass(frozen=True)
class Movement:
    """A ledger entry; amounts are minor units of `currency`.

    `behind`: donation, membership, refund or dispute if a payment of ours is; then `paid_minor` and `tax_minor` are
    what was paid and the part of it that is tax, in the payment's own currency. `before_minor`: what the payment's
    charge and refunds had moved earlier; None where no tax is to be divided.
    """

    id: int
    stripe_id: str
    source_id: str | None
    type: str
    amount_minor: int
    fee_minor: int
    currency: str
    created_at: datetime
    behind: str | None
    paid_minor: int | None
    tax_minor: int | None
    before_minor: int | None
    payment_id: int | None


@dataclass(frozen=True)
class Posting:
    """So much to the debit (negative: to the credit) of an account of ACCOUNTS."""

    account: str
    amount_minor: int


def postings(movement: Movement) -> Iterator[Posting]:
    """The movement as double entry: net to the clearing account, fees, tax, and where the rest comes from."""
    tax_minor = tax_in(movement)
    for account, amount_minor in (
        ("clearing", movement.amount_minor - movement.fee_minor),
        ("fees", movement.fee_minor),
        ("tax", -tax_minor),
        (account_of(movement), tax_minor - movement.amount_minor),
    ):
        if amount_minor:
            yield Posting(account, amount_minor)


def account_of(movement: Movement) -> str:
    """Where a movement's money comes from, or goes to."""
    if movement.behind is not None:
        return _BEHIND[movement.behind]
    if movement.type in PAYOUT_TYPES:
        return "bank"
    return "fees" if movement.type in _FEE_TYPES else "foreign"


def tax_in(movement: Movement) -> int:
    """The tax in a charge, or (negative) the tax that a refund gives back; a dispute leaves it where it is.

    Each takes what the payment's tax grows or shrinks by: after a full refund nothing is left, however many parts
    it came in.
    """
    if movement.before_minor is None or not movement.paid_minor or not movement.tax_minor:
        return 0
    before = _share(movement.before_minor, movement.tax_minor, movement.paid_minor)
    return _share(movement.before_minor + movement.amount_minor, movement.tax_minor, movement.paid_minor) - before


def _share(amount_minor: int, part: int, whole: int) -> int:
    """`amount_minor` times part/whole, halves rounded up."""
    return (2 * amount_minor * part + whole) // (2 * whole)
