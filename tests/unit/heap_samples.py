"""Fixed results of ``goxray heap`` and ``goxray why`` with the content that real targets have."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from goxray.core.heap_result import HeapResult, OwnerPath, Reconcile, WhyPath, WhyResult, WhyStep
from goxray.core.heap_schema import HEAP_SCHEMA_ID, HEAP_TABLES, arrow_schema
from goxray.core.result import BuildInfo, Fault, TargetInfo

Raw = dict[str, Any]
MIB = 1 << 20

TYPES: list[Raw] = [
    {"type": "main.Session", "objects": 1_200_000, "bytes": 134_400_000, "retained_bytes": 403_200_000},
    {"type": "[...]uint8", "objects": 2_611_004, "bytes": 201_100_288, "retained_bytes": 201_100_288},
    {
        "type": "[...]map.group[string]*main.Session",
        "objects": 1_024,
        "bytes": 75_497_472,
        "retained_bytes": 488_636_416,
    },
    {"type": "string", "objects": 300_017, "bytes": 14_400_816, "retained_bytes": 40_000_816},
    {"type": "map[string]*main.订单", "objects": 12, "bytes": 576, "retained_bytes": 1_900_544},
    {"type": "main.Store", "objects": 1, "bytes": 96, "retained_bytes": 488_636_608},
    {"type": None, "objects": 91, "bytes": 5_824, "retained_bytes": 5_824},
]
OWNERS: list[Raw] = [
    {"owner": "main.store", "kind": "global", "objects": 3_601_025, "bytes": 488_636_608,
     "retained_bytes": 488_636_608},
    {"owner": "main.users", "kind": "global", "objects": 420_100, "bytes": 83_886_080, "retained_bytes": 80_000_000},
    {"owner": "goroutine 18: main.(*Server).serve (stack)", "kind": "goroutine", "objects": 2_311,
     "bytes": 19_922_944, "retained_bytes": 19_922_944},
    {"owner": "main.仓库.分区", "kind": "global", "objects": 48_013, "bytes": 1_900_544, "retained_bytes": 1_900_544},
    {"owner": "finalizers of *os.File", "kind": "finalizer", "objects": 6, "bytes": 1_536, "retained_bytes": 0},
    {"owner": "(unreachable)", "kind": "unreachable", "objects": 40_694, "bytes": 11_534_336,
     "retained_bytes": 11_534_336},
]  # fmt: skip
DOMINATORS: list[Raw] = [
    {"addr": 0xC000_0100_00C0, "type": "main.Store", "owner": "main.store", "bytes": 96,
     "retained_bytes": 488_636_608, "retained_objects": 3_601_025},
    {"addr": 0xC000_0100_0300, "type": "map[string]*main.Session", "owner": "main.store.byUser", "bytes": 48,
     "retained_bytes": 480_247_808, "retained_objects": 3_600_000},
    {"addr": 0xC000_4000_0000, "type": "[...]uint8", "owner": "main.users.index", "bytes": 67_108_864,
     "retained_bytes": 67_108_864, "retained_objects": 1},
    {"addr": 0xC000_0200_0000, "type": "github.com/very-long-organisation/service/internal/cache.Shard",
     "owner": "github.com/very-long-organisation/service/internal/cache.Default.shards[...].entries", "bytes": 512,
     "retained_bytes": 12_582_912, "retained_objects": 90_112},
    {"addr": 0xC000_0210_0000, "type": "main.<b>evil</b>", "owner": 'main.limits["per\x1b[31mIP"]', "bytes": 208,
     "retained_bytes": 4_096, "retained_objects": 3},
]  # fmt: skip
SUSPECTS: list[Raw] = [
    {"kind": "object", "owner": "main.store", "type": "main.Store", "addr": 0xC000_0100_00C0, "count": 1,
     "retained_bytes": 488_636_608, "retained_objects": 3_601_025, "share": 488_636_608 / 594_347_712,
     "accumulation_owner": "main.store.byUser[...]", "accumulation_type": "map[string]*main.Session",
     "accumulation_addr": 0xC000_0100_0300, "accumulation_bytes": 480_247_808, "accumulation_objects": 1_200_000,
     "accumulation_member_type": "*main.Session"},
    {"kind": "owner", "owner": "main.users[...].Avatar", "type": "[...]uint8", "addr": None, "count": 20_800,
     "retained_bytes": 67_108_864, "retained_objects": 20_800, "share": 67_108_864 / 594_347_712,
     "accumulation_owner": None, "accumulation_type": None, "accumulation_addr": None, "accumulation_bytes": None,
     "accumulation_objects": None, "accumulation_member_type": None},
]  # fmt: skip


def _collection(kind: str, name: str, owner: str, count: int, used: int, capacity: int, size: int, waste: int) -> Raw:
    return {"kind": kind, "type": name, "owner": owner, "count": count, "used": used, "capacity": capacity,
            "bytes": size, "wasted_bytes": waste, "fill": used / capacity if capacity else None}  # fmt: skip


COLLECTIONS: list[Raw] = [
    _collection(
        "map", "map[string]*main.Session", "main.store.byUser", 1, 1_200_000, 4_194_304, 75_497_472, 52_428_800
    ),
    _collection("slice", "[]uint8", "main.users[...].Avatar", 20_800, 11_010_048, 67_108_864, 67_108_864, 56_098_816),
    _collection("string", "string", "main.users[...].Name", 20_800, 312_000, 21_299_200, 21_299_200, 20_987_200),
    _collection("chan", "chan main.Event", "main.events", 1, 0, 65_536, 2_097_152, 2_097_152),
    _collection("map", "map[string]int", "main.empty", 3, 0, 0, 144, 0),
]


def _fills() -> list[Raw]:
    shapes = {
        "map": (30, 4, 2, 1, 0, 5, 90, 400, 12, 3),
        "slice": (900, 20, 3, 7, 40, 60, 200, 300, 500, 4_000),
        "chan": (1, 0, 0, 0, 0, 0, 0, 0, 0, 2),
        "string": (20_800, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    rows = []
    for kind, counts in shapes.items():
        for place, count in enumerate(counts):
            rows.append(
                {"kind": kind, "fill_from": place / 10, "fill_to": (place + 1) / 10, "count": count,
                 "bytes": count * 4_096, "wasted_bytes": count * 4_096 * (9 - place) // 10}
            )  # fmt: skip
    return rows


FILLS = _fills()
DUPLICATES: list[Raw] = [
    {"text": "application/json; charset=utf-8", "length": 31, "count": 41_200, "bytes": 1_318_400,
     "wasted_bytes": 1_318_368},
    {"text": "会话\x1b[2J过期", "length": 16, "count": 12, "bytes": 192, "wasted_bytes": 176},
]  # fmt: skip
RSS: list[Raw] = [
    {"category": "live objects", "bytes": 594_347_712, "resident_bytes": 592_445_440},
    {"category": "dead objects, not yet swept", "bytes": 11_534_336, "resident_bytes": 11_534_336},
    {"category": "free pages, not returned", "bytes": 61_865_984, "resident_bytes": 52_428_800},
    {"category": "free slots in spans in use", "bytes": 8_388_608, "resident_bytes": 8_388_608},
    {"category": "free pages, returned to the OS", "bytes": 209_715_200, "resident_bytes": 0},
    {"category": "goroutine stacks", "bytes": 4_194_304, "resident_bytes": 3_145_728},
    {"category": "runtime metadata: mark and allocation bitmaps", "bytes": 18_874_368, "resident_bytes": 12_582_912},
    {"category": "something that nobody has named yet", "bytes": 16_777_216, "resident_bytes": 7_340_032},
]
_ROWS = {
    "types": TYPES,
    "owners": OWNERS,
    "dominators": DOMINATORS,
    "suspects": SUSPECTS,
    "collections": COLLECTIONS,
    "fills": FILLS,
    "duplicates": DUPLICATES,
    "rss": RSS,
}
PATHS = [
    OwnerPath(("main.store",), 1, 96, 488_636_608),
    OwnerPath(("main.store", "main.store.byUser", "main.store.byUser[...]"), 1_200_000, 134_400_000, 403_200_000),
    OwnerPath(
        ("main.store", "main.store.byUser", "main.store.byUser[...]", "main.store.byUser[...].Token"),
        1_200_000, 268_800_000, 268_800_000,
    ),
    OwnerPath(("main.store", "main.store.byUser"), 1_025, 77_047_712, 480_247_808),
    OwnerPath(("main.users", "main.users[...]", "main.users[...].Avatar"), 20_800, 67_108_864, 67_108_864),
    OwnerPath(("goroutine 18: main.(*Server).serve (stack)",), 2_311, 19_922_944, 19_922_944),
    OwnerPath(("main.users", "main.users[...]"), 399_300, 16_777_216, 12_891_136),
]  # fmt: skip


def heap_table(name: str, rows: list[Raw]) -> pa.Table:
    """Return one of the tables from rows."""
    columns = HEAP_TABLES[name]
    assert all(set(row) == {column.name for column in columns} for row in rows), name
    return pa.Table.from_pydict(
        {column.name: [row[column.name] for row in rows] for column in columns},
        schema=arrow_schema(columns, HEAP_SCHEMA_ID),
    )


def heap_tables(*leave_out: str, **changes: list[Raw]) -> dict[str, pa.Table]:
    """Return all tables but those; a table's rows can be given."""
    return {name: heap_table(name, changes.get(name, rows)) for name, rows in _ROWS.items() if name not in leave_out}


