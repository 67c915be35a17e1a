"""Fixed results with the content that real targets have: what the renderer tests show."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from goxray.core.result import (
    BuildInfo,
    Fault,
    HeapTotals,
    KeySample,
    MapPicture,
    MapsResult,
    MapTotals,
    TargetInfo,
)
from goxray.core.schema import MIXED, columns_for, maps_schema

Raw = dict[str, Any]


def table_of(group: str, rows: list[Raw]) -> pa.Table:
    """Return a table in the project's columns from rows that leave out what is null."""
    names = [column.name for column in columns_for(group)]
    assert all(set(row) <= set(names) for row in rows)
    return pa.Table.from_pydict({name: [row.get(name) for row in rows] for name in names}, schema=maps_schema(group))


def figures(entries: int, slots: int, size: int, rebuilt: int, **more: Any) -> Raw:
    """Return the figures of one row; full slots follow the entries unless given."""
    row: Raw = {
        "entries": entries,
        "full_slots": entries,
        "slots": slots,
        "tombstones": 0,
        "load": entries / slots if slots else None,
        "bytes": size,
        "indirect_bytes": 0,
        "rebuilt_bytes": rebuilt,
        "wasted_bytes": max(0, size - rebuilt),
    }
    row.update(more)
    return row


def grouped_rows() -> list[Raw]:
    """Rows of a service on Go 1.27 that deletes most of what it inserts, the worst first."""
    return [
        {
            "count": 1,
            "kind": "swiss",
            "type": "map[main.token]main.session",
            "key": "main.token",
            "elem": "main.session",
            **figures(104_233, 2_097_152, 270_532_608, 13_631_488, tombstones=311_204),
            "load_min": 104_233 / 2_097_152,
            "load_median": 104_233 / 2_097_152,
            "load_max": 104_233 / 2_097_152,
            "owner": "main.store.byToken",
            "found_by": "both",
        },
        {
            "count": 2_000_000,
            "kind": "swiss",
            "type": "map[string]string",
            "key": "string",
            "elem": "string",
            **figures(2_211_007, 16_000_000, 608_000_000, 546_000_000, tombstones=12_001),
            "load_min": 0.0,
            "load_median": 0.125,
            "load_max": 0.875,
            "owner": "main.users[...].Tags",
            "found_by": "typed",
        },
        {
            "count": 12,
            "kind": "swiss",
            "type": "map[string]*main.订单",
            "key": "string",
            "elem": "*main.订单",
            **figures(48_001, 65_536, 1_835_008, 1_310_720),
            "load_min": 0.61,
            "load_median": 0.74,
            "load_max": 0.81,
            "owner": "main.仓库.分区[...].待处理订单按客户编号索引",
            "found_by": "both",
        },
        {
            "count": 1,
            "kind": "swiss",
            "type": "map[string]net/http.muxEntry",
            "key": "string",
            "elem": "net/http.muxEntry",
            **figures(4, 8, 504, 504),
            "load_min": 0.5,
            "load_median": 0.5,
            "load_max": 0.5,
            "owner": "net/http.DefaultServeMux.m",
            "found_by": "both",
        },
        {
            "count": 3,
            "kind": "swiss",
            "type": MIXED,
            "key": MIXED,
            "elem": MIXED,
            **figures(0, 0, 144, 144),
            "owner": "goroutine 18: main.(*store).tally (stack)",
            "found_by": "structural",
        },
        {
            "count": 1,
            "kind": "swiss",
            "type": "map[github.com/very-long-organisation/service/internal/cache.Key]interface { Expire() bool }",
            "key": "github.com/very-long-organisation/service/internal/cache.Key",
            "elem": "interface { Expire() bool }",
            **figures(5, 8, 328, 328, full_slots=6, indirect_bytes=2_400),
            "load_min": 0.625,
            "load_median": 0.625,
            "load_max": 0.625,
            "owner": "github.com/very-long-organisation/service/internal/cache.Default.shards[...].entries",
            "found_by": "both",
        },
    ]


