"""Classic maps (up to Go 1.23, later under GOEXPERIMENT=noswissmap): hmap, buckets, overflow (runtime/map.go)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from goxray.maps.addresses import distinct
from goxray.maps.bucket_arrays import PREALLOCATED_FROM
from goxray.maps.units import I64, SLOTS, U64, Occupancy, Units, runs, sum_by

if TYPE_CHECKING:
    from goxray.goruntime.spans import Located, SpanTable
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


def spare_of_old(headers: ClassicHeaders, bucket_size: int, spans: SpanTable, layout: RuntimeLayout) -> tuple[U64, I64]:
    """The overflow buckets that came with each old array: where they begin, behind its buckets, and how many they are.

    makeBucketArray fills the array's heap slot with them. None (0) where there is no old array, or a small one.
    """
    counts = old_bucket_counts(headers, layout)
    array = spans.locate(headers.oldbuckets)
    room = array.size - (headers.oldbuckets - array.base).view(np.int64)
    many = (counts >= 1 << PREALLOCATED_FROM) & (array.span >= 0)
    spare = np.where(many, np.maximum(room // bucket_size - counts, 0), 0)
    return headers.oldbuckets + (counts * bucket_size).view(np.uint64), spare


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
        self._hanging_on_spare(headers, bucket_size, found)

    def _chains(
        self, headers: ClassicHeaders, owner: I64, at: U64, size: int, found: Occupancy, *, old: bool
    ) -> Iterator[Units]:
        """Yield the buckets at ``at`` and, level by level, the overflow buckets linked to them."""
        gone, behind = np.zeros((2, len(at)), np.bool_)
        for level in range(_MAX_CHAIN):
            words, ok = self._memory.gather(at, [0, size - 8])
            tophash = words[:, 0]
            if old and level == 0:
                first = tophash & np.uint64(0xFF)
                gone = (first > self._empty_one) & (first < self._min_tophash)
            _note_unread(found, owner, at, ok)
            keep = np.flatnonzero(~gone & ok)
            self._count(found, owner[~gone], old=old, level=level)
            if level:
                located, apart = self._apart(headers.oldbuckets if old else headers.buckets, owner, at)
                sum_by(found.bytes, owner, np.where(apart & ~behind, located.size, 0))
                behind |= ~apart & old
            if len(keep):
                yield self._as_units(owner[keep], at[keep], tophash[keep])
            linked = np.flatnonzero(words[:, 1])
            if not len(linked):
                return
            owner, at, gone, behind = owner[linked], words[linked, 1], gone[linked], behind[linked]
        _note_endless(found, owner)

    def _hanging_on_spare(self, headers: ClassicHeaders, size: int, found: Occupancy) -> None:
        """Add the bytes of overflow buckets that hang on those that came with an old array.

        evacuate lets go of a chain by clearing its first bucket. It does not clear those that came with the array: what
        is linked to them stays until the growth ends, whether the chain has been evacuated or not.
        """
        old = np.flatnonzero(headers.oldbuckets)
        starts, counts = spare_of_old(headers.take(old), size, self._spans, self._layout)
        for run, first in runs(starts, counts, size):
            owner, at = old[run], first
            for _ in range(_MAX_CHAIN):
                words, ok = self._memory.gather(at, [size - 8])
                _note_unread(found, owner, at, ok)
                located, apart = self._apart(headers.oldbuckets, owner, words[:, 0])
                linked = np.flatnonzero(apart & (words[:, 0] != 0))
                if not len(linked):
                    break
                owner, at = owner[linked], words[linked, 0]
                sum_by(found.bytes, owner, located.size[linked])
            else:
                _note_endless(found, owner)

    def _apart(self, arrays: U64, owner: I64, at: U64) -> tuple[Located, NDArray[np.bool_]]:
        """Where the buckets at ``at`` lie, and which of them outside of the array of the map that owns them."""
        located = self._spans.locate(at)
        return located, located.base != self._spans.locate(arrays[owner]).base

    def _as_units(self, owner: I64, at: U64, tophash: U64) -> Units:
        cells = np.ascontiguousarray(tophash).view(np.uint8)
        full = (cells >= self._min_tophash).view(np.uint64) << _BOOL_TO_MASK
        dead = (cells == self._empty_one).view(np.uint64) << _BOOL_TO_MASK
        return Units(owner, at, full, dead, tophash)

    @staticmethod
    def _count(found: Occupancy, owner: I64, *, old: bool, level: int) -> None:
        """Add one level of buckets in use to the counts that headers do not hold."""
        if not old and level == 0:
            return
        ones = np.ones(len(owner), np.int64)
        sum_by(found.detail["overflow_buckets" if level else "old_buckets"], owner, ones)
        sum_by(found.slots, owner, ones * SLOTS)


def _note_unread(found: Occupancy, owner: I64, at: U64, ok: NDArray[np.bool_]) -> None:
    if not ok.all():
        for bad in np.flatnonzero(~ok)[:64].tolist():
            found.fault.setdefault(int(owner[bad]), f"bucket at {int(at[bad]):#x} cannot be read")


def _note_endless(found: Occupancy, owner: I64) -> None:
    for stuck in distinct(owner).tolist():
        found.fault.setdefault(int(stuck), f"an overflow chain runs on after {_MAX_CHAIN} buckets: a cycle")
