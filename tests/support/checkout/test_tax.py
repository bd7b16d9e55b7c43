"""STRIPE_AUTOMATIC_TAX: Stripe works out the tax that an amount contains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.payments.models import Payment
from tests.services import running_service, running_stand_in

if TYPE_CHECKING:
    from tests.databases import SqliteDatabases


@pytest.mark.parametrize(("is_on", "tax"), [(True, [160, 160]), (False, [0, 0])])
def test_the_amount_stays_and_its_tax_is_known(sqlite_databases: SqliteDatabases, is_on: bool, tax: list[int]) -> None:
    with (
        running_stand_in() as stand_in,
        running_service(sqlite_databases.new(), stand_in, stripe_automatic_tax=is_on) as service,
    ):
        stand_in.control("settings", tax_percent=19)
        for interval in ("once", "month"):
            stand_in.pay(service.begin(interval=interval, amount="10"))
        service.deliver()
        with service.database.reading() as session:
            paid = session.execute(sa.select(Payment.amount_minor, Payment.tax_minor)).all()
    assert [one.amount_minor for one in paid] == [1000, 1000]
    assert [one.tax_minor for one in paid] == tax
