"""Swiss maps (Go 1.24 on): directory, tables, groups (internal/runtime/maps/{map,table,group}.go)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from goxray.maps.units import HIGH, I64, SLOTS, U64, Occupancy, Units, runs, sum_by

if TYPE_CHECKING:
    from goxray.goruntime.spans import SpanTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

HEADER = "internal/runtime/maps.Map"
TABLE = "internal/runtime/maps.table"
_DELETED_BIT = np.uint64(6)
_MAX_DIRECTORY = 1 << 32
_MAX_CLEAR_SEQ = (1 << 32) - 1


@dataclass
class SwissHeaders:
    """Headers of Swiss maps as columns of one length; names are the fields of maps.Map.

    ``flags`` are the bytes from ``writing`` on; ``clear_seq`` is cut at 2^32 - 1, which no real map reaches.
    """

    addr: U64
    used: I64
    seed: U64
    dir_ptr: U64
    dir_len: I64
    global_depth: NDArray[np.uint8]
    global_shift: NDArray[np.uint8]
    flags: NDArray[np.uint32]
    clear_seq: NDArray[np.uint32]

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> SwissHeaders:
        """Return the chosen rows."""
        return SwissHeaders(**{name: column[index] for name, column in vars(self).items()})

    def first_units(self) -> SwissHeaders:
        """Return the headers cut to their first table, to look at a few slots of each map."""
        cut = self.take(np.arange(len(self.addr)))
        cut.dir_len = np.minimum(self.dir_len, 1)
        return cut

    def being_written(self, _: RuntimeLayout) -> NDArray[np.bool_]:
        """Which maps were in the middle of a write (Map.writing)."""
        writing: NDArray[np.bool_] = (self.flags & np.uint32(0xFF)) != 0
        return writing

    entries_field: ClassVar[str] = "used"
    """The column that counts the entries."""

    @property
    def entries(self) -> I64:
        """The header's own count."""
        return self.used


