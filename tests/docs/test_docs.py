"""Every command in every document runs, and prints what the document shows, up to figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.docs_examples.markdown import commands, inline_commands
from tools.docs_examples.run import REPO, Reader, documents
from tools.docs_examples.shape import missing

DOCUMENTS = documents()


@pytest.mark.xdist_group("sessions")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_does_what_the_document_shows(name: str, sessions_pid: int, tmp_path: Path) -> None:
    reader = Reader(tmp_path, sessions_pid, name)
    wrong = []
    document = (REPO / name).read_text()
    for command in [*commands(document), *inline_commands(document, "$(pidof sessions)")]:
        outcome = reader.run(command.text)
        where = f"{name}:{command.line}: {command.text}"
        if outcome.status != 0:
            wrong.append(f"{where}\n  ended with {outcome.status}:\n{outcome.output}")
        elif lost := missing(command.shown, outcome.output):
            wrong.append(f"{where}\n  does not print {lost} but:\n{outcome.output}")
    assert not wrong, "\n".join(wrong)


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
