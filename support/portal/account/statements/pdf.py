"""A statement as PDF, where the optional extra `pdf` (WeasyPrint) is installed. Nothing is fetched from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

_STYLE = Path(__file__).parents[3] / "static" / "css" / "statement.css"


def is_available() -> bool:
    """Whether there is a PDF to offer."""
    return _weasyprint() is not None


def write_pdf(page: str) -> bytes:
    """The PDF of a page in HTML that brings no style of its own. Only where `is_available`."""
    weasyprint: Any = _weasyprint()
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    style = weasyprint.CSS(string=_STYLE.read_text("utf-8"), url_fetcher=nothing)
    written: bytes = weasyprint.HTML(string=page, url_fetcher=nothing).write_pdf(stylesheets=[style])
    return written


def _weasyprint() -> ModuleType | None:
    """Loaded only for those who look at a statement: it is large."""
    try:
        import weasyprint  # noqa: PLC0415
    except (ImportError, OSError):  # OSError: it is there without the libraries that it draws with
        return None
    module: ModuleType = weasyprint
    return module
