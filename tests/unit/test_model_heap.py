"""The allocator's model against values worked out by hand from the runtime's tables and rules."""

from __future__ import annotations

import random

import numpy as np
import pytest

from goxray.model.builds import build_layout
from goxray.model.heap.allocator import Allocator
from goxray.model.heap.classes import SpanClasses
from goxray.model.heap.groups import Group
from goxray.model.heap.markbits import MarkBits, bitmap_bytes
from goxray.model.heap.pages import PageHeap
from goxray.model.heap.spansets import SPINE_BYTES, SpanSets

PAGE = 8192
CHUNK = 512  # pages
LARGE = (0, 0, 1)


def classes(version: str) -> SpanClasses:
    return SpanClasses(build_layout(version))


def pages(version: str = "1.27") -> PageHeap:
    return PageHeap(build_layout(version))


def allocator(version: str = "1.27") -> Allocator:
    layout = build_layout(version)
    return Allocator(layout, PageHeap(layout))


def collect(heap: Allocator, *groups: Group) -> None:
    heap.sweep(heap.mark(groups), groups)


# --- size classes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "size", "noscan", "slot", "span_pages", "slots"),
    [
        # Go 1.21: sizeclasses.go alone decides. 8192 = 341 x 24 + 8; 11 x 704 + 448; 57344 = 2 x 28672.
        ("1.21", 16, True, 16, 1, 512),
        ("1.21", 17, True, 24, 1, 341),
        ("1.21", 64, False, 64, 1, 128),
        ("1.21", 513, False, 576, 1, 14),
        ("1.21", 704, False, 704, 1, 11),
        ("1.21", 28672, False, 28672, 7, 2),
        ("1.21", 32768, True, 32768, 4, 1),
        # From 1.22 on a span of objects with pointers up to 512 bytes ends in a bitmap, a bit a word: 8192 / 64 = 128
        # bytes; larger ones begin with a header of 8 bytes.
        ("1.23", 64, False, 64, 1, 126),  # (8192 - 128) / 64
        ("1.23", 64, True, 64, 1, 128),
        ("1.23", 512, False, 512, 1, 15),  # (8192 - 128) / 512 = 15.75
        ("1.23", 512, True, 512, 1, 16),
        ("1.23", 513, False, 576, 1, 14),  # 521
        ("1.23", 569, False, 640, 1, 12),  # 577
        ("1.23", 568, False, 576, 1, 14),  # 576
        ("1.23", 704, False, 768, 1, 10),  # 712
        ("1.23", 704, True, 704, 1, 11),
        ("1.23", 2048, False, 2304, 2, 7),  # 2056
        ("1.23", 32760, False, 32768, 4, 1),
        # Green Tea (1.26 on) keeps 128 bytes of marks in the span of objects of 16 to 512 bytes.
        ("1.27", 64, False, 64, 1, 124),  # (8192 - 128 - 128) / 64
        ("1.27", 64, True, 64, 1, 126),
        ("1.27", 8, False, 8, 1, 1008),  # (8192 - 128) / 8: too small for marks in the span
        ("1.27", 704, True, 704, 1, 11),
    ],
)
def test_size_class(version: str, size: int, noscan: bool, slot: int, span_pages: int, slots: int) -> None:
    found = classes(version).of(size, noscan)
    assert (found.elem_size, found.pages, found.nelems) == (slot, span_pages, slots)
    assert found.number % 2 == int(noscan)
    assert found.nelems * found.elem_size <= found.pages * PAGE


@pytest.mark.parametrize(
    ("version", "size", "noscan"),
    [("1.21", 32769, True), ("1.23", 32761, False), ("1.23", 32761, True), ("1.27", 1 << 20, False)],
)
def test_what_is_large_has_a_span_of_its_own(version: str, size: int, noscan: bool) -> None:
    """32 KiB is small only where no header may be needed: mallocgc asks for maxSmallSize - mallocHeaderSize."""
    found = classes(version).of(size, noscan)
    assert (found.elem_size, found.pages, found.nelems) == LARGE and found.number == int(noscan)


@pytest.mark.parametrize(
    ("size", "objects"), [(1, 16), (2, 8), (3, 5), (4, 4), (5, 3), (6, 2), (7, 2), (8, 2), (9, 1), (12, 1)]
)
def test_tiny_objects_share_blocks_of_16_bytes(size: int, objects: int) -> None:
    """Odd sizes are not aligned, even ones to 2, multiples of 4 to 4: three of 5 bytes lie at 0, 5, 10."""
    assert classes("1.27").tiny_per_block(size) == objects


