"""Every text that a reader may see exists in every language of ours, with the same placeholders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from support.i18n import DEFAULT, LOCALES
from tests.databases import ROOT

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {pattern: {"extensions": "jinja2.ext.i18n"} for pattern, _ in METHODS[1:]}
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def our_texts() -> set[str]:
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(ROOT / "support", METHODS, OPTIONS, keywords=keywords)
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def catalogue(locale: str) -> Catalog:
    with (ROOT / "support" / "translations" / f"{locale}.po").open("rb") as file:
        return read_po(file, locale=locale)


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != DEFAULT])
def test_no_text_is_missing_and_none_is_left_over(locale: str) -> None:
    known = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in catalogue(locale) if entry.id}
    assert our_texts() == known


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != DEFAULT])
def test_translations_keep_their_placeholders(locale: str) -> None:
    for entry in catalogue(locale):
        for text in [entry.string] if isinstance(entry.string, str) else entry.string or []:
            wanted = entry.id if isinstance(entry.id, str) else entry.id[-1]
            assert text or not entry.id
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(wanted)) or not entry.id
