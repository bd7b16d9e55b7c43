"""gate.toml: in force within two seconds, or refused with one line that names the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.access.models import GateVersion
from tests.support.access.test_keys import within_two_seconds
from tests.support.readers import buy, rows

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.services import Service


def load(service: Service, file: Path, text: str) -> Result:
    """`flask gate load FILE`"""
    file.write_text(text, "utf-8")
    return service.app.test_cli_runner().invoke(args=["gate", "load", str(file)])


def test_new_rules_are_in_force_within_two_seconds(service: Service, tmp_path: Path) -> None:
    stranger, member = service.browser(), service.browser()
    buy(service, member)
    assert service.access(stranger, "/news/a")["access"] == "denied"
    assert service.access(member, "/yearly/a")["access"] == "granted"

    rules = """
        default = "open"
        [[rule]]
        path = "/yearly/*"
        policy = "members"
        plans = ["yearly"]
        [[rule]]
        path = "/articles/*"
        policy = "members"
    """
    done = load(service, tmp_path / "gate.toml", rules)

    assert done.exit_code == 0, done.output
    assert within_two_seconds(lambda: service.access(stranger, "/news/a")["access"] == "granted")
    assert service.access(stranger, "/articles/a")["access"] == "denied"
    assert service.access(member, "/articles/a")["access"] == "granted"
    assert service.access(member, "/yearly/a")["access"] == "denied"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("default = 'closed'", "default"),
        ("default = 1", "default"),
        ("defaults = 'open'", "defaults"),
        ("[[rule]]\npolicy = 'open'", "rule.0.path"),
        ("[[rule]]\npath = '/a'", "rule.0.policy"),
        ("[[rule]]\npath = 'a'\npolicy = 'open'", "rule.0.path"),
        ("[[rule]]\npath = '/a'\npolicy = 'metered'", "rule.0.policy"),
        ("[[rule]]\npath = '/a'\npolicy = 'open'\n[[rule]]\npath = '/b'\npolicy = 'Open'", "rule.1.policy"),
        ("[[rule]]\npath = '/a'\npolicy = 'open'\nplans = 'monthly'", "rule.0.plans"),
        ("[[rule]]\npath = '/a'\npolicy = 'open'\nsection = 'news'", "rule.0.section"),
        ("[[rule]", ""),
        ("\x00", ""),
    ],
)
def test_a_bad_file_gets_one_line_and_changes_nothing(
    sqlite_service: Service, tmp_path: Path, text: str, place: str
) -> None:
    before = len(rows(sqlite_service, GateVersion))
    done = load(sqlite_service, tmp_path / "gate.toml", text)
    assert done.exit_code == 1
    (line,) = done.output.strip().splitlines()
    assert f"gate.toml: {place}" in line
    assert len(rows(sqlite_service, GateVersion)) == before


def test_a_file_that_is_not_there_gets_one_line(sqlite_service: Service, tmp_path: Path) -> None:
    done = sqlite_service.app.test_cli_runner().invoke(args=["gate", "load", str(tmp_path / "none.toml")])
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1


def test_bytes_that_are_no_text_get_one_line(sqlite_service: Service, tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_bytes(b"\xff\xfe")
    done = sqlite_service.app.test_cli_runner().invoke(args=["gate", "load", str(tmp_path / "gate.toml")])
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1
