"""`expand[]`: ids replaced by the objects they name, and lists that are left out unless asked for.

Evidence: Stripe API reference, "Expanding Responses" (at most four levels; `data.` for lists, which counts as one).
"""

import functools
from collections.abc import Callable
from typing import Any, get_args, get_origin

from stripe._list_object import ListObject
from stripe._stripe_object import StripeObject

from demo.stripe.account import Account
from demo.stripe.errors import StripeError
from demo.stripe.shape.resources import attributes, class_of
from demo.stripe.store import Json

DEEPEST = 4

Inclusion = Callable[[Account, Json], Json]
INCLUDED: dict[tuple[str, str], Inclusion] = {}


def includes(kind: str, attribute: str) -> Callable[[Inclusion], Inclusion]:
    """Register what fills an attribute that is absent unless it is expanded."""

    def register(function: Inclusion) -> Inclusion:
        INCLUDED[kind, attribute] = function
        return function

    return register


def expand(account: Account, document: Json, paths: list[str]) -> Json:
    """A copy of `document` with every path expanded."""
    document = _copied(document)
    for path in paths:
        segments = path.split(".")
        if len(segments) > DEEPEST:
            raise StripeError.invalid(f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}")
        _open(account, document, None, segments)
    return document


def _copied(value: Any) -> Any:
    """As `copy.deepcopy`, of JSON alone: a page is mostly this."""
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _open(account: Account, holder: Json, cls: type | None, segments: list[str]) -> None:
    name, *rest = segments
    if holder.get("object") == "list":
        if name != "data":
            raise _cannot(name, f" You may want to try expanding 'data.{name}' instead.")
        for item in holder["data"] if rest else []:
            _open(account, item, None, rest)
        return
    cls = class_of(holder["object"]) if "object" in holder else cls
    hint = attributes(cls).get(name) if cls else None
    _expand_one(account, holder, name, hint, is_last=not rest)
    inner = holder.get(name)
    if rest and isinstance(inner, dict):
        _open(account, inner, _hash_class(hint), rest)


def _expand_one(account: Account, holder: Json, name: str, hint: Any, *, is_last: bool) -> None:
    include = INCLUDED.get((holder.get("object", ""), name))
    if include:
        holder.setdefault(name, None)
        holder[name] = holder[name] or _copied(include(account, holder))
    elif _is_expandable(hint):
        value = holder.get(name)
        found = account.store.find(value) if isinstance(value, str) else None
        holder[name] = _copied(found) if found else value
    elif _hash_class(hint) is ListObject and name not in holder:
        raise StripeError.not_built(f"expanding {name}")
    elif is_last or _hash_class(hint) is None:
        raise _cannot(name)


@functools.cache
def _is_expandable(hint: Any) -> bool:
    """An id or the object itself."""
    return str in get_args(hint) and _hash_class(hint) is not None


@functools.cache
def _hash_class(hint: Any) -> type | None:
    """The first class of Stripe's in a type, or None."""
    for choice in get_args(hint) or (hint,):
        origin = get_origin(choice) or choice
        if isinstance(origin, type) and issubclass(origin, StripeObject):
            return origin
    return ListObject if get_origin(hint) is ListObject else None


def _cannot(name: str, hint: str = "") -> StripeError:
    return StripeError.invalid(f"This property cannot be expanded ({name}).{hint}", param="expand")
