"""Finds functions that mix a database session with the network: what DESIGN's third idea forbids.

The network is the gateway, whatever takes or fetches it, and, up the calls, whatever calls those.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Name = tuple[str, str]

# A savepoint (`begin_nested`) ends nothing: what is around it commits or rolls back as before.
_ENDS = {"commit", "rollback", "begin", "close"}
_NETWORK = {"gateway", "Gateway", "current_gateway", "worker_gateway", "requests", "stripe", "httpx", "urlopen"}
_BLOCKS = {"transaction", "reading"}


@dataclass
class _Module:
    """One module: its functions by name, and what its imported names stand for."""

    name: str
    tree: ast.Module
    functions: dict[str, list[Function]] = field(default_factory=dict)
    names: dict[str, Name] = field(default_factory=dict)

    def called(self, node: ast.AST) -> Iterator[Name]:
        """(module, function) of every call below `node` that can be told from the text."""
        for call in ast.walk(node):
            if not isinstance(call, ast.Call):
                continue
            target = call.func
            if isinstance(target, ast.Name):
                yield self.names.get(target.id, (self.name, target.id))
            elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                owner = self.names.get(target.value.id)
                is_own = target.value.id in {"self", "cls"}
                yield (self.name, target.attr) if is_own or owner is None else (".".join(owner), target.attr)


def offenses(sources: Mapping[str, str]) -> list[str]:
    """A line for every place in `sources` ({module: text}) that mixes the two."""
    modules = [_read(name, text) for name, text in sources.items()]
    network = _network_functions(modules)
    return [line for module in modules for line in _offenses_of(module, network)]


def _read(name: str, text: str) -> _Module:
    module = _Module(name, ast.parse(text))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            module.functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Lambda):
            module.functions.setdefault("<lambda>", []).append(node)
        elif isinstance(node, ast.ImportFrom) and node.module:
            module.names |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    return module


def _network_functions(modules: list[_Module]) -> set[Name]:
    everything = [
        (module, name, one) for module in modules for name, found in module.functions.items() for one in found
    ]
    network = {(module.name, name) for module, name, one in everything if _is_network(one)}
    while True:
        callers = {
            (module.name, name)
            for module, name, one in everything
            if name != "<lambda>" and not network.isdisjoint(module.called(one))
        }
        if callers <= network:
            return network
        network |= callers


def _is_network(function: Function) -> bool:
    return _takes(function, "gateway", "Gateway") or bool(_names(function) & {"current_gateway", "worker_gateway"})


def _takes(function: Function, name: str, annotation: str) -> bool:
    arguments = function.args
    return any(
        one.arg == name or (one.annotation is not None and annotation in _types(one.annotation))
        for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    )


def _types(annotation: ast.expr) -> set[str]:
    """`Session`, `"Session"`, `orm.Session`, `Session | None`; a callback that takes one is none."""
    if isinstance(annotation, ast.BinOp):
        return _types(annotation.left) | _types(annotation.right)
    return {ast.unparse(annotation).strip("'").rpartition(".")[2]}


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _body(function: Function) -> list[ast.AST]:
    return [function.body] if isinstance(function, ast.Lambda) else list(function.body)


def _offenses_of(module: _Module, network: set[Name]) -> Iterator[str]:
    for name, functions in module.functions.items():
        for function in functions:
            place = f"{module.name}:{function.lineno} {name}"
            if _takes(function, "session", "Session"):
                if _takes(function, "gateway", "Gateway"):
                    yield f"{place} takes a session and the gateway"
                for part in _body(function):
                    yield from _mixed(place, part, module, network)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.With) and any(_opens_transaction(item.context_expr) for item in node.items):
            for statement in node.body:
                yield from _mixed(f"{module.name}:{node.lineno} transaction", statement, module, network)


def _opens_transaction(expression: ast.expr) -> bool:
    return (
        isinstance(expression, ast.Call)
        and isinstance(expression.func, ast.Attribute)
        and expression.func.attr in _BLOCKS
    )


def _mixed(place: str, node: ast.AST, module: _Module, network: set[Name]) -> Iterator[str]:
    for one in ast.walk(node):
        is_of_session = (
            isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id.endswith("session")
        )
        if is_of_session and isinstance(one, ast.Attribute) and one.attr in _ENDS:
            yield f"{place} calls session.{one.attr}"
        is_named = isinstance(one, ast.Name) and one.id in _NETWORK
        if is_named or (isinstance(one, ast.Attribute) and one.attr.endswith("gateway")):
            yield f"{place} names the network"
    for called in module.called(node):
        if called in network:
            yield f"{place} calls {called[1]}, which reaches the network"
