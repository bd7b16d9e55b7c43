"""Before a year is charged, and before a card ends: once, and nobody who need not know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
import sqlalchemy as sa

from support.accounts.models import Supporter
from support.campaigns.models import Plan
from support.emails.models import Mail
from support.memberships.models import Membership, PaidPeriod
from support.notices.rules import end_of_month
from tests.support.notices.stories import MONTHLY, READER, YEARLY, assert_says, day, on_sqlite
from tests.support.readers import change, rows

if TYPE_CHECKING:
    from tests.support.notices.stories import Telling

# What would be charged no more, or is somebody else's to say.
NOT_CHARGED: list[dict[str, Any]] = [
    {"status": "past_due"},
    {"is_paused": True},
    {"ends_at": datetime(2030, 1, 1, tzinfo=UTC)},
    {"ended_at": datetime(2025, 1, 1, tzinfo=UTC)},
    {"supporter_id": None},
]


def give_with_card(service: Telling, expiry: str, **ask: str) -> None:
    """Give with a card that ends in this month, `MM/YY`."""
    url = f"{service.stand_in.base}/c/pay/{service.begin(None, **ask)}"
    form = {"method": "card", "card": "4242424242424242", "expiry": expiry, "cvc": "123", "email": READER}
    assert requests.post(url, form, timeout=30, allow_redirects=False).status_code == 303
    service.deliver()


@on_sqlite
def test_a_year_is_announced_two_weeks_ahead_and_once(telling: Telling) -> None:
    telling.give(**YEARLY)
    renews_at = telling.paid_until()
    telling.come_to(renews_at - timedelta(days=14, minutes=5))
    assert "upcoming_renewal" not in telling.remind_now()
    telling.come_to(renews_at - timedelta(days=14))
    telling.app.extensions["chores"].do_due()
    assert telling.told().count("upcoming_renewal") == 1
    said = telling.mails()[-1]
    assert_says(said, "€100", "Yearly support", day(renews_at), f"{telling.settings.public_url}/account")

    telling.come_to(renews_at - timedelta(days=1))
    assert telling.remind_now().count("upcoming_renewal") == 1
    telling.come_to(renews_at + timedelta(hours=2))
    assert telling.told()[-1] == "renewal"
    assert telling.remind_now().count("upcoming_renewal") == 1


@on_sqlite
def test_a_card_that_ends_is_told_once_in_its_last_month(telling: Telling) -> None:
    ends_on = end_of_month((telling.now() + timedelta(days=40)).date())
    give_with_card(telling, f"{ends_on:%m/%y}", **MONTHLY)
    telling.give(**MONTHLY)
    assert membership_of_card(telling, ends_on).card_last4 == "4242"
    assert "card_expiring" not in telling.remind_now()
    telling.pass_by(datetime(ends_on.year, ends_on.month, 1, 9, tzinfo=UTC) - telling.now())
    telling.app.extensions["chores"].do_due()
    assert telling.remind_now().count("card_expiring") == 1
    (said,) = [mail for mail in telling.mails() if mail.name == "card_expiring"]
    assert_says(said, "4242", "Monthly support", day(datetime(ends_on.year, ends_on.month, ends_on.day, tzinfo=UTC)))
    telling.pass_by(timedelta(days=35))
    assert telling.remind_now().count("card_expiring") == 1


def membership_of_card(service: Telling, expires_on: Any) -> Membership:
    (found,) = [one for one in rows(service, Membership) if one.card_expires_on == expires_on]
    return found


@on_sqlite
def test_what_will_not_be_charged_is_not_announced(telling: Telling) -> None:
    telling.give(**YEARLY)
    change(telling, PaidPeriod, ends_at=telling.now() + timedelta(days=10))
    change(telling, Membership, card_expires_on=end_of_month(telling.now().date()))
    its = vars(telling.membership())
    for values in NOT_CHARGED:
        change(telling, Membership, **values)
        assert telling.remind_now() == ["receipt"], values
        change(telling, Membership, **{name: its[name] for name in values})
    assert sorted(telling.remind_now()) == ["card_expiring", "receipt", "upcoming_renewal"]


@on_sqlite
def test_a_month_is_not_announced(telling: Telling) -> None:
    telling.give(**MONTHLY)
    telling.come_to(telling.paid_until() - timedelta(days=10))
    assert telling.remind_now() == ["receipt"]


def test_thousands_are_told_in_batches_each_once(telling: Telling) -> None:
    many = 120
    with telling.database.transaction() as session:
        moment = telling.now()
        plan_id = session.scalars(sa.select(Plan.id).where(Plan.interval == "year")).one()
        for number in range(1, many + 1):
            session.add(Supporter(id=number, email=f"{number}@example.com", locale="en", created_at=moment))
            session.add(
                Membership(
                    id=number,
                    stripe_subscription_id=f"sub_{number}",
                    status="active",
                    supporter_id=number,
                    plan_id=plan_id,
                    amount_minor=1000,
                    currency="EUR",
                    card_expires_on=end_of_month(moment.date()),
                    card_last4="4242",
                    created_at=moment,
                )
            )
        session.flush()
        for number in range(1, many + 1):
            for days in (-350, 13):  # the earlier period is not the one that ends
                ends_at = moment + timedelta(days=days)
                starts_at = ends_at - timedelta(days=365)
                invoice = f"in_{number}_{days}"
                session.add(
                    PaidPeriod(
                        stripe_invoice_id=invoice,
                        membership_id=number,
                        starts_at=starts_at,
                        ends_at=ends_at,
                        amount_minor=1000,
                        currency="EUR",
                    )
                )
    telling.remind_now()
    telling.remind_now()
    found = [(mail.name, mail.recipient) for mail in rows(telling, Mail)]
    assert len(found) == len(set(found)) == 2 * many
