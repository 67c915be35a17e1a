"""Reading classic maps part by part for the rules of :mod:`goxray.maps.verify_classic`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.maps.bucket_arrays import bucket_array
from goxray.maps.classic import ClassicHeaders
from goxray.maps.units import SLOTS, U64, runs
from goxray.maps.verify_batch import PART_BYTES, Gaps, MapBatch
from goxray.maps.verify_cells import place_of
from goxray.maps.verify_classic import check_buckets, check_maps, check_totals, old_buckets, start
from goxray.maps.verify_links import OverflowSeen, check_links
from goxray.maps.verify_rules import Flags, Ints, Report
from goxray.maps.verify_views import Bytes, ClassicBuckets, ClassicMaps, ClassicTally, OverflowLinks, Words

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_WORD = 8


@dataclass(frozen=True)
class _Work:
    """One batch on its way through the rules; ``chained``: buckets have an overflow pointer where one is looked for."""

    batch: MapBatch
    headers: ClassicHeaders
    maps: ClassicMaps
    sure: Flags
    tally: ClassicTally
    report: Report
    gaps: Gaps
    seen: OverflowSeen
    old_counts: Ints


@dataclass
class _Level:
    """Buckets at one depth of their chains, row by row, and where each leads on."""

    owner: Ints
    bucket: Ints
    addr: U64
    tophash: Bytes
    overflow: U64
    hashes: Words | None
    known: Flags | None
    cut: Flags


@dataclass
class _Part:
    """Buckets of one array, level by level: whole chains."""

    old: bool
    levels: list[_Level] = field(default_factory=list)

    def buckets(self) -> ClassicBuckets:
        """All levels as one set of rows."""
        levels = self.levels
        owner = np.concatenate([level.owner for level in levels])
        depth = np.repeat(np.arange(len(levels)), [len(level.owner) for level in levels])
        hashes = [level.hashes for level in levels if level.hashes is not None]
        known = [level.known for level in levels if level.known is not None]
        return ClassicBuckets(
            owner,
            np.full(len(owner), self.old),
            np.concatenate([level.bucket for level in levels]),
            depth,
            np.concatenate([level.tophash for level in levels]),
            np.concatenate(hashes) if hashes else None,
            np.concatenate(known) if known else None,
            np.concatenate([level.cut for level in levels]),
        )


class ClassicVerifier:
    """Verifies batches of classic maps in one target."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._memory = runtime.memory
        self._layout = runtime.layout
        self._min_tophash = runtime.layout.const("minTopHash")
        self._writing = runtime.layout.const("hashWriting")

    def writing(self, headers: ClassicHeaders) -> Flags:
        """Which maps are in the middle of a write, so that their invariants need not hold: bool[m]."""
        busy: Flags = (headers.flags & np.uint8(self._writing)) != 0
        return busy

    def check(self, batch: MapBatch, sure: Flags, report: Report, gaps: Gaps) -> Flags:
        """Check a batch of maps; return which of them could be read whole (bool[m]).

        Args:
            batch: the maps, with classic headers.
            sure: bool[m], see :class:`goxray.maps.verify_batch.KeyHasher`.
            report: gets what is broken.
            gaps: gets what could not be read.
        """
        headers = batch.headers
        assert isinstance(headers, ClassicHeaders)
        maps = self._view(batch, headers)
        sound = check_maps(maps, report) & batch.readable
        if not batch.unit_size:  # only the single bucket of the smallest maps can be read
            sound &= (maps.b == 0) & ~maps.has_old
        tally = start(maps, sound)
        work = _Work(batch, headers, maps, sure, tally, report, gaps, OverflowSeen(), old_buckets(maps))
        has_old = np.flatnonzero(sound & maps.has_old)
        self._array(work, has_old, headers.oldbuckets, work.old_counts, old=True)
        has_buckets = np.flatnonzero(sound & maps.has_buckets)
        self._array(work, has_buckets, headers.buckets, np.int64(1) << np.minimum(maps.b, 48), old=False)
        check_totals(maps, tally, report)
        work.seen.finish(report)
        return ~tally.partly_read

    def _view(self, batch: MapBatch, headers: ClassicHeaders) -> ClassicMaps:
        maps = ClassicMaps(
            headers.count,
            headers.flags.astype(np.int64),
            headers.B.astype(np.int64),
            headers.noverflow.astype(np.int64),
            headers.nevacuate,
            headers.buckets != 0,
            headers.oldbuckets != 0,
        )
        if batch.shape is None:
            return maps
        old_log2 = np.frexp(np.maximum(old_buckets(maps), 1))[1] - 1
        return ClassicMaps(
            **vars(maps)
            | {
                "array_bytes": self._stands(headers.buckets),
                "wanted_bytes": self._wanted(batch, maps.b),
                "old_bytes": self._stands(headers.oldbuckets),
                "wanted_old_bytes": self._wanted(batch, old_log2.astype(np.int64)),
            }
        )

    def _stands(self, arrays: U64) -> Ints:
        """Bytes of the heap slot that each array stands in, -1 for what is not on the heap."""
        sizes = self._runtime.spans.slot_sizes(arrays)
        return np.where(sizes == 0, -1, sizes)

    def _wanted(self, batch: MapBatch, log2: Ints) -> Ints:
        """Bytes of the slot that makeBucketArray gets for each B, -1 for a B that no map has."""
        shape, wanted = batch.shape, np.full(len(log2), -1, np.int64)
        assert shape is not None
        for each in np.unique(log2[(log2 >= 0) & (log2 <= 40)]).tolist():
            buckets = bucket_array(each, shape.unit_size, shape.noscan, self._layout)[1]
            wanted[log2 == each] = self._layout.alloc_size(buckets * shape.unit_size, shape.noscan)
        return wanted

    # ---- buckets

    def _array(self, work: _Work, chosen: Ints, arrays: U64, counts: Ints, *, old: bool) -> None:
        """Check all buckets of one array of each chosen map, with what is linked to them."""
        unit = work.batch.unit_size or _WORD
        for run, at in runs(arrays[chosen], counts[chosen], unit, max(1, PART_BYTES // unit)):
            owner = chosen[run]
            bucket = ((at - arrays[owner]) // np.uint64(unit)).astype(np.int64)
            part = _Part(old)
            while len(owner):
                level, read = self._level(work, part, owner, bucket, at)
                if part.levels and not read.all():
                    part.levels[-1].cut[np.flatnonzero(part.levels[-1].overflow != 0)[~read]] = True
                part.levels.append(level)
                owner, bucket, at = self._next(work, part, arrays, counts)
            check_buckets(work.maps, part.buckets(), work.tally, work.report)
            work.seen.next_part()

    def _level(self, work: _Work, part: _Part, owner: Ints, bucket: Ints, at: U64) -> tuple[_Level, Flags]:
        """Read one level of buckets; the second array says which could be read (only those are in the level)."""
        unit = work.batch.unit_size
        units, ok = self._memory.read_many(at, unit or _WORD)
        if not ok.all():
            work.tally.partly_read[owner[~ok]] = True
            work.gaps.note(owner[~ok], f"bucket at {int(at[~ok][0]):#x} cannot be read")
            owner, bucket, at, units = owner[ok], bucket[ok], at[ok], units[ok]
        tophash = np.ascontiguousarray(units[:, :SLOTS])
        overflow = np.zeros(len(at), np.uint64)
        if unit:
            overflow = np.ascontiguousarray(units[:, -_WORD:]).view(np.uint64)[:, 0].copy()
        level = _Level(owner, bucket, at, tophash, overflow, None, None, np.zeros(len(at), np.bool_))
        if work.batch.hasher is not None:
            self._hash(work, part, level, units)
        return level, ok

    def _hash(self, work: _Work, part: _Part, level: _Level, units: Bytes) -> None:
        assert work.batch.hasher is not None
        full = level.tophash >= self._min_tophash
        seeds = work.headers.hash0.astype(np.uint64)
        found = work.batch.hasher.hash(units, full, level.owner, seeds, work.sure)
        none = np.zeros(full.shape, np.bool_)
        level.hashes = np.zeros(full.shape, np.uint64) if found.hashes is None else found.hashes
        level.known = none if found.known is None else found.known
        if len(found.unreadable):
            here = _Part(part.old, [*part.levels, level]).buckets()
            before = len(here.map) - len(level.owner)
            work.gaps.note_keys(
                found.unreadable, level.owner, lambda cell: place_of(here, before + cell // SLOTS, cell % SLOTS)
            )

    def _next(self, work: _Work, part: _Part, arrays: U64, counts: Ints) -> tuple[Ints, Ints, U64]:
        """Check where the last level leads, and return the buckets to read next: owner, bucket, address."""
        level = part.levels[-1]
        linked = np.flatnonzero(level.overflow != 0)
        if not len(linked):
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, np.zeros(0, np.uint64)
        links = self._links(work, part, linked, arrays, counts)
        good = check_links(links, work.report)
        fresh = np.flatnonzero(good)
        fresh = fresh[work.seen.follow(_take(links, fresh), work.report)]
        lost = np.ones(len(linked), np.bool_)
        lost[fresh] = False
        level.cut[linked[lost]] = True
        work.tally.partly_read[level.owner[linked[lost]]] = True
        level.overflow[linked[lost]] = 0
        on = linked[fresh]
        return level.owner[on], level.bucket[on], level.overflow[on]

    def _links(self, work: _Work, part: _Part, linked: Ints, arrays: U64, counts: Ints) -> OverflowLinks:
        level, unit = part.levels[-1], work.batch.unit_size
        owner, addr = level.owner[linked], level.overflow[linked]
        array = arrays[owner]
        located = self._runtime.spans.locate(array)
        room = np.where(located.size > 0, located.size - (array - located.base).astype(np.int64), counts[owner] * unit)
        return OverflowLinks(
            owner,
            np.full(len(linked), part.old),
            level.bucket[linked],
            np.full(len(linked), len(part.levels) - 1),
            addr,
            array,
            counts[owner],
            room,
            np.full(len(linked), unit),
            self._starts_slot(work.batch, addr),
        )

    def _starts_slot(self, batch: MapBatch, addr: U64) -> Flags:
        """Which addresses are those of heap slots of a bucket's size; the object may follow a malloc header."""
        located = self._runtime.spans.locate(addr)
        lead = addr - located.base
        size, unit = located.size, batch.unit_size
        good: Flags = (located.span >= 0) & (size >= unit)
        if batch.shape is None:
            good &= (lead == 0) | (lead == _WORD)
            return good
        header = 0
        if self._layout.has_const("mallocHeaderSize") and not batch.shape.noscan:
            header = self._layout.const("mallocHeaderSize") * (unit > self._layout.const("minSizeForMallocHeader"))
        good &= (lead == np.uint64(header)) & (size == self._layout.alloc_size(unit, batch.shape.noscan))
        return good


def _take(links: OverflowLinks, index: Ints) -> OverflowLinks:
    return OverflowLinks(**{name: column[index] for name, column in vars(links).items()})
