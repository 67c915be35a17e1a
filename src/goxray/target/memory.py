"""The only way bytes of a target are read: single reads, streams, and gathers of millions of addresses.

A subclass gives three primitives (:meth:`Memory._fill`, :meth:`Memory._copy`, :meth:`Memory.regions`); sorting,
coalescing into windows (:mod:`goxray.target.coalesce`) and turning holes into ``ok`` flags are shared, so that a
process and a core behave alike to the byte.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from goxray.core.errors import MemoryFault
from goxray.target import coalesce
from goxray.target.coalesce import ADDRESS_LIMIT, Bytes, Cluster, Flags, Hole, Ints, Plan, Words

_STRING_STEP = 64


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
            size = min(limit - len(found), _STRING_STEP - here % _STRING_STEP)
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
        clusters = coalesce.clusters(tuple(offsets))
        if 0 < count < coalesce.TINY and len(clusters) == 1:
            table = self._tiny(addrs, clusters[0].shift, clusters[0].span, aligned=True)
            if table is not None:
                return table.view(np.uint64).take(clusters[0].steps_in_order, axis=1), np.ones(count, np.bool_)
        words = np.zeros((count, len(offsets)), np.uint64)
        if not count or not len(offsets):
            return words, np.ones(count, np.bool_)
        if not clusters:
            return words, np.zeros(count, np.bool_)
        ok = np.ones(count, np.bool_)
        order = coalesce.order(addrs)
        for cluster in clusters:
            self._gather_cluster(addrs, order, cluster, words, ok)
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
        if size and 0 < addrs.size < coalesce.TINY:
            table = self._tiny(addrs, np.uint64(0), size, aligned=False)
            if table is not None:
                return table.copy(), np.ones(addrs.size, np.bool_)
        records = np.zeros((addrs.size, size), np.uint8)
        ok = np.ones(addrs.size, np.bool_)
        if not addrs.size or not size:
            return records, ok
        flat = records.view(np.dtype((np.void, size))).reshape(-1)
        order = coalesce.order(addrs)
        for rows, base in coalesce.blocks(addrs, order, np.uint64(0), align=False, span=size, ok=ok):
            for part, at, buffer, holes in self._windows(base, size):
                target = coalesce.part_of(rows, part)
                items = np.ndarray((buffer.size - size + 1,), flat.dtype, buffer=buffer.data, strides=(1,))
                flat[target] = items[at]
                if holes:
                    ok[target] = ~coalesce.touched(at, size, holes)
        if not ok.all():
            records[~ok] = 0
        return records, ok

    def read_runs(self, starts: Words, sizes: Ints, out: Bytes) -> list[Hole]:
        """Copy ranges of any sizes one behind the other into ``out`` (uint8, at least ``sizes.sum()`` bytes).

        Returns:
            the byte ranges of ``out`` that could not be read, ascending; they are zeroed.
        """
        holes: list[Hole] = []
        done = 0
        for first in range(0, starts.size, coalesce.MAX_RUNS):
            part = slice(first, first + coalesce.MAX_RUNS)
            total = int(sizes[part].sum())
            found = self._fill(starts[part], sizes[part], out[done : done + total])
            holes += [(low + done, high + done) for low, high in found]
            done += total
        return holes

    # ---- how gather works

    def _tiny(self, addrs: Words, shift: np.uint64, span: int, *, aligned: bool) -> Bytes | None:
        """A few records of ``span`` bytes by one call (uint8[N, span], overwritten later); None if one is not plain."""
        count = addrs.size
        base = addrs + shift
        highest = max(int(base.max()), int(addrs.max()))
        if span * count > coalesce.WINDOW or highest >= ADDRESS_LIMIT - span:
            return None
        if aligned and int(np.bitwise_or.reduce(base)) & 7:
            return None
        buffer = self._buffer(span * count)
        if self._fill(base, np.full(count, span, np.int64), buffer):
            return None
        return buffer[: span * count].reshape(count, span)

    def _gather_cluster(self, addrs: Words, order: Ints | None, cluster: Cluster, words: Words, ok: Flags) -> None:
        span = cluster.span
        for rows, base in coalesce.blocks(addrs, order, cluster.shift, align=True, span=span, ok=ok):
            for part, at, buffer, holes in self._windows(base, span):
                target = coalesce.part_of(rows, part)
                view = buffer.view(np.uint64)
                index = at >> 3
                for column, step in cluster.steps:
                    words[target, column] = view[step:].take(index) if step else view.take(index)
                    if holes:
                        ok[target] &= ~coalesce.touched(at + 8 * step, 8, holes)

    def _windows(self, base: Words, span: int) -> Iterator[tuple[slice, Ints, Bytes, list[Hole]]]:
        """Read sorted records window by window: (which records, their positions in the buffer, buffer, holes)."""
        plan = coalesce.plan(base, span)
        run = 0
        usable: Flags | None = None
        while run < plan.sizes.size:
            done = int(plan.ends[run - 1]) if run else 0
            last = int(np.searchsorted(plan.ends, done + coalesce.WINDOW, "right"))
            last = max(run + 1, min(last, run + coalesce.MAX_RUNS))
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

    def _inside(self, plan: Plan) -> Flags:
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
            self._window = np.empty(max(-(-size // 8) * 8, coalesce.WINDOW), np.uint8)
        return self._window
