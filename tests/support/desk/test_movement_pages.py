"""From a movement of recurring revenue, or of members, to the supporters behind it, and to the payments behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.accounts.signing_in import post
from tests.support.desk.conftest import PERIOD
from tests.support.desk.reading import listed, number
from tests.support.finance.exporting import records_of

if TYPE_CHECKING:
    from tests.support.desk.conftest import Booked


def test_a_number_leads_to_the_supporters_and_they_to_their_payments(booked: Booked) -> None:
    revenue = booked.see("/finance/reports/mrr", **PERIOD).tables["mrr"]
    titles = {"New": "new", "Reactivation": "reactivation", "Expansion": "expansion", "Churn": "churn"}
    opened = 0
    for row, links in zip(revenue.rows[1:], revenue.links[1:], strict=True):
        for title in titles.keys() & links.keys():
            rows = listed(booked, links[title])
            assert sum(map(number, rows.column("Change"))) == number(row[revenue.rows[0].index(title)])
            assert set(rows.column("Movement")) == {titles[title]}
            opened += 1
    assert opened > 3
    churned = listed(booked, next(links["Churn"] for links in revenue.links if "Churn" in links))
    links = churned.links[1]
    assert links["Supporter"] == f"/finance/supporters/{churned.column('Supporter')[0]}"
    assert "Worth after" not in links
    assert len(listed(booked, links["Worth before"]).rows) > 1

    members = booked.see("/finance/reports/members", **PERIOD).tables["members"]
    for row, links in zip(members.rows[1:], members.links[1:], strict=True):
        for title in {"New", "Won back", "Lapsed"} & links.keys():
            rows = listed(booked, links[title])
            assert len(rows.rows) - 1 == number(row[members.rows[0].index(title)])
            assert set(rows.column("Movement")) == {title.lower()}


@pytest.mark.parametrize("name", ["movements", "comings"])
def test_the_list_is_for_finance_narrowed_by_what_it_takes_and_a_file(booked: Booked, name: str) -> None:
    address = f"/finance/{name}"
    assert booked.ask(address, role="editor").status_code == 403
    rows = listed(booked, f"{address}?from={PERIOD['from']}&to={PERIOD['to']}&movement=new")
    member = booked.members["finance"]
    url = f"{booked.service.url}{address}?from={PERIOD['from']}&to={PERIOD['to']}&movement=new"
    file = post(member.browser, url, {"form_key": member.form_key, "file": "csv"})
    assert len(records_of(file.content)) == len(rows.rows) - 1 > 2
    page = booked.ask(address, country="DE", **PERIOD)
    assert (page.status_code, "cannot be filtered by it" in page.text) == (422, True)
    assert "cannot be filtered" not in booked.ask(address, **PERIOD).text
    assert 'name="country"' not in booked.ask(address, **PERIOD).text


def test_words_are_written_alike_in_the_table_and_in_the_filters_that_are_on(booked: Booked) -> None:
    page = booked.ask("/finance/comings", movement="won_back", **PERIOD).text
    assert 'aria-label="Remove the filter Movement: won back"' in page
