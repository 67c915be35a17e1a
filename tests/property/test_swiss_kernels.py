"""The kernels of Swiss maps: compiled and as plain Python, the exact engine and the one that only counts, alike."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout
from goxray.model.builds import build_layout
from goxray.model.gotypes import parse_type
from goxray.model.shape import ModelShape
from goxray.model.shapes import map_shape
from goxray.model.steps import Step
from goxray.model.swiss import engine, kernels, lean, simulate
from goxray.model.swiss import state as s
from goxray.model.swiss.engine import ASSIGN, DELETE, DONE, Work
from goxray.model.swiss.hints import start
from goxray.model.swiss.ledger import Ledger
from goxray.model.swiss.simulate import LeanMap
from goxray.model.swiss.sizes import Sizes
from goxray.model.swiss.state import ODD, Store
from tests.harness.uncompiled import uncompiled

BUILDS = ("1.24", "1.25", "1.26", "1.27", "1.27:mapsplitgroup")
TYPES = ("map[uint64]uint64", "map[string]struct{}", "map[[3]int32]string", "map[float64][200]byte")
Hashes = NDArray[np.uint64]


@cache
def shape_of(go: str, go_type: str) -> tuple[RuntimeLayout, ModelShape]:
    layout = build_layout(go)
    return layout, map_shape(parse_type(go_type, layout), layout)


def run_all(m: Store, ops: list[int], hashes: Hashes, kids: list[int]) -> tuple[Store, list[int]]:
    """Do operations, with room made when there is none; a seed that is wanted stays as it is."""
    count = len(ops)
    found = np.zeros(count, np.int64)
    numbers = np.arange(1, count + 1)
    work = Work(np.array(ops, np.uint8), hashes, np.array(kids, np.int64), numbers, numbers + count, found, 0)
    at = 0
    while at < count:
        at, why = engine.run(m, work, at)
        if why == engine.NO_ROOM:
            m = s.with_room(m, 4 * s.MAX_GROUPS, 8, 2 * int(m.scalar[s.DIR_LEN]), count - at)
            m = m._replace(rows=np.concatenate((m.rows, np.zeros((64, s.ROW_COLUMNS), np.int64))))
    return m, found.tolist()


@st.composite
def lives(draw: st.DrawFn) -> tuple[str, str, int, list[tuple[int, int, int]]]:
    """A build, a type, a seed, and stretches of operations: kind, first key, how many."""
    stretch = st.tuples(st.sampled_from([0, 0, 0, 1, 1, 2, 3]), st.integers(0, 1500), st.integers(1, 700))
    return (
        draw(st.sampled_from(BUILDS)),
        draw(st.sampled_from(TYPES)),
        draw(st.integers(0, 1 << 30)),
        draw(st.lists(stretch, min_size=1, max_size=7)),
    )


def live(go: str, go_type: str, seed: int, stretches: list[tuple[int, int, int]], few: bool) -> list[object]:
    """Live one map's life; return all its arrays. ``few``: hashes that collide."""
    layout, shape = shape_of(go, go_type)
    m = s.empty_store(s.rules(layout, shape), seed)
    rng = np.random.default_rng(seed)
    by_key = rng.integers(0, 1 << 64, size=2200, dtype=np.uint64)
    if few:
        by_key &= np.uint64(0xF0000000000003FF)
    out: list[object] = []
    for kind, low, count in stretches:
        if kind == 3:
            out.append(bool(engine.clear(m)))
            continue
        keys = np.arange(low, low + count)
        kids = [ODD if shape.reflexive is False and key % 97 == 0 else key for key in keys.tolist()]
        m, found = run_all(m, [kind] * count, by_key[keys], kids)
        out.append(found)
    top, rows = int(m.scalar[s.TOP]), int(m.scalar[s.ROWS])
    slots = top * s.SLOTS
    out += [m.scalar.tolist(), m.rows[:rows].tolist(), m.directory[: m.scalar[s.DIR_LEN]].tolist()]
    out += [column[:slots].tolist() for column in (m.ctrl, m.kv, m.ev)]
    full = m.ctrl[:slots] < s.EMPTY
    out += [m.hash[:slots][full].tolist(), m.kid[:slots][full].tolist(), m.tables[: m.scalar[s.TABLES]].tolist()]
    return out


