"""What tests of refunds look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.payments.refunding.models import RefundRequest
from tests.support.readers import at_stripe, rows

if TYPE_CHECKING:
    from support.payments.models import Payment
    from tests.services import Service

REASON = {"reason": "requested_by_customer"}


def page_of(payment: Payment) -> str:
    """Where staff ask for it to be refunded."""
    return f"/finance/payments/{payment.id}/refund"


def the_request(service: Service) -> RefundRequest:
    """The only one."""
    (only,) = rows(service, RefundRequest)
    return only


def refunds_at_stripe(service: Service, payment: Payment) -> list[dict[str, Any]]:
    """What Stripe has given back of a payment."""
    found: list[dict[str, Any]] = at_stripe(service, f"refunds?payment_intent={payment.stripe_payment_intent_id}")[
        "data"
    ]
    return found
