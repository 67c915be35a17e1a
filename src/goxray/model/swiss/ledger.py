"""What the events of a map come to in bytes, allocations and peaks.

The rows are those of :mod:`goxray.model.swiss.state`, in the order in which things happened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.model.figures import Event
from goxray.model.swiss import state as s
from goxray.model.swiss.sizes import Sizes

I64 = NDArray[np.int64]


@dataclass
class Ledger:
    """A map's account: bytes held now, the most held since :meth:`start_step`, objects and bytes ever allocated.

    What keys and elems keep by pointer is not in it.
    """

    sizes: Sizes
    bytes: int = 0
    peak: int = 0
    scan: int = 0
    mallocs: int = 0
    total_alloc: int = 0

    def make(self, tables: int, capacity: int) -> list[Event]:
        """Enter what making the map allocates: its header and, with a hint, directory and tables (NewMap)."""
        events = [self._made("header", self.sizes.header.bytes, self.sizes.header.scan, 1)]
        if tables:
            directory, groups = self.sizes.directory(tables), self.sizes.groups(capacity)
            events.append(self._made("directory", directory.bytes, directory.scan, 1))
            table = self.sizes.table
            events.append(self._made("table", tables * table.bytes, tables * table.scan, tables))
            events.append(self._made("groups", tables * groups.bytes, tables * groups.scan, tables))
        self.peak = self.bytes
        return events

    def _made(self, what: str, size: int, scan: int, count: int) -> Event:
        self.bytes += size
        self.total_alloc += size
        self.scan += scan
        self.mallocs += count
        return Event(-1, "make", what, size, count)

    def start_step(self) -> None:
        """Let the peak begin from what is held now."""
        self.peak = self.bytes

    def enter(self, rows: I64) -> None:
        """Enter event rows int64[N, 4]."""
        if not len(rows):
            return
        kind = rows[:, 1]
        up, down = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        scan, count = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        for each in range(s.ROW_DIRECTORY + 1):
            of = np.flatnonzero(kind == each)
            if len(of):
                up[of], down[of], scan[of], count[of] = self._amounts(each, rows[of, 2], rows[of, 3])
        late = np.flatnonzero(kind == s.ROW_DIRECTORY) - 1  # a split lets go of its table after the directory doubled
        down[late + 1] += down[late]
        down[late] = 0
        after = self.bytes + np.cumsum(up - down)
        self.peak = max(self.peak, int((after + down).max()))
        self.bytes = int(after[-1])
        self.total_alloc += int(up.sum())
        self.scan += int(scan.sum())
        self.mallocs += int(count.sum())

    def _amounts(self, kind: int, a: I64, b: I64) -> tuple[I64 | int, I64 | int, I64 | int, int]:
        """Bytes taken, bytes given back, change of scannable bytes, objects taken: of rows of one kind."""
        sizes, table = self.sizes, self.sizes.table
        small = sizes.groups(s.SLOTS)
        if kind == s.ROW_SMALL:
            return small.bytes, 0, small.scan, 1
        if kind == s.ROW_TABLE:
            groups, directory = sizes.groups(2 * s.SLOTS), sizes.directory(1)
            scan = table.scan + groups.scan + directory.scan - small.scan
            return table.bytes + groups.bytes + directory.bytes, small.bytes, scan, 3
        if kind == s.ROW_GROW:
            old, new = _log(a), _log(b)
            scans = sizes.groups_scan[new] - sizes.groups_scan[old]
            return table.bytes + sizes.groups_bytes[new], table.bytes + sizes.groups_bytes[old], scans, 2
        if kind == s.ROW_SPLIT:
            old, half = _log(a), sizes.groups(s.MAX_CAPACITY)
            scans = table.scan + 2 * half.scan - sizes.groups_scan[old]
            return 2 * (table.bytes + half.bytes), table.bytes + sizes.groups_bytes[old], scans, 4
        old_bytes = np.array([sizes.directory(int(each)).bytes for each in a], np.int64)
        new_bytes = np.array([sizes.directory(int(each)).bytes for each in b], np.int64)
        scans = np.array(
            [sizes.directory(int(n)).scan - sizes.directory(int(o)).scan for o, n in zip(a, b, strict=True)]
        )
        return new_bytes, old_bytes, scans, 1

    def events(self, rows: I64) -> list[Event]:
        """Tell event rows as events, in the order in which the runtime takes and gives back."""
        out: list[Event] = []
        late: list[Event] = []
        for op, kind, a, b in rows.tolist():
            if kind != s.ROW_DIRECTORY:
                out += late
                late = []
            if kind == s.ROW_SPLIT:
                late = [
                    Event(op, "free", "table", self.sizes.table.bytes),
                    Event(op, "free", "groups", self.sizes.groups(a).bytes, a // s.SLOTS),
                ]
            out += self._told(op, kind, a, b)
        return out + late

    def _told(self, op: int, kind: int, a: int, b: int) -> list[Event]:
        sizes, table = self.sizes, self.sizes.table.bytes
        if kind == s.ROW_PRUNE:
            return [Event(op, "prune", "table", 0, a)]
        if kind == s.ROW_SMALL:
            return [Event(op, "alloc", "groups", sizes.groups(b).bytes, 1)]
        if kind == s.ROW_DIRECTORY:
            old, new = sizes.directory(a).bytes, sizes.directory(b).bytes
            return [
                Event(op, "alloc", "directory", new, b),
                Event(op, "double directory", "directory", new, b),
                Event(op, "free", "directory", old, a),
            ]
        if kind == s.ROW_SPLIT:
            half = sizes.groups(s.MAX_CAPACITY).bytes
            taken = [
                Event(op, "alloc", "table", table),
                Event(op, "alloc", "groups", half, s.MAX_GROUPS),
            ]
            return [*taken, *taken, Event(op, "split", "table", 2 * (table + half), b)]
        new = sizes.groups(b).bytes
        taken = [Event(op, "alloc", "table", table), Event(op, "alloc", "groups", new, b // s.SLOTS)]
        grown = Event(op, "grow", "table", table + new, b)
        if kind == s.ROW_TABLE:
            taken.append(Event(op, "alloc", "directory", sizes.directory(1).bytes, 1))
            return [*taken, grown, Event(op, "free", "groups", sizes.groups(s.SLOTS).bytes, 1)]
        freed = [Event(op, "free", "table", table), Event(op, "free", "groups", sizes.groups(a).bytes, a // s.SLOTS)]
        return [*taken, grown, *freed]


def _log(capacity: I64) -> I64:
    """log2 of the number of groups of tables of these capacities (powers of two)."""
    out: I64 = np.log2(capacity // s.SLOTS).astype(np.int64)
    return out
