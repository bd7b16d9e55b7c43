"""Stripe's form encoding: `line_items[0][price_data][currency]=eur` to nested dictionaries.

Evidence: Stripe API reference, "Request bodies"; stripe-python's own encoder is the other half.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from demo.stripe.errors import StripeError

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
PART = re.compile(r"\[([^\[\]]*)\]")
DEEPEST = 12

Tree = dict[str, Any]


def decode(text: str) -> Tree:
    """A query string or form body as a tree whose leaves are texts. Lists keep their indexes as keys ("0", "1")."""
    root: Tree = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        path = _path(key)
        branch = root
        for part in path[:-1]:
            branch = branch.setdefault(part or str(len(branch)), {})
            if not isinstance(branch, dict):
                raise StripeError.invalid(f"Invalid parameter: {key}", param=key)
        branch[path[-1] or str(len(branch))] = value
    return root


def from_json(text: str) -> Tree:
    """The JSON body of a call to `/v2/` as the same kind of tree."""
    try:
        given = json.loads(text or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise StripeError.invalid("The body must be a JSON object.")
    tree: Tree = _leaves(given)
    return tree


def _leaves(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _leaves(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return {str(index): _leaves(inner) for index, inner in enumerate(value)}
    return value if isinstance(value, str) else json.dumps(value)


def _path(key: str) -> list[str]:
    found = KEY.fullmatch(key)
    if not found or len(path := [found[1], *PART.findall(found[2])]) > DEEPEST:
        raise StripeError.invalid(f"Received unknown parameter: {key}", code="parameter_unknown", param=key)
    return path


def name_of(path: tuple[str, ...]) -> str:
    """The way back, for messages: ("line_items", "0", "price") is `line_items[0][price]`."""
    return path[0] + "".join(f"[{part}]" for part in path[1:]) if path else ""
