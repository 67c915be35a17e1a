"""The order of ``range`` over a Swiss map, and what it shows of a map that changes meanwhile.

Source: internal/runtime/maps/table.go, Iter.
"""

from __future__ import annotations

from collections.abc import Callable

from goxray.model.swiss import state as s
from goxray.model.swiss.state import Store

_WORD = (1 << 64) - 1


class Iter:
    """One iteration (maps.Iter).

    Args:
        store: returns the map's arrays as they are now.
        seek: looks up the key of a slot under the map's present seed; returns its slot, -1 where the map lacks it.
        entry_offset: random word that chooses the first slot of each table.
        dir_offset: random word that chooses the first table.
    """

    def __init__(
        self, store: Callable[[], Store], seek: Callable[[int], int], entry_offset: int, dir_offset: int
    ) -> None:
        self._store = store
        self._seek = seek
        m = store()
        self._over = m.scalar[s.USED] == 0
        if self._over:
            return
        self._small = int(m.scalar[s.SMALL]) if m.scalar[s.DIR_LEN] == 0 else -1
        self._entry_offset = entry_offset
        self._dir_offset = dir_offset
        self._depth = int(m.scalar[s.DEPTH])
        self._clear_seq = int(m.scalar[s.CLEAR_SEQ])
        self._dir_index = 0
        self._table = -1
        self._entry = 0

    def next(self) -> int | None:
        """Proceed to the next entry; return the slot in which it stands, None at the end (Iter.Next)."""
        if self._over:
            return None
        m = self._store()
        found = self._next_small(m) if self._small >= 0 else self._next_large(m)
        self._over = found is None
        return found

    def _next_small(self, m: Store) -> int | None:
        """The map was small when the iteration began."""
        while self._entry < s.SLOTS:
            slot = self._small * s.SLOTS + (self._entry + self._entry_offset) % s.SLOTS
            self._entry += 1
            if m.ctrl[slot] >= s.EMPTY:
                continue
            shown = self._grown(m, slot) if m.scalar[s.DIR_LEN] > 0 else slot
            if shown is not None:
                return shown
        return None

    def _grown(self, m: Store, slot: int) -> int | None:
        """What to show of an entry of a group or table that has been replaced: where it stands now (grownKeyElem)."""
        found = self._seek(slot)
        if found >= 0:
            return found
        odd = m.rules[s.REFLEXIVE] == 0 and m.kid[slot] == s.ODD
        # A key not equal to itself can neither be found nor deleted: without a clear it is still there, as it was.
        return slot if odd and self._clear_seq == m.scalar[s.CLEAR_SEQ] else None

    def _next_large(self, m: Store) -> int | None:
        orders = int(m.scalar[s.DEPTH]) - self._depth
        self._dir_index <<= orders
        self._dir_offset = (self._dir_offset << orders) & _WORD
        self._depth += orders
        while self._dir_index < m.scalar[s.DIR_LEN]:
            if self._table < 0:
                self._table = self._resolve(m)
            slot = self._next_in_table(m)
            if slot is not None:
                return slot
            self._dir_index += 1 << int(m.scalar[s.DEPTH] - m.tables[self._table, s.LOCAL_DEPTH])
            self._table = -1
            self._entry = 0
        return None

    def _resolve(self, m: Store) -> int:
        index = (self._dir_index + self._dir_offset) & int(m.scalar[s.DIR_LEN] - 1)
        row = int(m.directory[index])
        # Only the first random index can point behind a table's first directory slot.
        self._dir_offset = (self._dir_offset - (index - int(m.tables[row, s.INDEX]))) & _WORD
        return row

    def _next_in_table(self, m: Store) -> int | None:
        """The next entry of the table; what lies ahead is decided now, and what comes to stand before it is skipped."""
        row = self._table
        mask = int(m.tables[row, s.CAPACITY]) - 1
        first = int(m.tables[row, s.BASE]) * s.SLOTS
        if self._entry > mask:
            return None
        shown = self._shown(m, row, first + ((self._entry + self._entry_offset) & mask))
        self._entry += 1
        if shown is not None:
            return shown
        ahead: list[int] = []  # slots of the group that were full when it was looked at
        while self._entry <= mask:
            at = (self._entry + self._entry_offset) & mask
            i = at % s.SLOTS
            if not ahead:
                group = first + at - i
                ahead = [j for j in range(i, s.SLOTS) if m.ctrl[group + j] < s.EMPTY]
                if not ahead:
                    self._entry += s.SLOTS - i
                    continue
                self._entry += ahead[0] - i
                if self._entry > mask:
                    break
                at += ahead[0] - i
                i = ahead[0]
            del ahead[0]
            self._entry += (ahead[0] if ahead else s.SLOTS) - i
            shown = self._shown(m, row, first + at)
            if shown is not None:
                return shown
        return None

    def _shown(self, m: Store, row: int, slot: int) -> int | None:
        if m.ctrl[slot] >= s.EMPTY:
            return None
        return self._grown(m, slot) if m.tables[row, s.INDEX] == -1 else slot
