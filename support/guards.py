"""Who may call a view. Every view names its guard; a test walks the URL map and fails on one that names nobody.

A guard declares and enforces; what it enforces with (who holds this API key?) is registered by the package that
knows, at start.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flask import current_app, request

from support.errors import NotAuthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

P = ParamSpec("P")
R = TypeVar("R")


def init_app(app: Flask) -> None:
    """Flask's own view of static files is for anyone, too."""
    _named("anyone", app.view_functions["static"])


def guard_of(view: Callable[..., object]) -> str | None:
    """Which guard a view names: the name of one of the functions below, or None."""
    guard: str | None = getattr(view, "guard", None)
    return guard


def anyone(view: Callable[P, R]) -> Callable[P, R]:
    """Readers without any proof of who they are; the view gives nothing away about anybody."""
    return _named("anyone", view)


def reader(view: Callable[P, R]) -> Callable[P, R]:
    """Anyone may call; what is answered depends on the pass or first-party cookie that comes along."""
    return _named("reader", view)


def stripe(view: Callable[P, R]) -> Callable[P, R]:
    """Only Stripe: the view itself verifies the signature over the raw body."""
    return _named("stripe", view)


def site_server(view: Callable[P, R]) -> Callable[P, R]:
    """A server of the newsroom's: `Authorization: Bearer <API key>`, else 401."""

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_app.extensions["is_api_key"](bearer_token()):
            raise NotAuthenticated("This address needs an API key: Authorization: Bearer <key>.")
        return view(*args, **kwargs)

    return _named("site_server", guarded)


def register_api_keys(app: Flask, is_api_key: Callable[[str], bool]) -> None:
    """Tell `site_server` how to judge a key; an absent one arrives as an empty text."""
    app.extensions["is_api_key"] = is_api_key


def bearer_token() -> str:
    """What follows `Authorization: Bearer`, or an empty text."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _named(guard: str, view: Callable[P, R]) -> Callable[P, R]:
    view.guard = guard  # type: ignore[attr-defined]
    return view
