"""What Stripe's objects look like: the attributes of the SDK's resource classes, blanks, and a checker for JSON.

Evidence: the SDK's resource classes; which optional attributes are null and which are absent is read off the example
objects that Stripe publishes with its OpenAPI description.
"""

import ast
import functools
import importlib
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES, V2_OBJECT_CLASSES
from stripe._stripe_object import StripeObject, UntypedStripeObject
from stripe.events._event_classes import get_v2_event_class

from demo.stripe.shape.params import closed

Json = dict[str, Any]

# Optional attributes that are not there at all, rather than null: only on request (expand) or only when they apply.
ABSENT: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "customer": "business_name cash_balance deleted individual_name invoice_credit_balance sources subscriptions "
        "tax tax_ids",
        "product": "deleted tax_details",
        "price": "currency_options deleted tiers",
        "plan": "deleted tiers",
        "checkout.session": "allowed_payment_method_types branding_settings excluded_payment_method_types line_items "
        "name_collection optional_items presentment_details redirect_on_completion return_url tax_id_collection",
        "item": "discounts taxes",
        "payment_intent": "allowed_payment_method_types hooks payment_details payment_record presentment_details",
        "charge": "authorization_code level3 presentment_details radar_options refunds transfer",
        "balance": "connect_reserved instant_available issuing refund_and_dispute_prefunding",
        "billing_portal.session": "after_expiration",
        "dispute": "network_reason_code",
        "radar.early_fraud_warning": "payment_intent",
        "webhook_endpoint": "deleted secret",
        "refund": "description failure_balance_transaction failure_reason instructions_email next_action "
        "pending_reason presentment_details",
        "event": "account context",
        "subscription": "presentment_details status_details",
        "subscription_item": "billed_until current_trial deleted",
        "invoice": "confirmation_secret deleted payments status_details threshold_reason",
    }.items()
}
# Where nearly all optional attributes are absent (one hash per type of payment method), the ones that are null.
NULL_ONLY = {"payment_method": ("customer", "customer_account")}

GONE = {"id", "object", "deleted"}  # all that is left of what was deleted


class ShapeError(Exception):
    """The stand-in made an object that Stripe would not: a mistake of ours, answered as HTTP 500 with the reasons."""


@functools.cache
def class_of(kind: str) -> type:
    module, name = OBJECT_CLASSES.get(kind) or V2_OBJECT_CLASSES[kind]
    found: type = getattr(importlib.import_module(module), name)
    return found


def attributes_of(kind: str) -> dict[str, Any]:
    return attributes(class_of(kind))


@functools.cache
def attributes(cls: type) -> dict[str, Any]:
    """{attribute: type} of a resource or of a hash inside one."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if not issubclass(base, StripeObject) or base.__module__ in {"stripe._stripe_object", "stripe._api_resource"}:
            continue
        names = {key: hint for key, hint in vars(base).get("__annotations__", {}).items() if _is_attribute(key, hint)}
        nested = {key: value for key, value in vars(cls).items() if isinstance(value, type)}
        scope = {**_names_in(base.__module__), **nested, "bool": bool}
        found |= typing.get_type_hints(type("Holder", (), {"__annotations__": names}), globalns=scope)
    return found


def _is_attribute(name: str, hint: Any) -> bool:
    return not name.startswith("_") and "ClassVar" not in str(hint)


@functools.cache
def _names_in(module_name: str) -> dict[str, Any]:
    """A module's globals and what it imports only for type checkers."""
    module = importlib.import_module(module_name)
    names = {**vars(typing), **vars(module)}
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stripe"):
            source = vars(importlib.import_module(str(node.module)))
            names = {alias.asname or alias.name: source.get(alias.name, Any) for alias in node.names} | names
    return names


def is_nullable(hint: Any) -> bool:
    return type(None) in get_args(hint)


@functools.cache
def _nullable(kind: str) -> tuple[str, ...]:
    if kind in NULL_ONLY:
        return NULL_ONLY[kind]
    absent = ABSENT.get(kind, frozenset())
    return tuple(name for name, hint in attributes_of(kind).items() if is_nullable(hint) and name not in absent)


@functools.cache
def _lists(kind: str) -> tuple[str, ...]:
    return tuple(name for name, hint in attributes_of(kind).items() if get_origin(hint) is list)


def blank(kind: str) -> Json:
    """A new object of a kind: nullable attributes null, required lists empty; the caller supplies the rest."""
    return dict.fromkeys(_nullable(kind)) | {name: [] for name in _lists(kind)}


