"""Verifying every map found: batches of one layout through the rules, and what they find as faults.

Memory is bounded by the batch and by the parts that the readers cut it into, not by the size of a map.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.result import Fault
from goxray.goruntime.hash_shapes import KeyShapes, process_keys
from goxray.goruntime.spans import read_spans
from goxray.goruntime.types import GoType
from goxray.maps.census import MAPS_AT_ONCE
from goxray.maps.classic import ClassicHeaders
from goxray.maps.found import UNKNOWN
from goxray.maps.headers import Headers, plausible, read_headers
from goxray.maps.swiss import SwissHeaders
from goxray.maps.units import I64, U64
from goxray.maps.verify_batch import Gaps, KeyHasher, MapBatch
from goxray.maps.verify_read_classic import ClassicVerifier
from goxray.maps.verify_read_swiss import SwissVerifier
from goxray.maps.verify_rules import LIMIT, Flags, Report, Violation

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.inspect import Findings

_UNITS_AT_ONCE = 1 << 18  # directory entries or buckets of the maps of one batch, but for its last map
_MOST_FAULTS = 50_000  # more are counted, not told
_CACHED = 3  # added to the sweepgen of spans that were swept and then handed to a processor
_LOOKS = 4  # at a map that seems broken while its program runs on


@dataclass(frozen=True)
class _Group:
    """Maps of one layout: headers, type (None: not known), unit size (0: not known), whether the type is certain.

    ``doubtful`` maps stand on stacks: what is broken may be what a function that has returned left there.
    """

    headers: Headers
    type: GoType | None
    unit_size: int
    sure: Flags
    doubtful: bool = False


@dataclass
class _Verdict:
    """What one batch gave: the rules' report, what could not be read, and which maps were judged (bool[m])."""

    report: Report
    gaps: Gaps
    judged: Flags


def verify_maps(runtime: Runtime, findings: Findings) -> tuple[list[Fault], int]:
    """Recompute the invariants of every map listed, those on stacks and outside the heap included.

    To be called while the target stands still, or on a core. Of a process that runs on, maps that seem broken are read
    again: what is then still broken at the same place under an unchanged header is told, but not called a violation.

    Maps whose type is known have their keys hashed anew. Passed over are maps that need not keep their invariants:
    those that the program is writing to at this moment, and those that may be dead (nothing typed leads to them and
    their span waits to be swept, so that parts of them may already serve others). Of a map on a stack nobody can tell
    whether it is still in use: it is either found whole or passed over as well.

    Returns:
        The faults (``violation`` set for broken invariants, not set for what could not be read), and how many maps
        were verified.
    """
    return _Verifier(runtime, findings).run()


@dataclass
class _Outcome:
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0
    verified: int = 0


