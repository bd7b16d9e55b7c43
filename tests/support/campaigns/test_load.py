"""campaigns.toml: what the newsroom asks for, shown within two seconds, or refused with one line and its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from tests.support.access.test_keys import within_two_seconds
from tests.support.readers import buy, rows

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.services import Service

GOOD = """
[[campaign]]
slug = "winter"
[campaign.texts.en]
headline = "A winter of reporting"
message = "Help us."
button = "Give"
thanks = "Thank you."
[[campaign.plan]]
slug = "patron"
interval = "month"
name = { en = "Patron" }
[campaign.plan.terms]
EUR = { fixed = "25", minimum = "25", maximum = "25" }
"""


def load(service: Service, file: Path, text: str) -> Result:
    """`flask campaigns load FILE`"""
    file.write_text(text, "utf-8")
    return service.app.test_cli_runner().invoke(args=["campaigns", "load", str(file)])


def test_another_campaign_asks_within_two_seconds(service: Service, tmp_path: Path) -> None:
    buy(service, service.browser())
    assert load(service, tmp_path / "campaigns.toml", GOOD).exit_code == 0

    def headline_is_shown() -> bool:
        return "A winter of reporting" in requests.get(f"{service.url}/support", timeout=10).text

    assert within_two_seconds(headline_is_shown)
    assert service.ask(plan="monthly").status_code == 422
    assert service.ask(campaign="independent-journalism").status_code == 422
    # What memberships refer to stays.
    assert {plan.slug for plan in rows(service, Plan)} == {"monthly", "yearly", "once", "patron"}
    assert [campaign.is_active for campaign in rows(service, Campaign)] == [False, True]


def test_a_fixed_amount_need_not_be_sent_and_cannot_be_changed(sqlite_service: Service, tmp_path: Path) -> None:
    load(sqlite_service, tmp_path / "campaigns.toml", GOOD)
    ask = {"currency": "EUR", "plan": "patron"}
    url, accept = f"{sqlite_service.url}/checkout", {"Accept": "application/json"}
    assert within_two_seconds(lambda: requests.post(url, ask, headers=accept, timeout=10).status_code == 201)
    (row,) = rows(sqlite_service, Checkout)
    assert (row.amount_minor, row.interval) == (2500, "month")
    for amount in ("24.99", "25.01", "1"):
        answer = requests.post(url, ask | {"amount": amount}, headers=accept, timeout=10)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "amount")
    assert len(rows(sqlite_service, Checkout)) == 1


def test_a_campaign_asks_only_between_its_dates(sqlite_service: Service, tmp_path: Path) -> None:
    over = GOOD.replace('slug = "winter"', 'slug = "winter"\nends_at = 2020-01-01T00:00:00Z')
    assert load(sqlite_service, tmp_path / "campaigns.toml", over).exit_code == 0
    page = f"{sqlite_service.url}/support"
    assert within_two_seconds(lambda: requests.get(page, timeout=10).status_code == 404)
    answer = sqlite_service.ask()
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "campaign")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('slug = "winter"', 'slug = "Winter 1"', "campaign.0.slug"),
        ('slug = "winter"', 'slug = "winter"\nstarts_at = 2026-01-01T00:00:00', "campaign.0"),
        ('slug = "winter"', 'slug = "winter"\ngoal = 1', "campaign.0.goal"),
        ("[campaign.texts.en]", "[campaign.texts.uk]", "campaign.0.texts"),
        ("[campaign.texts.en]", "[campaign.texts.tlh]", "campaign.0.texts"),
        ('button = "Give"\n', "", "campaign.0.texts.en.button"),
        ('interval = "month"', 'interval = "week"', "campaign.0.plan.0.interval"),
        ("EUR =", "XXX =", "campaign.0.plan.0.terms.XXX"),
        ("EUR =", "eur =", "campaign.0.plan.0.terms.eur"),
        ('minimum = "25"', "minimum = 25", "campaign.0.plan.0.terms.EUR.minimum"),
        ('minimum = "25"', 'minimum = "1,000"', "campaign.0.plan.0"),
        ('minimum = "25"', 'minimum = "0.49"', "campaign.0.plan.0"),
        ('minimum = "25"', 'minimum = "26"', "campaign.0.plan.0"),
        ('fixed = "25",', 'suggested = ["30"],', "campaign.0.plan.0"),
        ("[[campaign]]", "[[campaign", ""),
    ],
)
def test_a_bad_file_gets_one_line_and_changes_nothing(
    sqlite_service: Service, tmp_path: Path, old: str, new: str, place: str
) -> None:
    assert old in GOOD
    done = load(sqlite_service, tmp_path / "campaigns.toml", GOOD.replace(old, new))
    assert done.exit_code == 1
    (line,) = done.output.strip().splitlines()
    assert f"campaigns.toml: {place}" in line
    assert [campaign.slug for campaign in rows(sqlite_service, Campaign)] == ["independent-journalism"]
