"""The dashboard: what is in the account, what was delivered, the clock and the fault switches. Forms, no scripts."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from demo.stripe import deliveries
from demo.stripe.account import Account
from demo.stripe.faults import BadField, Faults
from demo.stripe.pages import the_account
from demo.stripe.pages.control import move_clock
from demo.stripe.store import Json

NEWEST = 12
KINDS = (
    "checkout.session",
    "payment_intent",
    "charge",
    "refund",
    "customer",
    "subscription",
    "invoice",
    "dispute",
    "payout",
    "balance_transaction",
)
STEPS = {"One hour": 3600, "One day": 86400, "One month": 31 * 86400, "One year": 366 * 86400}


KINDS_TYPED: dict[type, type] = {bool: bool, str: str}

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
def show() -> str:
    return _page(the_account())


@blueprint.get("/objects/<stripe_id>")
def one(stripe_id: str) -> str:
    account = the_account()
    with account.transaction():
        document = account.store.find(stripe_id) or abort(404)
        return render_template("object.html", document=document, text=json.dumps(document, indent=2))


@blueprint.post("/clock")
def step() -> Response:
    account = the_account()
    move_clock(account, request.form.get("advance", type=int))
    return redirect("/", 303)


@blueprint.post("/faults")
def set_faults() -> Response:
    account = the_account()
    account.faults = Faults.parse({} if "clear" in request.form else _typed(request.form.to_dict()))
    return redirect("/", 303)


@blueprint.errorhandler(BadField)
def bad_field(error: BadField) -> tuple[str, int]:
    return _page(the_account(), problem=str(error)), 400


def _page(account: Account, problem: str | None = None) -> str:
    with account.transaction():
        tables = {kind: account.store.select(kind, {}, limit=NEWEST) for kind in KINDS}
        return render_template(
            "dashboard.html",
            problem=problem,
            tables={kind: found for kind, found in tables.items() if found},
            events=account.store.select("event", {}, limit=NEWEST),
            attempts=deliveries.log(account, NEWEST),
            waiting=deliveries.waiting(account),
            webhook=account.webhook,
            now=account.now(),
            offset=account.clock.offset,
            steps=STEPS,
            switches=_switches(account.faults),
        )


def _switches(faults: Faults) -> list[Json]:
    return [
        {"name": one.name, "value": getattr(faults, one.name), "is_switch": isinstance(one.default, bool)}
        for one in fields(Faults)
    ]


def _typed(form: dict[str, str]) -> dict[str, Any]:
    """The form's texts as the JSON values that `Faults.parse` expects; empty fields are left out."""
    kinds = {one.name: KINDS_TYPED.get(type(one.default), float) for one in fields(Faults)} | {"api_status": int}
    typed: dict[str, Any] = {}
    for name, text in form.items():
        if not text:
            continue
        try:
            typed[name] = kinds.get(name, str)(text)
        except ValueError:
            raise BadField(name, "must be a number") from None
    return typed


@blueprint.app_template_filter()
def moment(seconds: float) -> str:
    """Unix seconds as "2026-11-23 14:05:09" in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


@blueprint.app_template_filter()
def day(seconds: float) -> str:
    """Unix seconds as "2026-11-23"."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