@settings(max_examples=25, deadline=None)
@given(lives(), st.booleans())
def test_compiled_engine_is_its_source(life: tuple[str, str, int, list[tuple[int, int, int]]], few: bool) -> None:
    compiled = live(*life, few)
    with uncompiled(kernels, engine, lean, simulate):
        assert live(*life, few) == compiled


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(BUILDS),
    st.lists(
        st.one_of(
            st.builds(Step, st.just("insert"), st.integers(1, 2500)),
            st.builds(Step, st.just("delete"), st.integers(1, 2500)),
            st.builds(Step, st.just("clear"), st.just(0)),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0, 9, 1100]),
    st.integers(0, 1 << 20),
)
def test_compiled_simulation_is_its_source(go: str, steps: list[Step], hint: int, seed: int) -> None:
    layout, shape = shape_of(go, "map[uint64]uint64")
    compiled = simulate.simulate(layout, shape, hint, steps, seed)
    with uncompiled(kernels, engine, lean, simulate):
        assert simulate.simulate(layout, shape, hint, steps, seed) == compiled


class Exact:
    """The exact engine with the steps of a simulation: fresh keys by their hashes, keys deleted by their hashes."""

    def __init__(self, layout: RuntimeLayout, shape: ModelShape, hint: int) -> None:
        self.m = s.empty_store(s.rules(layout, shape), 1)
        self.ledger = Ledger(Sizes(layout, shape))
        tables, capacity = start(hint, shape.unit.unit_size)
        if tables:
            self.m = s.with_room(self.m, tables * capacity // s.SLOTS, tables + 2, tables, 1)
            for index in range(tables):
                self.m.directory[index] = kernels.take_table(self.m, capacity, index, tables.bit_length() - 1)
            self.m.scalar[s.DIR_LEN], self.m.scalar[s.DEPTH] = tables, tables.bit_length() - 1
        self.ledger.make(tables, capacity)
        self.kids = 0
        self.known: dict[int, int] = {}

    def insert(self, hashes: Hashes) -> None:
        kids = list(range(self.kids, self.kids + len(hashes)))
        self.kids += len(hashes)
        self.known.update(zip(upper(hashes), kids, strict=True))
        self.m, _ = run_all(self.m, [ASSIGN] * len(kids), hashes, kids)
        self.ledger.enter(self.m.rows[: self.m.scalar[s.ROWS]].copy())
        self.m.scalar[s.ROWS] = 0

    def delete(self, hashes: Hashes) -> None:
        kids = [self.known.pop(word) for word in upper(hashes)]
        self.m, found = run_all(self.m, [DELETE] * len(kids), hashes, kids)
        assert all(found)

    def figures(self) -> tuple[int, ...]:
        m, ledger = self.m, self.ledger
        tables = m.tables[: m.scalar[s.TABLES]]
        tables = tables[tables[:, s.STATE] == s.LIVE]
        slots = int(tables[:, s.CAPACITY].sum()) or 8 * int(m.scalar[s.SMALL] >= 0)
        return (
            int(m.scalar[s.USED]), slots, ledger.bytes, ledger.peak, ledger.scan, ledger.mallocs,
            ledger.total_alloc, len(tables), int(m.scalar[s.DIR_LEN]), int(tables[:, s.GROWTH_LEFT].sum()),
        )  # fmt: skip

    def tombstones(self) -> int:
        """Count control bytes of the tables."""
        m, dead = self.m, 0
        for row in set(m.directory[: m.scalar[s.DIR_LEN]].tolist()):
            first = int(m.tables[row, s.BASE]) * 8
            dead += int((m.ctrl[first : first + int(m.tables[row, s.CAPACITY])] == s.DELETED).sum())
        return dead


def upper(hashes: Hashes) -> list[int]:
    """What the lean engine keeps of a hash: 25 bits of its top and the 7 lowest of H1."""
    top = (hashes >> np.uint64(39)) << np.uint64(7)
    out: list[int] = (top | ((hashes >> np.uint64(7)) & np.uint64(0x7F))).tolist()
    return out


def fresh(words: list[int], used: set[int]) -> list[int]:
    """Where words stand that have not come before; they count as used from now on."""
    out = []
    for at, word in enumerate(words):
        if word not in used:
            used.add(word)
            out.append(at)
    return out


def lean_words(hashes: Hashes) -> Hashes:
    """Hashes in the lean engine's order of bits."""
    return np.array(upper(hashes), np.uint64) << np.uint64(32)


def full_hashes(kept: NDArray[np.uint32]) -> Hashes:
    """Hashes of which the lean engine keeps this, with some H2."""
    wide = kept.astype(np.uint64)
    return ((wide >> np.uint64(7)) << np.uint64(39)) | ((wide & np.uint64(0x7F)) << np.uint64(7)) | np.uint64(0x55)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(BUILDS),
    st.sampled_from(TYPES[:3]),
    st.sampled_from([0, 0, 8, 9, 500, 2000]),
    st.lists(st.tuples(st.sampled_from("iiddc"), st.integers(1, 20000)), min_size=1, max_size=6),
    st.integers(0, 1 << 30),
)
def test_counting_engine_counts_what_the_exact_one_does(
    go: str, go_type: str, hint: int, steps: list[tuple[str, int]], seed: int
) -> None:
    layout, shape = shape_of(go, go_type)
    rng = np.random.default_rng(seed)
    exact, counted = Exact(layout, shape, hint), LeanMap(layout, shape, hint, 100)
    used: set[int] = set()
    for kind, count in steps:
        exact.ledger.start_step()
        counted.ledger.start_step()
        if kind == "i":
            hashes = full_hashes(rng.integers(0, 1 << 32, size=count, dtype=np.uint32))
            hashes = hashes[fresh(upper(hashes), used)]
            exact.insert(hashes)
            counted.insert(lean_words(hashes))
        elif kind == "d":
            before = counted.live()
            counted.delete(count, seed)
            gone = np.setdiff1d(before, counted.live())
            assert len(gone) == min(count, len(before))
            exact.delete(full_hashes(rng.permutation(gone)))
        else:
            engine.clear(exact.m)
            counted.clear()
            exact.known.clear()
        found = counted.figures()
        mine = exact.figures()
        theirs = (
            found.entries, found.slots, found.bytes, found.peak_bytes, found.scan_bytes, found.mallocs,
            found.total_alloc, found.detail["tables"], found.detail["dir_len"], found.detail["growth_left"],
        )  # fmt: skip
        assert mine == theirs
        assert exact.tombstones() == found.tombstones


