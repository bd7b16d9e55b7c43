"""What the pages for signing in take in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from support.http import Body

_Password = Annotated[str, Field(max_length=500)]


class PasswordBody(Body):
    """POST /staff/sign-in"""

    email: Annotated[str, Field(max_length=320)]
    password: _Password


class StaffCodeBody(Body):
    """POST /staff/code, POST /staff/authenticator"""

    code: Annotated[str, Field(max_length=50)]


class ChosenPasswordBody(Body):
    """POST /staff/invitation/<token>"""

    password: _Password
