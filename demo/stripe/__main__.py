"""`python -m demo.stripe --port N --state FILE --webhook URL --webhook-secret whsec_...`"""

import argparse
import signal
import threading
from pathlib import Path
from types import FrameType

from demo.stripe.account import Account
from demo.stripe.background import tick
from demo.stripe.clock import Clock
from demo.stripe.deliveries import Deliverer
from demo.stripe.hooks import Hook
from demo.stripe.server import serve
from demo.stripe.store import Store
from demo.stripe.web import create_app


def main() -> None:
    options = _options()
    store = Store(options.state)
    webhook = Hook("we_started_with", options.webhook, options.webhook_secret) if options.webhook else None
    account = Account(store, Clock(store, options.clock_file), webhook)
    server = serve(options.host, options.port, create_app(account))
    stop = threading.Event()
    threading.Thread(target=tick, args=(account, stop), daemon=True).start()
    Deliverer(account).start(stop)
    signal.signal(signal.SIGTERM, _interrupt)
    print(f"Stand-in Stripe (test, no real money): http://{options.host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    finally:
        stop.set()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.stripe", description="A stand-in Stripe. No real money.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--state", required=True, metavar="FILE", help="SQLite file, or :memory:")
    parser.add_argument(
        "--webhook", metavar="URL", help="where events are delivered, besides the endpoints made by the API"
    )
    parser.add_argument("--webhook-secret", metavar="whsec_...")
    parser.add_argument(
        "--clock-file", type=Path, metavar="FILE", help="where to write how many seconds the clock is ahead"
    )
    options = parser.parse_args()
    if bool(options.webhook) != bool(options.webhook_secret):
        parser.error("--webhook and --webhook-secret belong together")
    if options.webhook and not options.webhook.startswith(("http://", "https://")):
        parser.error("--webhook must be an http or https URL")
    return options


if __name__ == "__main__":
    main()
