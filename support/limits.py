"""How often something may be tried: fixed windows counted in the database, so that every process shares them."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base
from support.errors import TooManyRequests
from support.holdings import delete_some, register_holding
from support.sql import insert

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

_KEPT = timedelta(days=1)


class LimitCounter(Base):
    """How often `key` was tried in the window that ends at `ends_at`."""

    __tablename__ = "limit_counters"

    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    hits: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)


def init_app(app: Flask) -> None:
    """Let go of counters whose window is over."""
    register_holding(app, "limits", prune=prune_counters)


def count_try(session: Session, key: str, *, allowed: int, window: timedelta, now: datetime) -> None:
    """Count one try of `key`. Raises TooManyRequests beyond `allowed` tries within `window`."""
    begun = insert(session, LimitCounter).values(key=key, hits=1, ends_at=now + window)
    is_over = LimitCounter.ends_at <= now
    counted = begun.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "hits": sa.case((is_over, 1), else_=LimitCounter.hits + 1),
            "ends_at": sa.case((is_over, now + window), else_=LimitCounter.ends_at),
        },
    ).returning(LimitCounter.hits, LimitCounter.ends_at)
    hits, ends_at = session.execute(counted).one()
    if hits > allowed:
        raise TooManyRequests(retry_after=max(1, round((ends_at - now).total_seconds())))


def may_try(session: Session, key: str, *, allowed: int, window: timedelta, now: datetime) -> bool:
    """Count one try of `key`; whether it is one of the `allowed`."""
    try:
        count_try(session, key, allowed=allowed, window=window, now=now)
    except TooManyRequests:
        return False
    return True


def is_used_up(session: Session, key: str, *, allowed: int, now: datetime) -> bool:
    """Whether `key` was tried `allowed` times in its window. Counts nothing."""
    full = sa.select(LimitCounter.key).where(LimitCounter.hits >= allowed, LimitCounter.ends_at > now)
    return session.scalar(full.where(LimitCounter.key == key)) is not None


def forget_tries(session: Session, key: str) -> None:
    """Begin to count anew."""
    session.execute(sa.delete(LimitCounter).where(LimitCounter.key == key))


def prune_counters(session: Session, now: datetime) -> int:
    """Counters that limit nothing any more."""
    return delete_some(session, LimitCounter, LimitCounter.ends_at <= now - _KEPT)


def client_network() -> str:
    """The asker's network: /24 of an IPv4 address, /48 of an IPv6 one.

    The address is the connection's, or the one that TRUSTED_PROXY_HOPS proxies vouch for.
    """
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
