"""Reading Swiss maps part by part for the rules of :mod:`goxray.maps.verify_swiss`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.maps.swiss import HEADER, TABLE, SwissHeaders
from goxray.maps.units import SLOTS, U64, runs
from goxray.maps.verify_batch import PART_BYTES, Gaps, Hashed, MapBatch
from goxray.maps.verify_groups import EMPTY
from goxray.maps.verify_rules import Flags, Ints, Report
from goxray.maps.verify_swiss import check_groups, check_maps, check_small, check_tables, check_totals
from goxray.maps.verify_views import Bytes, SmallGroups, SwissGroups, SwissMaps, SwissTables, SwissTally

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_GROUPS = "internal/runtime/maps.groupsReference"


@dataclass(frozen=True)
class _Work:
    """One batch on its way through the rules."""

    batch: MapBatch
    headers: SwissHeaders
    maps: SwissMaps
    sure: Flags
    tally: SwissTally
    report: Report
    gaps: Gaps


class SwissVerifier:
    """Verifies batches of Swiss maps in one target."""

    def __init__(self, runtime: Runtime) -> None:
        layout = runtime.layout
        self._memory = runtime.memory
        self._max_capacity = layout.const("maxTableCapacity")
        groups = layout.offset(TABLE, "groups")
        self._table_size = layout.size(TABLE)
        self._columns = {
            name: (layout.offset(TABLE, name), layout.field_size(TABLE, name))
            for name in ("used", "capacity", "growthLeft", "index", "localDepth")
        }
        self._columns["data"] = (groups + layout.offset(_GROUPS, "data"), 8)
        self._columns["mask"] = (groups + layout.offset(_GROUPS, "lengthMask"), 8)
        self._tombstone_bit = None
        if layout.has(HEADER, "tombstonePossible"):
            apart = layout.offset(HEADER, "tombstonePossible") - layout.offset(HEADER, "writing")
            self._tombstone_bit = np.uint32(0xFF << 8 * apart)

    @staticmethod
    def writing(headers: SwissHeaders) -> Flags:
        """Which maps are in the middle of a write, so that their invariants need not hold: bool[m]."""
        busy: Flags = (headers.flags & np.uint32(0xFF)) != 0
        return busy

    def check(self, batch: MapBatch, sure: Flags, report: Report, gaps: Gaps) -> Flags:
        """Check a batch of maps; return which of them could be read whole (bool[m]).

        Args:
            batch: the maps, with Swiss headers.
            sure: bool[m], see :class:`goxray.maps.verify_batch.KeyHasher`.
            report: gets what is broken.
            gaps: gets what could not be read.
        """
        headers = batch.headers
        assert isinstance(headers, SwissHeaders)
        bit = self._tombstone_bit
        maps = SwissMaps(
            headers.used,
            headers.dir_len,
            headers.global_depth.astype(np.int64),
            headers.global_shift.astype(np.int64),
            headers.dir_ptr != 0,
            None if bit is None else (headers.flags & bit) != 0,
        )
        tally = SwissTally.of(maps)
        work = _Work(batch, headers, maps, sure, tally, report, gaps)
        check_maps(maps, report)
        behind = batch.readable & maps.has_dir
        self._small(work, np.flatnonzero(behind & (maps.dir_len == 0)))
        large = behind & (maps.dir_len > 0)
        tally.partly_read |= ~batch.readable
        if batch.unit_size:
            self._large(work, np.flatnonzero(large))
        else:
            tally.partly_read |= large
        check_totals(maps, tally, report)
        return ~tally.partly_read

    # ---- small maps

    def _small(self, work: _Work, chosen: Ints) -> None:
        width = work.batch.unit_size if work.batch.hasher is not None else SLOTS
        step = max(1, PART_BYTES // width)
        for first in range(0, len(chosen), step):
            owner = chosen[first : first + step]
            units, ok = self._memory.read_many(work.headers.dir_ptr[owner], width)
            self._missed(work, owner[~ok], "the map's group cannot be read")
            units, owner = units[ok], owner[ok]
            ctrl = np.ascontiguousarray(units[:, :SLOTS])
            hashed = self._hash(work, units, ctrl, owner, lambda cell: f"slot {cell % SLOTS}")
            check_small(SmallGroups(owner, ctrl, hashed.hashes, hashed.known), work.tally, work.report)

    # ---- maps with tables

    def _large(self, work: _Work, chosen: Ints) -> None:
        if not len(chosen):
            return
        tables, data = self._tables(work, chosen)
        sound = check_tables(work.maps, tables, self._max_capacity, work.report)
        work.tally.partly_read[tables.map[~sound]] = True
        unit = work.batch.unit_size
        for count in np.unique(tables.groups[sound]).tolist():
            same = np.flatnonzero(sound & (tables.groups == count))
            same = same[np.argsort(data[same], kind="stable")]
            step = max(1, PART_BYTES // (unit * count))
            for first in range(0, len(same), step):
                self._groups(work, tables, data, same[first : first + step], count)

    def _tables(self, work: _Work, chosen: Ints) -> tuple[SwissTables, U64]:
        """The tables that the directories of ``chosen`` name, neighbours folded, and where their groups stand."""
        owners, addrs, places = [], [], []
        for run, at in runs(work.headers.dir_ptr[chosen], work.headers.dir_len[chosen], 8):
            words, ok = self._memory.gather(at, [0])
            owner = chosen[run]
            self._missed(work, owner[~ok], "the map's directory cannot be read")
            owners.append(owner)
            addrs.append(np.where(ok, words[:, 0], 0))
            places.append((at - work.headers.dir_ptr[owner]) // np.uint64(8))
        owner, addr = np.concatenate(owners), np.concatenate(addrs)
        number = np.concatenate(places).astype(np.int64)
        new = np.ones(len(addr), np.bool_)
        new[1:] = (addr[1:] != addr[:-1]) | (owner[1:] != owner[:-1])
        first = np.flatnonzero(new)
        repeats = np.diff(first, append=len(addr))
        raw, ok = self._memory.read_many(addr[first], self._table_size)
        for row in np.flatnonzero(~ok).tolist():
            sentence = f"table {number[first[row]]} at {int(addr[first[row]]):#x} cannot be read"
            self._missed(work, owner[first[row : row + 1]], sentence)
        first, repeats, raw = first[ok], repeats[ok], raw[ok]
        column = {name: _column(raw, *where) for name, where in self._columns.items()}
        tables = SwissTables(
            owner[first],
            number[first],
            repeats,
            column["used"],
            column["capacity"],
            column["growthLeft"],
            column["index"],
            column["localDepth"],
            column["mask"] + 1,
        )
        return tables, column["data"].view(np.uint64)

    def _groups(self, work: _Work, tables: SwissTables, data: U64, chosen: Ints, count: int) -> None:
        """Check some tables of ``count`` groups each."""
        unit = work.batch.unit_size
        raw, ok = self._memory.read_many(data[chosen], unit * count)
        for lost in chosen[~ok].tolist():
            sentence = f"the groups of table {tables.number[lost]} cannot be read"
            self._missed(work, tables.map[lost : lost + 1], sentence)
        chosen, units = chosen[ok], raw[ok].reshape(-1, unit)
        ctrl = np.ascontiguousarray(units[:, :SLOTS])

        def place(cell: int) -> str:
            row, slot = divmod(cell, SLOTS)
            return f"table {tables.number[chosen[row // count]]} group {row % count} slot {slot}"

        hashed = self._hash(work, units, ctrl, np.repeat(tables.map[chosen], count), place)
        check_groups(work.maps, tables, SwissGroups(chosen, ctrl, hashed.hashes, hashed.known), work.tally, work.report)

    # ---- both

    def _hash(self, work: _Work, units: Bytes, ctrl: Bytes, owner: Ints, place: Callable[[int], str]) -> Hashed:
        hasher = work.batch.hasher
        if hasher is None:
            return Hashed(None, None, np.zeros(0, np.int64))
        hashed = hasher.hash(units, ctrl < EMPTY, owner, work.headers.seed, work.sure)
        work.gaps.note_keys(hashed.unreadable, owner, place)
        return hashed

    def _missed(self, work: _Work, owners: Ints, sentence: str) -> None:
        if len(owners):
            work.tally.partly_read[owners] = True
            work.gaps.note(owners, sentence)


def _column(raw: Bytes, at: int, width: int) -> Ints:
    data = np.ascontiguousarray(raw[:, at : at + width])
    return data.view(f"<u{width}").reshape(-1).astype(np.int64)
