"""``goxray predict`` at the command line: what is asked for, where it goes, how bad input ends."""

from __future__ import annotations

import csv
import gc
import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from predict_samples import filled

from goxray.model import seeds
from goxray.ui.cli.main import main
from goxray.ui.cli.predict import split_versions

Run = Callable[..., Result]

SOURCE = """package session

import "time"

type UserID uint64

type Session struct {
	Active  bool
	User    UserID
	Started time.Time
}
"""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run() -> Run:
    return lambda *arguments: CliRunner().invoke(main, ("predict", *arguments))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    found: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def fake(*arguments: Any, **options: Any) -> Any:
        options.pop("progress")("living", 0.5)
        found.append((arguments, options))
        return filled()

    monkeypatch.setattr("goxray.api_model.predict", fake, raising=False)
    return found


def answers(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["results"]
    assert isinstance(found, list)
    return found


def test_every_option_reaches_the_model(run: Run, asked: list[Any]) -> None:
    result = run(
        "map[K]V", "-n", "5e6", "--hint", "7k", "--types", "a.go", "--types", "b.go", "--go", "1.23, 1.25:noswissmap",
        "--arch", "arm64", "--churn", "clear", "--seeds", "3",
    )  # fmt: skip
    assert result.exit_code == 0
    assert asked == [
        (
            ("map[K]V", "5e6"),
            {
                "types": ("a.go", "b.go"),
                "hint": "7k",
                "go": ["1.23", "1.25:noswissmap"],
                "arch": "arm64",
                "churn": "clear",
                "seeds": 3,
            },
        )
    ]


def test_without_options_nothing_is_decided_here(run: Run, asked: list[Any]) -> None:
    assert run("map[K]V").exit_code == 0
    defaults = {"types": (), "hint": "0", "go": [], "arch": "amd64", "churn": "", "seeds": None}
    assert asked == [(("map[K]V", None), defaults)]


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("", []),
        ("1.23", ["1.23"]),
        (" 1.23 ,1.27,", ["1.23", "1.27"]),
        ("1.25:noswissmap,arenas,1.27", ["1.25:noswissmap,arenas", "1.27"]),
        ("1.25:noswissmap,go1.27", ["1.25:noswissmap", "go1.27"]),
    ],
)
def test_versions_are_cut_at_commas_and_experiments_stay_with_theirs(text: str, versions: list[str]) -> None:
    assert split_versions(text) == versions


def test_one_result_a_version_and_step(run: Run) -> None:
    found = answers(run("map[string]*T", "-n", "5k", "--go", "1.23,1.27", "--churn", "delete 5%", "--format", "json"))
    assert [(each["go_version"], each["step"], each["n"]) for each in found] == [
        ("go1.23.9", 0, 5000), ("go1.23.9", 1, 4750), ("go1.27.3", 0, 5000), ("go1.27.3", 1, 4750),
    ]  # fmt: skip
    assert [each["step_text"] for each in found[:2]] == ["insert 5000", "delete 5%"]


def test_a_hint_saves_the_growing(run: Run) -> None:
    """Hand calculation: 5e6 / 6.5 needs 2^20 buckets of 208 bytes, 2^16 spare ones; hmap 48, mapextra 24."""
    first, second = answers(run("map[string]*T", "-n", "5e6", "--hint", "5e6", "--go", "1.23,1.27", "--format", "json"))
    assert first["detail"]["B"] == 20
    assert first["bytes"] >= 48 + 24 + 208 * (2**20 + 2**16)
    assert (first["growth"], first["peak_bytes"], first["mallocs"]) == ([], first["bytes"], 3)
    # 8192 tables of 128 groups of 200 bytes in the class of 27264, 32 bytes each, a directory, the header
    assert second["bytes"] == 48 + 8 * 8192 + 8192 * (32 + 27264)
    assert second["mallocs"] == 2 + 2 * 8192


