"""The servers that are measured, each a process of its own, on a port of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.load import Load, load
from tests.drills.processes import Program, free_port, wait_until_ready, web_program
from tests.services import NEWS, StandIn, running_service

if TYPE_CHECKING:
    from collections.abc import Iterator

BARE = ("-m", "benchmarks.bare")


@dataclass(frozen=True)
class Measured:
    """A load, and the microseconds of CPU that the server spent on each answer."""

    load: Load
    cpu: float

    def __str__(self) -> str:
        tail = f"p50 {self.load.percentile(0.5):.1f} p99 {self.load.percentile(0.99):.1f} ms"
        return f"{self.load.rate:,.0f}/s {tail}, cpu {self.cpu:.0f} us {dict(self.load.statuses)}"


@dataclass(frozen=True)
class Server:
    """A running server."""

    program: Program
    port: int

    def resident_mb(self) -> float:
        """Memory of one of its worker processes, the largest."""
        children = Path(f"/proc/{self.program.process.pid}/task/{self.program.process.pid}/children")
        return max(_resident_mb(pid) for pid in children.read_text().split())

    def cpu_seconds(self) -> float:
        """What its processes have spent so far."""
        return sum(_cpu_seconds(stat, self.program.process.pid) for stat in Path("/proc").glob("[0-9]*/stat"))

    def load(self, requests: Iterator[bytes], connections: int, seconds: float) -> Measured:
        """Load it; other work on the machine moves the rate far more than the CPU that an answer costs."""
        before = self.cpu_seconds()
        found = load(("127.0.0.1", self.port), requests, connections, seconds)
        return Measured(found, 1e6 * (self.cpu_seconds() - before) / max(1, found.answers))


def _cpu_seconds(stat: Path, group: int) -> float:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:  # ended meanwhile
        return 0
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") if int(fields[2]) == group else 0


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
