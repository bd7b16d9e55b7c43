"""The reader's language: chosen, else asked for by the browser, else English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from support.i18n import known

if TYPE_CHECKING:
    from tests.support.conftest import Watched


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("uk", "uk"),
        ("uk-UA", "uk"),
        ("uk_UA", "uk"),
        ("UK", "uk"),
        ("en-GB", "en"),
        ("de", None),
        ("ukr", None),
        ("", None),
        (None, None),
        ("../../etc", None),
        ("uk\x00", None),
    ],
)
def test_a_language_tag(tag: str | None, locale: str | None) -> None:
    assert known(tag) == locale


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("uk", "en", "uk"),
        ("en", "uk", "en"),
        (None, "uk", "uk"),
        (None, "de, uk;q=0.5, en;q=0.4", "uk"),
        (None, "de", "en"),
        (None, "", "en"),
        ("de", "uk", "uk"),
        (None, "*", "en"),
        (None, "uk;q=nonsense, \x7f", "en"),
    ],
)
def test_a_page_speaks_it(refusing: Watched, chosen: str | None, accepted: str, language: str) -> None:
    query = {} if chosen is None else {"locale": chosen}
    answer = requests.get(f"{refusing.url}/support", query, headers={"Accept-Language": accepted}, timeout=10)
    assert f'<html lang="{language}" dir="ltr">' in answer.text
    headline = {"en": "Independent journalism", "uk": "Незалежна журналістика"}[language]
    assert headline in answer.text
