"""Every route of Stripe's API, read from the SDK's service classes (about 650).

The service modules are parsed, not imported: each method makes one `self._request(verb, path, ...)` call whose `params`
annotation names the class that describes the parameters.
"""

import ast
import functools
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import stripe

SDK = Path(stripe.__file__).parent
PLACEHOLDER = "{}"


@dataclass(frozen=True)
class Route:
    """`path` has `{}` where an id stands; `params` is "module:Class", or None for a call without parameters."""

    method: str
    path: str
    params: str | None

    @functools.cached_property
    def segments(self) -> list[str]:
        return self.path.split("/")

    def ids_in(self, segments: list[str]) -> tuple[str, ...] | None:
        """The ids that this request path carries, or None when it is another route's."""
        if any(mine not in {PLACEHOLDER, theirs} for mine, theirs in zip(self.segments, segments, strict=True)):
            return None
        return tuple(t for mine, t in zip(self.segments, segments, strict=True) if mine == PLACEHOLDER)


@functools.cache
def routes() -> dict[tuple[str, str], Route]:
    found = (route for file in SDK.rglob("_*_service.py") for route in _routes_of(file))
    return {(route.method, route.path): route for route in found}


@functools.cache
def _by_length() -> dict[tuple[str, int], list[Route]]:
    """Routes by method and number of segments; those with fewer ids first, so that /search is no id."""
    table: dict[tuple[str, int], list[Route]] = {}
    for route in sorted(routes().values(), key=lambda one: one.path.count(PLACEHOLDER)):
        table.setdefault((route.method, len(route.segments)), []).append(route)
    return table


def resolve(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The route that answers a request path, and the ids in it."""
    segments = path.split("/")
    for route in _by_length().get((method, len(segments)), []):
        ids = route.ids_in(segments)
        if ids is not None and all(ids):
            return route, ids
    return None


@functools.cache
def params_class(reference: str) -> type:
    module, name = reference.split(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


def _routes_of(file: Path) -> Iterator[Route]:
    tree = ast.parse(file.read_text())
    origin = {
        (alias.asname or alias.name): f"{node.module}:{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        call = next((node for node in ast.walk(function) if _is_request(node)), None)
        if isinstance(call, ast.Call):
            yield Route(_literal(call.args[0]).upper(), _path(call.args[1]), origin.get(_params_name(function)))


def _is_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_request"


def _literal(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), ast.dump(node)  # noqa: S101 - the SDK's generator changed: stop at the start
    return str(node.value)


def _path(node: ast.expr) -> str:
    """`"/v1/x/{id}"` or `"/v1/x/{id}".format(...)`."""
    text = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node
    return re.sub(r"\{\w+\}", PLACEHOLDER, _literal(text))


def _params_name(function: ast.FunctionDef) -> str:
    arguments = [*function.args.posonlyargs, *function.args.args]
    annotation = next((arg.annotation for arg in arguments if arg.arg == "params" and arg.annotation), None)
    found = re.search(r"\w+Params", ast.unparse(annotation)) if annotation else None
    return found[0] if found else ""
