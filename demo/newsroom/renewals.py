"""A renewal works once, but two tabs of one browser send the same one at the same moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.newsroom.service import Issued, SupportService

_REMEMBERED = 1000


class Renewals:
    """Asks the service once per renewal; whoever sends the same one again gets the same answer."""

    def __init__(self, service: SupportService) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, Issued | None] = OrderedDict()

    def renew(self, renewal: str) -> Issued | None:
        """The next pass; None if nothing opens any more. Raises ServiceDown."""
        with self._lock:
            if renewal not in self._answers:
                self._answers[renewal] = self._service.renew(renewal)
                if len(self._answers) > _REMEMBERED:
                    self._answers.popitem(last=False)
            return self._answers[renewal]
