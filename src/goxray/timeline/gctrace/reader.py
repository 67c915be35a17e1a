"""A whole log: blocks to cycles, scavenges, pacer lines, and lines set aside, each with its process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from goxray.core import gctrace_result as g
from goxray.core.gctrace_result import PacerLine, Scavenge, SetAside
from goxray.timeline.gctrace import odd as slow
from goxray.timeline.gctrace.blocks import BLOCK, LOOK_AHEAD, Blocks
from goxray.timeline.gctrace.odd import Found, look
from goxray.timeline.gctrace.processes import Piece, assign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from goxray.timeline.gctrace.blocks import Block

    Ints = NDArray[np.int64]
    Marked = Iterable[tuple[int, int, int]]

SMALL = BLOCK
"""A log of fewer bytes is read without compiling: that would take longer than reading it."""

_ODD_ROOM = 1 << 14


@dataclass(frozen=True)
class Read:
    """What a log says; ``prefixes`` are, by key, the first line that has it and what stands before it."""

    rows: Ints
    scavenges: tuple[Scavenge, ...]
    pacer: tuple[PacerLine, ...]
    periodic: tuple[tuple[int, int], ...]
    set_aside: tuple[SetAside, ...]
    set_aside_total: int
    pieces: tuple[Piece, ...]
    prefixes: dict[int, tuple[int, bytes]]
    lines: int
    bytes: int
    notes: tuple[str, ...]


def read(
    stream: BinaryIO,
    *,
    compiled: bool | None = None,
    block: int = BLOCK,
    on_block: Callable[[], None] | None = None,
) -> Read:
    """Read a log to its end.

    Args:
        stream: the log, plain or gzip.
        compiled: whether to use the kernel; None: where the log is not small.
        block: bytes to read at a time.
        on_block: called after each block.
    """
    blocks = Blocks(stream, block)
    found = Found()
    arrays: list[Ints] = []
    lines = 0
    for piece in blocks:
        if on_block is not None:
            on_block()
        fast = len(piece.data) >= SMALL or bool(arrays) if compiled is None else compiled
        for number, text in piece.cut:
            if slow.MARK.search(text):
                found.set_aside(number, text[:200], slow.LONG)
        if fast:
            arrays.append(_fast(piece, found))
        else:
            _look_all(piece, _marked(piece), found)
        if piece.last:
            rest = bool(piece.data) and not piece.data.endswith(b"\n")
            lines = piece.first_line - 1 + piece.data.count(b"\n") + rest
    return _gather(found, arrays, lines, blocks, compiled)


def _marked(block: Block) -> Marked:
    """Yield number, start and end of each line in which something looks like a trace."""
    data, line, at = block.data, block.first_line, 0
    match = slow.MARK.search(data, 0, block.end)
    while match is not None:
        start = data.rfind(b"\n", 0, match.start()) + 1
        end = data.find(b"\n", match.end() - 1)
        end = len(data) if end < 0 else end
        line += data.count(b"\n", at, start)
        yield line, start, end
        at = start
        match = slow.MARK.search(data, end, block.end)


def _fast(block: Block, found: Found) -> Ints:
    """Read a block with the kernel, and what it only points at line by line."""
    from goxray.timeline.gctrace import kernel

    data, end = block.data, block.end
    buf = np.zeros(len(data) + kernel.PADDING, np.uint8)
    buf[: len(data)] = np.frombuffer(data, np.uint8)
    rows = np.empty((end // kernel.SHORTEST + 1, g.WIDTH), np.int64)
    odd = np.empty((_ODD_ROOM, 3), np.int64)
    state = np.array([0, block.first_line, 0, 0], np.int64)
    while state[0] < end:
        state[3] = 0
        kernel.scan(buf, end, rows, odd, state)
        _look_all(block, odd[: state[3]].tolist(), found)
    _learn_prefixes(block, rows[: state[2]], found)
    return rows[: state[2]].copy()


def _learn_prefixes(block: Block, rows: Ints, found: Found) -> None:
    """Keep what stands before the first line of each key that is new."""
    if not len(rows) or (0 in found.prefixes and not rows[:, g.KEY].any()):
        return
    keys, first = np.unique(rows[:, g.KEY], return_index=True)
    new = sorted((int(rows[i, g.LINE]), int(key)) for key, i in zip(keys, first, strict=True))
    at, line = 0, block.first_line
    for number, key in new:
        if key in found.prefixes or len(found.prefixes) > slow.MOST_ASIDE:
            continue
        while line < number:
            at = block.data.find(b"\n", at) + 1
            line += 1
        text = block.data[at : block.data.find(b"\n", at)]
        found.prefixes[key] = number, text[: text.rfind(b"gc ")]


def _look_all(block: Block, marked: Marked, found: Found) -> None:
    data = block.data
    for line, start, end in marked:
        look(found, line, data[start:end], _following(data, end, last=block.last), ended=end < len(data))


def _following(data: bytes, end: int, *, last: bool) -> Callable[[int], bytes | None]:
    """Return what gives the n-th line behind ``end``; a last line without its newline is one at the log's end alone."""

    def give(n: int) -> bytes | None:
        at = end
        for _ in range(n - 1):
            at = data.find(b"\n", at + 1)
            if at < 0:
                return None
        stop = data.find(b"\n", at + 1)
        if at >= len(data) - 1 or (stop < 0 and not last):
            return None
        return data[at + 1 : stop if stop >= 0 else len(data)]

    return give


