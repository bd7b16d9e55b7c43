"""`python -m demo.newsroom --port N --support URL --stripe URL`"""

from __future__ import annotations

import argparse
import signal
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from demo.newsroom import create_newsroom
from demo.newsroom.config import Config

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    options = _options()
    config = Config(f"http://{options.host}:{options.port}", options.support, options.stripe)
    server = make_server(options.host, options.port, create_newsroom(config), threaded=True)
    signal.signal(signal.SIGTERM, _stop)
    print(f"{config.name}: {config.url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.newsroom", description="A sample news site behind the gate.")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--support", default="http://localhost:8001", metavar="URL", help="where the service is")
    parser.add_argument("--stripe", default="https://checkout.stripe.com", metavar="URL", help="where readers pay")
    return parser.parse_args()


if __name__ == "__main__":
    main()
