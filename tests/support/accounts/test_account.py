"""/account: one's own memberships, payments and receipts, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import requests

from support.accounts.models import StripeCustomer, Supporter
from support.memberships.models import Membership
from support.memberships.rules import outlook
from support.payments.models import Payment
from tests.support.accounts.signing_in import (
    READER,
    a_mail,
    a_supporter,
    form_key,
    is_signed_in,
    link_in,
    post,
    sign_in,
    sign_ins,
)
from tests.support.mailbox import running_mailed
from tests.support.readers import at_stripe, buy, change, rows
from tests.support.wire import recording

if TYPE_CHECKING:
    from tests.services import StandIn
    from tests.support.mailbox import Mailed

PAGES = ["/account", "/account/memberships/1/cancel", "/account/payments/1"]
ACTIONS = [
    "/account/memberships/1/cancel",
    "/account/memberships/1/stripe",
    "/account/stripe",
    "/account/language",
    "/account/sign-out",
    "/account/sign-out-everywhere",
]


def page(service: Mailed, browser: requests.Session, path: str = "/account") -> str:
    answer = browser.get(service.url + path, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


def do(service: Mailed, browser: requests.Session, path: str, **fields: str) -> requests.Response:
    """Press a button of the account."""
    return post(browser, service.url + path, {"form_key": form_key(service, browser), **fields})


def test_it_shows_what_was_given(mailed: Mailed) -> None:
    a_supporter(mailed)
    a_supporter(mailed, interval="once", amount="50")
    browser = sign_in(mailed)

    seen = page(mailed, browser)

    assert READER in seen
    assert "Monthly support" in seen
    assert "then it renews" in seen
    assert "€10" in seen
    assert "€50" in seen
    (first, second) = rows(mailed, Payment)
    year = first.received_at.year
    assert all(f"{year}-00000{payment.id}" in seen for payment in (first, second))


def test_a_receipt_can_be_printed(mailed: Mailed) -> None:
    object.__setattr__(mailed.settings, "newsroom_legal", "The Test Courier, 1 Example Street")
    object.__setattr__(mailed.settings, "newsroom_time_zone", "Pacific/Kiritimati")
    a_supporter(mailed, interval="once", amount="12.50")
    change(mailed, Payment, received_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    browser = sign_in(mailed)
    seen = page(mailed, browser, "/account/payments/1")
    for fact in ("2027-000001", "€12.50", "January 1, 2027", "The Test Courier, 1 Example Street", READER):
        assert fact in seen
    assert "€12,50" not in seen


def test_a_receipt_says_what_is_tax_and_what_has_gone_back(mailed: Mailed) -> None:
    a_supporter(mailed, interval="once", amount="12.50")
    browser = sign_in(mailed)
    plain = page(mailed, browser, "/account/payments/1")
    assert "Tax included" not in plain
    assert "Refunded" not in plain
    (payment,) = rows(mailed, Payment)
    refund = {"payment_intent": payment.stripe_payment_intent_id, "amount": "250"}
    answer = requests.post(f"{mailed.stand_in.base}/v1/refunds", refund, auth=("sk_test_tests", ""), timeout=30)
    assert answer.status_code == 200
    mailed.deliver()
    change(mailed, Payment, tax_minor=200)

    seen = page(mailed, browser, "/account/payments/1")

    for fact in ("Tax included", "€2<", "Refunded", "€2.50"):
        assert fact in seen


def test_canceling_takes_two_clicks_and_ends_with_what_is_paid(mailed: Mailed) -> None:
    a_supporter(mailed)
    (membership,) = rows(mailed, Membership)
    browser = sign_in(mailed)
    path = f"/account/memberships/{membership.id}/cancel"
    assert path in page(mailed, browser)
    assert "Nothing more will be charged" in page(mailed, browser, path)
    assert do(mailed, browser, path).headers["Location"] == "/account?done=canceled"

    assert at_stripe(mailed, f"subscriptions/{membership.stripe_subscription_id}")["cancel_at"] is not None
    (membership,) = rows(mailed, Membership)
    assert membership.ends_at is not None
    seen = page(mailed, browser, "/account?done=canceled")
    assert "Canceled: it ends on" in seen
    assert path not in seen
    assert mailed.access(browser)["access"] == "granted"
    # Pressed again, or by whoever still has the old page open: nothing happens.
    assert do(mailed, browser, path).status_code == 303


def test_stripe_out_of_reach_cancels_nothing_and_says_so(sqlite_mailed: Mailed) -> None:
    a_supporter(sqlite_mailed)
    browser = sign_in(sqlite_mailed)
    key = form_key(sqlite_mailed, browser)
    sqlite_mailed.stand_in.control("faults", api_status=503, api_rate=1)
    answer = post(browser, f"{sqlite_mailed.url}/account/memberships/1/cancel", {"form_key": key})
    assert answer.status_code == 503
    assert rows(sqlite_mailed, Membership)[0].ends_at is None


def test_nobody_sees_or_changes_what_is_somebody_elses(mailed: Mailed) -> None:
    a_supporter(mailed)
    a_supporter(mailed, "other@example.com")
    other = sign_in(mailed, "other@example.com")
    seen = page(mailed, other)
    assert READER not in seen
    assert "/account/payments/1" not in seen
    before = (rows(mailed, Membership)[0].ends_at, rows(mailed, Supporter)[0].locale)
    for path in ("/account/payments/1", "/account/memberships/1/cancel", "/account/payments/9223372036854775807"):
        assert other.get(mailed.url + path, timeout=30).status_code == 404
    for path in ("/account/memberships/1/cancel", "/account/memberships/1/stripe"):
        assert do(mailed, other, path, supporter_id="1").status_code == 404
    assert do(mailed, other, "/account/language", locale="uk", supporter_id="1").status_code == 303
    assert (rows(mailed, Membership)[0].ends_at, rows(mailed, Supporter)[0].locale) == before


def test_without_a_sign_in_pages_lead_to_it_and_actions_are_refused(sqlite_mailed: Mailed) -> None:
    buy(sqlite_mailed, reader := sqlite_mailed.browser())
    for path in PAGES:
        answer = reader.get(sqlite_mailed.url + path, allow_redirects=False, timeout=30)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/account/sign-in"), path
    for path in ACTIONS:
        assert post(reader, sqlite_mailed.url + path, {"form_key": "a"}).status_code == 401, path


def test_actions_without_the_form_key_are_refused(sqlite_mailed: Mailed) -> None:
    a_supporter(sqlite_mailed)
    browser = sign_in(sqlite_mailed)
    for path in ACTIONS:
        assert post(browser, sqlite_mailed.url + path).status_code == 403, path
    assert rows(sqlite_mailed, Membership)[0].ends_at is None


def test_paying_for_an_address_shows_nothing_of_it(mailed: Mailed) -> None:
    a_supporter(mailed)
    stranger = mailed.browser()
    buy(mailed, stranger, email=READER, interval="once", amount="50")
    assert not is_signed_in(mailed, stranger)
    assert stranger.get(f"{mailed.url}/account/payments/1", allow_redirects=False, timeout=30).status_code == 303


def test_the_language_stays(sqlite_mailed: Mailed) -> None:
    a_supporter(sqlite_mailed)
    browser = sign_in(sqlite_mailed)
    assert "Your account" in page(sqlite_mailed, browser)
    assert do(sqlite_mailed, browser, "/account/language", locale="uk").status_code == 303
    assert "Ваш кабінет" in page(sqlite_mailed, browser)
    assert "Your account" in page(sqlite_mailed, browser, "/account?locale=en")
    assert do(sqlite_mailed, browser, "/account/language", locale="xx").status_code == 303
    assert rows(sqlite_mailed, Supporter)[0].locale == "uk"


def test_signing_out_ends_this_browser_only(mailed: Mailed) -> None:
    a_supporter(mailed)
    browser, other = sign_in(mailed), sign_in(mailed)
    cookies = dict(browser.cookies)
    answer = do(mailed, browser, "/account/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(mailed, browser)
    assert mailed.access(browser)["access"] == "denied"
    kept = requests.Session()
    kept.cookies.update(cookies)
    assert not is_signed_in(mailed, kept)
    assert mailed.access(kept)["access"] == "denied"
    assert is_signed_in(mailed, other)
    assert mailed.access(other)["access"] == "granted"


def test_signing_out_everywhere_ends_all_there_is(mailed: Mailed) -> None:
    # A browser that paid and never signed in, one that has gone on to read, and two that signed in.
    buy(mailed, paid := mailed.browser())
    buy(mailed, reading := mailed.browser(), return_to="/articles/one")
    begun = reading.get(
        f"{mailed.url}/pass",
        params={"return_to": "/articles/one", "code_challenge": CHALLENGE},
        allow_redirects=False,
        timeout=30,
    )
    code = begun.headers["Location"].rpartition("=")[2]
    first = requests.post(f"{mailed.url}/api/v1/passes", json={"code": code, "code_verifier": VERIFIER}, timeout=30)
    renewal = first.json()["renewal"]
    browser, other = sign_in(mailed), sign_in(mailed)
    letter = a_mail(mailed, mailed.browser())
    everybody = (paid, reading, browser, other)
    assert [mailed.access(one)["access"] for one in everybody] == ["granted"] * 4

    assert do(mailed, browser, "/account/sign-out-everywhere").status_code == 303

    assert [mailed.access(one)["access"] for one in everybody] == ["denied"] * 4
    assert not is_signed_in(mailed, other)
    assert requests.post(f"{mailed.url}/api/v1/passes", json={"renewal": renewal}, timeout=30).status_code == 401
    assert post(mailed.browser(), link_in(letter)).status_code == 410
    assert all(one.ended_at is not None for one in sign_ins(mailed))
    # Whoever proves the address again, or pays again, reads again.
    assert mailed.access(sign_in(mailed))["access"] == "granted"
    buy(mailed, again := mailed.browser())
    assert mailed.access(again)["access"] == "granted"


VERIFIER = "a" * 43
CHALLENGE = "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA"


@pytest.mark.parametrize(
    ("status", "ends_at", "ended_at", "word"),
    [
        ("active", None, None, "renews"),
        ("trialing", None, None, "renews"),
        ("active", datetime(2026, 1, 1, tzinfo=UTC), None, "ends"),
        ("past_due", None, None, "late"),
        ("unpaid", None, None, "late"),
        ("past_due", datetime(2026, 1, 1, tzinfo=UTC), None, "ends"),
        ("paused", None, None, "paused"),
        ("incomplete", None, None, "starting"),
        ("incomplete_expired", None, None, "ended"),
        ("canceled", None, None, "ended"),
        ("canceled", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "ended"),
    ],
)
def test_what_comes_next(status: str, ends_at: datetime | None, ended_at: datetime | None, word: str) -> None:
    assert outlook(status, ends_at=ends_at, ended_at=ended_at, paid_until=None).word == word


@pytest.mark.parametrize("path", ["/account/memberships/1/stripe", "/account/stripe"])
def test_stripes_portal_is_opened_for_ones_own_customer(sqlite_url: str, stand_in: StandIn, path: str) -> None:
    with recording(stand_in) as wire, running_mailed(sqlite_url, wire.stand_in) as service:
        service.stand_in = stand_in
        a_supporter(service, "other@example.com")
        a_supporter(service)
        (mine,) = [one for one in rows(service, StripeCustomer) if one.supporter_id == 2]
        answer = do(service, sign_in(service), path.replace("1", "2"))
        opened = [call for call in wire.calls if call.path == "/v1/billing_portal/sessions"]
        assert [call.params for call in opened] == [
            {"customer": mine.stripe_customer_id, "return_url": f"{service.settings.public_url}/account"}
        ]
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("http")