class _Verifier:
    def __init__(self, runtime: Runtime, findings: Findings) -> None:
        self._runtime = runtime
        self._findings = findings
        self._swiss = SwissVerifier(runtime) if runtime.layout.map_kind == "swiss" else None
        self._classic = ClassicVerifier(runtime) if runtime.layout.map_kind == "classic" else None
        self._keys = process_keys(runtime)
        self._shapes = KeyShapes(runtime)
        self._reader = self._shapes.reader()
        self._hashers: dict[str, KeyHasher | None] = {}
        self._racy = runtime.target.kind == "process" and not runtime.target.threads()
        self._outcome = _Outcome()

    def run(self) -> tuple[list[Fault], int]:
        for group in (*self._heap_groups(), *self._other_groups()):
            self._verify(group)
        outcome = self._outcome
        if outcome.untold:
            outcome.faults.append(Fault(0, f"{outcome.untold:,} more broken invariants are not listed", True))
        return outcome.faults, outcome.verified

    # ---- which maps

    def _heap_groups(self) -> Iterator[_Group]:
        """The listed maps in batches of one type, or of one unit size where the type is not known."""
        found, listed = self._findings.found, self._settled()
        types = found.type_of[listed].astype(np.int64)
        sizes = np.where(types == UNKNOWN, found.unit_size[listed], 0)
        order = np.lexsort((listed, sizes, types))
        edges = np.flatnonzero((np.diff(types[order]) != 0) | (np.diff(sizes[order]) != 0)) + 1
        for part in np.split(order, edges):
            if not len(part):
                continue
            number = int(types[part[0]])
            go_type = None if number == UNKNOWN else found.types[number]
            unit_size = int(sizes[part[0]]) if go_type is None else go_type.map_shape.unit_size
            for some in self._batches(listed[part]):
                yield _Group(found.headers.take(some), go_type, unit_size, found.typed[some])

    def _settled(self) -> I64:
        """The listed maps that typed paths reach, or whose header's span is swept (runtime, mspan.sweepgen)."""
        found, listed, spans = self._findings.found, self._findings.listed, self._runtime.spans
        loose = np.flatnonzero(~found.typed[listed])
        if not len(loose) or not len(spans):
            return listed
        layout, mheap = self._runtime.layout, self._runtime.mheap
        now = self._runtime.memory.read_u32(mheap + layout.offset("runtime.mheap", "sweepgen"))
        generation = spans.sweep_gen[spans.locate(found.headers.addr[listed[loose]]).span]
        keep = np.ones(len(listed), np.bool_)
        keep[loose] = (generation == now) | (generation == now + _CACHED)
        return listed[keep]

    def _batches(self, numbers: I64) -> Iterator[I64]:
        """Cut maps into batches by how much hangs on their headers."""
        for first in range(0, len(numbers), MAPS_AT_ONCE):
            some = numbers[first : first + MAPS_AT_ONCE]
            headers = self._findings.found.headers
            if isinstance(headers, SwissHeaders):
                weight = headers.dir_len[some]
            else:
                weight = np.int64(1) << np.minimum(headers.B[some].astype(np.int64), 40)
            bins = np.cumsum(weight) // _UNITS_AT_ONCE
            yield from np.split(some, np.flatnonzero(np.diff(bins)) + 1)

    def _other_groups(self) -> Iterator[_Group]:
        """Maps on stacks and outside the heap, by type; those that could not be counted have their fault already."""
        rows: dict[tuple[str, bool], list[tuple[Headers, GoType | None]]] = {}
        for stacked in self._findings.stack_maps:
            name = stacked.type.name if stacked.type is not None else ""
            rows.setdefault((name, True), []).append((stacked.headers, stacked.type))
        for extra in (each for each in self._findings.extras if not each.fault):
            rows.setdefault((extra.type.name, False), []).append((extra.headers, extra.type))
        for (_, on_stack), some in rows.items():
            headers = _joined([each[0] for each in some])
            go_type = some[0][1]
            unit_size = 0 if go_type is None else go_type.map_shape.unit_size
            yield _Group(headers, go_type, unit_size, np.full(len(some), not on_stack), on_stack)

    # ---- one batch

    def _verify(self, group: _Group) -> None:
        verdict = self._look(group, group.headers)
        if group.doubtful:
            self._outcome.verified += int((verdict.judged & (verdict.report.total == 0)).sum())
            return
        if self._racy:
            self._tell_racy(group, verdict)
            return
        for each in verdict.report.violations:
            self._outcome.faults.append(Fault(int(group.headers.addr[each.map]), _words(each), True))
        self._count_more(group, verdict.report)
        for row, what in sorted(verdict.gaps.what.items()):
            self._outcome.faults.append(Fault(int(group.headers.addr[row]), what))
        self._outcome.verified += int((verdict.judged | (verdict.report.total > 0)).sum())

    def _look(self, group: _Group, headers: Headers) -> _Verdict:
        shape = None if group.type is None else group.type.map_shape
        readable = plausible(headers, self._runtime) | self._outside_heap(headers)
        batch = MapBatch(headers, group.unit_size, shape, self._hasher(group.type), readable)
        gaps = Gaps()
        limit = LIMIT if len(self._outcome.faults) < _MOST_FAULTS else 0
        if isinstance(headers, SwissHeaders):
            assert self._swiss is not None
            writing = self._swiss.writing(headers)
            report = Report(len(headers.addr), limit, writing)
            whole = self._swiss.check(batch, group.sure, report, gaps)
        else:
            assert self._classic is not None
            writing = self._classic.writing(headers)
            report = Report(len(headers.addr), limit, writing)
            whole = self._classic.check(batch, group.sure, report, gaps)
        return _Verdict(report, gaps, whole & ~writing)

    def _outside_heap(self, headers: Headers) -> Flags:
        """Which maps have one group or bucket that stands outside the heap, as on a stack, and so can just be read."""
        single: Flags
        if isinstance(headers, ClassicHeaders):
            single = (headers.B == 0) & (headers.oldbuckets == 0)
            single &= self._runtime.spans.locate(headers.buckets).span < 0
        else:
            single = headers.dir_len == 0
            single &= self._runtime.spans.locate(headers.dir_ptr).span < 0
        return single

    def _hasher(self, go_type: GoType | None) -> KeyHasher | None:
        if go_type is None or self._keys is None:
            return None
        if go_type.name not in self._hashers:
            self._hashers[go_type.name] = KeyHasher.of(
                self._runtime.memory, go_type, self._shapes, self._keys, self._reader
            )
        return self._hashers[go_type.name]

    def _count_more(self, group: _Group, report: Report) -> None:
        """Say how many violations of a map are not told."""
        told = np.bincount([each.map for each in report.violations], minlength=report.maps)
        for row in np.flatnonzero((report.total > told) & (told > 0)).tolist():
            words = f"{report.total[row] - told[row]:,} more broken invariants in this map"
            self._outcome.faults.append(Fault(int(group.headers.addr[row]), words, True))
        self._outcome.untold += int(report.total[told == 0].sum())

    def _tell_racy(self, group: _Group, verdict: _Verdict) -> None:
        """Tell what seems and stays broken in maps of a running program; the rest was the program at work."""
        self._outcome.verified += int((verdict.judged & (verdict.report.total == 0)).sum())
        told = [each for each in verdict.report.violations if group.sure[each.map]]
        for _ in range(_LOOKS - 1):
            if not told:
                return
            rows = np.unique([each.map for each in told])
            headers, ok = read_headers(self._runtime, group.headers.addr[rows])
            for name, column in vars(headers).items():
                ok &= column == vars(group.headers)[name][rows]
            again = self._look(replace(group, headers=headers, sure=group.sure[rows]), headers).report.violations
            same = {(int(rows[each.map]), each.slot, each.rule) for each in again if ok[each.map]}
            told = [each for each in told if (each.map, each.slot, each.rule) in same]
        alive = self._alive(group.headers.addr[[each.map for each in told]]) if told else []
        for each in itertools.compress(told, alive):
            words = f"{_words(each)} (the program runs on: stop it to be sure)"
            self._outcome.faults.append(Fault(int(group.headers.addr[each.map]), words))

    def _alive(self, addrs: U64) -> list[bool]:
        """Which headers still stand in allocated slots, by spans read afresh."""
        runtime = self._runtime
        spans = read_spans(runtime.memory, runtime.layout, runtime.mheap)
        located = spans.locate(addrs)
        inside = np.flatnonzero((located.span >= 0) & (located.base == addrs))
        chosen = located.span[inside]
        slot = (addrs[inside] - spans.start[chosen]).astype(np.int64) // spans.elem_size[chosen]
        alive = np.zeros(len(addrs), np.bool_)
        alive[inside] = spans.allocated(chosen, runtime.memory)[np.arange(len(chosen)), slot]
        return [bool(each) for each in alive]


def _words(each: Violation) -> str:
    return f"{each.rule}: {each.slot}: {each.what}"


def _joined(parts: list[Headers]) -> Headers:
    """Join headers of single maps into one batch."""
    names = vars(parts[0])
    columns = {name: np.concatenate([vars(part)[name] for part in parts]) for name in names}
    return type(parts[0])(**columns)
