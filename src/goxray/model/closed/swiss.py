"""Closed forms of a Swiss map that was only filled: internal/runtime/maps, from Go 1.24 on.

A small map is one group; the ninth entry makes a table of 16 slots, which doubles up to 1024. A full table of 1024
splits in two by one more bit of the hash, so the tables are the leaves of a binary tree in which a node has split if,
and only if, more entries came to it than a table holds. Only nodes of one depth
are ever in doubt: the load halves from depth to depth and differs little between nodes of one depth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from goxray.core.predict_result import GrowthStep
from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.layout import RuntimeLayout
from goxray.model.closed.chances import I64, Chances
from goxray.model.closed.figures import Spread
from goxray.model.closed.splits import above_chances, entries_for, expected_above
from goxray.model.swiss.sizes import Cost, Sizes

Count = TypeVar("Count", int, I64)
"""A number of tables, or int64[N] of such numbers."""

_MEDIAN = 0.6931
"""Expected events at which the first of many rare ones has come in half of all runs: ln 2."""


@dataclass(frozen=True)
class SwissState:
    """Tables of one capacity, one for each entry of the directory (0: no directory); ``small``: one group instead.

    ``peak``, ``mallocs`` and ``total_alloc`` are those until now.
    """

    tables: int
    capacity: int
    small: bool
    peak: int
    mallocs: int
    total_alloc: int


@dataclass(frozen=True)
class _Level:
    """One kind of event: of ``cells`` tables each that gets more than ``limit`` entries doubles or splits."""

    cells: int
    limit: int
    capacity: int
    splits: bool


class SwissForms:
    """Closed forms for one map type in one build."""

    def __init__(self, sizes: Sizes, layout: RuntimeLayout, unit_size: int) -> None:
        self.sizes = sizes
        self._layout = layout
        self._unit_size = unit_size
        self.indirect_objects = sizes.indirect_objects
        self._load = layout.const("maxAvgGroupLoad")
        self._largest = layout.const("maxTableCapacity")

    def made(self, hint: int) -> SwissState:
        """A map fresh from make (NewMap, NewEmptyMap)."""
        header = self.sizes.header.bytes
        state = SwissState(0, 0, False, header, 1, header)
        target = hint * SLOTS_PER_UNIT // self._load
        tables = 1 << max(-(-target // self._largest) - 1, 0).bit_length()
        if hint <= SLOTS_PER_UNIT or tables * self._largest * self._unit_size > self._layout.const("maxAlloc"):
            return state
        capacity = 1 << (max(SLOTS_PER_UNIT, target // tables) - 1).bit_length()
        held = header + self.sizes.directory(tables).bytes + tables * self.table(capacity).bytes
        return SwissState(tables, capacity, False, held, 2 + 2 * tables, held)

    def table(self, capacity: int) -> Cost:
        """A table with its groups."""
        groups = self.sizes.groups(capacity)
        return Cost(self.sizes.table.bytes + groups.bytes, self.sizes.table.scan + groups.scan)

    def limit(self, capacity: int) -> int:
        """The most entries that a table takes (maxGrowthLeft)."""
        return capacity - 1 if capacity <= SLOTS_PER_UNIT else capacity * self._load // SLOTS_PER_UNIT

    def filled(self, state: SwissState, entries: int, since: int = 0) -> Spread:
        """The figures after ``entries`` keys were inserted into an empty map in that state.

        Growth and peak are those of the last step, which began at ``since`` entries.
        """
        growth = tuple(step for step in self.growth(state, entries) if step.entries > since)
        if since:
            held = self.filled(state, since).bytes.median
            if not growth and self.filled(state, entries).bytes.median == held:
                return replace(self.filled(state, entries), peak_bytes=Chances.sure(held), growth=())
        if not state.tables and entries <= SLOTS_PER_UNIT:
            return replace(self._small(state, entries), growth=growth)
        return replace(self._spread(*self._reached(state, entries), entries), growth=growth)

    def expected_bytes(self, state: SwissState, entries: int) -> float:
        """The mean of the bytes alone, many times as fast as :meth:`filled`.

        Tables count as independent where it is about any of them: the length of the directory.
        """
        if not state.tables and entries <= SLOTS_PER_UNIT:
            return self._small(state, entries).bytes.mean
        state = self._with_table(state)
        for level in self._levels(state):
            mean = expected_above(entries, level.cells, level.limit)
            if mean < level.cells:
                break
            state = self._passed(state, level)
        none, one = (self._held(state, level, number)[0] for number in (0, 1))
        if not level.splits:
            return none + mean * (one - none)
        wider = self.sizes.directory(2 * state.tables).bytes - self.sizes.directory(state.tables).bytes
        any_split = min(mean, 1.0)  # of two tables the one has what the other has not
        if level.cells > 2:
            any_split = -math.expm1(level.cells * math.log1p(-mean / level.cells))
        return none + mean * (one - none - wider) + any_split * wider

    def _reached(self, state: SwissState, entries: int) -> tuple[SwissState, _Level | None, Chances]:
        """The tables of which all have changed, the level at which some may have, and how many."""
        state = self._with_table(state)
        for level in self._levels(state):
            above = above_chances(entries, level.cells, level.limit)
            if above.values[-1] == 0:
                break
            if above.values[0] < level.cells:
                return state, level, above
            state = self._passed(state, level)
        return state, None, Chances.sure(0)

    def cleared(self, state: SwissState, entries: int, now: Spread) -> SwissState | None:
        """The state after clear, which keeps all tables (Map.Clear); None where tables of two depths may stand."""
        if not state.tables and entries <= SLOTS_PER_UNIT:
            after = self._with_group(state)
        else:
            after, level, _ = self._reached(state, entries)
            if level is not None:
                return None
        return replace(after, peak=now.bytes.median, mallocs=now.mallocs.median, total_alloc=now.total_alloc.median)

    def is_growing(self, state: SwissState, entries: int) -> bool:
        """Never: a table grows at once."""
        del state, entries
        return False

    def _small(self, state: SwissState, entries: int) -> Spread:
        state = self._with_group(state) if entries else state
        group = self.sizes.groups(SLOTS_PER_UNIT)
        held = self.sizes.header.bytes + (group.bytes if state.small else 0)
        scan = self.sizes.header.scan + (group.scan if state.small else 0)
        slots = SLOTS_PER_UNIT if state.small else 0
        detail = {"tables": 0, "groups": int(state.small), "dir_len": 0, "global_depth": 0, "growth_left": 0}
        return Spread(
            "swiss", entries, True, Chances.sure(held), Chances.sure(held), Chances.sure(scan),
            *self._allocated(state, entries, Chances.sure(0), 0, 0), Chances.sure(slots),
            entries * self.sizes.indirect_bytes, detail | {"small": 1},
        )  # fmt: skip

    def _with_group(self, state: SwissState) -> SwissState:
        """A map without anything gets its group (growToSmall)."""
        if state.small or state.tables:
            return state
        group = self.sizes.groups(SLOTS_PER_UNIT).bytes
        held = self.sizes.header.bytes + group
        return SwissState(0, 0, True, held, state.mallocs + 1, state.total_alloc + group)

    def _with_table(self, state: SwissState) -> SwissState:
        """A small map gets its first table; the group is held until the table is filled (growToTable)."""
        if state.tables:
            return state
        state = self._with_group(state)
        capacity = 2 * SLOTS_PER_UNIT
        new = self.table(capacity).bytes + self.sizes.directory(1).bytes
        peak = self.sizes.header.bytes + self.sizes.groups(SLOTS_PER_UNIT).bytes + new
        return SwissState(1, capacity, False, peak, state.mallocs + 3, state.total_alloc + new)

    def _levels(self, state: SwissState) -> list[_Level]:
        """What happens to the tables as entries come, in order; deeper than any map can be."""
        levels = []
        capacity = state.capacity
        while capacity < self._largest:
            levels.append(_Level(state.tables, self.limit(capacity), capacity, False))
            capacity *= 2
        full = self.limit(self._largest)
        return levels + [_Level(state.tables << depth, full, capacity, True) for depth in range(48)]

    def _passed(self, state: SwissState, level: _Level) -> SwissState:
        """The state after all of a level's tables have doubled or split."""
        mallocs, total = self._spent(level, level.cells)
        peak = max(state.peak, self._peak(state, level, level.cells))
        return replace(
            state,
            tables=level.cells * 2 if level.splits else level.cells,
            capacity=level.capacity if level.splits else 2 * level.capacity,
            peak=peak,
            mallocs=state.mallocs + mallocs,
            total_alloc=state.total_alloc + total,
        )

    def _spent(self, level: _Level, above: Count) -> tuple[Count, Count]:
        """Mallocs and bytes allocated when so many of the level's tables double or split."""
        if not level.splits:
            return 2 * above, above * self.table(2 * level.capacity).bytes
        directory = (above > 0) * self.sizes.directory(2 * level.cells).bytes
        return 4 * above + (above > 0), 2 * above * self.table(level.capacity).bytes + directory

    def _held(self, state: SwissState, level: _Level | None, above: Count) -> tuple[Count, Count]:
        """Bytes of the structure, and those of them that are scanned, when so many of the tables have changed."""
        header, old = self.sizes.header, self.table(state.capacity)
        splits = level is not None and level.splits
        new = self.table(2 * state.capacity) if level is not None and not level.splits else old
        short, long = self.sizes.directory(state.tables), self.sizes.directory(2 * state.tables)
        wide = (above > 0) * int(splits)
        kept, changed = state.tables - above, above * (2 if splits else 1)
        return (
            header.bytes + short.bytes + wide * (long.bytes - short.bytes) + kept * old.bytes + changed * new.bytes,
            header.scan + short.scan + wide * (long.scan - short.scan) + kept * old.scan + changed * new.scan,
        )

    def _peak(self, state: SwissState, level: _Level, above: Count) -> Count:
        """The most held while so many tables change, one after the other, the old one held beside the new."""
        old = self.table(level.capacity).bytes
        some = (above > 0) * 1
        last = self._held(state, level, above)[0] + some * old
        if not level.splits:
            return last
        first = some * (self._held(state, level, 1)[0] + old + self.sizes.directory(state.tables).bytes)
        return last + (first > last) * (first - last)

    def _spread(self, state: SwissState, level: _Level | None, above: Chances, entries: int) -> Spread:
        splits = level is not None and level.splits
        held = above.map(lambda s: self._held(state, level, s)[0])
        peak = held.map(lambda n: np.maximum(n, state.peak))
        mallocs, total = above.map(np.zeros_like), above.map(np.zeros_like)
        if level is not None:
            peak = above.map(lambda s: np.maximum(state.peak, self._peak(state, level, s)))
            mallocs = above.map(lambda s: self._spent(level, s)[0])
            total = above.map(lambda s: self._spent(level, s)[1])
        count, spent = (
            self._allocated(state, entries, mallocs, 1, 0)[0],
            self._allocated(state, entries, total, 0, 1)[1],
        )
        slots = above.map(lambda s: state.capacity * (state.tables + s))
        return Spread(
            "swiss", entries, self._is_exact(state, entries), held, peak,
            above.map(lambda s: self._held(state, level, s)[1]), count, spent, slots,
            entries * self.sizes.indirect_bytes, self._detail(state, entries, above.median, splits),
        )  # fmt: skip

    def _allocated(
        self, state: SwissState, entries: int, more: Chances, count: int, size: int
    ) -> tuple[Chances, Chances]:
        """Mallocs and TotalAlloc with what the last level added and with keys and elems kept by pointer."""
        mallocs = state.mallocs + entries * self.indirect_objects
        total = state.total_alloc + entries * self.sizes.indirect_bytes
        return more.map(lambda n: n * count + mallocs), more.map(lambda n: n * size + total)

    def _is_exact(self, state: SwissState, entries: int) -> bool:
        """Whether no hash can make a difference: one table is left, or none can get more than it holds."""
        return entries <= self.limit(state.capacity)

    def _detail(self, state: SwissState, entries: int, above: int, splits: bool) -> dict[str, int]:
        tables = state.tables + (above if splits else 0)
        length = state.tables * (2 if splits and above else 1)
        full = (state.tables - above) * self.limit(state.capacity)
        full += above * (2 * self.limit(state.capacity) if splits else self.limit(2 * state.capacity))
        return {
            "tables": tables,
            "groups": state.capacity * (state.tables + above) // SLOTS_PER_UNIT,
            "dir_len": length,
            "global_depth": length.bit_length() - 1,
            "growth_left": full - entries,
            "small": 0,
        }

    # ---- growth

    def growth(self, state: SwissState, entries: int) -> tuple[GrowthStep, ...]:
        """How the map grew; of tables that split one by one the first and the last, at the median."""
        steps: list[GrowthStep] = []
        if not state.tables:
            with_group = self._with_group(state)
            if with_group != state:
                steps.append(GrowthStep(1, "one group", with_group.peak, with_group.peak))
            if entries <= SLOTS_PER_UNIT:
                return tuple(steps)
            state = self._with_table(with_group)
            held = self._held(state, None, 0)[0]
            steps.append(GrowthStep(SLOTS_PER_UNIT + 1, f"group -> table of {state.capacity}", held, state.peak))
        for level in self._levels(state):
            first, last = self._when(level)
            if first > entries:
                break
            self._grow(steps, state, level, (first, 1))
            if last > first and last <= entries:
                self._grow(steps, state, level, (last, level.cells))
            state = self._passed(state, level)
        return tuple(steps)

    def _when(self, level: _Level) -> tuple[int, int]:
        """The entries at which the first and the last of a level's tables changes."""
        if level.cells == 1:
            return level.limit + 1, level.limit + 1
        return (
            entries_for(level.cells, level.limit, _MEDIAN),
            entries_for(level.cells, level.limit, level.cells - _MEDIAN),
        )

    def _grow(self, steps: list[GrowthStep], state: SwissState, level: _Level, at: tuple[int, int]) -> None:
        entries, above = at
        held, peak = self._held(state, level, above)[0], self._peak(state, level, above)
        if level.splits:
            what = f"tables {level.cells + above - 1} -> {level.cells + above}"
        elif level.cells == 1:
            what = f"table of {level.capacity} -> {2 * level.capacity}"
        else:
            what = f"{above} of {level.cells} tables of {level.capacity} -> {2 * level.capacity}"
        steps.append(GrowthStep(entries, what, held, max(peak, held)))
