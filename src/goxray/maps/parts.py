"""What maps are made of, part by part: Swiss tables and groups, classic bucket arrays.

The census counts whole maps. This pass reads the tables' own headers again, and slots only where a map's figures do not
tell those of its parts: maps with tombstones in several tables, and classic maps with overflow or old buckets. It needs
the target's memory, so it runs while the target stands still, and before the rows are built, which uses the census up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.maps import classic, swiss
from goxray.maps.addresses import distinct
from goxray.maps.census import MAPS_AT_ONCE
from goxray.maps.found import UNKNOWN
from goxray.maps.units import HIGH, I64, SLOTS, U64, runs
from goxray.maps.untyped import unit_sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goxray.goruntime.runtime import Runtime
    from goxray.maps.headers import Headers
    from goxray.maps.inspect import Findings

PART_KINDS = ("table", "group", "current", "old", "overflow")
TABLE, GROUP, CURRENT, OLD, OVERFLOW = range(len(PART_KINDS))
_TABLES_ONLY = ("growth_left", "local_depth", "directory_slots")
_MAX_B = 40
_DELETED_BIT = np.uint64(
    6
)  # a deleted slot's control byte is 0xFE, an empty one's 0x80 (internal/runtime/maps/group.go)


@dataclass
class Parts:
    """One row a part, columns of one length: ``map`` and ``addr`` (uint64, addr 0 for overflow), the others int64.

    ``kind`` indexes PART_KINDS; ``growth_left``, ``local_depth`` and ``directory_slots`` are -1 for all but tables. See
    ``TABLES_OR_BUCKETS`` in core/snapshot_schema.py for what the columns mean.
    """

    map: U64
    addr: U64
    kind: I64
    units: I64
    slots: I64
    used: I64
    tombstones: I64
    bytes: I64
    growth_left: I64
    local_depth: I64
    directory_slots: I64

    def __len__(self) -> int:
        return len(self.map)


@dataclass
class _Batch:
    """Maps of one kind with what the census found: headers, unit sizes in bytes (int64), full slots, tombstones.

    ``several``: the map has overflow or old buckets besides its array.
    """

    headers: Headers
    unit_size: I64
    full: I64
    dead: I64
    several: NDArray[np.bool_]

    def take(self, index: I64) -> _Batch:
        headers, several = self.headers.take(index), self.several[index]
        return _Batch(headers, self.unit_size[index], self.full[index], self.dead[index], several)


@dataclass
class _Sink:
    parts: list[dict[str, NDArray[Any]]] = field(default_factory=list)

    def add(self, kind: int, maps: U64, addr: U64, **figures: I64) -> None:
        row: dict[str, NDArray[Any]] = {name: np.full(len(maps), -1, np.int64) for name in _TABLES_ONLY}
        row |= {"map": maps, "addr": addr, "kind": np.full(len(maps), kind, np.int64)}
        self.parts.append(row | figures)

    def done(self) -> Parts:
        joined: dict[str, Any] = {}
        for name in Parts.__dataclass_fields__:
            own = np.uint64 if name in ("map", "addr") else np.int64
            columns = [part[name].astype(own) for part in self.parts]
            joined[name] = np.concatenate(columns) if columns else np.zeros(0, own)
        return Parts(**joined)


def map_parts(runtime: Runtime, findings: Findings) -> Parts:
    """Return the parts of every map found, in the order of the maps' rows.

    Parts that cannot be read are left out: the census has listed them as faults.
    """
    sink = _Sink()
    listed = _listed(findings)
    for first in range(0, len(listed.full), MAPS_AT_ONCE):
        _parts_of(runtime, listed.take(np.arange(first, min(first + MAPS_AT_ONCE, len(listed.full)))), sink)
    singles = _singles(findings)
    if singles is not None:
        _parts_of(runtime, singles, sink)
    return sink.done()


def _listed(findings: Findings) -> _Batch:
    found, census, listed = findings.found, findings.census, findings.listed
    typed = unit_sizes(found, SLOTS)
    sizes = np.where((found.type_of == UNKNOWN) & (found.unit_size > 0), found.unit_size, typed)
    several = _several(census.detail, len(sizes))[listed]
    headers = found.headers.take(listed)
    return _Batch(
        headers, sizes[listed], census.full_slots[listed], census.tombstones[listed].astype(np.int64), several
    )


def _several(detail: Mapping[str, NDArray[Any]], count: int) -> NDArray[np.bool_]:
    found = np.zeros(count, np.bool_)
    for name in ("overflow_buckets", "old_buckets"):
        if name in detail:
            found |= detail[name] > 0
    return found


def _singles(findings: Findings) -> _Batch | None:
    """Maps that are no candidates: on stacks, or such as only types lead to. What is no map at all has no parts."""
    held = [(m.headers, m.type, m.occupancy) for m in findings.stack_maps]
    held += [(e.headers, e.type, e.occupancy) for e in findings.extras if int(e.occupancy.slots[0])]
    if not held:
        return None
    kind = type(held[0][0])
    columns = {name: np.concatenate([vars(h)[name] for h, _, _ in held]) for name in vars(held[0][0])}
    return _Batch(
        kind(**columns),
        np.array([t.map_shape.unit_size if t is not None else SLOTS for _, t, _ in held], np.int64),
        np.array([o.full_slots[0] for _, _, o in held], np.int64),
        np.array([o.tombstones[0] for _, _, o in held], np.int64),
        np.array([_several(o.detail, 1)[0] for _, _, o in held], np.bool_),
    )


def _parts_of(runtime: Runtime, batch: _Batch, sink: _Sink) -> None:
    if isinstance(batch.headers, swiss.SwissHeaders):
        _groups(runtime, batch, batch.headers, sink)
        _tables(runtime, batch, batch.headers, sink)
    else:
        _Classic(runtime, batch, batch.headers).add_to(sink)


def _groups(runtime: Runtime, batch: _Batch, headers: swiss.SwissHeaders, sink: _Sink) -> None:
    """Small maps: the header points to the one group."""
    small = np.flatnonzero((headers.dir_len == 0) & (headers.dir_ptr != 0))
    ones = np.ones(len(small), np.int64)
    sink.add(
        GROUP, headers.addr[small], headers.dir_ptr[small], units=ones, slots=ones * SLOTS, used=batch.full[small],
        tombstones=batch.dead[small], bytes=runtime.spans.slot_sizes(headers.dir_ptr[small]),
    )  # fmt: skip


def _tables(runtime: Runtime, batch: _Batch, headers: swiss.SwissHeaders, sink: _Sink) -> None:
    reader = swiss.SwissReader(runtime.memory, runtime.layout, runtime.spans)
    sizes = runtime.spans.slot_sizes
    for tables in reader.tables(headers):
        good = np.flatnonzero(tables.ok)
        owner, addr, data = tables.map_index[good], tables.addr[good], tables.data[good]
        groups = tables.length_mask[good] + 1
        sink.add(
            TABLE, headers.addr[owner], addr, units=groups, slots=tables.capacity[good], used=tables.used[good],
            tombstones=_dead(runtime, data, groups, batch.unit_size[owner], batch.dead[owner] > 0),
            bytes=sizes(addr) + sizes(data), growth_left=tables.growth_left[good],
            local_depth=tables.local_depth[good], directory_slots=tables.repeats[good],
        )  # fmt: skip


def _dead(runtime: Runtime, data: U64, groups: I64, step: I64, wanted: NDArray[np.bool_]) -> I64:
    """Count the tombstones of the ``wanted`` tables, whose groups are ``step`` bytes apart; the others have none."""
    found = np.zeros(len(data), np.int64)
    for size in distinct(step[wanted]).tolist():
        chosen = np.flatnonzero(wanted & (step == size))
        for run, at in runs(data[chosen], groups[chosen], int(size)):
            words, _ = runtime.memory.gather(at, [0])
            dead = np.bitwise_count(words[:, 0] & (words[:, 0] << _DELETED_BIT) & HIGH).astype(np.int64)
            np.add.at(found, chosen[run], dead)
    return found


class _Classic:
    """The bucket arrays of a batch of classic maps, and the overflow buckets linked to them."""

    def __init__(self, runtime: Runtime, batch: _Batch, headers: classic.ClassicHeaders) -> None:
        self._runtime = runtime
        self._headers = headers
        self._reader = classic.ClassicReader(runtime.memory, runtime.layout, runtime.spans)
        self._main = np.where(headers.buckets != 0, np.int64(1) << np.minimum(headers.B, _MAX_B), 0)
        count = len(headers.addr)
        self._used, self._dead, self._units = (np.zeros((3, count), np.int64) for _ in range(3))
        self._apart = np.zeros(count, np.int64)
        self._count(batch)

    def add_to(self, sink: _Sink) -> None:
        headers, sizes = self._headers, self._runtime.spans.slot_sizes
        self._units[0] = self._main
        nowhere = np.zeros(len(headers.addr), np.uint64)
        arrays = (
            (CURRENT, headers.buckets, headers.buckets != 0, sizes(headers.buckets)),
            (OLD, headers.oldbuckets, headers.oldbuckets != 0, sizes(headers.oldbuckets)),
            (OVERFLOW, nowhere, self._units[2] > 0, self._apart),
        )
        for place, (kind, addr, there, size) in enumerate(arrays):
            here = np.flatnonzero(there)
            units = self._units[place][here]
            sink.add(
                kind, headers.addr[here], addr[here], units=units, slots=units * SLOTS, used=self._used[place][here],
                tombstones=self._dead[place][here], bytes=size[here],
            )  # fmt: skip

    def _count(self, batch: _Batch) -> None:
        """Share the full slots out; maps that are nothing but their array have them all there."""
        self._used[0], self._dead[0] = batch.full, batch.dead
        more = np.flatnonzero(batch.several)
        for size in distinct(batch.unit_size[more]).tolist():
            self._scan(more[batch.unit_size[more] == size], int(size))

    def _scan(self, chosen: I64, size: int) -> None:
        """Count the slots of maps of several parts, bucket by bucket; buckets are ``size`` bytes."""
        headers = self._headers.take(chosen)
        locate = self._runtime.spans.locate
        used, dead, count = (np.zeros((3, len(chosen)), np.int64) for _ in range(3))
        apart = np.zeros(len(chosen), np.int64)
        bases = locate(headers.buckets).base, locate(headers.oldbuckets).base
        span = (self._main[chosen] * size).astype(np.uint64)
        old_span = (classic.old_bucket_counts(headers, self._runtime.layout) * size).astype(np.uint64)
        for units in self._reader.units(headers, size, self._reader.measure(headers)):
            owner = units.map_index
            where = np.full(len(owner), 2)
            where[units.addr - headers.oldbuckets[owner] < old_span[owner]] = 1
            where[units.addr - headers.buckets[owner] < span[owner]] = 0
            np.add.at(used, (where, owner), np.bitwise_count(units.full).astype(np.int64))
            np.add.at(dead, (where, owner), np.bitwise_count(units.dead).astype(np.int64))
            np.add.at(count, (where, owner), 1)
            located = locate(units.addr)
            own = (where == 2) & (located.base != bases[0][owner]) & (located.base != bases[1][owner])
            np.add.at(apart, owner[own], located.size[own])
        self._used[:, chosen], self._dead[:, chosen], self._units[:, chosen] = used, dead, count
        self._apart[chosen] = apart
