"""How the account is set up: what a merchant chooses in Stripe's Dashboard, and what the banks around it do.

Kept with the account, unlike faults. Money and days are the account's; rates say what one major unit of a currency is
worth in the settlement currency.

Evidence: Stripe docs, "Automate payment retries" (schedule, what happens after the last one), "Currency conversions"
(settlement currency), "Payout schedules", "Stripe Tax" (inclusive and exclusive prices), "Webhook endpoints" (its own
`api_version`; thin or snapshot events).
Assumptions: retries after 3, 5 and 7 days, each counted from the attempt before; a debit takes 5 days; the fee of a
dispute, which is given back when the dispute is won.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from demo.stripe import API_VERSION
from demo.stripe.faults import BadField, is_number
from demo.stripe.money import CURRENCIES

OLDER_VERSION = "2024-06-20"


@dataclass(frozen=True)
class Settings:
    """See `CHECKS` for what each may be."""

    dunning_days: list[float] = field(default_factory=lambda: [3, 5, 7])
    dunning_end: str = "cancel"
    debit_days: float = 5
    dispute_fee: int = 1500
    dispute_fee_returned: bool = True
    payout_schedule: str = "manual"
    rates: dict[str, float] = field(default_factory=lambda: {"usd": 0.92, "gbp": 1.17, "chf": 1.06, "eur": 1.0})
    settlement_currency: str = "same"
    tax_behavior: str = "exclusive"
    tax_percent: float = 0
    webhook_style: str = "snapshot"
    webhook_version: str = API_VERSION

    @classmethod
    def parse(cls, given: dict[str, Any], now: "Settings") -> "Settings":
        """`now` with the given ones changed; an empty object restores all defaults. BadField for what cannot be."""
        for name, value in given.items():
            if name not in CHECKS:
                raise BadField(name, f"unknown; known are {', '.join(CHECKS)}")
            is_right, wanted = CHECKS[name]
            if not is_right(value):
                raise BadField(name, f"must be {wanted}")
        return cls(**asdict(now) | given) if given else cls()


Check = tuple[Callable[[Any], bool], str]


def _one_of(*words: str) -> Check:
    return (lambda value: value in words, " or ".join(words))


def _is_days(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 365


CHECKS: dict[str, Check] = {
    "dunning_days": (lambda value: isinstance(value, list) and all(map(_is_days, value)), "a list of days"),
    "dunning_end": _one_of("cancel", "unpaid", "past_due"),
    "debit_days": (_is_days, "days, 0 to 365"),
    "dispute_fee": (lambda value: isinstance(value, int) and value >= 0, "minor units, 0 or more"),
    "dispute_fee_returned": (lambda value: isinstance(value, bool), "true or false"),
    "payout_schedule": _one_of("manual", "daily"),
    "rates": (
        lambda value: (
            isinstance(value, dict)
            and all(name in CURRENCIES and is_number(rate) and rate > 0 for name, rate in value.items())
        ),
        "currencies and their rates",
    ),
    "settlement_currency": (lambda value: value == "same" or value in CURRENCIES, "same or a currency"),
    "tax_behavior": _one_of("exclusive", "inclusive"),
    "tax_percent": (lambda value: is_number(value) and 0 <= value <= 100, "a percentage, 0 to 100"),
    "webhook_style": _one_of("snapshot", "thin"),
    "webhook_version": _one_of(API_VERSION, OLDER_VERSION),
}
assert CHECKS.keys() == {one.name for one in fields(Settings)}  # noqa: S101 - a setting without a check
