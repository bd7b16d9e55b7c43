"""What happens when a reader pays on the hosted page (or the control does so for one).

The payment intent is made at the first confirmation and kept for further tries. In subscription mode the subscription
and its invoice come into being only once the payment went through (card) or is under way (bank debit).

Evidence: Stripe docs, "How Checkout works", "Fulfill orders" (payment_status, checkout.session.async_payment_*),
"Subscriptions with Checkout"; changelog 2025-03-31 (creation after payment).
"""

from dataclasses import asdict, dataclass

from demo.stripe import billing, invoicing, payments
from demo.stripe.account import Account
from demo.stripe.cards import BY_LAST4
from demo.stripe.endpoints.customers import create_customer
from demo.stripe.means import Means
from demo.stripe.store import Json


@dataclass(frozen=True)
class Outcome:
    """`state`: complete | requires_action | declined; `error` is Stripe's hash of a decline."""

    state: str
    error: Json | None = None


COMPLETE = Outcome("complete")


def pay(account: Account, session: Json, means: Means) -> Outcome:
    """One try. `session` must be open."""
    intent = _intent(account, session)
    account.store.keep_private(session["id"], waiting=None)
    method = payments.create_method(account, means)
    if means.card is None:
        return _debit(account, session, intent, method, means)
    if means.card.three_d_secure:
        waiting = asdict(means) | {"card": None, "method": method["id"]}
        account.store.keep_private(session["id"], waiting=waiting)
        payments.require_authentication(account, intent, method)
        return Outcome("requires_action")
    return _charge(account, session, intent, method, means)


def known_email(account: Account, session: Json) -> str | None:
    """The address that the merchant gave, which the reader cannot change."""
    if session["customer"]:
        return account.find("customer", session["customer"])["email"] or None
    return session["customer_email"] or None


def awaits_authentication(account: Account, session: Json) -> bool:
    return bool(account.store.private(session["id"]).get("waiting"))


def authenticate(account: Account, session: Json, *, passed: bool) -> Outcome:
    """Go on after 3-D Secure; only while `awaits_authentication`."""
    waiting = account.store.private(session["id"])["waiting"]
    account.store.keep_private(session["id"], waiting=None)
    method = account.find("payment_method", waiting.pop("method"))
    means = Means(**waiting | {"card": BY_LAST4[waiting["last4"]]})
    intent = _intent(account, session)
    if not passed:
        return Outcome("declined", payments.fail_authentication(account, intent, method))
    return _charge(account, session, intent, method, means)


def _intent(account: Account, session: Json) -> Json:
    private = account.store.private(session["id"])
    if "intent" in private:
        return account.find("payment_intent", private["intent"])
    in_payment_mode = session["mode"] == "payment"
    given = (
        private["data"]
        if in_payment_mode
        else {"description": "Subscription creation", "setup_future_usage": "off_session"}
    )
    intent = payments.create_intent(
        account,
        amount=session["amount_total"],
        currency=session["currency"],
        types=session["payment_method_types"],
        given=given | {"customer": session["customer"]},
    )
    account.store.keep_private(session["id"], intent=intent["id"])
    account.store.keep_private(intent["id"], session=session["id"])
    if in_payment_mode:
        account.change(session, payment_intent=intent["id"])
    return intent


def _charge(account: Account, session: Json, intent: Json, method: Json, means: Means) -> Outcome:
    if means.card and means.card.decline:
        return Outcome("declined", payments.decline(account, intent, method, means, means.card.decline))
    invoice = _bind(account, session, intent, method, means)
    payments.succeed(account, intent, method, means)
    if invoice:
        invoicing.settle(account, invoice)
    return _complete(account, session, means, "paid")


def _debit(account: Account, session: Json, intent: Json, method: Json, means: Means) -> Outcome:
    _bind(account, session, intent, method, means)
    payments.begin_debit(account, intent, method, means)
    return _complete(account, session, means, "unpaid")


def _bind(account: Account, session: Json, intent: Json, method: Json, means: Means) -> Json | None:
    """Customer, saved payment method and subscription, as the session wants them; returns the invoice to be paid."""
    if session["customer"] is None and session["customer_creation"] == "always":
        customer = create_customer(account, email=means.email, name=means.name, preferred_locales=_locales(session))
        account.change(session, customer=customer["id"])
    account.change(intent, customer=session["customer"])
    if session["customer"] and intent["setup_future_usage"]:
        payments.attach(account, method, session["customer"])
    if session["mode"] == "payment":
        return None
    subscription, invoice = billing.start(account, session, intent, method)
    account.change(session, subscription=subscription["id"], invoice=invoice["id"])
    return invoice


def _complete(account: Account, session: Json, means: Means, payment_status: str) -> Outcome:
    details: Json = {
        "address": None,
        "business_name": None,
        "email": means.email,
        "individual_name": None,
        "name": means.name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    account.change(
        session,
        status="complete",
        payment_status=payment_status,
        url=None,
        customer_details=details,
        collected_information={"business_name": None, "individual_name": None, "shipping_details": None},
    )
    account.emit("checkout.session.completed", session)
    return COMPLETE


def _locales(session: Json) -> list[str]:
    return [session["locale"]] if session["locale"] not in {None, "auto"} else []