def test_only_pointer_free_objects_are_tiny() -> None:
    found = classes("1.27")
    assert found.per_slot(8, True) == 2
    assert found.per_slot(8, False) == found.per_slot(16, True) == 1


# --- allocating -------------------------------------------------------------------------------------------------------


def test_a_thousand_of_704_bytes_take_91_spans_and_with_a_header_100() -> None:
    for noscan, spans, slot in ((True, 91, 704), (False, 100, 768)):  # 1000 / 11 = 90.9, 1000 / 10
        heap = allocator()
        heap.allocate(704, noscan, 1000, [Group()])
        assert (heap.in_use_pages, heap.heap_alloc, heap.mallocs) == (spans, 1000 * slot, 1000)


def test_large_objects_take_whole_pages() -> None:
    heap = allocator()
    heap.allocate(40000, True, 3, [Group()])  # 40000 / 8192 = 4.9
    assert (heap.in_use_pages, heap.heap_alloc) == (15, 3 * 5 * PAGE)


def test_tiny_objects_are_counted_one_by_one_and_freed_by_blocks() -> None:
    heap, group = allocator(), Group(3)
    heap.allocate(5, True, 300, [group])
    assert (heap.mallocs, heap.frees, heap.heap_alloc) == (300, 200, 100 * 16)
    # Of each hundred the first fifty die: objects 0-49 are blocks 0-15 (object 50 keeps block 16), 100-149 are blocks
    # 34-49 (99 keeps block 33), 200-249 are blocks 67-82 (199 keeps block 66, 250 keeps block 83).
    group.thin(50)
    collect(heap, group)
    assert (heap.heap_alloc, heap.frees) == ((100 - 3 * 16) * 16, 200 + 3 * 16)


def test_every_second_freed_leaves_every_span() -> None:
    heap, group = allocator(), Group()
    heap.allocate(2048, True, 4000, [group])  # four to a span
    group.thin(50)  # objects 0-49 of each hundred: 12 whole spans and half of the next
    collect(heap, group)
    assert heap.heap_alloc == 2000 * 2048
    assert heap.in_use_pages == 40 * 13  # 40 hundreds are 25 spans each: 12 die, 13 stay
    heap.allocate(2048, True, 80, [Group()])
    assert heap.in_use_pages == 40 * 13, "holes are filled first"
    heap.allocate(2048, True, 1, [Group()])
    assert heap.in_use_pages == 40 * 13 + 1


def test_spans_with_room_are_taken_in_the_order_in_which_they_were_swept() -> None:
    heap, old, new, more = allocator(), Group(), Group(), Group()
    heap.allocate(64, True, 12600, [old])  # 100 spans of 126
    heap.allocate(64, True, 12600, [new])
    old.thin(90)
    new.thin(10)
    collect(heap, old, new)
    heap.allocate(64, True, 1000, [more])  # nine spans of the first hundred have room for so many
    spans, _ = more.live()
    assert max(spans) < 10


def test_a_span_counts_as_used_up_when_the_cache_takes_it() -> None:
    heap = allocator()
    heap.allocate(1024, True, 1, [Group()])
    assert (heap.heap_live, heap.heap_alloc) == (PAGE, 1024)
    heap.flush()
    assert heap.heap_live == 1024


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_heap_grows_by_chunks_of_4_mib() -> None:
    heap = pages()
    assert heap.take(1) == 0 and (heap.mapped, heap.arenas) == (CHUNK, 1)
    assert heap.take(600) == 1, "the new chunks lie behind the old one"
    assert heap.mapped == 3 * CHUNK
    assert heap.take(16 * CHUNK) == 601 and (heap.mapped, heap.arenas) == (19 * CHUNK, 2)


def test_a_large_span_goes_to_the_lowest_gap_that_fits() -> None:
    heap = pages()
    spans = [heap.take(20) for _ in range(5)]
    assert spans == [0, 20, 40, 60, 80]
    heap.give(0, 20)
    heap.give(40, 40)
    assert heap.take(30) == 40 and heap.take(20) == 0


