"""Disputes and what announces them.

A dispute takes amount and fee out of the balance when it opens; an inquiry takes nothing unless it grows into one. What
the balance lost comes back when the dispute is won. A test account decides by the evidence text.

Evidence: Stripe docs, "How disputes work" (statuses, withdrawal, fee), "Test card numbers" (disputes: winning_evidence,
losing_evidence), "Early fraud warnings", "Types of events" (charge.dispute.*); changelog 2025-09-30 (prevented) and
2026-10-28 (appeal_needs_response, appeal_under_review).
Assumptions: a prevented dispute moves no money by itself; an appeal follows a lost dispute and can still win it.
"""

from dataclasses import replace

from demo.stripe.account import Account
from demo.stripe.cards import card_of
from demo.stripe.errors import StripeError
from demo.stripe.listing import lists
from demo.stripe.metadata import merged
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.settlement import Movement, book, reversal, settle_charge, settled
from demo.stripe.shape.resources import attributes, attributes_of
from demo.stripe.store import Json

ANSWER_WITHIN = 14 * 86400
# What the control and the cards can do to a charge: its dispute's states, one after the other. `lost` and `won` close.
PATHS = {
    "opened": ("needs_response",),
    "inquiry": ("warning_needs_response",),
    "inquiry_closed": ("warning_needs_response", "warning_closed"),
    "won": ("needs_response", "under_review", "won"),
    "lost": ("needs_response", "under_review", "lost"),
    "prevented": ("prevented",),
    "appeal": ("needs_response", "under_review", "lost", "appeal_needs_response", "appeal_under_review"),
}
CLOSED = frozenset({"won", "lost", "warning_closed", "prevented"})
EVIDENCE = {"winning_evidence": "won", "losing_evidence": "lost"}


def follow_up(account: Account, charge: Json) -> None:
    """What its test card causes a moment after a charge. Task."""
    card = card_of(charge)
    if card.fraud_warning:
        warning = account.create(
            "radar.early_fraud_warning",
            actionable=True,
            charge=charge["id"],
            fraud_type="unauthorized_use_of_card",
            payment_intent=charge["payment_intent"],
        )
        account.emit("radar.early_fraud_warning.created", warning)
    if card.dispute:
        bring_to(account, charge, "inquiry" if card.is_inquiry else "opened")


def bring_to(account: Account, charge: Json, outcome: str) -> Json:
    """Open the charge's dispute if need be and move it along one of `PATHS` from where it is; a closed one stays."""
    path = PATHS[outcome]
    found = account.store.select("dispute", {"$.charge": [charge["id"]]}, limit=1)
    dispute = account.find("dispute", found[0]["id"]) if found else _open(account, charge, path[0])
    if dispute["status"] == "warning_needs_response" and path[0] == "needs_response":
        _become(account, dispute, "needs_response")
    if dispute["status"] in path:
        rest = path[path.index(dispute["status"]) + 1 :]
    else:
        rest = path[-1:] if len(path) > 1 and dispute["status"] not in CLOSED else ()
    for status in rest:
        _become(account, dispute, status)
    return dispute


