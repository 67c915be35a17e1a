"""A Swiss map's life in figures, without any keys: steps over uniformly random hashes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout
from goxray.model.figures import MapFigures
from goxray.model.shape import ModelShape
from goxray.model.steps import Step
from goxray.model.swiss import lean
from goxray.model.swiss import state as s
from goxray.model.swiss.hints import start
from goxray.model.swiss.kernels import max_growth_left
from goxray.model.swiss.lean import DIRECTORY, Lean
from goxray.model.swiss.ledger import Ledger
from goxray.model.swiss.sizes import Sizes
from goxray.model.swiss.state import I64, U64

_FIRST_BATCH = 1 << 14
_BATCH = 1 << 21
_MOST_SORTED_BITS = 11
_FILL = 400  # entries of a table of 1024 slots, at least, as long as only inserts come


class LeanMap:
    """One map that counts: fresh keys in by their hashes, random keys out.

    Args:
        layout: the build.
        shape: the map type as that build lays it out.
        hint: what it is made with.
        expected: about how many entries it will have at most, to make room once.
    """

    def __init__(self, layout: RuntimeLayout, shape: ModelShape, hint: int = 0, expected: int = 0) -> None:
        known = s.rules(layout, shape)
        self._clears_all = int(known[s.CLEARING]) == s.CLEARS_ALL
        self.ledger = Ledger(Sizes(layout, shape))
        self.inserted = 0
        self._words: U64 = np.empty(0, np.uint64)
        tables, capacity = start(hint, shape.unit.unit_size)
        rows = max(tables, expected // _FILL, 1) + 64
        self._lean = Lean(
            np.zeros(lean.L_SCALARS, np.int64),
            np.zeros(max(16, 1 << (4 * rows).bit_length()), np.int32),
            np.zeros((rows, lean.T_COLUMNS), np.int64),
            np.empty(rows * s.MAX_CAPACITY, np.uint32),
            np.zeros(rows * s.MAX_GROUPS, np.uint16),
            lean.FIRST_FREE,
            lean.COUNT,
            np.zeros(s.MAX_CAPACITY, np.uint32),
            np.zeros((max(256, rows), s.ROW_COLUMNS), np.int64),
        )
        self._lean.scalar[lean.L_PRUNES] = known[s.PRUNES]
        self._depth = max(tables - 1, 0).bit_length()
        if tables:
            self._prepare(tables, capacity)
        self.ledger.make(tables, capacity)

    def _prepare(self, tables: int, capacity: int) -> None:
        m = self._lean
        m.scalar[lean.L_SMALL] = DIRECTORY
        m.scalar[lean.L_TABLES] = tables
        m.scalar[lean.L_DEPTH] = self._depth
        m.directory[:tables] = np.arange(tables)
        m.tables[:tables] = (capacity // s.SLOTS - 1, int(max_growth_left(capacity)), self._depth, 0)

    def __len__(self) -> int:
        return int(self._lean.scalar[lean.L_USED])

    def insert(self, raw: U64) -> None:
        """Assign fresh keys whose hashes are uint64[N]; their lower half is not looked at.

        Raises:
            OverflowError: more keys than random hashes ever give agree in the upper 25 bits of their hashes.
        """
        done = 0
        while done < len(raw):
            size = min(max(_FIRST_BATCH, len(self)), _BATCH, len(raw) - done)
            self._batch(raw[done : done + size])
            done += size
        self.inserted += len(raw)

    def _batch(self, raw: U64) -> None:
        # Before there are tables the order of the keys must stay: which half splits first decides what is allocated.
        tables = int(self._lean.scalar[lean.L_TABLES])
        bits = min(int(self._counts()[3]), _MOST_SORTED_BITS) if tables else 0
        if len(self._words) < len(raw):
            self._words = np.empty(len(raw), np.uint64)
        words = self._words[: len(raw)]
        lean.sort_by_table(raw, bits, np.zeros(1 << bits, np.int64), words)
        rows: list[I64] = []
        at = 0
        while at < len(words):
            far, why = lean.l_assign_all(self._lean, words, at)
            at = int(far)
            if why == lean.TOO_DEEP:
                raise OverflowError("a table's keys agree in the upper 25 bits of their hashes")
            if why == lean.FULL:
                rows.append(self._take_rows())
                self._make_room()
        rows.append(self._take_rows())
        self._enter(np.concatenate(rows))

    def _take_rows(self) -> I64:
        m = self._lean
        rows = m.rows[: m.scalar[lean.L_ROWS]].copy()
        m.scalar[lean.L_ROWS] = 0
        return rows

    def _make_room(self) -> None:
        m = self._lean
        if 2 << int(m.scalar[lean.L_DEPTH]) > len(m.directory):
            m = m._replace(directory=np.concatenate((m.directory, np.zeros_like(m.directory))))
        if int(m.scalar[lean.L_TABLES]) + 1 >= len(m.tables):
            m = m._replace(
                **{
                    name: np.concatenate((old := getattr(m, name), np.zeros_like(old)))
                    for name in ("tables", "words", "marks")
                }
            )
        self._lean = m

    def _enter(self, rows: I64) -> None:
        """Enter what one batch did, in the order in which it happened, with the doublings of the directory."""
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        depth = np.where(rows[:, 1] == s.ROW_SPLIT, rows[:, 3], 0)
        reached = np.maximum.accumulate(np.maximum(depth, self._depth)) if len(rows) else depth
        before = np.concatenate(([self._depth], reached[:-1]))
        doubled = np.flatnonzero(reached > before)
        if len(doubled):
            lengths = [(rows[i, 0], s.ROW_DIRECTORY, 1 << int(before[i]), 1 << int(reached[i])) for i in doubled]
            rows = np.insert(rows, doubled + 1, np.array(lengths, np.int64), axis=0)
            self._depth = int(reached[-1])
        self.ledger.enter(rows)

    def delete(self, count: int, state: int) -> None:
        """Delete ``count`` random entries, all of them where there are fewer; ``state`` seeds the choice."""
        lean.l_delete(self._lean, min(count, len(self)), np.uint64(state))

    def clear(self) -> None:
        """The builtin: empties the tables, tombstones too; nothing where the runtime takes the map for empty."""
        if len(self) or (self._lean.scalar[lean.L_TOMBSTONES] and not self._clears_all):
            lean.l_clear(self._lean)

    def live(self) -> NDArray[np.uint32]:
        """What is kept of all live keys' hashes: their upper 32 bits."""
        m = self._lean
        groups = int(m.scalar[lean.L_TABLES]) * s.MAX_GROUPS
        full = np.unpackbits(m.marks[:groups].astype(np.uint8), bitorder="little").astype(bool)
        kept: NDArray[np.uint32] = m.words[: len(full)][full]
        return kept

    def _counts(self) -> I64:
        out = np.zeros(4, np.int64)
        lean.l_count(self._lean, out)
        return out

    def figures(self) -> MapFigures:
        """The map as it is now; the peak is that since the ledger's last ``start_step``."""
        state = int(self._lean.scalar[lean.L_SMALL])
        slots, tombstones, growth_left, _ = self._counts().tolist()
        tables = int(self._lean.scalar[lean.L_TABLES])
        small = state != DIRECTORY
        if small:
            tombstones = growth_left = tables = 0
            slots = s.SLOTS if state == lean.ONE_GROUP else 0
        ledger, sizes = self.ledger, self.ledger.sizes
        return MapFigures(
            kind="swiss", entries=len(self), slots=slots, tombstones=tombstones, bytes=ledger.bytes,
            indirect_bytes=len(self) * sizes.indirect_bytes, peak_bytes=ledger.peak, scan_bytes=ledger.scan,
            mallocs=ledger.mallocs + self.inserted * sizes.indirect_objects,
            total_alloc=ledger.total_alloc + self.inserted * sizes.indirect_bytes,
            detail={
                "tables": tables, "groups": slots // s.SLOTS, "dir_len": 0 if small else 1 << self._depth,
                "global_depth": self._depth, "growth_left": growth_left, "small": int(small),
            },
        )  # fmt: skip


def simulate(layout: RuntimeLayout, shape: ModelShape, hint: int, steps: Sequence[Step], seed: int) -> list[MapFigures]:
    """Run a map through steps and return its figures after each.

    Inserted keys are fresh, their hashes random (numpy's generator with ``seed``); deletes take random live keys, all
    of them where there are fewer.

    Raises:
        ValueError: the build has no Swiss maps.
    """
    rng = np.random.default_rng(seed)
    expected = most = 0
    for step in steps:
        expected = {"insert": expected + step.count, "delete": max(0, expected - step.count), "clear": 0}[step.kind]
        most = max(most, expected)
    map_ = LeanMap(layout, shape, hint, most)
    out = []
    for step in steps:
        map_.ledger.start_step()
        if step.kind == "insert":
            _insert(map_, step.count, rng)
        elif step.kind == "delete":
            map_.delete(step.count, int(rng.integers(1 << 63)))
        else:
            map_.clear()
        out.append(map_.figures())
    return out


def _insert(map_: LeanMap, count: int, rng: np.random.Generator) -> None:
    while count > 0:
        part = min(count, _BATCH)
        map_.insert(rng.integers(0, 1 << 64, size=part, dtype=np.uint64))
        count -= part
