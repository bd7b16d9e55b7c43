"""Which year a payment is in: by the newsroom's own clock and the month in which its years begin."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from support import clock
from support.errors import InvalidInput
from support.finance.statements.operations import issue
from support.finance.statements.queries import lines_in, years_of
from support.finance.statements.rules import FiscalYear, fiscal_year_of
from support.payments.models import Payment
from tests.services import StandIn, running_service
from tests.support.finance.statements.paying import pay_at
from tests.support.readers import change

JULY = 7


@pytest.mark.parametrize("first_month", range(1, 13))
def test_every_day_is_in_exactly_one_year(first_month: int) -> None:
    day = date(2023, 12, 1)
    while day < date(2025, 3, 1):
        year = fiscal_year_of(day, first_month)
        assert year.first_day <= day <= year.last_day
        assert fiscal_year_of(year.last_day + timedelta(days=1), first_month).number == year.number + 1
        day += timedelta(days=1)


def test_a_year_is_named_by_the_year_in_which_it_begins() -> None:
    assert FiscalYear(2025, 1).name == "2025"
    assert FiscalYear(2025, JULY).name == "2025/26"
    assert FiscalYear(2099, JULY).name == "2099/00"
    assert (FiscalYear(2023, 3).first_day, FiscalYear(2023, 3).last_day) == (date(2023, 3, 1), date(2024, 2, 29))


def test_a_year_begins_and_ends_at_midnight_in_kyiv(database_url: str, stand_in: StandIn) -> None:
    midnight = datetime(2024, 6, 30, 21, tzinfo=UTC)
    next_midnight = datetime(2025, 6, 30, 21, tzinfo=UTC)
    second = timedelta(seconds=1)
    with (
        running_service(database_url, stand_in, newsroom_time_zone="Europe/Kyiv", fiscal_year_start=JULY) as service,
        service.app.app_context(),
    ):
        pay_at(service, midnight - second, midnight, next_midnight - second, next_midnight)
        zone, now = service.settings.time_zone, clock.now()
        with service.database.transaction() as session:
            days = [line.received_on for line in lines_in(session, 1, FiscalYear(2024, JULY), zone)]
            statement = issue(session, 1, FiscalYear(2024, JULY), service.settings, now)
            years = years_of(session, 1, JULY)

    assert days == [date(2024, 7, 1), date(2025, 6, 30)]
    assert (statement.name, statement.year.name) == ("2024-00001", "2024/25")
    assert [(one.year.name, one.payments) for one in years] == [("2025/26", 1), ("2024/25", 2), ("2023/24", 1)]


def test_a_year_that_is_not_over_or_has_no_payment_gets_no_number(database_url: str, stand_in: StandIn) -> None:
    with running_service(database_url, stand_in) as service, service.app.app_context():
        now = clock.now()
        pay_at(service, now)
        present = FiscalYear(now.year, 1)
        for year, why in ((present, "not over"), (FiscalYear(now.year - 1, 1), "Nothing was paid")):
            with pytest.raises(InvalidInput) as refused, service.database.transaction() as session:
                issue(session, 1, year, service.settings, now)
            assert why in refused.value.errors[0].message
        change(service, Payment, received_at=now.replace(year=now.year - 1))
        with service.database.transaction() as session:
            assert issue(session, 1, FiscalYear(now.year - 1, 1), service.settings, now).number == 1
