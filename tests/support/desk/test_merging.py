"""Two supporters become one: sums, access and addresses are what both had together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.access.queries import entitlements_of_supporter
from support.access.reading import grace
from support.accounts.models import StripeCustomer, Supporter, SupporterNote
from support.checkout.models import Checkout
from support.clock import now
from support.finance.selfcheck import differences
from support.memberships.models import Membership
from support.payments.models import Payment
from tests.support.accounts.signing_in import a_mail, is_signed_in, post, sign_in
from tests.support.desk.acting import act, assert_refused, at_once, form, lines, plain, seen, submit
from tests.support.desk.staffing import a_colleague
from tests.support.readers import buy, rows
from tests.support.upkeep.dumps import places_of

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.mailbox import Mailed

KEPT, MERGED = "kept@example.com", "merged-canary@example.com"
PAIR = "/finance/supporters/1/merge/2"


def two(service: Service) -> None:
    """Both pay monthly; the second has given once, too."""
    buy(service, service.browser(), email=KEPT)
    buy(service, service.browser(), email=MERGED, amount="20")
    buy(service, service.browser(), email=MERGED, interval="once", amount="50")


def sums(service: Service) -> list[Any]:
    with service.database.reading() as session:
        assert list(differences(session)) == []
        total = sa.select(Payment.currency, sa.func.sum(Payment.amount_minor), sa.func.count())
        return [tuple(row) for row in session.execute(total.group_by(Payment.currency))]


def entitled(service: Service, *supporter_ids: int) -> list[Any]:
    with service.app.app_context(), service.database.reading() as session:
        found = [one for each in supporter_ids for one in entitlements_of_supporter(session, each, grace(), now())]
    return sorted((one.reason, str(one.plan), one.until) for one in found)


def test_what_both_had_the_kept_one_has(service: Service) -> None:
    two(service)
    finance, admin = a_colleague(service, "finance"), a_colleague(service, "admin")
    act(finance, "/finance/supporters/2/notes", text="came by phone")
    found = act(admin, "/finance/supporters/1/merge", other=MERGED.upper())
    assert found.headers["Location"] == PAIR
    page = seen(admin, PAIR)
    for said in (KEPT, MERGED, "2: 70.00 EUR", "Both have a live membership", "never proven", "Nothing changes there"):
        assert said in page
    before = sums(service), entitled(service, 1, 2)
    fields = form(admin, PAIR)

    assert {one.status_code for one in at_once([(admin, PAIR, fields)] * 2)} == {303}

    assert (sums(service), entitled(service, 1)) == before
    assert entitled(service, 2) == []
    owned: list[Any] = []
    for table in (Payment, Membership, Checkout, StripeCustomer, SupporterNote):
        owned += rows(service, table)
    assert {row.supporter_id for row in owned} == {1}
    assert [row.merged_into_id for row in rows(service, Supporter)] == [None, 1]
    assert "2 memberships are charged" in seen(admin, PAIR)
    assert [line[1:] for line in lines(service)] == [
        ("wrote note", "supporter 2"),
        ("merged supporters", "supporter 1"),
    ]


def test_neither_a_longer_number_nor_the_same_one_is_somebody_else(sqlite_service: Service) -> None:
    two(sqlite_service)
    admin = a_colleague(sqlite_service, "admin")
    for sought in ("0000000000000000020", "1", KEPT):
        assert act(admin, "/finance/supporters/1/merge", other=sought).status_code == 422, sought
    answer = act(admin, PAIR, "/finance/supporters/1/merge/1")
    assert answer.status_code == 422
    assert "one supporter already" in answer.text


def test_what_comes_later_for_the_merged_one_is_the_kept_ones(service: Service) -> None:
    two(service)
    act(a_colleague(service, "admin"), PAIR)
    buy(service, service.browser(), email=MERGED, interval="once", amount="30")
    assert {row.supporter_id for row in rows(service, Payment)} == {1}
    assert len(rows(service, Supporter)) == 2


def test_an_address_that_nobody_had_proven_signs_nobody_in(mailed: Mailed) -> None:
    two(mailed)
    act(a_colleague(mailed, "admin"), PAIR)
    letter = a_mail(mailed, mailed.browser(), MERGED)
    assert "/account/link/" not in letter.part("plain")
    assert is_signed_in(mailed, sign_in(mailed, KEPT))


def test_a_proven_one_signs_in_as_the_kept_one_and_earlier_sign_ins_end(mailed: Mailed) -> None:
    two(mailed)
    earlier = sign_in(mailed, MERGED)
    act(a_colleague(mailed, "admin"), PAIR)
    assert not is_signed_in(mailed, earlier)
    assert mailed.access(earlier)["access"] == "granted", "nobody who paid is locked out"
    browser = sign_in(mailed, MERGED)
    assert KEPT in browser.get(f"{mailed.url}/account", timeout=30).text
    assert len(rows(mailed, Payment)) == browser.get(f"{mailed.url}/account", timeout=30).text.count("Receipt ")


def test_the_search_finds_one_person_by_both_addresses(service: Service) -> None:
    two(service)
    customer = next(one.stripe_customer_id for one in rows(service, StripeCustomer) if one.supporter_id == 2)
    finance = a_colleague(service, "finance")

    def found(sought: str) -> str:
        return plain(act(finance, "/finance/supporters", sought=sought).text)

    assert KEPT not in found("canary"), "before"
    act(a_colleague(service, "admin"), PAIR)
    for sought in ("canary", MERGED.upper(), KEPT, "@example.com", customer):
        page = found(sought)
        assert [page.count(f'href="/finance/supporters/{number}"') for number in (1, 2)] == [1, 0], sought
        assert f"also {MERGED}" in page
    assert "same person as" in seen(finance, "/finance/supporters/2"), "an old link leads on"


def test_whoever_was_merged_before_or_is_the_same_is_not_merged(sqlite_service: Service) -> None:
    two(sqlite_service)
    buy(sqlite_service, sqlite_service.browser(), email="third@example.com")
    admin = a_colleague(sqlite_service, "admin")
    act(admin, PAIR)
    key = {"form_key": admin.form_key, "attempt": "a" * 43}
    for path in ("1/merge/1", "2/merge/1", "3/merge/2", "2/merge/3"):
        assert submit(admin, f"/finance/supporters/{path}", key).status_code == 422, path
    assert submit(admin, "/finance/supporters/1/merge/99", key).status_code == 404
    assert act(admin, "/finance/supporters/1/merge", other="nobody@example.com").status_code == 422
    assert len(lines(sqlite_service)) == 1

    act(admin, "/finance/supporters/3/merge/1")
    assert [row.merged_into_id for row in rows(sqlite_service, Supporter)] == [3, 3, None]


def test_erasing_the_kept_one_forgets_both_addresses(kept: Mailed) -> None:
    two(kept)
    act(a_colleague(kept, "admin"), PAIR)
    assert places_of("merged-canary", kept.settings.database_url) != []
    done = kept.app.test_cli_runner().invoke(args=["erase", MERGED, "--cancel", "--yes"])
    assert done.exit_code == 0, done.output
    kept.deliver()
    assert places_of("merged-canary", kept.settings.database_url) == []
    assert [row.email for row in rows(kept, Supporter)] == [None, None]
    assert kept.settings.erase_log.read_text().count("\n") == 2


def test_it_is_for_admins_with_the_key_of_their_page(sqlite_service: Service) -> None:
    two(sqlite_service)
    for role in ("finance", "editor"):
        assert_refused(a_colleague(sqlite_service, role), PAIR)
    admin = a_colleague(sqlite_service, "admin")
    fields = form(admin, PAIR) | {"form_key": "0" * 64}
    assert post(admin.browser, f"{sqlite_service.url}{PAIR}", fields).status_code == 403
    assert [row.merged_into_id for row in rows(sqlite_service, Supporter)] == [None, None]
    assert lines(sqlite_service) == []
