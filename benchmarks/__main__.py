"""Run everything once and print one table. Nothing gates on it: other work on the machine moves every figure."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import access, account, books, exports, granted, reports, webhook, weight
from benchmarks.figures import Figure, say, table
from benchmarks.noise import busy_share, fdatasync_ms
from benchmarks.running import Server, a_pass, bare_server, our_server
from tests.databases import PostgresDatabases, SqliteDatabases, postgres_server
from tests.drills.processes import stand_in_program, worker_program
from tests.services import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = 0.06


def main() -> None:
    """Some minutes: it prints how many."""
    begun = time.monotonic()
    busy = busy_share()
    say(f"other work on these cores before we begin: {busy:.0%}")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as running:
        folder = Path(name)
        figures = _measure(folder, running)
    say(f"\n{table(figures)}\n")
    if busy > QUIET:
        say("The machine was not idle: other work moved these figures. Run it again for any that matters.")
    say(f"medians of three rounds, everything in this one run of {time.monotonic() - begun:.0f} s; accept +-15 %")


def _measure(folder: Path, running: ExitStack) -> list[Figure]:
    databases = running.enter_context(_postgres_databases(folder))
    postgres_url = databases.new()
    (folder / "sqlite").mkdir()
    files = SqliteDatabases(folder / "sqlite")
    sqlite_url = files.new()
    program, stripe_base = stand_in_program(":memory:")
    running.enter_context(program)
    stand_in = StandIn(stripe_base)

    def started(server: Server) -> Server:
        running.enter_context(server.program)
        return server

    bare = started(bare_server(DATABASE_URL=postgres_url))
    ours = started(our_server(stand_in, postgres_url))
    file = started(our_server(stand_in, sqlite_url))
    member_pass = a_pass(stand_in, postgres_url, ours.port)
    figures = [*access.measure(ours, bare, member_pass), weight.widget(ours)]
    figures.append(weight.memory(ours, postgres_url, member_pass))
    _probe(folder)
    figures += webhook.measure(ours, file, bare, postgres_url)
    settings = {"DATABASE_URL": postgres_url, "STRIPE_API_BASE": stripe_base, "STRIPE_READS_PER_SECOND": "1000"}
    _forget_events(postgres_url)
    with worker_program(**settings):
        figures += granted.measure(ours, stand_in, postgres_url)
    figures += account.measure(databases.new())
    figures += books.measure(databases.new())
    figures += reports.measure(databases.new())
    figures += reports.measure_on_sqlite(files.new(), databases.new())
    figures += exports.measure(databases.new(), files.new())
    _probe(folder)
    return figures


@contextmanager
def _postgres_databases(folder: Path) -> Iterator[PostgresDatabases]:
    servers = postgres_server(folder / "postgres")
    with closing(servers):  # type: ignore[type-var]  # a generator: closing it stops the server
        databases = PostgresDatabases(next(servers))
        yield databases
        databases.close()


def _forget_events(url: str) -> None:
    """The webhook's thousands are no part of an idle worker's inbox."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE stripe_events, event_tries")


def _probe(folder: Path) -> None:
    say(f"  disk: 8 KiB + fdatasync {fdatasync_ms(folder):.2f} ms")


if __name__ == "__main__":
    main()
