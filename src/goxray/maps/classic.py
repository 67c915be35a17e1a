"""Classic maps (up to Go 1.23, later under GOEXPERIMENT=noswissmap): hmap, buckets, overflow (runtime/map.go)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from goxray.maps.addresses import distinct
from goxray.maps.units import I64, SLOTS, U64, Occupancy, Units, runs, sum_by

if TYPE_CHECKING:
    from goxray.goruntime.spans import SpanTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

HEADER = "runtime.hmap"
EXTRA = "runtime.mapextra"
_FIELDS = ("count", "flags", "B", "noverflow", "hash0", "buckets", "oldbuckets", "nevacuate", "extra")
_SLICE_SIZE = 24
_MAX_B = 40
_MAX_CHAIN = 1 << 14
_BOOL_TO_MASK = np.uint64(7)


@dataclass
class ClassicHeaders:
    """Headers of classic maps as columns of one length; names are the fields of runtime.hmap."""

    addr: U64
    count: I64
    flags: NDArray[np.uint8]
    B: NDArray[np.uint8]
    noverflow: NDArray[np.uint16]
    hash0: NDArray[np.uint32]
    buckets: U64
    oldbuckets: U64
    nevacuate: I64
    extra: U64

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> ClassicHeaders:
        """Return the chosen rows."""
        return ClassicHeaders(**{name: column[index] for name, column in vars(self).items()})

    def first_units(self) -> ClassicHeaders:
        """Return the headers cut to their first buckets, to look at a few slots of each map."""
        cut = self.take(np.arange(len(self.addr)))
        cut.B = np.minimum(self.B, 6)
        cut.oldbuckets = np.zeros_like(self.oldbuckets)
        return cut

    def being_written(self, layout: RuntimeLayout) -> NDArray[np.bool_]:
        """Which maps were in the middle of a write (hashWriting)."""
        writing: NDArray[np.bool_] = (self.flags & layout.const("hashWriting")) != 0
        return writing

    entries_field: ClassVar[str] = "count"
    """The column that counts the entries."""

    @property
    def entries(self) -> I64:
        """The header's own count."""
        return self.count


