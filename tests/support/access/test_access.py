"""GET /api/v1/access: who is asking decides, however the question is put."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.services import NEWS
from tests.support.access.jwts import claims_of, es256, header_of, private_key
from tests.support.readers import buy

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.conftest import Watched

OTHER = "http://other.localhost:8000"

# Forms of an address under which a closed article must not open; only /, /open/… are open.
CONFUSING = [
    "/paid",
    "/%",
    "/%zz",
    "//paid",
    "/open//paid",
    "/open/../paid",
    "/open/%2e%2e/paid",
    "/open/.%2e/paid",
    "/open/..%2fpaid",
    "/open/%2e%2e%2fpaid",
    "/open%2f..%2fpaid",
    "/open/..%5cpaid",
    "/open\\..\\paid",
    "/open/%252e%252e/paid",
    "/open/..;/paid",
    "/open/..;a=b/paid",
    "/open/.;/paid",
    "/open/%2e%2e;/paid",
    "/open/..",
    "/open",
    "/opened/paid",
    "/OPEN/paid",
    "/Open/paid",
    "/paid%2f",
    "/PAID",
    "/paid;x",
    "/paid;/open/a",
    "/paid?x=/open/a",
    "/paid?/open/a",
    "/paid#/open/a",
    "/paid%3f/open/a",
    "/paid%23/open/a",
    "/paid%00",
    "/open/a%00/../paid",
    "/paid\x00",
    "/open/\n/paid",
    "/open/\u2024\u2024/paid",
    "/open/．．/paid",
    "/％6fpen/paid",
    "/open/%c0%ae%c0%ae/paid",
    "/paid/" + "a" * 8192,
    "http://evil.example/open/a",
    "//localhost:8000/open/a",
    "http://localhost:8000@evil.example/open/a",
    "http://localhost:8000\\open/a",
    "http://localhost:8000/paid",
    "HTTP://LOCALHOST:8000/paid",
    "open/a",
    "./open/a",
    "*",
    "",
    " /open/a",
    "/paid ",
]


def ask(service: Service, article: str, **headers: str) -> requests.Response:
    return requests.get(f"{service.url}/api/v1/access", {"article": article}, headers=headers, timeout=10)


@pytest.mark.parametrize("article", CONFUSING)
def test_no_spelling_talks_the_gate_round(refusing: Watched, article: str) -> None:
    answer = ask(refusing, article)
    assert answer.status_code in {200, 400, 422}
    if answer.status_code == 200:
        assert answer.json()["access"] == "denied"
    elif answer.status_code == 422:
        assert [one["field"] for one in answer.json()["errors"]] == ["article"]
        assert not article.strip() or article not in answer.text


@pytest.mark.parametrize("article", ["/", "/open/a", "/open/a/b?c=d#e", f"{OTHER}/open/a", NEWS, "/%6Fpen/a"])
def test_what_is_open_is_open_to_everyone(refusing: Watched, article: str) -> None:
    answer = ask(refusing, article).json()
    assert (answer["access"], answer["reason"], answer["pass"]) == ("granted", "open", None)


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "kube-probe/1.30"},
        {"Referer": "https://www.google.com/"},
        {"X-Forwarded-For": "66.249.66.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Original-URI": "/open/a", "X-Original-Host": "localhost:8000"},
        {"X-Forwarded-Uri": "/open/a"},
        {"X-Rewrite-URL": "/open/a"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "support_reading=x; support_pass=x; support_checkout_x=x"},
        {"Cookie": "support_reading=" + "x" * 4000},
        {"Sec-Fetch-Site": "same-origin", "Origin": NEWS},
    ],
    ids=str,
)
def test_no_header_talks_the_gate_round(refusing: Watched, headers: dict[str, str]) -> None:
    assert ask(refusing, "/paid", **headers).json()["access"] == "denied"


@pytest.mark.parametrize(
    "query", ["", "article=/open/a&article=/paid", "article=/paid&x=1", "article[]=/open/a", "url=/a"]
)
def test_a_question_of_another_form_is_refused(refusing: Watched, query: str) -> None:
    assert requests.get(f"{refusing.url}/api/v1/access?{query}", timeout=10).status_code == 422


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_get_asks_for_now(refusing: Watched, method: str) -> None:
    answer = requests.request(method, f"{refusing.url}/api/v1/access", params={"article": "/open/a"}, timeout=10)
    assert answer.status_code == 405


def test_the_answer_is_the_contracts(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader)
    member = sqlite_service.access(reader, "/articles/one?utm=1")
    stranger = sqlite_service.access(sqlite_service.browser(), "/articles/one")

    names = {"article", "access", "reason", "plan", "until", "meter", "pass"}
    assert member.keys() == stranger.keys() == names
    assert member["article"] == stranger["article"] == f"{NEWS}/articles/one"
    assert (member["access"], member["reason"], member["plan"], member["meter"]) == (
        "granted",
        "member",
        "monthly",
        None,
    )
    assert member["until"].endswith("Z")
    assert (stranger["access"], stranger["reason"]) == ("denied", "membership_required")
    assert [stranger[name] for name in ("plan", "until", "meter", "pass")] == [None] * 4


def test_without_a_cookie_or_pass_a_member_is_a_stranger(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser())
    assert sqlite_service.access(sqlite_service.browser())["access"] == "denied"


def test_a_cookie_of_another_checkout_is_not_taken(sqlite_service: Service) -> None:
    payer, thief = sqlite_service.browser(), sqlite_service.browser()
    buy(sqlite_service, payer)
    sqlite_service.begin(thief)
    (paid,) = [cookie for cookie in payer.cookies if cookie.name.startswith("support_checkout_")]
    (own,) = [cookie for cookie in thief.cookies if cookie.name.startswith("support_checkout_")]
    for name, value in ((paid.name, own.value), (paid.name, str(paid.value)[:-2] + "aa"), (own.name, paid.value)):
        forged = {"Cookie": f"{name}={value}"}
        assert ask(sqlite_service, "/articles/one", **forged).json()["access"] == "denied"
    genuine = {"Cookie": f"{paid.name}={paid.value}"}
    assert ask(sqlite_service, "/articles/one", **genuine).json()["access"] == "granted"


@pytest.mark.parametrize("origin", [NEWS, OTHER])
def test_pages_of_the_news_site_may_ask_with_cookies(refusing: Watched, origin: str) -> None:
    headers = ask(refusing, "/paid", Origin=origin).headers
    assert headers["Access-Control-Allow-Origin"] == origin
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in headers["Vary"]
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        f"{NEWS}.evil.example",
        f"{NEWS}/",
        "https://localhost:8000",
        "http://localhost",
        "http://localhost:80000",
        "http://localhost:8001",
        "http://evil-localhost:8000",
        "http://LOCALHOST:8000",
        "http://localhost:8000, https://evil.example",
        "http://a.localhost:8000",
        "*",
        "",
    ],
)
def test_no_other_page_may(sqlite_service: Service, origin: str) -> None:
    token = es256(private_key(sqlite_service), header_of(sqlite_service), claims_of(sqlite_service))
    answer = ask(sqlite_service, "/articles/one", Origin=origin, Authorization=f"Bearer {token}")
    assert [name for name in answer.headers if name.startswith("Access-Control-")] == []
    assert "Origin" in answer.headers["Vary"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.json()["pass"] is None


def test_a_pass_goes_only_to_a_page_of_the_news_site(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader)
    query = {"article": "/articles/one"}
    plain = reader.get(f"{sqlite_service.url}/api/v1/access", params=query, timeout=10).json()
    foreign = sqlite_service.access(reader, Origin="https://evil.example")
    assert (plain["access"], plain["pass"]) == (foreign["access"], foreign["pass"]) == ("granted", None)
    assert sqlite_service.access(reader, Origin=NEWS)["pass"] is not None


def test_errors_can_be_read_by_the_page_that_made_them(refusing: Watched) -> None:
    answer = ask(refusing, "//evil.example", Origin=NEWS)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (422, NEWS)


@pytest.mark.parametrize(("origin", "is_allowed"), [(NEWS, True), ("https://evil.example", False)])
def test_a_preflight_names_what_a_page_may_send(refusing: Watched, origin: str, is_allowed: bool) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = requests.options(f"{refusing.url}/api/v1/access", headers=asked, timeout=10)
    assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is is_allowed
    assert ("authorization" in answer.headers.get("Access-Control-Allow-Headers", "").lower()) is is_allowed
