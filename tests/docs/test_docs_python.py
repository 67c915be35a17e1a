"""The Python in documents runs, block after block, and prints what the document shows."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from pathlib import Path
from types import ModuleType

import pytest

from goxray.model.classic import map as classic
from goxray.model.swiss import map as swiss

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("model-api.md", "model-api.zh-CN.md")
BLOCK = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def blocks(name: str) -> list[tuple[str, str]]:
    """Each piece of code and what it prints."""
    text = (DOCS / name).read_text()
    found = BLOCK.findall(text)
    assert len(found) == text.count("```python") == text.count("```text")
    return found


@pytest.mark.xdist_group("sessions")
@pytest.mark.parametrize("name", PAGES)
def test_python_prints_what_the_page_shows(name: str, sessions_pid: int) -> None:
    known: dict[str, object] = {}
    for code, shown in blocks(name):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code.replace('"PID"', f'"{sessions_pid}"'), name, "exec"), known)
        assert out.getvalue() == shown, code


def test_both_pages_have_the_same_code() -> None:
    english, chinese = map(blocks, PAGES)
    assert english == chinese and len(english) >= 5


@pytest.mark.parametrize("module", [classic, swiss])
def test_the_examples_of_both_kinds_of_maps(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert (outcome.failed, outcome.attempted) == (0, 4)
