"""The accountants' journal: the ledger as double entry, per settlement currency."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from support.errors import FieldError, InvalidInput
from support.finance.exports import cells
from support.finance.exports.csv_files import in_lines
from support.finance.exports.double_entry import ACCOUNTS, postings
from support.finance.exports.forms import DATE_FORMATS
from support.finance.exports.queries import movements
from support.finance.reports.shape import Column, Report, Row, Table
from support.finance.rules import PAYOUT_TYPES
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from support.finance.exports.double_entry import Movement
    from support.finance.exports.forms import JournalField, JournalMapping, MappedColumn
    from support.finance.exports.shape import Tally
    from support.finance.reports.filters import Filters


@dataclass(frozen=True)
class Line:
    """One line of an entry: `amount` to the debit of `account`, to its credit if negative. `source`: Stripe's id.

    `opens`: the payment or payout behind it, as in a Row.
    """

    number: str
    day: date
    account: str
    description: str
    amount: Money
    source: str | None
    opens: Mapping[str, str] = field(default_factory=dict)

    @property
    def debit(self) -> Money | None:
        """What is to the debit, if anything."""
        return self.amount if self.amount.amount_minor > 0 else None

    @property
    def credit(self) -> Money | None:
        """What is to the credit, if anything; never negative."""
        is_credit = self.amount.amount_minor < 0
        return Money(-self.amount.amount_minor, self.amount.currency) if is_credit else None


def lines_per_transaction(session: Session, filters: Filters) -> Iterator[Line]:
    """An entry for each balance transaction."""
    for movement in movements(session, filters):
        day = movement.created_at.astimezone(filters.zone).date()
        source, opens = movement.source_id or movement.stripe_id, _behind(movement)
        for posting in postings(movement):
            yield Line(
                f"{day:%Y%m%d}-{movement.id}",
                day,
                posting.account,
                f"{ACCOUNTS[posting.account]}, {movement.type} {source}",
                Money(posting.amount_minor, movement.currency),
                source,
                opens,
            )


def _behind(movement: Movement) -> dict[str, str]:
    if movement.payment_id is not None:
        return {"payment": str(movement.payment_id)}
    is_payout = movement.type in PAYOUT_TYPES and movement.source_id is not None
    return {"payout": str(movement.source_id)} if is_payout else {}


def lines_per_day(session: Session, filters: Filters) -> Iterator[Line]:
    """An entry for each day and currency. Each payout has a line of its own, to be found on the bank's statement."""

    def day_of(movement: Movement) -> date:
        return movement.created_at.astimezone(filters.zone).date()

    for day, that_day in groupby(movements(session, filters), day_of):
        sums = _sums(that_day)
        for currency, account, source in sorted(sums, key=_place):
            if amount_minor := sums[currency, account, source]:
                what = f"{ACCOUNTS[account]} {source}".rstrip()
                money = Money(amount_minor, currency)
                yield Line(f"{day:%Y%m%d}-{currency}", day, account, what, money, source or None)


def _sums(that_day: Iterable[Movement]) -> dict[tuple[str, str, str], int]:
    """{(currency, account, payout or nothing): minor units}"""
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for movement in that_day:
        for posting in postings(movement):
            source = (movement.source_id or "") if posting.account == "bank" else ""
            sums[movement.currency, posting.account, source] += posting.amount_minor
    return sums


def _place(key: tuple[str, str, str]) -> tuple[str, int, str]:
    """By currency, then accounts as ACCOUNTS has them."""
    currency, account, source = key
    return currency, list(ACCOUNTS).index(account), source


_COLUMNS = (
    Column("number", "Entry"),
    Column("day", "Day", "day"),
    Column("account", "Account"),
    Column("description", "Description"),
    Column("debit", "Debit", "money"),
    Column("credit", "Credit", "money"),
    Column("currency", "Currency"),
    Column("source", "Stripe's object"),
)
_DEFINITION = (
    "The ledger as double entry: each balance transaction gives lines whose debits equal their credits, "
    "in the currency that it is settled in."
)


def journal(session: Session, filters: Filters) -> Report:
    """Every balance transaction of the period as an entry, with our own names of accounts.

    Raises InvalidInput for filters by which the ledger would not be whole.
    """
    _refuse_parts(filters)
    rows = (
        Row(
            (at.number, at.day, at.account, at.description, at.debit, at.credit, at.amount.currency, at.source),
            at.opens,
        )
        for at in lines_per_transaction(session, filters)
    )
    return Report("journal", "Journal", _DEFINITION, (Table("journal", "Journal", _COLUMNS, rows),))


def mapped_csv(session: Session, filters: Filters, mapping: JournalMapping, tally: Tally) -> Iterator[bytes]:
    """The journal as an accounting program imports it: no byte order mark, which some take for a part of a name.

    Raises InvalidInput as `journal` does.
    """
    _refuse_parts(filters)
    lines = (lines_per_day if mapping.entry_per == "day" else lines_per_transaction)(session, filters)

    def rows() -> Iterator[list[str]]:
        yield [cells.quoted(column.name) for column in mapping.column]
        for one in lines:
            tally.rows += 1
            yield [_mapped(one, column, mapping) for column in mapping.column]

    return in_lines(rows())


def _refuse_parts(filters: Filters) -> None:
    parts = {
        "campaign": filters.campaign_id,
        "plan": filters.plan_id,
        "country": filters.country,
        "article": filters.article,
    }
    if given := [
        FieldError(name, "A journal has the whole ledger: leave this out.") for name, part in parts.items() if part
    ]:
        raise InvalidInput(given)


def _mapped(one: Line, column: MappedColumn, mapping: JournalMapping) -> str:
    return cells.quoted(column.text or "") if column.field is None else _FIELDS[column.field](one, mapping)


def _number(money: Money | None, mapping: JournalMapping) -> str:
    text = "" if money is None else cells.amount(money)
    return text if mapping.decimal_sign == "." else f'"{text.replace(".", ",")}"'


_FIELDS: dict[JournalField, Callable[[Line, JournalMapping], str]] = {
    "number": lambda one, _: cells.quoted(one.number),
    "date": lambda one, mapping: cells.quoted(one.day.strftime(DATE_FORMATS[mapping.date_format])),
    "account": lambda one, mapping: cells.quoted(mapping.accounts[one.account]),
    "description": lambda one, _: cells.quoted(one.description),
    "debit": lambda one, mapping: _number(one.debit, mapping),
    "credit": lambda one, mapping: _number(one.credit, mapping),
    "amount": lambda one, mapping: _number(one.amount, mapping),
    "currency": lambda one, _: cells.quoted(one.amount.currency),
    "source": lambda one, _: cells.quoted(one.source or ""),
}
