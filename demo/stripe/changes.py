"""A subscription's items change: another price, another quantity, more items or fewer.

Evidence: Stripe docs, "Prorations" (create_prorations puts them on the next invoice, always_invoice on one at once,
none on nothing), "Change the price of a subscription" (another interval begins a new period and is invoiced at once).
"""

from typing import Any

from demo.stripe.account import Account
from demo.stripe.billing import item_of, period_of, plan_of
from demo.stripe.endpoints.catalog import price_from
from demo.stripe.errors import StripeError
from demo.stripe.invoice_lines import proration_line
from demo.stripe.operations import require_built
from demo.stripe.pausing import begin_period, invoice_now
from demo.stripe.store import Json

ITEM = frozenset({"id", "price", "price_data", "quantity", "deleted"})


def change_items(account: Account, subscription: Json, given: list[Json], behavior: str) -> None:
    old = subscription["items"]["data"]
    new = _after(account, subscription, given)
    if not new:
        raise StripeError.invalid("A subscription must have at least one active plan.", param="items")
    _require_same(subscription, new)
    gone = [one for one in old if one not in new]
    come = [one for one in new if one not in old]
    lines = []
    if behavior != "none":
        lines += [_proration(account, subscription, item, unused=True) for item in gone]
    is_new_interval = _interval(old) != _interval(new)
    if behavior != "none" and not is_new_interval:
        lines += [_proration(account, subscription, item, unused=False) for item in come]
    account.update("customer.subscription.updated", subscription, items=subscription["items"] | {"data": new})
    if behavior == "always_invoice" and lines and not is_new_interval:
        invoice_now(account, subscription, lines)
        return
    pending = account.store.private(subscription["id"]).get("pending", [])
    account.store.keep_private(subscription["id"], pending=[*pending, *lines])
    if is_new_interval:
        begin_period(account, subscription)


def _proration(account: Account, subscription: Json, item: Json, *, unused: bool) -> Json:
    return proration_line(account, subscription, item, since=account.now(), unused=unused)


def _after(account: Account, subscription: Json, given: list[Json]) -> list[Json]:
    items: dict[str, Json] = {item["id"]: item for item in subscription["items"]["data"]}
    for index, change in enumerate(given):
        path = f"items[{index}]"
        require_built(change, ITEM, path)
        item = items.get(change.get("id", ""))
        if "id" in change and item is None:
            raise StripeError.invalid(f"No such subscription item: '{change['id']}'", param=f"{path}[id]")
        if change.get("deleted") and item:
            del items[item["id"]]
            continue
        fresh = _changed(account, subscription, item, change, path)
        items[fresh["id"]] = fresh
    return list(items.values())


def _changed(account: Account, subscription: Json, item: Json | None, change: Json, path: str) -> Json:
    price = item["price"] if item else None
    if "price" in change:
        price = account.find("price", change["price"], f"{path}[price]")
    if "price_data" in change:
        price = price_from(account, change["price_data"], f"{path}[price_data]", active=False)
    if price is None or not price["recurring"]:
        raise StripeError.invalid("A recurring price is required.", param=f"{path}[price]")
    if item:
        quantity = change.get("quantity", item["quantity"])
        return item | {"price": price, "plan": plan_of(account, price), "quantity": quantity}
    start, end = period_of(subscription)
    fresh = item_of(account, subscription, price, change.get("quantity", 1))
    return fresh | {"current_period_start": start, "current_period_end": end}


def _require_same(subscription: Json, items: list[Json]) -> None:
    if any(item["price"]["currency"] != subscription["currency"] for item in items):
        raise StripeError.invalid("The currency of a subscription cannot be changed.", param="items")
    if len({_interval([item]) for item in items}) > 1:
        raise StripeError.not_built("different intervals in one subscription")


def _interval(items: list[Json]) -> tuple[Any, ...]:
    recurring = items[0]["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]
