"""A service that mails, and whose clock moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.stripe.hooks import Hook
from tests.services import SECRET, running_stand_in
from tests.support.mailbox import running_mailed
from tests.support.notices.stories import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def telling(database_url: str, tmp_path: Path) -> Iterator[Telling]:
    """The service, a mailbox, and a stand-in of its own whose clock both follow."""
    clock_file = tmp_path / "clock"
    with (
        running_stand_in(clock_file, Hook("we_tests", "http://127.0.0.1:9/", SECRET)) as stand_in,
        running_mailed(
            database_url, stand_in, clock_file=clock_file, newsroom_legal="The Test Courier, 1 Example Street"
        ) as running,
    ):
        yield Telling(**vars(running))
