"""A second opinion on shapes: a plain walk over JSON, comparing names and scalars with the SDK's annotations as text.

It reads no types, only their spelling, and knows nothing of the stand-in.
"""

import importlib
from typing import Any

from stripe._object_classes import OBJECT_CLASSES

SCALARS: dict[str, type] = {"str": str, "int": int, "bool": bool}


def strange(value: Any, path: str = "") -> list[str]:
    """What no object of Stripe's would have: unknown or missing attributes, wrong scalars. Empty when all is well."""
    if isinstance(value, list):
        return [wrong for index, item in enumerate(value) for wrong in strange(item, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    wrong = [text for name, inner in value.items() for text in strange(inner, f"{path}.{name}")]
    kind = value.get("object")
    return wrong + (_strange_names(value, kind, path) if isinstance(kind, str) and kind in OBJECT_CLASSES else [])


def _strange_names(value: dict[str, Any], kind: str, path: str) -> list[str]:
    if value.get("deleted") is True:
        return []
    if kind == "list":
        return [f"{path}.{name}: missing" for name in {"data", "has_more", "url"} - value.keys()]
    module, name = OBJECT_CLASSES[kind]
    cls = getattr(importlib.import_module(module), name)
    known = {k: str(v) for base in cls.__mro__ for k, v in vars(base).get("__annotations__", {}).items() if k[0] != "_"}
    wrong = [f"{path}.{name}: {kind} has no such attribute" for name in value.keys() - known.keys()]
    for attribute, hint in known.items():
        required = not any(word in hint for word in ("Optional", "None", "ClassVar"))
        if required and value.get(attribute) is None:
            wrong.append(f"{path}.{attribute}: {kind} must have it")
        elif required and hint in SCALARS and type(value[attribute]) is not SCALARS[hint]:
            wrong.append(f"{path}.{attribute}: {value[attribute]!r} is not {hint}")
    return wrong
