"""Reports of memberships over years of many supporters: every cell is what its definition gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.finance.reports.rollups.worth.operations import roll_up_worth
from tests.support.finance.membership_comparing import a_book
from tests.support.finance.memberships import ZONE
from tests.support.finance.test_membership_reports import all_differing

if TYPE_CHECKING:
    from tests.services import Service

SUPPORTERS = 20_000


@pytest.mark.drill
@pytest.mark.timeout(7200)
def test_every_cell_of_years_of_many_supporters_is_what_the_definitions_give(service: Service) -> None:
    truth = a_book(service.database, SUPPORTERS)
    assert all_differing(service, truth) == []
    with service.app.app_context():
        roll_up_worth(service.database, ZONE)
    assert all_differing(service, truth) == []
