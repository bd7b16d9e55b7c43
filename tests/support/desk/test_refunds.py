"""A refund is asked for once, made once, and changes nothing before Stripe says that it has succeeded."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from support import clock
from support.payments.models import Payment, Refund
from support.payments.refunding.models import RefundRequest
from tests.services import running_service
from tests.support.desk.acting import (
    a_payment,
    act,
    assert_refused,
    at_once,
    form,
    go_on,
    lines,
    paid_by,
    plain,
    seen,
    submit,
)
from tests.support.desk.refunding import REASON, page_of, refunds_at_stripe, the_request
from tests.support.desk.staffing import a_colleague
from tests.support.readers import at_stripe, buy, change, rows
from tests.support.wire import NO_ANSWER

if TYPE_CHECKING:
    from tests.services import Service, StandIn
    from tests.support.conftest import Watched


def test_a_refund_in_full_says_what_it_does_and_does_it(service: Service) -> None:
    reader = service.browser()
    buy(service, reader, interval="once", amount="50")
    payment = rows(service, Payment)[0]
    finance = a_colleague(service, "finance")
    page = seen(finance, page_of(payment))
    for said in (
        "Refund 50.00 EUR of 50.00 EUR",
        "reader@example.com gets a mail",
        "articles close",
        "Now. Nothing changes here",
    ):
        assert said in page
    assert service.access(reader)["access"] == "granted"

    answer = act(finance, page_of(payment), **REASON)

    assert answer.headers["Location"] == "/finance/refund-requests/1"
    assert "Succeeded. Books and access have followed." in finance.get("/finance/refund-requests/1").text
    (made,) = refunds_at_stripe(service, payment)
    assert (made["amount"], made["reason"]) == (5000, "requested_by_customer")
    assert made["metadata"] == {"support_refund": the_request(service).public_id}
    assert (the_request(service).state, the_request(service).stripe_refund_id) == ("sent", made["id"])
    assert service.access(reader)["access"] == "denied"
    service.deliver()
    assert [refund.amount_minor for refund in rows(service, Refund)] == [5000]
    assert lines(service) == [("finance@example.com", "asked for refund", f"payment {payment.id}")]
    assert "Nothing is left to refund" in seen(finance, page_of(payment))


def test_a_part_leaves_the_rest_and_the_access(service: Service) -> None:
    reader = service.browser()
    buy(service, reader, interval="once", amount="50")
    payment = rows(service, Payment)[0]
    finance = a_colleague(service, "finance")
    page = seen(finance, f"{page_of(payment)}?amount=10,50")
    assert "Refund 10.50 EUR of 50.00 EUR" in page
    assert "as before" in page
    assert act(finance, f"{page_of(payment)}?amount=10,50", page_of(payment), **REASON).status_code == 303
    assert [one["amount"] for one in refunds_at_stripe(service, payment)] == [1050]
    assert service.access(reader)["access"] == "granted"
    assert "at most 39.50" in seen(finance, page_of(payment))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"amount": "50.01"}, "No more than 50.00 EUR is left"),
        ({"amount": "0"}, "Enter an amount in EUR"),
        ({"amount": "-5"}, "Enter an amount in EUR"),
        ({"amount": "1e1"}, "Enter an amount in EUR"),
        ({"amount": "5.001"}, "Enter an amount in EUR"),
        ({"reason": "because"}, ""),
        ({"left": "4999"}, "refunded or asked for meanwhile"),
        ({"left": "many"}, ""),
        ({"attempt": "short"}, ""),
        ({"stripe_payment_id": "pi_other"}, ""),
    ],
)
def test_what_cannot_be_refunded_is_refused(sqlite_service: Service, fields: dict[str, str], named: str) -> None:
    payment, finance = a_payment(sqlite_service), a_colleague(sqlite_service, "finance")
    answer = submit(finance, page_of(payment), form(finance, page_of(payment)) | REASON | fields)
    assert answer.status_code == 422
    assert named in plain(answer.text)
    assert [*refunds_at_stripe(sqlite_service, payment), *rows(sqlite_service, RefundRequest)] == []
    assert lines(sqlite_service) == []
    assert finance.get(f"{page_of(payment)}?amount=50.01").status_code == 422


def test_a_used_page_is_not_taken_for_another_refund(sqlite_service: Service) -> None:
    first, finance = a_payment(sqlite_service), a_colleague(sqlite_service, "finance")
    second = a_payment(sqlite_service)
    fields = form(finance, page_of(first)) | REASON | {"amount": "10"}
    assert submit(finance, page_of(first), fields).status_code == 303
    for page, other in ((first, {"amount": "20"}), (first, {"reason": "duplicate"}), (second, {})):
        answer = submit(finance, page_of(page), fields | other)
        assert answer.status_code == 422
        assert "used already, for another refund" in plain(answer.text)
    assert submit(finance, page_of(first), fields).status_code == 303, "the same once more leads to what was asked"
    assert len(rows(sqlite_service, RefundRequest)) == 1


def test_beside_an_amount_that_is_none_there_is_no_button_that_refunds_all(sqlite_service: Service) -> None:
    payment, finance = a_payment(sqlite_service), a_colleague(sqlite_service, "finance")
    answer = finance.get(f"{page_of(payment)}?amount=1,000")
    assert answer.status_code == 422
    assert 'value="1,000" required' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'name="attempt"' not in answer.text
    assert "39.50 EUR stays refundable" in seen(finance, f"{page_of(payment)}?amount=10,50")


def test_a_double_click_is_one_refund(service: Service) -> None:
    payment, finance = a_payment(service), a_colleague(service, "finance")
    fields = form(finance, f"{page_of(payment)}?amount=10") | REASON
    answers = at_once([(finance, page_of(payment), fields)] * 2)
    answers.append(submit(finance, page_of(payment), fields))
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {(303, "/finance/refund-requests/1")}
    assert len(refunds_at_stripe(service, payment)) == len(lines(service)) == 1


def test_of_two_members_at_once_one_is_told_to_look_again(service: Service) -> None:
    payment = a_payment(service)
    both = [a_colleague(service, "finance"), a_colleague(service, "admin")]
    path = f"{page_of(payment)}?amount=20"
    answers = at_once([(one, page_of(payment), form(one, path) | REASON) for one in both])
    assert sorted(one.status_code for one in answers) == [303, 422]
    assert [one["amount"] for one in refunds_at_stripe(service, payment)] == [2000]
    assert len(lines(service)) == 1


def test_an_answer_that_was_lost_is_asked_for_under_the_same_key(watched: Watched) -> None:
    payment, finance = a_payment(watched), a_colleague(watched, "finance")
    fields = form(finance, page_of(payment)) | REASON
    watched.wire.struck["/v1/refunds"] = NO_ANSWER
    assert submit(finance, page_of(payment), fields).status_code == 303
    assert "Stripe has not answered yet" in finance.get("/finance/refund-requests/1").text
    assert rows(watched, Refund) == []

    watched.wire.struck.clear()
    submit(finance, page_of(payment), fields)

    calls = watched.wire.posts("/v1/refunds")
    assert len(calls) >= 2
    assert {call.idempotency_key for call in calls} == {f"{the_request(watched).public_id}-1"}
    assert len({str(call.params) for call in calls}) == 1
    assert len(refunds_at_stripe(watched, payment)) == len(lines(watched)) == 1
    assert [one.status for one in rows(watched, Refund)] == ["succeeded"]


def test_a_failure_of_stripes_takes_a_new_key_and_looks_first(watched: Watched) -> None:
    payment, finance = a_payment(watched), a_colleague(watched, "finance")
    watched.wire.struck["/v1/refunds"] = 500
    act(finance, page_of(payment), **REASON)
    assert (the_request(watched).state, the_request(watched).attempted_at) == ("approved", None)

    watched.wire.struck.clear()
    go_on(watched)

    assert len(watched.wire.posts("/v1/refunds")) == 1, "it was found, and not made again"
    assert the_request(watched).state == "sent"
    assert len(refunds_at_stripe(watched, payment)) == 1


def test_a_failure_before_anything_was_made_is_tried_under_the_next_key(watched: Watched) -> None:
    payment, finance = a_payment(watched), a_colleague(watched, "finance")
    fields = form(finance, page_of(payment)) | REASON
    watched.stand_in.control("faults", api_status=503)
    submit(finance, page_of(payment), fields)
    change(watched, RefundRequest, stripe_attempt=1)  # as if the look had still been answered
    watched.stand_in.control("faults")
    go_on(watched)
    assert watched.wire.posts("/v1/refunds")[-1].idempotency_key == f"{the_request(watched).public_id}-2"
    assert len(refunds_at_stripe(watched, payment)) == 1


def test_after_a_day_stripe_is_looked_at_first(watched: Watched) -> None:
    payment, finance = a_payment(watched), a_colleague(watched, "finance")
    watched.wire.struck["/v1/refunds"] = NO_ANSWER
    act(finance, page_of(payment), **REASON)
    watched.wire.struck.clear()
    asked = len(watched.wire.posts("/v1/refunds"))
    change(watched, RefundRequest, attempted_at=clock.now() - timedelta(hours=23, minutes=1))
    go_on(watched)
    assert len(watched.wire.posts("/v1/refunds")) == asked
    assert the_request(watched).state == "sent"
    assert len(refunds_at_stripe(watched, payment)) == 1


@pytest.mark.parametrize("is_written_otherwise", [False, True])
def test_a_process_that_was_killed_after_it_had_asked_is_gone_on_for(
    watched: Watched, sqlite_url: str, stand_in: StandIn, *, is_written_otherwise: bool
) -> None:
    """The wire writes requests in another way than the SDK: for Stripe the key then stands for something else."""
    payment, finance = a_payment(watched), a_colleague(watched, "finance")
    watched.wire.struck["/v1/refunds"] = NO_ANSWER
    act(finance, page_of(payment), **REASON)
    watched.wire.struck.clear()
    with running_service(sqlite_url, stand_in if is_written_otherwise else watched.wire.stand_in) as another:
        go_on(another)
        assert the_request(another).state == ("approved" if is_written_otherwise else "sent")
        go_on(another)
        assert the_request(another).state == "sent"
        assert len(refunds_at_stripe(another, payment)) == 1
        assert [one.status for one in rows(another, Refund)] == ["succeeded"]


def test_what_stripe_refuses_changes_nothing_and_can_be_asked_for_again(sqlite_service: Service) -> None:
    reader, finance = sqlite_service.browser(), a_colleague(sqlite_service, "finance")
    payment = paid_by(sqlite_service, reader, "4000000000000259")  # contested in a moment: the bank gives it back
    give_up_at = time.monotonic() + 20
    while not at_stripe(sqlite_service, f"charges/{payment.stripe_charge_id}")["disputed"]:
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
    act(finance, page_of(payment), **REASON)
    assert the_request(sqlite_service).state == "refused"
    assert "Stripe refused it" in finance.get("/finance/refund-requests/1").text
    assert refunds_at_stripe(sqlite_service, payment) == []
    assert "Refund 50.00 EUR of 50.00 EUR" in seen(finance, page_of(payment))


def test_one_that_is_pending_changes_nothing_until_it_has_succeeded(moving_service: Service) -> None:
    reader, finance = moving_service.browser(), a_colleague(moving_service, "finance")
    payment = paid_by(moving_service, reader, "4000000000007726")
    act(finance, page_of(payment), **REASON)
    assert "On its way" in finance.get("/finance/refund-requests/1").text
    assert moving_service.access(reader)["access"] == "granted"
    moving_service.stand_in.control("clock", advance=2 * 86400)
    moving_service.deliver()
    assert moving_service.access(reader)["access"] == "denied"


def test_one_that_fails_later_gives_the_access_back_and_can_be_asked_for_again(moving_service: Service) -> None:
    reader, finance = moving_service.browser(), a_colleague(moving_service, "finance")
    payment = paid_by(moving_service, reader, "4000000000005126")
    act(finance, page_of(payment), **REASON)
    assert moving_service.access(reader)["access"] == "denied"
    moving_service.stand_in.control("clock", advance=2 * 86400)
    moving_service.deliver()
    assert moving_service.access(reader)["access"] == "granted"
    sign_in_again = a_colleague(moving_service, "finance", "later@example.com")
    assert "failed at the bank" in sign_in_again.get("/finance/refund-requests/1").text
    assert "Refund 50.00 EUR of 50.00 EUR" in seen(sign_in_again, page_of(payment))


def test_it_is_for_finance_and_admins_with_the_key_of_their_page(sqlite_service: Service) -> None:
    payment, editor = a_payment(sqlite_service), a_colleague(sqlite_service, "editor")
    assert_refused(editor, page_of(payment), **REASON)
    finance = a_colleague(sqlite_service, "finance")
    fields = form(finance, page_of(payment)) | REASON | {"form_key": ""}
    assert submit(finance, page_of(payment), fields).status_code == 403
    assert [*rows(sqlite_service, RefundRequest), *lines(sqlite_service)] == []
