"""Webhook endpoints, event destinations, and thin events to read.

Evidence: Stripe API reference, "Webhook Endpoints", "Event Destinations" and "Events v2" (changes, snapshot_event).
"""

from dataclasses import asdict

from demo.stripe import API_VERSION
from demo.stripe.account import Account, token
from demo.stripe.errors import StripeError
from demo.stripe.hooks import MOST, Hook
from demo.stripe.listing import lists
from demo.stripe.metadata import merged
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.payloads import THIN_PREFIX, iso, thin
from demo.stripe.settings import OLDER_VERSION
from demo.stripe.store import Json

ENDPOINT = frozenset({"api_version", "description", "enabled_events", "metadata", "url"})
DESTINATION = frozenset(
    "description enabled_events event_payload events_from include metadata name snapshot_api_version type "
    "webhook_endpoint".split()
)


@operation("POST", "/v1/webhook_endpoints")
def create_endpoint(account: Account, call: Call) -> Json:
    """The one answer that shows the secret."""
    params = call.params
    require_built(params, ENDPOINT)
    endpoint = account.make(
        "webhook_endpoint",
        api_version=params.get("api_version"),
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=params.get("metadata") or {},
        status="enabled",
        url=_url(params["url"], "url"),
    )
    account.store.save(endpoint)
    secret = f"whsec_{token(32)}"
    version = _version(params.get("api_version"), "api_version")
    _register(
        account, Hook(endpoint["id"], endpoint["url"], secret, "snapshot", version, tuple(params["enabled_events"]))
    )
    return endpoint | {"secret": secret}


@operation("POST", "/v1/webhook_endpoints/{}")
def update_endpoint(account: Account, call: Call) -> Json:
    params = call.params
    require_built(params, ENDPOINT - {"api_version"} | {"disabled"})
    endpoint = account.find("webhook_endpoint", call.ids[0])
    changes = {name: params[name] or None for name in ("description",) if name in params}
    changes |= {name: params[name] for name in ("enabled_events", "url") if name in params}
    changes["metadata"] = merged(endpoint["metadata"], params.get("metadata", {}))
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    account.change(endpoint, **changes)
    kept = account.store.private(endpoint["id"])["hook"]
    kept |= {"url": endpoint["url"], "types": endpoint["enabled_events"] if endpoint["status"] == "enabled" else []}
    _register(account, Hook(**kept))
    return endpoint


@operation("DELETE", "/v1/webhook_endpoints/{}")
def delete_endpoint(account: Account, call: Call) -> Json:
    return _delete(account, account.find("webhook_endpoint", call.ids[0]))


@operation("DELETE", "/v2/core/event_destinations/{}")
def delete_destination(account: Account, call: Call) -> Json:
    return _delete(account, account.find("v2.core.event_destination", call.ids[0]))


def _delete(account: Account, document: Json) -> Json:
    left = {"id": document["id"], "object": document["object"], "deleted": True}
    account.store.forget(document["id"], left)
    account.forget_hooks()
    return left


@operation("POST", "/v2/core/event_destinations")
def create_destination(account: Account, call: Call) -> Json:
    params = call.params
    require_built(params, DESTINATION)
    if params["type"] != "webhook_endpoint":
        raise StripeError.not_built(f"event destinations of the type {params['type']}")
    url, secret = _url(params.get("webhook_endpoint", {}).get("url", ""), "webhook_endpoint[url]"), f"whsec_{token(32)}"
    is_thin = params["event_payload"] == "thin"
    version = None if is_thin else _version(params.get("snapshot_api_version"), "snapshot_api_version")
    now = iso(account.now())
    destination: Json = {
        "id": f"ed_test_{token(40)}",
        "object": "v2.core.event_destination",
        "created": now,
        "description": params.get("description", ""),
        "enabled_events": params["enabled_events"],
        "event_payload": params["event_payload"],
        "events_from": params.get("events_from", ["@self"]),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "name": params["name"],
        "snapshot_api_version": version,
        "status": "enabled",
        "status_details": None,
        "type": "webhook_endpoint",
        "updated": now,
        "webhook_endpoint": None,
    }
    account.store.save(destination)
    types = tuple(params["enabled_events"])
    _register(account, Hook(destination["id"], url, secret, params["event_payload"], version, types))
    shown = {"webhook_endpoint.signing_secret": ("signing_secret", secret), "webhook_endpoint.url": ("url", url)}
    asked = dict(shown[name] for name in params.get("include", []) if name in shown)
    return destination | {"webhook_endpoint": {"signing_secret": None, "url": None} | asked}


@operation("GET", "/v2/core/event_destinations/{}")
def retrieve_destination(account: Account, call: Call) -> Json:
    return account.find("v2.core.event_destination", call.ids[0])


@operation("GET", "/v2/core/events/{}")
def retrieve_thin(account: Account, call: Call) -> Json:
    """A thin event as it was sent, with what changed and its snapshot."""
    event = account.find("event", call.ids[0].replace(THIN_PREFIX, "evt_", 1))
    before = event["data"].get("previous_attributes", {})
    after = {name: event["data"]["object"].get(name) for name in before}
    changes = {"before": before, "after": after} if before else None
    return thin(event) | {"changes": changes, "snapshot_event": event["id"]}


def _register(account: Account, hook: Hook) -> None:
    account.store.keep_private(hook.id, hook=asdict(hook))
    account.forget_hooks()
    if len(account.hooks) > MOST:
        raise StripeError.invalid(f"You have reached the maximum of {MOST} webhook endpoints.")


def _url(url: str, param: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise StripeError.invalid("Not a valid URL", code="url_invalid", param=param)
    return url


def _version(version: str | None, param: str) -> str:
    if version not in {None, API_VERSION, OLDER_VERSION}:
        raise StripeError.invalid(f"The stand-in delivers {API_VERSION} and {OLDER_VERSION}.", param=param)
    return version or API_VERSION


retrieves("webhook_endpoint", "/v1/webhook_endpoints/{}")
lists("webhook_endpoint", "/v1/webhook_endpoints")
