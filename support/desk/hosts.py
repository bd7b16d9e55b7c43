"""STAFF_HOST: the staff's pages on a host of their own, and nothing else there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import MethodNotAllowed

from support.errors import NotFound
from support.guards import is_for_staff

if TYPE_CHECKING:
    from werkzeug.routing import Rule

    from config.settings import Settings

_PARTS = ("/staff", "/finance")
_EVERYWHERE = ("/static/<path:filename>", "/healthz", "/readyz")


def keep_apart() -> None:
    """404 for what belongs on the other host. Decided by the rule that matched, never by how the address is spelled."""
    rule = _rule()
    if rule is None or rule.rule in _EVERYWHERE:
        return
    settings: Settings = current_app.extensions["settings"]
    is_staff_host = urlsplit(f"//{request.host}").hostname == settings.staff_host
    if is_staff_host != _is_for_staff(rule):
        raise NotFound


def _rule() -> Rule | None:
    """The rule that the address matches, by whatever method: a 405 would say that something is there."""
    problem, addresses = request.routing_exception, current_app.create_url_adapter(request)
    if not isinstance(problem, MethodNotAllowed) or not problem.valid_methods or addresses is None:
        return request.url_rule
    return addresses.match(method=next(iter(problem.valid_methods)), return_rule=True)[0]


def _is_for_staff(rule: Rule) -> bool:
    is_below = any(rule.rule == part or rule.rule.startswith(f"{part}/") for part in _PARTS)
    return is_below or is_for_staff(current_app.view_functions[rule.endpoint])