def test_types_of_a_file(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "session.go"
    source.write_text(SOURCE)
    (found,) = answers(run("map[UserID]Session", "-n", "3", "--types", str(source), "--go", "1.27", "--format", "json"))
    # a slot is 8 + 40 bytes: bool and padding 8, uint64 8, time.Time 24; a group 8 + 8 * 48, its class 416
    assert found["bytes"] == 48 + 416
    assert run("map[session.UserID]Session", "-n", "3", "--types", str(tmp_path)).exit_code == 0


@pytest.mark.parametrize("elem", ["*T", "[]T", "map[T]T", "chan T", "func(T) T", "*pkg.T", "[4]*T"])
def test_what_lies_behind_a_pointer_need_not_be_declared(run: Run, elem: str) -> None:
    (found,) = answers(run(f"map[string]{elem}", "-n", "3", "--go", "1.27", "--format", "json"))
    assert found["exact"] is True


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["map[string", "-n", "5"], "not a Go type"),
        (["", "-n", "5"], "a Go type is missing"),
        (["map[string]int; x", "-n", "5"], "begins something else"),
        (["map[string]int\x1b[31m", "-n", "5"], "not a Go type"),
        (["string", "-n", "5"], "is no map type"),
        (["map[[]byte]int", "-n", "5"], "cannot be the key of a map: it is a slice"),
        (["map[func()]int", "-n", "5"], "cannot be the key of a map: it is a func"),
        (["map[struct{ a map[int]int }]int", "-n", "5"], "its field a is a map"),
        (["map[string]T", "-n", "5"], "the type T is not declared"),
        (["map[T]int", "-n", "5"], "the type T is not declared"),
        (["map[string][3]T", "-n", "5"], "the type T is not declared"),
        (["map[int]int"], "how many entries"),
        (["map[int]int", "-n", "-5"], "must not be negative: -5"),
        (["map[int]int", "-n", "1e30"], "too large: 1e30"),
        (["map[int]int", "-n", "1e400"], "too large: 1e400"),
        (["map[int]int", "-n", "1.5"], "not a whole number of entries"),
        (["map[int]int", "-n", "many"], "not a number of entries: 'many'"),
        (["map[int]int", "-n", "nan"], "not a number of entries: 'nan'"),
        (["map[int]int", "-n", ""], "not a number of entries: ''"),
        (["map[int][1000000]int", "-n", "1e12"], "too many"),
        (["map[bool]int", "-n", "3"], "map[bool]int cannot hold 3 entries"),
        (["map[struct{}]int", "-n", "2"], "cannot hold 2 entries"),
        (["map[struct{ _ int; a [2]int8 }]int", "-n", "65537"], "cannot hold 65,537 entries"),
        (["map[int16]int", "-n", "50k", "--churn", "delete 10%; insert 20537"], "cannot hold 65,537 entries"),
        (["map[int]int", "-n", "5", "--hint", "-1"], "the hint must not be negative"),
        (["map[int]int", "-n", "5", "--hint", "x"], "not a hint"),
        (["map[int]int", "-n", "5", "--go", "1.99"], "no such Go build: 1.99"),
        (["map[int]int", "-n", "5", "--go", "1.20"], "no such Go build: 1.20"),
        (["map[int]int", "-n", "5", "--go", "latest"], "not a Go build: 'latest'"),
        (["map[int]int", "-n", "5", "--go", "1.27:foo"], "GOEXPERIMENT=foo"),
        (["map[int]int", "-n", "5", "--arch", "riscv64"], "'riscv64' is not one of"),
        (["map[int]int", "-n", "5", "--churn", "grow 5"], "step 1: 'grow' is not one of"),
        (["map[int]int", "-n", "5", "--churn", "clear; delete 1"], "step 2: cannot delete 1 of 0"),
        (["map[int]int", "-n", "5", "--churn", "delete 101%"], "step 1: cannot delete 101%"),
        (["map[int]int", "-n", "5", "--churn", "insert"], "a count is missing"),
        (["map[int]int", "-n", "5", "--churn", "insert -5"], "step 1: the count must not be negative"),
        (["map[int]int", "-n", "5", "--churn", "insert 1;;clear"], "step 2 is empty"),
        (["map[int]int", "-n", "5", "--churn", ";"], "the churn has no steps"),
        (["map[int]int", "-n", "5", "--churn", "insert 1e12"], "makes the map too large"),
        (["map[int]int", "-n", "5", "--seeds", "0"], "not a number of seeds: 0"),
        (["map[int]int", "-n", "5", "--seeds", "20000"], "not a number of seeds: 20000"),
        (["map[int]int", "-n", "5", "--seeds", "x"], "not a valid integer"),
        (["map[int]int", "-n", "5", "--types", "/nowhere/x.go"], "/nowhere/x.go: No such file"),
        (["map[int]int", "-n", "5", "-o", "/nowhere/x.json"], "cannot write /nowhere/x.json"),
        (["map[int]int", "-n", "5", "-o", "/"], "/ is a directory"),
        (["map[int]int", "-n", "5", "--format", "xml"], "'xml' is not one of"),
        ([], "Missing argument 'TYPE'"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line_and_a_hint(run: Run, arguments: list[str], says: str) -> None:
    result = run(*arguments)
    lines = result.stderr.splitlines()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert says.lower() in lines[0].lower()
    assert lines[0].startswith("goxray: ")
    assert len(lines) <= 2 and all(line.startswith("hint: ") for line in lines[1:])
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    ("map_type", "most"),
    [
        ("map[bool]int", 2),
        ("map[[0]string]int", 1),
        ("map[struct{ _ int; a bool; b uint8 }]int", 512),
        ("map[[3]bool]int", 8),
    ],
)
def test_maps_hold_all_values_of_few(run: Run, map_type: str, most: int) -> None:
    assert answers(run(map_type, "-n", str(most), "--go", "1.27", "--format", "json"))[0]["n"] == most
    assert run(map_type, "-n", str(most + 1), "--go", "1.27").exit_code == 2


