"""The gate cannot be talked round: without a genuine pass no answer holds anything of a members' article's text."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from support.access.keys import current_keys
from tests.demo.newsroom.running import MEMBERS, OTHER, leaks, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.demo.newsroom.running import Newsroom

ASKING: dict[str, dict[str, Any]] = {
    "plainly": {},
    "as a search engine": {"headers": {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}},
    "as a link preview": {"headers": {"User-Agent": "facebookexternalhit/1.1"}},
    "from a search engine's results": {"headers": {"Referer": "https://www.google.com/"}},
    "from this machine, it says": {"headers": {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}},
    "for another path, it says": {"headers": {"X-Original-URI": "/open/river-water", "X-Rewrite-URL": "/open/x"}},
    "as another host": {"headers": {"Host": "127.0.0.1"}},
    "by HEAD": {"method": "HEAD"},
    "by OPTIONS": {"method": "OPTIONS"},
    "by POST": {"method": "POST"},
    "for JSON": {"headers": {"Accept": "application/json"}},
    "for JSON-LD": {"headers": {"Accept": "application/ld+json"}},
    "for a part of it": {"headers": {"Range": "bytes=4000-"}},
    "as a prefetch": {"headers": {"Sec-Purpose": "prefetch", "Purpose": "prefetch"}},
    "for print": {"query": "print=1&amp=1&output=1"},
    "with access in the query": {"query": "access=granted&support_pass=x&pass=x&is_open=1"},
    "with an empty code": {"query": "support_code="},
    "with a made-up code": {"query": "support_code=" + "a" * 43, "cookies": {"newsroom_verifier": "b" * 64}},
    "with two codes": {"query": "support_code=a&support_code=b"},
    "with an empty pass": {"cookies": {"support_pass": ""}},
    "with a word for a pass": {"cookies": {"support_pass": "members"}},
    "with a huge pass": {"cookies": {"support_pass": "e" * 7000}},
    "with a made-up renewal": {"cookies": {"support_renewal": "c" * 43}},
    "with a bearer": {"headers": {"Authorization": "Bearer members"}},
    "below the open folder": {"path": "/open/city-budget"},
    "through the open folder": {"path": "/open/../articles/city-budget"},
    "encoded": {"path": "/articles/%63ity-budget"},
    "with a slash": {"path": "/articles/city-budget/"},
    "with a suffix": {"path": "/articles/city-budget.toml"},
    "with a null byte": {"path": "/articles/city-budget%00"},
    "among static files": {"path": "/static/../articles/city-budget.toml"},
    "among static files, encoded": {"path": "/static/%2e%2e/articles/city-budget.toml"},
    "in the feed": {"path": "/feed.xml"},
    "on the front page": {"path": "/"},
}


def ask(
    newsroom: Newsroom, *, method: str = "GET", path: str = MEMBERS, query: str = "", **more: Any
) -> requests.Response:
    request = requests.Request(method, newsroom.url, **more).prepare()
    # As it stands: the client must not tidy up the path.
    request.url = f"{newsroom.url}{path}" + (f"?{query}" if query else "")
    with requests.Session() as client:
        return client.send(request, timeout=10)


@pytest.mark.parametrize("how", ASKING)
def test_nothing_withheld_is_answered_to_whoever_asks(newsroom: Newsroom, how: str) -> None:
    answer = ask(newsroom, **ASKING[how])
    assert answer.status_code < 500
    assert leaks(answer, newsroom.article()) == []


def test_the_pieces_that_these_tests_look_for_are_found_where_they_are(newsroom: Newsroom) -> None:
    open_path = "/open/river-water"
    answer = ask(newsroom, path=open_path)
    assert leaks(answer, newsroom.article(open_path)) == windows(newsroom.article(open_path)) != []


def genuine_claims(newsroom: Newsroom) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": newsroom.service.url,
        "aud": newsroom.url,
        "sub": "reading-1",
        "reason": "member",
        "plan": "monthly",
        "until": "2099-01-01T00:00:00Z",
        "opens": "members",
        "iat": now,
        "exp": now + 600,
    }


def key_of(newsroom: Newsroom) -> ECKey:
    with newsroom.service.app.app_context():
        return current_keys().signing


def signed(newsroom: Newsroom, **changes: Any) -> str:
    key = key_of(newsroom)
    header = {"alg": "ES256", "typ": "JWT", "kid": key.kid}
    return jwt.encode(header, genuine_claims(newsroom) | changes, key, algorithms=["ES256"])


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def without_algorithm(newsroom: Newsroom) -> str:
    header = {"alg": "none", "typ": "JWT", "kid": key_of(newsroom).kid}
    return f"{encoded(header)}.{encoded(genuine_claims(newsroom))}."


def signed_with_the_public_key(newsroom: Newsroom) -> str:
    key = key_of(newsroom)
    signed_part = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': key.kid})}.{encoded(genuine_claims(newsroom))}"
    signature = hmac.digest(key.as_pem(private=False), signed_part.encode(), "sha256")
    return f"{signed_part}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def signed_with_another_key(newsroom: Newsroom) -> str:
    header = {"alg": "ES256", "typ": "JWT", "kid": key_of(newsroom).kid}
    return jwt.encode(header, genuine_claims(newsroom), ECKey.generate_key("P-256"), algorithms=["ES256"])


def with_its_own_key_inside(newsroom: Newsroom) -> str:
    key = ECKey.generate_key("P-256")
    header = {
        "alg": "ES256",
        "typ": "JWT",
        "kid": "mine",
        "jwk": key.as_dict(private=False),
        "jku": "http://x.example/",
    }
    return jwt.encode(header, genuine_claims(newsroom), key, algorithms=["ES256"])


def with_other_claims_than_were_signed(newsroom: Newsroom) -> str:
    header, _claims, signature = signed(newsroom, opens=newsroom.url + OTHER).split(".")
    return f"{header}.{encoded(genuine_claims(newsroom))}.{signature}"


FORGED: dict[str, Callable[[Newsroom], str]] = {
    "no algorithm": without_algorithm,
    "the public key as a secret": signed_with_the_public_key,
    "another key": signed_with_another_key,
    "its own key inside": with_its_own_key_inside,
    "changed claims": with_other_claims_than_were_signed,
    "ended": lambda newsroom: signed(newsroom, exp=int(time.time()) - 1),
    "never ends": lambda newsroom: signed(newsroom, exp=None),
    "another site": lambda newsroom: signed(newsroom, aud="http://elsewhere.localhost:8000"),
    "several sites": lambda newsroom: signed(newsroom, aud=[newsroom.url, "http://elsewhere.localhost:8000"]),
    "another service": lambda newsroom: signed(newsroom, iss="http://localhost:1"),
    "opens another article": lambda newsroom: signed(newsroom, opens=newsroom.url + OTHER),
    "opens everything, it says": lambda newsroom: signed(newsroom, opens="*"),
    "opens a longer address": lambda newsroom: signed(newsroom, opens=newsroom.url + MEMBERS + "/"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_pass_that_is_not_good_opens_nothing(newsroom: Newsroom, how: str) -> None:
    answer = ask(newsroom, cookies={"support_pass": FORGED[how](newsroom)})
    assert answer.status_code == 200
    assert leaks(answer, newsroom.article()) == []
    assert answer.headers["Article-Access"] == "closed"


def test_the_same_pass_unchanged_opens_the_article(newsroom: Newsroom) -> None:
    answer = ask(newsroom, cookies={"support_pass": signed(newsroom)})
    assert newsroom.is_open(answer)
    assert answer.headers["Article-Access"] == "open"


def test_a_pass_for_one_article_opens_that_one_and_no_other(newsroom: Newsroom) -> None:
    held = {"support_pass": signed(newsroom, opens=newsroom.url + OTHER)}
    assert newsroom.is_open(ask(newsroom, path=OTHER, cookies=held))
    assert not newsroom.is_open(ask(newsroom, cookies=held))


@pytest.mark.parametrize("path", [MEMBERS, OTHER, "/articles/tram-minutes"])
def test_no_cache_keeps_members_pages_open_or_closed(newsroom: Newsroom, path: str) -> None:
    for cookies in ({}, {"support_pass": signed(newsroom)}):
        assert "no-store" in ask(newsroom, path=path, cookies=cookies).headers["Cache-Control"]


def test_machines_are_told_which_part_is_withheld(newsroom: Newsroom) -> None:
    page = ask(newsroom).text
    data = json.loads(page.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    assert data["isAccessibleForFree"] is False
    assert data["hasPart"]["cssSelector"] == ".members-text"
    assert 'class="members-text"' not in page
    assert 'class="members-text"' in ask(newsroom, cookies={"support_pass": signed(newsroom)}).text


def test_a_pass_from_a_script_of_another_origin_is_not_taken(newsroom: Newsroom) -> None:
    for origin in ("http://elsewhere.example", "null", newsroom.service.url):
        answer = ask(newsroom, method="POST", path="/pass", headers={"Origin": origin}, json={"pass": signed(newsroom)})
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers


def test_a_forged_pass_is_not_taken_from_our_own_script_either(newsroom: Newsroom) -> None:
    bodies: list[Any] = [{"pass": signed_with_another_key(newsroom)}, {"pass": 1}, {}, [], "x"]
    for body in bodies:
        answer = ask(newsroom, method="POST", path="/pass", headers={"Origin": newsroom.url}, json=body)
        assert answer.status_code == 422
        assert "Set-Cookie" not in answer.headers
