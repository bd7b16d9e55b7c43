"""The reader's language: which one, and our texts in it.

English is in the code and templates; `translations/<locale>.po` holds the others, compiled in memory at start, so
that no compiled catalogue is kept beside its source.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import current_app, g, has_request_context, request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from flask import Flask

    from config.settings import Settings

DEFAULT = "en"
LOCALES = ("en", "uk")
_FOLDER = Path(__file__).parent / "translations"
# CLDR's long form ends in an abbreviation whose dot meets that of the sentence.
_DAYS = {"uk": "d MMMM y 'року'"}
_SPOKEN: ContextVar[str | None] = ContextVar("spoken", default=None)


def _catalogue(locale: str) -> NullTranslations:
    source = _FOLDER / f"{locale}.po"
    if not source.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


_CATALOGUES = {locale: _catalogue(locale) for locale in LOCALES}


def init_app(app: Flask) -> None:
    """Give templates `_()`, `ngettext()` and the locale."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.add_template_filter(day, "day")
    app.context_processor(lambda: {"locale": current_locale(), "direction": Locale(current_locale()).text_direction})


def known(tag: str | None) -> str | None:
    """The locale of ours for a language tag such as `uk-UA`, or None."""
    language = (tag or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else None


def current_locale() -> str:
    """Chosen (`?locale=`, or the form's field through `choose`), else what the browser asks for, else English."""
    if spoken := _SPOKEN.get():
        return spoken
    if not has_request_context():
        return DEFAULT
    if "locale" not in g:
        choose(known(request.args.get("locale")) or request.accept_languages.best_match(LOCALES) or DEFAULT)
    return str(g.locale)


def choose(locale: str) -> None:
    """Answer this request in `locale`, one of LOCALES."""
    g.locale = locale


@contextmanager
def in_locale(locale: str) -> Iterator[None]:
    """Speak `locale` (English if we do not have it) to whoever is not the one that asked: mails."""
    token = _SPOKEN.set(known(locale) or DEFAULT)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def day(moment: date) -> str:
    """A day in the reader's language, such as `3 March 2026`; of a moment, its day in NEWSROOM_TIME_ZONE."""
    settings: Settings = current_app.extensions["settings"]
    local = moment.astimezone(settings.time_zone) if isinstance(moment, datetime) else moment
    locale = current_locale()
    return format_date(local, _DAYS.get(locale, "long"), locale)


def gettext(message: str) -> str:
    """`message` in the reader's language."""
    return _CATALOGUES[current_locale()].ugettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The right plural form for `count` in the reader's language."""
    return _CATALOGUES[current_locale()].ungettext(singular, plural, count)
