"""STAFF_HOST: the staff's pages on a host of their own, and nothing else there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, request

from support.errors import NotFound
from support.guards import is_for_staff

if TYPE_CHECKING:
    from werkzeug.routing import Rule

    from config.settings import Settings

_PARTS = ("/staff", "/finance")
_EVERYWHERE = ("/static/<path:filename>", "/healthz", "/readyz")


def keep_apart() -> None:
    """404 for what belongs on the other host. Decided by the rule that matched, never by how the address is spelled."""
    rule = request.url_rule
    if rule is None or rule.rule in _EVERYWHERE:
        return
    settings: Settings = current_app.extensions["settings"]
    is_staff_host = urlsplit(f"//{request.host}").hostname == settings.staff_host
    if is_staff_host != _is_for_staff(rule):
        raise NotFound


def _is_for_staff(rule: Rule) -> bool:
    is_below = any(rule.rule == part or rule.rule.startswith(f"{part}/") for part in _PARTS)
    return is_below or is_for_staff(current_app.view_functions[rule.endpoint])