def decode_headers(addr: U64, words: U64, layout: RuntimeLayout) -> ClassicHeaders:
    """Cut raw headers (uint64[N, header words]) into columns."""
    columns: dict[str, NDArray[Any]] = {}
    for field in _FIELDS:
        offset, width = layout.offset(HEADER, field), layout.field_size(HEADER, field)
        word = words[:, offset // 8] >> np.uint64(8 * (offset % 8))
        if width < 8:
            word = word & np.uint64((1 << 8 * width) - 1)
        pointer = field in ("buckets", "oldbuckets", "extra")
        narrow = {1: np.uint8, 2: np.uint16, 4: np.uint32}.get(width)
        columns[field] = word.astype(narrow) if narrow else word if pointer else word.view(np.int64)
    return ClassicHeaders(addr=addr, **columns)


def old_bucket_counts(headers: ClassicHeaders, layout: RuntimeLayout) -> I64:
    """Buckets in each old array: half as many as now, or as many when the map grows in place; 0 without one."""
    same_size = (headers.flags & layout.const("sameSizeGrow")) != 0
    shift = np.clip(headers.B.astype(np.int64) - np.where(same_size, 0, 1), 0, _MAX_B)
    return np.where(headers.oldbuckets != 0, np.int64(1) << shift, 0)


def plausible(headers: ClassicHeaders, spans: SpanTable, layout: RuntimeLayout) -> NDArray[np.bool_]:
    """Which headers keep the invariants of hmap, as far as the header and the span table can tell."""
    good: NDArray[np.bool_] = (headers.count >= 0) & (headers.B <= _MAX_B) & (headers.flags < 16) & (headers.hash0 != 0)
    empty = headers.buckets == 0
    good &= ~empty | ((headers.count == 0) & (headers.B == 0) & (headers.oldbuckets == 0))
    shift = np.minimum(headers.B, _MAX_B)
    least = 2 * SLOTS
    good &= empty | _array_at(headers.buckets, (np.int64(1) << shift) * least, spans)
    old = old_bucket_counts(headers, layout)
    growing = headers.oldbuckets != 0
    good &= ~growing | (_array_at(headers.oldbuckets, old * least, spans) & (headers.nevacuate < old))
    good &= growing | (headers.nevacuate == 0) | (headers.nevacuate <= np.int64(1) << shift)
    extra = spans.locate(headers.extra)
    size = layout.alloc_size(layout.size(EXTRA), False)
    good &= (headers.extra == 0) | ((extra.base == headers.extra) & (extra.size == size))
    return good


def _array_at(addr: U64, least: I64, spans: SpanTable) -> NDArray[np.bool_]:
    found = spans.locate(addr)
    lead = addr - found.base
    fits: NDArray[np.bool_] = (found.span >= 0) & ((lead == 0) | (lead == 8)) & (found.size >= least)
    return fits


class ClassicReader:
    """Reads the buckets of classic maps in batches."""

    def __init__(self, memory: Memory, layout: RuntimeLayout, spans: SpanTable) -> None:
        self._memory = memory
        self._layout = layout
        self._spans = spans
        self._empty_one = layout.const("emptyOne")
        self._min_tophash = layout.const("minTopHash")

    def measure(self, headers: ClassicHeaders) -> Occupancy:
        """Count what headers say and what hangs on them besides overflow buckets, without reading a bucket."""
        sizes = self._spans.slot_sizes
        found = Occupancy.zeros(len(headers.addr))
        main = np.where(headers.buckets != 0, np.int64(1) << np.minimum(headers.B, _MAX_B), 0)
        found.slots += main * SLOTS
        found.bytes += sizes(headers.addr) + sizes(headers.buckets) + sizes(headers.oldbuckets)
        found.bytes += self._extra_bytes(headers.extra)
        found.detail.update(
            B=headers.B.astype(np.int64),
            buckets=main,
            overflow_buckets=np.zeros(len(main), np.int64),
            noverflow=headers.noverflow.astype(np.int64),
            old_buckets=np.zeros(len(main), np.int64),
            nevacuate=headers.nevacuate,
        )
        return found

    def _extra_bytes(self, extra: U64) -> I64:
        """Bytes of mapextra and of the two slices that keep pointer-free overflow buckets alive."""
        total = self._spans.slot_sizes(extra)
        have = np.flatnonzero(extra)
        fields = [self._layout.offset(EXTRA, "overflow"), self._layout.offset(EXTRA, "oldoverflow")]
        words, _ = self._memory.gather(extra[have], fields)
        for column in range(len(fields)):
            holders = np.flatnonzero(words[:, column])
            slices = words[holders, column]
            array, _ = self._memory.gather(slices, [0])
            total[have[holders]] += self._spans.slot_sizes(slices) + self._spans.slot_sizes(array[:, 0])
        return total

    def units(self, headers: ClassicHeaders, bucket_size: int, found: Occupancy) -> Iterator[Units]:
        """Yield buckets, linked overflow buckets, and old buckets not yet evacuated with theirs.

        ``bucket_size`` is MapType.BucketSize. Adds what only the buckets tell to ``found``: slots, bytes and counts
        of overflow and old buckets.
        """
        main = np.where(headers.buckets != 0, np.int64(1) << np.minimum(headers.B, _MAX_B), 0)
        for run, at in runs(headers.buckets, main, bucket_size):
            yield from self._chains(headers, run, at, bucket_size, found, old=False)
        old = np.flatnonzero(headers.oldbuckets)
        counts = old_bucket_counts(headers, self._layout)[old]
        for run, at in runs(headers.oldbuckets[old], counts, bucket_size):
            yield from self._chains(headers, old[run], at, bucket_size, found, old=True)

    def _chains(
        self, headers: ClassicHeaders, owner: I64, at: U64, size: int, found: Occupancy, *, old: bool
    ) -> Iterator[Units]:
        """Yield the buckets at ``at`` and, level by level, the overflow buckets linked to them."""
        gone = np.zeros(len(at), np.bool_)
        for level in range(_MAX_CHAIN):
            words, ok = self._memory.gather(at, [0, size - 8])
            tophash = words[:, 0]
            if old and level == 0:
                first = tophash & np.uint64(0xFF)
                gone = (first > self._empty_one) & (first < self._min_tophash)
            if not ok.all():
                for bad in np.flatnonzero(~ok)[:64].tolist():
                    found.fault.setdefault(int(owner[bad]), f"bucket at {int(at[bad]):#x} cannot be read")
            keep = np.flatnonzero(~gone & ok)
            self._count(found, headers, owner, at, gone, old=old, level=level)
            if len(keep):
                yield self._as_units(owner[keep], at[keep], tophash[keep])
            linked = np.flatnonzero(words[:, 1])
            if not len(linked):
                return
            owner, at, gone = owner[linked], words[linked, 1], gone[linked]
        for stuck in distinct(owner).tolist():
            found.fault.setdefault(int(stuck), f"an overflow chain runs on after {_MAX_CHAIN} buckets: a cycle")

    def _as_units(self, owner: I64, at: U64, tophash: U64) -> Units:
        cells = np.ascontiguousarray(tophash).view(np.uint8)
        full = (cells >= self._min_tophash).view(np.uint64) << _BOOL_TO_MASK
        dead = (cells == self._empty_one).view(np.uint64) << _BOOL_TO_MASK
        return Units(owner, at, full, dead, tophash)

    def _count(
        self, found: Occupancy, headers: ClassicHeaders, owner: I64, at: U64, gone: NDArray[np.bool_],
        *, old: bool, level: int,
    ) -> None:  # fmt: skip
        """Add one level of buckets to the figures that headers do not hold."""
        if not old and level == 0:
            return
        kept = owner[~gone]
        ones = np.ones(len(kept), np.int64)
        if level == 0:
            sum_by(found.detail["old_buckets"], kept, ones)
        else:
            sum_by(found.detail["overflow_buckets"], kept, ones)
            array = headers.oldbuckets if old else headers.buckets
            located = self._spans.locate(at)
            apart = located.base != self._spans.locate(array[owner]).base
            sum_by(found.bytes, owner, np.where(apart, located.size, 0))
        sum_by(found.slots, kept, ones * SLOTS)