def _gather(found: Found, arrays: list[Ints], lines: int, blocks: Blocks, compiled: bool | None) -> Read:
    """Put everything in the log's order and give it its process."""
    if found.rows:
        arrays.append(np.array(found.rows, np.int64).reshape(-1, g.WIDTH))
    several = bool(found.rows) and len(arrays) > 1
    rows = _joined(arrays)
    if several:
        rows = rows[np.argsort(rows[:, g.LINE], kind="stable")]
    rows = _without_unsure(_with_ends(rows, found), found)
    pieces, dropped = assign(rows, compiled)
    rows, pieces = _drop(rows, pieces, dropped, found)
    belongs = _Belongs(rows)
    return Read(
        rows=rows,
        scavenges=tuple(replace(one, process=belongs.to(one.line, *keys)) for one, keys in found.scavenges),
        pacer=tuple(replace(one, process=belongs.to(one.line, *keys)) for one, keys in found.pacer),
        periodic=tuple((line, belongs.to(line, *keys)) for line, keys in found.periodic),
        set_aside=tuple(sorted(found.aside, key=lambda one: one.line)),
        set_aside_total=found.aside_total,
        pieces=tuple(pieces),
        prefixes=found.prefixes,
        lines=lines,
        bytes=blocks.bytes,
        notes=tuple(blocks.notes),
    )


def _joined(arrays: list[Ints]) -> Ints:
    """Put arrays behind one another and let go of each: a long log's cycles are in memory once."""
    if len(arrays) == 1:
        return arrays.pop()
    rows = np.empty((sum(map(len, arrays)), g.WIDTH), np.int64)
    at = len(rows)
    while arrays:
        last = arrays.pop()
        rows[at - len(last) : at] = last
        at -= len(last)
    return rows


def _with_ends(rows: Ints, found: Found) -> Ints:
    """Give an end that stands alone to the last cycle before it; of cycles of several processes none is certain."""
    for line, key in found.ends:
        low, high = np.searchsorted(rows[:, g.LINE], (line - LOOK_AHEAD, line))
        near = np.arange(low, high)[(rows[low:high, g.FORCED] == 0) & (rows[low:high, g.KEY] == key)]
        if not len(near):
            continue
        in_a_row = (np.diff(rows[near, g.N]) == 1).all() and (np.diff(rows[near, g.T_MS]) >= 0).all()
        if in_a_row:
            rows[near[-1], g.FORCED] = 1
        else:
            found.unsure.append((int(rows[near[0], g.LINE]) - 1, line))
    return rows


def _without_unsure(rows: Ints, found: Found) -> Ints:
    """Set aside the cycles between the beginning and the end of a line that was cut: their pieces may be exchanged."""
    if not found.unsure:
        return rows
    from goxray.timeline.gctrace.shapes import format_gc

    doubted = np.zeros(len(rows), bool)
    for low, high in found.unsure:
        doubted |= (rows[:, g.LINE] > low) & (rows[:, g.LINE] < high)
    for row in rows[doubted].tolist():
        found.set_aside(row[g.LINE], format_gc(row).encode(), slow.MIXED)
    return rows[~doubted]


def _drop(rows: Ints, pieces: list[Piece], dropped: dict[int, str], found: Found) -> tuple[Ints, list[Piece]]:
    if not dropped:
        return rows, pieces
    from goxray.timeline.gctrace.shapes import format_gc

    for i, why in sorted(dropped.items()):
        found.set_aside(int(rows[i, g.LINE]), format_gc(rows[i].tolist()).encode(), why)
    keep = np.ones(len(rows), bool)
    keep[list(dropped)] = False
    moved = np.cumsum(keep) - 1
    for piece in pieces:
        piece.cycles = moved[piece.cycles]
    return rows[keep], pieces


class _Belongs:
    """Tells which process a line without a counter is of; -1 where that is not certain."""

    def __init__(self, rows: Ints) -> None:
        self._rows = rows
        self._count = int(rows[:, g.PROCESS].max()) if len(rows) else 0
        self._spans = {process: self._span(process) for process in range(1, self._count + 1)}

    def _span(self, process: int) -> tuple[int, int, int]:
        mine = np.flatnonzero(self._rows[:, g.PROCESS] == process)
        first, last = self._rows[mine[0]], self._rows[mine[-1]]
        return int(first[g.LINE]), int(last[g.LINE]), int(first[g.KEY])

    def to(self, line: int, key: int, _loose: int) -> int:
        """Return the one process that has this key and may have printed this line, or that all of the log is of."""
        if self._count <= 1:
            return self._count or -1
        keyed = [p for p, span in self._spans.items() if span[2] == key]
        running = [p for p in keyed if self._spans[p][0] <= line <= self._spans[p][1]]
        if len(running) == 1:
            return running[0]
        if running:
            return -1
        before = [p for p in keyed if self._spans[p][1] < line]
        after = [p for p in keyed if self._spans[p][0] > line]
        if before and not after:
            return max(before, key=lambda p: self._spans[p][1]) if len(before) == 1 or not self._overlap(before) else -1
        return after[0] if len(after) == 1 and not before else -1

    def _overlap(self, some: list[int]) -> bool:
        spans = sorted(self._spans[p][:2] for p in some)
        return any(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:], strict=False))
