"""Classic maps that only count: the figures of the step engine, for the same hashes, whatever they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray

from goxray.core.errors import UsageError
from goxray.core.jit import twin
from goxray.model.builds import build_layout
from goxray.model.classic import growth, kernels, lean, measure
from goxray.model.classic import state as st
from goxray.model.classic.machine import LeanMachine, Machine
from goxray.model.classic.simulate import simulate
from goxray.model.classic.sizes import Sizes
from goxray.model.figures import MapFigures
from goxray.model.gotypes import parse_type
from goxray.model.shapes import map_shape
from goxray.model.steps import Step

BUILDS = ("1.21", "1.22", "1.23", "1.24:noswissmap", "1.25:noswissmap")
"""Load factors 6.5 and 6.0 are both among them, with and without malloc headers."""

TYPES = (
    "map[uint64]uint64",
    "map[string]*int",
    "map[[2]int32]struct{}",
    "map[[200]byte][300]byte",
    "map[string][129]int",
)
Hashes = NDArray[np.uint64]
NOTHING = np.zeros(0, np.int64)


@cache
def sizes_of(go: str, go_type: str) -> Sizes:
    layout = build_layout(go)
    return Sizes(layout, map_shape(parse_type(go_type, layout), layout))


def step_engine(machine: Machine, op: int, hashes: Hashes) -> None:
    """Do one operation for each of the hashes."""
    words = hashes.view(np.int64)
    work = st.Work(np.full(len(words), op, np.uint8), words, words, NOTHING, NOTHING, NOTHING)
    done = 0
    while done < len(words):
        done = machine.run(work, done)


class Pair:
    """The same map twice: by the step engine and by the one that counts."""

    def __init__(self, sizes: Sizes, hint: int, draws: int) -> None:
        self.exact = Machine(sizes, hint, content=False, draws=draws)
        self.counts = LeanMachine(sizes, hint, draws=draws)

    def start_step(self) -> None:
        for machine in (self.exact, self.counts):
            machine.head[st.PEAK] = machine.head[st.BYTES]

    def insert(self, hashes: Hashes) -> None:
        step_engine(self.exact, st.ASSIGN, hashes)
        self.counts.insert(hashes)

    def delete(self, hashes: Hashes) -> None:
        step_engine(self.exact, st.DELETE, hashes)
        self.counts.delete(hashes)

    def clear(self) -> None:
        self.exact.clear()
        self.counts.clear()

    def check(self) -> MapFigures:
        found = measure.lean_figures(self.counts)
        assert found == measure.figures(self.exact)
        return found


def fresh(rng: np.random.Generator, count: int, used: set[int], bits: int, low: int) -> Hashes:
    """Hashes whose lower halves have not come before: of ``bits`` bits from ``low`` on only, the others alike."""
    drawn = rng.integers(0, 1 << bits, count, np.uint64) << np.uint64(low)
    drawn |= np.uint64(0x5A) if low >= 8 else np.uint64(0)
    words = [word for word in dict.fromkeys(drawn.tolist()) if word & 0xFFFFFFFF not in used]
    used.update(word & 0xFFFFFFFF for word in words)
    upper = rng.integers(0, 1 << 32, len(words), np.uint64) << np.uint64(32)
    return np.array(words, np.uint64) & np.uint64(0xFFFFFFFF) | upper


def live_of(machine: LeanMachine) -> list[int]:
    """All words that stand in a map which does not grow."""
    rows, used = machine.cur.buckets, int(machine.head[st.USED])
    full = np.unpackbits(rows.marks[:used, None], axis=1, bitorder="little").astype(bool)
    words: list[int] = rows.words[:used][full].tolist()
    return words


def live_a_life(sizes: Sizes, hint: int, steps: list[tuple[str, int]], seed: int, bits: tuple[int, int]) -> Pair:
    """Go through steps with both engines, comparing after each piece of them."""
    rng = np.random.default_rng(seed)
    pair, used = Pair(sizes, hint, seed), set[int]()
    live = np.zeros(0, np.uint64)
    pair.check()
    for kind, count in steps:
        pair.start_step()
        if kind == "i":
            hashes = fresh(rng, count, used, *bits)
            for piece in np.array_split(hashes, 3):
                pair.insert(piece)
                pair.check()
            live = np.concatenate((live, hashes))
        elif kind == "d":
            live = rng.permutation(live)
            pair.delete(live[:count])
            live = live[count:]
        else:
            pair.clear()
            live = live[:0]
        assert pair.check().entries == len(live)
    if not pair.counts.head[st.GROWING]:
        assert sorted(live_of(pair.counts)) == sorted((live & np.uint64(0xFFFFFFFF)).tolist())
    return pair


STEPS = some.lists(some.tuples(some.sampled_from("iiiddc"), some.integers(1, 9000)), min_size=1, max_size=6)
BITS = some.sampled_from([(32, 0), (32, 0), (12, 0), (12, 8), (10, 14)])
"""Uniform hashes; few buckets of many; one bucket for all until the map is large."""


@settings(max_examples=60, deadline=None)
@given(
    some.sampled_from(BUILDS),
    some.sampled_from(TYPES),
    some.sampled_from([0, 0, 8, 9, 100, 3000, 20000]),
    STEPS,
    some.integers(0, 1 << 30),
    BITS,
)
def test_counting_is_stepping(
    go: str, go_type: str, hint: int, steps: list[tuple[str, int]], seed: int, bits: tuple[int, int]
) -> None:
    live_a_life(sizes_of(go, go_type), hint, steps, seed, bits)


@pytest.mark.parametrize("go", ["1.21", "1.23"])
@pytest.mark.parametrize("go_type", ["map[uint64]uint64", "map[string]*int"])
def test_each_insert_on_the_way_through_growth(go: str, go_type: str) -> None:
    """Figures after every single insert, from the first to B = 7, and how many limits that went over."""
    sizes, rng = sizes_of(go, go_type), np.random.default_rng(7)
    pair, seen = Pair(sizes, 0, 1), set[int]()
    for word in rng.integers(0, 1 << 64, 760, np.uint64):
        pair.insert(np.array([word]))
        found = pair.check()
        seen.add(found.detail["B"])
    assert seen == set(range(8))


@pytest.mark.parametrize("go_type", ["map[uint64]uint64", "map[string]*int"])
def test_large_maps_with_deletes_between(go_type: str) -> None:
    """B = 16 and more, where chance counts overflow buckets, through rounds of replacing."""
    steps = [("i", 430_000), ("d", 200_000), ("i", 150_000), ("d", 180_000), ("i", 180_000)]
    pair = live_a_life(sizes_of("1.23", go_type), 0, steps, 5, (32, 0))
    assert int(pair.counts.head[st.LOG2]) >= 16


@pytest.mark.parametrize("go_type", ["map[uint64]uint64", "map[string]*int"])
def test_same_size_growth_comes_and_goes(go_type: str) -> None:
    """100 keys in one of 16 buckets, then 100 others in the next: too many overflow buckets, and what is left is few.

    12 overflow buckets hang on the first bucket for good; with the fourth on the second bucket there are 16.
    """
    pair, high = Pair(sizes_of("1.23", go_type), 100, 1), np.arange(1, 101, dtype=np.uint64) << np.uint64(8)
    pair.insert(high)
    assert pair.check().detail["overflow_buckets"] == 12
    pair.delete(high[::-1].copy())
    grew = []
    for nth, word in enumerate(high | np.uint64(1)):
        pair.insert(np.array([word]))
        found = pair.check()
        assert found.detail["B"] == 4
        if pair.counts.head[st.FLAGS] & st.SAME_SIZE:
            grew.append(nth)
    assert grew[0] == 8 + 3 * 8 + 1
    assert not pair.counts.head[st.GROWING]
    assert found.detail["overflow_buckets"] == 12
    at_once = Pair(sizes_of("1.23", go_type), 100, 1)
    at_once.insert(high)
    at_once.delete(high[::-1].copy())
    at_once.insert(high | np.uint64(1))
    assert at_once.check() == found


def test_the_mark_looks_1024_buckets_ahead() -> None:
    """4096 old buckets evacuated from both ends: where they meet, the mark goes on by one and 1024 more at once."""
    sizes = sizes_of("1.23", "map[string]*int")
    most = sizes.limit(12)
    pair = Pair(sizes, most, 1)
    pair.insert(np.arange(most + 1, dtype=np.uint64))
    assert pair.check().detail["nevacuate"] == 1
    marks = []
    for bucket in range(4095, 2040, -1):
        pair.insert(np.array([bucket | 1 << 30], np.uint64))
        found = pair.check().detail
        marks.append(found["nevacuate"])
        if not found["old_buckets"]:
            break
    assert max(after - before for before, after in itertools.pairwise(marks)) == 1 + 1024


@contextmanager
def plain() -> Iterator[None]:
    """Let all kernels run uncompiled, those that they call too."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (lean, kernels, growth):
            for name, function in list(vars(module).items()):
                if hasattr(function, "py_func"):
                    patch.setattr(module, name, twin(function))
        yield


