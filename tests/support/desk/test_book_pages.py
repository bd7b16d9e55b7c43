"""One payment, one payout, one supporter: what staff see, and that looking at a person is noted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.audit import AuditLine
from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.finance.queries import payouts_with_tie_out
from support.finance.rules import PAYOUT_TYPES, Differs, NotItemized, NotYet, TiesOut
from support.money import Money
from tests.support.accounts.signing_in import post
from tests.support.desk.reading import SeenPage

if TYPE_CHECKING:
    from tests.support.desk.conftest import Booked

SPACE = "\N{NO-BREAK SPACE}"


def written(minor: int, currency: str) -> str:
    """An amount as a page writes it."""
    major = Money(abs(minor), currency).major
    return f"{'−' if minor < 0 else ''}{major:,}{SPACE}{currency}"


def test_a_payment_shows_its_money_its_supporter_and_its_ids(booked: Booked) -> None:
    refund = next(one for one in booked.books.refunds if one.status == "succeeded")
    payment = next(one for one in booked.books.payments if one.id == refund.payment_id)
    text = booked.ask(f"/finance/payments/{payment.id}").text

    assert written(payment.amount_minor, payment.currency) in text
    assert written(refund.amount_minor, refund.currency) in text
    for name in (payment.stripe_payment_intent_id, payment.stripe_charge_id, refund.stripe_refund_id):
        assert name in text
    assert f'href="/finance/supporters/{payment.supporter_id}"' in text
    with booked.service.database.reading() as session:
        sources = [payment.stripe_charge_id, refund.stripe_refund_id]
        entries = session.scalars(sa.select(LedgerEntry).where(LedgerEntry.source_id.in_(sources))).all()
    assert entries
    page = SeenPage(text)
    nets = {written(one.net_minor, one.currency).replace(SPACE, " ") for one in entries}
    assert set(page.tables["movements"].column("Net")) >= nets


WORDS = {
    TiesOut: "Ties out.",
    NotYet: "Not yet.",
    NotItemized: "Not itemized by Stripe.",
    Differs: "Differs by",
}


def test_a_payout_says_whether_it_ties_out(booked: Booked) -> None:
    with booked.service.database.reading() as session:
        payouts = list(payouts_with_tie_out(session))
    assert len({type(state) for _, state in payouts}) > 1
    for payout, state in payouts[:12]:
        text = booked.ask(f"/finance/payouts/{payout.stripe_payout_id}").text
        assert [words for words in WORDS.values() if f"<strong>{words}" in text] == [WORDS[type(state)]]


def test_an_item_that_is_missing_is_named_as_the_difference(booked: Booked) -> None:
    database = booked.service.database
    with database.transaction() as session:
        payout = next(
            one for one, its in payouts_with_tie_out(session) if isinstance(its, TiesOut) and one.amount_minor
        )
        entry = session.scalars(
            sa.select(LedgerEntry)
            .join(PayoutItem, PayoutItem.entry_id == LedgerEntry.id)
            .where(PayoutItem.payout_id == payout.id, LedgerEntry.type.not_in(PAYOUT_TYPES), LedgerEntry.net_minor != 0)
        ).first()
        assert entry is not None
        session.execute(sa.delete(PayoutItem).where(PayoutItem.entry_id == entry.id))
    try:
        text = booked.ask(f"/finance/payouts/{payout.stripe_payout_id}").text
        assert f"Differs by {written(-entry.net_minor, entry.currency)}." in text
        assert entry.stripe_balance_transaction_id in text
        assert "belongs to no payout and makes exactly the difference" in text
    finally:
        with database.transaction() as session:
            session.add(PayoutItem(entry_id=entry.id, payout_id=payout.id))


def test_the_overview_names_a_recent_payout_that_differs(booked: Booked) -> None:
    database = booked.service.database
    before = booked.ask("/finance").text
    assert "differs by" not in before
    with database.transaction() as session:
        payout = Payout(
            stripe_payout_id="po_recent",
            status="paid",
            amount_minor=1234,
            currency="EUR",
            is_automatic=True,
            reconciliation="completed",
            created_at=datetime.now(UTC),
            arrives_at=datetime.now(UTC),
        )
        session.add(payout)
    try:
        page = booked.ask("/finance").text
        assert f"differs by −12.34{SPACE}EUR" in page
        assert 'href="/finance/payouts/po_recent"' in page
    finally:
        with database.transaction() as session:
            session.execute(sa.delete(Payout).where(Payout.stripe_payout_id == "po_recent"))


@pytest.mark.parametrize(
    "path",
    [
        "/finance/payments/99999999",
        "/finance/payments/0",
        "/finance/payments/99999999999999999999999",
        "/finance/payouts/po_nothing",
        "/finance/payouts/%00",
        "/finance/supporters/99999999",
    ],
)
def test_what_there_is_not_is_not_found(booked: Booked, path: str) -> None:
    assert booked.ask(path).status_code in {400, 404}


def _lines(booked: Booked, action: str) -> list[AuditLine]:
    with booked.service.database.reading() as session:
        return list(session.scalars(sa.select(AuditLine).where(AuditLine.action == action)))


def _search(booked: Booked, sought: str) -> tuple[int, SeenPage]:
    member = booked.members["finance"]
    form = {"form_key": member.form_key, "sought": sought}
    answer = post(member.browser, f"{booked.service.url}/finance/supporters", form)
    return answer.status_code, SeenPage(answer.text)


def test_a_supporter_is_found_by_a_part_of_the_address_and_the_search_is_noted(booked: Booked) -> None:
    supporter = booked.books.supporters[41]
    status, page = _search(booked, " Supporter42@\N{NO-BREAK SPACE}")

    assert status == 200
    (row,) = page.tables["found"].rows[1:]
    assert row[0] == supporter.email
    assert page.tables["found"].links[1] == {"Address": f"/finance/supporters/{supporter.id}"}
    assert _lines(booked, "searched supporters")[-1].detail == "Supporter42@"


@pytest.mark.parametrize("sought", ["", "ab", "   ", " e ", "\N{NO-BREAK SPACE}" * 3, "x" * 321])
def test_a_search_for_nearly_everybody_is_refused_and_kept(booked: Booked, sought: str) -> None:
    status, page = _search(booked, sought)
    assert status == 422
    assert page.tables == {}
    assert sought[:320] in page.values("input", "value")


def test_a_search_leaves_no_address_in_an_address(booked: Booked) -> None:
    for field in ("sought", "nonsense"):
        answer = booked.ask("/finance/supporters", **{field: "supporter42@example.com"})
        assert (answer.status_code, field in answer.text, "supporter42" in answer.text) == (422, True, False)
    tags = SeenPage(booked.ask("/finance/supporters").text).tags
    assert {given.get("method") for tag, given in tags if tag == "form"} == {"post"}


def test_whoever_looks_at_a_supporter_is_noted(booked: Booked) -> None:
    payment = next(one for one in booked.books.payments if one.supporter_id)
    page = booked.see(f"/finance/supporters/{payment.supporter_id}")

    addresses = [address for links in page.tables["moments"].links for address in links.values()]
    theirs = {one.id for one in booked.books.payments if one.supporter_id == payment.supporter_id}
    assert {int(one.rpartition("/")[2]) for one in addresses} == theirs
    line = _lines(booked, "looked at supporter")[-1]
    assert (line.who, line.about) == ("finance@example.com", f"supporter {payment.supporter_id}")


def test_a_timeline_place_that_no_page_gave_is_refused(booked: Booked) -> None:
    assert booked.ask("/finance/supporters/1", after="nonsense").status_code == 422
    assert booked.ask("/finance/payments", after="nonsense").status_code == 422
