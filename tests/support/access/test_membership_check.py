"""POST /api/v1/memberships/check: the site's server asks; strangers and members get answers of one shape."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from support import clock
from support.access.models import ApiKey
from support.memberships.models import PaidPeriod
from tests.support.readers import an_api_key, buy, change, rows

if TYPE_CHECKING:
    from tests.services import Service

MEMBER = "reader@example.com"
NOBODY = {"member": False, "plan": None, "until": None, "reason": "membership_required"}


def check(service: Service, key: str, **body: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return requests.post(f"{service.url}/api/v1/memberships/check", json=body, headers=headers, timeout=10)


@pytest.mark.parametrize("spelling", [MEMBER, "Reader@Example.COM", f" {MEMBER} "])
def test_a_member_by_address(service: Service, spelling: str) -> None:
    buy(service, service.browser(), email=MEMBER)
    answer = check(service, an_api_key(service), email=spelling)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["member"], body["plan"], body["reason"]) == (True, "monthly", "member")
    assert body["until"].endswith("Z")
    assert body.keys() == NOBODY.keys()


@pytest.mark.parametrize(
    "email", ["nobody@example.com", "reader+tag@example.com", "read er", "%", "_eader@example.com", "ſ@example.com"]
)
def test_an_unknown_address_has_an_answer_of_the_same_shape(sqlite_service: Service, email: str) -> None:
    buy(sqlite_service, sqlite_service.browser(), email=MEMBER)
    answer = check(sqlite_service, an_api_key(sqlite_service), email=email)
    assert (answer.status_code, answer.json()) == (200, NOBODY)


def test_someone_known_who_is_no_member_answers_like_a_stranger(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser(), email=MEMBER, interval="once", amount="49.99")
    key = an_api_key(sqlite_service)
    known, unknown = check(sqlite_service, key, email=MEMBER), check(sqlite_service, key, email="nobody@example.com")
    assert known.content == unknown.content
    headers = [{name: value for name, value in one.headers.items() if name != "Date"} for one in (known, unknown)]
    assert headers[0] == headers[1]


@pytest.mark.parametrize(
    ("currency", "amount", "opens"),
    [
        ("EUR", "50", True),
        ("EUR", "49.99", False),
        ("USD", "50", True),
        ("UAH", "2000", True),
        ("UAH", "1999.99", False),
        ("JPY", "8000", True),
        ("JPY", "7999", False),
    ],
)
def test_a_donation_opens_from_its_currencys_threshold_on(
    sqlite_service: Service, currency: str, amount: str, opens: bool
) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader, email=MEMBER, interval="once", currency=currency, amount=amount)
    answer = check(sqlite_service, an_api_key(sqlite_service), email=MEMBER).json()
    assert (answer["member"], answer["reason"]) == (opens, "donation" if opens else "membership_required")
    assert (sqlite_service.access(reader)["access"] == "granted") is opens
    if opens:
        left = (clock.now() + timedelta(days=366)).strftime("%Y")
        assert answer["until"].startswith(left)


def test_a_membership_outlives_its_period_by_the_grace_days(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser(), email=MEMBER)
    key, now = an_api_key(sqlite_service), clock.now()
    for over, is_member in ((timedelta(days=13), True), (timedelta(days=14, seconds=1), False)):
        change(sqlite_service, PaidPeriod, starts_at=now - timedelta(days=45), ends_at=now - over)
        assert check(sqlite_service, key, email=MEMBER).json()["member"] is is_member


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": MEMBER, "pass": "x"},
        {"email": None, "pass": None},
        {"email": ["a@example.com", "b@example.com"]},
        {"email": {"a": 1}},
        {"email": 1},
        {"email": ""},
        {"email": "a" * 321},
        {"pass": ""},
        {"pass": 1},
        {"pass": "x" * 4001},
        {"address": MEMBER},
        {"email": MEMBER, "extra": 1},
    ],
    ids=str,
)
def test_a_question_of_another_form_is_refused(sqlite_service: Service, body: dict[str, Any]) -> None:
    answer = check(sqlite_service, an_api_key(sqlite_service), **body)
    assert answer.status_code == 422
    assert MEMBER not in answer.text


@pytest.mark.parametrize("email", ["a\x00@example.com", "\ud800@example.com"])
def test_an_address_that_no_database_can_hold_is_refused(service: Service, email: str) -> None:
    assert check(service, an_api_key(service), email=email).status_code == 422


def test_a_key_is_shown_once_and_kept_as_a_hash(sqlite_service: Service) -> None:
    key = an_api_key(sqlite_service)
    (row,) = rows(sqlite_service, ApiKey)
    secret = key.removeprefix(row.prefix)
    assert len(secret) > 40
    assert secret not in repr(vars(row))
    listed = sqlite_service.app.test_cli_runner().invoke(args=["keys", "list"]).output
    assert row.prefix in listed
    assert secret not in listed


def test_a_revoked_key_is_dead_at_once(service: Service) -> None:
    key, other = an_api_key(service), an_api_key(service)
    assert check(service, key, email=MEMBER).status_code == 200
    runner = service.app.test_cli_runner()
    prefix = key.rpartition("_")[0]

    assert runner.invoke(args=["keys", "revoke", prefix]).exit_code == 0

    refused = check(service, key, email=MEMBER)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert check(service, other, email=MEMBER).status_code == 200
    again = runner.invoke(args=["keys", "revoke", prefix])
    assert again.exit_code == 1
    assert len(again.output.strip().splitlines()) == 1


def test_a_key_that_is_nearly_right_is_wrong(sqlite_service: Service) -> None:
    key = an_api_key(sqlite_service)
    prefix, _, secret = key.rpartition("_")
    wrong = [
        key[:-1],
        key + "0",
        key[:-1] + ("0" if key[-1] != "0" else "1"),
        prefix,
        prefix + "_",
        secret,
        key.upper(),
        f"%_{secret}",
        f"{prefix}_{rows(sqlite_service, ApiKey)[0].key_hash}",
        "",
    ]
    assert [check(sqlite_service, one, email=MEMBER).status_code for one in wrong] == [401] * len(wrong)
    assert check(sqlite_service, key, email=MEMBER).status_code == 200