def _open(account: Account, charge: Json, status: str) -> Json:
    settle_charge(account, charge)
    case = {"warning_needs_response": "inquiry", "prevented": "resolution"}.get(status, "chargeback")
    card = {"brand": "visa", "case_type": case, "network": "visa", "network_reason_code": "10.4"}
    dispute = account.create(
        "dispute",
        amount=charge["amount"],
        charge=charge["id"],
        currency=charge["currency"],
        evidence=dict.fromkeys(_evidence_names()) | {"enhanced_evidence": {}},
        evidence_details={
            "due_by": None if status == "prevented" else account.now() + ANSWER_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=status == "warning_needs_response",
        payment_intent=charge["payment_intent"],
        payment_method_details={"type": "card", "card": card},
        reason=card_of(charge).dispute or "fraudulent",
        status=status,
    )
    account.store.keep_private(charge["id"], refundable=dispute["is_charge_refundable"])
    account.emit("charge.dispute.created", dispute)
    account.update("charge.updated", charge, disputed=True)
    if status == "needs_response":
        _withdraw(account, dispute)
    elif status in CLOSED:
        account.emit("charge.dispute.closed", dispute)
    return dispute


def _become(account: Account, dispute: Json, status: str) -> None:
    before = account.change(dispute, status=status, is_charge_refundable=status == "warning_closed")
    account.store.keep_private(dispute["charge"], refundable=dispute["is_charge_refundable"])
    account.emit("charge.dispute.closed" if status in CLOSED else "charge.dispute.updated", dispute, before)
    if status == "needs_response":
        _withdraw(account, dispute)
    if status == "won":
        _reinstate(account, dispute)


def _withdraw(account: Account, dispute: Json) -> None:
    taken = settled(account, "adjustment", -dispute["amount"], dispute["currency"])
    _move(account, dispute, replace(taken, category="dispute", fee=account.settings.dispute_fee), "withdrawal")
    account.emit("charge.dispute.funds_withdrawn", dispute)


def _reinstate(account: Account, dispute: Json) -> None:
    taken = dispute["balance_transactions"][0]
    fee = -taken["fee"] if account.settings.dispute_fee_returned else 0
    _move(account, dispute, replace(reversal(taken, "adjustment"), category="dispute_reversal", fee=fee), "reversal")
    account.emit("charge.dispute.funds_reinstated", dispute)


def _move(account: Account, dispute: Json, movement: Movement, what: str) -> None:
    says = f"Chargeback {what} for {dispute['charge']}"
    movement = replace(movement, at_once=True, fee_for="Dispute fee", description=says)
    booked = book(account, movement, dispute)
    account.change(dispute, balance_transactions=[*dispute["balance_transactions"], booked])


def _evidence_names() -> list[str]:
    names = attributes(attributes_of("dispute")["evidence"])
    return [name for name in names if name not in {"enhanced_evidence", "appeal"}]


@operation("POST", "/v1/disputes/{}")
def update_dispute(account: Account, call: Call) -> Json:
    """Evidence is submitted unless `submit` is false; a test account's decision follows at once."""
    require_built(call.params, {"evidence", "metadata", "submit"})
    dispute = account.find("dispute", call.ids[0])
    given = {name: text or None for name, text in call.params.get("evidence", {}).items()}
    if given and dispute["status"] in CLOSED:
        raise StripeError.invalid("This dispute is closed; evidence can no longer be added.")
    submits = bool(given) and call.params.get("submit", True)
    count = dispute["evidence_details"]["submission_count"] + submits
    details = {"has_evidence": True, "submission_count": count, "submission_method": "manual"} if submits else {}
    changes = {
        "evidence": dispute["evidence"] | given,
        "evidence_details": dispute["evidence_details"] | details,
        "metadata": merged(dispute["metadata"], call.params.get("metadata", {})),
    }
    if submits:
        prefix = "warning_" if dispute["status"].startswith("warning") else ""
        prefix = "appeal_" if dispute["status"].startswith("appeal") else prefix
        changes["status"] = f"{prefix}under_review"
    account.update("charge.dispute.updated", dispute, **changes)
    verdict = EVIDENCE.get(given.get("uncategorized_text") or "")
    if submits and verdict:
        _become(account, dispute, "warning_closed" if dispute["status"].startswith("warning") else verdict)
    return dispute


@operation("POST", "/v1/disputes/{}/close")
def close_dispute(account: Account, call: Call) -> Json:
    dispute = account.find("dispute", call.ids[0])
    if dispute["status"] in CLOSED:
        raise StripeError.invalid("This dispute is already closed.")
    _become(account, dispute, "lost")
    return dispute


retrieves("dispute", "/v1/disputes/{}")
lists("dispute", "/v1/disputes", "charge", "payment_intent")
retrieves("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings/{}")
lists("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings", "charge", "payment_intent")
