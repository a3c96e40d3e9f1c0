"""Each part can be understood by what it imports, and nothing leads back to itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "conversations", "locales", "storage")


def _name(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    _name(path): path for package in PACKAGES for path in sorted((HOUSE / package).rglob("*.py"))
}


def parsed(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imported(within: ast.AST, ours: bool = True) -> Iterator[str]:
    """The modules that are named by imports, wherever these stand."""
    for node in ast.walk(within):
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{one.name}" for one in node.names]
            names = [one if one in MODULES else str(node.module) for one in whole]
        else:
            continue
        yield from (name for name in names if not ours or name in MODULES)


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_import_leads_back_to_where_it_stands() -> None:
    """Also none inside a function, and none that is there for types only."""
    graph = {name: set(imported(parsed(name))) - {name} for name in MODULES}
    assert circle_in(graph) == []


def test_a_circle_would_be_found() -> None:
    assert set(circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_imports_stands_at_its_top(name: str) -> None:
    tree = parsed(name)
    if "typer" in imported(tree, ours=False):
        # A command that needs a large library brings it in by itself, so that the others start without.
        return
    late = {
        one
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for one in imported(function)
    }
    assert late == set()
