"""What comes in: a mapping file, which says how an accounting program wants the journal, and a command's choices."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from support.content import BadContent, Content, read_content
from support.finance.exports.cells import guarded
from support.finance.exports.double_entry import ACCOUNTS

SHIPPED = Path(__file__).parents[3] / "config" / "journal"
# {as in a mapping file: strftime's}
DATE_FORMATS = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD.MM.YYYY": "%d.%m.%Y",
    "YYYYMMDD": "%Y%m%d",
}

JournalField = Literal["number", "date", "account", "description", "debit", "credit", "amount", "currency", "source"]


def _plain(text: str) -> str:
    if guarded(text) != text:
        raise ValueError("must not begin like a formula")
    return text


class MappedColumn(Content):
    """One column: a field of the journal's lines, or the same text in each."""

    name: str = Field(min_length=1, max_length=100)
    field: JournalField | None = None
    text: str | None = Field(None, max_length=100)

    _names_are_plain = field_validator("name", "text")(lambda text: text if text is None else _plain(text))

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.field is None) == (self.text is None):
            raise ValueError(f"{self.name}: give it a field or a text")
        return self


class JournalMapping(Content):
    """How a journal is written: an entry per day and currency or per transaction, columns, accounts, dates, decimals.

    `amount` is positive for a debit; `debit` and `credit` leave the other one empty.
    """

    entry_per: Literal["day", "transaction"] = "day"
    date_format: str = "YYYY-MM-DD"
    decimal_sign: Literal[".", ","] = "."
    accounts: dict[str, str]
    column: list[MappedColumn]

    @field_validator("date_format")
    @classmethod
    def _known_date(cls, text: str) -> str:
        if text not in DATE_FORMATS:
            raise ValueError(f"use one of {', '.join(DATE_FORMATS)}")
        return text

    @field_validator("accounts")
    @classmethod
    def _every_account(cls, accounts: dict[str, str]) -> dict[str, str]:
        if missing := [account for account in ACCOUNTS if not accounts.get(account)]:
            raise ValueError(f"{missing[0]} has no code")
        if unknown := [account for account in accounts if account not in ACCOUNTS]:
            raise ValueError(f"there is no account {unknown[0]}; use {', '.join(ACCOUNTS)}")
        return {account: _plain(code) for account, code in accounts.items()}

    @field_validator("column")
    @classmethod
    def _whole_lines(cls, columns: list[MappedColumn]) -> list[MappedColumn]:
        names = [column.name for column in columns]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]} is there twice")
        fields = {column.field for column in columns}
        if missing := [name for name in ("number", "date", "account") if name not in fields]:
            raise ValueError(f"no column has the field {missing[0]}")
        if ("amount" in fields) == bool({"debit", "credit"} & fields) or len({"debit", "credit"} & fields) == 1:
            raise ValueError("one column has the field amount, or two have debit and credit")
        return columns


def read_mapping(name: str) -> JournalMapping:
    """A shipped mapping by its name, or a file. Raises BadContent: one line that names the key."""
    shipped = {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
    path = shipped.get(name, Path(name))
    if not path.is_file():
        raise BadContent(f"--mapping: there is no file {name}; shipped are {', '.join(shipped)}")
    return read_content(path, JournalMapping)
