"""Supporters are found by what staff have in hand, and everything that happened to one is told in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from support import clock
from support.accounts.models import SignIn, StripeCustomer, Supporter
from support.audit import AuditLine
from support.checkout.models import Checkout
from support.emails.models import Mail
from support.errors import InvalidInput
from support.finance.statements.models import StatementCounter
from support.finance.statements.operations import issue, reissue, void
from support.finance.statements.rules import FiscalYear
from support.finance.supporters.queries import live_twice, supporters
from support.finance.supporters.timeline import timeline
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, FraudWarning, Payment, Refund
from tests.support.finance.statements.paying import pay_at
from tests.support.readers import buy, change, rows
from tests.support.sync.walking import refund

if TYPE_CHECKING:
    from support.finance.supporters.timeline import Happening
    from tests.services import Service


def found(service: Service, text: str) -> list[str | None]:
    """The addresses of those whom a text finds, the newest first."""
    with service.app.app_context(), service.database.reading() as session:
        return [one.email for one in supporters(session, text).supporters]


def told(service: Service, supporter_id: int, size: int) -> list[Happening]:
    """A whole timeline, page by page."""
    happenings: list[Happening] = []
    after = ""
    with service.database.reading() as session:
        while True:
            page = timeline(session, supporter_id, after, size)
            assert len(page.happenings) <= size
            happenings += page.happenings
            if page.next is None:
                return happenings
            after = page.next


def test_a_supporter_is_found_by_any_id_and_by_a_part_of_the_address(service: Service) -> None:
    buy(service, service.browser(), email="Ann.Reader+news@example.com")
    buy(service, service.browser(), email="somebody.else@example.org", interval="once", amount="30")
    payment = next(one for one in rows(service, Payment) if one.membership_id is not None)
    assert payment.stripe_charge_id is not None
    refund(service, payment.stripe_charge_id, "100")
    service.deliver()
    checkout = next(one for one in rows(service, Checkout) if one.id == payment.checkout_id)
    customer = next(one for one in rows(service, StripeCustomer) if one.supporter_id == payment.supporter_id)
    names = [
        customer.stripe_customer_id,
        rows(service, Membership)[0].stripe_subscription_id,
        rows(service, PaidPeriod)[0].stripe_invoice_id,
        rows(service, Refund)[0].stripe_refund_id,
        payment.stripe_payment_intent_id,
        payment.stripe_charge_id,
        checkout.public_id,
        checkout.stripe_session_id or "",
        f"{payment.received_at:%Y}-{payment.id:06d}",
        "ann.reader",
        "+NEWS",
        "example.com",
    ]
    for name in names:
        assert found(service, name) == ["Ann.Reader+news@example.com"], name
    assert found(service, "") == ["somebody.else@example.org", "Ann.Reader+news@example.com"]
    assert found(service, "EXAMPLE.") == found(service, "")
    for stranger in ("nobody", "%", "_", payment.stripe_charge_id[:-1], f"1999-{payment.id:06d}", "2026-999999999"):
        assert found(service, stranger) == [], stranger


def test_pages_of_supporters_follow_each_other(sqlite_service: Service) -> None:
    moment = clock.now()
    with sqlite_service.database.transaction() as session:
        for number in range(1, 8):  # some of one moment
            created_at = moment - timedelta(days=number // 3)
            session.add(Supporter(id=number, email=f"{number}@example.com", locale="en", created_at=created_at))
    seen: list[int] = []
    after = ""
    with sqlite_service.database.reading() as session:
        for _ in range(4):
            page = supporters(session, "@example", after, size=2)
            seen += [one.id for one in page.supporters]
            after = page.next or ""
        assert (seen, after) == ([2, 1, 5, 4, 3, 7, 6], "")
        with pytest.raises(InvalidInput):
            supporters(session, after="something else")


def test_everything_that_happened_to_one_is_told_the_newest_first(service: Service) -> None:
    buy(service, service.browser())
    buy(service, service.browser(), interval="once", amount="30")
    buy(service, service.browser(), email="somebody.else@example.org")
    payment = rows(service, Payment)[0]
    assert payment.stripe_charge_id is not None
    refund(service, payment.stripe_charge_id, "100")
    service.stand_in.control("dispute", charge=payment.stripe_charge_id, outcome="inquiry")
    service.deliver()
    supporter_id, moment = payment.supporter_id or 0, clock.now()
    change(service, Mail, state="sent", settled_at=moment)
    with service.database.transaction() as session:
        membership = session.get_one(Membership, payment.membership_id)
        membership.canceled_at = moment
        membership.ends_at = moment + timedelta(days=20)
        session.add(
            FraudWarning(stripe_warning_id="issfr_1", payment_id=payment.id, fraud_type="misc", created_at=moment)
        )
        about = f"supporter {supporter_id}"
        session.add(AuditLine(at=moment, who="ann@news.example", action="joined", about=about, detail=""))
        session.add(
            SignIn(supporter_id=supporter_id, token_hash="x", created_at=moment, seen_at=moment, expires_at=moment)
        )

    happened = told(service, supporter_id, 50)

    assert [one.at for one in happened] == sorted((one.at for one in happened), reverse=True)
    words = [one.word for one in happened]
    assert {word: words.count(word) for word in words} == {
        "checkout": 2,
        "membership begun": 1,
        "membership canceled": 1,
        "paid period": 1,
        "payment": 2,
        "refund": 1,
        "dispute": 1,
        "fraud warning": 1,
        "mail": words.count("mail"),
        "sign-in": 1,
        "staff": 1,
    }
    assert words.count("mail") >= 2
    refunded = next(one for one in happened if one.word == "refund")
    assert refunded.amount is not None
    assert (refunded.amount.text, refunded.detail) == ("1", "succeeded")
    disputed = next(one for one in happened if one.word == "dispute")
    assert disputed.key == rows(service, Dispute)[0].stripe_dispute_id
    canceled = next(one for one in happened if one.word == "membership canceled")
    assert canceled.until == moment + timedelta(days=20)
    assert next(one for one in happened if one.word == "staff").detail == "ann@news.example joined"
    assert told(service, supporter_id, 2) == told(service, supporter_id, 1) == happened
    assert told(service, 999, 2) == []


def test_statements_are_told_by_number_and_year_whoever_asked_for_them(service: Service) -> None:
    year = FiscalYear(datetime.now(UTC).year - 2, 7)
    pay_at(service, datetime(year.number, 9, 1, tzinfo=UTC))
    supporter_id, moment = rows(service, Payment)[0].supporter_id or 0, clock.now()
    with service.app.app_context(), service.database.transaction() as session:
        first = issue(session, supporter_id, year, service.settings, moment)
        session.get_one(StatementCounter, year.number).last_number = 99999
        second = reissue(session, first, "a wrong name", service.settings, moment + timedelta(hours=1))
        void(session, second, "wrong again", moment + timedelta(hours=2))

    happened = [one for one in told(service, supporter_id, 2) if "statement" in one.word]

    assert [(one.word, one.key, one.at - moment) for one in happened] == [
        ("statement voided", f"{year.number}-100000", timedelta(hours=2)),
        ("statement voided", f"{year.number}-00001", timedelta(hours=1)),
        ("statement reissued", f"{year.number}-100000", timedelta(hours=1)),
        ("statement issued", f"{year.number}-00001", timedelta()),
    ]
    assert {one.detail for one in happened} == {year.name}


def test_a_statement_of_a_calendar_year_is_told_with_it(service: Service) -> None:
    year = FiscalYear(datetime.now(UTC).year - 1, 1)
    pay_at(service, datetime(year.number, 9, 1, tzinfo=UTC))
    supporter_id = rows(service, Payment)[0].supporter_id or 0
    with service.app.app_context(), service.database.transaction() as session:
        issue(session, supporter_id, year, service.settings, clock.now())
    newest = told(service, supporter_id, 50)[0]
    assert (newest.word, newest.detail) == ("statement issued", str(year.number))


def test_two_live_memberships_of_one_supporter_are_listed(service: Service) -> None:
    for email in ("twice@example.com", "once@example.com", "TWICE@example.com"):
        buy(service, service.browser(), email=email)
    with service.database.reading() as session:
        (twice,) = live_twice(session)
        assert twice.supporter.email == "twice@example.com"
        assert [one.amount.text for one in twice.memberships] == ["10", "10"]
        assert live_twice(session, after=twice.supporter.id) == []
    with service.database.transaction() as session:
        session.get_one(Membership, twice.memberships[0].id).ended_at = clock.now()
    with service.database.reading() as session:
        assert live_twice(session) == []
