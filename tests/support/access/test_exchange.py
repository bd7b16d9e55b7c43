"""How a pass gets to a page on another site: a code that works once, for whoever asked for it, and its renewals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from support import clock
from support.access.models import PassCode, PassRenewal, ReadingSession
from support.access.operations import s256
from support.memberships.models import Membership, PaidPeriod
from tests.services import NEWS
from tests.support.readers import buy, change, rows

if TYPE_CHECKING:
    from tests.services import Service

OTHER = "http://other.localhost:8000"
VERIFIER = "a-verifier-that-only-the-page-knows-0123456789"


def carry(service: Service, browser: requests.Session, return_to: str = "/articles/one") -> requests.Response:
    """GET /pass"""
    query = {"return_to": return_to, "code_challenge": s256(VERIFIER)}
    return browser.get(f"{service.url}/pass", params=query, allow_redirects=False, timeout=10)


def code_in(answer: requests.Response) -> str:
    assert answer.status_code == 303, answer.text
    (code,) = parse_qs(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)["support_code"]
    return code


def a_code(service: Service, return_to: str = "/articles/one") -> str:
    """The code of a member."""
    reader = service.browser()
    buy(service, reader)
    code = code_in(carry(service, reader, return_to))
    assert code
    return code


def redeem(service: Service, code: str, verifier: str = VERIFIER, **headers: str) -> requests.Response:
    """POST /api/v1/passes, from a page on the news site that has no cookie of ours."""
    body = {"code": code, "code_verifier": verifier}
    return requests.post(f"{service.url}/api/v1/passes", json=body, headers={"Origin": NEWS} | headers, timeout=30)


def renew(service: Service, renewal: str, **headers: str) -> requests.Response:
    return requests.post(f"{service.url}/api/v1/passes", json={"renewal": renewal}, headers=headers, timeout=30)


def opens(service: Service, token: str, article: str = "/articles/one") -> bool:
    granted = service.access(requests.Session(), article, Authorization=f"Bearer {token}")
    return bool(granted["access"] == "granted")


def assert_refused(answer: requests.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] == "not_authenticated"


def test_it_works(service: Service) -> None:
    answer = redeem(service, a_code(service))

    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"pass", "until", "renewal"}
    assert opens(service, body["pass"])
    assert body["until"].endswith("Z")
    assert answer.headers["Access-Control-Allow-Origin"] == NEWS


def test_the_way_back_keeps_its_query_and_gets_one_code(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader)
    answer = carry(sqlite_service, reader, f"{OTHER}/articles/one?a=1&support_code=old&b=%26#top")

    url = urlsplit(answer.headers["Location"])
    code = code_in(answer)
    assert (f"{url.scheme}://{url.netloc}", url.path, url.fragment) == (OTHER, "/articles/one", "top")
    assert url.query == f"a=1&b=%26&support_code={code}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_stranger_comes_back_with_an_empty_code(sqlite_service: Service) -> None:
    answer = carry(sqlite_service, sqlite_service.browser())
    assert answer.headers["Location"] == f"{NEWS}/articles/one?support_code="
    assert "Set-Cookie" not in answer.headers
    assert rows(sqlite_service, PassCode) == []


def test_a_reader_who_has_not_paid_comes_back_with_an_empty_code(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    sqlite_service.begin(reader)
    assert code_in(carry(sqlite_service, reader)) == ""


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example/",
        "//evil.example/",
        f"{NEWS}.evil.example/",
        f"{NEWS}@evil.example/",
        "http://localhost:8001/articles/one",
        "https://localhost:8000/articles/one",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_foreign_way_back_is_refused(sqlite_service: Service, return_to: str) -> None:
    answer = carry(sqlite_service, sqlite_service.browser(), return_to)
    assert answer.status_code == 422
    assert "Location" not in answer.headers
    assert "evil" not in answer.text


@pytest.mark.parametrize("challenge", ["", "short", "a" * 44, "a" * 42 + "=", VERIFIER])
def test_a_challenge_that_is_no_sha256_is_refused(sqlite_service: Service, challenge: str) -> None:
    query = {"return_to": "/articles/one", "code_challenge": challenge}
    answer = requests.get(f"{sqlite_service.url}/pass", query, allow_redirects=False, timeout=10)
    assert answer.status_code == 422


def test_a_wrong_verifier_gets_nothing_and_uses_the_code_up(sqlite_service: Service) -> None:
    code = a_code(sqlite_service)
    assert_refused(redeem(sqlite_service, code, "another-verifier-of-enough-letters-0123456789"))
    assert_refused(redeem(sqlite_service, code))


def test_a_code_works_once(sqlite_service: Service) -> None:
    code = a_code(sqlite_service)
    assert redeem(sqlite_service, code).status_code == 200
    assert_refused(redeem(sqlite_service, code))


def test_of_fifty_at_once_one_gets_the_pass(service: Service) -> None:
    code = a_code(service)
    with ThreadPoolExecutor(50) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda _: redeem(service, code), range(50))]
    assert sorted(statuses) == [200] + [401] * 49


def test_a_code_lives_for_a_minute(sqlite_service: Service) -> None:
    code = a_code(sqlite_service)
    (row,) = rows(sqlite_service, PassCode)
    assert timedelta(seconds=50) < row.expires_at - clock.now() <= timedelta(seconds=60)
    change(sqlite_service, PassCode, expires_at=clock.now() - timedelta(milliseconds=1))
    assert_refused(redeem(sqlite_service, code))


@pytest.mark.parametrize("origin", ["https://evil.example", OTHER, "null", "http://localhost:8001", NEWS + "/", ""])
def test_a_browser_on_another_site_gets_nothing(sqlite_service: Service, origin: str) -> None:
    assert_refused(redeem(sqlite_service, a_code(sqlite_service), Origin=origin))


def test_the_sites_own_server_may_redeem_it(sqlite_service: Service) -> None:
    body = {"code": a_code(sqlite_service), "code_verifier": VERIFIER}
    answer = requests.post(f"{sqlite_service.url}/api/v1/passes", json=body, timeout=10)
    assert answer.status_code == 200
    assert opens(sqlite_service, answer.json()["pass"])


@pytest.mark.parametrize("code", ["unknown", "x" * 4000, "' OR 1=1 --", "ключ"])
def test_an_unknown_code_gets_nothing(sqlite_service: Service, code: str) -> None:
    assert_refused(redeem(sqlite_service, code))
    assert_refused(renew(sqlite_service, code))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "a"},
        {"code_verifier": VERIFIER},
        {"code": "a", "code_verifier": VERIFIER, "renewal": "b"},
        {"code": "a", "code_verifier": "short"},
        {"code": ["a"], "code_verifier": VERIFIER},
        {"renewal": 1},
        {"renewal": ""},
        {"renewal": "x" * 4001},
        {"renewal": "a", "article": "/articles/two"},
    ],
)
def test_a_body_of_another_form_is_refused(sqlite_service: Service, body: dict[str, object]) -> None:
    answer = requests.post(f"{sqlite_service.url}/api/v1/passes", json=body, timeout=10)
    assert answer.status_code == 422


def test_only_json_is_taken(sqlite_service: Service) -> None:
    answer = requests.post(f"{sqlite_service.url}/api/v1/passes", {"renewal": "a"}, timeout=10)
    assert answer.status_code == 400


def test_a_renewal_gets_the_next_pass_and_the_next_renewal(service: Service) -> None:
    first = redeem(service, a_code(service)).json()["renewal"]
    answer = renew(service, first, Origin=NEWS)

    assert answer.status_code == 200
    assert opens(service, answer.json()["pass"])
    second = answer.json()["renewal"]
    assert second != first
    assert_refused(renew(service, first, Origin=NEWS))
    assert renew(service, second).status_code == 200


def test_of_many_renewals_at_once_one_works(service: Service) -> None:
    renewal = redeem(service, a_code(service)).json()["renewal"]
    with ThreadPoolExecutor(20) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda _: renew(service, renewal), range(20))]
    assert sorted(statuses) == [200] + [401] * 19


@pytest.mark.parametrize("origin", ["https://evil.example", OTHER, "null"])
def test_a_renewal_belongs_to_its_site(sqlite_service: Service, origin: str) -> None:
    renewal = redeem(sqlite_service, a_code(sqlite_service)).json()["renewal"]
    assert_refused(renew(sqlite_service, renewal, Origin=origin))


def test_a_renewal_ends_after_thirty_days(sqlite_service: Service) -> None:
    renewal = redeem(sqlite_service, a_code(sqlite_service)).json()["renewal"]
    (row,) = rows(sqlite_service, PassRenewal)
    assert timedelta(days=29) < row.expires_at - clock.now() <= timedelta(days=30)
    change(sqlite_service, PassRenewal, expires_at=clock.now() - timedelta(seconds=1))
    assert_refused(renew(sqlite_service, renewal))


def test_a_renewal_ends_with_the_reading_session(sqlite_service: Service) -> None:
    renewal = redeem(sqlite_service, a_code(sqlite_service)).json()["renewal"]
    change(sqlite_service, ReadingSession, revoked_at=clock.now())
    assert_refused(renew(sqlite_service, renewal))


def test_a_code_ends_with_the_reading_session(sqlite_service: Service) -> None:
    code = a_code(sqlite_service)
    change(sqlite_service, ReadingSession, expires_at=clock.now() - timedelta(seconds=1))
    assert_refused(redeem(sqlite_service, code))


def test_a_renewal_ends_with_what_was_paid(sqlite_service: Service) -> None:
    renewal = redeem(sqlite_service, a_code(sqlite_service)).json()["renewal"]
    change(sqlite_service, Membership, status="canceled", ended_at=clock.now())
    change(
        sqlite_service, PaidPeriod, starts_at=clock.now() - timedelta(days=31), ends_at=clock.now() - timedelta(days=1)
    )
    assert_refused(renew(sqlite_service, renewal))


def test_tokens_are_kept_as_hashes(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader)
    code = code_in(carry(sqlite_service, reader))
    renewal = redeem(sqlite_service, code).json()["renewal"]
    secrets = [code, renewal, *(cookie.value for cookie in reader.cookies if cookie.name == "support_reading")]
    assert len(secrets) == 3
    kept = "".join(
        repr(vars(row)) for table in (PassCode, PassRenewal, ReadingSession) for row in rows(sqlite_service, table)
    )
    assert [secret for secret in secrets if str(secret) in kept] == []
