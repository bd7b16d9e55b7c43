"""What every answer says to browsers and caches: one table, one row per address, asserted over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import requests

from tests.architecture.test_guards import guards_of
from tests.services import NEWS

if TYPE_CHECKING:
    from requests.structures import CaseInsensitiveDict

    from tests.services import Service

NO_STORE = "no-store"


@dataclass(frozen=True)
class Kind:
    """A class of addresses. `allow_origin` is for a request from NEWS; None: no script of another site reads it.

    `forms_to`: how each target of forms begins, ourselves and Stripe; `script`: where scripts come from.
    """

    cache_control: str = NO_STORE
    allow_origin: str | None = None
    is_page: bool = False
    resource_policy: str = "same-origin"
    forms_to: tuple[str, ...] = ("'self'", "http")
    script: str = "'self'"


PAGE = Kind(is_page=True)
PROGRAM = Kind()
STAFF = Kind(forms_to=("'self'",), script="'none'")
STAFF_PAGE = Kind(is_page=True, forms_to=("'self'",), script="'none'")
SITE = Kind(allow_origin=NEWS, resource_policy="cross-origin")
STATIC = Kind(cache_control="no-cache")
SCRIPT = Kind("public, max-age=300, stale-while-revalidate=86400", "*", resource_policy="cross-origin")
CAMPAIGN = Kind("public, max-age=60", "*", resource_policy="cross-origin")
KEYS = Kind("public, max-age=300", "*", resource_policy="cross-origin")

# {address of the map: (method, address to ask, its class)}
TABLE = {
    "/static/<path:filename>": ("GET", "/static/css/support.css", STATIC),
    "/healthz": ("GET", "/healthz", PROGRAM),
    "/readyz": ("GET", "/readyz", PROGRAM),
    "/metrics": ("GET", "/metrics", PROGRAM),
    "/checkout": ("POST", "/checkout", PAGE),
    "/api/v1/access": ("GET", "/api/v1/access?article=/a", SITE),
    "/pass": ("GET", "/pass?return_to=/a&code_challenge=" + "a" * 43, PROGRAM),
    "/api/v1/passes": ("POST", "/api/v1/passes", SITE),
    "/api/v1/memberships/check": ("POST", "/api/v1/memberships/check", SITE),
    "/.well-known/jwks.json": ("GET", "/.well-known/jwks.json", KEYS),
    "/support": ("GET", "/support", PAGE),
    "/checkout/thanks": ("GET", "/checkout/thanks?session_id=cs_unknown", PAGE),
    "/checkout/<public_id>": ("GET", "/checkout/unknown", PAGE),
    "/widget.js": ("GET", "/widget.js", SCRIPT),
    "/widget/campaign.json": ("GET", "/widget/campaign.json", CAMPAIGN),
    "/webhooks/stripe": ("POST", "/webhooks/stripe", PROGRAM),
    "/account/sign-in": ("GET", "/account/sign-in", PAGE),
    "/account/code": ("GET", "/account/code", PAGE),
    "/account/link/<token>": ("GET", "/account/link/unknown", PAGE),
    "/account/help": ("GET", "/account/help", PAGE),
    "/account/sign-out": ("POST", "/account/sign-out", PAGE),
    "/account/sign-out-everywhere": ("POST", "/account/sign-out-everywhere", PAGE),
    "/account": ("GET", "/account", PROGRAM),
    "/account/memberships/<int(max=9223372036854775807):membership_id>/cancel": (
        "POST",
        "/account/memberships/1/cancel",
        PAGE,
    ),
    "/account/memberships/<int(max=9223372036854775807):membership_id>/stripe": (
        "POST",
        "/account/memberships/1/stripe",
        PAGE,
    ),
    "/account/stripe": ("POST", "/account/stripe", PAGE),
    "/account/payments/<int(max=9223372036854775807):payment_id>": ("GET", "/account/payments/1", PROGRAM),
    "/account/language": ("POST", "/account/language", PAGE),
    "/account/statements": ("GET", "/account/statements", PROGRAM),
    "/account/statements/so-far": ("GET", "/account/statements/so-far", PROGRAM),
    "/account/statements/<public_id>": ("GET", "/account/statements/unknown", PROGRAM),
    "/account/statements/<public_id>/reissue": ("POST", "/account/statements/unknown/reissue", PAGE),
    "/account/statements/<public_id>/pdf": ("GET", "/account/statements/unknown/pdf", PROGRAM),
    "/finance": ("GET", "/finance", STAFF),
    "/finance/reports/<name>": ("GET", "/finance/reports/income", STAFF),
    "/finance/payments": ("GET", "/finance/payments", STAFF),
    "/finance/payments/<int(max=9223372036854775807):payment_id>": ("GET", "/finance/payments/1", STAFF),
    "/finance/refunds": ("GET", "/finance/refunds", STAFF),
    "/finance/failures": ("GET", "/finance/failures", STAFF),
    "/finance/movements": ("GET", "/finance/movements", STAFF),
    "/finance/comings": ("GET", "/finance/comings", STAFF),
    "/finance/ledger": ("GET", "/finance/ledger", STAFF),
    "/finance/payouts/<stripe_payout_id>": ("GET", "/finance/payouts/po_1", STAFF),
    "/finance/supporters": ("GET", "/finance/supporters", STAFF),
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>": ("GET", "/finance/supporters/1", STAFF),
    "/finance/events": ("GET", "/finance/events", STAFF),
    "/finance/events/replay": ("POST", "/finance/events/replay", STAFF_PAGE),
    "/finance/events/differences": ("GET", "/finance/events/differences", STAFF),
    "/finance/events/differences/<int(max=9223372036854775807):run_id>": (
        "GET",
        "/finance/events/differences/1",
        STAFF,
    ),
    "/finance/events/<stripe_event_id>": ("GET", "/finance/events/evt_unknown", STAFF),
    "/finance/events/<stripe_event_id>/body": ("POST", "/finance/events/evt_unknown/body", STAFF_PAGE),
    "/finance/events/<stripe_event_id>/replay": ("POST", "/finance/events/evt_unknown/replay", STAFF_PAGE),
    "/finance/statements": ("GET", "/finance/statements", STAFF),
    "/finance/statements/issue": ("POST", "/finance/statements/issue", STAFF_PAGE),
    "/finance/statements/<public_id>": ("GET", "/finance/statements/unknown", STAFF),
    "/finance/statements/<public_id>/void": ("POST", "/finance/statements/unknown/void", STAFF_PAGE),
    "/finance/statements/<public_id>/reissue": ("POST", "/finance/statements/unknown/reissue", STAFF_PAGE),
    "/staff": ("GET", "/staff", STAFF),
    "/staff/audit": ("GET", "/staff/audit", STAFF),
    "/staff/sign-in": ("GET", "/staff/sign-in", STAFF_PAGE),
    "/staff/code": ("GET", "/staff/code", STAFF),
    "/staff/invitation/<token>": ("GET", "/staff/invitation/unknown", STAFF_PAGE),
    "/staff/authenticator": ("GET", "/staff/authenticator", STAFF_PAGE),
    "/staff/sign-out": ("POST", "/staff/sign-out", STAFF_PAGE),
    "/staff/sign-out-everywhere": ("POST", "/staff/sign-out-everywhere", STAFF_PAGE),
    "/staff/account": ("GET", "/staff/account", STAFF),
    "/staff/account/password": ("GET", "/staff/account/password", STAFF),
    "/staff/account/recovery-codes": ("GET", "/staff/account/recovery-codes", STAFF),
    "/staff/account/phone": ("GET", "/staff/account/phone", STAFF),
    "/staff/account/phone/new": ("GET", "/staff/account/phone/new", STAFF),
    "/staff/sign-ins": ("GET", "/staff/sign-ins", STAFF),
    "/staff/sign-ins/<int(max=9223372036854775807):sign_in_id>/end": ("POST", "/staff/sign-ins/1/end", STAFF_PAGE),
    "/staff/members": ("GET", "/staff/members", STAFF),
    "/staff/members/<int(max=9223372036854775807):staff_id>": ("GET", "/staff/members/1", STAFF),
    "/staff/members/<int(max=9223372036854775807):staff_id>/role": ("POST", "/staff/members/1/role", STAFF_PAGE),
    "/staff/members/<int(max=9223372036854775807):staff_id>/invitation": (
        "POST",
        "/staff/members/1/invitation",
        STAFF_PAGE,
    ),
    "/staff/members/<int(max=9223372036854775807):staff_id>/disable": ("POST", "/staff/members/1/disable", STAFF_PAGE),
    "/finance/payments/<int(max=9223372036854775807):payment_id>/refund": ("GET", "/finance/payments/1/refund", STAFF),
    "/finance/payments/<int(max=9223372036854775807):payment_id>/receipt": (
        "GET",
        "/finance/payments/1/receipt",
        STAFF,
    ),
    "/finance/refund-requests": ("GET", "/finance/refund-requests", STAFF),
    "/finance/refund-requests/<int(max=9223372036854775807):request_id>": ("GET", "/finance/refund-requests/1", STAFF),
    "/finance/memberships/<int(max=9223372036854775807):membership_id>/cancel": (
        "GET",
        "/finance/memberships/1/cancel",
        STAFF,
    ),
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>/notes": (
        "GET",
        "/finance/supporters/1/notes",
        STAFF,
    ),
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>/grant": (
        "GET",
        "/finance/supporters/1/grant",
        STAFF,
    ),
    "/finance/grants": ("GET", "/finance/grants", STAFF),
    "/finance/grants/<int(max=9223372036854775807):grant_id>": ("GET", "/finance/grants/1", STAFF),
    "/finance/grants/<int(max=9223372036854775807):grant_id>/revoke": ("POST", "/finance/grants/1/revoke", STAFF_PAGE),
    "/finance/supporters/<int(max=9223372036854775807):supporter_id>/merge": (
        "GET",
        "/finance/supporters/1/merge",
        STAFF,
    ),
    "/finance/supporters/<int(max=9223372036854775807):kept_id>/merge/<int(max=9223372036854775807):merged_id>": (
        "GET",
        "/finance/supporters/1/merge/2",
        STAFF,
    ),
}


def test_every_address_has_a_row(sqlite_service: Service) -> None:
    assert TABLE.keys() == guards_of(sqlite_service.app).keys()


@pytest.mark.parametrize("rule", TABLE)
def test_every_address_sends_the_headers_of_its_class(sqlite_service: Service, rule: str) -> None:
    method, address, kind = TABLE[rule]
    asked = {"Origin": NEWS, "Accept": "text/html,*/*"}
    answer = requests.request(method, sqlite_service.url + address, headers=asked, timeout=10, allow_redirects=False)
    headers = answer.headers

    assert answer.status_code < 500
    assert headers["Cache-Control"] == kind.cache_control
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers.get("Access-Control-Allow-Origin") == kind.allow_origin
    assert headers["Cross-Origin-Resource-Policy"] == kind.resource_policy
    assert_is_strict(headers["Content-Security-Policy"], kind)
    if kind.is_page:
        assert headers["Content-Type"].startswith("text/html")
    if headers["Content-Type"].startswith("text/html"):
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert_kept_answers_are_about_nobody(headers)


@pytest.mark.parametrize("address", ["/nowhere", "/widget/nowhere", "/api/v1/nowhere", "/support/x.css", "/checkout/"])
def test_errors_send_them_too(sqlite_service: Service, address: str) -> None:
    headers = requests.get(sqlite_service.url + address, timeout=10).headers

    assert headers["Cache-Control"] == NO_STORE
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert_is_strict(headers["Content-Security-Policy"])


def assert_is_strict(policy: str, kind: Kind = PAGE) -> None:
    """Scripts and styles only from our own files, no frames, no base, forms only where this class sends them."""
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert (rules["script-src"], rules["style-src"]) == (kind.script, "'self'")
    targets = rules["form-action"].split()
    assert all(target.startswith(start) for target, start in zip(targets, kind.forms_to, strict=True))
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "require-trusted-types-for" in rules


def assert_kept_answers_are_about_nobody(headers: CaseInsensitiveDict[str]) -> None:
    """What a shared cache may keep sets no cookie, and answers every origin the same."""
    if "public" in headers["Cache-Control"]:
        assert "Set-Cookie" not in headers
        assert "Access-Control-Allow-Credentials" not in headers


def test_a_loose_policy_and_a_kept_cookie_are_found() -> None:
    strict = (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'; style-src 'self'; "
        "form-action 'self' https://checkout.stripe.com; require-trusted-types-for 'script'"
    )
    assert_is_strict(strict)
    with pytest.raises(AssertionError):
        assert_is_strict(strict.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"))
    with pytest.raises(AssertionError):
        assert_kept_answers_are_about_nobody({"Cache-Control": "public", "Set-Cookie": "a=b"})  # type: ignore[arg-type]
