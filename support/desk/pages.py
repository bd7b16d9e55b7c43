"""What all pages of the staff have in common, whichever package shows them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

import orjson
from flask import Blueprint, request
from pydantic import Field, StringConstraints

from support.http import Body
from support.i18n import DEFAULT, choose

if TYPE_CHECKING:
    from flask import Response

# No script at all, and forms to ourselves: stricter than the reader's pages, which lead to Stripe.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'none'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
# The largest id that both databases can look for.
ID = "int(max=9223372036854775807)"


# What staff seek, and why they do something: blanks around it count for nothing.
Sought = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class StaffBody(Body):
    """A form of a page behind `guards.staff`, which has already looked at the key."""

    form_key: str = ""


class ActBody(StaffBody):
    """A form that does something once: `attempt` is the random text of the page view that shows it."""

    attempt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22,64}$")]

    def use(self, step: str = "") -> str:
        """What `audit.is_first_use` knows this form by: the page view, its address and all that was filled in.

        With anything else in it the form does something else. `step` tells apart what it does one after the other.
        """
        what = [step, request.path, self.model_dump(exclude={"form_key"})]
        return hashlib.sha256(orjson.dumps(what, option=orjson.OPT_SORT_KEYS)).hexdigest()


def staff_pages(name: str) -> Blueprint:
    """A blueprint for pages of the staff: in English, with the policy of pages that need no script."""
    blueprint = Blueprint(name, __name__)
    blueprint.before_request(_speak_english)
    blueprint.after_request(_set_policy)
    return blueprint


def _speak_english() -> None:
    choose(DEFAULT)


def _set_policy(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    return response
