"""One membership, and what the API and the clock say about it."""

from typing import Any

from tests.demo.stripe.harness import StandIn

MONTHLY = {"interval": "month"}
FAILS_LATER = "4000000000000341"
ASKS_EVERY_TIME = "4000002760003184"
GOOD = "4242424242424242"


class Member:
    """One membership, by what the API says about it."""

    def __init__(self, stand_in: StandIn, card: str = GOOD, **changes: Any) -> None:
        self.stand_in = stand_in
        session = stand_in.session(**{"recurring": MONTHLY} | changes)
        answer = stand_in.pay(session, card=card)
        assert answer.status_code == 200, answer.text
        paid: Any = stand_in.read(session.id)
        self.id, self.customer, self.first_invoice = paid.subscription.id, paid.customer.id, paid.invoice.id

    @property
    def subscription(self) -> Any:
        return self.stand_in.api.subscriptions.retrieve(self.id)

    @property
    def period(self) -> tuple[int, int]:
        item = self.subscription["items"].data[0]
        return item.current_period_start, item.current_period_end

    @property
    def invoices(self) -> list[Any]:
        """Oldest first."""
        return self.stand_in.api.invoices.list({"subscription": self.id, "limit": 100}).data[::-1]

    @property
    def latest(self) -> Any:
        return self.stand_in.api.invoices.retrieve(self.subscription.latest_invoice, {"expand": ["payments"]})

    @property
    def intent(self) -> Any:
        """The payment intent of the latest invoice."""
        intent_id = self.latest.payments.data[0].payment.payment_intent
        return self.stand_in.api.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})

    def to_period_end(self, *, seconds: int = 0) -> None:
        """Move the clock to the end of the current period, and some further."""
        self.stand_in.advance(seconds=self.period[1] - self.stand_in.shown("clock")["now"] + seconds)

    def renew(self) -> None:
        """To the end of the period, past the draft's hour and the late balance transaction."""
        self.to_period_end(seconds=3605)

    def types(self, *, since: str) -> list[str]:
        """Of the events about this membership after the one named, oldest first."""
        newer = self.stand_in.api.events.list({"limit": 100, "ending_before": since}).auto_paging_iter()
        mine = (f'"{self.customer}"', f'"{self.latest.id}"')
        return [event.type for event in newer if any(one in str(event) for one in mine)]


def newest_event(stand_in: StandIn) -> str:
    """Where what a test does begins: what Stripe settles a moment later, of whoever paid before, has happened."""
    stand_in.advance(seconds=60)
    return stand_in.api.events.list({"limit": 1}).data[0].id
