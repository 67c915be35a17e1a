"""The only way bytes of a target are read: single reads, streams, and gathers of millions of addresses.

A subclass gives three primitives (:meth:`Memory._fill`, :meth:`Memory._unreadable`, :meth:`Memory.regions`); sorting,
coalescing into windows, and turning holes into ``ok`` flags are shared here, so that a process and a core
behave alike to the byte.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

WINDOW = 2 << 20  # bytes of one window: it stays in the processor's cache between the copy and the indexing
RUN_SHIFT = 19  # one coalesced run stays inside 512 KiB, so that windows can be cut between runs
MAX_RUNS = 1024  # runs per window: IOV_MAX of process_vm_readv(2)
GAP = 4096  # two addresses this close are read as one run: the page in between is cheaper than another run
BLOCK = 1 << 16  # addresses whose temporaries live at one time
SPLIT = 512  # fields further apart than this are gathered as separate clusters
TINY = 32  # below this, one call without sorting is fastest
ADDRESS_LIMIT = 1 << 63  # no user space lies above; keeps sums of addresses free of overflow
_READ_ONE = 64

Hole = tuple[int, int]


@dataclass(frozen=True)
class Region:
    """One mapping of the target: ``[start, end)``, whether it may be read, and the file behind it ("" if none).

    ``offset`` is the position in that file, ``perms`` as in /proc/PID/maps (``rw-p``).
    """

    start: int
    end: int
    readable: bool
    path: str
    offset: int = 0
    perms: str = ""


@dataclass(frozen=True)
class _Plan:
    """Sorted records cut into runs: run ``r`` holds records ``first[r]:first[r + 1]`` and reads ``sizes[r]`` bytes."""

    first: Ints
    starts: Words
    sizes: Ints
    ends: Ints  # running sum of sizes


class Memory(ABC):
    """Bytes of one target. Not for use by two threads at once (the windows' buffer is shared)."""

    def __init__(self) -> None:
        self.bytes_read = 0
        self._window: Bytes = np.empty(0, np.uint8)
        self._spare: list[Bytes] = []

    # ---- primitives of a subclass

    @abstractmethod
    def _fill(self, starts: Words, sizes: Ints, out: Bytes) -> list[Hole]:
        """Copy the runs one behind the other into ``out`` (uint8, at least ``sizes.sum()``).

        At most MAX_RUNS runs. Returns the byte ranges of ``out`` that could not be read, ascending and zeroed.
        """

    @abstractmethod
    def _copy(self, addr: int, out: Bytes) -> int:
        """Copy one range into ``out``; the number of bytes up to the first unreadable one."""

    @abstractmethod
    def regions(self) -> list[Region]:
        """The target's mappings now, ascending by address."""

    def close(self) -> None:
        """Release files and buffers."""
        self._window = np.empty(0, np.uint8)
        self._spare.clear()

    # ---- single reads

    def read_array(self, addr: int, size: int) -> Bytes:
        """``size`` bytes at ``addr`` as a fresh uint8 array.

        Raises:
            MemoryFault: where one byte of the range cannot be read.
        """
        if addr < 0 or size < 0 or addr + size > ADDRESS_LIMIT:
            raise MemoryFault(addr, size)
        out = np.empty(size, np.uint8)
        if size and self._copy(addr, out) != size:
            raise MemoryFault(addr, size)
        return out

    def read(self, addr: int, size: int) -> bytes:
        """``size`` bytes at ``addr``; raises MemoryFault like :meth:`read_array`."""
        return self.read_array(addr, size).tobytes()

    def read_u64(self, addr: int) -> int:
        """The little-endian 8-byte word at ``addr`` (any alignment); raises MemoryFault."""
        return int.from_bytes(self.read(addr, 8), "little")

    def read_u32(self, addr: int) -> int:
        """The little-endian 4-byte word at ``addr``; raises MemoryFault."""
        return int.from_bytes(self.read(addr, 4), "little")

    def read_u8(self, addr: int) -> int:
        """The byte at ``addr``; raises MemoryFault."""
        return self.read(addr, 1)[0]

    def read_words(self, addr: int, count: int) -> tuple[int, ...]:
        """``count`` little-endian 8-byte words from ``addr`` on; raises MemoryFault."""
        return struct.unpack(f"<{count}Q", self.read(addr, 8 * count))

    def read_cstring(self, addr: int, limit: int = 4096) -> str:
        """The NUL-terminated string at ``addr``, cut after ``limit`` bytes; bytes that are no UTF-8 are replaced.

        Raises:
            MemoryFault: where the string runs into unreadable memory.
        """
        found = bytearray()
        while len(found) < limit:
            here = addr + len(found)
            size = min(limit - len(found), _READ_ONE - here % _READ_ONE)
            piece, nul, _ = self.read(here, size).partition(b"\0")
            found += piece
            if nul:
                break
        return found.decode("utf-8", "replace")

    # ---- bulk reads

    def stream(self, addr: int, size: int, chunk: int = 4 << 20) -> Iterator[tuple[int, Bytes]]:
        """``[addr, addr + size)`` in order, as (address, uint8 array) pieces of at most ``chunk`` bytes.

        The array is overwritten by the next step: copy what must stay.

        Raises:
            MemoryFault: at the first unreadable byte, after everything before it has been yielded.
        """
        if addr < 0 or size < 0 or addr + size > ADDRESS_LIMIT:
            raise MemoryFault(addr, size)
        want = min(chunk, size)
        buffer = self._spare.pop() if self._spare else np.empty(want, np.uint8)
        if buffer.size < want:
            buffer = np.empty(want, np.uint8)
        try:
            at, end = addr, addr + size
            while at < end:
                piece = buffer[: min(chunk, end - at)]
                got = self._copy(at, piece)
                if got:
                    yield at, piece[:got]
                at += got
                if got < piece.size:
                    raise MemoryFault(at, end - at)
        finally:
            if len(self._spare) < 2:
                self._spare.append(buffer)

    def gather(self, addrs: Words, offsets: Sequence[int]) -> tuple[Words, Flags]:
        """The 8-byte words at ``addrs[i] + offsets[j]``.

        Any order, duplicates welcome, millions of addresses: neighbours are read together in windows of
        bounded size, whatever N is.

        Returns:
            words: uint64[N, len(offsets)].
            ok: bool[N], False (and all words 0) where one word of the row is unreadable or not 8-byte aligned.
        """
        addrs = np.ascontiguousarray(addrs, np.uint64)
        count = addrs.size
        words = np.zeros((count, len(offsets)), np.uint64)
        if not count or not len(offsets):
            return words, np.ones(count, np.bool_)
        if len({offset & 7 for offset in offsets}) > 1:
            return words, np.zeros(count, np.bool_)
        clusters = _clusters(offsets)
        if count < TINY and len(clusters) == 1 and self._gather_tiny(addrs, offsets, words):
            return words, np.ones(count, np.bool_)
        ok = np.ones(count, np.bool_)
        order = _order(addrs)
        for columns in clusters:
            self._gather_cluster(addrs, order, columns, offsets, words, ok)
        if not ok.all():
            words[~ok] = 0
        return words, ok

    def read_many(self, addrs: Words, size: int) -> tuple[Bytes, Flags]:
        """Records of ``size`` bytes at each address (any order and alignment), read like :meth:`gather`.

        Returns:
            records: uint8[N, size].
            ok: bool[N], False (and the record zero) where one byte of it is unreadable.
        """
        addrs = np.ascontiguousarray(addrs, np.uint64)
        records = np.zeros((addrs.size, size), np.uint8)
        ok = np.ones(addrs.size, np.bool_)
        if not addrs.size or not size:
            return records, ok
        flat = records.view(np.dtype((np.void, size))).reshape(-1)
        order = _order(addrs)
        for rows, base in _blocks(addrs, order, 0, align=False, span=size, ok=ok):
            for part, at, buffer, holes in self._windows(base, size):
                target = _rows(rows, part)
                items = np.ndarray((buffer.size - size + 1,), flat.dtype, buffer=buffer.data, strides=(1,))
                flat[target] = items[at]
                if holes:
                    ok[target] = ~_touched(at, size, holes)
        if not ok.all():
            records[~ok] = 0
        return records, ok

    # ---- how gather works

    def _gather_tiny(self, addrs: Words, offsets: Sequence[int], words: Words) -> bool:
        """A few addresses by one call; False (nothing promised about ``words``) if one of them is not plain."""
        low = min(offsets)
        span = max(offsets) - low + 8
        base = addrs + np.uint64(low & (2**64 - 1))
        if int(base.max()) >= ADDRESS_LIMIT - span or int(np.bitwise_or.reduce(base)) & 7:
            return False
        need = span * base.size
        if need > WINDOW:
            return False
        buffer = self._buffer(need)
        if self._fill(base, np.full(base.size, span, np.int64), buffer):
            return False
        table = buffer[:need].view(np.uint64).reshape(base.size, span >> 3)
        words[:] = table[:, [(offset - low) >> 3 for offset in offsets]]
        return True

    def _gather_cluster(
        self, addrs: Words, order: Ints | None, columns: list[int], offsets: Sequence[int], words: Words, ok: Flags
    ) -> None:
        low = offsets[columns[0]]
        span = offsets[columns[-1]] - low + 8
        steps = [(column, (offsets[column] - low) >> 3) for column in columns]
        for rows, base in _blocks(addrs, order, low, align=True, span=span, ok=ok):
            for part, at, buffer, holes in self._windows(base, span):
                target = _rows(rows, part)
                view = buffer.view(np.uint64)
                index = at >> 3
                for column, step in steps:
                    words[target, column] = view[step:].take(index) if step else view.take(index)
                    if holes:
                        bad = _touched(at + 8 * step, 8, holes)
                        ok[target] &= ~bad

    def _windows(self, base: Words, span: int) -> Iterator[tuple[slice, Ints, Bytes, list[Hole]]]:
        """Read sorted records window by window: (which records, their positions in the buffer, buffer, holes)."""
        plan = _plan(base, span)
        run = 0
        usable: Flags | None = None
        while run < plan.sizes.size:
            done = int(plan.ends[run - 1]) if run else 0
            last = int(np.searchsorted(plan.ends, done + WINDOW, "right"))
            last = max(run + 1, min(last, run + MAX_RUNS))
            now = slice(run, last)
            if usable is None:
                begin = plan.ends[now] - plan.sizes[now] - done
                buffer = self._buffer(int(plan.ends[last - 1]) - done)
                holes = self._fill(plan.starts[now], plan.sizes[now], buffer)
                if holes:
                    usable = self._inside(plan)
            else:
                begin, buffer, holes = self._fill_usable(plan.starts[now], plan.sizes[now], usable[now])
            part = slice(int(plan.first[run]), int(plan.first[last]))
            shift = np.repeat(begin - plan.starts[now].view(np.int64), np.diff(plan.first[run : last + 1]))
            yield part, base[part].view(np.int64) + shift, buffer, holes
            run = last

    def _fill_usable(self, starts: Words, sizes: Ints, usable: Flags) -> tuple[Ints, Bytes, list[Hole]]:
        """Fill without asking for runs known to lie outside every mapping: each would cost a call of its own.

        Those runs all get the same place, a hole behind the others.
        """
        wanted = np.where(usable, sizes, 0)
        ends = np.cumsum(wanted)
        total = int(ends[-1])
        tail = int(sizes[~usable].max(initial=0))
        buffer = self._buffer(total + tail)
        holes = self._fill(starts[usable], sizes[usable], buffer) if total else []
        if tail:
            holes.append((total, total + tail))
        return np.where(usable, ends - wanted, total), buffer, holes

    def _inside(self, plan: _Plan) -> Flags:
        """Which runs touch at least one readable mapping."""
        readable = [region for region in self.regions() if region.readable]
        starts = np.array([region.start for region in readable], np.uint64)
        ends = np.array([region.end for region in readable], np.uint64)
        first = np.searchsorted(ends, plan.starts, "right")
        inside: Flags = np.zeros(plan.starts.size, np.bool_)
        known = first < starts.size
        inside[known] = starts[first[known]] < plan.starts[known] + plan.sizes[known].astype(np.uint64)
        return inside

    def _buffer(self, size: int) -> Bytes:
        if self._window.size < size:
            self._window = np.empty(max(-(-size // 8) * 8, WINDOW), np.uint8)
        return self._window


def _clusters(offsets: Sequence[int]) -> list[list[int]]:
    """Columns grouped so that inside a group no two neighbouring offsets lie further apart than SPLIT."""
    order = sorted(range(len(offsets)), key=offsets.__getitem__)
    groups = [[order[0]]]
    for column in order[1:]:
        if offsets[column] - offsets[groups[-1][-1]] > SPLIT:
            groups.append([])
        groups[-1].append(column)
    return groups


def _order(addrs: Words) -> Ints | None:
    """The permutation that sorts the addresses; None if they are sorted already."""
    if addrs.size < 2 or bool((addrs[1:] >= addrs[:-1]).all()):
        return None
    return np.argsort(addrs)


def _blocks(
    addrs: Words, order: Ints | None, low: int, *, align: bool, span: int, ok: Flags
) -> Iterator[tuple[slice | Ints, Words]]:
    """Sorted start addresses, BLOCK at a time, with the rows they belong to; impossible ones are marked and left out.

    ``low`` is added to every address; where that leaves the address space the row is marked too.
    """
    shift = np.uint64(low & (2**64 - 1))
    limit = np.uint64(ADDRESS_LIMIT - span)
    for first in range(0, addrs.size, BLOCK):
        last = min(first + BLOCK, addrs.size)
        rows: slice | Ints = slice(first, last) if order is None else order[first:last]
        given = addrs[rows]
        base = given + shift
        bad = (base >= limit) | (given >= limit)
        if align:
            bad |= (base & np.uint64(7)) != 0
        if bad.any():
            index = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
            ok[index[bad]] = False
            rows, base = index[~bad], base[~bad]
        if base.size:
            yield rows, base  # still ascending: what had wrapped round was marked and left out


def _rows(rows: slice | Ints, part: slice) -> slice | Ints:
    if isinstance(rows, slice):
        return slice(rows.start + part.start, rows.start + part.stop)
    return rows[part]


def _plan(base: Words, span: int) -> _Plan:
    """Cut ascending records of ``span`` bytes into runs to be read as one piece each."""
    cut = (base[1:] - base[:-1]) > np.uint64(span + GAP)
    pages = base >> np.uint64(RUN_SHIFT)
    cut |= pages[1:] != pages[:-1]
    first = np.empty(int(np.count_nonzero(cut)) + 2, np.int64)
    first[0] = 0
    first[-1] = base.size
    first[1:-1] = np.flatnonzero(cut) + 1
    starts = base[first[:-1]]
    sizes = (base[first[1:] - 1] - starts).astype(np.int64) + span
    return _Plan(first, starts, sizes, np.cumsum(sizes))


def _touched(at: Ints, size: int, holes: list[Hole]) -> Flags:
    """Which of the ranges ``[at, at + size)`` overlap a hole (holes ascending, disjoint)."""
    lows = np.array([low for low, _ in holes], np.int64)
    highs = np.array([high for _, high in holes], np.int64)
    first = np.searchsorted(highs, at, "right")
    inside = first < lows.size
    touched: Flags = np.zeros(at.size, np.bool_)
    touched[inside] = lows[first[inside]] < at[inside] + size
    return touched
