"""Each behaviour that was promised of Telegram has a test that names it, so that none is lost when tests move."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PROMISED = {f"T{number}" for number in (*range(1, 35), 38, *range(40, 45))}
"""By their numbers: what comes in, its order, conversations, what goes out, secrets, running it, and words."""


def docstrings() -> Iterator[str]:
    """Of all tests."""
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
                "test_"
            ):
                yield ast.get_docstring(node) or ""


def test_every_promised_behaviour_is_named_by_a_test() -> None:
    named = {name for said in docstrings() for name in re.findall(r"\bT\d+\b", said)}
    assert sorted(PROMISED - named) == []
