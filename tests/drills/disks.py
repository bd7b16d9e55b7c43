"""A disk so small that a drill can fill it."""

from __future__ import annotations

import os
import resource
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MEGABYTES = 64


class SmallDisk:
    """What is in `folder` is on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @contextmanager
    def full(self) -> Iterator[None]:
        """No byte is left until the block ends."""
        try:
            with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            yield
        finally:
            self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """Mounted on `folder` until the block ends; None for whoever may not mount."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def no_room_for(leaders: Sequence[int]) -> Iterator[None]:
    """No process of these groups can write to a file until the block ends: as if the disk were full."""
    if not hasattr(resource, "prlimit"):
        message = "no disk was filled: neither a small one nor a limit for files is to be had here"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in _members_of(leaders)}
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for pid, earlier in limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, earlier)


def _members_of(leaders: Sequence[int]) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [pid for pid in pids if _group_of(pid) in leaders]


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
