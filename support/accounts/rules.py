"""Decisions about signing in."""

from __future__ import annotations

import re
from datetime import timedelta

LINK_LIFE = timedelta(minutes=15)
SIGN_IN_LIFE = timedelta(days=90)
IDLE_LIFE = timedelta(days=30)
# How exactly we know when somebody was last here: one write a day, not one per page.
SEEN_GRAIN = timedelta(days=1)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MAILS_PER_ADDRESS_AND_HOUR = 5
MAILS_PER_ADDRESS_AND_DAY = 10
ASKS_PER_NETWORK_AND_HOUR = 20
CODES_PER_NETWORK_AND_HOUR = 60
WRONG_CODES_PER_ADDRESS_AND_DAY = 10
WRONG_CODES_EVERYWHERE_PER_HOUR = 300
HELP_PER_NETWORK_AND_HOUR = 3
HELP_EVERYWHERE_PER_DAY = 100

# No I, O, 0 or 1: nobody has to guess which one it is.
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8


def code_as_shown(code: str) -> str:
    """`ABCDEFGH` -> `ABCD-EFGH`"""
    return f"{code[:4]}-{code[4:]}"


def code_as_typed(text: str) -> str:
    """What a person typed or pasted, without the spaces and dashes; empty if it cannot be a code."""
    typed = re.sub(r"[\s\-–]", "", text).upper()
    return typed if len(typed) == CODE_LENGTH and set(typed) <= set(CODE_ALPHABET) else ""
