"""Payment intents, payment methods and charges: what one attempt to pay leaves behind.

Evidence: Stripe docs, "How PaymentIntents work" (statuses), "Metadata" (a charge takes its intent's metadata when it is
made), "Asynchronous capture" (`balance_transaction` is null at charge.succeeded and arrives with charge.updated),
"SEPA Direct Debit payments" (processing, then succeeded or failed days later).
"""

from typing import Any

from demo.stripe.account import Account, token
from demo.stripe.cards import Decline
from demo.stripe.listing import lists
from demo.stripe.means import Means
from demo.stripe.operations import retrieves
from demo.stripe.store import Json

SETTLES_AFTER = 0.5

AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "authentication_required",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)
DEBIT_FAILED = Decline("payment_method_provider_decline", "insufficient_funds", "The bank did not pay the debit.")


def create_intent(account: Account, *, amount: int, currency: str, types: list[str], given: Json) -> Json:
    """A payment intent that waits for a payment method; `given`: metadata, description, customer and the like."""
    intent = account.make(
        "payment_intent",
        amount=amount,
        currency=currency,
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        capture_method="automatic_async",
        confirmation_method="automatic",
        payment_method_options={},
        payment_method_types=types,
        status="requires_payment_method",
        **given,
    )
    account.change(intent, client_secret=f"{intent['id']}_secret_{token(24)}")
    account.emit("payment_intent.created", intent)
    return intent


def create_method(account: Account, means: Means) -> Json:
    return account.create(
        "payment_method",
        type=means.type,
        billing_details=means.billing_details,
        allow_redisplay="limited",
        **{means.type: means.on_method},
    )


def attach(account: Account, method: Json, customer: str) -> None:
    account.change(method, customer=customer, allow_redisplay="always")
    account.emit("payment_method.attached", method)


def require_authentication(account: Account, intent: Json, method: Json) -> None:
    action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    account.change(intent, status="requires_action", next_action=action, payment_method=method["id"])
    account.emit("payment_intent.requires_action", intent)


def succeed(account: Account, intent: Json, method: Json, means: Means) -> None:
    charge = _create_charge(account, intent, method, means, paid=True, status="succeeded", outcome=_outcome())
    account.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=method["id"],
        last_payment_error=None,
        next_action=None,
    )
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)
    _settle_later(account, charge)
    if means.card and (means.card.dispute or means.card.fraud_warning):
        account.later("follow_up", charge, account.clock.exact() + SETTLES_AFTER)


def _settle_later(account: Account, charge: Json) -> None:
    account.later("settle_charge", charge, account.clock.exact() + (account.faults.late_bt or SETTLES_AFTER))


def decline(account: Account, intent: Json, method: Json, means: Means, reason: Decline) -> Json:
    """A failed charge and an intent that may be tried again; returns the `error` hash."""
    charge = _create_charge(
        account,
        intent,
        method,
        means,
        paid=False,
        status="failed",
        failure_code=reason.code,
        failure_message=reason.message,
        outcome=_outcome(reason),
    )
    account.emit("charge.failed", charge)
    return _fail_intent(account, intent, method, reason, charge)


def fail_authentication(account: Account, intent: Json, method: Json) -> Json:
    """3-D Secure was not passed: no charge was tried. Returns the `error` hash."""
    return _fail_intent(account, intent, method, AUTHENTICATION_FAILED, None)


def begin_debit(account: Account, intent: Json, method: Json, means: Means) -> None:
    charge = _create_charge(account, intent, method, means, paid=False, status="pending", outcome=_outcome())
    account.change(
        intent, status="processing", latest_charge=charge["id"], payment_method=method["id"], last_payment_error=None
    )
    account.emit("payment_intent.processing", intent)
    account.emit("charge.pending", charge)
    account.later("end_debit", intent, account.now() + account.settings.debit_days * 86400)


def end_debit(account: Account, intent: Json, *, succeeded: bool) -> None:
    charge = account.find("charge", intent["latest_charge"])
    if succeeded:
        account.change(charge, status="succeeded", paid=True)
        account.change(intent, status="succeeded", amount_received=intent["amount"])
        account.emit("charge.succeeded", charge)
        account.emit("payment_intent.succeeded", intent)
        _settle_later(account, charge)
    else:
        why = {"failure_code": DEBIT_FAILED.code, "failure_message": DEBIT_FAILED.message}
        account.change(charge, status="failed", paid=False, captured=False, amount_captured=0, **why)
        account.emit("charge.failed", charge)
        method = account.find("payment_method", intent["payment_method"])
        _fail_intent(account, intent, method, DEBIT_FAILED, charge)


def _fail_intent(account: Account, intent: Json, method: Json, reason: Decline, charge: Json | None) -> Json:
    error = {
        "type": "card_error" if method["type"] == "card" else "invalid_request_error",
        "code": reason.code,
        "decline_code": reason.decline_code,
        "message": reason.message,
        "payment_method": dict(method),
    } | ({"charge": charge["id"]} if charge else {})
    latest = charge["id"] if charge else intent["latest_charge"]
    account.change(
        intent,
        status="requires_payment_method",
        last_payment_error=error,
        latest_charge=latest,
        payment_method=None,
        next_action=None,
    )
    account.emit("payment_intent.payment_failed", intent)
    return error


def _create_charge(account: Account, intent: Json, method: Json, means: Means, *, status: str, **given: Any) -> Json:
    took = intent["amount"] if status != "failed" else 0
    return account.create(
        "charge",
        amount=intent["amount"],
        amount_captured=took,
        amount_refunded=0,
        billing_details=means.billing_details,
        calculated_statement_descriptor="STAND-IN",
        captured=status != "failed",
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": means.type, means.type: means.on_charge},
        receipt_email=intent["receipt_email"],
        refunded=False,
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        status=status,
        **given,
    )


def _outcome(reason: Decline | None = None) -> Json:
    blocked = reason is not None and reason.outcome == "blocked"
    declined = {False: "declined_by_network", True: "not_sent_to_network"}[blocked]
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": declined if reason else "approved_by_network",
        "reason": reason.decline_code if reason else None,
        "risk_level": "highest" if blocked else "normal",
        "risk_score": 90 if blocked else 20,
        "seller_message": "The bank declined the charge." if reason else "Payment complete.",
        "type": reason.outcome if reason else "authorized",
    }


retrieves("payment_intent", "/v1/payment_intents/{}")
lists("payment_intent", "/v1/payment_intents", "customer")
retrieves("charge", "/v1/charges/{}")
lists("charge", "/v1/charges", "customer", "payment_intent")
