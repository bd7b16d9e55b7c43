"""Lists, newest first.

Evidence: Stripe API reference, "Pagination" (limit 1 to 100, default 10; starting_after, ending_before, has_more).
"""

from dataclasses import replace
from typing import Any

from demo.stripe.account import Account
from demo.stripe.errors import StripeError
from demo.stripe.operations import Call, operation, require_built
from demo.stripe.store import Json, Place, Span

PAGING = frozenset({"limit", "starting_after", "ending_before", "created"})
BOUNDS = {"gt": ("since", 1), "gte": ("since", 0), "lt": ("until", -1), "lte": ("until", 0)}

Filters = dict[str, list[Any]]


def list_object(data: list[Json], url: str, *, has_more: bool = False) -> Json:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def lists(kind: str, path: str, *filtered: str) -> None:
    """Register the list of a kind, filtered by parameters that are named like the attribute they compare with."""
    operation("GET", path)(lambda account, call: page(account, call, kind, attributes_equal(call, *filtered)))


def attributes_equal(call: Call, *names: str, also: tuple[str, ...] = ()) -> Filters:
    """Filters for the parameters that were given; 501 for any other than `names`, `also` and those of paging."""
    require_built(call.params, {*names, *also, *PAGING})
    return {f"$.{name}": [call.params[name]] for name in names if name in call.params}


def page(account: Account, call: Call, kind: str, filters: Filters) -> Json:
    limit = call.params.get("limit", 10)
    if not 1 <= limit <= 100:
        words = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise StripeError.invalid(f"This value must be {words}.", code="parameter_invalid_integer", param="limit")
    backwards = "ending_before" in call.params
    span = _created(call.params.get("created", {}))
    if backwards:
        span = replace(span, above=_place(account, call, kind, "ending_before"))
    if "starting_after" in call.params:
        span = replace(span, below=_place(account, call, kind, "starting_after"))
    found = account.store.select(kind, filters, span=span, limit=limit + 1, oldest=backwards)
    data = found[:limit]
    return list_object(data[::-1] if backwards else data, call.path, has_more=len(found) > limit)


def slice_of(call: Call, data: list[Json]) -> Json:
    """The page that was asked for of a short list that is already here."""
    require_built(call.params, {"limit", "starting_after"})
    ids = [one["id"] for one in data]
    after, limit = call.params.get("starting_after"), call.params.get("limit", 10)
    start = ids.index(after) + 1 if after in ids else 0
    return list_object(data[start : start + limit], call.path, has_more=len(data) > start + limit)


def _place(account: Account, call: Call, kind: str, param: str) -> Place:
    place = account.store.place(kind, call.params[param])
    if place is None:
        raise StripeError.not_found(kind, call.params[param], param)
    return place


def _created(given: int | Json) -> Span:
    if isinstance(given, int):
        return Span(since=given, until=given)
    bounds = {BOUNDS[word][0]: value + BOUNDS[word][1] for word, value in given.items()}
    return replace(Span(), **bounds)
