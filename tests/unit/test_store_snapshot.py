"""Snapshot files: what is written comes back, other tools can read them, and what is damaged says so in a line."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from store_samples import MAPS, OWNERS, manifest, public, tables, write

from goxray.core.errors import BadSnapshot
from goxray.core.snapshot_schema import PUBLIC_TABLES, SNAPSHOT_SCHEMA_ID
from goxray.store.manifest import from_json, to_json
from goxray.store.snapshot import is_snapshot, open_snapshot, write_snapshot


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "a.gox")


def test_what_is_written_comes_back(file: Path) -> None:
    with open_snapshot(str(file)) as opened:
        assert opened.names == ("maps", "tables_or_buckets", "objects_by_type", "owners")
        assert "owners" in opened and "_objects" not in opened and opened.rows("owners") == 3
        for name, table in tables():
            assert opened.table(name).equals(table)
        assert opened.table("owners", ["bytes"]).to_pydict() == {"bytes": [row[3] for row in OWNERS]}
        found = opened.manifest
    wanted = manifest()
    assert found.tables and {**vars(found), "tables": ()} == vars(wanted)


def test_tables_outlive_the_file(file: Path) -> None:
    with open_snapshot(str(file)) as opened:
        table = opened.table("maps")
    file.unlink()
    assert table.column("addr").to_pylist() == [row[0] for row in MAPS]


def test_any_zip_tool_and_any_parquet_reader_can_read_it(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.infolist()[0].date_time == (2026, 3, 1, 12, 0, 0)
        owners = archive.read("owners.parquet")
        told = json.loads(archive.read("manifest.json"))
    assert parquet.read_table(io.BytesIO(owners)).num_rows == 3
    assert parquet.ParquetFile(io.BytesIO(owners)).metadata.row_group(0).column(0).compression == "ZSTD"
    assert told["schema"] == SNAPSHOT_SCHEMA_ID == "goxray.snapshot/1"
    assert told["target"] == {"kind": "process", "pid": 4242, "exe": "/srv/shop/bin/sessions"}
    assert told["totals"]["heap"]["live_bytes"] == 4096 and told["totals"]["heap"]["runtime_marked_bytes"] is None
    assert told["totals"]["maps"] == {"maps": 2, "entries": 30, "slots": 48, "bytes": 1000, "wasted_bytes": 100}
    entry = told["tables"][3]
    assert (entry["name"], entry["member"], entry["rows"]) == ("owners", "owners.parquet", 3)
    assert entry["sha256"] == hashlib.sha256(owners).hexdigest()
    meanings = [(c.name, c.meaning) for c in PUBLIC_TABLES["owners"]]
    assert [(c["name"], c["meaning"]) for c in entry["columns"]] == meanings


def test_rows_come_in_batches_and_may_go_to_a_pipe(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """A stream that cannot seek."""

        def __init__(self) -> None:
            super().__init__()
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    def batches() -> Iterator[pa.RecordBatch]:
        for first in (0, 1000, 2000):
            yield pa.record_batch({"target": pa.array(np.arange(first, first + 1000, dtype=np.uint32))})

    pipe = Pipe()
    write_snapshot(pipe, manifest(), [*tables(), ("_edges", batches())])  # type: ignore[arg-type]
    path = tmp_path / "piped.gox"
    path.write_bytes(pipe.data)
    with open_snapshot(str(path)) as opened:
        assert opened.table("_edges").column("target").to_pylist() == list(range(3000))


def test_a_table_of_twenty_million_rows_is_not_held_twice(tmp_path: Path) -> None:
    program = """
import re, sys
import numpy as np, pyarrow as pa
sys.path.insert(0, sys.argv[2])
from store_samples import manifest, tables
from goxray.store.snapshot import write_snapshot
column = np.arange(20_000_000, dtype=np.uint32)
made = [*tables(), ("_edges", pa.table({"target": column}).to_batches(max_chunksize=1 << 20))]
def peak():  # ru_maxrss would begin with that of the process that started this one
    return int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
before = peak()
with open(sys.argv[1], "wb") as out:
    write_snapshot(out, manifest(), made)
