"""Stripe's JSON, read by attribute as the SDK's types name it.

The SDK's own objects convert everything that they contain, whether anybody looks at it or not: two milliseconds for
each object of a list, more than everything that we do with it.
"""

from __future__ import annotations

from typing import Any

import orjson


class Shape:
    """One JSON object. `shape.status`, `shape["items"]`, `"key" in shape`; an absent attribute is an AttributeError."""

    __slots__ = ("_json",)

    def __init__(self, json: dict[str, Any]) -> None:
        self._json = json

    def __getattr__(self, name: str) -> Any:
        try:
            return _shaped(self._json[name])
        except KeyError:
            raise AttributeError(f"{self._json.get('object')} has no {name}") from None

    def __getitem__(self, name: str) -> Any:
        return _shaped(self._json[name])

    @property
    def body(self) -> bytes:
        """As JSON again."""
        return orjson.dumps(self._json)

    def __contains__(self, name: str) -> bool:
        return name in self._json


def _shaped(value: Any) -> Any:
    if isinstance(value, dict):
        return Shape(value)
    if isinstance(value, list):
        return [_shaped(one) for one in value]
    return value
