"""The only door to Stripe: `client` has one method per need, `calling` how each is asked.

`requests` is what we send, `resources` where each kind of object is, `snapshots` what comes back; `readings` and
`movements` make them out of Stripe's `shapes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from support.gateway.calling import WEB, WORKER
from support.gateway.client import Gateway

if TYPE_CHECKING:
    from flask import Flask

    from config.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Open the web threads' gateway and the worker's (no connection is made before the first call)."""
    app.extensions["gateway"] = Gateway(settings.stripe_api_key, settings.stripe_api_base, WEB)
    app.extensions["worker_gateway"] = Gateway(
        settings.stripe_api_key, settings.stripe_api_base, WORKER, reads_per_second=settings.stripe_reads_per_second
    )


def current_gateway() -> Gateway:
    """The gateway for web threads: it gives up early, because a reader waits."""
    gateway: Gateway = current_app.extensions["gateway"]
    return gateway


def worker_gateway() -> Gateway:
    """The gateway for the worker and commands: patient, its reads under STRIPE_READS_PER_SECOND."""
    gateway: Gateway = current_app.extensions["worker_gateway"]
    return gateway
