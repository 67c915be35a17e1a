"""Closed forms over whole lives, filled, deleted from, cleared and filled on, against the step model."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest

from goxray.model.builds import build_layout
from goxray.model.churn import parse_churn
from goxray.model.closed.life import ClosedForms
from goxray.model.gotypes import parse_type
from goxray.model.shapes import map_shape
from tests.harness.against_chances import Against
from tests.harness.grid_judge import simulate_of

SEEDS = 40
FIGURES = ("bytes", "scan_bytes", "mallocs", "total_alloc", "slots")
TYPES = ("map[string]*int", "map[int]int", "map[[130]byte]*int")
LIVES = (
    "insert 700; clear; insert 700",
    "insert 3000; delete 2990; clear; insert 5000",
    "insert 100; insert 900; insert 40",
    "insert 5; delete 3; insert 2; clear; insert 100",
    "insert 8; delete 8; insert 8",
    "insert 1000; delete 500",
    "insert 20; clear; insert 5",  # whether a pointer-free map then has a mapextra is chance
    "insert 3; clear; insert 3; clear; insert 30",
    "insert 9; clear; clear; insert 900",
    "insert 200; clear; insert 60; delete 9; clear; insert 5000",
    "insert 0; clear; delete 0; insert 8; delete 8; clear; insert 1",
    "insert 3584; insert 1; insert 400",
)


def compare(judge: Against, build: str, text: str, life: str, hint: int) -> int:
    """Judge every step that has a closed form; return how many there were."""
    layout = build_layout(build)
    shape = map_shape(parse_type(text, layout), layout)
    simulate, steps = simulate_of(layout), parse_churn(life)
    first = crc32(f"{build} {text} {life} {hint}".encode())
    lives = [simulate(layout, shape, hint, steps, first + seed) for seed in range(SEEDS)]
    said = ClosedForms(layout, shape).life(steps, hint)
    for at, each in enumerate(said):
        where, seen = f"{build} {text} hint={hint}: {life}: step {at}", [found[at] for found in lives]
        for name in FIGURES:
            drawn = np.array([getattr(found, name) for found in seen])
            judge.case(where, name, drawn, getattr(each, name), exact=each.exact and name == "bytes")
        low, high = np.quantile([found.peak_bytes for found in seen], (0.2, 0.8))
        if not low * 0.99 <= each.peak_bytes.median <= high * 1.01:
            judge.wrong.append(f"{where}: peak {low} to {high}, {each.peak_bytes.median} said")
        assert {(found.entries, found.indirect_bytes) for found in seen} == {(each.entries, each.indirect_bytes)}, where
    return len(said)


@pytest.mark.parametrize("build", ["1.21", "1.23", "1.24", "1.27"])
def test_lives_are_draws_from_what_closed_forms_say(build: str) -> None:
    judge = Against()
    steps = sum(compare(judge, build, text, life, hint) for text in TYPES for life in LIVES for hint in (0, 30, 2000))
    assert judge.verdict() == []
    assert steps > 300
    assert judge.certain > 100
