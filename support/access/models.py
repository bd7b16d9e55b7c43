"""What opens articles and to whom: the gate's rules, signing keys, reading sessions, codes, grants, API keys."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.access.rules import POLICIES
from support.campaigns.models import Plan
from support.db import Base, one_of


class GateVersion(Base):
    """One loading of the gate; the newest is in force, the others show what was."""

    __tablename__ = "gate_versions"
    __table_args__ = (one_of("default_policy", POLICIES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    loaded_at: Mapped[datetime]
    default_policy: Mapped[str] = mapped_column(sa.String(20))
    rules: Mapped[list[GateRule]] = relationship(order_by="GateRule.position")


class GateRule(Base):
    """Articles whose path matches are under `policy`; the first match wins. `plans` empty: any plan."""

    __tablename__ = "gate_rules"
    __table_args__ = (one_of("policy", POLICIES),)

    version_id: Mapped[int] = mapped_column(sa.ForeignKey("gate_versions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(sa.Text)
    policy: Mapped[str] = mapped_column(sa.String(20))
    plans: Mapped[list[str]]


class SigningKey(Base):
    """A key that signs passes, encrypted with a key derived from SECRET_KEY. A retired one still verifies a while."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    encrypted: Mapped[bytes]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class ReadingSession(Base):
    """90 days in which one browser reads what the checkouts that it made have paid for, and nothing else.

    One that began with a sign-in stands for the supporter (ReadingSessionSupporter), too.
    """

    __tablename__ = "reading_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    def is_live(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.expires_at


class ReadingSessionCheckout(Base):
    """One of the checkouts that a reading session stands for."""

    __tablename__ = "reading_session_checkouts"

    reading_session_id: Mapped[int] = mapped_column(sa.ForeignKey("reading_sessions.id"), primary_key=True)
    checkout_id: Mapped[int] = mapped_column(sa.ForeignKey("checkouts.id"), primary_key=True)


class ReadingSessionSupporter(Base):
    """The supporter whom a reading session stands for: everything that this supporter has paid for."""

    __tablename__ = "reading_session_supporters"

    reading_session_id: Mapped[int] = mapped_column(sa.ForeignKey("reading_sessions.id"), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporters.id"), index=True)


class PassCode(Base):
    """A code that carries a pass to another site: 60 seconds, once, for the origin and verifier that asked."""

    __tablename__ = "pass_codes"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    reading_session_id: Mapped[int] = mapped_column(sa.ForeignKey("reading_sessions.id"))
    article: Mapped[str] = mapped_column(sa.Text)
    code_challenge: Mapped[str] = mapped_column(sa.String(43))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class PassRenewal(Base):
    """What a site's browser renews its pass with for 30 days: used once, then replaced, bound to one origin."""

    __tablename__ = "pass_renewals"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    reading_session_id: Mapped[int] = mapped_column(sa.ForeignKey("reading_sessions.id"), index=True)
    article: Mapped[str] = mapped_column(sa.Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Grant(Base):
    """Access that staff have given free: members' articles until `ends_at`, unless `revoked_at` came first.

    `plan_id`: it opens what that plan opens; None: what any plan opens. `reason` is for staff.
    """

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    plan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plans.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    granted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_members.id"))
    granted_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    plan: Mapped[Plan | None] = relationship()

    def is_live(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.ends_at

    @property
    def last_moment(self) -> datetime:
        """A moment of the last day on which it opens: it ends with a day, and so at the beginning of the next."""
        return self.ends_at - timedelta(seconds=1)


class ApiKey(Base):
    """A key of a newsroom's server, shown once: `prefix` finds it, the hash proves it."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    prefix: Mapped[str] = mapped_column(sa.String(20), unique=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
