"""The checkout cookie: 24 hours of proof that this browser began this checkout.

One cookie per checkout, since a form posted from another site does not bring the earlier ones along. Its value is
signed, so no row is needed for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from support.http import cookie_name, delete_cookie, set_cookie

if TYPE_CHECKING:
    from flask import Response

    from config.settings import Settings

_PREFIX = "checkout_"
_LIFE_SECONDS = 24 * 60 * 60
_AT_MOST = 10


def remember_checkout(response: Response, public_id: str) -> None:
    """Let this browser come back to the checkout that it began."""
    set_cookie(response, _PREFIX + public_id, _signer().dumps(public_id), _LIFE_SECONDS)


def remembered_checkouts() -> list[str]:
    """Public ids of the checkouts that this browser began within 24 hours, at most ten."""
    prefix = cookie_name(_PREFIX)
    found = [(name[len(prefix) :], value) for name, value in request.cookies.items() if name.startswith(prefix)]
    return [public_id for public_id, value in found[:_AT_MOST] if _is_genuine(public_id, value)]


def forget_checkouts(response: Response) -> None:
    """Take the cookies away: what they proved is kept elsewhere now."""
    for public_id in remembered_checkouts():
        delete_cookie(response, _PREFIX + public_id)


def _is_genuine(public_id: str, value: str) -> bool:
    try:
        return bool(_signer().loads(value, max_age=_LIFE_SECONDS) == public_id)
    except BadSignature:
        return False


def _signer() -> URLSafeTimedSerializer:
    settings: Settings = current_app.extensions["settings"]
    # itsdangerous signs with the last key of the list.
    return URLSafeTimedSerializer([*settings.secret_key_fallbacks, settings.secret_key], salt="checkout cookie")
