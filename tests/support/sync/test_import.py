"""`flask import-stripe` makes supporters, memberships and books of an account that was there before us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.accounts.models import Supporter
from support.emails.models import Mail
from support.finance.models import LedgerEntry
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Payment
from tests.support.sync.walking import differed, listed, run
from tests.webhooks.rows import rows

if TYPE_CHECKING:
    from tests.services import Service


@dataclass(frozen=True)
class Past:
    """An account with years behind it, and the product of its memberships."""

    service: Service
    product: str
    foreign: str

    def count(self, table: type) -> int:
        with self.service.database.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def past(moving_service: Service) -> Past:
    moving_service.stand_in.control("seed", customers=10, charges=60, foreign=0.4)
    products = {one["name"]: one["id"] for one in listed(moving_service, "products")}
    return Past(moving_service, products["Membership"], products["Another application"])


def ours(past: Past) -> set[str]:
    """Subscriptions of our product that were paid for, by the stand-in's own word."""
    return {
        one["id"]
        for one in listed(past.service, "subscriptions", status="all")
        if one["items"]["data"][0]["price"]["product"] == past.product
    }


def test_a_dry_run_says_what_there_is_and_writes_nothing(past: Past) -> None:
    code, output = run(past.service, "import-stripe", "--dry-run", "--product", past.product)
    assert code == 0, output
    line = next(line for line in output.splitlines() if past.product in line)
    assert f"{len(ours(past))} subscriptions" in line
    assert "is imported" in line
    assert "is left alone" in next(line for line in output.splitlines() if past.foreign in line)
    assert (past.count(Membership), past.count(Payment), past.count(LedgerEntry)) == (0, 0, 0)


def test_what_is_imported_is_complete_and_twice_changes_nothing(past: Past) -> None:
    code, output = run(past.service, "import-stripe", "--product", past.product)
    assert code == 0, output
    found = rows(past.service.database)
    assert {one[0] for one in found.memberships} == ours(past)
    invoices = {
        one["id"]
        for one in listed(past.service, "invoices", status="paid")
        if one["parent"]["subscription_details"]["subscription"] in ours(past)
    }
    assert {one[0] for one in found.periods} == invoices
    assert past.count(LedgerEntry) == len(listed(past.service, "balance_transactions"))
    assert len({one["id"] for one in listed(past.service, "charges")}) > len(found.payments) > len(invoices)
    assert all(one[1] is not None for one in found.payments)
    assert run(past.service, "selfcheck") == (0, "everything adds up\n")
    assert past.count(Mail) == 0, "nobody is told of it"

    code, output = run(past.service, "import-stripe")
    assert (code, differed(output)) == (0, {})
    assert rows(past.service.database) == found


def test_imported_members_read_and_their_renewals_are_ours(past: Past) -> None:
    run(past.service, "import-stripe", "--product", past.product)
    past.service.stand_in.events()
    with past.service.database.reading() as session:
        member = session.scalars(
            sa.select(Supporter.email).join(Membership, Membership.supporter_id == Supporter.id).limit(1)
        ).one()
        periods = session.scalar(sa.select(sa.func.count()).select_from(PaidPeriod)) or 0
    key = run(past.service, "keys", "add", "site")[1].strip()
    asked = past.service.browser().post(
        f"{past.service.url}/api/v1/memberships/check",
        json={"email": member},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert asked.json()["member"] is True

    past.service.stand_in.control("clock", advance=32 * 86400)
    past.service.deliver()
    assert past.count(PaidPeriod) >= periods + len(ours(past))
    assert {one[0] for one in rows(past.service.database).memberships} == ours(past)


def test_other_products_stay_foreign(past: Past) -> None:
    run(past.service, "import-stripe", "--product", past.product)
    foreign = {one["id"] for one in listed(past.service, "subscriptions", status="all")} - ours(past)
    assert foreign
    assert not foreign & {one[0] for one in rows(past.service.database).memberships}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "name your products by --product, or --all-products; --dry-run lists them"),
        (("--product", "prod_unknown"), "Stripe has no product prod_unknown"),
        (("--all-products", "--campaign", "nobody"), "there is no campaign nobody"),
    ],
)
def test_what_cannot_be_imported_is_named(past: Past, arguments: tuple[str, ...], line: str) -> None:
    code, output = run(past.service, "import-stripe", *arguments)
    assert (code, line in output) == (1, True)
    assert past.count(Membership) == 0