def _changed(result: Any, changes: dict[str, Any]) -> Any:
    for name, value in changes.items():
        assert hasattr(result, name)
        setattr(result, name, value)
    return result


def heap(**changes: Any) -> HeapResult:
    """Return the report of a live service whose session store grows and grows."""
    tables = heap_tables("duplicates")
    result: HeapResult = _changed(
        HeapResult(
            target=TargetInfo("process", 41_207, "/srv/shop/bin/sessions"),
            build=BuildInfo("go1.27.3", "linux", "amd64"),
            consistency="stopped",
            freeze_ms=42.137,
            reconcile=Reconcile(
                live_objects=4_112_149,
                live_bytes=605_882_048,
                runtime_live_objects=4_112_149,
                runtime_live_bytes=605_882_048,
                reachable_objects=4_071_455,
                reachable_bytes=594_347_712,
                runtime_marked_bytes=590_000_128,
                roots=12_345,
                conservative_roots=0,
            ),
            tables=tables,
            rows_total={name: table.num_rows for name, table in tables.items()}
            | {"types": 614, "dominators": 812_004, "owners": 38},
            paths=list(PATHS),
        ),
        changes,
    )
    return result


def odd_heap(**changes: Any) -> HeapResult:
    """Return the report of a core of an unverified build: differences, conservative roots, faults, notes."""
    tables = heap_tables(rss=[{**row, "resident_bytes": None} for row in RSS])
    result: HeapResult = _changed(
        heap(
            target=TargetInfo("core", None, "/srv/shop/bin/<b>sessions</b>"),
            build=BuildInfo("go1.28.0", "linux", "arm64", ("greenteagc",)),
            consistency="core",
            freeze_ms=0.0,
            reconcile=Reconcile(
                4_112_149, 605_882_048, 4_112_152, 605_882_240, 4_071_455, 594_347_712, None, 12_345, 345
            ),
            tables=tables,
            rows_total={name: table.num_rows for name, table in tables.items()},
            faults=[Fault(0xC000_00A0_0F30, "the span's elemsize is 0"), Fault(0, "3 spans lie in what was cut off")],
            notes=["the core ends early: 12 MiB of 96 MiB are missing"],
            unverified=True,
        ),
        changes,
    )
    return result


