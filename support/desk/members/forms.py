"""What the pages about members take in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from support.desk.pages import StaffBody

Role = Literal["finance", "editor", "admin"]


class InviteBody(StaffBody):
    """POST /staff/members"""

    email: Annotated[str, Field(max_length=320)]
    role: Role
    locale: Literal["en", "uk"] = "en"


class RoleBody(StaffBody):
    """POST /staff/members/<id>/role"""

    role: Role


class AgainBody(StaffBody):
    """POST /staff/members/<id>/invitation"""

    locale: Literal["en", "uk"] = "en"
