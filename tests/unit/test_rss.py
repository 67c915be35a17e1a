"""The account of RSS on made-up address spaces, against painting every single byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goxray.goruntime import accounts
from goxray.goruntime.accounts import Account
from goxray.goruntime.ranges import NO_RANGES, Ranges, union
from goxray.goruntime.spans import SpanTable
from goxray.heap import rss, rss_mappings
from goxray.heap.graph import Objects
from goxray.heap.rss import SpanCensus, rss_table
from goxray.target.residency import Mapping, Residency

OS_PAGE, PAGE = 4096, 8192
BASE = 0xC000000000
HEAP_PAGES = 48
REST = 16 * OS_PAGE  # mapped behind the heap


class Spans(SpanTable):
    """A table of spans made up of (page, pages, elem size, nelems)."""

    def __init__(self, rows: list[tuple[int, int, int, int]]) -> None:
        columns = {name: np.zeros(len(rows), np.int64) for name in (
            "freeindex", "allocCount", "allocCountBeforeCache", "spanclass", "allocBits", "gcmarkBits", "sweepgen",
            "specials", "largeType", "state",
        )}  # fmt: skip
        columns["startAddr"] = np.array([BASE + PAGE * row[0] for row in rows], np.uint64)
        for number, name in ((1, "npages"), (2, "elemsize"), (3, "nelems")):
            columns[name] = np.array([row[number] for row in rows], np.int64)
        super().__init__(columns, PAGE)


class MadeUp:
    """Stands for a Runtime: only its spans are asked for."""

    def __init__(self, spans: SpanTable) -> None:
        self.spans = spans


def account(**known: object) -> Account:
    """Make an account with nothing but what is given."""
    made = {
        "arenas": NO_RANGES, "grown": NO_RANGES, "free": NO_RANGES, "scavenged": NO_RANGES, "stack_spans": NO_RANGES,
        "stacks": NO_RANGES, "summaries": NO_RANGES, "thread_stacks": np.zeros(0, np.uint64), "code": [],
        "metadata": {kind: NO_RANGES for kind in (accounts.INDEX, accounts.BITMAPS, accounts.RECORDS, accounts.WORK)},
        "data": NO_RANGES, "cgo": True, "figures": None, "obtained": None,
    }  # fmt: skip
    return Account(**{**made, **known})  # type: ignore[arg-type]


def census_of(reachable: int, unreachable: int, dead: int) -> SpanCensus:
    """Say what fills the only span."""
    one = [np.array([size], np.int64) for size in (reachable, unreachable, dead)]
    return SpanCensus(one[0], one[1], one[2])


def pages(first: int, count: int) -> Ranges:
    """Return a range of heap pages."""
    return Ranges.single(BASE + PAGE * first, PAGE * count)


class Scene:
    """A random heap with random objects, of which random pages are in RAM."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.bytes: NDArray[np.uint8] = np.full(HEAP_PAGES * PAGE + REST, 255, np.uint8)
        self.known: dict[str, Ranges] = {}
        rows, at = [], 0
        while at < HEAP_PAGES:
            count = int(self.rng.integers(1, 5))
            count = min(count, HEAP_PAGES - at)
            kind = self.rng.choice(["span", "span", "span", "free", "gone", "stack", "work", "none"])
            if kind == "span":
                size = int(self.rng.choice([16, 48, 1152, 4096, 6528, count * PAGE]))
                size = min(size, count * PAGE)
                rows.append((at, count, size, max(1, (count * PAGE - int(self.rng.integers(0, 300))) // size)))
            else:
                self.add(str(kind), pages(at, count))
            at += count
        self.spans = Spans(rows)
        self.present = self.rng.random(len(self.bytes) // OS_PAGE) < self.rng.choice([0.0, 0.3, 0.9, 1.0])

    def add(self, kind: str, ranges: Ranges) -> None:
        self.known[kind] = union([self.known[kind], ranges]) if kind in self.known else ranges

    def account(self) -> Account:
        known = {kind: self.known.get(kind, NO_RANGES) for kind in ("free", "gone", "stack", "work")}
        used = [
            (low, low + (high - low) // 2) for low, high in zip(known["stack"].start, known["stack"].end, strict=True)
        ]
        metadata = account().metadata | {accounts.WORK: known["work"]}
        stacks = Ranges.of(*np.array(used, np.uint64).reshape(-1, 2).T)
        return account(
            grown=pages(0, HEAP_PAGES), free=known["free"], scavenged=known["gone"], stack_spans=known["stack"],
            stacks=stacks, metadata=metadata,
        )  # fmt: skip

    def residency(self) -> Residency:
        flags = np.where(self.present, 0x81, 0).astype(np.uint8)
        whole = Mapping(BASE, BASE + len(self.bytes), "rw-p", 0, "", int(self.present.sum()) * OS_PAGE, 0, 0)
        reserved = Mapping(whole.end + PAGE, whole.end + PAGE + (1 << 30), "---p", 0, "", 0, 0, 0)
        return Residency([whole, reserved], {0: flags}, OS_PAGE)

    def census(self) -> SpanCensus:
        """Fill slots at random with reachable, unreachable, dead objects; dead ones are in no list of objects."""
        self.slots = [self.rng.integers(0, 4, int(n)) for n in self.spans.nelems]
        first = np.concatenate(([0], np.cumsum([int((kinds < 2).sum()) for kinds in self.slots]))).astype(np.int64)
        slot = np.concatenate([np.zeros(0, np.uint16), *(np.flatnonzero(kinds < 2) for kinds in self.slots)])
        reached = np.concatenate([np.zeros(0, np.bool_), *(kinds[kinds < 2] == 0 for kinds in self.slots)])
        sizes = self.spans.elem_size.astype(np.int64)
        dead = np.array([int((kinds == 2).sum()) for kinds in self.slots], np.int64) * sizes
        noscan = np.zeros(len(self.spans), np.bool_)
        objects = Objects(first, slot.astype(np.uint16), self.spans.start, sizes, noscan)
        return SpanCensus.of(objects, reached.astype(np.bool_), dead)

    def paint(self) -> dict[str, tuple[int, int]]:
        """Give every byte its category, one slot and one range at a time, and count."""
        names = list(rss.CATEGORIES)
        self.bytes[:] = names.index(rss_mappings.OTHER)
        self.fill(pages(0, HEAP_PAGES), rss.FREE_PAGES)
        of_kind = {"free": rss.FREE_PAGES, "gone": rss.SCAVENGED, "stack": rss.FREE_STACKS}
        for kind, category in {**of_kind, "work": rss.METADATA[accounts.WORK]}.items():
            self.fill(self.known.get(kind, NO_RANGES), category)
        self.fill(self.account().stacks, rss.STACKS)
        kinds = (rss.LIVE, rss.UNREACHABLE, rss.DEAD, rss.FREE_SLOTS)
        for start, end, size, slots in zip(
            self.spans.start.tolist(), self.spans.end.tolist(), self.spans.elem_size.tolist(), self.slots, strict=True
        ):
            self.bytes[start - BASE : end - BASE] = names.index(rss.TAILS)
            for number, kind in enumerate(slots.tolist()):
                at = start - BASE + number * size
                self.bytes[at : at + size] = names.index(kinds[kind])
        in_ram = np.repeat(self.present, OS_PAGE)
        found = {}
        for number, name in enumerate(names):
            here = self.bytes == number
            found[name] = (int(here.sum()), int((here & in_ram).sum()))
        return found

    def fill(self, ranges: Ranges, category: str) -> None:
        for low, high in zip(ranges.start.tolist(), ranges.end.tolist(), strict=True):
            self.bytes[low - BASE : high - BASE] = rss.CATEGORIES.index(category)


@given(st.integers(0, 1 << 32))
@settings(max_examples=60, deadline=None)
def test_every_byte_is_counted_where_it_belongs(seed: int) -> None:
    scene = Scene(seed)
    census, residency = scene.census(), scene.residency()
    rows = {row.category: row for row in rss_table(MadeUp(scene.spans), scene.account(), residency, census)}  # type: ignore[arg-type]
    assert rows.pop(rss_mappings.RESERVED).bytes == 1 << 30
    wanted = {name: counts for name, counts in scene.paint().items() if counts != (0, 0)}
    assert {name: row.bytes for name, row in rows.items()} == {name: size for name, (size, _) in wanted.items()}
    shared = (rss.DEAD, rss.FREE_SLOTS)  # between these two what is in RAM of a span is shared out
    assert {n: row.resident_bytes for n, row in rows.items() if n not in shared} == {
        n: ram for n, (_, ram) in wanted.items() if n not in shared
    }
    assert sum(rows[n].resident_bytes or 0 for n in shared if n in rows) == sum(
        wanted.get(n, (0, 0))[1] for n in shared
    )
    assert sum(row.resident_bytes or 0 for row in rows.values()) == residency.rss


@given(st.integers(0, 1 << 32))
@settings(max_examples=30, deadline=None)
def test_without_objects_what_is_in_ram_is_shared_out_in_proportion(seed: int) -> None:
    scene = Scene(seed)
    known = scene.census()
    census = SpanCensus(known.reachable, known.unreachable, known.dead)
    residency = scene.residency()
    rows = {row.category: row for row in rss_table(MadeUp(scene.spans), scene.account(), residency, census)}  # type: ignore[arg-type]
    wanted = scene.paint()
    assert {n: row.bytes for n, row in rows.items() if n in wanted and n != rss_mappings.RESERVED} == {
        n: size for n, (size, ram) in wanted.items() if size
    }
    assert sum(row.resident_bytes or 0 for row in rows.values()) == residency.rss
    assert all(0 <= (row.resident_bytes or 0) <= row.bytes for row in rows.values())
    exact = (rss.TAILS, rss.FREE_PAGES, rss.SCAVENGED, rss.STACKS, rss.FREE_STACKS)
    assert {n: rows[n].resident_bytes for n in exact if n in rows} == {n: wanted[n][1] for n in exact if wanted[n][0]}


def test_half_a_span_in_ram_is_shared_in_proportion_by_hand() -> None:
    spans = Spans([(0, 2, 4096, 4)])
    flags = np.array([0x81, 0x81, 0, 0], np.uint8)
    heap = Mapping(BASE, BASE + 2 * PAGE, "rw-p", 0, "", 2 * OS_PAGE, 0, 0)
    census = census_of(2 * 4096, 4096, 0)
    rows = rss_table(MadeUp(spans), account(), Residency([heap], {0: flags}, OS_PAGE), census)  # type: ignore[arg-type]
    assert [(row.category, row.bytes, row.resident_bytes) for row in rows] == [
        (rss.LIVE, 8192, 4096),
        (rss.UNREACHABLE, 4096, 2048),
        (rss.FREE_SLOTS, 4096, 2048),
    ]


def test_a_census_that_is_too_large_for_its_spans_is_cut() -> None:
    spans = Spans([(0, 1, 8192, 1)])
    heap = Mapping(BASE, BASE + PAGE, "rw-p", 0, "", PAGE, 0, 0)
    census = census_of(6000, 6000, 6000)
    rows = rss_table(MadeUp(spans), account(), Residency([heap], {0: np.full(2, 0x81, np.uint8)}, OS_PAGE), census)  # type: ignore[arg-type]
    assert [(row.category, row.resident_bytes) for row in rows] == [(rss.LIVE, 6000), (rss.UNREACHABLE, 2192)]


NO_SPANS = np.zeros(0, np.int64)
NOTHING = SpanCensus(NO_SPANS, NO_SPANS, NO_SPANS)


def mapping(start: int, size: int, perms: str = "rw-p", name: str = "") -> Mapping:
    """Make a mapping that is wholly in RAM if anyone may access it."""
    return Mapping(start, start + size, perms, 0, name, 0 if perms.startswith("---") else size, 0, 0)


PROCESS = [
    mapping(0x400000, 0x1000, "r--p", "/srv/app"),
    mapping(0x401000, 0x1000, "r-xp", "/srv/app"),
    mapping(0x402000, 0x1000, "rw-p", "/srv/app"),
    mapping(0x403000, 0x1000),
    mapping(0x900000, 0x1000, "rw-p", "[heap]"),
    mapping(0x7F0000000000, 0x21000),
    mapping(0x7F0000021000, (64 << 20) - 0x21000, "---p"),
    mapping(0x7F0010000000, 0x1000, "---p"),
    mapping(0x7F0010001000, 0x100000),
    mapping(0x7F0020000000, 0x1000, "r-xp", "/lib/libc.so.6"),
    mapping(0x7F0020001000, 0x1000, "rw-p", "/lib/libc.so.6"),
    mapping(0x7F0020002000, 0x1000),
    mapping(0x7F0030000000, 0x1000, "r--s", "/data/table"),
    mapping(0x7F0040000000, 0x1000, "rw-p", "[anon: Go: gc bits]"),
    mapping(0x7FFE00000000, 0x1000, "rw-p", "[stack]"),
    mapping(0x7FFE10000000, 0x1000, "r-xp", "[vdso]"),
]


@pytest.mark.parametrize("cgo", [False, True])
def test_mappings_are_judged_by_name_rights_and_neighbours(cgo: bool) -> None:
    known = account(code=[0x401234], cgo=cgo, thread_stacks=np.array([0x7F0010080000], np.uint64))
    rows = rss_table(
        MadeUp(Spans([])),  # type: ignore[arg-type]
        known,
        Residency(PROCESS, {}, OS_PAGE),
        NOTHING,
    )
    stack = 0x80000 - 0x1000 + (16 << 10)  # up to what glibc keeps above the end that it tells of
    anonymous = {rss_mappings.C_HEAP: 0x21000, rss_mappings.OTHER: 0x100000 - stack}
    if not cgo:
        anonymous = {rss_mappings.METADATA_OTHER: 0x21000 + 0x100000 - stack}
    wanted = {
        rss_mappings.TEXT: 0x2000,
        rss_mappings.DATA: 0x2000,
        rss_mappings.LIBRARIES: 0x3000,
        rss_mappings.C_HEAP: 0x1000,
        rss_mappings.THREAD_STACKS: stack + 0x1000,
        rss_mappings.KERNEL: 0x1000,
        rss_mappings.OTHER: 0x1000,
        rss_mappings.METADATA_OTHER: 0x1000,
        rss_mappings.RESERVED: (64 << 20) - 0x21000 + 0x1000,
    }
    for name, size in anonymous.items():
        wanted[name] += size
    assert {row.category: row.bytes for row in rows} == wanted
    assert {row.category: row.resident_bytes for row in rows} == {**wanted, rss_mappings.RESERVED: 0}


def test_the_go_heap_is_no_arena_of_the_c_library() -> None:
    """It starts at a multiple of 64 MiB too, and what it has not grown into yet is reserved as well."""
    heap = [mapping(BASE, 4 << 20), mapping(BASE + (4 << 20), 60 << 20, "---p")]
    known = account(arenas=Ranges.single(BASE, 64 << 20), grown=Ranges.single(BASE, (4 << 20) - PAGE))
    rows = rss_table(MadeUp(Spans([])), known, Residency(heap, {}, OS_PAGE), NOTHING)  # type: ignore[arg-type]
    assert {row.category: row.bytes for row in rows} == {
        rss.FREE_PAGES: (4 << 20) - PAGE,
        rss_mappings.METADATA_OTHER: PAGE,
        rss_mappings.RESERVED: 60 << 20,
    }


def test_the_runtime_is_charged_with_no_more_than_it_says_it_has_mapped() -> None:
    mappings = [mapping(0x10000000, 0x10000), mapping(0x20000000, 0x4000000), mapping(0x30000000, 0x2000)]
    known = account(cgo=False, obtained=0x12000)
    rows = rss_table(MadeUp(Spans([])), known, Residency(mappings, {}, OS_PAGE), NOTHING)  # type: ignore[arg-type]
    assert {row.category: row.bytes for row in rows} == {
        rss_mappings.METADATA_OTHER: 0x12000,
        rss_mappings.OTHER: 0x4000000,
    }


@pytest.mark.parametrize("name", ["rss.md", "rss.zh-CN.md"])
def test_every_category_is_explained(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / name).read_text()
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert [row.split("（")[0] for row in rows if row.split("（")[0] in rss.CATEGORIES] == list(rss.CATEGORIES)
