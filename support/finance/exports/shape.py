"""What can be exported, and how a file is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.exports.forms import JournalMapping
    from support.finance.reports.filters import Filters
    from support.finance.reports.shape import Report

FileFormat = Literal["csv", "json", "xlsx"]


class Source(Protocol):
    """A report, a listing or the journal."""

    @property
    def name(self) -> str:
        """By which it is asked for."""

    @property
    def title(self) -> str:
        """For people."""

    @property
    def takes(self) -> Sequence[str]:
        """The filters, as an address names them, that say something about it."""

    @property
    def build(self) -> Callable[[Session, Filters], Report]:
        """Its report; rows may be read only while the session is open."""


@dataclass(frozen=True)
class About:
    """What a file says about itself: the filters as they are asked for, and when it was made."""

    filters: Mapping[str, str]
    made_at: datetime


@dataclass(frozen=True)
class Wanted:
    """A file that somebody wants. CSV of a report with several tables is the first, without `table`.

    `mapping` is the journal's.
    """

    source: Source
    filters: Filters
    file_format: FileFormat
    table: str | None = None
    mapping: JournalMapping | None = None


@dataclass
class Tally:
    """How many rows went out so far; `tables`: of which the first was taken, because nobody chose."""

    rows: int = 0
    tables: Sequence[str] = ()
