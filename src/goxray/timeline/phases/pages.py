"""What became of pages that blocks lay on: in a span, free, returned to the OS; and what of them is in RAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.pagebits import PageBits
from goxray.goruntime.ranges import Ranges
from goxray.target.pagemap import PageMap

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.timeline.phases.places import Places

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

TAKEN, KEPT, SCAVENGED = range(3)
_MASK = (1 << 64) - 1


class Pages:
    """Asks for the state of single pages of one process; close it."""

    def __init__(self, runtime: Runtime, pid: int) -> None:
        layout = runtime.layout
        self._bits = PageBits(runtime)
        self._map = PageMap(pid)
        self.size = layout.page_size
        self._chunk = np.uint64(layout.const("pallocChunkBytes"))
        self._offset = np.uint64(layout.const("arenaBaseOffset") & _MASK)

    def close(self) -> None:
        """Close what reads residency."""
        self._map.close()

    def states(self, pages: U64) -> NDArray[np.uint8]:
        """Return TAKEN, KEPT or SCAVENGED of each page (uint64, sorted).

        Raises:
            MemoryFault, CorruptMemory: the page allocator's bitmaps cannot be read.
        """
        chunks = np.unique((pages - self._offset) // self._chunk)
        start = chunks * self._chunk + self._offset
        kept, gone = self._bits.states(Ranges(start, start + self._chunk))
        found: NDArray[np.uint8] = np.where(
            gone.holding(pages), SCAVENGED, np.where(kept.holding(pages), KEPT, TAKEN)
        ).astype(np.uint8)
        return found

    def resident(self, pages: U64) -> I64:
        """Return the bytes in RAM of each page (uint64, sorted)."""
        return self._map.resident(pages, self.size)


def pages_of(places: Places, size: int) -> tuple[U64, I64, I64]:
    """Return (the pages that blocks lie on, sorted; the block of each pair; the page of each pair, as index)."""
    low = places.base // np.uint64(size)
    high = (places.base + places.size.astype(np.uint64) - np.uint64(1)) // np.uint64(size)
    counts = (high - low).astype(np.int64) + 1
    block = np.repeat(np.arange(len(places)), counts)
    step = np.arange(len(block)) - np.repeat(np.cumsum(counts) - counts, counts)
    pages, index = np.unique((low[block] + step.astype(np.uint64)) * np.uint64(size), return_inverse=True)
    return pages, block, index.reshape(-1).astype(np.int64)
