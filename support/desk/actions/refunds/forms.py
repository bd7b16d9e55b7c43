"""What the pages of refunds take in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from support.desk.figures import write_amount
from support.desk.pages import ActBody
from support.errors import FieldError, InvalidInput
from support.http import Body
from support.money import BadAmount, Money

Amount = Annotated[str, Field(max_length=30)]


class RefundQuery(Body):
    """GET /finance/payments/<id>/refund: `amount` in major units, all that is left unless said otherwise."""

    amount: Amount | None = None


class RefundBody(ActBody):
    """POST of the same: `left` is what the page has said is left, in minor units."""

    amount: Amount
    left: Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]
    reason: Literal["requested_by_customer", "duplicate", "fraudulent"]


class DecisionBody(ActBody):
    """POST /finance/refund-requests/<id>"""

    decision: Literal["approved", "rejected"]


def check_amount(text: str, left: Money) -> Money:
    """An amount of the payment's currency, not above what is left. Raises InvalidInput."""
    try:
        amount = Money.parse(text, left.currency)
    except BadAmount:
        message = f"Enter an amount in {left.currency}, such as {left.text if left.amount_minor else 10}."
        raise InvalidInput([FieldError("amount", message)]) from None
    if amount > left:
        raise InvalidInput([FieldError("amount", f"No more than {write_amount(left)} is left.")])
    return amount
