"""One check decides what is an address on the news site, for articles and for ways back alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from support.addresses import BadAddress, article_address, origin_of, path_of, return_address
from tests.support.readers import checkouts

if TYPE_CHECKING:
    from tests.support.conftest import Watched

ORIGINS = ("https://news.example", "https://www.news.example:8443")

# Foreign, look-alike, or read differently by two programs.
REFUSED = {
    "another host": "https://evil.example/",
    "a host that begins like ours": "https://news.example.evil.example/",
    "a host that ends like ours": "https://evilnews.example/",
    "a host below ours": "https://a.news.example/",
    "no scheme": "//evil.example/",
    "no scheme, three slashes": "///evil.example/",
    "four slashes": "////evil.example/",
    "a scheme alone": "https:evil.example",
    "one slash": "https:/evil.example",
    "three slashes": "https:///evil.example",
    "backslashes": "\\\\evil.example/",
    "slash, backslash": "/\\evil.example/",
    "backslash, slash": "\\/evil.example/",
    "our host, backslash": "https://news.example\\@evil.example/",
    "backslash in the path": "/a\\..\\b",
    "an encoded backslash": "/%5cevil.example",
    "an encoded backslash, capital": "/a%5C..%5Cb",
    "user": "https://news.example@evil.example/",
    "user and password": "https://news.example:pw@evil.example/",
    "a user of ours": "https://user@news.example/",
    "another port": "https://news.example:8443/",
    "the default port, named": "https://news.example:443/",
    "a port that is empty": "https://news.example:/",
    "a port that is none": "https://news.example:80evil/",
    "http": "http://news.example/",
    "javascript": "javascript:alert(1)",
    "javascript with our host": "javascript://news.example/%0aalert(1)",
    "data": "data:text/html,x",
    "a tab in the scheme": "java\tscript:alert(1)",
    "a tab in the path": "/\t/evil.example",
    "a line break": "/a\r\nSet-Cookie: a=b",
    "an encoded line break": "/a%0d%0aSet-Cookie:a=b",
    "NUL": "/a\x00",
    "encoded NUL": "/a%00",
    "a space before": " https://evil.example",
    "a space before a path": " //evil.example",
    "a dot host": "https://news.example./",
    "a host in other letters": "https://nеws.example/",
    "a full-width dot": "https://news。example/",
    "full-width slashes": "／／evil.example",
    "an encoded slash": "/a%2fb",
    "encoded slashes": "/%2f%2fevil.example",
    "up": "/free/../paid",
    "up, encoded": "/free/%2e%2e/paid",
    "up, half encoded": "/free/.%2E/paid",
    "here": "/./paid",
    "up at the end": "/free/..",
    "an empty part": "/a//b",
    "a percent sign alone": "/%",
    "a percent sign that encodes nothing": "/%zz",
    "encoded twice": "/%252e%252e/paid",
    "not UTF-8": "/%ff",
    "an overlong slash": "/%c0%af",
    "a query with a backslash": "/a?b=\\evil",
    "a query with other letters": "/a?b=ж",
    "too long": "/" + "a" * 2000,
    "no address": "paid",
    "nothing": "",
    "a question mark": "?a=b",
    "a bidirectional mark": "/a\u202eb",
    "a half of a character": "/\ud800",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str) -> None:
    for check in (article_address, return_address):
        with pytest.raises(BadAddress):
            check(text, ORIGINS)


@pytest.mark.parametrize("text", [one for one in REFUSED.values() if one and one.isprintable()])
def test_refused_by_checkout_without_a_trace(refusing: Watched, text: str) -> None:
    before = len(checkouts(refusing)), len(refusing.wire.calls)
    for field in ("return_to", "article"):
        ask = {"currency": "EUR", "interval": "month", "amount": "10", field: text}
        accept = {"Accept": "application/json"}
        answer = requests.post(f"{refusing.url}/checkout", ask, headers=accept, timeout=10, allow_redirects=False)
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == [field]
        assert "evil" not in answer.text
    assert (len(checkouts(refusing)), len(refusing.wire.calls)) == before


@pytest.mark.parametrize(
    ("text", "address"),
    {
        "/articles/one": "https://news.example/articles/one",
        "/": "https://news.example/",
        "https://news.example": "https://news.example/",
        "https://news.example/a?utm=1#top": "https://news.example/a",
        "https://news.example?x=/free": "https://news.example/",
        "HTTPS://NEWS.example/A": "https://news.example/A",
        "https://www.news.example:8443/a": "https://www.news.example:8443/a",
        "/a/": "https://news.example/a/",
        "/%61": "https://news.example/a",
        "/стаття": "https://news.example/%D1%81%D1%82%D0%B0%D1%82%D1%82%D1%8F",
        "/%d1%81": "https://news.example/%D1%81",
        "/a;b=c": "https://news.example/a;b=c",
        "/a?next=//evil.example": "https://news.example/a",
    }.items(),
)
def test_an_article_has_one_spelling(text: str, address: str) -> None:
    assert article_address(text, ORIGINS) == address
    assert article_address(address, ORIGINS) == address


def test_a_way_back_keeps_query_and_fragment() -> None:
    assert return_address("/a?b=c&d=%5c#e", ORIGINS) == "https://news.example/a?b=c&d=%5c#e"


@given(st.text(max_size=40) | st.text(st.sampled_from("/\\%.@:?#ahtps2fe5c"), max_size=30))
def test_what_passes_is_always_on_our_site(text: str) -> None:
    for prefix in ("", "/", "https://news.example", "https://news.example/"):
        try:
            address = return_address(prefix + text, ORIGINS)
        except BadAddress:
            continue
        assert origin_of(address) in ORIGINS
        assert requests.Request("GET", address).prepare().url is not None
        assert ".." not in path_of(address).split("/")
        assert return_address(address, ORIGINS) == address