def require_shape(document: Json) -> None:
    """Raise ShapeError unless `document` (an object or a list of them) could be Stripe's."""
    for one in document["data"] if document["object"] == "list" else [document]:
        is_thin = one["object"] == "v2.core.event"
        cls = get_v2_event_class(one["type"]) if is_thin else class_of(one["object"])
        wrong = list(complaints(cls, one, one["object"]))
        if wrong:
            raise ShapeError("; ".join(wrong[:5]))


def complaints(cls: type, document: Json, path: str, *, open_enums: bool = False) -> Iterator[str]:
    """What is wrong with a JSON object of class `cls`: unknown, missing, mistyped. Deep. Empty when it is right."""
    if document.keys() == GONE:
        return
    known, plain = attributes(cls), _plain(cls)
    for name, value in document.items():
        if type(value) in plain.get(name, ()):
            continue
        if name in known:
            yield from _wrong(value, known[name], f"{path}.{name}", open_enums)
        else:
            yield f"{path}.{name}: not an attribute of {cls.__qualname__}"
    for name in _required(cls):
        if name not in document:
            yield f"{path}.{name}: missing"


@functools.cache
def _required(cls: type) -> tuple[str, ...]:
    return tuple(name for name, hint in attributes(cls).items() if not is_nullable(hint))


@functools.cache
def _plain(cls: type) -> dict[str, frozenset[type]]:
    """{attribute: types of which any value is right}: most of what there is to check, and checked at once."""
    return {name: frozenset(_plain_types(hint)) for name, hint in attributes(cls).items()}


def _plain_types(hint: Any) -> Iterator[type]:
    for choice in get_args(_closed(hint)) if get_origin(hint) in (Union, types.UnionType) else (hint,):
        yield from JSON_TYPES.get(choice, ())
        if choice is types.NoneType:
            yield choice


def _wrong(value: Any, hint: Any, path: str, open_enums: bool) -> Iterator[str]:  # noqa: C901 - one line per type
    origin = get_origin(hint)
    if hint is Any:
        return
    if value is None:
        if not is_nullable(hint):
            yield f"{path}: null but not nullable"
    elif origin in (Union, types.UnionType):
        yield from _wrong_union(value, hint, path, open_enums)
    elif origin is Literal:
        if value not in get_args(hint):
            yield f"{path}: {value!r} is not one of {get_args(hint)[:6]}"
    elif origin is list:
        yield from _wrong_items(value, get_args(hint)[0], path, open_enums)
    elif (origin or hint) is ListObject:
        items = value.get("data") if isinstance(value, dict) and value.get("object") == "list" else None
        yield from _wrong_items(items, get_args(hint)[0], f"{path}.data", open_enums)
    elif not isinstance(value, JSON_TYPES.get(hint, dict)) or (isinstance(value, bool) and hint is not bool):
        yield f"{path}: {value!r} is not {getattr(hint, '__name__', hint)}"
    elif isinstance(value, dict) and isinstance(hint, type) and hint is not UntypedStripeObject:
        yield from complaints(hint, value, path, open_enums=open_enums)


JSON_TYPES: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    float: (int, float),
    str: (str,),
    Decimal: (str,),
}


def _wrong_items(items: Any, hint: Any, path: str, open_enums: bool) -> Iterator[str]:
    if not isinstance(items, list):
        yield f"{path}: not a list"
        return
    for index, item in enumerate(items):
        yield from _wrong(item, hint, f"{path}[{index}]", open_enums)


def _wrong_union(value: Any, hint: Any, path: str, open_enums: bool) -> Iterator[str]:
    choices = [arg for arg in get_args(hint if open_enums else _closed(hint)) if arg is not type(None)]
    if isinstance(value, dict):
        named = [one for one in choices if value.get("object") and getattr(one, "OBJECT_NAME", None) == value["object"]]
        choices = named or [one for one in choices if one is not str and get_origin(one) is not Literal]
    first: list[str] = []
    for choice in choices:
        wrong = list(_wrong(value, choice, path, open_enums))
        if not wrong:
            return
        first = first or wrong
    yield from first or [f"{path}: fits none of {hint}"]


@functools.cache
def _closed(hint: Any) -> Any:
    """The stand-in itself uses only the words that the SDK lists; a union of one type comes back wrapped."""
    untyped = [arg for arg in get_args(hint) if (get_origin(arg) or arg) is UntypedStripeObject]
    return Union[(closed(hint), types.NoneType, *untyped)]
