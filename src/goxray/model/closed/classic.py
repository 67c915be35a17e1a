"""Closed forms of a classic map that was only filled: runtime/map.go, up to Go 1.25 under GOEXPERIMENT=noswissmap.

When it grows is a matter of counting: with nothing deleted, overflow buckets never become too many (all entries in one
chain would make (n - 1) / 8 of them, fewer than there are buckets), so only the load factor counts. How many overflow
buckets hang on the buckets, and how far an evacuation is, the hash decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from goxray.core.predict_result import GrowthStep
from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.model.classic.sizes import Sizes
from goxray.model.closed.chances import I64, Chances, counted, mixture
from goxray.model.closed.evacuation import buckets_left, evacuated_below
from goxray.model.closed.figures import Spread
from goxray.model.closed.overflow import most_overflow, overflow_chances

_POINTER = 8
_EXACT_BELOW = 16
_SMALL = 8
"""Up to so many old buckets an evacuation is followed bucket by bucket."""

_LIKELY = 1e-7
_NOTHING = Chances.sure(0)


@dataclass(frozen=True)
class ClassicState:
    """Where a filling starts: B, whether the first bucket exists, and what was allocated until then.

    ``made`` is hmap with its arrays; ``extra`` the chance that there is a mapextra. ``bytes`` is what is held.
    """

    log2: int
    has_array: bool
    extra: float
    bytes: int
    mallocs: Chances
    total_alloc: Chances


@dataclass(frozen=True)
class _Case:
    """What hangs on the arrays in one case, which has this ``chance``.

    ``apart``: overflow buckets outside of the arrays. ``lists`` and ``lists_scan``: bytes of the lists of overflow
    buckets. ``linked``: overflow buckets on buckets in use. ``made``: those of the newest array. ``old_left``: old
    buckets not evacuated; ``growing`` whether there are any.
    """

    chance: float
    apart: Chances
    lists: Chances
    lists_scan: Chances
    linked: Chances
    made: Chances
    old_left: Chances = _NOTHING
    growing: bool = False


class ClassicForms:
    """Closed forms for one map type in one build."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self._indirect = sizes.indirect_key + sizes.indirect_elem
        self.indirect_objects = int(sizes.indirect_key > 0) + int(sizes.indirect_elem > 0)

    def made(self, hint: int) -> ClassicState:
        """A map fresh from make (makemap, makemap_small)."""
        sizes = self.sizes
        log2 = sizes.log2_for(hint)
        held, mallocs = sizes.header, 1
        if log2:
            held, mallocs = held + sizes.array(log2).bytes, mallocs + 1
            if self.spare(log2):
                held, mallocs = held + sizes.extra, mallocs + 1
        extra = float(self.spare(log2) > 0)
        return ClassicState(log2, log2 > 0, extra, held, Chances.sure(mallocs), Chances.sure(held))

    def spare(self, log2: int) -> int:
        """Overflow buckets that come with an array of 2^log2 buckets."""
        array = self.sizes.array(log2)
        return array.rows - array.buckets

    def log2_after(self, state: ClassicState, entries: int) -> int:
        """B after so many inserts."""
        log2 = state.log2
        while entries > self.sizes.limit(log2):
            log2 += 1
        return log2

    def filled(self, state: ClassicState, entries: int, since: int = 0) -> Spread:
        """The figures after ``entries`` keys were inserted into an empty map in that state.

        Growth and peak are those of the last step, which began at ``since`` entries.
        """
        log2 = self.log2_after(state, entries)
        cases = self._cases(state, entries, log2)
        extra = self._extra(state, entries, log2)
        now = self._with_extra(self._held(state, entries, log2, cases), extra, self.sizes.extra)
        mallocs, total = self._allocated(state, entries, log2, cases)
        return Spread(
            kind="classic",
            entries=entries,
            exact=self._is_exact(entries, log2, cases),
            bytes=now,
            peak_bytes=self._peak(state, entries, since, now),
            scan_bytes=self._with_extra(self._scanned(state, entries, log2, cases), extra, self.sizes.extra_scan),
            mallocs=mallocs,
            total_alloc=total,
            slots=self._slots(state, entries, log2, cases),
            indirect_bytes=entries * self._indirect,
            detail=self._detail(state, entries, log2, cases),
            growth=tuple(step for step in self.growth(state, entries) if step.entries > since),
        )

    def expected_bytes(self, state: ClassicState, entries: int) -> float:
        """The mean of the bytes alone."""
        log2 = self.log2_after(state, entries)
        held = self._held(state, entries, log2, self._cases(state, entries, log2))
        return held.mean + self._extra(state, entries, log2) * self.sizes.extra

    def _held(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> Chances:
        arrays = self.sizes.array(log2).bytes if entries or state.has_array else 0
        found = []
        for case in cases:
            base = self.sizes.header + arrays + (self.sizes.array(log2 - 1).bytes if case.growing else 0)
            found.append((case.chance, _scaled(case.apart, self.sizes.overflow, base).plus(case.lists)))
        return mixture(found)

    def _scanned(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> Chances:
        arrays = self.sizes.array(log2).scan_bytes if entries or state.has_array else 0
        found = []
        for case in cases:
            base = self.sizes.header_scan + arrays + (self.sizes.array(log2 - 1).scan_bytes if case.growing else 0)
            apart = _scaled(case.apart, self.sizes.shape.unit_ptrdata, base)
            found.append((case.chance, apart.plus(case.lists_scan)))
        return mixture(found)

    def _slots(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> Chances:
        own = SLOTS_PER_UNIT * (1 << log2 if entries or state.has_array else 0)
        return mixture([(c.chance, _scaled(c.linked.plus(c.old_left), SLOTS_PER_UNIT, own)) for c in cases])

    # ---- what hangs on the arrays

    def _cases(self, state: ClassicState, entries: int, log2: int) -> list[_Case]:
        """The cases to tell apart: the last growth is evacuated, or so many old buckets are left."""
        made = overflow_chances(entries, 1 << log2)
        settled = _Case(
            1.0, self._apart(made, log2), made.map(self._lists), made.map(self._lists_scan), linked=made, made=made
        )
        if log2 == state.log2:
            return [settled]
        limit, old = self.sizes.limit(log2 - 1), 1 << (log2 - 1)
        left = buckets_left(old, entries - limit)
        done = float(left.weights[left.values == 0].sum())
        cases = [replace(settled, chance=done)] if done > _LIKELY else []
        some = left.values > 0
        if not some.any() or 1 - done <= _LIKELY:
            return cases
        if old > _SMALL:
            kept = Chances.of(left.values[some], left.weights[some])
            return [*cases, self._many_left(entries, log2, limit, kept, 1 - done)]
        for number, chance in zip(left.values[some].tolist(), left.weights[some].tolist(), strict=True):
            cases += self._few_left(entries, log2, limit, number, chance)
        return cases

    def _few_left(self, entries: int, log2: int, limit: int, left: int, chance: float) -> list[_Case]:
        """Few old buckets: each number of entries in them is a case of its own."""
        old = 1 << (log2 - 1)
        share = left / old
        whole = overflow_chances(limit, old)
        found = []
        for inside in range(limit + 1):
            weight = math.comb(limit, inside) * share**inside * (1 - share) ** (limit - inside)
            if weight * chance < _LIKELY:
                continue
            behind = overflow_chances(inside, left)
            apart = self._apart(whole if self.sizes.noscan else behind, log2 - 1)
            made = overflow_chances(entries - inside, 2 * (old - left))
            found.append(self._growing(log2, chance * weight, (behind, apart, whole), made, Chances.sure(left)))
        return found

    def _many_left(self, entries: int, log2: int, limit: int, left: Chances, chance: float) -> _Case:
        """Many old buckets: overflow buckets are spread over them evenly."""
        old = 1 << (log2 - 1)
        share, spread = left.mean / old, left.variance / old**2
        whole = overflow_chances(limit, old)
        apart = self._apart(whole, log2 - 1)
        if not self.sizes.noscan:
            apart = _thinned(apart, share, spread)
        evacuated = max(1, round(old * (1 - share)))
        made = overflow_chances(entries - round(limit * share), 2 * evacuated)
        return self._growing(log2, chance, (_thinned(whole, share, spread), apart, whole), made, left)

    def _growing(
        self, log2: int, chance: float, old: tuple[Chances, Chances, Chances], made: Chances, left: Chances
    ) -> _Case:
        """One case of a growing map.

        ``old``: overflow buckets linked to old ones, those apart that are still held, all.

        A map with pointers lets go of an old chain with its bucket; a pointer-free one keeps the list of all of them
        until the evacuation is done (evacuate, advanceEvacuationMark).
        """
        linked, apart, whole = old
        lists, scan = made.map(self._lists), made.map(self._lists_scan)
        if self.sizes.noscan:
            lists, scan = lists.plus(whole.map(self._lists)), scan.plus(whole.map(self._lists_scan))
        return _Case(
            chance, self._apart(made, log2).plus(apart), lists, scan, linked.plus(made), made, left, growing=True
        )

    def _apart(self, behind: Chances, log2: int) -> Chances:
        """Overflow buckets that are objects of their own: those for which no spare ones were left."""
        return behind.map(lambda n: np.maximum(0, n - self.spare(log2)))

    def _lists(self, behind: I64) -> I64:
        """Bytes of the list that keeps a pointer-free map's overflow buckets alive (createOverflow, newoverflow)."""
        if not self.sizes.noscan:
            return np.zeros_like(behind)
        capacities = self.sizes.lists
        array = capacities[np.searchsorted(capacities[:, 0], behind), 1]
        return np.where(behind > 0, array + self.sizes.list_header, 0)

    def _lists_scan(self, behind: I64) -> I64:
        if not self.sizes.noscan:
            return np.zeros_like(behind)
        capacities = self.sizes.lists[:, 0]
        array = capacities[np.searchsorted(capacities, behind)] * _POINTER
        return np.where(behind > 0, array + _POINTER, 0)

    def _lists_mallocs(self, behind: I64) -> I64:
        arrays = np.searchsorted(self.sizes.lists[:, 0], behind)
        return np.where(behind > 0, arrays + 1, 0) if self.sizes.noscan else np.zeros_like(behind)

    def _lists_total(self, behind: I64) -> I64:
        if not self.sizes.noscan:
            return np.zeros_like(behind)
        spent = np.cumsum(self.sizes.lists[:, 1])
        total = spent[np.searchsorted(self.sizes.lists[:, 0], behind)]
        return np.where(behind > 0, total + self.sizes.list_header, 0)

    # ---- mapextra

    def _extra(self, state: ClassicState, entries: int, log2: int) -> float:
        """The chance of a mapextra: spare buckets bring it, or a pointer-free map's first overflow bucket."""
        if self.spare(log2) or state.extra == 1.0:
            return 1.0
        missing = 1 - state.extra
        if self.sizes.noscan:
            for each in range(state.log2, log2 + 1):
                behind = overflow_chances(min(entries, self.sizes.limit(each)), 1 << each)
                missing *= float(behind.weights[behind.values == 0].sum())
        return 1 - missing

    def _with_extra(self, figure: Chances, chance: float, size: int) -> Chances:
        if chance in (0.0, 1.0):
            return figure.map(lambda n: n + (size if chance else 0))
        return mixture([(1 - chance, figure), (chance, figure.map(lambda n: n + size))])

    # ---- growth

    def _grown(self, log2: int, extra: bool) -> Chances:
        """Bytes held in the moment in which an array of 2^(log2 + 1) buckets has come beside the full old one."""
        behind = overflow_chances(self.sizes.limit(log2), 1 << log2)
        has_extra = extra or self.spare(log2 + 1) > 0
        base = self.sizes.header + self.sizes.array(log2).bytes + self.sizes.array(log2 + 1).bytes
        base += self.sizes.extra if has_extra else 0

        def held(n: I64) -> I64:
            outside: I64 = np.maximum(0, n - self.spare(log2)) * self.sizes.overflow + self._lists(n) + base
            if self.sizes.noscan and not has_extra:
                outside = outside + np.where(n > 0, self.sizes.extra, 0)
            return outside

        return behind.map(held)

    def _peak(self, state: ClassicState, entries: int, since: int, now: Chances) -> Chances:
        log2, before = self.log2_after(state, entries), self.log2_after(state, since)
        if log2 == before:
            began = self.filled(state, since).bytes if since else Chances.sure(state.bytes)
            return now if now.median >= began.median else began
        growth = self._grown(log2 - 1, state.extra == 1.0)
        if self.sizes.noscan:
            limit, old = self.sizes.limit(log2 - 1), 1 << (log2 - 1)
            until = min(entries, limit + math.ceil(old * math.log(2)))
            growth = growth.plus(overflow_chances(until, 1 << log2).map(self._lists))
        return growth if growth.median >= now.median else now

    def growth(self, state: ClassicState, entries: int) -> tuple[GrowthStep, ...]:
        """How the map grew: the first bucket, then each doubling, with what is held once the old array is evacuated."""
        steps = []
        if entries and not state.has_array:
            first = self.sizes.header + self.sizes.array(0).bytes
            steps.append(GrowthStep(1, "first bucket", first, first))
        for log2 in range(state.log2, self.log2_after(state, entries)):
            at = self.sizes.limit(log2) + 1
            peak = self._grown(log2, state.extra == 1.0).median
            extra = self.sizes.extra if self.spare(log2 + 1) or state.extra == 1.0 else 0
            settled = self.sizes.header + self.sizes.array(log2 + 1).bytes + extra
            steps.append(GrowthStep(at, f"buckets 2^{log2} -> 2^{log2 + 1}", settled, peak))
        return tuple(steps)

    def _allocated(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> tuple[Chances, Chances]:
        """Mallocs and TotalAlloc: arrays, overflow buckets and lists of every generation, keys and elems by pointer."""
        sizes = self.sizes
        first = state.log2 if state.has_array else state.log2 - 1
        arrays = [sizes.array(each).bytes for each in range(first + 1, log2 + 1)] if entries else []
        count, total = len(arrays), sum(arrays)
        extra = self._extra(state, entries, log2) - state.extra
        mallocs, spent = state.mallocs, state.total_alloc
        for each in range(state.log2, log2 + 1):
            behind = overflow_chances(sizes.limit(each), 1 << each) if each < log2 else _made(cases)
            if behind.values[-1] > 0:
                apart = self._apart(behind, each)
                mallocs = mallocs.plus(apart if not sizes.noscan else behind.map(self._mallocs_of(each)))
                spent = spent.plus(behind.map(self._total_of(each)))
        count += entries * self.indirect_objects
        total += entries * self._indirect
        mallocs, spent = mallocs.map(lambda n: n + count), spent.map(lambda n: n + total)
        return self._with_extra(mallocs, _share(extra), 1), self._with_extra(spent, _share(extra), sizes.extra)

    def _mallocs_of(self, log2: int) -> Callable[[I64], I64]:
        return lambda n: np.maximum(0, n - self.spare(log2)) + self._lists_mallocs(n)

    def _total_of(self, log2: int) -> Callable[[I64], I64]:
        return lambda n: np.maximum(0, n - self.spare(log2)) * self.sizes.overflow + self._lists_total(n)

    # ---- the rest

    def _is_exact(self, entries: int, log2: int, cases: list[_Case]) -> bool:
        """Whether no hash can make a difference to the bytes.

        No overflow bucket can lie outside of the arrays or come with a list, and it is sure whether old ones are held.
        """
        growing = {case.growing for case in cases}
        arrays = [log2, log2 - 1] if True in growing else [log2]
        room = 0 if self.sizes.noscan else min(self.spare(each) for each in arrays)
        return len(growing) == 1 and most_overflow(entries) <= room

    def _detail(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> dict[str, int]:
        left = mixture([(case.chance, case.old_left) for case in cases]).median
        noverflow = _made(cases).median
        passed = 0
        if log2 > state.log2:
            passed = evacuated_below(1 << (log2 - 1), left, entries - self.sizes.limit(log2 - 1))
        return {
            "B": log2,
            "buckets": 1 << log2 if entries or state.has_array else 0,
            "overflow_buckets": mixture([(case.chance, case.linked) for case in cases]).median,
            "noverflow": noverflow if log2 < _EXACT_BELOW else noverflow >> (log2 - _EXACT_BELOW + 1),
            "old_buckets": left,
            "nevacuate": passed,
        }

    def cleared(self, state: ClassicState, entries: int, now: Spread) -> ClassicState:
        """The state after clear: the array stays, spare buckets are spare again, all else is let go (mapclear)."""
        log2 = self.log2_after(state, entries)
        extra = self._extra(state, entries, log2)
        held = self.sizes.header + self.sizes.array(log2).bytes + round(extra) * self.sizes.extra
        return ClassicState(log2, True, extra, held, now.mallocs, now.total_alloc)

    def is_growing(self, state: ClassicState, entries: int) -> bool:
        """Whether old buckets may still be held after so many inserts."""
        log2 = self.log2_after(state, entries)
        return any(case.growing for case in self._cases(state, entries, log2))


def _made(cases: list[_Case]) -> Chances:
    return mixture([(case.chance, case.made) for case in cases])


def _scaled(figure: Chances, factor: int, base: int) -> Chances:
    if factor == 0:
        return Chances.sure(base)
    return Chances(figure.values * factor + base, figure.weights)


def _thinned(figure: Chances, share: float, spread: float) -> Chances:
    """What is left of a count of which each one stays with chance ``share``, itself uncertain by the variance."""
    mean = figure.mean
    variance = mean * share * (1 - share) + figure.variance * share**2 + mean**2 * spread
    return counted(mean * share, variance, int(figure.values[-1]))


def _share(chance: float) -> float:
    return 1.0 if chance > 1 - 1e-12 else 0.0 if chance < 1e-12 else chance
