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
from goxray.model.closed.dependent import sum_of_arrays
from goxray.model.closed.evacuation import buckets_left, evacuated_below
from goxray.model.closed.figures import Spread
from goxray.model.closed.hanging import Hanging
from goxray.model.closed.overflow import most_overflow, overflow_chances, second_or_later

_EXACT_BELOW = 16
_SMALL = 8
"""Up to so many old buckets an evacuation is followed bucket by bucket."""

_LIKELY = 1e-7
_NOTHING = Chances.sure(0)


@dataclass(frozen=True)
class ClassicState:
    """Where a filling starts: B, whether the first bucket exists, and what was allocated until then.

    ``made`` is hmap with its arrays; ``extra`` whether there is a mapextra. ``bytes`` is what is held.
    """

    log2: int
    has_array: bool
    extra: bool
    bytes: int
    mallocs: Chances
    total_alloc: Chances


@dataclass(frozen=True)
class _Case:
    """What hangs on the arrays in one case, which has this ``chance``.

    ``made``: overflow buckets of the newest array. ``old_bytes`` and ``old_scan``: what hangs on the old array.
    ``linked``: overflow buckets on all buckets in use. ``old_left``: old buckets not evacuated; ``growing`` whether
    there are any.
    """

    chance: float
    made: Chances
    linked: Chances
    old_bytes: Chances = _NOTHING
    old_scan: Chances = _NOTHING
    old_left: Chances = _NOTHING
    growing: bool = False


