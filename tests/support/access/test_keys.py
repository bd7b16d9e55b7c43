"""The keys that sign passes: published, replaced, and locked with SECRET_KEY."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from config.settings import SettingsError
from support import clock
from support.access.keys import load_keys
from support.access.models import SigningKey
from tests.databases import ENVIRONMENT
from tests.services import Service, StandIn, running_service
from tests.support.access.jwts import parts
from tests.support.readers import buy, change, rows

if TYPE_CHECKING:
    from collections.abc import Callable

NEW_SECRET = "another secret key that only the tests know"


def jwks(service: Service) -> dict[str, dict[str, Any]]:
    """The published keys by their kid."""
    answer = requests.get(f"{service.url}/.well-known/jwks.json", timeout=10)
    return {key["kid"]: key for key in answer.json()["keys"]}


def within_two_seconds(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so in the time that memory may lag, and a little."""
    ends_at = time.monotonic() + 6
    while not is_so():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.1)
    return True


def opens(service: Service, token: str) -> bool:
    answer = service.access(requests.Session(), Authorization=f"Bearer {token}")
    return bool(answer["access"] == "granted")


def test_only_public_parts_are_published(sqlite_service: Service) -> None:
    (key,) = jwks(sqlite_service).values()
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")


def test_the_private_part_is_kept_encrypted(sqlite_service: Service) -> None:
    (row,) = rows(sqlite_service, SigningKey)
    assert b"PRIVATE KEY" not in row.encrypted
    assert row.encrypted.startswith(b"gAAAA")


def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader)
    old = sqlite_service.access(reader)["pass"]
    old_kid = parts(old)[0]["kid"]

    new_kid = sqlite_service.app.test_cli_runner().invoke(args=["passes", "rotate"]).output.strip()

    assert new_kid != old_kid
    assert within_two_seconds(lambda: parts(sqlite_service.access(reader)["pass"])[0]["kid"] == new_kid)
    assert opens(sqlite_service, old)
    assert opens(sqlite_service, sqlite_service.access(reader)["pass"])
    assert jwks(sqlite_service).keys() == {old_kid, new_kid}

    with sqlite_service.database.transaction() as session:
        session.get_one(SigningKey, old_kid).retired_at = clock.now() - timedelta(minutes=31)
    assert within_two_seconds(lambda: jwks(sqlite_service).keys() == {new_kid})
    assert not opens(sqlite_service, old)


def test_a_new_secret_key_with_the_old_one_to_fall_back_on_changes_nothing_for_readers(
    sqlite_url: str, stand_in: StandIn
) -> None:
    with running_service(sqlite_url, stand_in) as service:
        reader = service.browser()
        buy(service, reader)
        begun = service.browser()
        buy(service, begun, email="other@example.com")
        cookies = [one for one in reader.cookies if one.name.startswith("support_checkout")]
        assert cookies

    rotated = {"secret_key": NEW_SECRET, "secret_key_fallbacks": ENVIRONMENT["SECRET_KEY"]}
    with running_service(sqlite_url, stand_in, **rotated) as service:
        assert service.access(reader)["access"] == "granted"
        fresh = service.browser()
        buy(service, fresh, email="third@example.com")

    without = {"secret_key": ENVIRONMENT["SECRET_KEY"], "secret_key_fallbacks": NEW_SECRET}
    with running_service(sqlite_url, stand_in, **without) as service:
        # What the new key signed is good only where the new key is known: it did sign.
        assert service.access(fresh)["access"] == "granted"
    with running_service(sqlite_url, stand_in) as service:
        assert service.access(fresh)["access"] == "denied"
        assert service.access(reader)["access"] == "granted"


def test_a_secret_key_that_opens_no_key_is_named(sqlite_url: str, stand_in: StandIn) -> None:
    with (
        running_service(sqlite_url, stand_in, secret_key=NEW_SECRET) as service,
        service.database.reading() as session,
        pytest.raises(SettingsError) as refusal,
    ):
        load_keys(session, service.settings, clock.now())
    assert str(refusal.value).startswith("SECRET_KEY: ")
    assert NEW_SECRET not in str(refusal.value)


def test_a_key_whose_only_wrong_is_its_age_verifies_for_half_an_hour(sqlite_service: Service) -> None:
    change(sqlite_service, SigningKey, created_at=clock.now() - timedelta(days=1000))
    assert len(jwks(sqlite_service)) == 1
