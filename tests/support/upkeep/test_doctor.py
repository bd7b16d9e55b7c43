"""The doctor says what is right, what is not, and what to do, and gives nothing away."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from support import clock
from support.access.models import SigningKey
from support.campaigns.models import Campaign
from support.chores import Chore
from tests.databases import flask
from tests.services import running_service, running_stand_in
from tests.support.mailbox import Mailed, running_mailed
from tests.support.readers import STRIPE_KEY, change
from tests.support.upkeep.people import run
from tests.webhooks.events import a_body, post
from webhooks.handlers import HANDLERS
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services import Service

WISHES = {
    "newsroom_terms_url": "http://localhost:8000/terms",
    "newsroom_privacy_url": "http://localhost:8000/privacy",
    "newsroom_legal": "The Test Courier, Tax number 1",
    "mail_from": "support@courier.example.org",
    "alarm_mail": "ops@courier.example.org",
}


@pytest.fixture
def well(database_url: str, tmp_path: Path) -> Iterator[Mailed]:
    """Everything is as it should be, but that it runs on this machine."""
    with (
        running_stand_in() as stand_in,
        running_mailed(database_url, stand_in, erase_log=tmp_path / "erase.log", **WISHES) as running,
    ):
        make_endpoint(running, sorted(HANDLERS))
        with running.database.transaction() as session:
            for duty in running.app.extensions["chores"].duties:
                session.add(Chore(name=duty.name, done_at=clock.now().timestamp()))
        yield running


def make_endpoint(service: Service, types: list[str]) -> str:
    """A webhook endpoint at Stripe, as docs/stripe.md says; its id."""
    asked = {"url": f"{service.settings.public_url}/webhooks/stripe", "enabled_events[]": types}
    made = requests.post(f"{service.stand_in.base}/v1/webhook_endpoints", asked, auth=STRIPE_KEY, timeout=30)
    assert made.status_code == 200, made.text
    return str(made.json()["id"])


def findings(said: str) -> dict[str, str]:
    """{what it is about: the verdict}; the worst, where there are several."""
    found: dict[str, str] = {}
    for line in said.splitlines():
        matched = re.match(r"(ok|warn|FAIL) +([^:]+): ", line)
        if matched and found.get(matched[2]) != "FAIL":
            found[matched[2]] = matched[1]
    return found


def test_all_is_well(well: Mailed) -> None:
    code, said = run(well, "doctor")
    found = findings(said)
    assert code == 0, said
    assert {about for about, verdict in found.items() if verdict != "ok"} == {"PUBLIC_URL"}
    expected = "database, signing keys, ERASE_LOG, STRIPE_API_KEY, clock, MAIL_URL, campaign, chores, webhook endpoint"
    assert set(expected.split(", ")) | {"events"} <= found.keys()
    assert well.letters == []


def test_what_is_wrong_is_named(well: Mailed) -> None:
    assert post(well, a_body()).status_code == 200
    long_ago = clock.now() - timedelta(days=30)
    change(well, StripeEvent, due_at=long_ago.timestamp())
    change(well, Chore, done_at=long_ago.timestamp())
    change(well, Campaign, ends_at=long_ago)
    change(well, SigningKey, encrypted=b"of another key")
    well.settings.erase_log.unlink(missing_ok=True)
    well.settings.erase_log.mkdir()

    code, said = run(well, "doctor")

    found = findings(said)
    assert code == 1
    assert {name for name, verdict in found.items() if verdict == "FAIL"} == {"ERASE_LOG", "signing keys", "events"}
    assert {name for name, verdict in found.items() if verdict == "warn"} == {"PUBLIC_URL", "campaign", "chores"}
    change(well, StripeEvent, state="parked")
    assert findings(run(well, "doctor")[1])["events"] == "warn"


def test_an_endpoint_that_is_missing_disabled_or_wrong_is_named(sqlite_kept: Mailed) -> None:
    settings = sqlite_kept.settings
    with (
        running_stand_in() as stand_in,
        running_service(settings.database_url, stand_in, erase_log=settings.erase_log) as service,
    ):
        assert "does not exist at Stripe" in run(service, "doctor")[1]
        endpoint = make_endpoint(service, ["charge.succeeded", "customer.created"])
        said = run(service, "doctor")[1]
        assert re.search(r"FAIL +webhook endpoint: is not sent .*invoice\.paid", said)
        assert re.search(r"warn +webhook endpoint: .*customer\.created", said)
        url = f"{stand_in.base}/v1/webhook_endpoints/{endpoint}"
        assert requests.post(url, {"disabled": "true"}, auth=STRIPE_KEY, timeout=30).status_code == 200
        assert "is disabled at Stripe" in run(service, "doctor")[1]


def test_nothing_answers_and_nothing_is_given_away() -> None:
    secrets = {
        "DATABASE_URL": "postgresql://user:do-not-show@127.0.0.1:9/none",
        "MAIL_URL": "smtp://user:do-not-show@127.0.0.1:9",
        "STRIPE_API_KEY": "sk_test_do-not-show",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }
    done = flask("doctor", **secrets, ERASE_LOG="/dev/full/erase.log")  # type: ignore[arg-type]
    found = findings(done.stdout)
    assert done.returncode == 1
    failed = {"database", "ERASE_LOG", "STRIPE_API_KEY", "MAIL_URL", "webhook endpoint", "events"}
    assert failed <= {name for name, verdict in found.items() if verdict == "FAIL"}, done.stdout
    assert "do-not-show" not in done.stdout + done.stderr
    absent = {
        "MAIL_FROM",
        "NEWSROOM_CONTACT",
        "NEWSROOM_TERMS_URL",
        "NEWSROOM_PRIVACY_URL",
        "NEWSROOM_LEGAL",
        "ALARM_MAIL",
    }
    assert absent <= {name for name, verdict in found.items() if verdict == "warn"}


def test_a_database_that_is_behind_is_named(sqlite_kept: Mailed) -> None:
    assert run(sqlite_kept, "db", "downgrade", "0003")[0] == 0
    code, said = run(sqlite_kept, "doctor")
    assert (code, findings(said)["database"]) == (1, "FAIL")
    assert "flask db upgrade" in said
