"""Above a limit a refund needs a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.payments.refunding.models import RefundRequest
from tests.support.desk.acting import a_payment, act, at_once, form, lines, plain, seen, submit
from tests.support.desk.refunding import REASON, page_of, refunds_at_stripe, the_request
from tests.support.desk.staffing import a_colleague
from tests.support.readers import change, rows
from tests.support.sync.walking import refund

if TYPE_CHECKING:
    from tests.services import Service


def test_above_the_limit_somebody_else_must_approve(service: Service) -> None:
    payment = a_payment(service, "150")
    finance, other = a_colleague(service, "finance"), a_colleague(service, "finance", "other@example.com")
    assert "Ask for a refund of 150.00 EUR" in seen(finance, page_of(payment))
    act(finance, page_of(payment), **REASON)
    page = "/finance/refund-requests/1"
    assert refunds_at_stripe(service, payment) == []
    assert "Approve and refund" not in seen(finance, page)
    assert "Approve and refund 150.00 EUR" in seen(other, page)

    own = act(finance, page, decision="approved")
    assert own.status_code == 422
    assert "somebody else must approve it" in own.text
    assert refunds_at_stripe(service, payment) == []

    fields = form(other, page) | {"decision": "approved"}
    assert {one.status_code for one in at_once([(other, page, fields)] * 2)} == {303}
    assert [one["amount"] for one in refunds_at_stripe(service, payment)] == [15000]
    assert [(who, what) for who, what, _ in lines(service)] == [
        ("finance@example.com", "asked for refund"),
        ("other@example.com", "approved refund"),
    ]


def test_nobody_approves_their_own_even_past_the_page(sqlite_service: Service) -> None:
    payment, finance = a_payment(sqlite_service, "150"), a_colleague(sqlite_service, "finance")
    act(finance, page_of(payment), **REASON)
    with pytest.raises(sa.exc.IntegrityError, match="second_person"):
        change(sqlite_service, RefundRequest, state="approved", decided_by_id=1)


def test_many_small_ones_of_one_payment_need_a_second_person_as_one_large_one_does(sqlite_service: Service) -> None:
    payment, finance = a_payment(sqlite_service, "150"), a_colleague(sqlite_service, "finance")
    act(finance, f"{page_of(payment)}?amount=60", page_of(payment), **REASON)
    assert "Refund 40.00 EUR" in seen(finance, f"{page_of(payment)}?amount=40")
    page = f"{page_of(payment)}?amount=40.01"
    assert "Ask for a refund of 40.01 EUR" in seen(finance, page)
    assert "more than 100.00 EUR of the payment" in seen(finance, page)
    act(finance, page, page_of(payment), **REASON)
    assert [one.state for one in rows(sqlite_service, RefundRequest)] == ["sent", "requested"]
    assert [one["amount"] for one in refunds_at_stripe(sqlite_service, payment)] == [6000]


def test_what_was_refunded_at_stripe_meanwhile_is_not_approved(sqlite_service: Service) -> None:
    payment = a_payment(sqlite_service, "150")
    finance, admin = a_colleague(sqlite_service, "finance"), a_colleague(sqlite_service, "admin")
    act(finance, page_of(payment), **REASON)
    page = "/finance/refund-requests/1"
    fields = form(admin, page) | {"decision": "approved"}
    refund(sqlite_service, str(payment.stripe_charge_id), "12000")
    sqlite_service.deliver()

    answer = submit(admin, page, fields)

    assert answer.status_code == 422
    assert "only 30.00 EUR of the payment is left" in plain(answer.text)
    assert "Approve" not in seen(admin, page)
    assert the_request(sqlite_service).state == "requested"
    assert submit(admin, page, fields | {"decision": "rejected"}).status_code == 303
    assert "at most 30" in seen(admin, page_of(payment))


def test_what_is_rejected_can_be_asked_for_again(sqlite_service: Service) -> None:
    payment = a_payment(sqlite_service, "150")
    finance, admin = a_colleague(sqlite_service, "finance"), a_colleague(sqlite_service, "admin")
    act(finance, page_of(payment), **REASON)
    assert "Nothing is left to refund" in seen(admin, page_of(payment))
    act(admin, "/finance/refund-requests/1", decision="rejected")
    act(finance, "/finance/refund-requests/1", "/finance/refund-requests/1", decision="approved")
    assert the_request(sqlite_service).state == "rejected"
    assert "Ask for a refund of 150.00 EUR" in seen(finance, page_of(payment))
    assert refunds_at_stripe(sqlite_service, payment) == []
