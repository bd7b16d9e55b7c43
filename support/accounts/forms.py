"""What the sign-in pages take in."""

from __future__ import annotations

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from pydantic import Field

from support.addresses import BadAddress, return_address
from support.errors import FieldError, InvalidInput
from support.http import Body
from support.i18n import gettext as _

Locale = Annotated[str, Field(max_length=20)]


class SignInBody(Body):
    """POST /account/sign-in"""

    email: Annotated[str, Field(max_length=320)]
    return_to: Annotated[str, Field(max_length=2000)] | None = None
    locale: Locale | None = None


class CodeBody(Body):
    """POST /account/code"""

    code: Annotated[str, Field(max_length=50)]
    locale: Locale | None = None


class HelpBody(Body):
    """POST /account/help"""

    email: Annotated[str, Field(max_length=320)]
    words: Annotated[str, Field(max_length=2000)] | None = None
    locale: Locale | None = None


def mail_address(text: str) -> str:
    """One address to which mail can go, as it is normally spelled. Raises InvalidInput."""
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidInput([FieldError("email", _("Enter one e-mail address."))]) from None
    return str(found.ascii_email)


def way_back(text: str | None) -> str | None:
    """Where on the news site the reader came from; what is no address there is nowhere."""
    if not text:
        return None
    try:
        return return_address(text, current_app.extensions["settings"].news_origins)
    except BadAddress:
        return None
