"""A bug on purpose, which the drill must find: `python -m tests.drills.planted` is a worker that marks too early.

The mark "handled" commits in a transaction of its own, before the effect: what dies in between is never done.
"""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from support.gateway import worker_gateway
from support.sync.flows import sync_now
from webhooks.operations import finish
from webhooks.worker import Worker
from wsgi import app

if TYPE_CHECKING:
    from webhooks.claims import Claim

# Between the two transactions: what a slower Stripe would take to answer.
PAUSE_SECONDS = 0.4


class EarlyMark(Worker):
    """Our worker, but for the order of its two commits."""

    def _work_on(self, claim: Claim) -> None:
        kind, _, stripe_id = claim.object_key.partition(" ")
        self._database.transact(lambda session: finish(session, claim, "handled"))
        time.sleep(PAUSE_SECONDS)
        sync_now(self._database, self._gateway, kind, stripe_id)


def main() -> None:
    """Work until SIGTERM."""
    with app.app_context():
        worker = EarlyMark(app.extensions["database"], worker_gateway())
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        worker.run()


if __name__ == "__main__":
    main()
