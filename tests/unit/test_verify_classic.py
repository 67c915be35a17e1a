"""The rules on classic maps: silent on what the runtime's algorithms make, loud on any broken byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from classic_twin import EVACUATED_EMPTY, EVACUATED_X, FIRST, ONE, REST, SAME_SIZE, ClassicTwin, views
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.maps import verify_classic
from goxray.maps.verify_links import OverflowSeen, check_links
from goxray.maps.verify_rules import Report, Rule, Violation
from goxray.maps.verify_views import ClassicBuckets, ClassicMaps, OverflowLinks

Views = tuple[ClassicMaps, ClassicBuckets]


def churn(twin: ClassicTwin, first: int) -> None:
    for k in range(1000 + first, 1150 + first):
        twin.put(k)
        twin.delete(k - 8)


def clear(twin: ClassicTwin, key: int) -> None:
    if key % 5 == 0:
        twin.clear()


STEPS: dict[str, Callable[[ClassicTwin, int], object]] = {
    "put": ClassicTwin.put,
    "nan": lambda twin, key: twin.put(-1 - key),
    "delete": ClassicTwin.delete,
    "many": lambda twin, key: [twin.put(k) for k in range(key, key + 30)],
    "drop": lambda twin, key: [twin.delete(k) for k in range(key, key + 50)],
    "churn": churn,
    "iterate": lambda twin, key: twin.iterate(),
    "clear": clear,
}

operations = st.lists(st.tuples(st.sampled_from(["put", "put", "many", *STEPS]), st.integers(0, 300)), max_size=50)


def grown(seed: int, hint: int, pointers: bool, steps: list[tuple[str, int]]) -> ClassicTwin:
    twin = ClassicTwin(seed, hint, pointers)
    for what, key in steps:
        STEPS[what](twin, key)
    return twin


twins = st.builds(grown, st.integers(0, 1 << 30), st.sampled_from([0, 8, 20, 120]), st.booleans(), operations)


def some(buckets: ClassicBuckets, rows: np.ndarray) -> ClassicBuckets:
    assert buckets.hashes is not None and buckets.known is not None
    return ClassicBuckets(
        buckets.map[rows], buckets.old[rows], buckets.bucket[rows], buckets.depth[rows], buckets.tophash[rows],
        buckets.hashes[rows], buckets.known[rows],
    )  # fmt: skip


def check(seen: Views, parts: int = 1, shuffle: int | None = None, limit: int = 16) -> Report:
    maps, buckets = seen
    report = Report(maps.count.size, limit)
    sound = verify_classic.check_maps(maps, report)
    tally = verify_classic.start(maps, sound)
    for old in (True, False):
        rows = np.flatnonzero((buckets.old == old) & sound[buckets.map])
        chains = np.unique(np.stack([buckets.map[rows], buckets.bucket[rows]], 1), axis=0, return_inverse=True)[1]
        for part in range(parts):
            chosen = rows[chains.reshape(-1) % parts == part]
            if shuffle is not None:
                chosen = np.random.default_rng(shuffle).permutation(chosen)
            verify_classic.check_buckets(maps, some(buckets, chosen), tally, report)
    verify_classic.check_totals(maps, tally, report)
    return report


@settings(max_examples=150, deadline=None)
@given(st.lists(twins, min_size=1, max_size=4), st.integers(1, 5), st.none() | st.integers(0, 9))
def test_nothing_is_said_of_sound_maps(maps: list[ClassicTwin], parts: int, shuffle: int | None) -> None:
    report = check(views(maps), parts, shuffle)
    assert report.violations == [] and not report.total.any()


@cache
def mid_growth(pointers: bool = False) -> ClassicTwin:
    """A map in the middle of doubling."""
    twin = ClassicTwin(4, pointers=pointers)
    for k in range(20000):
        twin.put(k)
        if twin.old is not None and twin.b > 4 and twin.nevacuate > 5:
            return twin
    raise AssertionError


@cache
def lateral() -> ClassicTwin:
    """A map in the middle of growing at the same size."""
    twin = grown(7, 100, True, [("many", 30 * k) for k in range(3)])
    for k in range(20000):
        twin.put(1000 + k)
        twin.delete(1000 + k - 100)
        if twin.old is not None and twin.flags & SAME_SIZE and twin.nevacuate > 1:
            return twin
    raise AssertionError


def test_the_twin_reaches_every_state() -> None:
    """What the property above is worth: growth under way of both kinds, overflow, emptyOne and evacuated cells."""
    twin = mid_growth()
    assert twin.old is not None and 0 < twin.nevacuate < twin.old_size()
    marks = {mark for head in twin.old for bucket in head.chain() for mark in bucket.marks}
    assert {REST, EVACUATED_X, EVACUATED_X + 1, EVACUATED_EMPTY} < marks
    assert any(head.overflow for head in twin.old if head.evacuated)
    assert not any(head.overflow for head in (mid_growth(pointers=True).old or []) if head.evacuated)
    twin = lateral()
    assert twin.old is not None and twin.buckets is not None
    assert any(ONE in bucket.marks for head in twin.old for bucket in head.chain())
    assert any(head.overflow for head in twin.old if not head.evacuated)
    assert grown(9, 0, True, [("many", 30 * k) for k in range(4)]).noverflow


def visible(before: int, after: int, lateral_growth: bool) -> bool:
    """Evacuated marks are interchangeable as far as one can tell later, but for Y without a second half."""
    marks = range(EVACUATED_X, EVACUATED_EMPTY + 1)
    return not (before in marks and after in marks) or (lateral_growth and after == EVACUATED_X + 1)


@settings(max_examples=150, deadline=None)
@given(twins | st.builds(mid_growth) | st.builds(lateral), st.data())
def test_any_changed_tophash_is_noticed(twin: ClassicTwin, data: st.DataObject) -> None:
    seen = views([twin])
    marks, known = seen[1].tophash, seen[1].known
    assert known is not None
    if not marks.size:
        return
    row, cell = data.draw(st.integers(0, marks.shape[0] - 1)), data.draw(st.integers(0, 7))
    before = int(marks[row, cell])
    after = data.draw((st.integers(0, 6) | st.integers(0, 255)).filter(lambda value: value != before))
    if before >= FIRST and after >= FIRST and not known[row, cell]:
        return  # the mark of a NaN means nothing
    marks[row, cell] = after
    report = check(seen)
    assert bool(report.total[0]) == visible(before, after, bool(seen[1].old[row] and twin.flags & SAME_SIZE))
    if before >= FIRST and after >= FIRST:
        assert [violation.rule for violation in report.violations] == [Rule.TOPHASH]
        assert report.violations[0].slot.endswith(f"bucket {seen[1].bucket[row]} slot {cell}") or seen[1].depth[row]


@settings(max_examples=100, deadline=None)
@given(twins | st.builds(mid_growth), st.integers(0, 63), st.data())
def test_a_key_is_reported_exactly_when_a_search_would_miss_it(
    twin: ClassicTwin, bit: int, data: st.DataObject
) -> None:
    maps, buckets = views([twin])
    assert buckets.hashes is not None and buckets.known is not None
    cells = np.argwhere(buckets.known)
    if not cells.size:
        return
    row, cell = cells[data.draw(st.integers(0, len(cells) - 1))].tolist()
    buckets.hashes[row, cell] ^= np.uint64(1 << bit)
    hashed = int(buckets.hashes[row, cell])
    size = twin.old_size() if buckets.old[row] else 1 << twin.b
    top = max(hashed >> 56, 0)
    found = hashed % size == buckets.bucket[row] and (top + FIRST if top < FIRST else top) == buckets.tophash[row, cell]
    report = check((maps, buckets))
    assert (not report.violations) == found
    assert {violation.rule for violation in report.violations} <= {Rule.WRONG_BUCKET, Rule.TOPHASH}


@settings(max_examples=60, deadline=None)
@given(twins | st.builds(mid_growth) | st.builds(lateral), st.sampled_from(["count", "noverflow"]), st.integers(0, 15))
def test_a_changed_count_is_noticed(twin: ClassicTwin, name: str, bit: int) -> None:
    seen = views([twin])
    getattr(seen[0], name)[0] ^= 1 << bit
    expected = Rule.COUNT if name == "count" else Rule.NOVERFLOW
    assert [violation.rule for violation in check(seen).violations] == [expected]


@settings(max_examples=60, deadline=None)
@given(twins | st.builds(mid_growth), st.integers(0, 7))
def test_a_changed_b_does_not_fit_the_array(twin: ClassicTwin, bit: int) -> None:
    """The caller recomputes what the array should measure from the B it reads."""
    maps, _ = views([twin])
    maps.b[0] ^= 1 << bit
    assert maps.wanted_bytes is not None
    if maps.has_buckets[0]:
        maps.wanted_bytes[0] = min(1 << min(int(maps.b[0]), 40), 1 << 40) * 144
    report = Report(1)
    verify_classic.check_maps(maps, report)
    assert Rule.BUCKETS in {violation.rule for violation in report.violations}


def rules_of(maps: ClassicMaps) -> tuple[list[Rule], bool]:
    report = Report(1)
    sound = verify_classic.check_maps(maps, report)
    return [violation.rule for violation in report.violations], bool(sound[0])


def test_headers_out_of_order() -> None:
    maps, _ = views([grown(4, 0, True, [("many", 0)])])
    assert rules_of(maps) == ([], True)
    assert rules_of(replace(maps, flags=maps.flags | 0x10)) == ([Rule.FLAGS], True)
    assert rules_of(replace(maps, flags=maps.flags | SAME_SIZE)) == ([Rule.FLAGS], True)
    assert rules_of(replace(maps, nevacuate=maps.nevacuate + 7)) == ([Rule.EVACUATION], False)
    assert rules_of(replace(maps, has_buckets=np.array([False]))) == ([Rule.BUCKETS], False)
    assert rules_of(replace(maps, b=maps.b + 200))[1] is False
    growing, _ = views([mid_growth()])
    assert rules_of(growing) == ([], True)
    assert rules_of(replace(growing, nevacuate=growing.nevacuate + 1000)) == ([Rule.EVACUATION], False)
    assert rules_of(replace(growing, b=growing.b * 0, array_bytes=None)) == ([Rule.EVACUATION], False)
    assert rules_of(replace(growing, old_bytes=growing.old_bytes * 2)) == ([Rule.BUCKETS], True)  # type: ignore[operator]


def test_nevacuate_ahead_of_the_old_buckets() -> None:
    twin = mid_growth()
    assert twin.old is not None
    seen = views([twin])
    behind = next(i for i in range(twin.nevacuate, len(twin.old)) if not twin.old[i].evacuated)
    seen[0].nevacuate[0] = behind + 1
    (violation,) = check(seen).violations
    assert violation.rule is Rule.EVACUATION and violation.slot == f"old bucket {behind}"


def test_a_bucket_used_before_its_old_one_was_evacuated() -> None:
    twin = mid_growth()
    assert twin.old is not None
    maps, buckets = views([twin])
    waiting = next(i for i in range(twin.nevacuate, len(twin.old)) if not twin.old[i].evacuated)
    row = int(np.flatnonzero(~buckets.old & (buckets.bucket == waiting + len(twin.old)))[0])
    buckets.tophash[row, 0] = 77
    found = check((maps, buckets)).violations
    assert found[0] == Violation(
        0, f"bucket {waiting + len(twin.old)}", Rule.EVACUATION, "in use before its old bucket was evacuated"
    )


def chain(*rows: list[int], cut: bool = False) -> list[Violation]:
    """What is said of one chain's marks alone."""
    count = len(rows)
    maps = ClassicMaps(*(np.zeros(1, np.int64) for _ in range(5)), np.array([True]), np.array([False]))
    buckets = ClassicBuckets(
        np.zeros(count, np.int64), np.zeros(count, np.bool_), np.zeros(count, np.int64), np.arange(count),
        np.array(rows, np.uint8), cut=np.arange(count) == (count - 1 if cut else -1),
    )  # fmt: skip
    report = Report(1)
    verify_classic.check_buckets(maps, buckets, verify_classic.start(maps, np.array([True])), report)
    return report.violations


