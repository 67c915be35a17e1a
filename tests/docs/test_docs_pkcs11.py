"""The Python on the pages of PKCS #11 runs, with a token in Python in the place of the library that the page names."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from goxray.vault import cryptoki
from tests.harness.soft_token import SoftToken

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("pkcs11.md", "pkcs11.zh-CN.md")
PYTHON = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def block(name: str) -> tuple[str, str]:
    """The one piece of Python, and what it prints."""
    text = (DOCS / name).read_text()
    (found,) = PYTHON.findall(text)
    assert text.count("```python") == 1
    return str(found[0]), str(found[1])


@pytest.mark.parametrize("name", PAGES)
def test_python_of_pkcs11_prints_what_the_page_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soft = SoftToken()
    soft.make_key("evidence", b"\1")
    monkeypatch.setattr(cryptoki, "load", lambda path: cryptoki.Library(soft.functions(), str(path)))
    monkeypatch.chdir(tmp_path)
    code, shown = block(name)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, name, "exec"), {})
    assert out.getvalue() == shown
    assert soft.points


def test_both_pages_of_pkcs11_have_the_same_python() -> None:
    assert block(PAGES[0]) == block(PAGES[1])
