"""Hand-made results of ``goxray profile``: a heap with maps, a difference, goroutines in text, nothing at all."""

from __future__ import annotations

from dataclasses import replace

from goxray.core.profile_result import (
    ArraySize,
    LiveMaps,
    MapMemory,
    MapMemoryRow,
    MapTypeSum,
    ProfileNote,
    ProfilePath,
    ProfileResult,
    ProfileType,
    TopRow,
)

KIB, MIB = 1 << 10, 1 << 20


def _types(*figures: tuple[str, str, int, int]) -> tuple[ProfileType, ...]:
    return tuple(ProfileType(*each) for each in figures)


def _map_rows() -> tuple[MapMemoryRow, ...]:
    """Two lines: one whose maps live and are known, one that is past."""
    return (
        MapMemoryRow(
            function="example.org/shop/cache.(*Store).Put",
            file="/src/shop/cache/store.go",
            line=41,
            how="grown",
            inuse_bytes=12 * MIB,
            inuse_error=3 * MIB,
            inuse_objects=683,
            alloc_bytes=25 * MIB,
            alloc_error=4 * MIB,
            alloc_objects=1401,
            seen=24,
            sizes=(
                ArraySize(18432, 682, 1390, "groups", 128),
                ArraySize(5120, 1, 1, "directory", 640),
                ArraySize(32, 0, 10, "table", 1),
            ),
            map_type="map[string]*shop.Session",
            live=(
                LiveMaps("main.cache.byUser", 1, 11 * MIB),
                LiveMaps("main.cache.byToken", 1, MIB),
                LiveMaps("goroutine 7: main.serve (stack)", 1, 208),
            ),
            live_bytes=12 * MIB + 208,
        ),
        MapMemoryRow(
            function="example.org/shop.count",
            file="/src/shop/count.go",
            line=7,
            how="made",
            inuse_bytes=0,
            inuse_error=2 * MIB,
            inuse_objects=0,
            alloc_bytes=9 * MIB,
            alloc_error=3 * MIB,
            alloc_objects=18,
            seen=0,
            sizes=(ArraySize(8192, 0, 18),),
            live_bytes=None,
        ),
    )


def heap_profile() -> ProfileResult:
    """A sampled heap: a third of it is maps."""
    return ProfileResult(
        file="heap.pb.gz",
        base="",
        form="protobuf",
        kind="heap",
        difference=False,
        sample_types=_types(
            ("alloc_objects", "count", 1_250_000, 1_250_000),
            ("alloc_space", "bytes", 240 * MIB, 240 * MIB),
            ("inuse_objects", "count", 40_200, 40_200),
            ("inuse_space", "bytes", 36 * MIB, 36 * MIB),
        ),
        column=3,
        sort="flat",
        by_line=False,
        period_type="space",
        period_unit="bytes",
        period=512 * KIB,
        time_s=1_700_000_000.0,
        duration_s=0.0,
        samples=312,
        locations=890,
        functions=402,
        program="/srv/shop",
        build_id="0123abcd",
        top=(
            TopRow("example.org/shop.(*Page).render", (900, 100 * MIB, 30, 20 * MIB), (950, 120 * MIB, 31, 24 * MIB)),
            TopRow(
                "example.org/shop/cache.(*Store).Put", (1401, 25 * MIB, 683, 12 * MIB), (1401, 25 * MIB, 683, 12 * MIB)
            ),
            TopRow("main.main", (0, 0, 0, 0), (1_250_000, 240 * MIB, 40_200, 36 * MIB)),
        ),
        top_total=57,
        map_memory=MapMemory(
            rows=_map_rows(),
            rows_total=2,
            known=True,
            inuse_bytes=12 * MIB,
            inuse_error=4 * MIB,
            alloc_bytes=34 * MIB,
            alloc_error=5 * MIB,
            inuse_total=36 * MIB,
            inuse_total_error=6 * MIB,
            types=(
                MapTypeSum("map[string]*shop.Session", 12 * MIB, 3 * MIB, 3, 12 * MIB + 208, "agree"),
                MapTypeSum("map[int]int", 2 * MIB, MIB, 1, 208, "more"),
                MapTypeSum("map[string]int", MIB, 3 * MIB, 40, 9 * MIB, "less"),
            ),
            looked_at="4242",
            live_bytes=14 * MIB,
        ),
        paths=(
            ProfilePath(("main.main", "example.org/shop.(*Page).render"), 20 * MIB),
            ProfilePath(("main.main", "example.org/shop/cache.(*Store).Put"), 12 * MIB),
            ProfilePath(("main.main",), 4 * MIB),
        ),
        notes=(ProfileNote("rate", {"rate": 512 * KIB}), ProfileNote("lag")),
    )


def difference() -> ProfileResult:
    """The same less an earlier one: less in use, every allocation known, no process beside it."""
    heap = heap_profile()
    assert heap.map_memory is not None
    row = replace(
        heap.map_memory.rows[0],
        inuse_bytes=-2 * MIB,
        inuse_error=0,
        inuse_objects=-110,
        sizes=(ArraySize(18432, -110, 3, "groups", 128),),
        live=(),
        live_bytes=None,
    )
    memory = replace(
        heap.map_memory,
        rows=(row,),
        rows_total=1,
        types=(),
        inuse_bytes=-2 * MIB,
        inuse_error=0,
        looked_at="",
        live_bytes=None,
    )
    return replace(
        heap,
        base="before.pb.gz",
        difference=True,
        duration_s=30.0,
        period=1,
        sample_types=_types(
            ("alloc_objects", "count", 4000, 4000),
            ("alloc_space", "bytes", 5 * MIB, 5 * MIB),
            ("inuse_objects", "count", 900, -300),
            ("inuse_space", "bytes", 3 * MIB, -1 * MIB),
        ),
        top=(
            TopRow("example.org/shop/cache.(*Store).Put", (3, 3 * MIB, -110, -2 * MIB), (3, 3 * MIB, -110, -2 * MIB)),
        ),
        top_total=1,
        map_memory=memory,
        paths=(),
        notes=(ProfileNote("lag"),),
    )


def goroutines() -> ProfileResult:
    """A count profile in text, by line, with what the tail of a heap profile in text would tell."""
    return replace(
        heap_profile(),
        file="goroutine.txt",
        form="text",
        kind="goroutine",
        sample_types=_types(("goroutine", "count", 1200, 1200)),
        column=0,
        by_line=True,
        period_type="goroutine",
        period_unit="count",
        period=1,
        time_s=None,
        program="",
        build_id="",
        top=(
            TopRow("main.wait\x1b[31m", (1199,), (1199,), "/src/shop/wait.go", 12),
            TopRow("main.main", (1,), (1200,), "/src/shop/main.go", 30),
        ),
        top_total=2,
        map_memory=None,
        paths=(ProfilePath(("main.main", "main.wait\x1b[31m"), 1199),),
        mem_stats={"HeapAlloc": 5 * MIB, "NumGC": 12, "PauseTotal": 9},
        notes=(),
    )


def empty_profile() -> ProfileResult:
    """A heap profile without a sample, whose map memory nothing tells apart."""
    heap = heap_profile()
    assert heap.map_memory is not None
    memory = MapMemory((), 0, False, 0, 0, 0, 0, 0, 0)
    zero = _types(*((kind.type, kind.unit, 0, 0) for kind in heap.sample_types))
    return replace(
        heap, sample_types=zero, top=(), top_total=0, map_memory=memory, paths=(), notes=(ProfileNote("hidden"),)
    )
