"""A page of the staff's as whoever reads it takes it in: headings, tables, links, forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.desk.conftest import Booked


@dataclass
class SeenTable:
    """A table: its rows of cells in words, and the addresses that the cells lead to."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)

    def column(self, title: str) -> list[str]:
        """The cells under one heading, totals among them."""
        at = self.rows[0].index(title)
        return [row[at] for row in self.rows[1:]]


class SeenPage(HTMLParser):
    """What is seen on a page; words that are only read aloud are left out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.tables: dict[str, SeenTable] = {}
        self.headings: list[str] = []
        self._table: SeenTable | None = None
        self._cell: list[str] | None = None
        self._heading: list[str] | None = None
        self._is_unseen = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "table":
            self._table = self.tables[given["id"]] = SeenTable(given["id"])
        elif tag == "tr" and self._table is not None:
            self._table.rows.append([])
            self._table.links.append({})
        elif tag in {"td", "th"}:
            self._cell = []
        elif tag == "a" and self._cell is not None and self._table is not None:
            self._table.links[-1][self._table.rows[0][len(self._table.rows[-1])]] = given["href"]
        elif tag == "h1":
            self._heading = []
        elif tag == "span" and given.get("class") == "hidden":
            self._is_unseen = True

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser."""
        if tag in {"td", "th"} and self._table is not None and self._cell is not None:
            self._table.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "span":
            self._is_unseen = False
        elif tag == "table":
            self._table = None
        elif tag == "h1" and self._heading is not None:
            self.headings.append("".join(self._heading).strip())
            self._heading = None

    def handle_data(self, data: str) -> None:
        """See HTMLParser."""
        for open_text in (self._cell, self._heading):
            if open_text is not None and not self._is_unseen:
                open_text.append(data)

    def values(self, tag: str, attribute: str) -> list[str]:
        """What an attribute is, wherever these tags have it."""
        return [given[attribute] for name, given in self.tags if name == tag and attribute in given]


def number(text: str) -> Decimal:
    """A number as the page writes it."""
    return Decimal(0) if text in {"", "–"} else Decimal(text.replace(",", "").replace("−", "-"))


def listed(booked: Booked, address: str) -> SeenTable:
    """A listing, all of its pages together."""
    whole: SeenTable | None = None
    following: str | None = address
    while following is not None:
        page = SeenPage(booked.ask(following).text)
        (table,) = page.tables.values()
        if whole is None:
            whole = table
        else:
            whole.rows += table.rows[1:]
        following = next((given["href"] for _, given in page.tags if given.get("rel") == "next"), None)
    assert whole is not None
    return whole
