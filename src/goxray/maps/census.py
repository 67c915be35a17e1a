"""Counting maps: one pass over units in batches of maps that share a layout, each map counted once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.maps import classic, swiss
from goxray.maps.headers import Headers
from goxray.maps.units import I64, Occupancy, Units

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

Sink = Callable[[NDArray[np.int64], Units], None]
"""Is given the batch's candidate numbers and some of its units, while their addresses are at hand."""

MAPS_AT_ONCE = 1 << 16
DETAIL = {
    "classic": ("overflow_buckets", "old_buckets"),
    "swiss": ("tables", "groups", "growth_left"),
}
"""Figures that only a scan tells; the rest of a map's detail stands in its header."""


class Census:
    """Occupancy of every candidate: int64 arrays of one length, filled by :meth:`scan`."""

    def __init__(self, runtime: Runtime, headers: Headers) -> None:
        count = len(headers.addr)
        self._runtime = runtime
        self.headers = headers
        self.full_slots = np.zeros(count, np.int64)
        self.slots = np.zeros(count, np.int64)
        self.tombstones = np.zeros(count, np.int32)
        self.bytes = np.zeros(count, np.int64)
        self.done = np.zeros(count, np.bool_)
        self.faults: dict[int, str] = {}
        self.detail = {name: np.zeros(count, np.int32) for name in DETAIL[runtime.layout.map_kind]}
        memory, layout, spans = runtime.memory, runtime.layout, runtime.spans
        self._classic = classic.ClassicReader(memory, layout, spans) if layout.map_kind == "classic" else None
        self._swiss = swiss.SwissReader(memory, layout, spans) if layout.map_kind == "swiss" else None

    def scan(self, chosen: NDArray[np.int64], unit_size: int, sink: Sink | None = None) -> None:
        """Count the maps numbered ``chosen``, whose buckets or groups are ``unit_size`` bytes.

        Maps already counted are read again only when a ``sink`` wants their units.
        """
        for first in range(0, len(chosen), MAPS_AT_ONCE):
            part = chosen[first : first + MAPS_AT_ONCE]
            if sink is None:
                part = part[~self.done[part]]
            if len(part):
                self._scan_batch(part, unit_size, sink)

    def _scan_batch(self, part: NDArray[np.int64], unit_size: int, sink: Sink | None) -> None:
        found = self.occupancy(self.headers.take(part), unit_size, part, sink)
        self.full_slots[part] = found.full_slots
        self.slots[part] = found.slots
        self.tombstones[part] = found.tombstones
        self.bytes[part] = found.bytes
        for name, column in self.detail.items():
            column[part] = found.detail[name]
        for row, what in found.fault.items():
            self.faults[int(part[row])] = what
        self.done[part] = True

    def occupancy(
        self, headers: Headers, unit_size: int, numbers: NDArray[np.int64] | None = None, sink: Sink | None = None
    ) -> Occupancy:
        """Count a batch of headers without keeping the result; ``numbers`` are handed to the ``sink``."""
        if isinstance(headers, swiss.SwissHeaders):
            assert self._swiss is not None
            found, tables = self._swiss.measure(headers)
            units = self._swiss.units(headers, tables, unit_size, found)
        else:
            assert self._classic is not None
            found = self._classic.measure(headers)
            units = self._classic.units(headers, unit_size, found)
        for some in units:
            found.add(some)
            if sink is not None and numbers is not None:
                sink(numbers, some)
        return found

    def forget(self, chosen: NDArray[np.int64]) -> None:
        """These maps count as not counted: they were taken for a type that they are not of."""
        self.done[chosen] = False
        for number in chosen.tolist():
            self.faults.pop(number, None)

    def disagreeing(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the counted maps whose full slots are not what the header counts, or that have a fault."""
        wrong: NDArray[np.bool_] = self.full_slots[chosen] != self.headers.entries[chosen]
        faulty = np.fromiter((int(n) in self.faults for n in chosen), np.bool_, len(chosen)) if self.faults else wrong
        found: NDArray[np.int64] = chosen[wrong | faulty]
        return found


def header_detail(headers: Headers) -> dict[str, I64]:
    """The detail columns that stand in the headers themselves."""
    if isinstance(headers, swiss.SwissHeaders):
        return {
            "dir_len": headers.dir_len,
            "global_depth": headers.global_depth.astype(np.int64),
            "small": (headers.dir_len == 0).astype(np.int64),
        }
    buckets = np.where(headers.buckets != 0, np.int64(1) << np.minimum(headers.B, 40), 0)
    return {
        "B": headers.B.astype(np.int64),
        "buckets": buckets,
        "noverflow": headers.noverflow.astype(np.int64),
        "nevacuate": headers.nevacuate,
    }
