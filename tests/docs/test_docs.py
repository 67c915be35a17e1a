"""Every command in every document runs, and prints what the document shows, up to figures."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

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


@pytest.mark.xdist_group("sessions")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_does_what_the_document_shows(name: str, sessions_pid: int, tmp_path: Path) -> None:
    reader = Reader(tmp_path, sessions_pid, name)
    document = (REPO / name).read_text()
    every = [*commands(document), *inline_commands(document, "$(pidof sessions)")]
    results = {f"{name}:{command.line}: {command.text}": falls_short(reader, command) for command in every}
    assert every
    assert not any(results.values()), "\n".join(f"{where}\n  {wrong}" for where, wrong in results.items() if wrong)


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
