"""A past written in bulk, and lists that stay fast over it."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.stripe.store import INDEXED, Store, select_sql
from tests.demo.stripe.harness import StandIn


@pytest.fixture(scope="module")
def past() -> Iterator[StandIn]:
    """A stand-in of its own, empty at first."""
    stand_in = StandIn(":memory:", None)
    yield stand_in
    assert stand_in.stop() == 0


@pytest.fixture(scope="module")
def seeded(past: StandIn) -> dict[str, int]:
    """What was written, by kind."""
    past.control("settings", tax_percent=19, settlement_currency="usd")  # neither reaches into the past
    answer = past.control("seed", customers=40, charges=401, foreign=0.25)
    assert answer.status_code == 200, answer.text
    written: dict[str, int] = answer.json()["written"]
    return written


def everything(listed: Any) -> list[Any]:
    return list(listed.auto_paging_iter())


@pytest.fixture(scope="module")
def charges(past: StandIn, seeded: dict[str, int]) -> list[Any]:
    """The seeded charges with their intents, newest first."""
    return everything(past.api.charges.list({"limit": 100, "expand": ["data.payment_intent"]}))[-seeded["charge"] :]


def test_as_many_are_written_as_were_asked_for(seeded: dict[str, int]) -> None:
    assert (seeded["customer"], seeded["charge"], seeded["payment_intent"]) == (40, 401, 401)
    assert seeded["invoice"] + seeded["checkout.session"] == 401
    assert seeded["balance_transaction"] == 401 + seeded["refund"] + seeded["payout"]


def test_lists_are_in_order_of_time_though_the_past_came_last(past: StandIn, charges: list[Any]) -> None:
    moments = [one.created for one in charges]
    assert moments == sorted(moments, reverse=True)
    assert len({one.id for one in charges}) == len(charges) == 401
    newest: Any = past.paid().payment_intent
    past.control("seed", customers=1, charges=1)
    assert past.api.payment_intents.list({"limit": 1}).data[0].id == newest.id


def test_charges_lead_to_ours_or_the_others_product(past: StandIn, charges: list[Any]) -> None:
    names = []
    for charge in charges[::20]:
        intent = charge.payment_intent
        payments = past.api.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent.id}})
        if payments.data:
            invoice = past.api.invoices.retrieve(str(payments.data[0].invoice))
            details: Any = invoice.lines.data[0].pricing
            product = details.price_details.product
        else:
            sessions = past.api.checkout.sessions.list(
                {"payment_intent": intent.id, "expand": ["data.line_items"], "limit": 1}
            )
            items: Any = sessions.data[0].line_items
            product = items.data[0].price.product
        names.append(past.api.products.retrieve(product).name)
    assert 0 < names.count("Another application") < len(names) / 2
    assert set(names) == {"Membership", "Another application"}


def test_past_payouts_tie_out(past: StandIn, seeded: dict[str, int]) -> None:
    payouts = everything(past.api.payouts.list({"limit": 100}))[-seeded["payout"] :]
    assert len(payouts) >= 10
    for payout in payouts[-5:]:
        carried = everything(past.api.balance_transactions.list({"payout": payout.id, "limit": 100}))
        assert sum(one.net for one in carried if one.source != payout.id) == payout.amount > 0


def test_seeded_memberships_renew(past: StandIn, seeded: dict[str, int]) -> None:
    assert seeded["subscription"] == 20
    past.control("seed", customers=2, charges=4)
    subscription = everything(past.api.subscriptions.list({"limit": 100}))[-1]
    past.advance(days=32)
    latest = past.api.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]}).latest_invoice
    assert (latest.status, latest.billing_reason) == ("paid", "subscription_cycle")  # type: ignore[union-attr]


def explained(sql: str, names: tuple[str, ...]) -> str:
    """SQLite's plan; named parameters are put in as numbers."""
    for name in sorted(names, key=len, reverse=True):
        sql = sql.replace(f":{name}", "1")
    return " ".join(row["detail"] for row in Store(":memory:").rows(f"EXPLAIN QUERY PLAN {sql}"))


@pytest.mark.parametrize(
    ("kind", "paths"), [(kind, paths) for kind, line in INDEXED.items() for paths in (*line.split(), "")]
)
def test_every_list_walks_an_index_in_the_order_of_the_page(kind: str, paths: str) -> None:
    sql = select_sql(kind, tuple(path for path in paths.split(",") if path), oldest=False)
    names = ("value0", "value1", "value2", "above", "above_seq", "below", "below_seq", "since", "until", "limit")
    plan = explained(sql, names)
    assert "USING INDEX" in plan or "USING COVERING INDEX" in plan
    assert "TEMP B-TREE" not in plan
    assert f"{kind} {paths}" in plan or not paths


def test_a_filter_without_an_index_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        select_sql("charge", ("$.amount",), oldest=False)
