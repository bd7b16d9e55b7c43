"""Links come from PUBLIC_URL alone: a forged host gets no answer, or one that does not show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.services import Service

EVIL = "evil.example"
PAGES = ["/support", "/checkout/thanks?session_id=cs_unknown", "/widget/campaign.json", "/nowhere", "/healthz"]


@pytest.mark.parametrize(
    "host", [EVIL, f"localhost.{EVIL}", f"{EVIL}:80", "", "localhost@evil.example", "evil\\.example"]
)
@pytest.mark.parametrize("address", PAGES)
def test_a_forged_host_is_refused(sqlite_service: Service, host: str, address: str) -> None:
    answer = requests.get(sqlite_service.url + address, headers={"Host": host}, timeout=10, allow_redirects=False)
    assert answer.status_code == 400
    assert EVIL not in answer.text + str(answer.headers)


FORWARDED = [
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Server": EVIL},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"},
    {"X-Original-Host": EVIL, "X-Host": EVIL},
    {"Forwarded": f"host={EVIL};proto=https"},
    {"X-Forwarded-Prefix": f"//{EVIL}"},
    {"X-Rewrite-URL": f"http://{EVIL}/", "X-Original-URL": "/healthz"},
    {"Origin": f"http://{EVIL}", "Referer": f"http://{EVIL}/"},
]


@pytest.mark.parametrize("headers", FORWARDED, ids=lambda headers: next(iter(headers)))
@pytest.mark.parametrize("address", PAGES)
def test_forwarding_headers_change_nothing(sqlite_service: Service, headers: dict[str, str], address: str) -> None:
    plain = requests.get(sqlite_service.url + address, timeout=10, allow_redirects=False)
    forged = requests.get(sqlite_service.url + address, headers=headers, timeout=10, allow_redirects=False)

    assert forged.status_code == plain.status_code
    assert EVIL not in forged.text + str(forged.headers)


@pytest.mark.parametrize("headers", FORWARDED, ids=lambda headers: next(iter(headers)))
def test_stripe_sends_readers_back_to_public_url(sqlite_service: Service, headers: dict[str, str]) -> None:
    ask = {"currency": "EUR", "interval": "once", "amount": "10"}
    accept = {"Accept": "application/json"}
    answer = requests.post(f"{sqlite_service.url}/checkout", ask, headers=headers | accept, timeout=10)
    assert answer.status_code == 201

    session_id = answer.json()["url"].rpartition("/")[2]
    stripe = sqlite_service.stand_in.base
    session = requests.get(f"{stripe}/v1/checkout/sessions/{session_id}", auth=("sk_test_tests", ""), timeout=10).json()
    assert session["success_url"].startswith(f"{sqlite_service.settings.public_url}/checkout/thanks?")
    assert session["cancel_url"] == f"{sqlite_service.settings.public_url}/support"
