"""Reading for as long as a long file takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def patiently(session: Session) -> None:
    """Let this transaction's statements take as long as they need: millions of rows take more than a page's seconds."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))