@settings(max_examples=10, deadline=None)
@given(
    some.sampled_from(BUILDS),
    some.sampled_from(TYPES),
    some.lists(some.tuples(some.sampled_from("iidc"), some.integers(1, 900)), min_size=1, max_size=4),
    some.integers(0, 1 << 30),
)
def test_compiled_counting_is_its_source(go: str, go_type: str, steps: list[tuple[str, int]], seed: int) -> None:
    layout, shape = sizes_of(go, go_type).layout, sizes_of(go, go_type).shape
    names = {"i": "insert", "d": "delete", "c": "clear"}
    life, entries = [], 0
    for kind, count in steps:
        taken = min(count, entries) if kind == "d" else count
        entries = {"i": entries + taken, "d": entries - taken, "c": 0}[kind]
        life.append(Step(names[kind], taken))  # type: ignore[arg-type]
    compiled = simulate(layout, shape, 0, life, seed)
    with plain():
        assert simulate(layout, shape, 0, life, seed) == compiled


def test_a_simulation_is_the_step_engine_with_its_hashes() -> None:
    """The hashes, the order of deletes and the draws of a simulation are numpy's with its seed, in one stream.

    No two of these hashes agree in their lower halves.
    """
    sizes = sizes_of("1.23", "map[string]*int")
    steps = [Step("insert", 90_000), Step("delete", 70_000), Step("insert", 9), Step("clear", 0), Step("insert", 50)]
    found = simulate(sizes.layout, sizes.shape, 5, steps, 11)
    rng = np.random.default_rng(11)
    machine = Machine(sizes, 5, content=False, draws=int(rng.integers(1 << 62)))
    live = np.zeros(0, np.uint64)
    for step, figures in zip(steps, found, strict=True):
        machine.head[st.PEAK] = machine.head[st.BYTES]
        if step.kind == "insert":
            hashes = rng.integers(0, 1 << 64, step.count, np.uint64)
            step_engine(machine, st.ASSIGN, hashes)
            live = np.concatenate((live, hashes))
            assert len(np.unique(live.astype(np.uint32))) == len(live)
        elif step.kind == "delete":
            live = live[rng.permutation(len(live))]
            step_engine(machine, st.DELETE, live[: step.count])
            live = live[step.count :]
        else:
            machine.clear()
            live = live[:0]
        assert figures == measure.figures(machine)


def test_more_deletes_than_entries_are_refused() -> None:
    sizes = sizes_of("1.23", "map[string]*int")
    with pytest.raises(UsageError, match="delete 10: the map has 9 entries"):
        simulate(sizes.layout, sizes.shape, 0, [Step("insert", 9), Step("delete", 10, "delete 10")], 1)
