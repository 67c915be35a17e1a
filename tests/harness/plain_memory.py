"""A memory made of byte strings, and the plain-Python way to read words from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from goxray.target.coalesce import Hole
from goxray.target.memory import Memory, Region

PAGE = 4096


class PlainMemory(Memory):
    """Memory of a few regions of whole pages, read as process_vm_readv does: up to the first unreadable page.

    ``calls`` counts the fills, ``largest`` is the largest buffer one of them was asked to fill.
    """

    def __init__(self, contents: Mapping[int, bytes]) -> None:
        super().__init__()
        self.contents = dict(sorted(contents.items()))
        self.calls = 0
        self.largest = 0

    def byte(self, addr: int) -> int | None:
        """Return one byte, None where nothing is mapped."""
        for start, data in self.contents.items():
            if start <= addr < start + len(data):
                return data[addr - start]
        return None

    def _run(self, addr: int, size: int) -> bytes:
        """Return the readable start of a range."""
        found = b""
        while len(found) < size:
            here = addr + len(found)
            for start, data in self.contents.items():
                if start <= here < start + len(data):
                    found += data[here - start : here - start + size - len(found)]
                    break
            else:
                break
        return found

    def _copy(self, addr: int, out: NDArray[np.uint8]) -> int:
        found = self._run(addr, out.size)
        out[: len(found)] = np.frombuffer(found, np.uint8)
        self.bytes_read += len(found)
        return len(found)

    def _fill(self, starts: NDArray[np.uint64], sizes: NDArray[np.int64], out: NDArray[np.uint8]) -> list[Hole]:
        self.calls += 1
        self.largest = max(self.largest, int(sizes.sum()))
        holes: list[Hole] = []
        place = 0
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            done = 0
            while done < size:
                found = self._run(start + done, size - done)
                out[place + done : place + done + len(found)] = np.frombuffer(found, np.uint8)
                done += len(found)
                if done < size:
                    gap = min(PAGE - (start + done) % PAGE, size - done)
                    out[place + done : place + done + gap] = 0
                    holes.append((place + done, place + done + gap))
                    done += gap
            place += size
        return holes

    def regions(self) -> list[Region]:
        return [Region(start, start + len(data), True, "") for start, data in self.contents.items()]


def gather_plainly(
    memory: PlainMemory, addrs: Sequence[int], offsets: Sequence[int]
) -> tuple[list[list[int]], list[bool]]:
    """Read the words one byte at a time."""
    words, ok = [], []
    for addr in addrs:
        row: list[int] = []
        for offset in offsets:
            at = addr + offset
            bytes_there = [memory.byte(at + index) for index in range(8)]
            if at % 8 == 0 and None not in bytes_there:
                row.append(int.from_bytes(bytes(each or 0 for each in bytes_there), "little"))
        ok.append(len(row) == len(offsets))
        words.append(row if ok[-1] else [0] * len(offsets))
    return words, ok
