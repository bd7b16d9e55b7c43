"""Whether a payout ties out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.money import Money

# A payout's own movement, which takes the money away that its items brought, and the one that brings a failed one back.
PAYOUT_TYPES = ("payout", "payout_cancel", "payout_failure")


@dataclass(frozen=True)
class TiesOut:
    """The items make exactly the payout's amount."""


@dataclass(frozen=True)
class Differs:
    """The items make more (positive) or less than the payout's amount."""

    by: Money


@dataclass(frozen=True)
class NotYet:
    """Stripe has not said what it consists of."""


@dataclass(frozen=True)
class NotItemized:
    """Stripe never says what a manual or instant payout consists of."""


TieOut = TiesOut | Differs | NotYet | NotItemized


def tie_out(amount: Money, items_net_minor: int, *, is_automatic: bool, reconciliation: str) -> TieOut:
    """Compare a payout with the sum of `net` over its items, its own movement excepted."""
    if not is_automatic or reconciliation == "not_applicable":
        return NotItemized()
    if reconciliation != "completed":
        return NotYet()
    difference = items_net_minor - amount.amount_minor
    return TiesOut() if difference == 0 else Differs(type(amount)(difference, amount.currency))
