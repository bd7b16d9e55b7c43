"""What the access package takes in: gate.toml, and the bodies of its API."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from support.http import Body

if TYPE_CHECKING:
    from pathlib import Path

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


class BadGate(ValueError):
    """A gate file that cannot be loaded; the message is one line with the place."""


class RuleContent(BaseModel):
    """`[[rule]]`: `path` is a glob such as `/news/*`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    path: Annotated[str, Field(pattern=r"^/", max_length=500)]
    policy: Literal["open", "members"]
    plans: list[str] = []


class GateFile(BaseModel):
    """gate.toml: ordered rules; the first that matches wins, else `default`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    default: Literal["open", "members"] = "members"
    rule: list[RuleContent] = []


def read_gate(path: Path) -> GateFile:
    """The file's rules. Raises BadGate."""
    try:
        return GateFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise BadGate(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise BadGate(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
