"""Maps that went through a table, in several batches, are grouped and shown like those just found."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from store_samples import manifest
from test_tables import MAPS, OWNERS, rows_of

from goxray.core.snapshot_schema import TABLES_OR_BUCKETS, public_schema, table_of
from goxray.heap import snapshot_tables
from goxray.heap.snapshot_tables import keep_dominators, map_batches, part_table
from goxray.maps.parts import PART_KINDS, Parts
from goxray.maps.rows import MapRows
from goxray.maps.stored import stored_rows
from goxray.maps.tables import group_table, make_groups, map_table
from goxray.store.snapshot import open_snapshot, write_snapshot


def through_a_file(rows: MapRows, path: Path) -> MapRows:
    out = io.BytesIO()
    parts = ("tables_or_buckets", table_of(TABLES_OR_BUCKETS, {}))
    write_snapshot(out, manifest(), [("maps", map_batches(rows)), parts])
    path.write_bytes(out.getvalue())
    with open_snapshot(str(path)) as opened:
        return stored_rows(opened.table("maps"))


@pytest.mark.parametrize("batch", [2, 1 << 16])
def test_every_view_is_the_same(batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_tables, "_SMALL", batch)
    rows = rows_of()
    stored = through_a_file(rows, tmp_path / "a.gox")
    every = np.arange(len(MAPS))
    assert map_table(stored, every).to_pylist() == map_table(rows, every).to_pylist()
    for group in ("owner", "type"):
        ours, theirs = make_groups(stored, group), make_groups(rows, group)  # type: ignore[arg-type]
        assert ours.labels == theirs.labels
        for by in ("bytes", "wasted", "entries", "load"):
            shown = group_table(stored, group, ours, ours.sorted_by(by))  # type: ignore[arg-type]
            wanted = group_table(rows, group, theirs, theirs.sorted_by(by))  # type: ignore[arg-type]
            assert shown.to_pylist() == wanted.to_pylist()
    assert set(stored.owners) <= set(OWNERS) and len(stored) == len(MAPS)


def test_no_maps_at_all(tmp_path: Path) -> None:
    stored = through_a_file(rows_of([]), tmp_path / "a.gox")
    assert len(stored) == 0 and map_table(stored, np.arange(0)).num_rows == 0
    assert make_groups(stored, "owner").labels == []


def test_parts_have_null_where_a_kind_has_no_such_thing() -> None:
    def column(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(values, np.int64)

    parts = Parts(
        map=column(1, 1).astype(np.uint64), addr=column(64, 0).astype(np.uint64),
        kind=column(PART_KINDS.index("table"), PART_KINDS.index("overflow")), units=column(2, 3), slots=column(16, 24),
        used=column(9, 4), tombstones=column(1, 0), bytes=column(512, 0), growth_left=column(0, -1),
        local_depth=column(3, -1), directory_slots=column(2, -1),
    )  # fmt: skip
    table = part_table(parts)
    assert table.schema.equals(public_schema("tables_or_buckets"))
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        (1, 64, "table", 2, 16, 9, 1, 0, 3, 2, 512),
        (1, None, "overflow", 3, 24, 4, 0, None, None, None, 0),
    ]


@pytest.mark.parametrize(("large", "every", "kept"), [(0, 5, 5), (3, 20_000, 10_000), (15_000, 20_000, 15_000)])
def test_a_snapshot_keeps_the_biggest_dominators(large: int, every: int, kept: int) -> None:
    held = [64 << 10] * large + [(64 << 10) - 1] * (every - large)
    table = pa.table({"addr": pa.array(range(every), pa.uint64()), "retained_bytes": pa.array(held, pa.int64())})
    found = keep_dominators(table)
    assert found.num_rows == kept and found.schema.equals(public_schema("dominators"))