class ClassicForms:
    """Closed forms for one map type in one build."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self._hanging: dict[int, Hanging] = {}
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
        return ClassicState(log2, log2 > 0, self.spare(log2) > 0, held, Chances.sure(mallocs), Chances.sure(held))

    def spare(self, log2: int) -> int:
        """Overflow buckets that come with an array of 2^log2 buckets."""
        return self._beside(log2).spare

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
        now = self._held(state, entries, log2, cases)
        mallocs, total = self._allocated(state, entries, log2, cases)
        return Spread(
            kind="classic",
            entries=entries,
            exact=self._is_exact(entries, log2, cases),
            bytes=now,
            peak_bytes=self._peak(state, entries, since, now),
            scan_bytes=self._scanned(state, entries, log2, cases),
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
        return self._held(state, entries, log2, self._cases(state, entries, log2)).mean

    def _held(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> Chances:
        sizes, beside = self.sizes, self._beside(log2)
        extra = self._extra(state, log2)
        found = []
        for case in cases:
            arrays = sizes.array(log2).bytes if entries or state.has_array else 0
            arrays += sizes.array(log2 - 1).bytes if case.growing else 0
            own = self._with_extra(case.made, beside.bytes, extra, sizes.extra)
            found.append((case.chance, _moved(own, sizes.header + arrays).plus(case.old_bytes)))
        return mixture(found)

    def _scanned(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> Chances:
        sizes, beside = self.sizes, self._beside(log2)
        extra = self._extra(state, log2)
        found = []
        for case in cases:
            arrays = sizes.array(log2).scan_bytes if entries or state.has_array else 0
            arrays += sizes.array(log2 - 1).scan_bytes if case.growing else 0
            own = self._with_extra(case.made, beside.scan, extra, sizes.extra_scan)
            found.append((case.chance, _moved(own, sizes.header_scan + arrays).plus(case.old_scan)))
        return mixture(found)

    def _slots(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> Chances:
        own = 1 << log2 if entries or state.has_array else 0
        units = mixture([(case.chance, case.linked.plus(case.old_left)) for case in cases])
        return units.map(lambda n: SLOTS_PER_UNIT * (n + own))

    # ---- what hangs on the arrays

    def _cases(self, state: ClassicState, entries: int, log2: int) -> list[_Case]:
        """The cases to tell apart: the last growth is evacuated, or so many old buckets are left."""
        made = overflow_chances(entries, 1 << log2)
        settled = _Case(1.0, made, linked=made)
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
            made = overflow_chances(entries - inside, 2 * (old - left))
            apart = behind.map(self._beside(log2 - 1).apart)
            found.append(self._growing(log2, chance * weight, (behind, apart, whole), made, Chances.sure(left)))
        return found

    def _many_left(self, entries: int, log2: int, limit: int, left: Chances, chance: float) -> _Case:
        """Many old buckets: overflow buckets are spread over them evenly.

        A second one on an evacuated bucket is still held: the first came with the array, and is not cleared (evacuate).
        All but a few of the buckets with two had their first while the array still had some.
        """
        old = 1 << (log2 - 1)
        share, spread = left.mean / old, left.variance / old**2
        whole = overflow_chances(limit, old)
        apart = _thinned(whole.map(self._beside(log2 - 1).apart), share, spread)
        behind = second_or_later(limit, old) * (1 - share)
        apart = apart.plus(counted(behind, behind, limit))
        evacuated = max(1, round(old * (1 - share)))
        made = overflow_chances(entries - round(limit * share), 2 * evacuated)
        return self._growing(log2, chance, (_thinned(whole, share, spread), apart, whole), made, left)

    def _growing(
        self, log2: int, chance: float, old: tuple[Chances, Chances, Chances], made: Chances, left: Chances
    ) -> _Case:
        """One case of a growing map.

        ``old``: overflow buckets linked to old buckets in use, those on the old array that are objects of their own and
        still held, and all that hung on it. A map with pointers lets go of a chain with its bucket; a pointer-free one
        keeps the list of all of them until the evacuation is done (evacuate, advanceEvacuationMark).
        """
        linked, apart, whole = old
        if self.sizes.noscan:
            beside = self._beside(log2 - 1)
            held, scan = whole.map(beside.bytes), whole.map(beside.scan)
        else:
            held = apart.map(lambda n: n * self.sizes.overflow)
            scan = apart.map(lambda n: n * self.sizes.shape.unit_ptrdata)
        return _Case(chance, made, linked.plus(made), held, scan, left, growing=True)

    def _beside(self, log2: int) -> Hanging:
        known = self._hanging.get(log2)
        if known is None:
            known = self._hanging[log2] = Hanging(self.sizes, log2)
        return known

    # ---- mapextra

    def _extra(self, state: ClassicState, log2: int) -> float | None:
        """The chance that there is a mapextra before the newest array has an overflow bucket; None: there never is one.

        Spare buckets bring it, or the first overflow bucket of a pointer-free map.
        """
        if self.spare(log2) or state.extra:
            return 1.0
        if not self.sizes.noscan:
            return None
        missing = 1.0
        for each in range(state.log2, log2):
            behind = overflow_chances(self.sizes.limit(each), 1 << each)
            missing *= float(behind.weights[behind.values == 0].sum())
        return 1 - missing

    def _with_extra(self, made: Chances, of: Callable[[I64], I64], extra: float | None, size: int) -> Chances:
        """A function of the newest array's overflow buckets, with the mapextra that may come with the first of them."""
        if extra is None:
            return made.map(of)
        if extra == 1.0:
            return made.map(lambda n: of(n) + size)
        some = np.where(made.values > 0, size, 0)
        none = np.where(made.values == 0, made.weights * extra, 0.0)
        values = np.concatenate([of(made.values) + some, of(made.values) + size])
        return Chances.of(values, np.concatenate([made.weights - none, none]))

    # ---- growth

    def _grown(self, log2: int, extra: bool) -> Chances:
        """Bytes held in the moment in which an array of 2^(log2 + 1) buckets has come beside the full old one."""
        behind = overflow_chances(self.sizes.limit(log2), 1 << log2)
        beside = self._beside(log2)
        sure = 1.0 if extra or self.spare(log2 + 1) else 0.0 if self.sizes.noscan else None
        arrays = self.sizes.array(log2).bytes + self.sizes.array(log2 + 1).bytes
        return _moved(self._with_extra(behind, beside.bytes, sure, self.sizes.extra), self.sizes.header + arrays)

    def _peak(self, state: ClassicState, entries: int, since: int, now: Chances) -> Chances:
        log2, before = self.log2_after(state, entries), self.log2_after(state, since)
        if log2 == before:
            began = self.filled(state, since).bytes if since else Chances.sure(state.bytes)
            if self.sizes.noscan and entries:
                made, array = overflow_chances(entries, 1 << log2), self.sizes.header + self.sizes.array(log2).bytes
                most = self._with_extra(made, self._beside(log2).peak, self._extra(state, log2), self.sizes.extra)
                now = max(now, _moved(most, array), key=lambda each: each.median)
            return now if now.median >= began.median else began
        growth = self._grown(log2 - 1, state.extra)
        if self.sizes.noscan:
            limit, old = self.sizes.limit(log2 - 1), 1 << (log2 - 1)
            evacuated = limit + math.ceil(old * math.log(2))
            whole = entries > evacuated
            made = overflow_chances(evacuated, 2 * old) if whole else _made(self._cases(state, entries, log2))
            growth = growth.plus(made.map(self._beside(log2).peak))
        return growth if growth.median >= now.median else now

    def growth(self, state: ClassicState, entries: int) -> tuple[GrowthStep, ...]:
        """How the map grew: the first bucket, then each doubling, with what is held once the old array is evacuated."""
        steps = []
        if entries and not state.has_array:
            first = self.sizes.header + self.sizes.array(0).bytes
            steps.append(GrowthStep(1, "first bucket", first, first))
        for log2 in range(state.log2, self.log2_after(state, entries)):
            at = self.sizes.limit(log2) + 1
            peak = self._grown(log2, state.extra).median
            extra = self.sizes.extra if self.spare(log2 + 1) or state.extra else 0
            settled = self.sizes.header + self.sizes.array(log2 + 1).bytes + extra
            steps.append(GrowthStep(at, f"buckets 2^{log2} -> 2^{log2 + 1}", settled, peak))
        return tuple(steps)

    def _allocated(self, state: ClassicState, entries: int, log2: int, cases: list[_Case]) -> tuple[Chances, Chances]:
        """Mallocs and TotalAlloc: arrays, overflow buckets and lists of every generation, keys and elems by pointer."""
        sizes = self.sizes
        first = state.log2 if state.has_array else state.log2 - 1
        arrays = [sizes.array(each).bytes for each in range(first + 1, log2 + 1)] if entries else []
        count, total = len(arrays), sum(arrays)
        mallocs, spent, loads = [], [], []
        extra = None if state.extra else self._extra(state, log2)
        for each in range(state.log2, log2 + 1):
            behind = overflow_chances(sizes.limit(each), 1 << each) if each < log2 else _made(cases)
            beside, new = self._beside(each), extra if each == log2 else None
            mallocs.append(self._with_extra(behind, beside.mallocs, new, 1))
            spent.append(self._with_extra(behind, beside.total, new, sizes.extra))
            loads.append((sizes.limit(each) if each < log2 else entries) / (1 << each))
        count += entries * self.indirect_objects
        total += entries * self._indirect
        return (
            _moved(state.mallocs.plus(sum_of_arrays(mallocs, loads)), count),
            _moved(state.total_alloc.plus(sum_of_arrays(spent, loads)), total),
        )

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

    def cleared(self, state: ClassicState, entries: int, now: Spread) -> ClassicState | None:
        """The state after clear: the array stays, spare buckets are spare again, all else is let go (mapclear).

        None where it is a matter of chance whether there is a mapextra, which stays too.
        """
        log2 = self.log2_after(state, entries)
        made = overflow_chances(entries, 1 << log2)
        chance = self._with_extra(made, np.zeros_like, self._extra(state, log2), 1).mean
        if _LIKELY < chance < 1 - _LIKELY:
            return None
        there = chance > 0.5
        held = self.sizes.header + self.sizes.array(log2).bytes + there * self.sizes.extra
        return ClassicState(log2, True, there, held, now.mallocs, now.total_alloc)

    def is_growing(self, state: ClassicState, entries: int) -> bool:
        """Whether old buckets may still be held after so many inserts."""
        log2 = self.log2_after(state, entries)
        return any(case.growing for case in self._cases(state, entries, log2))


def _made(cases: list[_Case]) -> Chances:
    return mixture([(case.chance, case.made) for case in cases])


def _moved(figure: Chances, by: int) -> Chances:
    return Chances(figure.values + by, figure.weights)


def _thinned(figure: Chances, share: float, spread: float) -> Chances:
    """What is left of a count of which each one stays with chance ``share``, itself uncertain by the variance."""
    mean = figure.mean
    variance = mean * share * (1 - share) + figure.variance * share**2 + mean**2 * spread
    return counted(mean * share, variance, int(figure.values[-1]))
