"""Why upkeep ends without having done anything: one line for the operator, in `detail`."""

from __future__ import annotations

from support.errors import SupportError


class BadEraseLog(SupportError):
    """The erase log cannot be read or written."""


class BadBackup(SupportError):
    """No backup can be made there, or this one cannot be brought back."""


class StillLive(SupportError):
    """Something may still be charged to the person who is to be erased."""
