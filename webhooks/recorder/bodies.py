"""An event's body as staff may read it: what it says about people is hidden, and none is longer than a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

HIDDEN = "(hidden)"
LONGEST = 60_000
_DEEPEST = 30
# Parts that are about a person or a card, whatever is in them.
_PRIVATE = frozenset(
    """address billing_details card collected_information custom_fields customer_address customer_details
    customer_shipping customer_tax_ids owner payment_method_details shipping sources tax_ids""".split()
)
# Texts that are words of Stripe's, not anybody's.
_WORDS = frozenset(
    """api_version billing_reason brand category collection_method currency failure_code interval locale mode
    network_status object payment_status reason reporting_category status submit_type type ui_mode usage
    usage_type""".split()
)
# What we write into metadata ourselves; the rest of it is whatever others have put there.
_OUR_METADATA = "support_checkout"
_STRIPE_ID = re.compile(
    r"(acct|ch|cn|cs|cus|dp|du|evt|ii|il|in|issfr|mandate|pi|pm|po|price|prod|py|pyr|re|req|seti|si|sub|sub_sched|txn|txr)"
    r"_(?:(?!secret)[A-Za-z0-9_])+"
)


@dataclass(frozen=True)
class Readable:
    """JSON with a line per field; `is_cut`: there is more of it than LONGEST characters."""

    text: str
    is_cut: bool


def readable(body: bytes, *, is_whole: bool) -> Readable:
    """A body, with everything that it says (`is_whole`) or without what may be about a person.

    Shown are numbers, flags, Stripe's ids and words; any other text is hidden: what nobody thought of is hidden, too.
    """
    parsed = orjson.loads(body)
    text = orjson.dumps(parsed if is_whole else _without_people(parsed), option=orjson.OPT_INDENT_2).decode()
    return Readable(text[:LONGEST], len(text) > LONGEST)


def _without_people(value: Any, name: str = "", depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, dict):
        return {key: _field(key, one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_people(one, name, depth + 1) for one in value]
    if isinstance(value, str) and name not in _WORDS and not _STRIPE_ID.fullmatch(value):
        return HIDDEN
    return value


def _field(name: str, value: Any, depth: int) -> Any:
    if name in _PRIVATE and value is not None:
        return HIDDEN
    if name == "metadata" and isinstance(value, dict):
        return {key: one if key == _OUR_METADATA else HIDDEN for key, one in value.items()}
    return _without_people(value, name, depth)
