"""The second proof: six digits of an authenticator app (TOTP, RFC 6238), or a recovery code, each once.

Authenticators keep wall time, so codes do, too, whatever CLOCK_FILE says.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import pyotp
import sqlalchemy as sa
from flask import current_app

from support.accounts.rules import CODE_ALPHABET
from support.accounts.staff import rules
from support.accounts.staff.models import RecoveryCode, StaffMember
from support.clock import wall_seconds
from support.encryption import cipher
from support.tokens import hash_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings

_PURPOSE = "staff authenticator secrets"


def new_secret() -> str:
    """A secret for an authenticator, in base32."""
    return pyotp.random_base32()


def encrypted(secret: str) -> bytes:
    """As the database keeps it."""
    return cipher(_settings(), _PURPOSE).encrypt(secret.encode())


def decrypted(kept: bytes) -> str:
    """The secret in base32."""
    return cipher(_settings(), _PURPOSE).decrypt(kept).decode()


def link_for_apps(secret: str, email: str) -> str:
    """The `otpauth://` address that authenticators scan."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"{_settings().newsroom_name} staff")


def step_of(secret: str, typed: str) -> int | None:
    """The 30-second step whose code this is: now, the one before or the next; None if it is none of them."""
    code = re.sub(r"\s", "", typed)
    now = int(wall_seconds()) // rules.TOTP_SECONDS
    totp = pyotp.TOTP(secret)
    steps = [now + one for one in rules.TOTP_STEPS]
    return next((step for step in steps if secrets.compare_digest(totp.generate_otp(step), _digits(code))), None)


def use_code(session: Session, member: StaffMember, typed: str, now: datetime) -> str | None:
    """What this code was: `a code` of now, or `a recovery code`, used up by that; None if it was neither."""
    if _use_totp(session, member, typed):
        return "a code"
    return "a recovery code" if _use_recovery_code(session, member, typed, now) else None


def new_recovery_codes(session: Session, staff_id: int) -> list[str]:
    """Ten codes as shown, the only ones from now on."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = [
        "".join(secrets.choice(CODE_ALPHABET) for _ in range(rules.RECOVERY_LENGTH))
        for _ in range(rules.RECOVERY_CODES)
    ]
    session.add_all(RecoveryCode(code_hash=_recovery_hash(staff_id, code), staff_id=staff_id) for code in codes)
    return ["-".join(code[i : i + 4] for i in range(0, rules.RECOVERY_LENGTH, 4)) for code in codes]


def _use_totp(session: Session, member: StaffMember, typed: str) -> bool:
    step = step_of(decrypted(member.totp_secret), typed) if member.totp_secret is not None else None
    if step is None:
        return False
    is_later = sa.or_(StaffMember.totp_step.is_(None), StaffMember.totp_step < step)
    used = sa.update(StaffMember).where(StaffMember.id == member.id, is_later).values(totp_step=step)
    return session.execute(used.returning(StaffMember.id)).one_or_none() is not None


def _use_recovery_code(session: Session, member: StaffMember, typed: str, now: datetime) -> bool:
    code = re.sub(r"[\s\-–]", "", typed).upper()
    theirs = (RecoveryCode.code_hash == _recovery_hash(member.id, code), RecoveryCode.used_at.is_(None))
    used = sa.update(RecoveryCode).where(*theirs).values(used_at=now)
    return session.execute(used.returning(RecoveryCode.staff_id)).one_or_none() is not None


def _recovery_hash(staff_id: int, code: str) -> str:
    """80 random bits need no salt; bound to the member, so that it is nobody else's."""
    return hash_of(f"staff recovery {staff_id} {code}")


def _digits(code: str) -> str:
    return code if code.isascii() else ""


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