print(peak() - before)
"""
    path = str(tmp_path / "large.gox")
    done = subprocess.run(
        [sys.executable, "-c", program, path, str(Path(__file__).parent)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) * 1024 < 20_000_000 * 4 / 2
    with open_snapshot(path) as opened:
        assert opened.rows("_edges") == 20_000_000


def test_columns_that_are_not_the_documented_ones_are_never_written(tmp_path: Path) -> None:
    made = dict(tables())
    for wrong in (made["owners"].drop_columns(["bytes"]), made["owners"].rename_columns(list("abcde"))):
        with pytest.raises(ValueError, match="owners"):
            write(tmp_path / "x.gox", [("maps", made["maps"]), ("owners", wrong)])
    with pytest.raises(ValueError, match="tables_or_buckets"):
        write(tmp_path / "x.gox", [("maps", made["maps"])])
    with pytest.raises(ValueError, match="twice"):
        write(tmp_path / "x.gox", [*tables(), ("owners", made["owners"])])


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def rezip(path: Path, content: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def with_manifest(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    content = members(path)
    told = json.loads(content["manifest.json"])
    changed = change(told)
    content["manifest.json"] = json.dumps(told if changed is None else changed).encode()
    rezip(path, content)


def no_zip(path: Path) -> None:
    path.write_bytes(b"\x7fELF and so on" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def other_zip(path: Path) -> None:
    rezip(path, {"hello.txt": b"hello"})


def no_member(path: Path) -> None:
    content = members(path)
    del content["owners.parquet"]
    rezip(path, content)


def compressed(path: Path) -> None:
    rezip(path, members(path), zipfile.ZIP_DEFLATED)


def newer(path: Path) -> None:
    with_manifest(path, lambda told: told.update(schema="goxray.snapshot/2"))


def another_schema(path: Path) -> None:
    with_manifest(path, lambda told: told.update(schema="goxray.maps/1"))


def no_totals(path: Path) -> None:
    with_manifest(path, lambda told: told.pop("totals") and None)


def text_for_a_number(path: Path) -> None:
    with_manifest(path, lambda told: told.update(freeze_ms="long"))


def a_list(path: Path) -> None:
    with_manifest(path, lambda _: [1, 2])


def no_json(path: Path) -> None:
    rezip(path, {**members(path), "manifest.json": b"{"})


def two_of_a_name(path: Path) -> None:
    content = members(path)
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("owners.parquet", content["owners.parquet"])


def flipped_manifest(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    at = raw.index(b'"taken_at"') + 14
    raw[at] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (no_zip, "no snapshot"),
        (empty, "no snapshot"),
        (cut_off, "cut off"),
        (other_zip, "no snapshot"),
        (no_member, "owners.parquet"),
        (compressed, "not stored"),
        (newer, "newer goxray"),
        (another_schema, "no snapshot"),
        (no_totals, "totals"),
        (text_for_a_number, "freeze_ms"),
        (a_list, "no JSON object"),
        (no_json, "no JSON"),
        (two_of_a_name, "two members"),
        (flipped_manifest, "manifest is damaged"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(file: Path, damage: Callable[[Path], None], words: str) -> None:
    damage(file)
    with pytest.raises(BadSnapshot) as caught:
        open_snapshot(str(file))
    assert words in str(caught.value) and str(file) in str(caught.value)
    assert "\n" not in str(caught.value) and caught.value.hint
    assert caught.value.exit_code == 3


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadSnapshot, match="No such file"):
        open_snapshot(str(tmp_path / "none.gox"))


def test_a_flipped_bit_in_a_table_is_noticed_when_that_table_is_read(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    content = members(file)["owners.parquet"]
    raw[bytes(raw).index(content) + len(content) // 2] ^= 4
    file.write_bytes(raw)
    with open_snapshot(str(file)) as opened:
        assert opened.table("maps").num_rows == 2
        with pytest.raises(BadSnapshot, match="owners is damaged"):
            opened.table("owners")


def test_a_table_with_other_columns_is_refused_however_right_its_hash(file: Path) -> None:
    out = io.BytesIO()
    parquet.write_table(public("owners", OWNERS).drop_columns(["bytes"]), out)
    content = {**members(file), "owners.parquet": out.getvalue()}
    told = json.loads(content["manifest.json"])
    told["tables"][3]["sha256"] = hashlib.sha256(out.getvalue()).hexdigest()
    rezip(file, {**content, "manifest.json": json.dumps(told).encode()})
    with open_snapshot(str(file)) as opened, pytest.raises(BadSnapshot, match="bytes is missing"):
        opened.table("owners")


def test_a_table_that_is_not_in_the_file(file: Path) -> None:
    with open_snapshot(str(file)) as opened:
        for read in (opened.table, opened.rows, opened.buffer):
            with pytest.raises(BadSnapshot, match="no table roots"):
                read("roots")


def test_what_is_taken_for_a_snapshot(file: Path, tmp_path: Path) -> None:
    assert is_snapshot(str(file))
    renamed = file.rename(tmp_path / "4242")
    assert is_snapshot(str(renamed))
    (tmp_path / "empty.gox").touch()
    assert is_snapshot(str(tmp_path / "empty.gox"))
    (tmp_path / "core").write_bytes(b"\x7fELF")
    assert not is_snapshot(str(tmp_path / "core"))
    assert not is_snapshot(str(tmp_path)) and not is_snapshot("4242") and not is_snapshot("a\0b")


def test_names_that_are_no_utf8_survive_in_the_manifest() -> None:
    odd = manifest(notes=["\udcff\x1b[2J", "订单"])
    assert from_json(to_json(odd), "x").notes == odd.notes
