"""`python -m demo.mailbox --port N --smtp-port M`: takes mails on M, shows them on N, both on this machine only."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from demo.mailbox.smtp import Mailbox, Server
from demo.mailbox.web import create_mailbox

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Serve until SIGTERM or Ctrl-C. Mails are kept in memory."""
    parser = argparse.ArgumentParser(prog="python -m demo.mailbox", description="Takes every mail and shows it.")
    parser.add_argument("--port", type=int, default=8003, help="of the web page")
    parser.add_argument("--smtp-port", type=int, default=8025, help="where mails come in")
    parser.add_argument("--staff", type=Path, help="the demo's file of members, whose codes are shown at /codes")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    mailbox = Mailbox()
    web = make_server("localhost", options.port, create_mailbox(mailbox, options.staff), threaded=True)
    with Server(mailbox, options.smtp_port) as smtp:
        threading.Thread(target=smtp.serve_forever, daemon=True).start()
        print(f"mails: http://localhost:{options.port}", flush=True)
        try:
            web.serve_forever()
        except KeyboardInterrupt:
            web.server_close()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