FULL = [9] * 8


@pytest.mark.parametrize(
    ("rows", "rule", "slot"),
    [
        ([FULL, [0] * 8], None, ""),
        ([[1] * 8, [9, 1, 9, 0, 0, 0, 0, 0]], None, ""),
        ([[9, 0, 9, 0, 0, 0, 0, 0]], Rule.EMPTY_REST, "bucket 0 slot 2"),
        ([[9, 0, 0, 0, 0, 0, 0, 0], FULL], Rule.EMPTY_REST, "bucket 0 overflow 1 slot 0"),
        ([FULL, [0] * 8, [0, 0, 9, 0, 0, 0, 0, 0]], Rule.EMPTY_REST, "bucket 0 overflow 2 slot 0"),
        ([[9, 9, 1, 0, 0, 0, 0, 0]], Rule.EMPTY_ONE, "bucket 0 slot 2"),
        ([[9] * 7 + [1]], Rule.EMPTY_ONE, "bucket 0 slot 7"),
        ([[9] * 7 + [1], [0] * 8], Rule.EMPTY_ONE, "bucket 0 slot 7"),
        ([FULL, [9] * 7 + [1]], Rule.EMPTY_ONE, "bucket 0 overflow 1 slot 7"),
        ([[9, 9, 3, 9, 9, 9, 9, 9]], Rule.TOPHASH_STATE, "bucket 0 slot 2"),
    ],
)
def test_marks_along_a_chain(rows: list[list[int]], rule: Rule | None, slot: str) -> None:
    found = [(violation.rule, violation.slot) for violation in chain(*rows)]
    if rule is None:
        assert found == []
    else:
        assert found[0][0] == rule
        assert (rule, slot) in found or found[0][1] == "bucket 0 overflow 2 slot 2"


