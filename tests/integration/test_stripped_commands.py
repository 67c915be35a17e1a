"""Commands that ship inside the toolchains: other people's programs, built without DWARF, some without symbols."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from goxray.core.result import MapsResult
from tests.harness import compare
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.truth import TruthProgram
from tests.harness.variants import BASELINES, SWISS, Variant, params

KNOWN = {"go/token.keywords": "map[string]go/token.Token", "go/parser.stmtStart": "map[go/token.Token]bool"}
"""Globals of gofmt, as go/token/token.go and go/parser/parser.go declare them."""
KEYWORDS = 25
"""From break to var: the Go specification."""


@contextmanager
def waiting(*arguments: str | Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command that reads from a pipe and has been left waiting there."""
    process = subprocess.Popen(  # type: ignore[call-overload]
        [*map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, **options
    )
    try:
        until_asleep(process.pid)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # with its children
        process.communicate()


def until_asleep(pid: int) -> None:
    """Wait until a process has used no more time for a while."""
    used, since = b"", time.monotonic()
    deadline = since + 60
    while time.monotonic() < deadline:
        now = b" ".join(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[11:13])
        if now != used:
            used, since = now, time.monotonic()
        elif time.monotonic() - since > 0.5:
            return
        time.sleep(0.05)
    raise AssertionError(f"{pid} never rests")


def reconciles(result: MapsResult) -> None:
    assert result.faults == []
    assert result.heap.live_bytes == result.heap.runtime_live_bytes
    assert result.totals.maps == result.rows_total > 5
    assert 0 < result.totals.bytes < result.heap.live_bytes
    assert compare.listed_twice(compare.rows_of(result)) == []


@pytest.mark.parametrize("variant", params(BASELINES), indirect=True)
def test_gofmt_at_its_input(variant: Variant) -> None:
    with waiting(variant.toolchain().root / "bin" / "gofmt") as process:
        result = inspect(process.pid, verify=True)
    reconciles(result)
    rows = {str(row["owner"]): row for row in compare.rows_of(result)}
    assert rows["go/token.keywords"]["entries"] == KEYWORDS
    for owner, go_type in KNOWN.items():
        assert go_type in str(rows[owner]["type"]).split(" or "), owner


@pytest.mark.parametrize("variant", params(BASELINES), indirect=True)
def test_a_go_build_in_the_middle(variant: Variant, tmp_path: Path) -> None:
    """``go build`` waits for a compiler that has been held up, with its packages and actions in memory."""
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text('package main\n\nimport "fmt"\n\nfunc main() { fmt.Println() }\n')
    held = tmp_path / "held"
    held.write_text('#!/bin/sh\ncase "$*" in *-V=full*) exec "$@";; esac\nread line < "${0%/*}/never"\n')
    held.chmod(0o755)
    os.mkfifo(tmp_path / "never")
    go = variant.toolchain().root / "bin" / "go"
    env = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOPROXY": "off"}
    with waiting(go, "build", "-a", f"-toolexec={held}", "-o", tmp_path / "out", ".", cwd=tmp_path, env=env) as process:
        result = inspect(process.pid)
        listed = command("maps", str(process.pid), "--format", "json", "--group", "owner")
    reconciles(result)
    assert (listed.status, listed.err) == (0, "")
    assert len(json.loads(listed.out)["maps"]) > 100
    reached = [row for row in compare.rows_of(result) if row["owner"] != "(not reached)"]
    assert len(reached) > 0.8 * result.totals.maps  # the others wait to be collected, as far as anyone can tell


def without_sections(source: Path, to: Path) -> Path:
    """Copy an executable and cut its section headers off, as ``sstrip`` does."""
    data = bytearray(source.read_bytes())
    start = struct.unpack_from("<Q", data, 40)[0]
    struct.pack_into("<Q", data, 40, 0)
    struct.pack_into("<HH", data, 60, 0, 0)
    to.write_bytes(data[:start] if start > len(data) // 2 else data)
    to.chmod(0o755)
    return to


@pytest.mark.parametrize("pie", [False, True])
@pytest.mark.parametrize("variant", params((BASELINES[0], SWISS)), indirect=True)
def test_without_section_headers_too(variant: Variant, pie: bool, tmp_path: Path) -> None:
    plain = build("truth", Build(variant, ldflags="-s -w", pie=pie))
    exe = without_sections(plain, tmp_path / "program")
    with TruthProgram(Build(variant), sets=("reach",), exe=exe) as program:
        result = inspect(program.pid)
    index = compare.by_address(compare.rows_of(result))
    assert [m.label for m in program.truth.maps if m.addr not in index and not m.on_stack] == []
    assert result.heap.live_bytes == result.heap.runtime_live_bytes


def test_a_deleted_executable(tmp_path: Path) -> None:
    exe = tmp_path / "program"
    shutil.copy(build("truth", Build(SWISS, ldflags="-s -w")), exe)
    with TruthProgram(Build(SWISS), sets=("reach",), exe=exe) as program:
        exe.unlink()
        done = command("maps", str(program.pid))
    assert (done.status, done.err) == (0, "")
    assert "bss+0x" in done.out


def test_another_mount_namespace(tmp_path: Path) -> None:
    """The program sees its executable under a path that leads elsewhere here."""
    exe = build("truth", Build(SWISS, ldflags="-s -w"))
    mount = 'mount -t tmpfs none "$1" && cp "$2" "$1/program" && exec "$1/program" -set=reach'
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", mount, "sh", tmp_path, exe],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "READY\n":
                break
        assert not (tmp_path / "program").exists()
        done = command("maps", str(process.pid))
    finally:
        process.kill()
        process.communicate()
    assert (done.status, done.err) == (0, "")
    assert str(tmp_path / "program") in done.out and "bss+0x" in done.out


@pytest.mark.parametrize("variant", params((Variant("1.21.13"), SWISS)), indirect=True)
def test_long_chains_take_few_steps(variant: Variant) -> None:
    with speaking(build("chains", Build(variant, ldflags="-s -w"))) as program:
        result = inspect(program.pid)
    index = compare.by_address(compare.rows_of(result))
    assert [note for note in result.notes if "cut" in note] == []
    roots: dict[str, set[str]] = {}
    for name, addrs in program.said["chains"].items():
        owners = {str(index[addr]["owner"]) for addr in addrs}
        assert len(owners) <= 24 and not any("not reached" in owner for owner in owners), name
        roots[name] = {found[0] if (found := re.search(r"bss\+0x[0-9a-f]+", owner)) else owner for owner in owners}
    assert {name: len(held) for name, held in roots.items()} == dict.fromkeys(roots, 1)
    assert roots["circle"].isdisjoint(roots["rings"])
    assert result.heap.live_bytes == result.heap.runtime_live_bytes