def test_the_page_cache_takes_64_pages_at_a_time() -> None:
    heap = pages()
    heap.take(1)  # makes the heap grow, past the cache, which found nothing
    assert heap.take(1) == 1 and heap.cached == 62
    for _ in range(62):
        heap.take(1)
    assert heap.cached == 0
    assert heap.take(3) == 64 and heap.cached == 61
    heap.flush_cache()
    assert heap.cached == 0
    heap.take(16)  # a quarter of the cache and more goes past it
    assert heap.cached == 0


def test_released_pages_are_the_highest_and_come_back_with_their_span() -> None:
    heap = pages()
    heap.take(100)
    heap.take(100)
    heap.give(0, 100)
    heap.give(100, 100)
    assert (heap.free, heap.released) == (200, CHUNK - 200)
    assert heap.release(50, force=True) == 50
    assert (heap.free, heap.released) == (150, CHUNK - 150)
    assert heap.take(160) == 0, "ten of the pages that went back are backed again"
    assert (heap.free, heap.released) == (0, CHUNK - 160)


def test_nearly_full_chunks_are_left_to_the_heap_unless_forced() -> None:
    """scavChunkHiOccFrac: 96.875% of 512 pages are 496."""
    for used, done in ((496, 0), (495, 17)):
        heap = pages()
        heap.take(used)
        rest = heap.take(512 - used)
        heap.next_generation()
        heap.give(rest, 512 - used)
        heap.next_generation()
        assert heap.release(None, force=False) == done
    assert heap.release(None, force=True) == 0


# --- lists and bitmaps ------------------------------------------------------------------------------------------------


def test_lists_of_spans_take_a_block_for_512() -> None:
    sets = SpanSets(4)
    assert (sets.blocks, sets.spine_bytes) == (0, 0)
    sets.push_full(2, 512)
    assert (sets.blocks, sets.spine_bytes) == (1, SPINE_BYTES)
    sets.push_full(2)
    sets.push_partial(3)
    assert (sets.blocks, sets.spine_bytes) == (3, 2 * SPINE_BYTES)
    sets.push_full(2, 256 * 512 - 513)
    assert (sets.blocks, sets.spine_bytes) == (257, 2 * SPINE_BYTES)
    sets.push_full(2)
    assert sets.spine_bytes == 4 * SPINE_BYTES, "a spine of 512 replaces that of 256, which is lost"


def test_blocks_are_used_again() -> None:
    sets = SpanSets(4)
    sets.push_full(2, 1024)
    for _ in range(5):
        sets.begin_sweep()
        sets.swept(2, 1024, 0)
        assert sets.blocks <= 4


@pytest.mark.parametrize(("slots", "size"), [(1, 8), (64, 8), (65, 16), (512, 64), (1024, 128)])
def test_a_bitmap_is_whole_words(slots: int, size: int) -> None:
    assert bitmap_bytes(slots) == size


def test_bitmaps_of_three_collections_are_alive_at_a_time() -> None:
    bits = MarkBits()
    bits.add(1)
    counts = []
    for _ in range(6):
        bits.next_epoch()
        bits.add(100_000)  # two arenas of 65520 bytes
        counts.append(bits.arenas)
    # One arena of the first epoch, two of each of the next two; then each epoch takes over what the third last had.
    assert counts == [3, 5, 6, 6, 6, 6]


def test_a_group_counts_what_is_left_of_it() -> None:
    group = Group()
    group.add(7, 150)
    group.add(8, 50)
    group.thin(95)
    spans, counts = group.live()
    assert spans.tolist() == [7, 8] and counts.tolist() == [5, 5]  # 95-99 in the first hundred; 195-199
    group.renumber(np.arange(9)[::-1].astype(np.int64))
    assert group.live()[0].tolist() == [1, 0]


def test_tables_die_by_chance_but_rather_the_older_first() -> None:
    """The moments of birth and of death go together by a half."""
    group = Group()
    for span in range(200):
        group.add(span, 1)
    group.kill_some(100, random.Random(3))
    alive = group.live()[0]
    assert len(alive) == 100
    # By chance alone the mean place of those alive is 99.5 +- 4; in strict order of age it would be 149.5.
    assert 112 < float(alive.mean()) < 140
    group.kill_some(100, random.Random(4))
    assert not len(group.live()[0])


def test_keys_keep_their_pattern_wherever_a_group_begins() -> None:
    group = Group(first=130)
    group.add(1, 100)  # keys 130-229: of those under 50 in their hundred 200-229 and 130-149 die
    group.thin(50)
    assert group.live()[1].tolist() == [50]
    group.add(2, 20)  # 230-249
    assert group.live()[0].tolist() == [1]
