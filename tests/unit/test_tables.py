"""Rows grouped, summed, sorted and cut: tiny tables whose every figure is written down here."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.goruntime.types import GoType, Kind, MapShape
from goxray.maps.rows import MapRows
from goxray.maps.tables import group_table, make_groups, map_table, sort_keys

INT = GoType("int", Kind.INT, 8, "int")
STRING = GoType("string", Kind.STRING, 16, "string")


def map_type(key: GoType, elem: GoType) -> GoType:
    shape = MapShape("swiss", key, elem, 136, 8, 16, 16, 16, False, False, True)
    return GoType(f"{key}{elem}", Kind.MAP, 8, f"map[{key.name}]{elem.name}", map_shape=lambda: shape)


TYPES = [map_type(INT, INT), map_type(STRING, INT)]
OWNERS = [
    "main.a",
    "main.b[...]",
    "goroutine 7: main.serve (stack)",
    "goroutine 9: main.serve (stack)",
    "goroutine 7: main.serve (stack)",
]

# address, type, owner, found by, entries, slots, bytes, rebuilt bytes
MAPS = [
    (0x10, 0, 0, 2, 10, 16, 500, 400),
    (0x20, 0, 1, 2, 0, 0, 48, 48),
    (0x30, 1, 1, 2, 1, 8, 200, 190),
    (0x40, 0, 1, 1, 4, 8, 210, 300),
    (0x50, 1, 1, 2, 7, 8, 220, 100),
    (0x60, -1, -1, 0, 3, 8, 1000, 1000),
    (0x70, 0, 2, 2, 1, 8, 100, 50),
    (0x80, 0, 3, 2, 2, 8, 100, 60),
    (0x90, 0, 4, 2, 3, 8, 100, 70),
]


def rows_of(maps: list[tuple[int, ...]] = MAPS) -> MapRows:
    table = np.array(maps, np.int64).reshape(-1, 8)
    addr, type_of, owner_of, found_by, entries, slots, size, rebuilt = table.T
    return MapRows(
        kind="swiss", addr=addr.astype(np.uint64), type_of=type_of.astype(np.int32), owner_of=owner_of.astype(np.int32),
        found_by=found_by.astype(np.int8), entries=entries, full_slots=entries + 1, slots=slots,
        tombstones=(entries * 2).astype(np.int32), bytes=size, indirect_bytes=entries * 3, rebuilt_bytes=rebuilt,
        detail=lambda chosen: {
            name: addr[chosen] + position
            for position, name in enumerate(("tables", "groups", "dir_len", "global_depth", "growth_left", "small"))
        },
        types=TYPES, owners=OWNERS,
    )  # fmt: skip


def grouped(group: str, by: str = "bytes", limit: int | None = None) -> list[dict[str, object]]:
    rows = rows_of()
    groups = make_groups(rows, group)
    return group_table(rows, group, groups, groups.sorted_by(by)[:limit]).to_pylist()


def test_wasted_bytes_are_never_negative() -> None:
    assert rows_of().wasted_bytes.tolist() == [100, 0, 10, 0, 120, 0, 50, 40, 30]


@pytest.mark.parametrize(
    ("by", "addrs"),
    [
        ("bytes", [0x60, 0x10, 0x50, 0x40, 0x30, 0x70, 0x80, 0x90, 0x20]),
        ("wasted", [0x50, 0x10, 0x70, 0x80, 0x90, 0x30, 0x60, 0x40, 0x20]),
        ("entries", [0x10, 0x50, 0x40, 0x60, 0x90, 0x80, 0x30, 0x70, 0x20]),
        ("load", [0x30, 0x70, 0x80, 0x60, 0x90, 0x40, 0x10, 0x50, 0x20]),
    ],
)
def test_sorting(by: str, addrs: list[int]) -> None:
    rows = rows_of()
    order = sort_keys(rows.entries, rows.slots, rows.bytes, rows.wasted_bytes, by)
    assert rows.addr[order].tolist() == addrs


def test_one_row_a_map() -> None:
    table = map_table(rows_of(), np.array([5, 0, 1]))
    first, second, third = table.to_pylist()
    assert (first["addr"], first["type"], first["key"], first["elem"]) == (0x60, "map[?]?", "?", "?")
    assert (first["owner"], first["found_by"], first["load"]) == ("(not reached)", "structural", 3 / 8)
    assert (second["type"], second["key"], second["owner"], second["found_by"]) == (
        "map[int]int", "int", "main.a", "both",
    )  # fmt: skip
    assert [second[n] for n in ("entries", "full_slots", "slots", "tombstones", "bytes")] == [10, 11, 16, 20, 500]
    assert [second[n] for n in ("indirect_bytes", "rebuilt_bytes", "wasted_bytes")] == [30, 400, 100]
    assert (second["tables"], second["small"], second["B"], second["nevacuate"]) == (0x10, 0x15, None, None)
    assert third["load"] is None and third["entries"] == 0


def test_groups_by_owner() -> None:
    rows = {str(row["owner"]): row for row in grouped("owner")}
    assert list(rows) == ["(not reached)", "main.b[...]", "main.a", "2 goroutines: main.serve (stack)"]
    held = rows["main.b[...]"]
    assert held["count"] == 4
    assert [held[name] for name in ("entries", "full_slots", "slots", "tombstones")] == [12, 16, 24, 24]
    assert [held[name] for name in ("bytes", "indirect_bytes", "rebuilt_bytes")] == [678, 36, 638]
    assert held["wasted_bytes"] == 0 + 10 + 0 + 120
    assert held["load"] == 12 / 24
    assert [held[f"load_{name}"] for name in ("min", "median", "max")] == [1 / 8, 4 / 8, 7 / 8]
    assert (held["type"], held["key"], held["elem"], held["found_by"]) == ("(mixed)", "(mixed)", "(mixed)", "(mixed)")
    served = rows["2 goroutines: main.serve (stack)"]
    assert (served["count"], served["entries"], served["type"], served["found_by"]) == (3, 6, "map[int]int", "both")
    lost = rows["(not reached)"]
    assert (lost["count"], lost["type"], lost["found_by"]) == (1, "map[?]?", "structural")


def test_groups_by_type() -> None:
    rows = {str(row["type"]): row for row in grouped("type")}
    assert {name: row["count"] for name, row in rows.items()} == {"map[int]int": 6, "map[string]int": 2, "map[?]?": 1}
    assert rows["map[string]int"]["owner"] == "main.b[...]" and rows["map[int]int"]["owner"] == "(mixed)"
    assert rows["map[string]int"]["key"] == "string" and rows["map[?]?"]["owner"] == "(not reached)"
    assert rows["map[int]int"]["load_median"] == pytest.approx(np.median([10 / 16, 4 / 8, 1 / 8, 2 / 8, 3 / 8]))


def test_groups_are_sorted_and_cut_by_their_sums() -> None:
    assert [row["owner"] for row in grouped("owner", "wasted", 2)] == [
        "main.b[...]", "2 goroutines: main.serve (stack)",
    ]  # fmt: skip
    assert [row["owner"] for row in grouped("owner", "entries", 1)] == ["main.b[...]"]
    assert grouped("owner", "bytes", 0) == []


def test_a_group_without_slots_has_no_load() -> None:
    rows = rows_of([MAPS[1]])
    groups = make_groups(rows, "owner")
    (row,) = group_table(rows, "owner", groups, np.array([0])).to_pylist()
    assert [row[name] for name in ("load", "load_min", "load_median", "load_max")] == [None] * 4


@pytest.mark.parametrize("group", ["owner", "type"])
def test_no_maps_are_no_rows(group: str) -> None:
    rows = rows_of([])
    groups = make_groups(rows, group)
    assert group_table(rows, group, groups, groups.sorted_by("wasted")).num_rows == 0
    assert map_table(rows, np.zeros(0, np.int64)).num_rows == 0


def test_one_goroutine_is_named_by_its_number() -> None:
    rows = rows_of([MAPS[6], MAPS[8]])
    groups = make_groups(rows, "owner")
    (row,) = group_table(rows, "owner", groups, np.array([0])).to_pylist()
    assert row["owner"] == "goroutine 7: main.serve (stack)" and row["count"] == 2
