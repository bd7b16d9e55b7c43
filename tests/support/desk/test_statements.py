"""Statements as finance staff find, issue, void and reissue them; each act and each look is in the audit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.accounts.models import Supporter
from support.audit import AuditLine
from support.finance.selfcheck import differences
from support.finance.statements.models import Statement
from support.payments.models import Payment
from tests.services import running_service
from tests.support.desk.acting import act
from tests.support.desk.staffing import Colleague, a_colleague
from tests.support.finance.books import ZONE, generate
from tests.support.finance.statements.paying import numbers, words
from tests.support.readers import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import Service, StandIn

LINK = re.compile(r'href="(/finance/statements/[A-Za-z0-9_-]{22})">(2024-[0-9]{5})<')


@pytest.fixture
def finance(database_url: str, stand_in: StandIn) -> Iterator[Colleague]:
    """Somebody of finance, and two months of 2024 in the books."""
    with running_service(database_url, stand_in, newsroom_time_zone=str(ZONE)) as service:
        generate(service.database, months=2, supporters=160)
        yield a_colleague(service, "finance")


def payers(service: Service) -> list[Supporter]:
    """Who paid, by number."""
    with service.database.reading() as session:
        paid = sa.select(Payment.supporter_id).distinct()
        return list(session.scalars(sa.select(Supporter).where(Supporter.id.in_(paid)).order_by(Supporter.id)))


def issue(finance: Colleague, supporter: Supporter, how: str = "") -> str:
    """Issue a statement of 2024; its page."""
    answer = finance.send("/finance/statements/issue", supporter=how or str(supporter.id), year="2024")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def acts(service: Service) -> list[tuple[str, str, str]]:
    """What staff did about statements."""
    return [(one.action, one.about, one.detail) for one in rows(service, AuditLine) if "statement" in one.action]


def test_issued_voided_and_reissued_with_reasons_in_the_audit(finance: Colleague) -> None:
    service = finance.service
    person, other = payers(service)[:2]
    assert person.email is not None
    first = issue(finance, person, person.email.upper())
    assert issue(finance, person) == first
    assert person.email in finance.get(first).text

    for reason in ("", "  ", "x" * 501):
        answer = finance.send(f"{first}/void", reason=reason)
        assert (answer.status_code, "reason" in answer.text) == (422, True)
    for _ in range(2):
        assert finance.send(f"{first}/void", reason="a wrong name").headers["Location"] == first
    assert "a wrong name" in words(finance.get(first).text)
    assert "VOID since" in words(finance.get(first).text)

    second = issue(finance, person)
    third = finance.send(f"{second}/reissue", reason="wrong again").headers["Location"]
    assert finance.send(f"{second}/reissue", reason="wrong again").headers["Location"] == third
    issue(finance, other)
    assert numbers(service) == ["(2024-00001)", "(2024-00002)", "2024-00003", "2024-00004"]
    assert "Replaces 2024-00002" in words(finance.get(third).text)
    about = f"supporter {person.id}"
    assert [one for one in acts(service) if one[0] != "looked at statement"] == [
        ("issued statement", about, "2024-00001"),
        ("voided statement", about, "2024-00001: a wrong name"),
        ("issued statement", about, "2024-00002"),
        ("reissued statement", about, "2024-00002 as 2024-00003: wrong again"),
        ("issued statement", f"supporter {other.id}", "2024-00004"),
    ]
    assert ("looked at statement", about, "2024-00003") in acts(service)


def test_what_cannot_be_issued_says_why_beside_its_field(finance: Colleague) -> None:
    person = payers(finance.service)[0]
    for supporter, year, why in (
        (str(person.id), "2099", "This year is not over yet."),
        (str(person.id), "2019", "Nothing was paid in this year."),
        (str(person.id), "24", "Use a year such as 2025."),
        ("999999999999999999", "2024", "There is no such supporter."),
        ("nobody@example.com", "2024", "There is no such supporter."),
        ("", "2024", "required"),
        ("x" * 321, "2024", "too long"),
    ):
        answer = finance.send("/finance/statements/issue", supporter=supporter, year=year)
        assert (answer.status_code, why in answer.text) == (422, True), (supporter[:9], year)
    assert numbers(finance.service) == []


def test_they_are_found_by_year_number_and_address_page_by_page(finance: Colleague) -> None:
    service = finance.service
    people = payers(service)[:53]
    assert len(people) == 53
    pages = [issue(finance, person) for person in people]

    listed: list[str] = []
    path = "/finance/statements?year=2024"
    while path:
        page = finance.get(path).text
        listed += [name for _, name in LINK.findall(page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert listed == [f"2024-{number:05d}" for number in range(53, 0, -1)]
    assert LINK.findall(finance.get("/finance/statements?year=2023").text) == []
    assert LINK.findall(finance.get("/finance/statements?year=").text)
    refused = finance.get("/finance/statements?year=abc")
    assert (refused.status_code, "Use a year such as 2025." in refused.text) == (422, True)
    for bad in ("year=24", "year=x", "after=x", "sought=2024-00001"):
        assert finance.get(f"/finance/statements?{bad}").status_code == 422

    def found(text: str) -> list[str]:
        answer = finance.send("/finance/statements", sought=text)
        assert answer.status_code == 200
        return [path for path, _ in LINK.findall(answer.text)]

    seventh = people[6]
    assert seventh.email is not None
    assert found("2024-00007") == found(seventh.email.upper()) == [pages[6]]
    assert found("2024-00077") == found("2024-7") == found("%%%") == []
    assert len(found("@example.com")) == 50
    for short in ("ab", "   "):
        assert finance.send("/finance/statements", sought=short).status_code == 422
    assert ("searched statements", "statements", "2024-00007") in acts(service)
    assert "example.com" not in words(finance.get("/finance/statements").text).partition("Issue one")[0]


def test_an_unknown_statement_is_not_found(finance: Colleague) -> None:
    issue(finance, payers(finance.service)[0])
    (statement,) = rows(finance.service, Statement)
    for key in ("1", statement.name, statement.public_id[:-1], "A" * 22):
        assert finance.get(f"/finance/statements/{key}").status_code == 404
        for verb in ("void", "reissue"):
            assert finance.send(f"/finance/statements/{key}/{verb}", reason="a reason").status_code == 404


def test_a_supporter_of_whom_nothing_is_left_is_an_erased_supporter(finance: Colleague) -> None:
    person = payers(finance.service)[0]
    path = issue(finance, person)
    with finance.service.database.transaction() as session:
        session.execute(sa.update(Supporter).where(Supporter.id == person.id).values(email=None, email_key=None))
    assert "Paid by erased supporter" in words(finance.get(path).text)


def test_merged_supporters_have_one_that_counts_and_reissue_it(finance: Colleague) -> None:
    service = finance.service
    kept, merged = payers(service)[:2]
    pages = [issue(finance, one) for one in (kept, merged)]
    act(a_colleague(service, "admin"), f"/finance/supporters/{kept.id}/merge/{merged.id}")

    assert numbers(service) == ["2024-00001", "(2024-00002)"]
    assert {one.supporter_id for one in rows(service, Statement)} == {kept.id}
    assert "The year has changed since" in finance.get(pages[0]).text
    new = finance.send(f"{pages[0]}/reissue", reason="merged").headers["Location"]
    assert numbers(service) == ["(2024-00001)", "(2024-00002)", "2024-00003"]
    assert "Replaces 2024-00001" in words(finance.get(new).text)
    with service.database.reading() as session:
        assert [one for one in differences(session) if one.about.startswith("statement")] == []
