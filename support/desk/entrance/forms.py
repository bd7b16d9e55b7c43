"""What the pages for signing in take in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from support.desk.pages import StaffBody
from support.http import Body

_Password = Annotated[str, Field(max_length=500)]
_Code = Annotated[str, Field(max_length=50)]


class PasswordBody(Body):
    """POST /staff/sign-in"""

    email: Annotated[str, Field(max_length=320)]
    password: _Password


class StaffCodeBody(Body):
    """POST /staff/code, POST /staff/authenticator"""

    code: _Code


class ChosenPasswordBody(Body):
    """POST /staff/invitation/<token>"""

    password: _Password


class NewPasswordBody(StaffBody):
    """POST /staff/account/password: the one that the member has, and the one to come."""

    password: _Password
    new_password: _Password


class ProofsBody(StaffBody):
    """POST /staff/account/recovery-codes, POST /staff/account/phone: both proofs once more."""

    password: _Password
    code: _Code


class PhoneBody(StaffBody):
    """POST /staff/account/phone/new: the first code of the new secret."""

    code: _Code
