"""``goxray layout`` at the command line: types, files, builds, formats, and how bad input ends."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from goxray.ui.cli.main import main

Run = Callable[..., Result]

SOURCE = """package session

import "time"

// UserID names a user.
type UserID uint64

type Session struct {
	Active  bool
	User    UserID
	Name    string
	Started time.Time
	Admin   bool
	next    *Session
}

type Set map[UserID]Session

type Pair[K comparable, V any] struct {
	Key   K
	Value V
}
"""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run() -> Run:
    return lambda *arguments: CliRunner().invoke(main, ("layout", *arguments))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "session.go"
    path.write_text(SOURCE)
    return path


def types(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["schema"] == "goxray.layout/1"
    assert isinstance(found["types"], list)
    return found["types"]


def test_offsets_padding_and_the_better_order(run: Run) -> None:
    """bool 0, int64 8, int32 16, with 7 and 4 bytes of padding; int64, int32, bool leave 3 bytes at the end."""
    (found,) = types(run("struct{ ok bool; id int64; n int32 }", "--format", "json"))
    assert [(each["name"], each["offset"], each["padding"]) for each in found["fields"]] == [
        ("ok", 0, 7), ("id", 8, 0), ("n", 16, 4),
    ]  # fmt: skip
    assert (found["size"], found["padding"], found["heap_bytes"], found["class_waste"]) == (24, 11, 24, 0)
    better = found["better"]
    assert [each["name"] for each in better["fields"]] == ["id", "n", "ok"]
    assert better["order"] == [1, 2, 0]
    assert (better["size"], better["padding"], better["saved_bytes"], better["saved_heap_bytes"]) == (16, 3, 8, 8)


def test_the_size_class_and_its_waste(run: Run) -> None:
    """33 bytes go into the class of 48; 600 bytes with a pointer and the header's 8 into that of 640."""
    small, large = types(run("[33]byte", "[75]*int", "--format", "json"))
    assert (small["heap_bytes"], small["class_waste"], small["pointer_bytes"]) == (48, 15, 0)
    assert (large["heap_bytes"], large["malloc_header"], large["class_waste"]) == (640, 8, 32)
    assert large["pointer_bytes"] == 600


def test_pointers_in_front_are_scanned_less(run: Run) -> None:
    (found,) = types(run("struct{ n [4]int64; p *T }", "--format", "json"))
    assert found["pointer_bytes"] == 40
    assert (found["better"]["saved_bytes"], found["better"]["saved_pointer_bytes"]) == (0, 32)


def test_a_map_is_laid_out_for_every_build(run: Run) -> None:
    """Buckets 8 + 8*16 + 8*8 + 8, groups 8 + 8*24; the split groups of 1.27 have keys and elems apart."""
    bucket, group, split = types(run("map[string]*T", "--format", "json"))
    assert bucket["go_versions"][0].startswith("1.21")
    units = [each["unit"] for each in (bucket, group, split)]
    assert [unit["size"] for unit in units] == [208, 200, 200]
    assert [(unit["keys_off"], unit["key_stride"]) for unit in units] == [(8, 16), (8, 24), (8, 16)]
    assert [(unit["elems_off"], unit["elem_stride"]) for unit in units] == [(136, 8), (24, 24), (136, 8)]
    assert {unit["fast"] for unit in units} == {"str"}
    assert bucket["size"] == 8


def test_all_types_of_a_file(run: Run, source: Path) -> None:
    found = types(run("--types", str(source), "--go", "1.27", "--format", "json"))
    assert [each["type"] for each in found] == ["session.UserID", "session.Session", "session.Set"]
    # bool 8, User 8, Name 16, Time 24, bool 8, next 8; in better order 8 + 16 + 24 + 8 and two bools in 8 bytes
    assert (found[1]["size"], found[1]["better"]["size"]) == (72, 64)
    assert found[2]["unit"]["elem_stride"] == 80


def test_one_type_of_a_directory_and_a_generic_one(run: Run, source: Path) -> None:
    session, pair = types(run("Session", "Pair[bool, UserID]", "--types", str(source.parent), "--format", "json"))
    assert session["size"] == 72
    assert [each["offset"] for each in pair["fields"]] == [0, 8]


def test_the_better_order_can_be_pasted_into_its_package(run: Run, source: Path) -> None:
    lines = [line.split() for line in run("Session", "--types", str(source)).stdout.splitlines()]
    code = lines[lines.index(["struct", "{"]) + 1 : lines.index(["}"])]
    assert sorted(code) == sorted(
        [["Active", "bool"], ["User", "UserID"], ["Name", "string"], ["Started", "time.Time"], ["Admin", "bool"],
         ["next", "*Session"]]
    )  # fmt: skip


def test_host_layout_stays_as_it_is(run: Run) -> None:
    (found,) = types(run("struct{ _ structs.HostLayout; a bool; b int64; c bool }", "--format", "json"))
    assert (found["kept"], found["better"], found["size"]) == ("host layout", None, 24)


def test_types_that_older_libraries_lack_are_left_out_there(run: Run) -> None:
    """structs.HostLayout came with Go 1.23."""
    found = types(run("map[int]struct{ _ structs.HostLayout; a int }", "--format", "json"))
    builds = [build for each in found for build in each["go_versions"]]
    assert builds[0].startswith("1.23") and not any(build.startswith(("1.21", "1.22")) for build in builds)
    result = run("map[int]structs.HostLayout", "--go", "1.22")
    assert (result.exit_code, "is not declared" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no type to lay out"),
        (["struct{"], "not a Go type"),
        (["struct{ a T }"], "the type T is not declared"),
        (["struct{ a int; a string }"], "field a is declared twice"),
        (["[-1]int"], "no length of an array"),
        (["[1<<62]int"], "larger than the address space"),
        (["map[[]int]int"], "cannot be the key of a map: it is a slice"),
        (["int", "--go", "1.99"], "no such Go build: 1.99"),
        (["int", "--go", "x"], "not a Go build: 'x'"),
        (["int", "--arch", "mips"], "'mips' is not one of"),
        (["int", "--types", "/nowhere.go"], "/nowhere.go: No such file"),
        (["int", "--format", "csv"], "'csv' is not one of"),
        (["int", "-o", "/nowhere/x.json"], "cannot write /nowhere/x.json"),
    ],
)
def test_bad_input_is_one_clear_line_and_a_hint(run: Run, arguments: list[str], says: str) -> None:
    result = run(*arguments)
    lines = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert lines[0].startswith("goxray: ") and says in lines[0]
    assert len(lines) <= 2 and all(line.startswith("hint: ") for line in lines[1:])


def test_a_broken_file_is_told_by_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.go"
    path.write_text("package x\n\nfunc (\n")
    result = run("--types", str(path))
    assert result.exit_code == 2
    assert f"{path}:3:" in result.stderr.splitlines()[0]


def test_an_empty_directory_is_told(run: Run, tmp_path: Path) -> None:
    result = run("--types", str(tmp_path))
    assert result.exit_code == 2
    assert "holds no Go files" in result.stderr


def test_a_file_tells_the_format_by_its_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert run("int", "-o", str(path)).output == ""
    assert json.loads(path.read_text())["types"][0]["size"] == 8
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_report_speaks_chinese(run: Run) -> None:
    assert "占 24 字节" in run("struct{ ok bool; id int64; n int32 }", "--lang", "zh").stdout
