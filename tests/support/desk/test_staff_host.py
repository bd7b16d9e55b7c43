"""With STAFF_HOST the staff's pages answer on that host alone, and nothing else does there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.services import running_service
from tests.support.desk.staffing import a_colleague, invite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import SqliteDatabases
    from tests.services import Service, StandIn

HOST = "desk.localhost"
READERS = ["/support", "/account/sign-in", "/widget.js", "/widget/campaign.json", "/.well-known/jwks.json", "/metrics"]
STAFFS = ["/staff", "/staff/sign-in", "/staff/audit", "/staff/invitation/x"]
BOTH = ["/healthz", "/readyz", "/static/css/desk.css"]


@pytest.fixture(scope="module")
def apart(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Service]:
    """A service with a host for its staff."""
    with running_service(sqlite_databases.new(), stand_in_server, staff_host=HOST) as running:
        yield running


def status(service: Service, path: str, host: str) -> int:
    port = service.url.rpartition(":")[2]
    headers = {"Host": f"{host}:{port}"}
    return requests.get(service.url + path, headers=headers, allow_redirects=False, timeout=30).status_code


@pytest.mark.parametrize("path", READERS)
def test_readers_pages_are_not_on_the_staffs_host(apart: Service, path: str) -> None:
    assert status(apart, path, "localhost") == 200
    assert status(apart, path, HOST) == 404


@pytest.mark.parametrize("path", STAFFS)
def test_the_staffs_pages_are_nowhere_else(apart: Service, path: str) -> None:
    assert status(apart, path, HOST) in {200, 303, 410}
    for other in ("localhost", "127.0.0.1", f"other.{HOST}"):
        assert status(apart, path, other) == 404


@pytest.mark.parametrize("path", BOTH)
def test_files_and_health_are_on_both(apart: Service, path: str) -> None:
    assert status(apart, path, HOST) == status(apart, path, "localhost") == 200


def test_an_unknown_host_gets_no_answer(apart: Service) -> None:
    assert status(apart, "/staff", "evil.example") == 400


def test_what_changes_something_is_not_there_either(apart: Service) -> None:
    port = apart.url.rpartition(":")[2]
    for path, host in (("/checkout", HOST), ("/webhooks/stripe", HOST), ("/staff/sign-out", "localhost")):
        assert requests.post(apart.url + path, headers={"Host": f"{host}:{port}"}, timeout=30).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_no_method_says_what_is_on_the_other_host(apart: Service, method: str) -> None:
    port = apart.url.rpartition(":")[2]
    for path, host in (("/checkout", HOST), ("/webhooks/stripe", HOST), ("/staff", "localhost"), ("/staff/x", HOST)):
        answer = requests.request(method, apart.url + path, headers={"Host": f"{host}:{port}"}, timeout=30)
        assert (answer.status_code, answer.headers.get("Allow")) == (404, None), path


def test_links_lead_there_and_somebody_joins_there(apart: Service) -> None:
    port = apart.url.rpartition(":")[2]
    assert invite(apart, "editor@example.com", "editor").startswith(f"http://{HOST}:{port}/staff/invitation/")


def test_without_the_setting_one_host_serves_all(sqlite_service: Service) -> None:
    assert a_colleague(sqlite_service, "finance").is_in()
    assert status(sqlite_service, "/support", "localhost") == 200
