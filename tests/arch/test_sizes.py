"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from pathlib import Path

REPO = Path(__file__).parents[2]
MEASURED = ("src", "tools", "bench", "tests/harness", ".ci")
MAX_FILE = 400
MAX_FUNCTION = 50


def python_files() -> list[Path]:
    """Return every Python file whose size is limited."""
    return sorted(path for room in MEASURED for path in (REPO / room).rglob("*.py"))


def long_functions(source: str) -> list[tuple[str, int]]:
    """Return the name and length in lines of every function longer than allowed."""
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > MAX_FUNCTION
    ]


def test_no_file_is_too_long() -> None:
    files = python_files()
    assert files
    lengths = {str(path.relative_to(REPO)): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE} == {}


def test_no_function_is_too_long() -> None:
    found = {str(path.relative_to(REPO)): long_functions(path.read_text()) for path in python_files()}
    assert {name: functions for name, functions in found.items() if functions} == {}


def test_a_long_function_is_noticed() -> None:
    body = "\n".join(f"    x = {number}" for number in range(MAX_FUNCTION))
    assert long_functions(f"def small():\n    pass\n\n\ndef big():\n{body}\n") == [("big", MAX_FUNCTION + 1)]
