"""A reader without JavaScript who got something wrong sees the form as they left it, and what is wrong."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import requests

from tests.support.readers import ATTEMPT, checkouts

if TYPE_CHECKING:
    from tests.support.conftest import Watched

ASK = {
    "campaign": "independent-journalism",
    "plan": "monthly",
    "interval": "month",
    "currency": "UAH",
    "amount": "other",
    "other_amount": "75,50",
    "email": "reader@example.com",
    "article": "/articles/one?a=1",
    "return_to": "/articles/one#support",
    "locale": "uk",
    "attempt": ATTEMPT,
}


def post(service: Watched, **changes: str) -> requests.Response:
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    return requests.post(f"{service.url}/checkout", ASK | changes, headers=page, timeout=10, allow_redirects=False)


def inputs(page: str) -> dict[str, str]:
    """{name: value} of the page's inputs; of a choice, what is marked."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        fields = dict(re.findall(r'([a-z_-]+)="([^"]*)"', tag))
        if fields["type"] != "radio" or " checked" in tag:
            found[fields["name"]] = html.unescape(fields["value"])
    return found


def test_the_form_comes_back_with_what_was_filled_in(refusing: Watched) -> None:
    answer = post(refusing, email="not an address")

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert inputs(answer.text) == ASK | {"email": "not an address"}
    assert 'id="error-email"' in answer.text
    assert '<html lang="uk"' in answer.text
    assert checkouts(refusing) == []


def test_a_free_amount_that_is_too_small_is_marked_where_it_was_typed(refusing: Watched) -> None:
    answer = post(refusing, other_amount="1")
    assert answer.status_code == 422
    assert inputs(answer.text)["other_amount"] == "1"
    assert 'id="error-other_amount"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_markup_in_a_field_stays_text(refusing: Watched) -> None:
    for name in ASK:
        answer = post(refusing, **{name: '"><script>alert(1)</script>', "email": "not an address"})
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text


def test_an_unknown_campaign_shows_the_one_that_runs(refusing: Watched) -> None:
    answer = post(refusing, campaign="no-such-campaign")
    assert answer.status_code == 422
    assert inputs(answer.text)["campaign"] == "independent-journalism"
    assert 'id="error-campaign"' in answer.text


def test_the_form_as_shown_can_be_sent(refusing: Watched) -> None:
    page = requests.get(f"{refusing.url}/support?interval=year&currency=JPY", timeout=10)
    answer = requests.post(f"{refusing.url}/checkout", inputs(page.text), timeout=10, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(refusing.stand_in.base)
