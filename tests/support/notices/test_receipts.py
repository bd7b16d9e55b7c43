"""A receipt for whatever came in, once; nothing before the money is in, nothing about what is long over."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import requests

from support.accounts.models import Supporter
from support.emails.rules import receipt_number
from support.gateway import worker_gateway
from support.payments.models import Payment
from support.sync.kinds import KINDS
from support.sync.operations import take_number
from support.sync.reading import Reading
from tests.support.notices.stories import DONATION, MONTHLY, READER, assert_says, day, on_sqlite
from tests.support.readers import STRIPE_KEY, change, pay_by_debit, rows

if TYPE_CHECKING:
    from tests.support.notices.stories import Telling

DECLINED = "4000000000000002"


def number(payment: Payment) -> str:
    return receipt_number(payment.id, payment.received_at.date())


def test_one_receipt_whoever_tells_of_the_money_and_however_often(telling: Telling) -> None:
    for ask in (DONATION, MONTHLY):
        give_and_hear_of_it_often(telling, ask)
    telling.post()
    assert len(telling.letters) == 2
    for letter, payment, amount in zip(telling.letters, rows(telling, Payment), ("€50", "€10"), strict=True):
        assert letter.recipients == (READER,)
        for fact in (number(payment), amount, day(payment.received_at), "1 Example Street"):
            assert fact in letter.part("plain")
            assert fact in letter.part("html")
        assert "Tax" not in letter.part("plain")


def give_and_hear_of_it_often(telling: Telling, ask: dict[str, str]) -> None:
    """By events that come doubled and in any order, and by the reader who comes back."""
    session_id = telling.begin(None, **ask)
    telling.stand_in.pay(session_id, email=READER)
    events = telling.stand_in.events()
    dice = random.Random(1)  # noqa: S311  # the same order every time
    telling.deliver(events[: len(events) // 2], shuffled=dice)
    thanks = f"{telling.url}/checkout/thanks?session_id={session_id}"
    assert requests.get(thanks, timeout=30).status_code == 200
    telling.deliver([*events, *events], shuffled=dice)
    assert requests.get(thanks, timeout=30).status_code == 200


@on_sqlite
def test_a_bank_debit_is_receipted_when_its_money_is_in_and_not_before(telling: Telling) -> None:
    intents = [pay_by_debit(telling, telling.begin(None, **ask)) for ask in (DONATION, MONTHLY)]
    telling.deliver()
    assert telling.told() == []
    for intent in intents:
        telling.stand_in.control("debit", payment_intent=intent, outcome="succeeded")
    telling.deliver()
    assert telling.told() == ["receipt", "receipt"]


@on_sqlite
def test_what_was_never_paid_is_not_receipted_and_a_first_payment_that_fails_is_seen_on_stripes_page(
    telling: Telling,
) -> None:
    for ask in (DONATION, MONTHLY):
        session_id = telling.begin(None, **ask)
        assert telling.stand_in.pay(session_id, card=DECLINED, email=READER).status_code == 402
    intent = pay_by_debit(telling, telling.begin(None, **MONTHLY))
    telling.stand_in.control("debit", payment_intent=intent, outcome="failed")
    telling.deliver()
    assert telling.told() == []


@on_sqlite
def test_a_renewal_says_what_was_paid_how_much_of_it_is_tax_and_until_when(telling: Telling) -> None:
    telling.give(**MONTHLY)
    telling.stand_in.control("settings", tax_percent=20, tax_behavior="inclusive")
    path = telling.its_path
    telling.tell_stripe(path, **{"automatic_tax[enabled]": "true"})
    telling.renew()

    assert telling.told() == ["receipt", "renewal"]
    renewed = telling.mails()[1]
    payment = rows(telling, Payment)[1]
    facts = (number(payment), "€10", "€1.67", day(payment.received_at), day(telling.paid_until()), "1 Example Street")
    assert_says(renewed, *facts)
    assert f"{telling.settings.public_url}/account" in renewed.text


@on_sqlite
def test_a_supporter_is_told_in_the_language_that_was_given_in(telling: Telling) -> None:
    telling.give(**DONATION, locale="uk")
    (mail,) = telling.mails()
    assert mail.locale == "uk"
    assert "Одноразовий внесок" in mail.text
    assert "Thank you" not in mail.subject + mail.text + mail.html


@on_sqlite
def test_a_supporter_without_an_address_is_told_nothing(telling: Telling) -> None:
    telling.give(**MONTHLY)
    change(telling, Supporter, email=None, email_key=None)
    telling.renew()
    telling.tell_stripe("refunds", payment_intent=rows(telling, Payment)[0].stripe_payment_intent_id)
    telling.cancel_at_the_end()
    assert len(rows(telling, Payment)) == 2
    assert telling.told() == ["receipt"]


@on_sqlite
def test_what_comes_to_light_after_three_days_is_recorded_and_not_told(telling: Telling) -> None:
    telling.give(**MONTHLY)
    telling.stand_in.pay(telling.begin(None, **DONATION), email=READER)
    intent = rows(telling, Payment)[0].stripe_payment_intent_id
    refunds = f"{telling.stand_in.base}/v1/refunds"
    requests.post(refunds, {"payment_intent": intent}, auth=STRIPE_KEY, timeout=30).raise_for_status()
    telling.pass_by(timedelta(days=3, minutes=1))
    telling.deliver()
    assert len(rows(telling, Payment)) == 2
    assert telling.told() == ["receipt"]


@on_sqlite
def test_an_import_tells_nobody(telling: Telling) -> None:
    session_id = telling.begin(None, **MONTHLY)
    telling.stand_in.pay(session_id, email=READER)
    with telling.app.app_context():
        reading = Reading(telling.database.transact(take_number), telling.now(), is_told=False)
        seen = worker_gateway().checkout_session(session_id)
        telling.database.transact(lambda session: KINDS["checkout_session"].apply(session, seen, reading))
    assert len(rows(telling, Payment)) == 1
    assert telling.told() == []
