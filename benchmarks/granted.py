"""From the webhook's 200 until the article opens: worker idle, PostgreSQL, less what Stripe's own answer takes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import psycopg

from benchmarks.figures import Figure, say
from benchmarks.load import Load, load, post
from support.gateway.calling import WORKER
from support.gateway.client import Gateway
from tests.databases import ENVIRONMENT
from tests.services import NEWS, running_service
from tests.webhooks.events import header

if TYPE_CHECKING:
    import requests

    from benchmarks.running import Server
    from tests.services import Service, StandIn

TIMES = 100
PATIENCE = 20
LOOK_SECONDS = 0.001


@dataclass(frozen=True)
class Paid:
    """A membership that Stripe has taken money for and that we do not know of yet."""

    reader: requests.Session
    event: bytes
    session_id: str


def measure(ours: Server, stand_in: StandIn, database_url: str) -> list[Figure]:
    """Needs a worker that runs on this database."""
    with running_service(database_url, stand_in, public_url=f"http://localhost:{ours.port}") as service:
        paid = [_paid(service) for _ in range(TIMES)]
        with psycopg.connect(database_url, autocommit=True) as connection:
            taken = Load(times=[_seconds_until_handled(ours, connection, one) for one in paid])
        closed = [one for one in paid if service.access(one.reader)["access"] != "granted"]
    asked = Load(times=_seconds_of_stripe(stand_in, paid))
    if closed:
        say(f"  {len(closed)} of {TIMES} were not granted")
    say(f"  granted after p50 {taken.percentile(0.5):.1f} p99 {taken.percentile(0.99):.1f} ms; Stripe's own answer "
        f"p50 {asked.percentile(0.5):.1f} p99 {asked.percentile(0.99):.1f} ms")  # fmt: skip
    return [_figure(taken, asked, 0.5, 50), _figure(taken, asked, 0.99, 250)]


def _figure(taken: Load, asked: Load, share: float, goal: float) -> Figure:
    # The tail, too, is held against Stripe's usual answer: its own tail would flatter us.
    stripe = asked.percentile(0.5)
    return Figure(
        f"acknowledged to granted, p{share * 100:.0f}",
        f"{taken.percentile(share):.1f} ms",
        f"Stripe's answer {stripe:.1f} ms",
        taken.percentile(share) - stripe,
        " ms",
        goal,
        is_most=True,
    )


def _paid(service: Service) -> Paid:
    reader = service.browser()
    session_id = service.begin(reader)
    service.stand_in.pay(session_id)
    event = next(one for one in service.stand_in.events() if one["type"] == "checkout.session.completed")
    reader.headers["Origin"] = NEWS
    return Paid(reader, orjson.dumps(event), session_id)


def _seconds_until_handled(ours: Server, connection: psycopg.Connection, paid: Paid) -> float:
    event_id = orjson.loads(paid.event)["id"]
    request = post("/webhooks/stripe", paid.event, Stripe_Signature=header(paid.event))
    load(("127.0.0.1", ours.port), iter([request]), 1, 0)
    begun = time.perf_counter()
    query = "SELECT 1 FROM stripe_events WHERE stripe_event_id = %s AND state = 'handled'"
    while connection.execute(query, [event_id]).fetchone() is None:
        if time.perf_counter() > begun + PATIENCE:
            break
        time.sleep(LOOK_SECONDS)
    taken = time.perf_counter() - begun
    time.sleep(0.03)  # idle again
    return taken


def _seconds_of_stripe(stand_in: StandIn, paid: list[Paid]) -> list[float]:
    """The same reads through the same gateway, with nothing around them."""
    gateway = Gateway(ENVIRONMENT["STRIPE_API_KEY"], stand_in.base, WORKER)
    found = []
    for one in paid:
        begun = time.perf_counter()
        gateway.checkout_session(one.session_id)
        found.append(time.perf_counter() - begun)
        time.sleep(0.01)
    return found
