"""Which memory of a process is in RAM: its mappings with their Rss (/proc/PID/smaps), page by page (/proc/PID/pagemap).

The kernel's two views are read one behind the other, raw, so that a frozen target stands still no longer than the
reading takes; everything else is arithmetic on arrays. Reserved address space costs nothing: only mappings with
resident pages are looked at page by page, and only until all their pages have been found.
"""

from __future__ import annotations

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

    ``mappings`` ascend by address. ``flags`` (uint8 a page) holds, by the number of the mapping, bits 56 to 63 of the
    pagemap entries of its first pages; pages behind are not present. A mapping that is not in it has either no
    resident page or none that can be told apart. ``page_size`` is in bytes.
    """

    mappings: list[Mapping]
    flags: dict[int, U8]
    page_size: int
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
                f"which of some pages shared with another process are counted in Rss is not known: {shared} bytes of "
                "it are placed at the lowest addresses"
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

        Rss leaves the page of zeros out that stands for memory which has only been read, but pagemap has it as
        present, and it looks like a page shared with a forked process (fs/proc/task_mmu.c: smaps_pte_entry,
        pte_to_pagemap_entry). Where both kinds occur in one mapping the lowest ones are taken.
        """
        flags = self.flags.get(number)
        if flags is None:
            return None
        present = (flags & _PRESENT) != 0
        sure = present & ((flags & (_FILE | _EXCLUSIVE)) != 0)
        wanted = mapping.rss // self.page_size - int(sure.sum())
        doubt = 0
        if wanted:
            unsure = np.flatnonzero(present & ~sure)
            if not 0 <= wanted <= len(unsure):
                return None
            sure[unsure[:wanted]] = True
            doubt = 0 if wanted == len(unsure) else wanted * self.page_size
        edges = np.flatnonzero(np.diff(sure.view(np.int8), prepend=0, append=0))
        places = np.uint64(mapping.start) + edges.astype(np.uint64) * np.uint64(self.page_size)
        return places[::2], places[1::2], doubt


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
    notes: list[str] = []
    return Residency(mappings, _read_flags(pid, mappings, page_size, notes), page_size, notes)


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


def _read_flags(pid: int, mappings: list[Mapping], page_size: int, notes: list[str]) -> dict[int, U8]:
    flags: dict[int, U8] = {}
    try:
        pagemap = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError) as error:
        notes.append(f"/proc/{pid}/pagemap cannot be read ({error.strerror}): what is in RAM is known by mapping only")
        return flags
    buffer = np.empty(_CHUNK * _ENTRY, np.uint8)
    try:
        for number, mapping in enumerate(mappings):
            if mapping.rss:
                found = _read_pages(pagemap, mapping, page_size, buffer)
                if found is not None:
                    flags[number] = found
    finally:
        os.close(pagemap)
    return flags


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
