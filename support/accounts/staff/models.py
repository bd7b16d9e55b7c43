"""A person of the newsroom who signs in: two proofs, one role, a row per browser."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base, one_of
from support.guards import ROLES


class StaffMember(Base):
    """Somebody who signs in with a password and then a code.

    Until an invitation was taken there is neither. `totp_secret` is encrypted (support/encryption.py); `totp_step` is
    the last 30-second step whose code was used: none is taken twice. Members are never deleted, since the audit names
    them; a disabled one cannot sign in.
    """

    __tablename__ = "staff_members"
    __table_args__ = (
        one_of("role", ROLES),
        sa.CheckConstraint("(password_hash IS NULL) = (totp_secret IS NULL)", name="two_proofs"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320), unique=True)
    role: Mapped[str] = mapped_column(sa.String(10))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    totp_secret: Mapped[bytes | None]
    totp_step: Mapped[int | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def has_joined(self) -> bool:
        """Whether an invitation was taken to its end."""
        return self.password_hash is not None

    @property
    def state(self) -> str:
        """A word for the list of members."""
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.has_joined else "invited"


class RecoveryCode(Base):
    """In place of a code from the phone: ten per member, each once."""

    __tablename__ = "staff_recovery_codes"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_members.id"), index=True)
    used_at: Mapped[datetime | None]


class StaffSignIn(Base):
    """A member in one browser. Without `totp_at` only the password was right, and nobody is signed in.

    `code_tries` counts the codes that were tried with it. `network` and `browser` tell the member which one it is.
    """

    __tablename__ = "staff_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_members.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    password_at: Mapped[datetime]
    totp_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    network: Mapped[str] = mapped_column(sa.String(60))
    browser: Mapped[str] = mapped_column(sa.String(200))


class StaffInvitation(Base):
    """A link that was mailed to a member: 72 hours, once.

    Whoever takes it has chosen a password and is shown a secret for the phone, in the browser of `browser_hash`. Both
    wait here, and become the member's when a code proves that the phone has the secret (`joined_at`).

    A member who takes a new phone begins a row of their own: it was taken at once, no link leads to it, and without
    `password_hash` the password stays.
    """

    __tablename__ = "staff_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_members.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    browser_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    totp_secret: Mapped[bytes | None]