def empty_heap(**changes: Any) -> HeapResult:
    """Return the report of a program that has nothing on its heap and whose runtime says nothing."""
    tables = {name: heap_table(name, []) for name in _ROWS if name != "duplicates"}
    result: HeapResult = _changed(
        heap(
            reconcile=Reconcile(0, 0, None, None, 0, 0, None, 0, 0),
            tables=tables,
            rows_total=dict.fromkeys(tables, 0),
            paths=[],
        ),
        changes,
    )
    return result


def step(addr: int, name: str, expr: str, via: str, size: int, held: int, freed: int, count: int = 0) -> WhyStep:
    """Return one step of a path."""
    return WhyStep(addr, name, expr, via, size, held, freed, count or (1 if freed else 0))


GLOBAL_PATH = WhyPath(
    "global",
    "main.store",
    False,
    (
        step(0xC000_0100_00C0, "main.Store", "main.store", "", 96, 488_636_608, 488_636_608, 3_601_025),
        step(0xC000_0100_0300, "map[string]*main.Session", "main.store.byUser", ".byUser", 48, 480_247_808,
             480_247_808, 3_600_000),
        step(0xC000_0130_0000, "[...]map.group[string]*main.Session", "main.store.byUser", "", 73_728, 410_000,
             410_000, 900),
        step(0xC000_0123_4580, "main.Session", "main.store.byUser[...]", "[...]", 112, 336, 0),
    ),
)  # fmt: skip
STACK_PATH = WhyPath(
    "goroutine",
    "goroutine 18: main.(*Server).serve (stack)",
    True,
    (step(0xC000_0123_4580, "main.Session", "goroutine 18: main.(*Server).serve (stack)", "", 112, 336, 0),),
)


