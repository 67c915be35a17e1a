"""The allocator's model under random programs: nothing is lost, nothing overlaps, what dies comes back.

The twin keeps a list of objects for each group and knows size classes from the runtime's table alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.model.builds import build_layout
from goxray.model.heap.allocator import Allocator
from goxray.model.heap.groups import Group
from goxray.model.heap.pages import PageHeap

PAGE = 8192
TINY = 16
HEADERS = {"1.21": False, "1.24": True, "1.27": True}

Op = tuple[str, int, int, bool, int]
SIZES = st.one_of(
    st.sampled_from([8, 16, 64, 512, 520, 704, 1024, 2048, 4096, 8192, 27264, 32760, 32768]),  # whole size classes
    st.integers(1, 15),
    st.integers(16, 520),
    st.integers(500, 2100),
    st.integers(30000, 34000),
    st.integers(1, 300_000),
)
OPS = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), SIZES, st.integers(1, 400), st.booleans(), st.just(0)),
        st.tuples(st.just("garbage"), SIZES, st.integers(1, 400), st.booleans(), st.just(0)),
        st.tuples(st.just("drop"), st.integers(0, 30), st.integers(1, 100), st.just(True), st.just(0)),
        st.tuples(st.sampled_from(["collect", "flush", "release", "cache"]), st.just(0), st.just(0), st.just(True),
                  st.integers(0, 2000)),
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


class Twin:
    """Objects one by one: each group is its objects' slots, of which only those of ``alive`` percent count."""

    def __init__(self, version: str) -> None:
        layout = build_layout(version)
        self.sizes = [int(size) for size in layout.size_classes]
        self.header = 8 if HEADERS[version] else 0
        self.groups: list[tuple[int, int, int]] = []
        """Slot bytes, objects, objects that share a slot."""
        self.percent: list[int] = []

    def slot(self, size: int, noscan: bool) -> tuple[int, int]:
        if noscan and size < TINY:
            align = next(each for each in (8, 4, 2, 1) if size % each == 0)
            at, objects = 0, 0
            while (at := -(-at // align) * align) + size <= TINY:
                at, objects = at + size, objects + 1
            return TINY, objects
        if size > 32768 - self.header:
            return -(-size // PAGE) * PAGE, 1
        if self.header and not noscan and size > 512:
            size += self.header
        return self.sizes[bisect_left(self.sizes, size, lo=1)], 1

    def keep(self, size: int, count: int, noscan: bool) -> None:
        slot, shared = self.slot(size, noscan)
        self.groups.append((slot, count, shared))
        self.percent.append(0)

    def live(self) -> tuple[int, int]:
        """Bytes and slots that live."""
        size = slots = 0
        for (slot, count, shared), percent in zip(self.groups, self.percent, strict=True):
            whole = -(-count // shared) * shared  # the rest of a last block is as if it were filled up
            blocks = sum(
                any((first + each) % 100 >= percent for each in range(shared)) for first in range(0, whole, shared)
            )
            size, slots = size + blocks * slot, slots + blocks
        return size, slots


def check_pages(heap: Allocator, pages: PageHeap) -> None:
    """Every page is in one span, or free, or given back."""
    assert heap.in_use_pages + pages.free + pages.released == pages.mapped
    assert min(heap.in_use_pages, pages.free, pages.released) >= 0
    spans = sorted({span for lists in (heap._full, heap._partial) for each in lists for span in each}
                   | {span for span, _ in heap._cached.values()})  # fmt: skip
    assert len(spans) == heap.spans_alive
    start, count = heap._start[spans], heap._npages[spans]
    order = np.argsort(start)
    assert (start[order][1:] >= (start + count)[order][:-1]).all(), "spans overlap"
    assert int(count.sum()) == heap.in_use_pages
    used = np.frombuffer(bytes(pages._used), np.uint8) == 1
    assert int(used.sum()) == heap.in_use_pages
    room = np.array([each.nelems for each in heap.classes.all])[heap._class[spans]]
    assert (heap._count[spans] <= room).all() and (heap._count[spans] >= 0).all()


def play(version: str, ops: Sequence[Op]) -> None:
    layout = build_layout(version)
    pages = PageHeap(layout)
    heap, twin = Allocator(layout, pages), Twin(version)
    groups: list[Group] = []
    allocated = 0
    for kind, first, second, flag, third in ops:
        before = pages.released
        if kind in ("keep", "garbage"):
            held = [Group(heap.classes.per_slot(first, flag))] if kind == "keep" else []
            heap.allocate(first, flag, second, held)
            groups += held
            allocated += second
            if held:
                twin.keep(first, second, flag)
        elif kind == "drop" and groups:
            groups[first % len(groups)].thin(second)
            twin.percent[first % len(groups)] = max(second, twin.percent[first % len(groups)])
        elif kind == "collect":
            heap.sweep(heap.mark(groups), groups)
            assert heap.heap_alloc == twin.live()[0]
            assert heap.mallocs - heap.frees == twin.live()[1]
        elif kind == "flush":
            heap.flush()
        elif kind == "cache":
            pages.flush_cache()
        elif kind == "release":
            done = pages.release(third, force=True)
            assert pages.released - before == done <= pages.mapped
        check_pages(heap, pages)
        assert heap.mallocs == allocated
        assert heap.marked_bytes(heap.mark(groups)) == twin.live()[0]
    heap.sweep(heap.mark([]), [])
    heap.flush()
    heap.sweep(heap.mark([]), [])
    check_pages(heap, pages)
    assert (heap.in_use_pages, heap.heap_alloc, heap.mallocs - heap.frees) == (0, 0, 0)
    pages.flush_cache()
    pages.release(None, force=True)
    assert pages.released == pages.mapped


@pytest.mark.parametrize("version", HEADERS)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(OPS)
def test_nothing_is_lost_and_nothing_overlaps(version: str, ops: list[Op]) -> None:
    play(version, ops)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 100), st.integers(1, 16), st.lists(st.integers(1, 200), min_size=1, max_size=12))
def test_what_is_left_of_a_group_does_not_depend_on_how_it_came(percent: int, shared: int, parts: list[int]) -> None:
    group = Group(shared)
    for span, count in enumerate(parts):
        group.add(span, count)
    group.thin(percent)
    spans, counts = group.live()
    found = dict(zip(spans.tolist(), counts.tolist(), strict=True))
    at = 0
    for span, count in enumerate(parts):
        slots = range(at, at + count)
        alive = sum(any((slot * shared + each) % 100 >= percent for each in range(shared)) for slot in slots)
        assert found.get(span, 0) == alive
        at += count
