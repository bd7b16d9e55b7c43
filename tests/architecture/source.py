"""The source as these tests read it: modules by their dotted names, parsed."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ("config", "support", "webhooks")


def modules(*packages: str) -> dict[str, str]:
    """{"support.db": its text, …} of every module of these packages."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text("utf-8")
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def imported(module: str, text: str, *, is_package: bool = False) -> list[str]:
    """What a module imports, as dotted names: `from support import db` is `support.db`."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                steps = node.level - 1 if is_package else node.level
                parents = module.split(".")[: len(module.split(".")) - steps]
                base = ".".join([*parents, *filter(None, [base])])
            found += [f"{base}.{alias.name}" for alias in node.names]
    return found
