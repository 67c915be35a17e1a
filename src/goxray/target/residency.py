"""Which memory of a process is in RAM: its mappings with their Rss (/proc/PID/smaps), page by page (/proc/PID/pagemap).

The kernel's two views are read one behind the other, raw, so that a frozen target stands still no longer than the
reading takes; everything else is arithmetic on arrays. Only mappings with resident pages are looked at page by page:
reserved address space costs nothing. Linux 6.7 and later list the pages that there are (PAGEMAP_SCAN), earlier ones say
of every page whether it is there.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import ProcessGone
from goxray.target.permission import refused

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_PRESENT = 0x80  # bits 56 to 63 of a pagemap entry: Documentation/admin-guide/mm/pagemap.rst
_FILE = 0x20
_EXCLUSIVE = 0x01
_ENTRY = 8
_CHUNK = 1 << 17  # entries read at once: 1 MiB
_LEAST_DENSITY = 1 << 14  # a mapping with one resident page in more pages than this, and ...
_MAX_SPARSE = 1 << 26  # ... more pages than this (256 GiB) is not searched for them
_SCAN = 0xC0606610  # PAGEMAP_SCAN of linux/fs.h: _IOWR('f', 16, struct pm_scan_arg)
_SCAN_PRESENT, _SCAN_ZERO = 1 << 3, 1 << 5  # PAGE_IS_PRESENT, PAGE_IS_PFNZERO
_REGIONS = 1 << 15  # page_region structs filled by one call: 768 KiB
_HEADER = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)$|^(Rss|Pss|Swap): +(\d+) kB$", re.MULTILINE
)


@dataclass(frozen=True)
class Mapping:
    """One mapping ``[start, end)``; ``perms`` and ``name`` as in /proc/PID/maps; ``rss``, ``pss``, ``swap``: bytes."""

    start: int
    end: int
    perms: str
    offset: int
    name: str
    rss: int
    pss: int
    swap: int


@dataclass
class Residency:
    """What of a process is in RAM, as it was read.

    ``mappings`` ascend by address. By the number of the mapping, ``scanned`` (uint64[N, 2]) holds its resident ranges,
    or ``flags`` (uint8 a page) bits 56 to 63 of the pagemap entries of its first pages; pages behind are not present.
    A mapping in neither has no resident page, or none that can be told apart. ``page_size`` is in bytes.
    """

    mappings: list[Mapping]
    flags: dict[int, U8]
    page_size: int
    scanned: dict[int, U64] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def rss(self) -> int:
        """Resident bytes in all: the sum of Rss over smaps."""
        return sum(mapping.rss for mapping in self.mappings)

    @property
    def exact(self) -> bool:
        """Whether every resident byte's address is known."""
        return not self._placed[2] and not self._placed[3]

    def explained(self) -> list[str]:
        """Return ``notes`` and sentences on what could not be placed exactly."""
        _, _, spread, shared = self._placed
        notes = list(self.notes)
        if spread:
            notes.append(
                f"for {spread} bytes in RAM only the mapping is known: they are spread evenly over its address space"
            )
        if shared:
            notes.append(
                f"the kernel's lists of pages leave open where {shared} bytes in RAM lie: they are placed at the "
                "lowest addresses of their mappings"
            )
        return notes

    def resident_bytes(self, starts: U64, ends: U64) -> I64:
        """Return the bytes in RAM of each range ``[starts, ends)`` (int64).

        Ranges that partition a mapping give exactly its Rss together, whatever is known of its pages.
        """
        return self._below(ends) - self._below(starts)

    def _below(self, addrs: U64) -> I64:
        """Resident bytes below each address: a line through the knots, in whole bytes."""
        at, total, _, _ = self._placed
        if not len(at):
            return np.zeros(len(addrs), np.int64)
        addrs = np.asarray(addrs, np.uint64)
        knot = np.maximum(np.searchsorted(at, addrs, "right") - 1, 0)
        following = np.minimum(knot + 1, len(at) - 1)
        beyond = np.where(addrs > at[knot], addrs - at[knot], 0).astype(np.int64)
        rise = total[following] - total[knot]
        width = np.maximum((at[following] - at[knot]).astype(np.int64), 1)
        sloped = np.floor(beyond * (rise / width)).astype(np.int64)
        inside = np.where(rise == width, np.minimum(beyond, rise), np.where(rise == 0, 0, np.minimum(sloped, rise)))
        below: I64 = total[knot] + inside
        return below

    @cached_property
    def _placed(self) -> tuple[U64, I64, int, int]:
        """(knots' addresses, resident bytes below them, bytes of unknown place, bytes of doubtful place)."""
        at: list[U64] = []
        total: list[I64] = []
        done = spread = doubtful = 0
        for number, mapping in enumerate(self.mappings):
            if not mapping.rss:
                continue
            runs = self._runs(number, mapping)
            if runs is None:
                spread += mapping.rss
                starts, ends = np.array([mapping.start], np.uint64), np.array([mapping.end], np.uint64)
                rises = np.array([mapping.rss], np.int64)
            else:
                starts, ends, doubt = runs
                doubtful += doubt
                rises = (ends - starts).astype(np.int64)
            highs = done + np.cumsum(rises)
            at.append(np.column_stack((starts, ends)).reshape(-1))
            total.append(np.column_stack((highs - rises, highs)).reshape(-1))
            done += mapping.rss
        if not at:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64), 0, 0
        return np.concatenate(at), np.concatenate(total), spread, doubtful

    def _runs(self, number: int, mapping: Mapping) -> tuple[U64, U64, int] | None:
        """The resident ranges of a mapping, and how many of their bytes are a guess; None where nothing says.

        Where the kernel's two views differ, as they may when it takes pages away between them, Rss has the last word.
        """
        scanned, flags = self.scanned.get(number), self.flags.get(number)
        doubt = 0
        if scanned is not None:
            starts, ends = scanned[:, 0], scanned[:, 1]
        elif flags is not None:
            starts, ends, doubt = self._runs_of_flags(flags, mapping)
        else:
            return None
        missing = mapping.rss - int((ends - starts).sum())
        if missing > 0:
            gaps = np.append(np.uint64(mapping.start), ends), np.append(starts, np.uint64(mapping.end))
            more = _first_bytes(*gaps, missing)
            starts, ends = np.concatenate((starts, more[0])), np.concatenate((ends, more[1]))
            order = np.argsort(starts, kind="stable")
            starts, ends = starts[order], ends[order]
        elif missing < 0:
            starts, ends = _first_bytes(starts, ends, mapping.rss)
        return starts, ends, doubt + abs(missing)

    def _runs_of_flags(self, flags: U8, mapping: Mapping) -> tuple[U64, U64, int]:
        """The resident ranges, and how many of their bytes are a guess.

        Rss leaves the page of zeros out that stands for memory which has only been read, but pagemap has it as
        present, and it looks like a page shared with a forked process (fs/proc/task_mmu.c: smaps_pte_entry,
        pte_to_pagemap_entry). Where both kinds occur in one mapping the lowest ones are taken.
        """
        present = (flags & _PRESENT) != 0
        sure = present & ((flags & (_FILE | _EXCLUSIVE)) != 0)
        unsure = np.flatnonzero(present & ~sure)
        wanted = min(max(mapping.rss // self.page_size - int(sure.sum()), 0), len(unsure))
        sure[unsure[:wanted]] = True
        edges = np.flatnonzero(np.diff(sure.view(np.int8), prepend=0, append=0))
        places = np.uint64(mapping.start) + edges.astype(np.uint64) * np.uint64(self.page_size)
        return places[::2], places[1::2], wanted * self.page_size if 0 < wanted < len(unsure) else 0


def _first_bytes(starts: U64, ends: U64, count: int) -> tuple[U64, U64]:
    """The first ``count`` bytes of ascending ranges."""
    sizes = (ends - starts).astype(np.int64)
    before = np.cumsum(sizes) - sizes
    kept = np.clip(count - before, 0, sizes)
    chosen = kept > 0
    return starts[chosen], starts[chosen] + kept[chosen].astype(np.uint64)


def take_residency(pid: int) -> Residency:
    """Read what of process ``pid`` is in RAM now: call it while the process is frozen.

    Raises:
        ProcessGone: the process has ended.
        PermissionRefused: its mappings may not be read.
    """
    try:
        raw = Path(f"/proc/{pid}/smaps").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessGone(f"process {pid} ended while it was being read") from None
    except PermissionError:
        raise refused(pid, "read the mappings of") from None
    page_size = os.sysconf("SC_PAGE_SIZE")
    mappings = parse_smaps(raw)
    found = Residency(mappings, {}, page_size)
    try:
        pagemap = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError) as error:
        found.notes.append(f"/proc/{pid}/pagemap cannot be read ({error.strerror})")
        return found
    try:
        _read_pagemap(pagemap, found)
    finally:
        os.close(pagemap)
    return found


def parse_smaps(raw: bytes) -> list[Mapping]:
    """Return the mappings of a file in the form of /proc/PID/smaps, ascending."""
    heads: list[tuple[int, int, str, int, str]] = []
    sizes: list[dict[bytes, int]] = []
    for start, end, perms, offset, name, key, value in _HEADER.findall(raw):
        if not key:
            heads.append((int(start, 16), int(end, 16), perms.decode(), int(offset, 16), os.fsdecode(name)))
            sizes.append({})
        elif sizes:
            sizes[-1][key] = int(value) << 10
    found = [
        Mapping(*head, of.get(b"Rss", 0), of.get(b"Pss", 0), of.get(b"Swap", 0))
        for head, of in zip(heads, sizes, strict=True)
    ]
    return sorted(found, key=lambda mapping: mapping.start)


def _read_pagemap(pagemap: int, found: Residency) -> None:
    """Look at the pages of every mapping that has resident ones."""
    scans = True
    buffer = np.empty(_CHUNK * _ENTRY, np.uint8)
    for number, mapping in enumerate(found.mappings):
        if not mapping.rss:
            continue
        ranges = _scan(pagemap, mapping) if scans else None
        if ranges is not None:
            found.scanned[number] = ranges
            continue
        scans = False
        pages = _read_pages(pagemap, mapping, found.page_size, buffer)
        if pages is not None:
            found.flags[number] = pages


class _ScanArg(ctypes.Structure):
    """struct pm_scan_arg of linux/fs.h."""

    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in (
            "size", "flags", "start", "end", "walk_end", "vec", "vec_len", "max_pages", "category_inverted",
            "category_mask", "category_anyof_mask", "return_mask",
        )
    )  # fmt: skip


