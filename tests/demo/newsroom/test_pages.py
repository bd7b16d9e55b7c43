"""The site's pages: everybody's articles, headers, and no word or picture from anywhere else."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import requests

import demo.newsroom
from demo.newsroom.articles import read_articles
from tests.demo.newsroom.running import MEMBERS, Newsroom

PATHS = [one.path for one in read_articles("http://localhost:8000")]
PICTURES = Path(demo.newsroom.__file__).parent / "static" / "pictures"


def get(newsroom: Newsroom, path: str) -> requests.Response:
    return requests.get(newsroom.url + path, timeout=10)


def test_the_front_page_leads_to_every_article(newsroom: Newsroom) -> None:
    page = get(newsroom, "/").text
    assert len(PATHS) == 6
    assert all(f'href="{path}"' in page for path in PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_an_article_has_its_parts_and_its_call_to_action(newsroom: Newsroom, path: str) -> None:
    page = get(newsroom, path).text
    article = newsroom.article(path)
    for part in (article.headline, article.desk, article.caption, article.teaser):
        assert part in page
    assert f'<support-cta article="{newsroom.url}{path}" lang="{article.locale}"' in page
    assert f'href="{newsroom.service.url}/support?' in page
    assert (article.rest[-1] in page) is article.is_open
    assert get(newsroom, f"/static/pictures/{article.picture}").status_code == 200
    assert article.picture_text


def test_a_checkout_from_a_members_article_leads_back_to_where_it_opens(newsroom: Newsroom) -> None:
    assert f'return-to="{newsroom.url}{MEMBERS}?supported=1"' in get(newsroom, MEMBERS).text


def test_the_ukrainian_article_says_so(newsroom: Newsroom) -> None:
    page = get(newsroom, "/open/sad-u-dvori").text
    assert '<html lang="uk">' in page
    assert "Підтримати" in page


@pytest.mark.parametrize("path", ["/", *PATHS, "/terms", "/privacy", "/no-such-page", "/feed.xml"])
def test_pages_are_strict_and_load_nothing_from_elsewhere(newsroom: Newsroom, path: str) -> None:
    answer = get(newsroom, path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*(src=|ld\+json))", answer.text)
    loaded = re.findall(r"<(?:script|img|link)[^>]*?(?:src|href)=\"(https?://[^\"]+)", answer.text)
    hosts = {urlsplit(newsroom.url).netloc, urlsplit(newsroom.service.url).netloc}
    assert {urlsplit(url).netloc for url in loaded} <= hosts
    assert "Set-Cookie" not in answer.headers


def test_the_demonstration_says_that_it_is_one(newsroom: Newsroom) -> None:
    assert "no real money moves" in get(newsroom, "/").text


def test_the_feed_is_well_formed_and_names_every_article(newsroom: Newsroom) -> None:
    feed = ElementTree.fromstring(get(newsroom, "/feed.xml").content)  # noqa: S314  # our own
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == len(PATHS)


def test_pictures_are_drawings_without_scripts_or_styles() -> None:
    drawn = sorted(PICTURES.glob("*.svg"))
    assert len(drawn) == len(PATHS)
    for file in drawn:
        text = file.read_text()
        ElementTree.fromstring(text)  # noqa: S314  # our own
        assert not re.search(r"<script|<style|style=|href|\bon\w+=", text)


def test_an_unknown_address_leads_on(newsroom: Newsroom) -> None:
    answer = get(newsroom, "/articles/no-such")
    assert answer.status_code == 404
    assert 'href="/"' in answer.text
