"""The Python on the pages of GM TLS runs, and prints what they show."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("gm-tls.md", "gm-tls.zh-CN.md")
PYTHON = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def blocks(name: str) -> list[tuple[str, str]]:
    """Each piece of Python and what it prints."""
    text = (DOCS / name).read_text()
    found = PYTHON.findall(text)
    assert len(found) == text.count("```python") == 3
    return found


@pytest.mark.parametrize("name", PAGES)
def test_python_of_gm_tls_prints_what_the_page_shows(name: str) -> None:
    known: dict[str, object] = {}
    for code, shown in blocks(name):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, name, "exec"), known)
        assert out.getvalue() == shown, code


def test_both_pages_of_gm_tls_have_the_same_python() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
