"""Signing in by link and by code: once, by a person, for the address and in the browser that asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from support import clock
from support.accounts.models import MailedLink, Supporter
from support.accounts.rules import code_as_typed
from support.limits import LimitCounter
from tests.support.accounts.signing_in import (
    READER,
    a_mail,
    a_supporter,
    ask_for_link,
    code_in,
    is_signed_in,
    link_in,
    post,
    sign_in,
    sign_ins,
    token_of,
)
from tests.support.readers import an_api_key, buy, change, rows

if TYPE_CHECKING:
    from tests.support.mailbox import Mailed


def test_a_link_signs_in_and_proves_the_address(mailed: Mailed) -> None:
    a_supporter(mailed)
    (supporter,) = rows(mailed, Supporter)
    assert supporter.email_proven_at is None
    browser = mailed.browser()
    link = link_in(a_mail(mailed, browser))
    page = browser.get(link, timeout=30)
    assert READER in page.text

    answer = post(browser, link)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert is_signed_in(mailed, browser)
    (supporter,) = rows(mailed, Supporter)
    assert supporter.email_proven_at is not None


def test_a_code_signs_in_however_it_is_typed(mailed: Mailed) -> None:
    a_supporter(mailed)
    browser = mailed.browser()
    code = code_in(a_mail(mailed, browser))
    answer = post(browser, f"{mailed.url}/account/code", {"code": f" {code.lower().replace('-', ' ')} "})
    assert answer.status_code == 303
    assert is_signed_in(mailed, browser)


def test_signing_in_opens_what_was_paid_in_another_browser(mailed: Mailed) -> None:
    a_supporter(mailed)
    browser = mailed.browser()
    assert mailed.access(browser)["access"] == "denied"
    assert post(browser, link_in(a_mail(mailed, browser))).status_code == 303
    assert mailed.access(browser)["access"] == "granted"


def test_looking_uses_nothing_up(mailed: Mailed) -> None:
    a_supporter(mailed)
    browser = mailed.browser()
    link = link_in(a_mail(mailed, browser))
    for _ in range(10):
        assert requests.get(link, headers={"Sec-Purpose": "prefetch"}, timeout=30).status_code == 200
    assert requests.head(link, timeout=30).status_code == 200
    assert requests.options(link, timeout=30).status_code == 200
    assert sign_ins(mailed) == []
    assert post(browser, link).status_code == 303
    again = post(mailed.browser(), link)
    assert again.status_code == 410
    assert requests.get(link, timeout=30).status_code == 410
    assert len(sign_ins(mailed)) == 1


def test_fifty_at_once_sign_in_one(mailed: Mailed) -> None:
    a_supporter(mailed)
    link = link_in(a_mail(mailed, mailed.browser()))
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(requests.Session(), link), range(50)))
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 49
    assert len(sign_ins(mailed)) == 1


def test_two_links_of_one_address_at_once_sign_in_one(mailed: Mailed) -> None:
    a_supporter(mailed)
    links = [link_in(a_mail(mailed, mailed.browser())) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda link: post(requests.Session(), link), links * 2))
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 7


def test_asking_again_leaves_earlier_links_good_and_a_use_ends_all(mailed: Mailed) -> None:
    a_supporter(mailed)
    first, second = (a_mail(mailed, mailed.browser()) for _ in range(2))
    assert post(mailed.browser(), link_in(first)).status_code == 303
    assert post(mailed.browser(), link_in(second)).status_code == 410


def test_a_link_is_good_for_fifteen_minutes(mailed: Mailed) -> None:
    a_supporter(mailed)
    letter = a_mail(mailed, browser := mailed.browser())
    change(mailed, MailedLink, expires_at=clock.now() - timedelta(seconds=1))
    assert browser.get(link_in(letter), timeout=30).status_code == 410
    assert post(browser, link_in(letter)).status_code == 410
    assert post(browser, f"{mailed.url}/account/code", {"code": code_in(letter)}).status_code == 422


def test_a_code_works_only_in_the_browser_that_asked(mailed: Mailed) -> None:
    a_supporter(mailed)
    code = code_in(a_mail(mailed, mine := mailed.browser()))
    other = mailed.browser()
    assert post(other, f"{mailed.url}/account/code", {"code": code}).status_code == 422
    ask_for_link(mailed, other)
    assert post(other, f"{mailed.url}/account/code", {"code": code}).status_code == 422
    assert post(mine, f"{mailed.url}/account/code", {"code": code}).status_code == 303


def test_ten_wrong_codes_leave_only_the_link(mailed: Mailed) -> None:
    a_supporter(mailed)
    letter = a_mail(mailed, browser := mailed.browser())
    address = f"{mailed.url}/account/code"
    with ThreadPoolExecutor(5) as pool:
        wrong = list(pool.map(lambda _: post(browser, address, {"code": "AAAA-AAAA"}).status_code, range(15)))
    assert sorted(wrong) == [422] * 10 + [429] * 5
    assert post(browser, address, {"code": code_in(letter)}).status_code == 429
    assert "link in the mail" in post(browser, address, {"code": code_in(letter)}).text
    assert post(browser, link_in(letter)).status_code == 303
    # The next day codes are taken again.
    change(mailed, LimitCounter, ends_at=clock.now() - timedelta(seconds=1))
    letter = a_mail(mailed, browser)
    assert post(browser, address, {"code": code_in(letter)}).status_code == 303


def test_guessing_everywhere_closes_codes_and_raises_an_alarm(mailed: Mailed, caplog: pytest.LogCaptureFixture) -> None:
    object.__setattr__(mailed.settings, "alarm_mail", "ops@courier.example.org")
    a_supporter(mailed)
    letter = a_mail(mailed, browser := mailed.browser())
    ask_for_link(mailed, guesser := mailed.browser(), "guessed@example.com")
    assert post(guesser, f"{mailed.url}/account/code", {"code": "AAAA-AAAA"}).status_code == 422
    with mailed.database.transaction() as session:
        session.get_one(LimitCounter, "wrong codes everywhere").hits = 299
    for expected in (422, 429, 429):
        assert post(guesser, f"{mailed.url}/account/code", {"code": "AAAA-AAAA"}).status_code == expected
    assert post(browser, f"{mailed.url}/account/code", {"code": code_in(letter)}).status_code == 429
    assert [record.levelname for record in caplog.records if "guesses" in record.message] == ["ERROR"]
    mailed.post()
    assert [one.recipients for one in mailed.letters].count(("ops@courier.example.org",)) == 1
    assert post(browser, link_in(letter)).status_code == 303


def test_nothing_else_passes_for_a_link(mailed: Mailed) -> None:
    reader = mailed.browser()
    buy(mailed, reader, email=READER)
    letter = a_mail(mailed, browser := mailed.browser())
    mailed.access(reader)
    carried = reader.get(
        f"{mailed.url}/pass", params={"return_to": "/a", "code_challenge": "a" * 43}, allow_redirects=False, timeout=30
    )
    pass_code = carried.headers["Location"].rpartition("=")[2]
    link = link_in(letter)
    account = sign_in(mailed, READER)
    letter = a_mail(mailed, browser)
    others = {
        "reading session": reader.cookies["support_reading"],
        "pass code": pass_code,
        "asking browser": browser.cookies["support_sign_in"],
        "sign-in": account.cookies["support_account"],
        "api key": an_api_key(mailed),
        "code": code_in(letter),
        "used link": token_of(link),
    }
    assert all(others.values())
    for name, token in others.items():
        assert post(requests.Session(), f"{mailed.url}/account/link/{token}").status_code == 410, name
        cookies = {"support_account": token}
        if name != "sign-in":
            answer = requests.get(f"{mailed.url}/account", cookies=cookies, allow_redirects=False, timeout=30)
            assert answer.status_code == 303, name
    token = token_of(link_in(letter))
    for cookie in ("support_account", "support_reading"):
        assert mailed.access(_with(cookie, token))["access"] == "denied"
    for body in ({"code": token, "code_verifier": "a" * 43}, {"renewal": token}):
        assert requests.post(f"{mailed.url}/api/v1/passes", json=body, timeout=30).status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    check = requests.post(f"{mailed.url}/api/v1/memberships/check", json={"email": READER}, headers=bearer, timeout=30)
    assert check.status_code == 401
    assert post(browser, link_in(letter)).status_code == 303


def _with(cookie: str, token: str) -> requests.Session:
    browser = requests.Session()
    browser.cookies.set(cookie, token)
    return browser


def test_a_token_from_before_is_dead_after_signing_in(mailed: Mailed) -> None:
    a_supporter(mailed)
    planted = "a-token-that-somebody-else-has-planted"
    browser = mailed.browser()
    browser.cookies.set("support_account", planted, domain="localhost.local")
    assert post(browser, link_in(a_mail(mailed, browser))).status_code == 303
    assert not is_signed_in(mailed, _with("support_account", planted))
    earlier = browser.cookies.get_dict(domain="localhost.local")["support_account"]
    assert post(browser, link_in(a_mail(mailed, browser))).status_code == 303
    assert not is_signed_in(mailed, _with("support_account", earlier))


def test_the_database_holds_no_token_and_no_code(mailed: Mailed) -> None:
    a_supporter(mailed)
    letter = a_mail(mailed, browser := mailed.browser())
    held = [token_of(link_in(letter)), code_in(letter), code_as_typed(code_in(letter))]
    assert post(browser, link_in(letter)).status_code == 303
    held += browser.cookies.values()
    kept = ""
    with mailed.database.reading() as session:
        connection = session.connection()
        for table in MailedLink.metadata.sorted_tables:
            kept += "".join(str(row) for row in connection.execute(table.select()))
    assert READER in kept
    assert [secret for secret in held if secret in kept] == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abcd-efgh", "ABCDEFGH"),
        (" AB CD–EF GH\n", "ABCDEFGH"),
        ("ABCDEFG", ""),
        ("ABCDEFG0", ""),
        ("ÀBCDEFGH", ""),
        ("", ""),
    ],
)
def test_codes_as_people_type_them(typed: str, code: str) -> None:
    assert code_as_typed(typed) == code