def _scan(pagemap: int, mapping: Mapping) -> U64 | None:
    """The resident ranges of a mapping without the page of zeros (uint64[N, 2]); None where the kernel cannot tell."""
    vector = np.empty((_REGIONS, 3), np.uint64)
    parts: list[U64] = []
    at = mapping.start
    while at < mapping.end:
        wanted = _SCAN_PRESENT | _SCAN_ZERO
        arg = _ScanArg(
            ctypes.sizeof(_ScanArg), 0, at, mapping.end, 0, vector.ctypes.data, _REGIONS, 0, _SCAN_ZERO, wanted, 0,
            _SCAN_PRESENT,
        )  # fmt: skip
        try:
            count = fcntl.ioctl(pagemap, _SCAN, arg, True)
        except OSError as error:
            if error.errno == errno.EINTR:
                continue
            return None
        parts.append(vector[:count, :2].copy())
        if arg.walk_end <= at:
            return None
        at = arg.walk_end
    found = np.concatenate(parts) if parts else np.zeros((0, 2), np.uint64)
    found = found[np.argsort(found[:, 0], kind="stable")]
    # A call that finds many ranges may leave walk_end before its last ones, which the next call then lists again
    # (do_pagemap_scan sets it only where its own buffer of 512 was full): seen with Linux 6.18.
    if len(found) > 1:
        found[1:, 0] = np.maximum(found[1:, 0], np.maximum.accumulate(found[:, 1])[:-1])
    return found[found[:, 0] < found[:, 1]]


def _read_pages(pagemap: int, mapping: Mapping, page_size: int, buffer: U8) -> U8 | None:
    """The flags of a mapping's pages up to its last resident one; None where they cannot be read."""
    pages, resident = (mapping.end - mapping.start) // page_size, mapping.rss // page_size
    if pages > _MAX_SPARSE and pages > _LEAST_DENSITY * resident:
        return None
    parts: list[U8] = []
    first, done, seen = mapping.start // page_size, 0, 0
    while done < pages and seen < resident:
        want = min(_CHUNK, pages - done)
        try:
            got = os.preadv(pagemap, [buffer[: want * _ENTRY].data], (first + done) * _ENTRY) // _ENTRY
        except (OSError, OverflowError):  # some special mappings lie beyond what a file offset can say
            return None
        if got <= 0:
            return None
        part = buffer[_ENTRY - 1 : got * _ENTRY : _ENTRY].copy()
        parts.append(part)
        seen += int(((part & _PRESENT) != 0).sum() - ((part & (_PRESENT | _FILE | _EXCLUSIVE)) == _PRESENT).sum())
        done += got
    return np.concatenate(parts) if parts else np.zeros(0, np.uint8)
