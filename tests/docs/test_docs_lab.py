"""The pages on the lab: every key of claim.toml and every reason is there, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from goxray.core.lab_result import Reason, Verdict
from goxray.lab import reading
from goxray.lab.catalogue import SUPPORT
from goxray.lab.experiment import TOPICS, PredicateKind

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("lab.md", "lab.zh-CN.md")


def keys_read() -> set[str]:
    """The keys that the reader of claim.toml asks for, from its own source."""
    source = Path(reading.__file__).read_text()
    plain = re.findall(r'\.(?:text|number|maybe_number|flag|texts|pairs|words|maybe_words|tables?)\("(\w+)"', source)
    return {*plain, *re.findall(r'_figure\(table, "(\w+)"\)', source)}


def named(page: str) -> set[str]:
    """Everything in the page that stands in a code span, and each word of it."""
    text = re.sub(r"```.*?```", "", (DOCS / page).read_text("utf-8"), flags=re.DOTALL)
    spans = re.findall(r"`([^`]+)`", text)
    return {*spans, *(word for span in spans for word in re.findall(r"[\w.-]+", span))}


@pytest.mark.parametrize("page", PAGES)
def test_every_key_verdict_reason_and_topic_is_told(page: str) -> None:
    told, keys = named(page), keys_read()
    assert len(keys) > 40 and {"crash_expected", "decided_over", "go_line"} <= keys
    assert keys - told - {"arm", "model", "source", "claim", "run", "predicate", "check"} == set()
    for names in (get_args(Verdict), get_args(Reason), get_args(PredicateKind), TOPICS, reading._DIRECTIONS):
        assert set(names) - told == set()
    assert {"run.arm", "build", "source", "model", "claim", "claim.predicate", "claim.check"} <= told


@pytest.mark.parametrize("page", PAGES)
def test_what_a_program_is_offered_is_told(page: str) -> None:
    told = (DOCS / page).read_text("utf-8")
    offered = [
        name
        for file in ("lab.go", "clock.go")
        for name in re.findall(r"^func (\w+)\(", (SUPPORT / file).read_text("utf-8"), re.MULTILINE)
    ]
    assert {"lab", "emit", "nsPerOp"} <= set(offered)
    assert [name for name in offered if f"`{name}(" not in told and name != "armsAsked"] == []


def test_both_pages_have_the_same_commands_and_outline() -> None:
    texts = [(DOCS / page).read_text("utf-8") for page in PAGES]
    outlines = [
        re.findall(r"^#+(?= )", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE) for text in texts
    ]
    assert outlines[0] == outlines[1]
    commands = [re.sub(r"--lang \w+", "", "\n".join(re.findall(r"^\$ (.*)$", text, re.MULTILINE))) for text in texts]
    assert commands[0] == commands[1]
