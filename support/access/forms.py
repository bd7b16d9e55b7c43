"""What the access package takes in: gate.toml, and the bodies of its API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from support.content import Content
from support.http import Body

# base64url of a SHA-256: RFC 7636, S256
Challenge = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
Verifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{43,128}$")]
Address = Annotated[str, Field(min_length=1, max_length=2000)]
Token = Annotated[str, Field(min_length=1, max_length=4000)]


class AccessQuery(Body):
    """GET /api/v1/access"""

    article: Address


class PassQuery(Body):
    """GET /pass"""

    return_to: Address
    code_challenge: Challenge


class PassBody(Body):
    """POST /api/v1/passes: a code with its verifier, or a renewal."""

    code: Token | None = None
    code_verifier: Verifier | None = None
    renewal: Token | None = None


class MembershipBody(Body):
    """POST /api/v1/memberships/check: exactly one of the two."""

    email: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    pass_: Annotated[Token | None, Field(alias="pass")] = None


class RuleContent(Content):
    """`[[rule]]`: `path` is a glob such as `/news/*`."""

    path: Annotated[str, Field(pattern=r"^/", max_length=500)]
    policy: Literal["open", "members"]
    plans: list[str] = Field(default_factory=list)


class GateFile(Content):
    """gate.toml: ordered rules; the first that matches wins, else `default`."""

    default: Literal["open", "members"] = "members"
    rule: list[RuleContent] = Field(default_factory=list)