def grouped(**changes: Any) -> MapsResult:
    """Return the report of a live process, grouped by owner."""
    rows = grouped_rows()
    result = MapsResult(
        target=TargetInfo("process", 41_207, "/srv/shop/bin/sessions"),
        build=BuildInfo("go1.27.3", "linux", "amd64"),
        consistency="stopped",
        freeze_ms=42.137,
        heap=HeapTotals(1_204_331_520, 1_204_331_520),
        totals=MapTotals(
            maps=sum(row["count"] for row in rows) + 57,
            entries=sum(row["entries"] for row in rows) + 211,
            slots=sum(row["slots"] for row in rows) + 456,
            bytes=sum(row["bytes"] for row in rows) + 31_104,
            wasted_bytes=sum(row["wasted_bytes"] for row in rows),
        ),
        group="owner",
        table=table_of("owner", rows),
        pictures=[swiss_picture()],
        rows_total=len(rows) + 14,
    )
    for name, value in changes.items():
        assert hasattr(result, name)
        setattr(result, name, value)
    return result


def single(**changes: Any) -> MapsResult:
    """Return the report of a core of a mixed, unverified build, map by map, with faults, notes and keys."""
    rows: list[Raw] = [
        {
            "addr": 0xC000_0123_4580,
            "kind": "classic",
            "type": "map[string]*main.Session",
            "key": "string",
            "elem": "*main.Session",
            **figures(5_213, 262_144, 10_747_904, 229_376, tombstones=98_771),
            "owner": "main.cache.byUser",
            "found_by": "both",
            "B": 15,
            "buckets": 32_768,
            "overflow_buckets": 12,
            "noverflow": 12,
            "old_buckets": 0,
            "nevacuate": 0,
        },
        {
            "addr": 0xC000_00A0_00C0,
            "kind": "swiss",
            "type": "map[int]struct {}",
            "key": "int",
            "elem": "struct {}",
            **figures(7, 8, 208, 208),
            "owner": 'main.limits["per\x1b[31mIP"]',
            "found_by": "typed",
            "tables": 0,
            "groups": 1,
            "dir_len": 0,
            "global_depth": 0,
            "growth_left": 0,
            "small": 1,
        },
        {
            "addr": 0xC000_00A0_0F30,
            "kind": "swiss",
            "type": None,
            "key": None,
            "elem": None,
            **figures(0, 0, 48, 48, load=float("nan")),
            "owner": None,
            "found_by": "structural",
            "tables": 0,
            "groups": 0,
            "dir_len": 0,
            "global_depth": 0,
            "growth_left": 0,
            "small": 1,
        },
    ]
    result = MapsResult(
        target=TargetInfo("core", None, "/srv/shop/bin/<b>sessions</b>"),
        build=BuildInfo("go1.28.0", "linux", "amd64", ("noswissmap", "greenteagc")),
        consistency="core",
        freeze_ms=0.0,
        heap=HeapTotals(20_000_000, 19_600_128),
        totals=MapTotals(3, 5_220, 262_152, 10_748_160, 10_518_528),
        group="none",
        table=table_of("none", rows),
        faults=[
            Fault(0xC000_00A0_0F30, "table 2 group 5 slot 3: the control byte is no legal one", violation=True),
            Fault(0, "3 spans lie in a part of the core that was cut off"),
        ],
        notes=["the core ends early: 12 MiB of 96 MiB are missing"],
        pictures=[classic_picture()],
        keys=[KeySample(0xC000_0123_4580, "main.cache.byUser", (("alice", "0xc000012340"), ("</script>\x07", "2")))],
        unverified=True,
        rows_total=3,
    )
    for name, value in changes.items():
        assert hasattr(result, name)
        setattr(result, name, value)
    return result


def swiss_picture() -> MapPicture:
    """A picture of 4096 cells of a map that was filled and then mostly emptied."""
    full = tuple(((place * 7 + place // 64) % 11) / 10 for place in range(4096))
    tombstones = tuple(((place * 13) % 17) / 16 for place in range(4096))
    return MapPicture(
        0xC0_0031_2000, "swiss", "map[main.token]main.session", "main.store.byToken", 64, full, tombstones
    )


def classic_picture() -> MapPicture:
    """A small classic map whose sixth bucket has an overflow bucket."""
    full = (8.0, 7.0, 3.0, 0.0, 5.0, 11.0, 1.0, 2.0)
    tombstones = (0.0, 1.0, 4.0, 8.0, 0.0, 2.0, 0.0, 0.0)
    return MapPicture(0xC000_0123_4580, "classic", "map[string]int", "main.cache.byUser", 1, full, tombstones)


def nothing() -> MapsResult:
    """Return the report of a program without a single map."""
    return grouped(
        table=table_of("owner", []),
        totals=MapTotals(0, 0, 0, 0, 0),
        heap=HeapTotals(0, None),
        pictures=[],
        rows_total=0,
    )
