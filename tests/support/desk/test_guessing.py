"""Guessing is slow for whoever guesses, and costs us little; the member still comes in."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import pytest

from support import clock
from support.limits import LimitCounter
from tests.services import running_service
from tests.support.desk.staffing import PASSWORD, a_colleague, code, type_code, type_password
from tests.support.readers import change, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import Service, StandIn

WRONG = "wrong wrong wrong"
ATTACKER, HOME, ELSEWHERE = "198.51.100.7", "203.0.113.20", "192.0.2.9"


@pytest.fixture
def proxied(database_url: str, stand_in: StandIn) -> Iterator[Service]:
    """A service behind one proxy, so that tests can come from different networks."""
    with running_service(database_url, stand_in, trusted_proxy_hops=1) as running:
        yield running


def guess(service: Service, email: str, network: str, password: str = WRONG) -> int:
    return type_password(service, service.browser(), email, password, **{"X-Forwarded-For": network}).status_code


@pytest.mark.parametrize("case", [str, str.upper])
def test_of_a_hundred_guesses_five_are_looked_at_and_the_member_comes_in_from_elsewhere(
    proxied: Service, case: type[str]
) -> None:
    colleague = a_colleague(proxied, "finance")
    statuses = [guess(proxied, case(colleague.email), ATTACKER) for _ in range(100)]
    assert (statuses[:5], set(statuses[5:])) == ([422] * 5, {429})
    assert guess(proxied, colleague.email, ATTACKER, PASSWORD) == 429, "not even the right one is looked at"
    assert guess(proxied, colleague.email, ELSEWHERE, PASSWORD) == 303


def test_guesses_from_a_hundred_networks_use_up_what_strange_networks_may_try(proxied: Service) -> None:
    colleague = a_colleague(proxied, "finance")
    browser = proxied.browser()
    browser.headers["X-Forwarded-For"] = HOME
    assert type_password(proxied, browser, colleague.email).status_code == 303
    assert type_code(proxied, browser, colleague.recovery_codes[0]).status_code == 303
    change(proxied, LimitCounter, hits=0)

    statuses = [guess(proxied, colleague.email, f"198.51.{number}.7") for number in range(100)]
    assert (statuses[:10], set(statuses[10:])) == ([422] * 10, {429})
    assert guess(proxied, colleague.email, HOME, PASSWORD) == 303, "a network of the member's own"
    change(proxied, LimitCounter, ends_at=clock.now())
    assert guess(proxied, colleague.email, ELSEWHERE, PASSWORD) == 303, "an hour later"


def test_one_network_cannot_try_many_accounts(proxied: Service) -> None:
    statuses = [guess(proxied, f"somebody-{number}@example.com", ATTACKER) for number in range(35)]
    assert (statuses[:30], set(statuses[30:])) == ([422] * 30, {429})


def test_a_right_password_begins_the_count_anew(proxied: Service) -> None:
    colleague = a_colleague(proxied, "finance")
    for _ in range(3):
        assert [guess(proxied, colleague.email, HOME) for _ in range(3)] == [422] * 3
        assert guess(proxied, colleague.email, HOME, PASSWORD) == 303
        change(proxied, LimitCounter, hits=1)


def test_thirty_wrong_codes_a_day_end_guessing_for_whoever_knows_the_password(proxied: Service) -> None:
    colleague = a_colleague(proxied, "finance")
    for _ in range(6):
        browser = proxied.browser()
        browser.headers["X-Forwarded-For"] = HOME
        assert type_password(proxied, browser, colleague.email).status_code == 303
        assert [type_code(proxied, browser, "000000").status_code for _ in range(5)] == [422] * 5
        with_codes = {row.key: row.hits for row in rows(proxied, LimitCounter) if "codes" in row.key}
        change(proxied, LimitCounter, hits=0)
        with proxied.database.transaction() as session:
            for key, hits in with_codes.items():
                session.get_one(LimitCounter, key).hits = hits
    browser = proxied.browser()
    assert type_password(proxied, browser, colleague.email).status_code == 303
    assert type_code(proxied, browser, code(colleague.secret, steps=1)).status_code == 401


def test_an_unknown_address_costs_as_much_and_says_the_same(proxied: Service) -> None:
    colleague = a_colleague(proxied, "finance")
    texts, work = {}, {}
    for email in (colleague.email, "nobody@example.com"):
        costs = []
        for number in range(8):
            begun = time.process_time()  # of the service as well, and the same however busy the machine is
            answer = type_password(proxied, proxied.browser(), email, WRONG, **{"X-Forwarded-For": f"10.{number}.1.1"})
            costs.append(time.process_time() - begun)
            texts[email] = answer.text.replace(email, "")
            assert answer.status_code == 422
        work[email] = median(costs)
    assert len(set(texts.values())) == 1
    known, unknown = work.values()
    assert 0.4 < unknown / known < 2.5
