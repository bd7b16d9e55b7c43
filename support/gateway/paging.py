"""Going through lists: while the caller works on one page, the next is on its way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from support.errors import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = TypeVar("P")
A = TypeVar("A")


def page_after_page(read: Callable[[A], P], first: A, following: Callable[[P], A | None]) -> Iterator[P]:
    """What `read` gives for `first`, for what follows that, and so on until nothing follows.

    Reads one ahead, in another thread; raises what `read` raises, after the page before it was worked on.
    """
    with ThreadPoolExecutor(1, "pages") as pool:
        coming = pool.submit(read, first)
        while True:
            page = coming.result()
            place = following(page)
            if place is None:
                yield page
                return
            coming = pool.submit(read, place)
            yield page


def page_behind(read: Callable[[str | None], P], after: str | None) -> P:
    """What `read` gives behind the object `after`; from the list's beginning where Stripe keeps that object no more.

    A killed run goes on from an object that may be gone by then.
    """
    try:
        return read(after)
    except ObjectMissing:
        if after is None:
            raise
        return read(None)
