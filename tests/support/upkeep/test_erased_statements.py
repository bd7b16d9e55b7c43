"""Statements outlive their supporter: numbers and sums stay, nothing on them names anybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from support.finance.selfcheck import differences
from support.finance.statements.models import Statement, StatementTotal
from tests.support.accounts.signing_in import sign_in
from tests.support.desk.staffing import a_colleague
from tests.support.finance.statements.paying import issue, pay_at, words
from tests.support.readers import rows
from tests.support.upkeep.dumps import places_of
from tests.support.upkeep.people import CANARY, EMAIL, run

if TYPE_CHECKING:
    from tests.support.mailbox import Mailed


def test_an_erased_supporters_statements_keep_numbers_and_sums(kept: Mailed) -> None:
    year = datetime.now(UTC).year - 1
    pay_at(kept, datetime(year, 5, 5, tzinfo=UTC), email=EMAIL)
    issue(kept, sign_in(kept, EMAIL), year)
    finance = a_colleague(kept, "finance")
    old = f"/finance/statements/{rows(kept, Statement)[0].public_id}"
    new = finance.send(f"{old}/reissue", reason=f"asked for by {EMAIL}").headers["Location"]
    assert EMAIL in finance.get(new).text
    sums = [(one.statement_id, one.currency, one.paid_minor) for one in rows(kept, StatementTotal)]

    code, said = run(kept, "erase", EMAIL, "--yes")

    assert code == 0, said
    assert "2  statements" in said
    assert places_of(CANARY, kept.settings.database_url) == []
    assert [one.name for one in rows(kept, Statement)] == [f"{year}-00001", f"{year}-00002"]
    assert [(one.statement_id, one.currency, one.paid_minor) for one in rows(kept, StatementTotal)] == sums
    for path in (old, new):
        page = words(finance.get(path).text)
        assert "Paid by erased supporter" in page
        assert "Remains €50.00" in page
    assert "void since" in words(finance.get(old).text)
    assert ": erased" in words(finance.get(old).text)
    with kept.database.reading() as session:
        assert list(differences(session)) == []
