"""The servers that are measured, each a process of its own, on a port of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.drills.processes import Program, free_port, wait_until_ready, web_program
from tests.services import NEWS, StandIn, running_service

BARE = ("-m", "benchmarks.bare")


@dataclass(frozen=True)
class Server:
    """A server that answers at `address`."""

    program: Program
    port: int

    @property
    def address(self) -> tuple[str, int]:
        """For the load client."""
        return ("127.0.0.1", self.port)

    def resident_mb(self) -> float:
        """Memory of one of its worker processes, the largest."""
        children = Path(f"/proc/{self.program.process.pid}/task/{self.program.process.pid}/children")
        return max(_resident_mb(pid) for pid in children.read_text().split())


def _resident_mb(pid: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def bare_server(**changes: str) -> Server:
    """Bare Flask; `DATABASE_URL` decides only how many processes there are, as it does for ours."""
    port = free_port()
    program = Program(*BARE, PORT=str(port), PUBLIC_URL=f"http://localhost:{port}", **changes)
    wait_until_ready(f"http://localhost:{port}", program, "/")
    return Server(program, port)


def our_server(stand_in: StandIn, database_url: str) -> Server:
    """`make serve`."""
    port = free_port()
    program, _ = web_program(PORT=str(port), DATABASE_URL=database_url, STRIPE_API_BASE=stand_in.base)
    return Server(program, port)


def a_pass(stand_in: StandIn, database_url: str, port: int) -> str:
    """A member's pass, as the server on this port accepts it."""
    with running_service(database_url, stand_in, public_url=f"http://localhost:{port}") as service:
        reader = service.browser()
        stand_in.pay(service.begin(reader))
        service.deliver()
        return str(service.access(reader, Origin=NEWS)["pass"])
