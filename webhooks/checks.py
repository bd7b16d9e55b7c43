"""What the doctor looks at: the endpoint at Stripe, and whether events are worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from support.db import current_database
from support.errors import StripeRefused
from support.gateway import current_gateway
from support.gateway.calling import API_VERSION
from support.upkeep.diagnosis import Finding
from webhooks.handlers import HANDLERS
from webhooks.queries import inbox_health
from webhooks.rules import alarms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.settings import Settings
    from support.gateway.client import WebhookEndpoint

_ABOUT = "webhook endpoint"


def check_endpoint(path: str) -> Iterator[Finding]:
    """Stripe sends to `path` of PUBLIC_URL what we handle, and no more."""
    settings: Settings = current_app.extensions["settings"]
    url = f"{settings.public_url}{path}"
    try:
        ours = [one for one in current_gateway().webhook_endpoints() if one.url == url]
    except StripeRefused:
        yield Finding("warn", _ABOUT, "cannot be looked at: let the key read webhook endpoints")
        return
    if not any(one.is_enabled for one in ours):
        state = "is disabled at Stripe" if ours else "does not exist at Stripe (one for thin events is not seen here)"
        yield Finding("FAIL", _ABOUT, f"{url} {state}: see docs/stripe.md")
        return
    for endpoint in ours:
        yield from _of_endpoint(endpoint)


def _of_endpoint(endpoint: WebhookEndpoint) -> Iterator[Finding]:
    missing = sorted(HANDLERS.keys() - endpoint.types) if "*" not in endpoint.types else []
    needless = sorted(endpoint.types - HANDLERS.keys())
    if missing:
        yield Finding("FAIL", _ABOUT, f"is not sent {', '.join(missing)}: add them at Stripe")
    if needless:
        yield Finding("warn", _ABOUT, f"is sent what nothing follows from: {', '.join(needless)}")
    if endpoint.api_version not in {None, API_VERSION}:
        yield Finding("warn", _ABOUT, f"speaks {endpoint.api_version}, we {API_VERSION}: it works, but is worth a look")
    if not missing:
        yield Finding("ok", _ABOUT, f"is sent all {len(HANDLERS)} types")


def check_inbox() -> Iterator[Finding]:
    """Events are worked on as they come."""
    with current_database().reading() as session:
        found = alarms(inbox_health(session))
    for alarm in found:
        yield Finding("FAIL" if alarm.name == "waiting" else "warn", "events", f"{alarm.what}: {alarm.advice}")
    if not found:
        yield Finding("ok", "events", "none waits for long, none is parked")
