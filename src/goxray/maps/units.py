"""Units: the buckets (classic) or groups (Swiss) of maps, with which of their eight slots are full.

Bit masks here are eight bytes in a word, one byte a slot, slot 0 in the lowest byte: 0x80 set means yes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

SLOTS = 8
HIGH = np.uint64(0x8080808080808080)
CHUNK = 1 << 15
"""Units handled at once: bounds memory whatever the size of a map."""


@dataclass(frozen=True)
class Units:
    """A run of units: ``map_index`` (int64, ascending) into the batch, their ``addr`` and masks (uint64), same length.

    ``full`` marks full slots, ``dead`` tombstones (Swiss) or emptyOne cells (classic).
    ``word`` is the raw tophash or control word.
    """

    map_index: I64
    addr: U64
    full: U64
    dead: U64
    word: U64


@dataclass
class Occupancy:
    """What scanning the units of a batch of maps counts: int64 arrays, one element a map.

    ``detail`` holds the kind's own figures by column name; ``fault`` one sentence by map index.
    """

    full_slots: I64
    slots: I64
    tombstones: I64
    bytes: I64
    detail: dict[str, I64] = field(default_factory=dict)
    fault: dict[int, str] = field(default_factory=dict)

    @staticmethod
    def zeros(count: int) -> Occupancy:
        """Return an occupancy of ``count`` maps with every figure 0."""
        full, slots, dead, size = np.zeros((4, count), np.int64)
        return Occupancy(full, slots, dead, size)

    def row(self, index: int) -> Occupancy:
        """Return the figures of one map."""
        part = slice(index, index + 1)
        fault = {0: self.fault[index]} if index in self.fault else {}
        detail = {name: column[part] for name, column in self.detail.items()}
        return Occupancy(
            self.full_slots[part], self.slots[part], self.tombstones[part], self.bytes[part], detail, fault
        )

    def add(self, units: Units) -> None:
        """Count the full and dead slots of ``units`` (slots are counted by the caller, who knows what is owned)."""
        if not len(units.addr):
            return
        starts = np.flatnonzero(np.diff(units.map_index, prepend=-1))
        maps = units.map_index[starts]
        self.full_slots[maps] += np.add.reduceat(np.bitwise_count(units.full).astype(np.int64), starts)
        self.tombstones[maps] += np.add.reduceat(np.bitwise_count(units.dead).astype(np.int64), starts)


def runs(starts: U64, counts: I64, step: int, chunk: int = CHUNK) -> Iterator[tuple[I64, U64]]:
    """Expand runs of units into addresses, at most ``chunk`` at a time.

    Run i is ``counts[i]`` units from ``starts[i]`` on, ``step`` bytes apart. Yields (run index, address).
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    for first in range(0, total, chunk):
        last = min(first + chunk, total)
        low, high = np.searchsorted(ends, [first, last - 1], side="right")
        begins = ends[low : high + 1] - counts[low : high + 1]
        sizes = np.minimum(ends[low : high + 1], last) - np.maximum(begins, first)
        # position of the first unit of each run, so that address = base + position * step
        base = starts[low : high + 1] - (begins * step).astype(np.uint64)
        position = np.arange(first, last, dtype=np.uint64) * np.uint64(step)
        yield np.repeat(np.arange(low, high + 1), sizes), np.repeat(base, sizes) + position


def slot_addresses(units: Units, mask: U64, offset: int, stride: int) -> tuple[I64, U64]:
    """Addresses of the slots that ``mask`` marks: slot i of a unit stands at ``addr + offset + i * stride``.

    Returns (row of ``units``, address) in unit and slot order.
    """
    marked = (mask.reshape(-1, 1).view(np.uint8) & 0x80).astype(np.bool_)
    row, slot = np.nonzero(marked)
    return row, units.addr[row] + (offset + slot * stride).astype(np.uint64)


def sum_by(total: I64, owner: I64, value: I64) -> None:
    """Add ``value`` to ``total[owner]``; ``owner`` is ascending with repeats."""
    if len(owner):
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        total[owner[starts]] += np.add.reduceat(value, starts)
