"""Which pages of a few ranges are in RAM, asked again and again: /proc/PID/pagemap read at their places only."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import ProcessGone
from goxray.target.permission import refused

U64 = NDArray[np.uint64]

_PRESENT = np.uint64(1 << 63)  # Documentation/admin-guide/mm/pagemap.rst
_FILE = np.uint64(1 << 61)
_EXCLUSIVE = np.uint64(1 << 56)
_ENTRY = 8
_GAP = 512
"""So many pages between two ranges are read along: a call costs as much."""


class PageMap:
    """The pages of one process; close it.

    Raises:
        ProcessGone: the process has ended.
        PermissionRefused: it belongs to someone else.
    """

    def __init__(self, pid: int) -> None:
        self._page = os.sysconf("SC_PAGE_SIZE")
        try:
            self._file = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, ProcessLookupError):
            raise ProcessGone(f"process {pid} has ended") from None
        except PermissionError:
            raise refused(pid, "read the pages of") from None

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def resident(self, pages: U64, size: int) -> NDArray[np.int64]:
        """Return the bytes in RAM (int64[N]) of pieces of ``size`` bytes at ``pages`` (uint64, sorted, whole pages).

        The page of zeros that stands for memory which has only been read counts as absent, as it does in Rss; so does a
        page that a forked child shares, which cannot be told from it.
        """
        found = np.zeros(len(pages), np.int64)
        each = size // self._page
        first = (pages // np.uint64(self._page)).astype(np.int64)
        cuts = np.flatnonzero(np.diff(first) > _GAP + each) + 1
        edges = [0, *cuts.tolist(), len(pages)]
        for low, high in zip(edges, edges[1:], strict=False):
            if low < high:
                found[low:high] = self._run(first[low:high], each)
        return found

    def _run(self, first: NDArray[np.int64], each: int) -> NDArray[np.int64]:
        """Bytes in RAM of pieces of ``each`` pages that lie close together."""
        count = int(first[-1] - first[0]) + each
        try:
            raw = os.pread(self._file, count * _ENTRY, int(first[0]) * _ENTRY)
        except OSError:
            return np.zeros(len(first), np.int64)
        entries = np.zeros(count, np.uint64)
        got = np.frombuffer(raw[: len(raw) // _ENTRY * _ENTRY], np.uint64)
        entries[: len(got)] = got
        there = ((entries & _PRESENT) != 0) & ((entries & (_FILE | _EXCLUSIVE)) != 0)
        below = np.concatenate(([0], np.cumsum(there)))
        at = first - first[0]
        bytes_in: NDArray[np.int64] = ((below[at + each] - below[at]) * self._page).astype(np.int64)
        return bytes_in


def resident_bytes(pid: int) -> int:
    """Return what of a process is in RAM now (statm's resident pages; file pages and shared memory included).

    Raises:
        ProcessGone: the process has ended.
    """
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError, IndexError):
        raise ProcessGone(f"process {pid} has ended") from None
