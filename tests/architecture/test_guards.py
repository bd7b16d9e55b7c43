"""Every address names who may call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from support import guards
from support.guards import guard_of

if TYPE_CHECKING:
    from tests.services import Service

NUMBER = "int(max=9223372036854775807)"
ALL_STAFF = "staff finance editor admin"
FINANCE = "staff finance admin"

# Whoever adds an address says here who may call it, and reads the others meanwhile.
GUARDS = {
    "/static/<path:filename>": "anyone",
    "/healthz": "anyone",
    "/readyz": "anyone",
    "/metrics": "anyone",
    "/checkout": "anyone",
    "/api/v1/access": "reader",
    "/pass": "reader",
    "/api/v1/passes": "reader",
    "/api/v1/memberships/check": "site_server",
    "/.well-known/jwks.json": "anyone",
    "/support": "anyone",
    "/checkout/thanks": "reader",
    "/checkout/<public_id>": "reader",
    "/widget.js": "anyone",
    "/widget/campaign.json": "anyone",
    "/webhooks/stripe": "stripe",
    "/account/sign-in": "our_page",
    "/account/code": "our_page",
    "/account/link/<token>": "our_page",
    "/account/help": "our_page",
    "/account/sign-out": "supporter",
    "/account/sign-out-everywhere": "supporter",
    "/account": "supporter",
    "/account/memberships/<int(max=9223372036854775807):membership_id>/cancel": "supporter",
    "/account/memberships/<int(max=9223372036854775807):membership_id>/stripe": "supporter",
    "/account/stripe": "supporter",
    "/account/payments/<int(max=9223372036854775807):payment_id>": "supporter",
    "/account/language": "supporter",
    "/account/statements": "supporter",
    "/account/statements/so-far": "supporter",
    "/account/statements/<public_id>": "supporter",
    "/account/statements/<public_id>/reissue": "supporter",
    "/account/statements/<public_id>/pdf": "supporter",
    "/finance": ALL_STAFF,
    "/finance/reports/<name>": ALL_STAFF,
    "/finance/payments": FINANCE,
    "/finance/payments/<int(max=9223372036854775807):payment_id>": FINANCE,
    "/finance/refunds": FINANCE,
    "/finance/failures": FINANCE,
    "/finance/movements": FINANCE,
    "/finance/comings": FINANCE,
    "/finance/ledger": FINANCE,
    "/finance/payouts/<stripe_payout_id>": FINANCE,
    "/finance/supporters": FINANCE,
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>": FINANCE,
    "/finance/events": FINANCE,
    "/finance/events/replay": FINANCE,
    "/finance/events/differences": FINANCE,
    "/finance/events/differences/<int(max=9223372036854775807):run_id>": FINANCE,
    "/finance/events/<stripe_event_id>": FINANCE,
    "/finance/events/<stripe_event_id>/body": "staff admin",
    "/finance/events/<stripe_event_id>/replay": FINANCE,
    "/finance/statements": "staff finance admin",
    "/finance/statements/issue": "staff finance admin",
    "/finance/statements/<public_id>": "staff finance admin",
    "/finance/statements/<public_id>/void": "staff finance admin",
    "/finance/statements/<public_id>/reissue": "staff finance admin",
    "/staff": ALL_STAFF,
    "/staff/audit": "staff admin",
    "/staff/sign-in": "our_page",
    "/staff/code": "our_page",
    "/staff/invitation/<token>": "our_page",
    "/staff/authenticator": "our_page",
    "/staff/sign-out": ALL_STAFF,
    "/staff/sign-out-everywhere": ALL_STAFF,
    "/staff/account": ALL_STAFF,
    "/staff/account/password": ALL_STAFF,
    "/staff/account/recovery-codes": ALL_STAFF,
    "/staff/account/phone": ALL_STAFF,
    "/staff/account/phone/new": ALL_STAFF,
    "/staff/sign-ins": ALL_STAFF,
    "/staff/sign-ins/<int(max=9223372036854775807):sign_in_id>/end": ALL_STAFF,
    "/staff/members": "staff admin",
    "/staff/members/<int(max=9223372036854775807):staff_id>": "staff admin",
    "/staff/members/<int(max=9223372036854775807):staff_id>/role": "staff admin",
    "/staff/members/<int(max=9223372036854775807):staff_id>/invitation": "staff admin",
    "/staff/members/<int(max=9223372036854775807):staff_id>/disable": "staff admin",
    "/finance/payments/<int(max=9223372036854775807):payment_id>/refund": "staff finance admin",
    "/finance/payments/<int(max=9223372036854775807):payment_id>/receipt": "staff finance admin",
    "/finance/refund-requests": "staff finance admin",
    "/finance/refund-requests/<int(max=9223372036854775807):request_id>": "staff finance admin",
    "/finance/memberships/<int(max=9223372036854775807):membership_id>/cancel": "staff finance admin",
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>/notes": "staff finance admin",
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>/grant": "staff admin",
    "/finance/grants": "staff editor admin",
    "/finance/grants/<int(max=9223372036854775807):grant_id>": "staff editor admin",
    "/finance/grants/<int(max=9223372036854775807):grant_id>/revoke": "staff editor admin",
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>/merge": "staff admin",
    f"/finance/supporters/<{NUMBER}:kept_id>/merge/<{NUMBER}:merged_id>": "staff admin",
}


def guards_of(app: Flask) -> dict[str, str | None]:
    """{address: the guard that its view names, or None}"""
    return {rule.rule: guard_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}


def test_every_address_names_its_guard(sqlite_service: Service) -> None:
    assert guards_of(sqlite_service.app) == GUARDS


def test_a_view_that_names_nobody_is_found() -> None:
    app = Flask(__name__)
    guards.init_app(app)
    app.add_url_rule("/open", view_func=guards.anyone(lambda: "for anyone"), endpoint="open")
    app.add_url_rule("/forgotten", view_func=lambda: "for whom?")

    assert guards_of(app) == {"/static/<path:filename>": "anyone", "/open": "anyone", "/forgotten": None}


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer nsk_00000000_0", "Basic bnNrOg==", "bearer ключ"]
)
def test_what_is_for_the_sites_server_refuses_everyone_without_a_key(
    sqlite_service: Service, authorization: str
) -> None:
    client = sqlite_service.app.test_client()
    for address in [address for address, guard in GUARDS.items() if guard == "site_server"]:
        for method in ("GET", "POST", "PUT", "DELETE"):
            headers = {"Authorization": authorization} if authorization else {}
            answer = client.open(address, method=method, headers=headers, json={"email": "reader@example.com"})
            assert answer.status_code in {401, 405}, (address, method)
            if answer.status_code == 401:
                assert answer.headers["WWW-Authenticate"] == "Bearer"
