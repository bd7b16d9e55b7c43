"""The billing portal: sessions for one customer, configurations of what they may do there.

Evidence: Stripe API reference, "Portal Session" (url, flow) and "Portal Configuration" (features); Stripe docs,
"Integrate the customer portal".
Assumption: an account that never made a configuration has a default one that allows everything built here.
"""

from typing import Any

from demo.stripe.account import Account, token
from demo.stripe.errors import StripeError
from demo.stripe.listing import lists
from demo.stripe.metadata import merged
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.store import Json

CONFIGURATION = frozenset("business_profile default_return_url features login_page metadata name".split())
SESSION = frozenset("configuration customer flow_data locale return_url".split())
PARTS = ("subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm")
FEATURES: dict[str, Json] = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
BUILT_IN = {name: {"enabled": True} for name in ("invoice_history", "payment_method_update", "subscription_cancel")}


@operation("POST", "/v1/billing_portal/configurations")
def create_configuration(account: Account, call: Call) -> Json:
    require_built(call.params, CONFIGURATION)
    return _configuration(account, call.params)


@operation("POST", "/v1/billing_portal/configurations/{}")
def update_configuration(account: Account, call: Call) -> Json:
    require_built(call.params, CONFIGURATION | {"active"})
    found = account.find("billing_portal.configuration", call.ids[0])
    changes = {name: value or None for name, value in call.params.items() if name in {"default_return_url", "name"}}
    changes |= {"active": call.params["active"]} if "active" in call.params else {}
    changes["features"] = _features(found["features"], call.params.get("features", {}))
    changes["metadata"] = merged(found["metadata"], call.params.get("metadata", {}))
    account.update("billing_portal.configuration.updated", found, **changes, updated=account.now())
    return found


@operation("POST", "/v1/billing_portal/sessions")
def create_session(account: Account, call: Call) -> Json:
    params = call.params
    require_built(params, SESSION)
    if "customer" not in params:
        raise StripeError.missing("customer")
    customer = account.find("customer", params["customer"], "customer")
    chosen = params.get("configuration")
    configuration = (
        account.find("billing_portal.configuration", chosen, "configuration") if chosen else _default(account)
    )
    session = account.make(
        "billing_portal.session",
        configuration=configuration["id"],
        customer=customer["id"],
        flow=_flow(account, customer, params["flow_data"]) if "flow_data" in params else None,
        locale=params.get("locale"),
        return_url=params.get("return_url", configuration["default_return_url"]),
    )
    account.change(session, url=f"{call.base_url}/p/session/{session['id']}{token(24)}")
    account.emit("billing_portal.session.created", session)
    return session


def _default(account: Account) -> Json:
    found = account.store.select("billing_portal.configuration", {"$.is_default": [True]}, limit=1)
    return found[0] if found else _configuration(account, {"features": BUILT_IN}, is_default=True)


def _configuration(account: Account, params: Json, *, is_default: bool = False) -> Json:
    profile = dict.fromkeys(("headline", "privacy_policy_url", "terms_of_service_url"))
    made = account.create(
        "billing_portal.configuration",
        active=True,
        business_profile=profile | params.get("business_profile", {}),
        default_return_url=params.get("default_return_url"),
        features=_features(FEATURES, params["features"]),
        is_default=is_default,
        login_page={"enabled": False, "url": None},
        metadata=params.get("metadata", {}),
        name=params.get("name"),
        updated=account.now(),
    )
    account.emit("billing_portal.configuration.created", made)
    return made


def _features(known: Json, given: Json) -> Json:
    """What was given, over what was known, feature by feature and one level deeper."""
    return {name: _over(known[name], given.get(name, {})) for name in known}


def _over(known: Json, given: Json) -> Json:
    deeper = {name: known[name] | value for name, value in given.items() if isinstance(value, dict)}
    return known | given | deeper


def _flow(account: Account, customer: Json, given: Json) -> Json:
    kind = given["type"]
    if kind not in {"payment_method_update", "subscription_cancel"}:
        raise StripeError.not_built(f"the portal flow {kind}")
    about: Json = given.get(kind) or {}
    if kind == "subscription_cancel":
        require_built(about, {"subscription"}, "flow_data[subscription_cancel]")
        param = "flow_data[subscription_cancel][subscription]"
        if account.find("subscription", about.get("subscription", ""), param)["customer"] != customer["id"]:
            raise StripeError.invalid("The subscription belongs to another customer.", param=param)
    end: Json = given.get("after_completion", {"type": "portal_homepage"})
    details: dict[str, Any] = dict.fromkeys(("customer_update", *PARTS))
    return details | {
        "type": kind,
        "after_completion": {"hosted_confirmation": None, "redirect": None} | end,
        "subscription_cancel": {"retention": None} | about if kind == "subscription_cancel" else None,
    }


retrieves("billing_portal.configuration", "/v1/billing_portal/configurations/{}")
lists("billing_portal.configuration", "/v1/billing_portal/configurations", "active", "is_default")
