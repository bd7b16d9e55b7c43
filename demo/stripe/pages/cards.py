"""What a reader types into a hosted page's card fields, checked.

A card number is compared and forgotten: never stored, never shown again.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from demo.stripe.cards import require_test_card
from demo.stripe.faults import BadField
from demo.stripe.means import Means


def card_typed(form: Mapping[str, str], email: str, now: int) -> Means:
    """The card; BadField names the first field that is wrong."""
    name = form.get("name", "").strip()[:150] or None
    card, last4 = require_test_card(form.get("card", ""))
    month, year = _expiry(form.get("expiry", ""), now)
    digits = 4 if card.brand == "amex" else 3
    if not re.fullmatch(rf"[0-9]{{{digits}}}", form.get("cvc", "").strip()):
        raise BadField("cvc", f"Enter any {digits} digits as the security code.")
    return Means(email=email, name=name, card=card, last4=last4, exp_month=month, exp_year=year)


def _expiry(text: str, now: int) -> tuple[int, int]:
    """ "04 / 34" as (4, 2034)."""
    found = re.fullmatch(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})", text.strip())
    today = datetime.fromtimestamp(now, UTC)
    if not found or (2000 + int(found[2]), int(found[1])) < (today.year, today.month):
        raise BadField("expiry", "Enter any date in the future as MM / YY.")
    return int(found[1]), 2000 + int(found[2])
