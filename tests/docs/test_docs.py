"""Every command in every document runs, and prints what the document shows, up to figures."""

from __future__ import annotations

import contextlib
import io
import re
import time
from pathlib import Path

import pytest

from tests.harness import served
from tools.docs_examples.markdown import Command, commands, inline_commands
from tools.docs_examples.run import REPO, Reader, documents
from tools.docs_examples.shape import missing

DOCUMENTS = documents()
LOOKS = 3
PARTIAL = 4  # a service that was not stopped may change a map while it is read


def falls_short(reader: Reader, command: Command) -> str:
    """Return what is wrong with a command, empty if nothing is.

    The service goes on serving, so what the collector has left on its heap comes and goes: the output may fit at one
    of several looks.
    """
    allowed = (0, PARTIAL) if "--no-freeze" in command.text else (0,)
    wrong = ""
    for _ in range(LOOKS):
        outcome = reader.run(command.text)
        if outcome.status not in allowed:
            return f"ended with {outcome.status}:\n{outcome.output}"
        lost = missing(command.shown, outcome.output)
        if not lost:
            return ""
        wrong = f"does not print {lost} but:\n{outcome.output}"
        time.sleep(1)
    return wrong


def in_tables(name: str) -> list[Command]:
    """The commands in a document's tables, which show no output.

    Those of a document in Chinese are run where the English one has not the same.
    """
    found = inline_commands((REPO / name).read_text(), "$(pidof sessions)")
    if ".zh-CN." not in name:
        return found
    known = {command.text for command in in_tables(name.replace(".zh-CN.", "."))}
    return [command for command in found if command.text not in known]


@pytest.mark.timeout(900)  # the longest document has forty commands, and a machine may have other work
@pytest.mark.xdist_group("sessions")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_does_what_the_document_shows(name: str, sessions_pid: int, tmp_path: Path) -> None:
    """The installed ``goxray`` runs the first command of a README, forks of one that has started run the others."""
    reader = Reader(tmp_path, sessions_pid, name)
    every = [*commands((REPO / name).read_text()), *in_tables(name)]
    results: dict[str, str] = {}
    for command in every:
        if results or not name.startswith("README"):
            served.write_command(tmp_path / ".bin" / "goxray")
        results[f"{name}:{command.line}: {command.text}"] = falls_short(reader, command)
    assert every
    assert not any(results.values()), "\n".join(f"{where}\n  {wrong}" for where, wrong in results.items() if wrong)


PYTHON_PAGES = ("model-api.md", "model-api.zh-CN.md")
PYTHON = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def blocks(name: str) -> list[tuple[str, str]]:
    """Each piece of Python and what it prints."""
    text = (REPO / "docs" / name).read_text()
    found = PYTHON.findall(text)
    assert len(found) == text.count("```python") == text.count("```text")
    return found


@pytest.mark.xdist_group("sessions")
@pytest.mark.parametrize("name", PYTHON_PAGES)
def test_python_prints_what_the_page_shows(name: str, sessions_pid: int) -> None:
    known: dict[str, object] = {}
    for code, shown in blocks(name):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code.replace('"PID"', f'"{sessions_pid}"'), name, "exec"), known)
        assert out.getvalue() == shown, code


def test_both_pages_have_the_same_python() -> None:
    english, chinese = map(blocks, PYTHON_PAGES)
    assert english == chinese and len(english) >= 5


def test_both_readmes_have_the_same_commands_in_the_same_order() -> None:
    english, chinese = ([c.text for c in commands((REPO / n).read_text())] for n in ("README.md", "README.zh-CN.md"))
    assert english == chinese
    assert len(english) >= 8


def test_both_readmes_have_the_same_outline() -> None:
    """The same headings in the same order, by level: a section added to one only is noticed."""

    def outline(name: str) -> list[int]:
        fenced = False
        levels = []
        for line in (REPO / name).read_text().splitlines():
            fenced ^= line.startswith("```")
            if line.startswith("#") and not fenced:
                levels.append(len(line) - len(line.lstrip("#")))
        return levels

    assert outline("README.md") == outline("README.zh-CN.md")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_within_the_repository_lead_somewhere(name: str) -> None:
    text = (REPO / name).read_text()
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", text)
    assert [target for target in targets if not (REPO / name).parent.joinpath(target).exists()] == []
