"""What the lists of spans need: blocks of 512 entries and spines that point to them, counted.

Each span class has four lists: full and partly filled spans, swept and not yet swept. A collection swaps the swept with
the unswept ones. Blocks go through a pool and never back to the system.

Source: runtime/mspanset.go (spanSet.push, pop, reset), runtime/mcentral.go, runtime/mgcsweep.go (finishsweep_m).
"""

from __future__ import annotations

ENTRIES = 512
"""Spans of a block (spanSetBlockEntries)."""
SPINE_BYTES = 256 * 8
"""Bytes of a list's first spine (spanSetInitSpineCap pointers); it doubles when it is full."""

_FULL, _PARTIAL = 0, 1


class SpanSets:
    """The lists of all span classes; only how long they are matters here."""

    def __init__(self, classes: int) -> None:
        self._pushed = [[0] * classes, [0] * classes]
        self._popped = [0] * classes
        self._spines: dict[tuple[int, int, int], int] = {}
        self._parity = 0
        self._tails = 0
        """Blocks of unswept lists that are empty but not full of popped spans: they stay until the next collection."""
        self._most = 0
        self._in_use = 0
        self._left = [0] * classes
        self._unswept = self._pushed
        self._spine_bytes = 0

    def push_full(self, number: int, count: int = 1) -> None:
        """Full spans go to the end of their list."""
        self._pushed[_FULL][number] += count

    def push_partial(self, number: int) -> None:
        """A partly filled span goes to the end of its list."""
        self._pushed[_PARTIAL][number] += 1

    def pop_partial(self, number: int) -> None:
        """The first partly filled span leaves its list."""
        self._popped[number] += 1

    def _blocks(self, number: int) -> int:
        full, partial = self._pushed[_FULL][number], self._pushed[_PARTIAL][number]
        return -(-full // ENTRIES) - (-partial // ENTRIES) - self._popped[number] // ENTRIES

    @property
    def blocks(self) -> int:
        """Blocks taken so far: as many as were ever in use at once."""
        self._look(self._tails + sum(self._blocks(number) for number in range(len(self._popped))))
        return self._most

    @property
    def spine_bytes(self) -> int:
        """Bytes of spines taken so far."""
        _ = self.blocks
        return self._spine_bytes

    def _look(self, in_use: int) -> None:
        self._most = max(self._most, in_use)
        for kind in (_FULL, _PARTIAL):
            for number, pushed in enumerate(self._pushed[kind]):
                if pushed:
                    self._reach(number, kind, -(-pushed // ENTRIES))

    def _reach(self, number: int, kind: int, blocks: int) -> None:
        """Make the spine of a list long enough; outgrown spines are never used again."""
        key = number, kind, self._parity
        room = self._spines.get(key, 0)
        while room < blocks:
            room = room * 2 or SPINE_BYTES // 8
            self._spine_bytes += room * 8
        self._spines[key] = room

    def begin_sweep(self) -> None:
        """A collection begins to sweep: what the one before has emptied is reset, swept lists are unswept now."""
        _ = self.blocks
        self._tails = 0
        self._left = [self._blocks(number) for number in range(len(self._popped))]
        self._unswept = self._pushed
        self._pushed = [[0] * len(self._popped), [0] * len(self._popped)]
        self._popped = [0] * len(self._popped)
        self._in_use = sum(self._left)
        self._parity ^= 1

    def swept(self, number: int, full: int, partial: int) -> None:
        """All spans of a class are swept; ``full`` and ``partial`` of them live on in its lists."""
        pushed = self._unswept
        self._pushed[_FULL][number], self._pushed[_PARTIAL][number] = full, partial
        tails = sum(1 for kind in (_FULL, _PARTIAL) if pushed[kind][number] % ENTRIES)
        self._tails += tails
        self._in_use += self._blocks(number) + tails - self._left[number]
        self._look(self._in_use)
