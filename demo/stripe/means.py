"""What a reader pays with, and how payment methods and charges show it.

Evidence: Stripe API reference, "The PaymentMethod object" (card, sepa_debit), "The Charge object" (its details).
"""

from dataclasses import dataclass

from demo.stripe.cards import BY_LAST4, Card
from demo.stripe.store import Json

NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
FAILING_ACCOUNT = "3001"


@dataclass(frozen=True)
class Means:
    """What a reader pays with. `card` is None for a bank debit (SEPA), whose account number says how it ends."""

    email: str
    name: str | None
    card: Card | None
    last4: str = "3000"
    exp_month: int = 12
    exp_year: int = 2034

    @property
    def type(self) -> str:
        return "card" if self.card else "sepa_debit"

    @property
    def on_method(self) -> Json:
        """As a payment method carries it."""
        return _card(self, self.card) if self.card else _bank_account(self)

    @property
    def on_charge(self) -> Json:
        """As a charge's payment_method_details do."""
        more = {"mandate": None, "network": self.card.brand, "three_d_secure": None} if self.card else {}
        return self.on_method | more

    @property
    def billing_details(self) -> Json:
        return {"address": NO_ADDRESS, "email": self.email, "name": self.name, "phone": None, "tax_id": None}


DEBITS = {"sepa_debit": "3000", "sepa_debit_fails": FAILING_ACCOUNT}


def means_of(method: Json) -> Means:
    """What a saved payment method stands for."""
    billing, details = method["billing_details"], method[method["type"]]
    card = BY_LAST4[details["last4"]] if method["type"] == "card" else None
    expiry = {name: details[name] for name in ("exp_month", "exp_year")} if card else {}
    return Means(email=billing["email"], name=billing["name"], card=card, last4=details["last4"], **expiry)


def _card(means: Means, card: Card) -> Json:
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country,
        "exp_month": means.exp_month,
        "exp_year": means.exp_year,
        "fingerprint": f"standin{means.last4}",
        "funding": "credit",
        "last4": means.last4,
        "wallet": None,
    }


def _bank_account(means: Means) -> Json:
    bank = {"bank_code": "37040044", "branch_code": "", "country": "DE"}
    return bank | {"fingerprint": f"standin{means.last4}", "last4": means.last4}
