"""Exact types without a toolchain: the type checker's lines as they are read, and bounds of the programs that run."""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
import zlib
from pathlib import Path

import pytest

from goxray.audit.source.files import parsed
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.audit.types import command
from goxray.audit.types.exact import ExactTypes, FileTypes, PackageTypes, joined
from goxray.audit.types.workspace import workspace
from goxray.core.words import Words

TEXT = b"package p\n\nfunc f() { a, b := g(); a.Do(b) }\n"
G, CALL_END, DO = TEXT.index(b"g("), TEXT.index(b"; a"), TEXT.index(b"Do")
NOTE = Words("a note", "\u6ce8")


def types() -> FileTypes:
    strings = ["*lib.Client\terror", "(lib.Client).Do", "other.G", "*lib.Client"]
    return FileTypes(
        len(TEXT), zlib.crc32(TEXT), strings,
        names=[G, 2, DO - G, 1], packages=[7, 2], types=[G, CALL_END - G, 0, DO - 2 - G, 1, 3],
    )  # fmt: skip


def test_places_are_counted_from_the_one_before() -> None:
    told = types()
    assert told.name(G) == "other.G" and told.name(DO) == "(lib.Client).Do" and told.name(DO + 1) is None
    assert told.imported(7) == "other.G" and told.imported(G) is None
    assert told.type(G, CALL_END) == "*lib.Client" and told.type(G, CALL_END + 1) is None
    assert [told.result(G, CALL_END, index) for index in range(3)] == ["*lib.Client", "error", None]
    assert told.type(DO - 2, DO - 1) == "*lib.Client"


def test_facts_belong_to_one_text() -> None:
    told = types()
    assert told.fits(TEXT) and not told.fits(TEXT + b"\n") and not told.fits(TEXT.replace(b"Do", b"So"))


def test_what_is_mentioned_is_what_this_file_uses() -> None:
    told = types()
    assert told.mentions(b"lib.Client") and told.mentions(b"other") and not told.mentions(b"net/http")
    unused = FileTypes(0, 0, ["net/http.Get"], names=[], packages=[], types=[])
    assert not unused.mentions(b"net/http")


def test_the_resolver_asks_them_first_and_guesses_where_they_are_silent() -> None:
    file = parsed(TEXT, "p/f.go")
    plain = [call.callee for call in Unit(Package("p", [file])).calls("*")]
    file.exact = types()
    assert sorted([call.callee for call in Unit(Package("p", [file])).calls("*")]) == ["(lib.Client).Do", "other.G"]
    assert "?.Do" in plain
    silent = FileTypes(len(TEXT), zlib.crc32(TEXT), [])
    file.exact = silent
    assert [call.callee for call in Unit(Package("p", [file])).calls("*")] == plain


def test_a_directory_is_found_however_it_is_named(tmp_path: Path) -> None:
    def line(name: str) -> bytes:
        file = {"name": name, "size": 1, "sum": 2, "names": [3, 0], "packages": [], "types": []}
        return zlib.compress(json.dumps({"strings": [name], "files": [file]}).encode())

    one = PackageTypes(line("a.go"))
    assert {name: told.name(3) for name, told in one.files().items()} == {"a.go": "a.go"}
    assert one.digest == PackageTypes(line("a.go")).digest != PackageTypes(line("b.go")).digest
    link = tmp_path / "link"
    (tmp_path / "real").mkdir()
    link.symlink_to(tmp_path / "real")
    found = ExactTypes("go1", {str((tmp_path / "real").resolve()): one})
    assert found.package(link) == one and found.package(tmp_path) is None
    assert pickle.loads(pickle.dumps(found)) == found


def test_modules_are_joined_and_each_note_stands_once() -> None:
    one, two = ExactTypes("go1", {"/a": PackageTypes(b"")}, (NOTE,)), ExactTypes("go1", {}, (NOTE,), True)
    assert joined([one, two]) == ExactTypes("go1", {"/a": PackageTypes(b"")}, (NOTE,), True)
    assert joined([]) == ExactTypes("")


def test_a_program_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = (
        "import subprocess; inner = subprocess.Popen(['sleep', '1000']); print(inner.pid, flush=True); inner.wait()"
    )
    said = command.run([sys.executable, "-c", script], tmp_path, dict(os.environ), tmp_path / "out", timeout_s=5)
    assert said.status is None and "did not end within 5 s" in said.words
    inner = Path(f"/proc/{int((tmp_path / 'out').read_text())}/stat")
    while inner.exists() and ") Z " not in inner.read_text():
        time.sleep(0.01)


def test_a_program_has_bounds_of_memory_and_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_MOST_MEMORY", 64 << 20)
    monkeypatch.setattr(command, "_MOST_OUTPUT", 1 << 20)
    bounded = (
        "import resource as r, sys\nwhile -1 in (r.getrlimit(r.RLIMIT_FSIZE)[0], r.getrlimit(r.RLIMIT_DATA)[0]): 0\n"
    )
    large = [sys.executable, "-c", f"{bounded}b'x' * (200 << 20)"]
    said = command.run(large, tmp_path, {}, tmp_path / "out", timeout_s=60)
    assert said.status == 1 and "MemoryError" in said.words
    long = [sys.executable, "-c", f"{bounded}sys.stdout.write('x' * (4 << 20))"]
    said = command.run(long, tmp_path, {}, tmp_path / "out", timeout_s=60)
    assert said.status and (tmp_path / "out").stat().st_size <= 1 << 20


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = command.run([str(tmp_path / "none")], tmp_path, {}, tmp_path / "out", timeout_s=5)
    assert said.status is None and "No such file" in said.words


def test_the_workspace_is_a_copy_with_the_same_meaning(tmp_path: Path) -> None:
    root, scratch = tmp_path / 'a "quoted" place', tmp_path / "scratch"
    (root / "one").mkdir(parents=True)
    scratch.mkdir()
    (root / "go.work").write_text(
        "go 1.22\ntoolchain go1.99.0\nuse ./one\nreplace example.com/x v1.0.0 => ../x\nreplace a.b/c => d.e/f v1.2.3\n"
    )
    (root / "go.work.sum").write_text("sums\n")
    copy = Path(workspace(root / "one", scratch))
    quoted = str(root).replace('"', '\\"')
    assert copy.read_text().splitlines() == [
        "go 1.22",
        f'use "{quoted}/one"',
        f'replace "example.com/x" v1.0.0 => "{tmp_path}/x"',
        'replace "a.b/c" => "d.e/f" v1.2.3',
    ]
    assert copy.with_name("go.work.sum").read_text() == "sums\n"
    assert workspace(root / "two", scratch) == "off" and workspace(tmp_path, scratch) == "off"
    (root / "go.work").write_text("nonsense\n")
    assert workspace(root / "one", scratch) == "off"
