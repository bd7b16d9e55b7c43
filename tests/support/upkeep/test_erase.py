"""A person goes for good: nothing names the person any more, the books stay, and no event brings anything back."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import sqlalchemy as sa

from support.accounts.models import ErasedCustomer, StripeCustomer, Supporter
from support.checkout.models import Checkout
from support.finance.models import LedgerEntry
from support.finance.selfcheck import differences
from support.memberships.models import Membership
from support.payments.models import Payment
from tests.support.readers import STRIPE_KEY, buy, change, rows
from tests.support.upkeep.dumps import places_of
from tests.support.upkeep.people import CANARY, EMAIL, a_well_known_supporter, command, run
from tests.webhooks.events import stored

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.mailbox import Mailed

# Where a supporter leaves traces: what is not in this list is not looked for by the tests below.
TRACES = set(
    """checkouts.request_params checkouts.return_to mailed_links.email mailed_links.email_key mails.recipient
    mails.reply_to mails.text mails.html stripe_events.body supporters.email supporters.email_key""".split()
)
ONCE = {"interval": "once", "amount": "50"}


def books(service: Service) -> list[Any]:
    """Every row that a report counts, whoever it is of."""
    columns = (
        (Payment.amount_minor, Payment.currency, Payment.received_at, Payment.supporter_id, Payment.membership_id),
        (LedgerEntry.amount_minor, LedgerEntry.fee_minor, LedgerEntry.source_id),
        (Membership.amount_minor, Membership.supporter_id, Membership.plan_id),
        (Checkout.amount_minor, Checkout.plan_id, Checkout.campaign_id, Checkout.supporter_id),
    )
    with service.database.reading() as session:
        assert list(differences(session)) == []
        return [session.execute(sa.select(*one).order_by(*one)).all() for one in columns]


def settle(service: Service, payments: int) -> None:
    """Return once Stripe has settled so many payments, which it does a moment after each, and has told of it.

    An object that is read late may have its entry before the event about that.
    """
    give_up_at = time.monotonic() + 20
    while len(rows(service, LedgerEntry)) < payments:
        assert time.monotonic() < give_up_at, "they are never settled"
        time.sleep(0.1)
        service.deliver()
    service.deliver()


def come_again(service: Service, events: list[dict[str, Any]]) -> None:
    """Stripe sends everything once more, as new events; and the thank-you page is opened again."""
    service.deliver([event | {"id": f"evt_{uuid.uuid4().hex}"} for event in events])
    for checkout in rows(service, Checkout):
        query = {"session_id": str(checkout.stripe_session_id)}
        requests.get(f"{service.url}/checkout/thanks", query, allow_redirects=False, timeout=30)


def test_nothing_of_the_person_is_left_and_the_books_stay(kept: Mailed) -> None:
    other = kept.browser()
    buy(kept, other, email="other@example.com")
    events = a_well_known_supporter(kept)
    settle(kept, payments=3)
    log = kept.settings.erase_log
    database = kept.settings.database_url
    assert set(places_of(CANARY, database)) == TRACES

    code, said = run(kept, "erase", EMAIL, "--yes")
    subscription = rows(kept, Membership)[1].stripe_subscription_id
    assert (code, said.count("\n")) == (1, 1)
    assert f"monthly ({subscription}, paid until 2" in said
    assert (set(places_of(CANARY, database)), log.read_text()) == (TRACES, "")
    before = books(kept)

    done = command(kept, "erase", EMAIL.title(), "--cancel", "--yes")

    assert done.returncode == 0, done.stderr
    assert f"canceled {subscription}" in done.stdout
    assert "Delete customer" in done.stdout
    kept.deliver()
    assert places_of(CANARY, database) == []
    assert CANARY not in done.stdout + log.read_text()
    assert books(kept) == before
    assert kept.access(other)["access"] == "granted"
    assert [one.email for one in rows(kept, Supporter)] == ["other@example.com", None]

    come_again(kept, events)
    assert places_of(CANARY, database) == []
    assert books(kept) == before
    assert {one.status for one in rows(kept, Membership)} == {"active", "canceled"}
    reasons = {event.reason for event in stored(kept).values() if event.object_key.startswith("customer ")}
    assert "its supporter was erased" in reasons

    # Without the tombstones the same events bring the person back: what is not there is not there because of them.
    with kept.database.transaction() as session:
        session.execute(sa.delete(ErasedCustomer))
        session.execute(sa.update(Checkout).values(forgotten_at=None))
    come_again(kept, events)
    assert places_of(CANARY, database) != []


def test_nothing_is_left_in_the_file_either(sqlite_kept: Mailed) -> None:
    a_well_known_supporter(sqlite_kept)
    change(sqlite_kept, Membership, status="canceled")
    file = Path(str(sqlite_kept.database.url.database))

    def everything() -> bytes:
        with sqlite_kept.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.read_bytes()

    assert CANARY.encode() in everything()
    code, said = run(sqlite_kept, "erase", EMAIL, "--yes")
    assert code == 0, said
    assert CANARY.encode() not in everything().lower()


def test_whoever_gives_again_is_somebody_new(sqlite_kept: Mailed) -> None:
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL, **ONCE)
    assert run(sqlite_kept, "erase", EMAIL, "--yes")[0] == 0
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL, **ONCE)

    assert [one.email for one in rows(sqlite_kept, Supporter)] == [None, EMAIL]
    assert [one.supporter_id for one in rows(sqlite_kept, Payment)] == [1, 2]


def test_a_card_that_was_replaced_afterwards_is_not_kept(sqlite_kept: Mailed) -> None:
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL)
    events = [event for event in stored(sqlite_kept).values() if event.object_key.startswith("subscription ")]
    assert run(sqlite_kept, "erase", EMAIL, "--yes", "--cancel")[0] == 0
    for event in events:
        done = sqlite_kept.app.test_cli_runner().invoke(args=["webhooks", "replay", event.stripe_event_id])
        assert done.exit_code == 0, done.output
    sqlite_kept.work()
    (membership,) = rows(sqlite_kept, Membership)
    assert (membership.stripe_payment_method_id, membership.card_expires_on, membership.card_last4) == (None,) * 3


def test_neighbors_are_never_confused(sqlite_kept: Mailed) -> None:
    neighbors = ["ann@example.com", "joann@example.com", "ann+news@example.com", "an_@example.com"]
    for email in neighbors:
        buy(sqlite_kept, sqlite_kept.browser(), email=email, **ONCE)
    assert run(sqlite_kept, "erase", "ANN@EXAMPLE.COM", "--yes")[0] == 0
    assert run(sqlite_kept, "erase", "an_@example.com", "--yes")[0] == 0

    assert [one.email for one in rows(sqlite_kept, Supporter)] == [None, *neighbors[1:3], None]
    customers = {one.supporter_id: one.stripe_customer_id for one in rows(sqlite_kept, StripeCustomer)}
    assert {one.stripe_customer_id for one in rows(sqlite_kept, ErasedCustomer)} == {customers[1], customers[4]}
    assert [bool(one.request_params) for one in rows(sqlite_kept, Checkout)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody@example.com", "--yes"], "there is no supporter with this address"),
        ([EMAIL], "say --yes"),
    ],
    ids=["an unknown address", "nobody there to be asked"],
)
def test_it_refuses_in_one_line(sqlite_kept: Mailed, arguments: list[str], words: str) -> None:
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL, **ONCE)
    code, said = run(sqlite_kept, "erase", arguments[0], *arguments[1:])
    assert (code, said.count("\n"), words in said) == (1, 1, True), said
    assert [one.email for one in rows(sqlite_kept, Supporter)] == [EMAIL]


def test_a_log_that_cannot_be_written_stops_it(sqlite_kept: Mailed) -> None:
    sqlite_kept.settings.erase_log.mkdir()
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL, **ONCE)
    code, said = run(sqlite_kept, "erase", EMAIL, "--yes")
    assert (code, said.count("\n"), "ERASE_LOG" in said) == (1, 1, True), said
    assert [one.email for one in rows(sqlite_kept, Supporter)] == [EMAIL]


def test_a_line_that_a_crash_cut_off_does_not_spoil_the_next(sqlite_kept: Mailed) -> None:
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL, **ONCE)
    log = sqlite_kept.settings.erase_log
    log.write_text('{"at": "2026-01-01T00:00:00+00:00", "supporter": 7, "customers": [], "address": ""}\n{"at": "20')
    assert run(sqlite_kept, "erase", EMAIL, "--yes")[0] == 0
    assert [json.loads(line)["supporter"] for line in log.read_text().splitlines()] == [7, 1]
    assert log.stat().st_mode & 0o077 == 0o044  # as it was: only a new one is made for our eyes alone


def test_a_cancellation_that_broke_off_is_gone_on_with(sqlite_kept: Mailed) -> None:
    for _ in range(2):
        buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL)
    first = rows(sqlite_kept, Membership)[0].stripe_subscription_id
    url = f"{sqlite_kept.stand_in.base}/v1/subscriptions/{first}"
    assert requests.delete(url, auth=STRIPE_KEY, timeout=30).status_code == 200

    code, said = run(sqlite_kept, "erase", EMAIL, "--yes", "--cancel")

    assert (code, said.count("canceled sub_")) == (0, 2), said
    assert {one.status for one in rows(sqlite_kept, Membership)} == {"canceled"}
