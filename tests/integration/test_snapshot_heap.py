"""The heap of a real program in a snapshot: the same as live, whole as a graph, and robust where bits are flipped."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from goxray import api
from goxray.core.errors import BadSnapshot, GoxrayError
from goxray.core.snapshot_schema import PUBLIC_TABLES, public_schema
from goxray.heap.dominators import dominators
from goxray.heap.graph_tables import stored_analysis
from goxray.heap.heap_tables import HeapTables
from goxray.store.snapshot import open_snapshot
from tests.harness.inspect import command
from tests.harness.programs import Build
from tests.harness.truth import TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant, params

REPO = Path(__file__).parents[2]
SETS = ("shapes", "reach", "stacks")


@pytest.fixture(scope="module", params=params((CLASSIC, SWISS)))
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    variant: Variant = request.param
    path = tmp_path_factory.mktemp("heaps") / "a.gox"
    with TruthProgram(Build(variant), sets=SETS) as program:
        done = command("snapshot", str(program.pid), "-o", str(path))
    assert done.status == 0, done.err
    yield path


def test_every_public_table_is_there_in_its_columns(taken: Path) -> None:
    with open_snapshot(str(taken)) as opened:
        assert [name for name in PUBLIC_TABLES if name not in opened] == []
        for name in PUBLIC_TABLES:
            table = opened.table(name)
            assert table.schema.equals(public_schema(name)) and table.num_rows > 0, name
            for field in table.schema:
                assert pa.types.is_dictionary(field.type) or table.column(field.name).null_count <= table.num_rows


def test_tables_add_up_to_the_totals(taken: Path) -> None:
    def one(sql: str) -> tuple[int, ...]:
        with api.query(str(taken), sql) as answer:
            return tuple(answer.table().to_pylist()[0].values())

    with open_snapshot(str(taken)) as opened:
        heap, maps = opened.manifest.heap, opened.manifest.maps
    assert heap.live_objects == heap.runtime_live_objects and heap.live_bytes == heap.runtime_live_bytes
    assert one("SELECT sum(allocated), sum(live_bytes) FROM spans") == (heap.live_objects, heap.live_bytes)
    assert one("SELECT sum(reachable_bytes) FROM spans") == (heap.reachable_bytes,)
    assert one("SELECT sum(objects), sum(bytes) FROM owners") == (heap.live_objects, heap.live_bytes)
    reached = (heap.reachable_objects, heap.reachable_bytes)
    assert one("SELECT sum(objects), sum(bytes) FROM objects_by_type") == reached
    assert one("SELECT sum(objects), sum(bytes) FROM owners WHERE kind <> 'unreachable'") == reached
    assert one("SELECT count(*), sum(entries), sum(bytes) FROM maps") == (maps.maps, maps.entries, maps.bytes)
    roots = one("SELECT count(*), count(*) FILTER (WHERE conservative) FROM roots")
    assert roots == (heap.roots, heap.conservative_roots)
    assert one("SELECT count(*) FROM dominators d SEMI JOIN spans s ON d.addr >= s.start")[0] > 1000


def test_the_graph_comes_back_whole(taken: Path) -> None:
    with open_snapshot(str(taken)) as opened:
        analysis = stored_analysis(opened)
        made = HeapTables(analysis)
        for name, table in (
            ("objects_by_type", made.types()),
            ("owners", made.owners()),
            ("dominators", made.dominators()),
        ):
            assert table.to_pylist() == opened.table(name).to_pylist(), name
        heap = opened.manifest.heap
    graph = analysis.graph
    again = dominators(graph.edges.start, graph.edges.target, graph.roots)
    assert np.array_equal(again, analysis.idom)
    assert len(analysis.objects) == heap.live_objects and int(analysis.reached.sum()) == heap.reachable_objects


def test_heap_of_a_snapshot_keeps_the_schema_and_says_what_the_tables_say(taken: Path) -> None:
    done = command("heap", str(taken), "--format", "json", "--limit", "0")
    assert done.status == 0, done.err
    told = json.loads(done.out)
    jsonschema.validate(told, json.loads((REPO / "docs" / "schema" / "goxray.heap-1.json").read_text()))
    with open_snapshot(str(taken)) as opened:
        assert told["reconcile"]["live_bytes"] == opened.manifest.heap.live_bytes
        assert told["owners"] == opened.table("owners").to_pylist()
        assert told["rss"] == opened.table("rss").to_pylist()
    assert command("heap", str(taken)).status == 0


def test_nothing_that_memory_holds_is_in_the_file(taken: Path) -> None:
    """Strings are secrets: the program's are "key-1" and so on (names.go), and no table has such a thing."""
    with open_snapshot(str(taken)) as opened:
        for name in opened.names:
            for field in opened.table(name).schema:
                column = opened.table(name).column(field.name)
                if pa.types.is_dictionary(field.type) or pa.types.is_string(field.type):
                    texts = set(column.cast(pa.string()).to_pylist())
                    assert not any(text and "key-" in text for text in texts)


def test_flipped_bits_in_internal_tables_end_in_a_line(taken: Path, tmp_path: Path) -> None:
    """With hashes that fit: whoever reads the file must not trust what the numbers in it point to."""
    with zipfile.ZipFile(taken) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    dice = random.Random(1)
    outcomes = set()
    for table in (
        "_spans",
        "_objects",
        "_nodes",
        "_edges",
        "_roots",
        "_holders",
        "_exprs",
        "_types",
        "_words",
        "_slots",
    ):
        for _ in range(4):
            made = dict(content)
            whole = parquet.read_table(io.BytesIO(content[f"{table}.parquet"]))
            place = dice.randrange(whole.num_columns)
            column = whole.column(place).combine_chunks()
            if not (pa.types.is_integer(column.type) and len(column)):
                continue
            values = np.array(column.to_numpy())
            values[dice.randrange(len(values))] ^= values.dtype.type(1 << dice.randrange(values.dtype.itemsize * 8 - 1))
            out = io.BytesIO()
            changed = whole.set_column(place, whole.schema.field(place), pa.array(values, column.type))
            parquet.write_table(changed, out, compression="zstd")
            made[f"{table}.parquet"] = out.getvalue()
            told = json.loads(content["manifest.json"])
            for entry in told["tables"]:
                if entry["name"] == table:
                    entry["sha256"] = hashlib.sha256(out.getvalue()).hexdigest()
            made["manifest.json"] = json.dumps(told).encode()
            path = tmp_path / "flipped.gox"
            with zipfile.ZipFile(path, "w") as archive:
                for name, data in made.items():
                    archive.writestr(name, data)
            try:
                with open_snapshot(str(path)) as opened:
                    made_of_it = HeapTables(stored_analysis(opened))
                    assert made_of_it.types().num_rows and made_of_it.dominators().num_rows
                outcomes.add("answered")
            except GoxrayError as error:
                assert isinstance(error, BadSnapshot) and "\n" not in str(error)
                outcomes.add("refused")
    assert outcomes == {"answered", "refused"}
