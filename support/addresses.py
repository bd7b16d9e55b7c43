"""Addresses on the news site: an article's, and where a reader may be sent back to. The only checks of their kind.

Whatever cannot be read in exactly one way is refused: a gate or a redirect must not be talked round by an address
that two programs read differently.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LENGTH = 2000
_PATH_SAFE = "!$&'()*+,;=:@-._~"
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AFTER_PATH = re.compile(r"[!-\[\]-~]*")  # printable ASCII without the backslash


class BadAddress(ValueError):
    """No address on the news site; the message says why."""


@lru_cache(4096)
def article_address(text: str, origins: Sequence[str]) -> str:
    """The one spelling of an article's address: absolute, on one of `origins`, without query and fragment.

    A bare path means the first origin. Raises BadAddress.
    """
    origin, path, _ = _parts(text, origins)
    return origin + path


def return_address(text: str, origins: Sequence[str]) -> str:
    """An address on one of `origins` to which a reader may be sent, its query and fragment kept. Raises BadAddress."""
    return "".join(_parts(text, origins))


@lru_cache(4096)
def origin_of(address: str) -> str:
    """The origin of an address that one of the functions above returned."""
    url = urlsplit(address)
    return f"{url.scheme}://{url.netloc}"


@lru_cache(4096)
def path_of(address: str) -> str:
    """The path of an address that one of the functions above returned, decoded once."""
    return unquote_to_bytes(urlsplit(address).path).decode()


def _parts(text: str, origins: Sequence[str]) -> tuple[str, str, str]:
    if len(text) > MAX_LENGTH:
        raise BadAddress("too long")
    if "\\" in text or not text.isprintable() or " " in text:
        raise BadAddress("characters that no address has")
    if text.startswith("/"):
        origin, rest = origins[0], text
    else:
        origin = next((known for known in origins if _is_on(text, known)), "")
        if not origin:
            raise BadAddress("not on the news site")
        rest = text[len(origin) :]
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    after = rest[len(path) :]
    if not _AFTER_PATH.fullmatch(after):
        raise BadAddress("characters that no address has")
    return origin, _one_spelling(path or "/"), after


def _is_on(text: str, origin: str) -> bool:
    """Exact scheme, host and port; what follows must end the authority, so that no look-alike host passes."""
    return text[: len(origin)].lower() == origin and text[len(origin) : len(origin) + 1] in {"", "/", "?", "#"}


def _one_spelling(path: str) -> str:
    if _BAD_PERCENT.search(path):
        raise BadAddress("a percent sign that encodes nothing")
    segments = path.split("/")[1:]
    if "" in segments[:-1]:
        raise BadAddress("an empty part of the path")
    return "/" + "/".join(_segment(segment) for segment in segments)


def _segment(text: str) -> str:
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadAddress("not UTF-8") from None
    # Some programs fold look-alike characters, and some cut `;…` off before they go up a folder.
    folded = unicodedata.normalize("NFKC", decoded)
    if folded.partition(";")[0] in {".", ".."} or re.search(r"[/\\%\x00-\x1f\x7f]", folded):
        raise BadAddress("a part of the path that can be read in two ways")
    return quote(decoded, safe=_PATH_SAFE)
