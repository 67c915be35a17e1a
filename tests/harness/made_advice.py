"""Made evidence for advice: groups of maps, sites of a profile, and what calls up every text of every rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from goxray.advise.evidence import Detail, Evidence, KeyBoxes, MapGroup, Site, Strings
from goxray.advise.findings import find
from goxray.advise.prices import Prices
from goxray.core.advise_result import Finding, Forecast
from goxray.layout import RuntimeLayout
from goxray.model.builds import build_layout
from goxray.model.gotypes import parse_type

CLASSIC, SWISS = build_layout("1.23"), build_layout("1.27")
SCANNED = [
    (key, elem)
    for key in ("string", "int")
    for elem in ("int", "string", "*int", "time.Time")
    if (key, elem) != ("int",) * 2
]
"""Types of maps that the collector looks through for no good reason."""


def group(
    layout: RuntimeLayout, type_text: str, entries: Sequence[int], slots: Sequence[int], *, owner: str = "main.m",
    bytes_each: Sequence[int] | None = None, pooled: bool = False, detail: Mapping[str, Sequence[int]] | None = None,
) -> MapGroup:  # fmt: skip
    """Maps of one type; bytes are what the model says of maps filled to their size, unless told."""
    go_type = parse_type(type_text, layout)
    prices = Prices(layout)
    shape = prices.shape_of_map(go_type)
    assert shape is not None
    if bytes_each is None:
        bytes_each = [prices.outgrown(shape, prices.most_entries(s) if s else 0).bytes.median for s in slots]
    columns = {name: np.array(values, np.int64) for name, values in (detail or {}).items()}
    if layout.map_kind == "swiss" and "tables" not in columns:
        columns["tables"] = np.array([max(s // 1024, int(s > 8)) for s in slots], np.int64)
    elif layout.map_kind == "classic":
        columns.setdefault("B", np.array([max(s // 8, 1).bit_length() - 1 for s in slots], np.int64))
        columns.setdefault("buckets", np.array([s // 8 for s in slots], np.int64))
        columns.setdefault("old_buckets", np.zeros(len(slots), np.int64))
    count = len(entries)
    return MapGroup(
        name=type_text, owner=owner, kind=layout.map_kind, addr=np.arange(1, count + 1, dtype=np.uint64) * 64,
        entries=np.array(entries, np.int64), slots=np.array(slots, np.int64), tombstones=np.zeros(count, np.int64),
        bytes=np.array(bytes_each, np.int64), indirect_bytes=np.zeros(count, np.int64),
        rebuilt_bytes=np.array([prices.filled(shape, n, n).bytes.median for n in entries], np.int64),
        detail=Detail.of(columns), type=go_type, pooled=pooled,
    )  # fmt: skip


def site(**figures: object) -> Site:
    plain = {
        "function": "main.work", "file": "/src/main.go", "line": 7, "made_objects": 0, "made_bytes": 0,
        "grown_objects": 1000, "grown_bytes": 10 << 20, "inuse_objects": 0, "inuse_bytes": 0,
    }  # fmt: skip
    return Site(**(plain | figures))  # type: ignore[arg-type]


def every_evidence() -> list[Evidence]:
    """What gives at least one finding of each text of each rule."""
    wide = {"B": [15], "buckets": [1 << 15], "old_buckets": [9], "nevacuate": [7], "overflow_buckets": [0],
            "noverflow": [0]}  # fmt: skip
    swiss = Evidence(
        SWISS,
        (
            group(SWISS, "map[int64]int64", [100], [8192]),
            group(SWISS, "map[int64]int64", [0], [8192]),
            group(SWISS, "map[int32]int32", [2] * 2000, [8] * 2000),
            group(SWISS, "map[int64][129]byte", [5000], [8192]),
            *(group(SWISS, f"map[{key}]{elem}", [100_000], [131_072]) for key, elem in SCANNED),
            group(SWISS, "map[int64]int64", [0], [65_536], pooled=True),
            group(SWISS, "map[int64]struct{}", [48_000], [65_536]),
            group(SWISS, "map[any]int64", [5000], [8192]),
        ),
        (Strings("main.s", 100, 1000, 409_600),),
        (KeyBoxes("main.m", "int", 2500, 40_000),),
        (
            site(sizes={18_432: 500}), site(sizes={2048: 2500, 1024: 2500, 512: 5000}), site(sizes={144: 50_000}),
            site(inuse_bytes=5 << 20), site(inuse_bytes=1 << 20),
        ),
        30.0,
        (Forecast("go1.28.0", "map[int]int", "main.m", 1, 10, 1000, 700, 600, 800),),
        "go1.28.0",
    )  # fmt: skip
    classic = Evidence(
        CLASSIC,
        (
            group(CLASSIC, "map[int64]int64", [500_000], [1 << 20]),
            group(CLASSIC, "map[int64]int64", [110_000], [1 << 18], bytes_each=[9 << 20], detail=wide),
        ),
        forecast=(Forecast("go1.28.0", "map[int]int", "main.m", 1, 10, 1000, 1700, 1600, 1800),),
        newer="go1.28.0",
    )
    return [swiss, classic]


def every_finding() -> list[Finding]:
    return [
        finding
        for evidence in every_evidence()
        for finding in find(evidence, Prices(evidence.layout), min_gain=-(1 << 40))
    ]
