"""Request parameters, checked and typed by the SDK's parameter classes, refused in Stripe's words.

Evidence: the SDK's TypedDicts (generated from Stripe's OpenAPI description); messages per "Error codes".
The SDK types almost every enum as "or any string", so that newer servers do not break it; the API itself is closed, and
so is this.
"""

import functools
import re
import sys
import types
import typing
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NotRequired, Union, get_args, get_origin

from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

from demo.stripe.errors import StripeError
from demo.stripe.shape.forms import Tree, name_of

SDK_ONLY = frozenset(RequestOptions.__annotations__)
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
LENGTHS = {
    "client_reference_id": 200,
    "description": 1000,
    "statement_descriptor": 22,
    "statement_descriptor_suffix": 22,
}

Path = tuple[str, ...]


def check(params: type, tree: Tree, path: Path = ()) -> Tree:
    """`tree` with its leaves typed (`"500"` is 500), or StripeError with `code`, `param` and Stripe's message."""
    fields = _fields(params)
    for name in tree:
        if name not in fields:
            param = name_of((*path, name))
            raise StripeError.invalid(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)
    checked = {name: _value(value, fields[name][1], (*path, name)) for name, value in tree.items()}
    for name, (required, _) in fields.items():
        if required and name not in checked:
            raise StripeError.missing(name_of((*path, name)))
    return checked


@functools.cache
def _fields(params: type) -> dict[str, tuple[bool, Any]]:
    """{name: (required, type)}, without the options that only the SDK knows (api_key, idempotency_key, ...)."""
    names = {name: hint for name, hint in params.__annotations__.items() if name not in SDK_ONLY}
    holder = type("Holder", (), {"__annotations__": names})
    hints = typing.get_type_hints(holder, globalns=vars(sys.modules[params.__module__]), include_extras=True)
    return {
        name: (False, closed(get_args(hint)[0])) if get_origin(hint) is NotRequired else (True, closed(hint))
        for name, hint in hints.items()
    }


def names_of(params: type) -> set[str]:
    """What a call takes."""
    return set(_fields(params))


def closed(hint: Any) -> Any:
    """`Literal["a", "b"] | str` as `Literal["a", "b"]`, everywhere inside a type."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        kept = [arg for arg in get_args(hint) if (get_origin(arg) or arg) is not UntypedStripeObject]
        words = [word for arg in kept if get_origin(arg) is Literal for word in get_args(arg)]
        if any(words):
            kept = [arg for arg in kept if arg is not str]
        return Union[tuple(closed(arg) for arg in kept)]  # noqa: UP007 - put together at run time
    return list[closed(get_args(hint)[0])] if origin is list else hint  # type: ignore[misc]


def _value(value: str | Tree, hint: Any, path: Path) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(value, get_args(hint), path)
    if origin is Literal:
        return _word(value, get_args(hint), path)
    if origin is list:
        return _list(value, get_args(hint)[0], path)
    if origin is dict:
        return _metadata(_tree(value, path), path)
    if _is_typed_dict(hint):
        return check(hint, _tree(value, path), path)
    if isinstance(value, dict):
        raise StripeError.invalid(f"Invalid {name_of(path)}: expected a value, not a hash.", param=name_of(path))
    return LEAVES[hint](value, path)


def _union(value: str | Tree, hints: tuple[Any, ...], path: Path) -> Any:
    if value == "" and any(get_origin(hint) is Literal and "" in get_args(hint) for hint in hints):
        return ""
    fitting = [hint for hint in hints if _is_nested(hint) == isinstance(value, dict) and get_args(hint) != ("",)]
    first: StripeError | None = None
    for hint in fitting:
        try:
            return _value(value, hint, path)
        except StripeError as error:
            first = first or error
    raise first or StripeError.invalid(f"Invalid {name_of(path)}", param=name_of(path))


def _is_typed_dict(hint: Any) -> bool:
    return hasattr(hint, "__required_keys__")


def _is_nested(hint: Any) -> bool:
    return _is_typed_dict(hint) or get_origin(hint) in (list, dict)


def _tree(value: str | Tree, path: Path) -> Tree:
    if isinstance(value, str):
        raise StripeError.invalid("Invalid object", param=name_of(path))
    return value


def _word(value: str | Tree, words: tuple[Any, ...], path: Path) -> Any:
    spelled = {str(word).lower() if isinstance(word, bool) else word: word for word in words}
    if isinstance(value, str) and value in spelled:
        return spelled[value]
    *others, last = [word for word in spelled if word]
    choice = f"{', '.join(others)}{',' if len(others) > 1 else ''} or {last}" if others else last
    raise StripeError.invalid(f"Invalid {name_of(path)}: must be one of {choice}", param=name_of(path))


def _list(value: str | Tree, hint: Any, path: Path) -> Any:
    if value == "":
        return []
    if isinstance(value, str) or not all(index.isdecimal() for index in value):
        raise StripeError.invalid("Invalid array", param=name_of(path))
    return [_value(value[index], hint, (*path, index)) for index in sorted(value, key=int)]


def _metadata(tree: Tree, path: Path) -> Tree:
    param = name_of(path)
    if len(tree) > METADATA_KEYS:
        raise StripeError.invalid(f"You can have at most {METADATA_KEYS} keys in {param}.", param=param)
    for key, value in tree.items():
        if not isinstance(value, str):
            raise StripeError.invalid("Metadata values must be strings.", param=name_of((*path, key)))
        if len(key) > METADATA_KEY_LENGTH or len(value) > METADATA_VALUE_LENGTH:
            limits = f"keys up to {METADATA_KEY_LENGTH} and values up to {METADATA_VALUE_LENGTH} characters"
            raise StripeError.invalid(f"Metadata takes {limits}.", param=name_of((*path, key)))
    return tree


def _text(value: str, path: Path) -> str:
    param = name_of(path)
    if value == "":
        message = f"You passed an empty string for '{param}', which cannot be unset. Remove it or give it a value."
        raise StripeError.invalid(message, code="parameter_invalid_empty", param=param)
    if len(value) > LENGTHS.get(path[-1], 5000):
        raise StripeError.invalid(
            f"Invalid string: must be at most {LENGTHS.get(path[-1], 5000)} characters", param=param
        )
    return value


def _truth(value: str, path: Path) -> bool:
    if value not in {"true", "false"}:
        raise StripeError.invalid(f"Invalid boolean: {value}", param=name_of(path))
    return value == "true"


def _integer(value: str, path: Path) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise StripeError.invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name_of(path))
    return int(value)


def _decimal(value: str, path: Path) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        raise StripeError.invalid(f"Invalid decimal: {value}", param=name_of(path)) from None


LEAVES: dict[Any, Callable[[str, Path], Any]] = {
    str: _text,
    bool: _truth,
    int: _integer,
    float: lambda value, path: float(_decimal(value, path)),
    Decimal: _decimal,
    Any: lambda value, _: value,
}
