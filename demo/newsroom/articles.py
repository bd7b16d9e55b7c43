"""The articles: TOML files in a folder that no address reaches."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent / "articles"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    headline: str
    section: str
    desk: str
    about_desk: str
    published_at: datetime
    is_open: bool
    locale: Literal["en", "uk"]
    picture: str
    picture_text: str
    caption: str
    text: str


@dataclass(frozen=True)
class Article:
    """One article. `teaser` is for everybody; `rest` only for those whom the gate lets in."""

    slug: str
    path: str
    address: str
    headline: str
    section: str
    desk: str
    about_desk: str
    published_at: datetime
    is_open: bool
    locale: str
    picture: str
    picture_text: str
    caption: str
    teaser: str
    rest: tuple[str, ...]
    # Which plans open it; none named: any of them.
    plans: tuple[str, ...] = ()

    @property
    def way_back(self) -> str:
        """Where a checkout leads back to: here, and a members' article then opens by itself."""
        return self.address if self.is_open else f"{self.address}?supported=1"


def read_articles(origin: str, folder: Path = FOLDER) -> list[Article]:
    """Every article, the newest first, at its address on `origin`."""
    found = [_article(origin, path) for path in folder.glob("*.toml")]
    return sorted(found, key=lambda article: article.published_at, reverse=True)


def _article(origin: str, file: Path) -> Article:
    fields = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).model_dump()
    teaser, *rest = (paragraph.strip() for paragraph in fields.pop("text").split("\n\n"))
    path = f"/{'open' if fields['is_open'] else 'articles'}/{file.stem}"
    return Article(slug=file.stem, path=path, address=origin + path, teaser=teaser, rest=tuple(rest), **fields)
