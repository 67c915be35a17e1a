"""Only layout/ compares Go versions; every other room asks for a field, a constant or a shape."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "src" / "goxray"
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
EQUAL = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
VERSION_NAME = re.compile(r"(^|_)go_?version$|^GoVersion$|^version$|^(go_)?(minor|patch)$", re.IGNORECASE)
OLDEST_GO_MINOR = 18
VERSION_TEXT = re.compile(r"^go1\.\d+|^1\.\d{2}(\.\d+)?$")


def names_a_version(node: ast.expr) -> bool:
    """Say whether an operand is a Go version by name: ``go_version``, ``layout.version.minor``."""
    return any(
        (isinstance(part, ast.Attribute) and VERSION_NAME.search(part.attr) is not None)
        or (isinstance(part, ast.Name) and VERSION_NAME.search(part.id) is not None)
        for part in ast.walk(node)
    )


def is_a_version(node: ast.expr) -> bool:
    """Say whether an operand is one certain Go version: ``"go1.24"``, (1, 24), ``GoVersion(1, 24, 0)``."""
    return is_version_tuple(node) or any(
        (isinstance(part, ast.Constant) and isinstance(part.value, str) and VERSION_TEXT.match(part.value) is not None)
        or (isinstance(part, ast.Name) and part.id == "GoVersion")
        for part in ast.walk(node)
    )


def is_version_tuple(node: ast.expr) -> bool:
    """Say whether an expression is the tuple (1, n) or (1, n, p)."""
    if not isinstance(node, ast.Tuple) or len(node.elts) not in (2, 3):
        return False
    values = [element.value for element in node.elts if isinstance(element, ast.Constant)]
    return (
        len(values) == len(node.elts) and values[0] == 1 and isinstance(values[1], int) and values[1] >= OLDEST_GO_MINOR
    )


def is_version_test(compare: ast.Compare) -> bool:
    """Say whether a comparison lets something depend on the Go version.

    Being the same as another value that was read (a file's version stamp, say) is not such a test, and neither is a
    plain ``version`` beside a small number: that is the version of a file format, such as DWARF 5.
    """
    operands = [compare.left, *compare.comparators]
    if any(is_a_version(operand) for operand in operands):
        return True
    if not any(names_a_version(operand) for operand in operands):
        return False
    numbers = [o.value for o in operands if isinstance(o, ast.Constant) and isinstance(o.value, int)]
    if any(number >= OLDEST_GO_MINOR for number in numbers):
        return True
    plain = all(isinstance(o, ast.Constant) or (isinstance(o, ast.Name) and o.id == "version") for o in operands)
    return any(isinstance(op, ORDERED) for op in compare.ops) and not (plain and numbers)


def version_tests(source: str) -> list[int]:
    """Return the lines of every comparison in which a Go version takes part."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and any(isinstance(op, ORDERED + EQUAL) for op in node.ops):
            if is_version_test(node):
                lines.append(node.lineno)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "startswith":
            if any(is_a_version(argument) for argument in node.args):
                lines.append(node.lineno)
        elif isinstance(node, ast.MatchValue) and is_a_version(node.value):
            lines.append(node.value.lineno)
    return lines


def test_versions_are_compared_only_in_layout() -> None:
    found = {
        str(path.relative_to(PACKAGE)): version_tests(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "layout"
    }
    assert found
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "if version >= GoVersion(1, 24, 0): pass",
        "if build.go_version < other: pass",
        "if key == (1, 24): pass",
        "if layout.version.minor > 23: pass",
        "if version >= 24: pass",
        "if layout.version.minor == 24: pass",
        "if version == GoVersion(1, 24, 0): pass",
        "if text.startswith('go1.24'): pass",
        "if 'go1.24' in text: pass",
        "match text:\n    case 'go1.24': pass",
    ],
)
def test_a_version_test_is_noticed(line: str) -> None:
    assert version_tests(line)


def test_other_comparisons_are_left_alone() -> None:
    assert version_tests("if version >= 5: pass  # DWARF") == []
    assert version_tests("if found.version == stamp: pass") == []
    assert (
        version_tests("if size >= 1: pass\nif layout.has('a', 'b') and kind == 'swiss': pass\nif x == (1, 2): pass")
        == []
    )
