"""The bitmaps of spans: which slots are taken, which are marked. They are the runtime's own memory, beside the heap.

Source: runtime/mheap.go (newMarkBits, newAllocBits, nextMarkBitArenaEpoch, gcBitsArena).
"""

from __future__ import annotations

ARENA_BYTES = 64 << 10
"""Bytes of one arena of bitmaps (gcBitsChunkBytes)."""
_HEADER = 16
_WORD_BITS = 64


def bitmap_bytes(nelems: int) -> int:
    """Return the bytes of one bitmap for ``nelems`` slots: whole words."""
    return -(-nelems // _WORD_BITS) * 8


class MarkBits:
    """Arenas of bitmaps. Those of three collections are alive at a time; what is older is used again."""

    def __init__(self) -> None:
        self._next = 0
        self._held = [0, 0]
        self._free = 0
        self.arenas = 0
        """Arenas taken from the system so far."""

    def add(self, size: int) -> None:
        """Make room for bitmaps of ``size`` bytes in all."""
        before = self._count(self._next)
        self._next += size
        needed = self._count(self._next) - before
        reused = min(needed, self._free)
        self._free -= reused
        self.arenas += needed - reused

    def next_epoch(self) -> None:
        """A collection begins: the bitmaps of three collections ago are free."""
        self._free += self._held[0]
        self._held = [self._held[1], self._count(self._next)]
        self._next = 0

    @staticmethod
    def _count(size: int) -> int:
        return -(-size // (ARENA_BYTES - _HEADER))
