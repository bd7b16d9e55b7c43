"""Holds JSON against an OpenAPI description and lists what an endpoint takes; knows neither stand-in nor SDK."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True)
class Description:
    whole: Schema

    def schema_of(self, kind: str) -> Schema | None:
        """What objects with this `object` attribute look like."""
        found: Schema | None = self.whole["components"]["schemas"].get(kind)
        return found

    def parameters(self, method: str, path: str) -> set[str] | None:
        """Names of what an endpoint takes besides the ids in its path; None if there is no such endpoint."""
        operation = self._operations.get((method, _bare(path)))
        if operation is None:
            return None
        named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
        for content in operation.get("requestBody", {}).get("content", {}).values():
            named |= content["schema"].get("properties", {}).keys()
        return named

    @property
    def _operations(self) -> dict[tuple[str, str], Schema]:
        return {
            (method.upper(), _bare(path)): operation
            for path, methods in self.whole["paths"].items()
            for method, operation in methods.items()
        }

    def complaints(self, value: Any, schema: Schema, path: str) -> Iterator[str]:
        """What in a JSON value the schema does not know or allow."""
        schema = self._resolved(schema)
        if value is None:
            if not schema.get("nullable"):
                yield f"{path}: null"
        elif "anyOf" in schema:
            yield from self._any(value, schema["anyOf"], path)
        elif not isinstance(value, TYPES[schema.get("type", "object")]) or (
            isinstance(value, bool) and schema.get("type") != "boolean"
        ):
            yield f"{path}: {value!r} is no {schema.get('type')}"
        elif schema.get("enum") and value not in schema["enum"]:
            yield f"{path}: {value!r} is no word of its list"
        elif isinstance(value, list):
            for one in value:
                yield from self.complaints(one, schema["items"], path)
        elif isinstance(value, dict) and "properties" in schema:
            yield from self._attributes(value, schema, path)

    def _attributes(self, value: Schema, schema: Schema, path: str) -> Iterator[str]:
        for name, inner in value.items():
            if name in schema["properties"]:
                yield from self.complaints(inner, schema["properties"][name], f"{path}.{name}")
            else:
                yield f"{path}.{name}: unknown"
        for name in schema.get("required", []):
            if name not in value:
                yield f"{path}.{name}: missing"

    def _any(self, value: Any, choices: list[Schema], path: str) -> Iterator[str]:
        """Those of the choice that fits best."""
        tried = [list(self.complaints(value, one, path)) for one in choices if self._is_kind(value, one)]
        yield from min(tried, key=len, default=[f"{path}: fits no choice"])

    def _is_kind(self, value: Any, schema: Schema) -> bool:
        """Whether a choice is meant at all: an id is no object, and objects say what they are."""
        schema = self._resolved(schema)
        named = schema.get("properties", {}).get("object", {}).get("enum")
        kind = value.get("object") if isinstance(value, dict) else None
        return isinstance(value, TYPES[schema.get("type", "object")]) and (not named or not kind or kind in named)

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


def _bare(path: str) -> str:
    """`/v1/payouts/{payout}` as `/v1/payouts/{}`."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
