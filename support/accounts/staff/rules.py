"""Decisions about staff who sign in."""

from __future__ import annotations

import re
from datetime import timedelta

SIGN_IN_LIFE = timedelta(hours=12)
IDLE_LIFE = timedelta(minutes=30)
# How exactly we know when somebody was last here: one write a minute, not one per page.
SEEN_GRAIN = timedelta(minutes=1)
# From the right password to the code.
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
INVITATION_LIFE = timedelta(hours=72)
# From the password that an invited person chose to the first code of the phone.
SETUP_LIFE = timedelta(minutes=30)

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PASSWORDS_PER_ACCOUNT_AND_NETWORK = 5  # in a quarter of an hour
PASSWORDS_PER_ACCOUNT = 10  # in an hour, from networks where the member was never signed in
PASSWORDS_PER_NETWORK = 30  # in an hour, whatever the account
CODES_PER_ACCOUNT = 30  # in a day; a right one begins the count anew
# Somebody signed in there within this time: a network of the member's own.
NETWORK_KNOWN = timedelta(days=30)

TOTP_SECONDS = 30
# A phone may be a step early or late.
TOTP_STEPS = (0, -1, 1)

RECOVERY_CODES = 10
RECOVERY_LENGTH = 16

MIN_PASSWORD = 12
# What is left of the commonest long passwords when digits and signs at both ends are taken away.
_COMMON = frozenset(
    """abcdefgh abcdefghij abcdefghijkl admin administrator asdfghjkl basketball changeme charlie computer dragon
    football fuckyou iloveyou letmein liverpool manchester michael monkey newsroom passw0rd passwort password
    passwordpassword princess qazwsx qazwsxedc qwerty qwertyqwerty qwertyuiop qwertyuiopasdfghjkl secret starwars
    sunshine superman test testtest trustno welcome whatever zxcvbnm""".split()
)


def fault_of_password(password: str, email: str) -> str | None:
    """Why this cannot be the password of that address, as a sentence; None if it can."""
    if len(password) < MIN_PASSWORD:
        return f"Choose at least {MIN_PASSWORD} characters. Three or four words that do not belong together are good."
    plain = password.casefold()
    name = email.casefold().partition("@")[0]
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    if plain == email.casefold() or bare == name:
        return "This is your address. Choose something that nobody knows of you."
    if len(set(plain)) < 5 or bare in _COMMON or not bare:
        return "This is one of the first passwords that others would try. Choose another."
    return None
