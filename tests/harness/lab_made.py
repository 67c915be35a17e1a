"""Small experiments for the tests of the lab's runner, written into a directory of the test."""

from __future__ import annotations

from pathlib import Path

_HEAD = """\
id = "{name}"
topic = "sync"
title.en = "A test's experiment"
title.zh = "测试用的实验"
about.en = "It measures what the test wants."
about.zh = "按测试的需要测量。"
"""
_CLAIM = """
[[claim]]
id = "{claim}"
section = "1"
text.en = "The figure is one."
text.zh = "该数值为一。"
refuted_by.en = "The figure is something else."
refuted_by.zh = "该数值不为一。"
{predicate}
"""
FIGURE_IS_ONE = """[[claim.predicate]]
kind = "equals"
measure = "figure"
value = 1
"""


def write_experiment(
    base: Path, name: str, main: str, *, how: str = "", claim: str = "Z000-01", predicate: str = FIGURE_IS_ONE
) -> Path:
    """Write an experiment below ``base`` and return its folder.

    ``main`` is the body of main.go without its package line; ``how`` what claim.toml says of run, builds and sources.
    """
    folder = base / name
    folder.mkdir(parents=True)
    text = _HEAD.format(name=name) + how + _CLAIM.format(claim=claim, predicate=predicate)
    (folder / "claim.toml").write_text(text, "utf-8")
    if main:
        (folder / "main.go").write_text("package main\n" + main, "utf-8")
    return folder


RUN_EXACT = '[run]\nexact = ["*"]\n'

EMITS_ONE = """
func main() { lab(map[string]func(){"main": func() { emit("", "figure", 1, "1") }}) }
"""
