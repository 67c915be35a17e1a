"""What is in RAM: smaps and pagemap as the kernel writes them, against plain loops and known pages."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goxray.core.errors import GoxrayError, ProcessGone
from goxray.target import residency
from goxray.target.residency import Mapping, Residency, parse_smaps, take_residency

PAGE = 4096
KERNEL_SCANS = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 7)
LOOKS = 10
AREA = 20_000
WRITTEN = range(0, AREA, 7)  # more ranges than the kernel lists at once
needs_scan = pytest.mark.skipif(not KERNEL_SCANS, reason="PAGEMAP_SCAN came with Linux 6.7")
PRESENT, FILE, EXCLUSIVE, SWAPPED = 0x80, 0x20, 0x01, 0x40
SMAPS = textwrap.dedent(
    """\
    00400000-00402000 r-xp 00001000 fe:00 17                         /opt/a program (deleted)
    Size:                  8 kB
    KernelPageSize:        4 kB
    Rss:                   8 kB
    Pss:                   5 kB
    Pss_Dirty:             1 kB
    Swap:                  0 kB
    SwapPss:               0 kB
    VmFlags: rd ex mr mw me
    c000000000-c000400000 rw-p 00000000 00:00 0
    Size:               4096 kB
    Rss:                1000 kB
    Pss:                1000 kB
    Swap:                 12 kB
    VmFlags: rd wr mr mw me ac
    7f0000000000-7f0000004000 rw-p 00000000 00:00 0                  [anon: Go: heap]
    Rss:                   4 kB
    ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]
    Rss:                   0 kB
    """
).encode()


def test_smaps_is_read_with_names_that_hold_spaces() -> None:
    program, heap, named, call = parse_smaps(SMAPS)
    assert program == Mapping(0x400000, 0x402000, "r-xp", 0x1000, "/opt/a program (deleted)", 8192, 5120, 0)
    assert heap == Mapping(0xC000000000, 0xC000400000, "rw-p", 0, "", 1000 << 10, 1000 << 10, 12 << 10)
    assert (named.name, named.rss) == ("[anon: Go: heap]", 4096)
    assert (call.start, call.end, call.name, call.rss) == (0xFFFFFFFFFF600000, 0xFFFFFFFFFF601000, "[vsyscall]", 0)


def of_pages(flags: list[int], rss_pages: int, start: int = 0x10000) -> Residency:
    """Make a process with one mapping whose pages have these flags."""
    whole = Mapping(start, start + len(flags) * PAGE, "rw-p", 0, "", rss_pages * PAGE, 0, 0)
    return Residency([whole], {0: np.array(flags, np.uint8)}, PAGE)


def resident(found: Residency, start: int, end: int) -> int:
    """Ask for one range."""
    return int(found.resident_bytes(np.array([start], np.uint64), np.array([end], np.uint64))[0])


def pages_of(found: Residency) -> list[int]:
    """Return the resident bytes of each page of the first mapping."""
    first = found.mappings[0]
    return [resident(found, at, at + PAGE) for at in range(first.start, first.end, PAGE)]


ANON, ZERO, ABSENT = PRESENT | EXCLUSIVE, PRESENT, 0


def test_the_page_of_zeros_is_not_counted() -> None:
    found = of_pages([ANON, ZERO, ABSENT, ANON, ZERO, SWAPPED], 2)
    assert pages_of(found) == [PAGE, 0, 0, PAGE, 0, 0]
    assert found.exact
    assert found.explained() == []


def test_pages_shared_with_a_fork_are_counted() -> None:
    found = of_pages([ANON, PRESENT, PRESENT, PRESENT | FILE, ABSENT], 4)
    assert pages_of(found) == [PAGE, PAGE, PAGE, PAGE, 0]
    assert found.exact


def test_where_both_may_be_the_sum_holds_and_a_note_says_so() -> None:
    found = of_pages([ANON, PRESENT, PRESENT, ABSENT, PRESENT], 3)
    assert pages_of(found) == [PAGE, PAGE, PAGE, 0, 0]
    assert not found.exact
    (note,) = found.explained()
    assert "8192 bytes" in note


@pytest.mark.parametrize("rss_pages", [0, 1, 3, 5, 8])
@pytest.mark.parametrize("scans", [False, True])
def test_where_the_kernels_two_views_differ_rss_has_the_last_word(rss_pages: int, scans: bool) -> None:
    found = of_pages([ANON, ABSENT, ANON, ANON, ABSENT, ABSENT, ABSENT, ABSENT], rss_pages)
    first = found.mappings[0]
    if scans:
        found.flags.clear()
        runs = [[first.start, first.start + PAGE], [first.start + 2 * PAGE, first.start + 4 * PAGE]]
        found.scanned[0] = np.array(runs, np.uint64)
    order = [0, 2, 3, 1, 4, 5, 6, 7]  # pages that are too many go from the top, missing ones come in from the bottom
    assert pages_of(found) == [PAGE if n in order[:rss_pages] else 0 for n in range(8)]
    assert resident(found, first.start, first.end) == rss_pages * PAGE
    assert found.exact == (rss_pages in (0, 3))
    assert len(found.explained()) == (rss_pages not in (0, 3))


@given(
    st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from([ANON, PRESENT | FILE, ABSENT]), min_size=1))),
    st.lists(st.integers(0, 1 << 20), max_size=30),
)
def test_ranges_are_measured_like_byte_by_byte_and_always_add_up(
    shape: list[tuple[bool, list[int]]], cuts: list[int]
) -> None:
    mappings, flags, at = [], {}, 0x10000
    pages: dict[int, float] = {}
    for number, (known, wanted) in enumerate(shape):
        count = sum(1 for flag in wanted if flag)
        mappings.append(Mapping(at, at + len(wanted) * PAGE, "rw-p", 0, "", count * PAGE, 0, 0))
        if known:
            flags[number] = np.array(wanted, np.uint8)
        for index, flag in enumerate(wanted):
            pages[at // PAGE + index] = (1.0 if flag else 0.0) if known else count / len(wanted)
        at += len(wanted) * PAGE + (PAGE if number % 2 else 0)
    found = Residency(mappings, flags, PAGE)
    edges = sorted({0, at, *(0x10000 + cut for cut in cuts)})
    starts, ends = np.array(edges[:-1], np.uint64), np.array(edges[1:], np.uint64)
    measured = found.resident_bytes(starts, ends)
    assert int(measured.sum()) == resident(found, edges[0], edges[-1])
    assert resident(found, 0, at) == found.rss
    exact = all(known for known, wanted in shape if any(wanted))
    for low, high, got in zip(edges[:-1], edges[1:], measured.tolist(), strict=True):
        plain = sum(
            share * (min(high, (page + 1) * PAGE) - max(low, page * PAGE))
            for page, share in pages.items()
            if page * PAGE < high and (page + 1) * PAGE > low
        )
        assert got == plain if exact else abs(got - plain) <= 2 * len(shape) + 1


CHILD = textwrap.dedent(
    """
    import ctypes, mmap, os, sys
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.prctl(41, 1, 0, 0, 0)  # no huge pages
    NORESERVE = 0x4000
    page = mmap.PAGESIZE
    reserved = libc.mmap(None, 1 << 40, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE, -1, 0)
    sparse = libc.mmap(None, 1 << 40, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE, -1, 0)
    area = libc.mmap(None, 20000 * page, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    for number in range(0, 20000, 7):
        ctypes.memset(area + number * page, 1, 1)
    for number in range(3, 20000, 7):
        ctypes.string_at(area + number * page, 1)  # only read: the page of zeros
    ctypes.memset(sparse + (1 << 39), 1, 5 * page)
    if len(sys.argv) > 1 and os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
    print(reserved, sparse, area, flush=True)
    sys.stdin.read()
    """
)


@contextmanager
def child(*arguments: str) -> Iterator[tuple[int, list[int]]]:
    """Run a process with a terabyte reserved, a terabyte that is nearly empty, and a small area with known pages.

    With an argument it forks, so that its pages are shared with another process.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.pid, list(map(int, process.stdout.readline().split()))
    finally:
        process.kill()
        process.communicate()


def known_pages(found: Residency, area: int) -> list[int]:
    """Return the numbers of the area's pages that are in RAM."""
    starts = np.uint64(area) + np.arange(AREA, dtype=np.uint64) * np.uint64(mmap.PAGESIZE)
    sizes = found.resident_bytes(starts, starts + np.uint64(mmap.PAGESIZE))
    return [int(n) for n in np.flatnonzero(sizes == mmap.PAGESIZE)]


def without_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as a kernel before 6.7 does."""
    monkeypatch.setattr(residency, "_scan", lambda *_: None)


def when_quiet(pid: int) -> Residency:
    """Look again where the kernel took or moved a page between the two readings."""
    found = take_residency(pid)
    for _ in range(LOOKS):
        if not found.exact:
            found = take_residency(pid)
    return found


@pytest.mark.parametrize("scans", [False, pytest.param(True, marks=needs_scan)])
def test_exactly_the_pages_written_to_are_found(scans: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not scans:
        without_scan(monkeypatch)
    with child() as (pid, (reserved, sparse, area)):
        found = when_quiet(pid) if scans else take_residency(pid)
    assert bool(found.scanned) == scans
    assert known_pages(found, area) == list(WRITTEN)
    assert resident(found, reserved, reserved + (1 << 40)) == 0
    assert resident(found, sparse, sparse + (1 << 40)) == 5 * mmap.PAGESIZE
    for mapping in found.mappings:
        assert resident(found, mapping.start, mapping.end) == mapping.rss
    if scans:
        assert found.exact
        middle = sparse + (1 << 39)
        assert resident(found, middle, middle + 5 * mmap.PAGESIZE) == 5 * mmap.PAGESIZE


@needs_scan
def test_pages_shared_with_a_fork_are_told_from_the_page_of_zeros() -> None:
    with child("fork") as (pid, (_, _, area)):
        found = when_quiet(pid)
    assert found.exact
    assert known_pages(found, area) == list(WRITTEN)


def test_an_older_kernel_cannot_tell_them_apart_and_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    without_scan(monkeypatch)
    with child("fork") as (pid, (_, _, area)):
        found = take_residency(pid)
    assert not found.exact
    assert any("leave open" in note for note in found.explained())
    assert len(known_pages(found, area)) == len(WRITTEN)
    for mapping in found.mappings:
        assert resident(found, mapping.start, mapping.end) == mapping.rss


def test_a_pagemap_that_may_not_be_read_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str, *arguments: int) -> int:
        if path.endswith("/pagemap"):
            raise PermissionError(1, "Operation not permitted")
        return real(path, *arguments)

    with child() as (pid, (_, _, area)):
        monkeypatch.setattr(os, "open", refuse)
        found = take_residency(pid)
    assert found.flags == {}
    assert not found.exact
    assert "Operation not permitted" in found.explained()[0]
    half = resident(found, area, area + AREA // 2 * mmap.PAGESIZE)
    assert abs(half // mmap.PAGESIZE - len(WRITTEN) // 2) < 3  # half of the pages, spread evenly
    for mapping in found.mappings:
        assert resident(found, mapping.start, mapping.end) == mapping.rss


def test_a_process_that_has_ended_says_so() -> None:
    with child() as (pid, _):
        pass
    with pytest.raises(ProcessGone):
        take_residency(pid)


def test_one_may_look_at_oneself() -> None:
    page = mmap.PAGESIZE
    area = mmap.mmap(-1, 16 * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    area[3 * page] = 1
    try:
        found = take_residency(os.getpid())
    except GoxrayError as error:  # a process can always read its own smaps
        pytest.fail(str(error))
    assert resident(found, start + 3 * page, start + 4 * page) == page
