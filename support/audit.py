"""What staff did, line by line: only added, never changed. Each line is written in the transaction of its act.

The database itself refuses changes (triggers of migration 0007). One is allowed: a text becomes ERASED, so that a line
can outlive the person that its text names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app, has_request_context
from sqlalchemy.orm import Mapped, mapped_column

from support import clock
from support.db import Base
from support.holdings import delete_some, register_holding
from support.sql import insert, mentions

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

    from support.holdings import Person

LOOKED = "looked at supporter"
REFUSED = "was refused"
# What staff do, and who would be. A new act takes its word here first; pages show it as it is.
ACTIONS = frozenset(
    {
        REFUSED,
        "signed in",
        "signed out",
        "ended sign-in",
        "signed out everywhere",
        "invited",
        "joined",
        "changed role",
        "disabled",
        "changed password",
        "changed recovery codes",
        "changed phone",
        "began export",
        "exported",
        "searched supporters",
        LOOKED,
        "looked at free access",
        "asked for refund",
        "approved refund",
        "rejected refund",
        "asked to cancel membership",
        "canceled membership",
        "sent receipt again",
        "granted access",
        "revoked access",
        "merged supporters",
        "wrote note",
        "replayed event",
        "looked at event body",
        "searched statements",
        "looked at statement",
        "issued statement",
        "voided statement",
        "reissued statement",
    }
)
COMMAND_LINE = "command line"
ERASED = "erased"
# Longer than any sign-in, whose end makes its forms useless.
_PAGES_KEPT = timedelta(days=2)


class AuditLine(Base):
    """One act. `who` is the address that the staff member had then; COMMAND_LINE and STRANGER have no `staff_id`.

    `about` names a row in words, such as `supporter 12`; `detail` says the rest.
    """

    __tablename__ = "audit_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_members.id"), index=True)
    who: Mapped[str] = mapped_column(sa.String(320))
    action: Mapped[str] = mapped_column(sa.String(40))
    about: Mapped[str] = mapped_column(sa.String(400), index=True)
    detail: Mapped[str] = mapped_column(sa.Text)


class UsedPage(Base):
    """A form that has done what it said: sent again, by a second click or a reload, it does nothing more.

    `attempt` is the digest of what was sent, the random text of its page view among it.
    """

    __tablename__ = "used_pages"

    attempt: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Actor:
    """The staff member who acts."""

    staff_id: int | None
    email: str


STRANGER = Actor(None, "not signed in")


def init_app(app: Flask) -> None:
    """Let `flask erase` blank what lines say about a person."""
    register_holding(app, "audit lines", forget=forget_texts)
    register_holding(app, "used pages of staff", prune=prune_used_pages)


def register_actors(app: Flask, find_actor: Callable[[], Actor | None]) -> None:
    """Tell `record` how to find who acts in this request."""
    app.extensions["find_actor"] = find_actor


def record(session: Session, action: str, about: str, detail: str = "", *, by: Actor | None = None) -> None:
    """Add a line; `action` is one of ACTIONS.

    Who acts is the request's staff member, or the command line outside of a request. `by` is for the acts that make
    somebody the request's staff member, or that do not.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action} is not an action of the audit")
    actor = by or _actor()
    session.add(
        AuditLine(
            at=clock.now(),
            staff_id=actor.staff_id if actor else None,
            who=actor.email if actor else COMMAND_LINE,
            action=action,
            about=about,
            detail=detail,
        )
    )


def record_look(session: Session, supporter_id: int | None, what: str) -> None:
    """Add a line for a page that shows whose something is; `what` names the page. Nobody's: no line."""
    if supporter_id is not None:
        record(session, LOOKED, f"supporter {supporter_id}", what)


def is_first_use(session: Session, use: str, now: datetime) -> bool:
    """Whether this form, known by a digest of at most 64 letters, comes for the first time; it is used from now on.

    Whoever sends it a second time waits here for the first transaction, and gets False if that has committed.
    """
    used = insert(session, UsedPage).values(attempt=use, used_at=now).on_conflict_do_nothing()
    return session.execute(used.returning(UsedPage.attempt)).one_or_none() is not None


def prune_used_pages(session: Session, now: datetime) -> int:
    """Pages that no sign-in can send any more."""
    return delete_some(session, UsedPage, UsedPage.used_at <= now - _PAGES_KEPT)


def lines_before(session: Session, before: int | None, limit: int) -> list[AuditLine]:
    """The newest lines with an id below `before` (None: of all), the newest first."""
    newest = sa.select(AuditLine).order_by(AuditLine.id.desc()).limit(limit)
    return list(session.scalars(newest if before is None else newest.where(AuditLine.id < before)))


def lines_about(session: Session, about: str, limit: int) -> list[AuditLine]:
    """The newest lines about one thing, the oldest of them first."""
    newest = sa.select(AuditLine).where(AuditLine.about == about).order_by(AuditLine.id.desc()).limit(limit)
    return list(reversed(session.scalars(newest).all()))


def forget_texts(session: Session, person: Person, _now: datetime) -> int:
    """Blank every detail about the supporter, and whatever else names the address; the acts themselves stay."""
    is_about = AuditLine.about == f"supporter {person.supporter_id}"
    count = _erase(session, AuditLine.detail, sa.and_(is_about, AuditLine.detail != ""))
    if person.email is None:
        return count
    for text in (AuditLine.detail, AuditLine.about):
        count += _erase(session, text, mentions(session, sa.type_coerce(text, sa.Text), person.email))
    return count


def _erase(session: Session, text: sa.orm.InstrumentedAttribute[str], is_it: sa.ColumnElement[bool]) -> int:
    erased = sa.update(AuditLine).where(is_it, text != ERASED).values({text: ERASED})
    return len(session.execute(erased.returning(AuditLine.id)).all())


def _actor() -> Actor | None:
    if not has_request_context():
        return None
    actor: Actor | None = current_app.extensions["find_actor"]()
    if actor is None:
        raise RuntimeError("somebody acts who is not signed in: this view names no staff guard")
    return actor