def why(**changes: Any) -> WhyResult:
    """Return why one session is alive: a global and a stack hold it."""
    result: WhyResult = _changed(
        WhyResult(
            target=TargetInfo("process", 41_207, "/srv/shop/bin/sessions"),
            build=BuildInfo("go1.27.3", "linux", "amd64"),
            consistency="stopped",
            freeze_ms=31.9,
            asked="0xc00001234580",
            subject_addr=0xC000_0123_4580,
            subject_type="main.Session",
            objects=1,
            bytes=112,
            retained_bytes=336,
            reachable=True,
            paths=[GLOBAL_PATH, STACK_PATH],
        ),
        changes,
    )
    return result


def why_type(**changes: Any) -> WhyResult:
    """Return why all objects of a type are alive: 1,200,000 sessions behind one map."""
    result: WhyResult = _changed(
        why(
            asked="*main.Session",
            subject_addr=None,
            subject_type="main.Session",
            objects=1_200_000,
            bytes=134_400_000,
            retained_bytes=403_200_000,
            paths=[GLOBAL_PATH],
        ),
        changes,
    )
    return result


def why_garbage(**changes: Any) -> WhyResult:
    """Return the answer for an object that nothing leads to."""
    result: WhyResult = _changed(why(reachable=False, paths=[], retained_bytes=112), changes)
    return result


def long_list(length: int) -> WhyPath:
    """Return a path along a linked list, of which each node holds all that follow."""
    first = step(0xC000_0000_0000, "main.Node", "main.head", "", 16, 16 * length, 16 * length, length)
    more = tuple(
        step(0xC000_0000_0000 + 16 * at, "main.Node", "main.head" + ".next" * min(at, 40), ".next", 16,
             16 * (length - at), 16 * (length - at), length - at)
        for at in range(1, length)
    )  # fmt: skip
    return WhyPath("global", "main.head", False, (first, *more))


def why_list(length: int = 5_000) -> WhyResult:
    """Return the answer for the last node of a long linked list."""
    path = long_list(length)
    return why(
        asked=hex(path.steps[-1].addr), subject_addr=path.steps[-1].addr, subject_type="main.Node", bytes=16,
        retained_bytes=16, paths=[path],
    )  # fmt: skip
