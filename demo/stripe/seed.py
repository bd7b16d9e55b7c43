"""A past for the account: customers, memberships, gifts, refunds and payouts of several years, written in bulk.

Every other customer subscribes monthly; the rest give now and then through Checkout. A share of the subscriptions and
of the gifts belongs to another application's product. Every fiftieth gift or so was refunded. Nothing of this made
events: Stripe lists those for thirty days only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from demo.stripe import money
from demo.stripe.account import Account, token
from demo.stripe.endpoints.catalog import price_from, product_from
from demo.stripe.molds import Mold, Molds, make_molds
from demo.stripe.periods import end_of_period
from demo.stripe.store import Json, Row

DAY = 86400
MONTH = 30 * DAY
AMOUNTS = (500, 700, 1000, 1500, 2500)
NAMES = {False: "Membership", True: "Another application"}
REFUNDED_EVERY = 50
CHUNK = 10_000

Values = dict[str, str]


@dataclass
class Seeding:
    """One run. `nets` is what each month's payout carries, `renewing` when each subscription renews."""

    account: Account
    foreign: float
    membership: Molds
    gift: Molds
    prices: dict[tuple[str, int, bool], Json]
    now: int
    run: str = field(default_factory=lambda: token(6))
    count: int = 0
    nets: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    renewing: list[tuple[str, int]] = field(default_factory=list)

    def ids(self, **prefixes: str) -> Values:
        """A new id for each."""
        self.count += 1
        return {name: f"{prefix}_{self.run}{self.count:018}" for name, prefix in prefixes.items()}

    def priced(self, interval: str, number: int, turn: int) -> Values:
        """A price and what follows from it; foreign ones are spread evenly over the turns."""
        is_foreign = int((turn + 1) * self.foreign) > int(turn * self.foreign)
        amount = AMOUNTS[number % len(AMOUNTS)]
        price = self.prices[interval, amount, is_foreign]
        fee = money.fee(amount)
        shown = {"price": price["id"], "product": price["product"], "shown": money.formatted(amount, "eur")}
        return shown | {"amount": str(amount), "fee": str(fee), "net": str(amount - fee)}


def seed(account: Account, customers: int, charges: int, foreign: float) -> dict[str, int]:
    """How many of each kind were written. Not inside a transaction."""
    membership, gift = make_molds(account)
    with account.transaction():
        work = Seeding(account, foreign, membership, gift, _prices(account), account.now())
        written: Counter[str] = Counter()
        for rows in _chunks(_rows(work, customers, charges)):
            account.store.write(rows)
            written.update(kind for _, kind, *_ in rows)
        for subscription_id, end in work.renewing:
            account.later("renew", {"id": subscription_id}, end)
    return dict(written)


def _prices(account: Account) -> dict[tuple[str, int, bool], Json]:
    products = {foreign: product_from(account, {"name": name})["id"] for foreign, name in NAMES.items()}
    return {
        (interval, amount, foreign): price_from(
            account, {"currency": "eur", "unit_amount": amount, "product": product} | recurring, path=""
        )
        for interval, recurring in (("month", {"recurring": {"interval": "month"}}), ("", {}))
        for amount in AMOUNTS
        for foreign, product in products.items()
    }


def _rows(work: Seeding, customers: int, charges: int) -> Iterator[Row]:
    for number in range(customers):
        share = charges // customers + (number < charges % customers)
        since = work.now - share * 31 * DAY - DAY * (2 + number % 28) - number % DAY
        who = work.ids(customer="cus", payment_method="pm") | {
            "created": str(since),
            "email": f"reader{number}.{work.run.lower()}@example.com",
            "prefix": f"{number:08}",
        }
        yield work.membership["customer"].cast(who)
        yield work.membership["payment_method"].cast(who)
        yield from (_membership if number % 2 == 0 else _gifts)(work, number, share, since, who)
    yield from _payouts(work)


def _membership(work: Seeding, number: int, share: int, since: int, who: Values) -> Iterator[Row]:
    """A monthly subscription and one paid invoice for each of its periods so far."""
    known = who | work.ids(subscription="sub", item="si") | work.priced("month", number, number // 2)
    end = since
    for period in range(max(share, 1)):
        start, end = end, end_of_period(since, "month", 1, period + 1)
        reason = "subscription_cycle" if period else "subscription_create"
        known |= {"start": str(start), "end": str(end), "reason": reason, "number": f"{who['prefix']}-{period + 1:04}"}
        known |= work.ids(invoice="in", line="il", invoice_payment="inpay", intent="pi", charge="ch", booked="txn")
        if share:
            yield from _paid(work, work.membership, known | {"created": str(start)}, ("invoice", "invoice_payment"))
    yield work.membership["subscription"].cast(known | {"created": str(since)})
    work.renewing.append((known["subscription"], end))


def _gifts(work: Seeding, number: int, share: int, since: int, who: Values) -> Iterator[Row]:
    """Paid Checkout Sessions, a month apart."""
    for gift in range(share):
        created = since + gift * MONTH
        known = who | work.priced("", gift, number // 2 + gift)
        known |= work.ids(session="cs_test", line="li", intent="pi", charge="ch", booked="txn")
        known |= {"created": str(created), "expires": str(created + DAY)}
        yield from _paid(work, work.gift, known, ("checkout.session",))


def _paid(work: Seeding, molds: Molds, known: Values, kinds: tuple[str, ...]) -> Iterator[Row]:
    """These kinds, the intent, its charge and balance transaction; and now and then a refund."""
    created, amount = int(known["created"]), int(known["amount"])
    known |= {"secret": f"{known['intent']}_secret_{work.run}", "available": str(created + 2 * DAY)}
    for kind in (*kinds, "payment_intent"):
        yield molds[kind].cast(known)
    is_refunded = work.count % REFUNDED_EVERY == 0 and "refunded" in molds
    yield molds["refunded" if is_refunded else "charge"].cast(known)
    yield _booked(work, molds["balance_transaction"], known, int(known["net"]))
    if is_refunded:
        later = {"created": str(created + DAY), "available": str(created + 3 * DAY)}
        known |= work.ids(refund="re", returned="txn") | later
        yield molds["refund"].cast(known)
        yield _booked(work, molds["returned"], known, -amount)


def _booked(work: Seeding, mold: Mold, known: Values, net: int) -> Row:
    month = int(known["created"]) // MONTH
    if _paid_out_at(month) + DAY > work.now:
        return mold.cast(known)
    work.nets[month] += net
    return mold.cast(known, payout=_payout_id(work, month))


def _payouts(work: Seeding) -> Iterator[Row]:
    """One for each month, with everything that was booked in it."""
    for month, net in sorted(work.nets.items()):
        created = _paid_out_at(month)
        known = work.ids(paid_out="txn") | {"payout": _payout_id(work, month), "net": str(net)}
        known |= {"created": str(created), "expires": str(created + DAY)}
        yield work.gift["payout"].cast(known)
        yield work.gift["paid_out"].cast(known, payout=known["payout"])


def _paid_out_at(month: int) -> int:
    return (month + 1) * MONTH + 2 * DAY


def _payout_id(work: Seeding, month: int) -> str:
    return f"po_{work.run}{month:018}"


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk
