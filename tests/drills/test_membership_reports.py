"""Reports of memberships over years of many supporters: every cell is what its definition gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.finance.test_membership_reports import a_book, all_differing

if TYPE_CHECKING:
    from tests.services import Service

SUPPORTERS = 20_000


@pytest.mark.drill
@pytest.mark.timeout(7200)
def test_every_cell_of_years_of_many_supporters_is_what_the_definitions_give(service: Service) -> None:
    assert all_differing(service, a_book(service, SUPPORTERS)) == []
