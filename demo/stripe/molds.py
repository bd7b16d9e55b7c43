"""Molds for `seed`: finished objects as text, whose ids, moments and amounts are replaced in each copy.

The objects are real ones: a membership, a gift, a refund and a payout are made in a transaction that is undone.
"""

import copy
import json
import re
from collections.abc import Iterator

from demo.stripe import money, payouts, refunds
from demo.stripe.account import Account
from demo.stripe.cards import CARDS, DEFAULT
from demo.stripe.checkout import pay
from demo.stripe.endpoints.sessions import create_session
from demo.stripe.means import Means
from demo.stripe.operations import Call
from demo.stripe.settings import Settings
from demo.stripe.settlement import settle_charge
from demo.stripe.store import Json, Row

AMOUNT = 987654
PERIOD_START = 1000000001
EMAIL = "mold@example.com"
# Seconds that making the patterns may take on a busy machine; nothing else in them is dated that near to now.
MAKING = 120


class Mold:
    """One kind of object; `marks` are the texts in it that each copy replaces: {text: what stands for it}."""

    def __init__(self, document: Json, private: Json, marks: dict[str, str]) -> None:
        self.kind = document["object"]
        self._id, self._created = marks[document["id"]], marks[str(document["created"])]
        pattern = re.compile("|".join(sorted(map(re.escape, marks), key=len, reverse=True)))
        self._texts = [self._split(pattern, marks, json.dumps(one)) for one in (document, private)]

    @staticmethod
    def _split(pattern: re.Pattern[str], marks: dict[str, str], text: str) -> tuple[list[str], list[str]]:
        return pattern.split(text), [marks[found] for found in pattern.findall(text)]

    def cast(self, values: dict[str, str], payout: str | None = None) -> Row:
        body, private = (
            texts[0] + "".join(values[name] + text for name, text in zip(names, texts[1:], strict=True))
            for texts, names in self._texts
        )
        if payout:
            private = json.dumps({"payout": payout})
        return values[self._id], self.kind, int(values[self._created]), body, private


Molds = dict[str, Mold]


class Undone(Exception):
    """Leaves the transaction that made the patterns."""


def make_molds(account: Account) -> tuple[Molds, Molds]:
    """Those of a membership and those of a gift (with a refund and a payout), by kind. Not inside a transaction."""
    settings = account.settings
    made: list[Molds] = []
    try:
        with account.transaction():
            account.set_up(Settings())
            made = [_membership(account), _gift(account)]
            _undo()
    except Undone:
        account.set_up(settings)
    return made[0], made[1]


def _undo() -> None:
    raise Undone


def _membership(account: Account) -> Molds:
    session = _paid(account, "subscription")
    subscription = account.find("subscription", session["subscription"])
    invoice = account.find("invoice", session["invoice"])
    payment = account.store.select("invoice_payment", {"$.invoice": [invoice["id"]]})[0]
    customer = account.find("customer", session["customer"])
    item, line = subscription["items"]["data"][0], invoice["lines"]["data"][0]
    marks = {
        EMAIL: "email",
        subscription["id"]: "subscription",
        subscription["default_payment_method"]: "payment_method",
        item["id"]: "item",
        str(item["current_period_end"]): "end",
        invoice["id"]: "invoice",
        invoice["number"]: "number",
        line["id"]: "line",
        payment["id"]: "invoice_payment",
        customer["id"]: "customer",
        customer["invoice_prefix"]: "prefix",
        invoice["billing_reason"]: "reason",
        str(PERIOD_START): "start",
    }
    item["current_period_start"] = PERIOD_START
    method = account.find("payment_method", subscription["default_payment_method"])
    intent = account.find("payment_intent", payment["payment"]["payment_intent"])
    marks |= _prices(account, item["price"]) | _money(account, intent)
    whole = [subscription, invoice, payment, customer, method, *_moved(account, intent)]
    return {one["object"]: Mold(one, {}, marks) for one in map(copy.deepcopy, whole)}


def _gift(account: Account) -> Molds:
    """The refund's balance transaction is called `returned`, the payout's `paid_out`."""
    session = _paid(account, "payment")
    private = account.store.private(session["id"])
    intent = account.find("payment_intent", session["payment_intent"])
    item = private["line_items"][0]
    marks = {
        EMAIL: "email",
        session["id"]: "session",
        str(session["expires_at"]): "expires",
        session["customer"]: "customer",
        intent["payment_method"]: "payment_method",
        item["id"]: "line",
    }
    marks |= _prices(account, item["price"]) | _money(account, intent)
    whole = copy.deepcopy([session, *_moved(account, intent)])
    for one in account.store.select("balance_transaction", {"$.status": ["pending"]}):
        account.change(account.find("balance_transaction", one["id"]), status="available")
    payout = next(one for one in payouts.pay_out(account, at_once=True) if one["currency"] == "eur")
    charge = account.find("charge", intent["latest_charge"])
    refund = refunds.refund(account, charge, AMOUNT, reason=None, metadata={})
    booked = {
        "returned": account.find("balance_transaction", refund["balance_transaction"]),
        "paid_out": account.find("balance_transaction", payout["balance_transaction"]),
    }
    marks |= {one["id"]: name for name, one in booked.items()} | {refund["id"]: "refund", payout["id"]: "payout"}
    marks |= {str(payout["amount"]): "net", str(payout["arrival_date"]): "expires"}
    molds = {one["object"]: Mold(one, private if one is whole[0] else {}, marks) for one in whole}
    molds |= {one["object"]: Mold(one, {}, marks) for one in (refund, payout)}
    return molds | {"refunded": Mold(charge, {}, marks)} | {name: Mold(one, {}, marks) for name, one in booked.items()}


def _paid(account: Account, mode: str) -> Json:
    recurring = {"recurring": {"interval": "month"}} if mode == "subscription" else {"recurring": None}
    price = {"currency": "eur", "unit_amount": AMOUNT, "product_data": {"name": "Mold"}}
    price |= {name: value for name, value in recurring.items() if value}
    creation = {"customer_creation": "always"} if mode == "payment" else {}
    params = {"mode": mode, "success_url": "https://example.com", "line_items": [{"quantity": 1, "price_data": price}]}
    session = create_session(account, Call("", (), params | creation, account.address))
    pay(account, session, Means(email=EMAIL, name="A Reader", card=CARDS[DEFAULT], last4=DEFAULT[-4:]))
    return session


def _prices(account: Account, price: Json) -> dict[str, str]:
    return {price["id"]: "price", price["product"]: "product", money.formatted(AMOUNT, "eur"): "shown"}


def _money(account: Account, intent: Json) -> dict[str, str]:
    """What stands for the intent's parts, once its charge is booked."""
    charge = account.find("charge", intent["latest_charge"])
    settle_charge(account, charge)
    booked = account.find("balance_transaction", charge["balance_transaction"])
    account.change(booked, status="available")
    return {
        intent["client_secret"]: "secret",
        intent["id"]: "intent",
        charge["id"]: "charge",
        booked["id"]: "booked",
        str(AMOUNT): "amount",
        str(booked["fee"]): "fee",
        str(booked["net"]): "net",
        str(booked["available_on"]): "available",
    } | {str(account.now() + apart): "created" for apart in range(-MAKING, MAKING)}


def _moved(account: Account, intent: Json) -> Iterator[Json]:
    charge = account.find("charge", intent["latest_charge"])
    yield from (intent, charge, account.find("balance_transaction", charge["balance_transaction"]))