@pytest.mark.parametrize("key", ["string", "float32", "[2]float32", "any", "*int", "[5]int32", "uint64", "chan bool"])
def test_keys_without_an_end(run: Run, key: str) -> None:
    assert run(f"map[{key}]bool", "-n", "1e10", "--go", "1.27").exit_code == 0


@pytest.mark.parametrize(("name", "begins"), [("a.json", b"{"), ("a.csv", b"go_version,"), ("a.html", b"<!doctype")])
def test_a_file_tells_the_format_by_its_name(run: Run, tmp_path: Path, name: str, begins: bytes) -> None:
    path = tmp_path / name
    result = run("map[int]int", "-n", "1e3", "-o", str(path))
    assert (result.exit_code, result.output) == (0, "")
    assert path.read_bytes().lower().startswith(begins)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_there_stays_when_the_question_makes_no_sense(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("before")
    assert run("map[int]T", "-n", "1", "-o", str(path)).exit_code == 2
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_a_version_that_is_asked_for_twice_answers_once(run: Run) -> None:
    found = answers(run("map[int]int", "-n", "9", "--go", "1.27,1.27.3,go1.27", "--format", "json"))
    assert [each["go_version"] for each in found] == ["go1.27.3"]


def test_the_table_speaks_chinese(run: Run) -> None:
    assert "个条目占用" in run("map[int]int", "-n", "9", "--lang", "zh").stdout


def test_csv_has_a_line_for_each_version(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("map[int]int", "-n", "9", "--format", "csv").stdout)))
    assert [row["go_version"].rpartition(".")[0] for row in rows] == [f"go1.{minor}" for minor in range(21, 28)]


def test_versions_whose_library_lacks_a_type_are_left_out(run: Run) -> None:
    """structs.HostLayout came with Go 1.23."""
    found = answers(run("map[int]structs.HostLayout", "-n", "9", "--format", "json"))
    assert [each["go_version"][:6] for each in found] == ["go1.23", "go1.24", "go1.25", "go1.26", "go1.27"]
    assert run("map[int]structs.HostLayout", "-n", "9", "--go", "1.22").exit_code == 2


# ---- lives


def test_large_lives_are_lived_at_a_part_of_the_size(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a sixteenth of the size and whole, figures are the same up to chance and to the rounding of arrays.

    The first tables' allocations count sixteen times: 20 of 532.
    """
    churn = ("--churn", "delete 50%; insert 3e5", "--seeds", "3", "--go", "1.23,1.27", "--format", "json")
    whole = answers(run("map[string]*T", "-n", "1e6", *churn))
    monkeypatch.setattr(seeds, "_MOST_WORK", 3 * 120_000)
    part = answers(run("map[string]*T", "-n", "1e6", *churn))
    assert {each["how"] for each in whole} == {"3 seeds"}
    assert {each["how"] for each in part} == {"3 seeds at 1/16 of the size"}
    for one, other in zip(whole, part, strict=True):
        assert (one["n"], one["step"], one["go_version"]) == (other["n"], other["step"], other["go_version"])
        for name in ("bytes", "peak_bytes", "scan_bytes", "total_alloc", "slots", "mallocs"):
            off = 0.05 if name == "mallocs" else 0.02
            assert other[name] == pytest.approx(one[name], rel=off), (name, one["go_version"], one["step"])


def test_what_is_exact_stays_exact_beside_lives(run: Run) -> None:
    found = answers(run("map[int]int", "-n", "8", "--churn", "insert 500; delete 9; insert 2", "--go", "1.27",
                        "--seeds", "2", "--format", "json"))  # fmt: skip
    assert [each["exact"] for each in found] == [True, True, True, False]
    assert [each["how"] for each in found] == ["closed form"] * 3 + ["2 seeds"]


def test_the_collector_is_on_again_afterwards(run: Run) -> None:
    assert gc.isenabled()
    run("map[int]int", "-n", "9")
    run("map[int]T", "-n", "9")
    assert gc.isenabled()


# ---- cost

_LOADED = """
import sys
from goxray.ui.cli.main import main
main(sys.argv[1:], standalone_mode=False)
heavy = ("numba", "llvmlite", "pyarrow", "duckdb", "plotly", "rich", "goxray.heap")
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize("more", [["--format", "json"], ["--format", "json", "--churn", "delete 5%; clear; insert 5"]])
def test_closed_forms_load_no_compiler(more: list[str]) -> None:
    command = [sys.executable, "-c", _LOADED, "predict", "map[string]*T", "-n", "8", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_billion_entries_take_no_longer_than_a_start(run: Run) -> None:
    """Least of five runs in this process, all versions: a start of Python with numpy is a fifth of a second."""
    import time

    question = ("map[string]*T", "-n", "1e9", "--format", "json")
    assert answers(run(*question))[0]["n"] == 10**9
    taken = []
    for _ in range(5):
        began = time.process_time()
        run(*question)
        taken.append(time.process_time() - began)
    assert min(taken) < 0.15
