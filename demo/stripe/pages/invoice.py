"""The hosted invoice page: what is owed, 3-D Secure if the bank asks for it, another card if the old one failed.

Evidence: Stripe docs, "Hosted Invoice Page" (hosted_invoice_url; pay, authenticate, see what was paid).
"""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from demo.stripe import collection, invoicing
from demo.stripe.account import Account
from demo.stripe.cards import CARDS
from demo.stripe.endpoints.payment_methods import replace_card
from demo.stripe.faults import BadField
from demo.stripe.pages import the_account
from demo.stripe.pages.cards import card_typed
from demo.stripe.store import Json

Page = str | tuple[str, int] | Response

blueprint = Blueprint("invoice", __name__, url_prefix="/i")


@blueprint.get("/<invoice_id>")
def show(invoice_id: str) -> Page:
    account = the_account()
    with account.transaction():
        return _page(account, _invoice(account, invoice_id), {}, [], 200)


@blueprint.post("/<invoice_id>")
def pay(invoice_id: str) -> Page:
    account = the_account()
    with account.transaction():
        invoice = _invoice(account, invoice_id)
        if invoice["status"] != "open":
            return _page(account, invoice, {}, [], 409)
        if "verdict" in request.form:
            collection.authenticate(account, invoice, passed=request.form["verdict"] == "confirm")
            return redirect(request.path, 303)
        return _pay_with_card(account, invoice, request.form)


def _pay_with_card(account: Account, invoice: Json, form: Mapping[str, str]) -> Page:
    customer = account.find("customer", invoice["customer"])
    try:
        means = card_typed(form, customer["email"], account.now())
    except BadField as wrong:
        return _page(account, invoice, form, [wrong], 422)
    method = replace_card(account, customer, means)
    state = collection.collect(account, invoice, method, reader_is_there=True)
    if state in {"succeeded", "requires_action"}:
        return redirect(request.path, 303)
    error = (invoicing.intent_of(account, invoice) or {}).get("last_payment_error") or {}
    return _page(account, invoice, form, [BadField("card", error["message"])], 402)


def _invoice(account: Account, invoice_id: str) -> Json:
    """One that was finalized."""
    found = account.store.find(invoice_id)
    if found is None or found["object"] != "invoice" or found["status"] == "draft":
        abort(404)
    return account.find("invoice", invoice_id)


def _page(account: Account, invoice: Json, typed: Mapping[str, str], errors: list[BadField], status: int) -> Page:
    intent = invoicing.intent_of(account, invoice)
    page = render_template(
        "invoice.html",
        invoice=invoice,
        state=intent["status"] if intent else "succeeded",
        typed={name: typed.get(name, "") for name in ("name", "expiry")},
        errors=errors,
        cards=CARDS,
    )
    return page, status
