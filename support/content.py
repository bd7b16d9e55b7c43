"""Content files (campaigns.toml, gate.toml) into checked models."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, TypeVar

import click
from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

C = TypeVar("C", bound="Content")


class Content(BaseModel):
    """One table of a content file: strict types, nothing unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BadContent(click.ClickException):
    """A content file that cannot be loaded: one line with the place; a command that meets it ends with that line."""


def read_content(path: Path, model: type[C]) -> C:
    """The TOML file at `path` as `model`. Raises BadContent."""
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise BadContent(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise BadContent(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
