"""What changed from one look to the next: small tables whose every figure is written down, and an independent twin."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goxray.core.heap_schema import DIFF_TABLES
from goxray.heap.diff import Side, diff_tables, same_owner

Rows = list[tuple[object, ...]]


def named(values: list[object]) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


def objects(name: str, rows: Rows) -> pa.Table:
    return pa.table(
        {
            name: named([row[0] for row in rows]),
            "objects": pa.array([row[1] for row in rows], pa.int64()),
            "bytes": pa.array([row[2] for row in rows], pa.int64()),
        }
    )


def maps(rows: Rows) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [[], [], [], []]
    return pa.table(
        {
            "addr": pa.array(range(len(rows)), pa.uint64()),
            "owner": named(list(columns[0])),
            "type": named(list(columns[1])),
            "entries": pa.array(columns[2], pa.int64()),
            "bytes": pa.array(columns[3], pa.int64()),
        }
    )


def side(owners: Rows = (), types: Rows = (), of_maps: Rows = ()) -> Side:  # type: ignore[assignment]
    return Side(objects("owner", list(owners)), objects("type", list(types)), maps(list(of_maps)))


def rows_of(table: pa.Table) -> list[dict[str, object]]:
    return table.to_pylist()


def test_every_kind_of_change_and_its_figures() -> None:
    before = side(owners=[("main.cache", 10, 1000), ("main.gone", 3, 300), ("main.less", 5, 500), ("main.still", 1, 8)])
    after = side(owners=[("main.still", 1, 8), ("main.less", 4, 100), ("main.cache", 12, 5000), ("main.new", 1, 64)])
    table = diff_tables(before, after)["owners"]
    assert table.column_names == [c.name for c in DIFF_TABLES["owners"]]
    assert [tuple(row.values()) for row in rows_of(table)] == [
        ("main.cache", "grew", 10, 12, 2, 1000, 5000, 4000),
        ("main.less", "shrank", 5, 4, -1, 500, 100, -400),
        ("main.gone", "went", 3, 0, -3, 300, 0, -300),
        ("main.new", "came", 0, 1, 1, 0, 64, 64),
        ("main.still", "same", 1, 1, 0, 8, 8, 0),
    ]


def test_equal_bytes_are_told_apart_by_objects() -> None:
    before = side(types=[("[]byte", 2, 128), ("string", 4, 64)])
    after = side(types=[("[]byte", 1, 128), ("string", 8, 64)])
    changes = {row["type"]: row["change"] for row in rows_of(diff_tables(before, after)["types"])}
    assert changes == {"[]byte": "shrank", "string": "grew"}


def test_what_is_there_with_no_bytes_has_not_come() -> None:
    before, after = side(owners=[("main.a", 0, 0)]), side(owners=[("main.a", 1, 16)])
    assert rows_of(diff_tables(before, after)["owners"])[0]["change"] == "grew"


def test_goroutines_are_matched_by_their_function() -> None:
    before = side(
        owners=[
            ("goroutine 18: main.serve (stack)", 1, 100),
            ("goroutine 19: main.serve (stack)", 2, 50),
            ("goroutine 18: main.other (stack)", 1, 7),
        ]
    )
    after = side(owners=[("goroutine 4001: main.serve (stack)", 3, 151), ("goroutine 7: main.other (stack)", 1, 7)])
    assert [tuple(row.values()) for row in rows_of(diff_tables(before, after)["owners"])] == [
        ("goroutine *: main.serve (stack)", "grew", 3, 3, 0, 150, 151, 1),
        ("goroutine *: main.other (stack)", "same", 1, 1, 0, 7, 7, 0),
    ]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("main.cache.byUser", "main.cache.byUser"),
        ("goroutine 5: main.main.func1 (stack)", "goroutine *: main.main.func1 (stack)"),
        ("goroutine 123456: x (stack).next[...]", "goroutine *: x (stack).next[...]"),
        ("finalizer of *os.File", "finalizer of *os.File"),
    ],
)
def test_only_the_numbers_of_goroutines_go(text: str, normal: str) -> None:
    assert same_owner(text) == normal


def test_maps_change_by_entries_first_and_are_matched_by_owner_and_type() -> None:
    before = side(
        of_maps=[("main.a", "map[int]int", 10, 500), ("main.a", "map[int]int", 5, 300), ("main.b", "T", 1, 48)]
    )
    after = side(of_maps=[("main.a", "map[int]int", 20, 700), ("main.a", "T", 1, 48), ("main.b", "T", 1, 96)])
    assert [tuple(row.values()) for row in rows_of(diff_tables(before, after)["maps"])] == [
        ("main.a", "map[int]int", "grew", 2, 1, -1, 15, 20, 5, 800, 700, -100),
        ("main.a", "T", "came", 0, 1, 1, 0, 1, 1, 0, 48, 48),
        ("main.b", "T", "grew", 1, 1, 0, 1, 1, 0, 48, 96, 48),
    ]


def test_what_is_unnamed_is_kept_and_chunks_with_dictionaries_of_their_own_too() -> None:
    parts = [objects("owner", [("b", 1, 1), (None, 1, 2)]), objects("owner", [("a", 1, 4), ("b", 1, 8)])]
    before = Side(pa.concat_tables(parts), objects("type", []), maps([]))
    table = diff_tables(before, side())["owners"]
    assert {row["owner"]: row["bytes_before"] for row in rows_of(table)} == {"b": 9, "": 2, "a": 4}


def test_nothing_and_nothing() -> None:
    assert {name: table.num_rows for name, table in diff_tables(side(), side()).items()} == dict.fromkeys(
        DIFF_TABLES, 0
    )


NAMES = st.sampled_from(["a", "b", "goroutine 1: f", "goroutine 2: f", "goroutine 2: g", ""])
MAPS = st.lists(st.tuples(NAMES, st.sampled_from(["t", "u"]), st.integers(0, 3), st.integers(0, 2**40)), max_size=30)


@given(MAPS, MAPS)
def test_sums_agree_with_plain_counting(first: Rows, second: Rows) -> None:
    table = diff_tables(side(of_maps=first), side(of_maps=second))["maps"]
    twin = {}
    for when, rows in (("before", first), ("after", second)):
        for figure, place in (("maps", None), ("entries", 2), ("bytes", 3)):
            sums: Counter[tuple[str, str]] = Counter()
            for row in rows:
                owner = str(row[0])
                if owner.startswith("goroutine "):
                    owner = "goroutine *" + owner[owner.index(":") :]
                sums[owner, str(row[1])] += 1 if place is None else row[place]  # type: ignore[assignment]
            twin[f"{figure}_{when}"] = sums
    found = rows_of(table)
    assert {(r["owner"], r["type"]) for r in found} == set(twin["maps_before"]) | set(twin["maps_after"])
    for row in found:
        key = row["owner"], row["type"]
        for name, sums in twin.items():
            assert row[name] == sums[key]  # type: ignore[index]
    deltas = [abs(int(str(row["bytes_delta"]))) for row in found]
    assert deltas == sorted(deltas, reverse=True)