def test_nothing_is_said_of_a_chains_lost_end() -> None:
    assert [violation.rule for violation in chain([9] * 7 + [1])] == [Rule.EMPTY_ONE]
    assert chain([9] * 7 + [1], cut=True) == []


# ---- overflow pointers

ARRAY, SIZE = 0xC000100000, 208


def links(*addrs: int, slot_start: bool = True, **columns: np.ndarray) -> OverflowLinks:
    count = len(addrs)
    given = {
        "map": np.zeros(count, np.int64),
        "old": np.zeros(count, np.bool_),
        "bucket": np.arange(count),
        "depth": np.zeros(count, np.int64),
        "addr": np.array(addrs, np.uint64),
        "array": np.full(count, ARRAY, np.uint64),
        "buckets": np.full(count, 16),
        "array_bytes": np.full(count, 18 * SIZE + 100),
        "bucket_size": np.full(count, SIZE),
        "slot_start": np.full(count, slot_start),
    }
    return OverflowLinks(**{**given, **columns})


def test_where_overflow_buckets_may_be() -> None:
    report = Report(1)
    inside = [ARRAY + SIZE * n for n in (16, 17)]
    wrong = [ARRAY, ARRAY + SIZE * 15, ARRAY + SIZE * 18, ARRAY + SIZE * 16 + 8]
    assert check_links(links(*inside, *wrong, 0xC000400000), report).tolist() == [True, True, *[False] * 4, True]
    assert [violation.slot for violation in report.violations] == ["bucket 2", "bucket 3", "bucket 4", "bucket 5"]
    assert not check_links(links(0xC000400000, slot_start=False), report)[0]
    assert report.violations[-1] == Violation(
        0, "bucket 0", Rule.OVERFLOW_ADDRESS, "overflow pointer 0xc000400000 leads to no bucket on the heap"
    )


def test_a_circle_is_broken_and_told() -> None:
    seen, report = OverflowSeen(), Report(1)
    at, followed = [1 << 20], 0
    ring = {1 << 20: 2 << 20, 2 << 20: 3 << 20, 3 << 20: 1 << 20}
    while at:
        fresh = seen.follow(links(*at, depth=np.full(len(at), followed)), report)
        at = [ring[addr] for addr, new in zip(at, fresh.tolist(), strict=True) if new]
        followed += 1
    seen.finish(report)
    assert followed == 4
    assert [(violation.rule, violation.slot) for violation in report.violations] == [
        (Rule.OVERFLOW_SHARED, "bucket 0 overflow 3")
    ]


@given(st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=6), min_size=1, max_size=6))
def test_every_bucket_linked_twice_is_told(parts: list[list[int]]) -> None:
    seen, report = OverflowSeen(), Report(1, limit=1000)
    for part in parts:
        seen.follow(links(*(addr << 12 for addr in part)), report)
        seen.next_part()
    seen.finish(report)
    every = [addr for part in parts for addr in part]
    assert report.total[0] == len(every) - len(set(every))
    assert {violation.rule for violation in report.violations} <= {Rule.OVERFLOW_SHARED}
