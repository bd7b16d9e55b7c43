"""What `flask doctor` says. Packages that know more register checks of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from config.settings import SettingsError
from support.errors import StripeRefused, StripeUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flask import Flask


@dataclass(frozen=True)
class Finding:
    """One verdict: `warn` may be meant so, `FAIL` loses something. `words` say what is, and what to do about it."""

    verdict: Literal["ok", "warn", "FAIL"]
    about: str
    words: str


def register_check(app: Flask, about: str, check: Callable[[], Iterable[Finding]]) -> None:
    """Let the doctor look at something more; what `check` raises becomes a finding about `about`."""
    app.extensions.setdefault("checks", []).append((about, check))


def diagnose() -> Iterator[Finding]:
    """Every finding, check by check; one that cannot look keeps none of the others from looking."""
    checks: list[tuple[str, Callable[[], Iterable[Finding]]]] = current_app.extensions.get("checks", [])
    for about, check in checks:
        try:
            yield from check()
        except SQLAlchemyError as error:
            yield Finding("FAIL", about, f"the database does not answer ({type(error).__name__})")
        except (StripeUnavailable, StripeRefused) as error:
            yield Finding("FAIL", about, f"Stripe says: {error.detail}")
        except SettingsError as error:
            yield Finding("FAIL", about, str(error))
