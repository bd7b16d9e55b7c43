"""Free access opens articles for one person until its end, whatever else that person has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from support.access.models import Grant
from support.accounts.models import Supporter
from support.campaigns.models import Plan
from tests.support.accounts.signing_in import sign_in
from tests.support.desk.acting import act, assert_refused, at_once, form, lines, submit, tomorrow
from tests.support.desk.staffing import a_colleague
from tests.support.readers import an_api_key, buy, change, rows

if TYPE_CHECKING:
    from typing import Any

    from tests.services import Service
    from tests.support.mailbox import Mailed

GRANTS = "/finance/grants"
READER = "Guest@example.com"


def wish(**fields: str) -> dict[str, str]:
    return {"email": READER, "until": tomorrow(), "reason": "wrote for us", **fields}


def is_member(service: Service, email: str) -> dict[str, Any]:
    key = {"Authorization": f"Bearer {an_api_key(service)}"}
    url = f"{service.url}/api/v1/memberships/check"
    found: dict[str, Any] = requests.post(url, json={"email": email}, headers=key, timeout=30).json()
    return found


def test_an_editor_gives_a_stranger_access_and_takes_it_back(mailed: Mailed) -> None:
    editor = a_colleague(mailed, "editor")
    fields = form(editor, GRANTS) | wish()
    assert {one.status_code for one in at_once([(editor, GRANTS, fields)] * 2)} == {303}
    (supporter,) = rows(mailed, Supporter)
    assert (supporter.email, supporter.email_proven_at) == (READER, None)
    assert READER in editor.get(GRANTS).text

    reader = sign_in(mailed, READER.lower())
    answer = mailed.access(reader)
    assert (answer["access"], answer["reason"], answer["plan"]) == ("granted", "grant", None)
    assert answer["pass"]
    assert "to read free, until" in reader.get(f"{mailed.url}/account", timeout=30).text
    found = is_member(mailed, READER)
    assert (found["member"], found["reason"]) == (True, "grant")
    assert mailed.access(mailed.browser())["access"] == "denied"

    page = f"{GRANTS}/1"
    assert "articles close" in editor.get(page).text
    for _ in range(2):
        assert act_once(mailed, editor, page) == 303
    assert mailed.access(reader)["access"] == "denied"
    assert is_member(mailed, READER)["member"] is False
    assert [line[1:] for line in lines(mailed)] == [
        ("granted access", "supporter 1"),
        ("revoked access", "supporter 1"),
    ]


def act_once(service: Service, editor: Any, page: str) -> int:
    fields = form(editor, GRANTS) | {"attempt": "a" * 43}
    status: int = submit(editor, f"{page}/revoke", fields).status_code
    return status


def test_an_editor_does_not_learn_by_a_grant_who_pays_and_until_when(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser(), email=READER)
    editor, admin = a_colleague(sqlite_service, "editor"), a_colleague(sqlite_service, "admin")
    act(editor, GRANTS, **wish())
    stranger = "stranger@example.com"
    act(editor, GRANTS, **wish(email=stranger))
    pages = [editor.get(f"{GRANTS}/{number}").text for number in (1, 2)]
    of_one, of_other = (re.findall("<dt>Access</dt>(.*)", page) for page in pages)
    assert of_one == of_other != []
    assert "as before" in admin.get(f"{GRANTS}/1").text


def test_it_ends_by_itself(mailed: Mailed) -> None:
    act(a_colleague(mailed, "admin"), GRANTS, **wish())
    reader = sign_in(mailed, READER)
    assert mailed.access(reader)["access"] == "granted"
    change(mailed, Grant, ends_at=rows(mailed, Grant)[0].granted_at)
    assert mailed.access(reader)["access"] == "denied"


def test_what_was_paid_for_stays_whatever_becomes_of_the_grant(sqlite_mailed: Mailed) -> None:
    buy(sqlite_mailed, sqlite_mailed.browser(), email=READER)
    admin = a_colleague(sqlite_mailed, "admin")
    act(admin, "/finance/supporters/1/grant", GRANTS, **wish())
    reader = sign_in(sqlite_mailed, READER)
    act(admin, f"{GRANTS}/1", f"{GRANTS}/1/revoke")
    answer = sqlite_mailed.access(reader)
    assert (answer["access"], answer["reason"]) == ("granted", "member")


def test_any_plan_opens_what_only_some_plans_open_by_a_pass_for_that_article(
    sqlite_mailed: Mailed, tmp_path: Any
) -> None:
    rules = tmp_path / "gate.toml"
    rules.write_text('default = "members"\n[[rule]]\npath = "/yearly/*"\npolicy = "members"\nplans = ["yearly"]\n')
    assert sqlite_mailed.app.test_cli_runner().invoke(args=["gate", "load", str(rules)]).exit_code == 0
    admin = a_colleague(sqlite_mailed, "admin")
    monthly_plan = next(str(plan.id) for plan in rows(sqlite_mailed, Plan) if plan.slug == "monthly")
    act(admin, GRANTS, **wish())
    act(admin, GRANTS, **wish(email="monthly@example.com", plan=monthly_plan))
    assert sqlite_mailed.access(sign_in(sqlite_mailed, READER), "/yearly/one")["access"] == "granted"
    monthly = sign_in(sqlite_mailed, "monthly@example.com")
    assert sqlite_mailed.access(monthly, "/yearly/one")["access"] == "denied"
    assert sqlite_mailed.access(monthly)["plan"] == "monthly"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"email": "nobody"}, "Enter one e-mail address"),
        ({"until": "2020-01-01"}, "from today to five years"),
        ({"until": "2999-01-01"}, "from today to five years"),
        ({"until": "soon"}, "Enter a day"),
        ({"reason": ""}, 'id="reason-about" role="alert"'),
        ({"reason": "   "}, 'id="reason-about" role="alert"'),
        ({"plan": "999"}, "There is no such plan"),
        ({"plan": "x"}, 'id="plan-about" role="alert"'),
        ({"locale": "xx"}, 'id="locale-about" role="alert"'),
    ],
)
def test_what_cannot_be_granted_is_named(sqlite_service: Service, fields: dict[str, str], named: str) -> None:
    answer = act(a_colleague(sqlite_service, "editor"), GRANTS, **wish(**fields))
    assert answer.status_code == 422
    assert named in answer.text
    assert [*rows(sqlite_service, Grant), *rows(sqlite_service, Supporter), *lines(sqlite_service)] == []


def test_it_is_for_editors_and_admins_with_the_key_of_their_page(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser())
    finance, editor = a_colleague(sqlite_service, "finance"), a_colleague(sqlite_service, "editor")
    assert_refused(finance, GRANTS, **wish())
    assert editor.get("/finance/supporters/1/grant").status_code == 403, "no address for a number"
    assert submit(editor, GRANTS, form(editor, GRANTS) | wish() | {"form_key": ""}).status_code == 403
    assert [*rows(sqlite_service, Grant), *lines(sqlite_service)] == []


def test_it_is_forgotten_with_the_person(kept: Mailed) -> None:
    act(a_colleague(kept, "editor"), GRANTS, **wish())
    done = kept.app.test_cli_runner().invoke(args=["erase", READER, "--yes"])
    assert done.exit_code == 0, done.output
    assert rows(kept, Grant) == []