def test_deletes_take_each_key_alike() -> None:
    """Over many draws each of 12 keys goes as often as any other: chi squared with 11 degrees, far below 1 in 10^6."""
    layout, shape = shape_of("1.27", "map[uint64]uint64")
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 1 << 64, size=12, dtype=np.uint64)
    gone = dict.fromkeys((hashes >> np.uint64(32)).tolist(), 0)
    for draw in range(1200):
        map_ = LeanMap(layout, shape)
        map_.insert(hashes)
        map_.delete(5, draw * 0x51ED270B)
        for word in set(gone) - set(map_.live().tolist()):
            gone[word] += 1
    assert sum(gone.values()) == 1200 * 5
    assert sum((each - 500) ** 2 / 500 for each in gone.values()) < 50


def test_done_is_done() -> None:
    """An engine that has nothing to do says so."""
    layout, shape = shape_of("1.27", "map[uint64]uint64")
    m = s.empty_store(s.rules(layout, shape), 1)
    nothing = np.zeros(0, np.int64)
    work = Work(np.zeros(0, np.uint8), np.zeros(0, np.uint64), nothing, nothing, nothing, nothing, 0)
    assert engine.run(m, work, 0) == (0, DONE)


def test_types_are_all_kinds() -> None:
    """The types above are assigned by a fast function, by another, by the generic one, and one has odd keys."""
    shapes = [shape_of("1.27", each)[1] for each in TYPES]
    assert [shape.fast for shape in shapes][:3] == ["64", "str", ""]
    assert not shapes[3].reflexive and shapes[3].unit.indirect_elem
