"""Stripe's words for refunds and disputes, and what a dispute means for the money."""

from __future__ import annotations

# All that there are.
REFUND_STATUSES = ("pending", "requires_action", "succeeded", "failed", "canceled")
DISPUTE_STATUSES = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "won",
    "lost",
    "prevented",
)
# Stripe waits for evidence or a statement from us.
AWAITING_ANSWER = ("needs_response", "warning_needs_response")
_KEPT = frozenset({"won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"})


def is_withheld(status: str, withdrawn_minor: int) -> bool:
    """Whether the money of a disputed payment is gone: for good when lost, for now while Stripe has withdrawn it.

    `withdrawn_minor` is what was taken from our balance and not given back. An inquiry (`warning_…`) takes nothing;
    an appeal counts by where the money is.
    """
    if status in _KEPT:
        return False
    return status == "lost" or withdrawn_minor > 0
