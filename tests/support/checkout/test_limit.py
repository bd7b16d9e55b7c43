"""CHECKOUT_LIMIT: so many asks per network in ten minutes, whoever they say that they are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from support import clock
from support.limits import LimitCounter
from tests.services import running_service
from tests.support.readers import change, checkouts

if TYPE_CHECKING:
    from tests.services import Service, StandIn

ASK = {"currency": "EUR", "interval": "month", "amount": "10"}


def ask(service: Service, **headers: str) -> requests.Response:
    accept = {"Accept": "application/json"}
    return requests.post(f"{service.url}/checkout", ASK, headers=accept | headers, timeout=30, allow_redirects=False)


def test_the_ask_after_the_last_is_told_when_to_come_back(database_url: str, stand_in: StandIn) -> None:
    with running_service(database_url, stand_in, checkout_limit=3) as service:
        assert [ask(service).status_code for _ in range(3)] == [201, 201, 201]
        refused = ask(service)

        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 600
        assert refused.json()["code"] == "too_many_requests"
        assert len(checkouts(service)) == 3

        change(service, LimitCounter, ends_at=clock.now() - timedelta(seconds=1))
        assert ask(service).status_code == 201


def test_people_see_a_page(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(sqlite_url, stand_in, checkout_limit=1) as service:
        ask(service)
        answer = ask(service, Accept="text/html")
        assert answer.status_code == 429
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "Retry-After" in answer.headers


def test_a_bad_ask_is_not_counted(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(sqlite_url, stand_in, checkout_limit=1) as service:
        for _ in range(3):
            answer = requests.post(f"{service.url}/checkout", ASK | {"amount": "-1"}, timeout=10)
            assert answer.status_code == 422
        assert ask(service).status_code == 201


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "Forwarded"])
def test_without_a_proxy_nobody_chooses_their_own_address(sqlite_url: str, stand_in: StandIn, name: str) -> None:
    with running_service(sqlite_url, stand_in, checkout_limit=2) as service:
        addresses = [f"203.0.{n}.1" for n in range(4)]
        values = [f"for={one}" if name == "Forwarded" else one for one in addresses]
        assert [ask(service, **{name: value}).status_code for value in values] == [201, 201, 429, 429]


def test_behind_one_proxy_only_what_it_added_counts(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(sqlite_url, stand_in, checkout_limit=1, trusted_proxy_hops=1) as service:
        assert ask(service, **{"X-Forwarded-For": "198.51.100.1"}).status_code == 201
        assert ask(service, **{"X-Forwarded-For": "203.0.113.1, 198.51.100.2"}).status_code == 429
        assert ask(service, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}).status_code == 201


def test_a_network_is_counted_not_an_address(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(sqlite_url, stand_in, checkout_limit=1, trusted_proxy_hops=1) as service:
        assert ask(service, **{"X-Forwarded-For": "2001:db8:1::1"}).status_code == 201
        assert ask(service, **{"X-Forwarded-For": "2001:db8:1:ffff::2"}).status_code == 429
        assert ask(service, **{"X-Forwarded-For": "2001:db8:2::1"}).status_code == 201
        assert ask(service, **{"X-Forwarded-For": "198.51.100.1"}).status_code == 201
        assert ask(service, **{"X-Forwarded-For": "::ffff:198.51.100.200"}).status_code == 429
        assert ask(service, **{"X-Forwarded-For": "not an address"}).status_code == 201
        assert ask(service, **{"X-Forwarded-For": "unknown"}).status_code == 429