def decode_headers(addr: U64, words: U64, layout: RuntimeLayout) -> SwissHeaders:
    """Cut raw headers (uint64[N, header words]) into columns."""

    def column(field: str) -> U64:
        offset, width = layout.offset(HEADER, field), layout.field_size(HEADER, field)
        word = words[:, offset // 8] >> np.uint64(8 * (offset % 8))
        return word if width == 8 else word & np.uint64((1 << 8 * width) - 1)

    depth_word = layout.offset(HEADER, "globalDepth") // 8
    return SwissHeaders(
        addr=addr,
        used=column("used").view(np.int64),
        seed=column("seed"),
        dir_ptr=column("dirPtr"),
        dir_len=column("dirLen").view(np.int64),
        global_depth=column("globalDepth").astype(np.uint8),
        global_shift=column("globalShift").astype(np.uint8),
        flags=(words[:, depth_word] >> np.uint64(16)).astype(np.uint32),
        clear_seq=np.minimum(column("clearSeq"), _MAX_CLEAR_SEQ).astype(np.uint32),
    )


def plausible(headers: SwissHeaders, spans: SpanTable, layout: RuntimeLayout) -> NDArray[np.bool_]:
    """Which headers keep the invariants of maps.Map, as far as the header and the span table can tell.

    The seed is a random word (NewEmptyMap, NewMap), so one below 2^32 is taken for something else: one
    real map in four billion is then found by types only.
    """
    flag_fields = ("writing", "tombstonePossible") if layout.has(HEADER, "tombstonePossible") else ("writing",)
    flag_mask = sum(1 << 8 * (layout.offset(HEADER, f) - layout.offset(HEADER, "writing")) for f in flag_fields)
    good: NDArray[np.bool_] = (headers.seed >> np.uint64(32)) != 0
    good &= (headers.flags & np.uint32(~flag_mask & 0xFFFFFFFF)) == 0
    good &= headers.clear_seq < _MAX_CLEAR_SEQ
    small = headers.dir_len == 0
    good &= (headers.used >= 0) & (headers.dir_len >= 0) & (headers.dir_len < _MAX_DIRECTORY)
    good &= headers.global_depth < 32
    good &= np.where(
        small,
        (headers.global_depth == 0) & (headers.used <= SLOTS),
        (headers.dir_len == np.int64(1) << np.minimum(headers.global_depth, 32))
        & (headers.global_depth.astype(np.int64) + headers.global_shift == 64),
    )
    empty = headers.dir_ptr == 0
    good &= ~empty | (small & (headers.used == 0))
    found = spans.locate(headers.dir_ptr)
    lead = headers.dir_ptr - found.base
    need = np.where(small, 2 * SLOTS, 8 * headers.dir_len)
    good &= empty | ((found.span >= 0) & ((lead == 0) | (lead == 8)) & (found.size >= need))
    return good


@dataclass
class Tables:
    """The distinct tables of a batch of maps: columns of one length, ``map_index`` ascending.

    ``dir_index`` is the first directory slot that names the table and ``repeats`` how many do.
    """

    map_index: I64
    addr: U64
    dir_index: I64
    repeats: I64
    used: I64
    capacity: I64
    growth_left: I64
    local_depth: I64
    index: I64
    data: U64
    length_mask: I64
    ok: NDArray[np.bool_]


class SwissReader:
    """Reads the tables and groups of Swiss maps in batches."""

    def __init__(self, memory: Memory, layout: RuntimeLayout, spans: SpanTable) -> None:
        self._memory = memory
        self._layout = layout
        self._spans = spans
        groups = layout.offset(TABLE, "groups")
        self._data_off = groups + layout.offset("internal/runtime/maps.groupsReference", "data")
        self._mask_off = groups + layout.offset("internal/runtime/maps.groupsReference", "lengthMask")
        self._max_capacity = layout.const("maxTableCapacity")

    def tables(self, headers: SwissHeaders) -> Iterator[Tables]:
        """Yield the distinct tables behind the directories of ``headers``, in map and directory order.

        A table stands in 2^(globalDepth - localDepth) neighbouring directory slots and is yielded once.
        """
        large = np.flatnonzero(headers.dir_len > 0)
        last_map, last_table = -1, 0
        for run, at in runs(headers.dir_ptr[large], headers.dir_len[large], 8):
            words, ok = self._memory.gather(at, [0])
            table, owner = words[:, 0], large[run]
            new = np.ones(len(table), np.bool_)
            new[1:] = (table[1:] != table[:-1]) | (owner[1:] != owner[:-1])
            new[0] = table[0] != last_table or owner[0] != last_map
            last_map, last_table = int(owner[-1]), int(table[-1])
            slot = ((at - headers.dir_ptr[owner]) // np.uint64(8)).astype(np.int64)
            first = np.flatnonzero(new)
            if len(first):
                repeats = np.diff(first, append=len(table))
                yield self._read_tables(owner[first], table[first], slot[first], repeats, ok[first])

    def _read_tables(self, owner: I64, table: U64, slot: I64, repeats: I64, ok: NDArray[np.bool_]) -> Tables:
        offset, size = self._layout.offset, self._layout.size(TABLE)
        raw, readable = self._memory.read_many(table, size)

        def column(at: int, width: int) -> I64:
            data = np.ascontiguousarray(raw[:, at : at + width])
            return data.view(f"<u{width}").reshape(-1).astype(np.int64)

        capacity = column(offset(TABLE, "capacity"), 2)
        mask = column(self._mask_off, 8)
        ok = ok & readable & (capacity > 0) & (capacity <= self._max_capacity) & (capacity == (mask + 1) * SLOTS)
        return Tables(
            owner, table, slot, repeats,
            column(offset(TABLE, "used"), 2), capacity, column(offset(TABLE, "growthLeft"), 2),
            column(offset(TABLE, "localDepth"), 1), column(offset(TABLE, "index"), 8),
            column(self._data_off, 8).view(np.uint64), mask, ok,
        )  # fmt: skip

    def measure(self, headers: SwissHeaders) -> tuple[Occupancy, list[Tables]]:
        """Count what headers, directories and tables say, without reading a group.

        Returns the occupancy (full and tombstones still 0, for :meth:`units` to fill) and the tables.
        """
        count = len(headers.addr)
        found = Occupancy.zeros(count)
        small = (headers.dir_len == 0) & (headers.dir_ptr != 0)
        for name in ("tables", "groups", "growth_left"):
            found.detail[name] = np.zeros(count, np.int64)
        found.detail["dir_len"] = headers.dir_len
        found.detail["global_depth"] = headers.global_depth.astype(np.int64)
        found.detail["small"] = (headers.dir_len == 0).astype(np.int64)
        found.slots[small] = SLOTS
        found.detail["groups"][small] = 1
        found.bytes += self._spans.slot_sizes(headers.addr) + self._spans.slot_sizes(headers.dir_ptr)
        kept = []
        for tables in self.tables(headers):
            for row in np.flatnonzero(~tables.ok)[:64].tolist():
                what = f"table {tables.dir_index[row]} at {int(tables.addr[row]):#x} cannot be read or is no table"
                found.fault.setdefault(int(tables.map_index[row]), what)
            good = tables.ok
            owner = tables.map_index[good]
            ones = np.ones(len(owner), np.int64)
            size = self._spans.slot_sizes(tables.addr[good]) + self._spans.slot_sizes(tables.data[good])
            sum_by(found.bytes, owner, size)
            sum_by(found.slots, owner, tables.capacity[good])
            sum_by(found.detail["tables"], owner, ones)
            sum_by(found.detail["groups"], owner, tables.capacity[good] // SLOTS)
            sum_by(found.detail["growth_left"], owner, tables.growth_left[good])
            kept.append(tables)
        return found, kept

    def units(self, headers: SwissHeaders, tables: list[Tables], group_size: int, found: Occupancy) -> Iterator[Units]:
        """Yield the groups of the maps: those of small maps, then those of all tables.

        ``group_size`` is the stride of a table's groups in bytes (MapType.GroupSize). Groups that cannot be read
        become faults in ``found``.
        """
        small = np.flatnonzero((headers.dir_len == 0) & (headers.dir_ptr != 0))
        yield from self._groups(small, headers.dir_ptr[small], np.ones(len(small), np.int64), 8, found)
        for part in tables:
            good = np.flatnonzero(part.ok)
            good = good[np.lexsort((part.data[good], part.map_index[good]))]  # ascending addresses are read fastest
            yield from self._groups(
                part.map_index[good], part.data[good], part.length_mask[good] + 1, group_size, found
            )

    def _groups(self, owner: I64, start: U64, count: I64, step: int, found: Occupancy) -> Iterator[Units]:
        for run, at in runs(start, count, step):
            words, ok = self._memory.gather(at, [0])
            word = words[:, 0]
            full = ~word & HIGH
            full[~ok] = 0
            dead = word & (word << _DELETED_BIT) & HIGH
            for bad in np.flatnonzero(~ok)[:64].tolist() if not ok.all() else ():
                found.fault.setdefault(int(owner[run[bad]]), f"group at {int(at[bad]):#x} cannot be read")
            yield Units(owner[run], at, full, dead, word)
