"""``goxray model gc`` at the command line: where scenarios come from, what is refused and how, what is written."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from goxray.model.gc.scenario import ScenarioError, parse
from goxray.ui.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.model-gc-1.json").read_text(encoding="utf-8"))
SCENARIO = """\
# a cache that is emptied
alloc keep 1e4 x 64B scan as users ; alloc garbage 2e4 x 48B
drop users 90%
gc          # one
freeosmemory
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, **more: Any) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(main, ["model", "gc", *arguments], **more)


def test_a_file_standard_input_and_the_text_itself_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "cache.scenario").write_text(SCENARIO)
    whole = run("cache.scenario", "--go", "1.27")
    assert whole.exit_code == 0, whole.output
    told = json.loads(run("cache.scenario", "--go", "1.27", "--format", "json").stdout)
    assert told["scenario"] == [
        "alloc keep 1e4 x 64B scan as users", "alloc garbage 2e4 x 48B", "drop users 90%", "gc", "freeosmemory"
    ]  # fmt: skip
    assert run("-", "--go", "1.27", input=SCENARIO).stdout == whole.stdout
    assert run(SCENARIO, "--go", "1.27").stdout == whole.stdout


def test_the_help_teaches_every_statement_and_its_example_runs() -> None:
    text = run("--help").stdout
    from goxray.model.gc.scenario import _VERBS

    for verb in _VERBS:
        assert re.search(rf"^    {verb}\b", text, re.M), verb
    example = text.partition("# a cache")[2].partition("Options:")[0]
    assert [each.kind for each in parse("#" + example)] == ["keep", "garbage", "drop", "gc", "freeosmemory"]


@pytest.mark.parametrize(
    ("scenario", "line", "about"),
    [
        ("gc\n\nfoo 3", 3, "no statement is called 'foo'"),
        ("gc; alloc keep 5", 1, "alloc takes keep or garbage"),
        ("# one\nalloc keep x x 3B", 2, "'x' is no number of objects"),
        ("alloc keep 1.5 x 3B", 1, "'1.5' is no number of objects"),
        ("alloc keep 0 x 3B", 1, "at least one object"),
        ("alloc keep 5 x 3Q", 1, "'3Q' is not a size"),
        ("alloc keep 5 x 12B scan", 1, "a multiple of 8 bytes, not 12"),
        ("alloc keep 1e10 x 1MiB", 1, "more than 16 TiB"),
        ("alloc keep 1e11 x 1B", 1, "more than a scenario can have"),
        ("alloc keep 5 x 8B as a\nalloc keep 5 x 8B as a", 2, "'a' is taken"),
        ("alloc keep 5 x 8B as 1a", 1, "'1a' is no name"),
        ("alloc keep 5 x 8B often", 1, "'often' does not belong to alloc"),
        ("gc\ndrop users", 2, "no keep or map called 'users'"),
        ("map m map[int]int 5\ndrop m 50%", 2, "no keep called 'm'"),
        ("alloc keep 5 x 8B as a\ndrop a 101%", 2, "'101%' is no share"),
        ("alloc keep 5 x 8B as a\ninsert a 5", 2, "no map called 'a'"),
        ("map m map[float64]int 5", 1, "keys that a scenario cannot make"),
        ("map m []int 5", 1, "'[]int' is no map type"),
        ("gc\nmap m map[string]Foo 5", 2, "Foo is not declared"),
        ("map m map[string 5", 1, "'map[string'"),
        ("sleep 3", 1, "'3' is no time"),
        ("sleep 90000s", 1, "no time up to a day"),
        ("gogc -5", 1, "'-5' is no number"),
        ("gogc", 1, "gogc takes"),
        ("memlimit 12XB", 1, "'12XB' is not a size"),
        ("gc now", 1, "gc takes nothing"),
        ("memlimit 1MiB\nalloc keep 1e5 x 16B as a", 2, "no room left"),
        ("gc\nmemlimit 8MiB\nalloc keep 1e6 x 64KiB as a", 3, "no room left"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(scenario: str, line: int, about: str) -> None:
    result = run("-", "--go", "1.27", input=scenario)
    assert result.exit_code == 2
    first, *rest = result.stderr.splitlines()
    assert first.startswith(f"goxray: line {line}: ") and about in first, first
    assert len(rest) == 1 and rest[0].startswith("hint: ")
    assert not result.stdout


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["nowhere.txt"], "there is no file 'nowhere.txt'"),
        ([""], "the scenario is empty"),
        (["."], "is a directory"),
        (["#  nothing \n here #"], "no statement is called 'here'"),
        (["gc", "--go", "1.20"], "too old"),
        (["gc", "--go", ","], "no Go version is named"),
        (["gc", "--go", "banana"], "banana"),
        (["gc", "--gogc", "-3"], "is no GOGC"),
        (["gc", "--memlimit", "much"], "'much' is not a size"),
        (["gc", "--format", "csv"], "csv"),
        (["gc", "-o", "nowhere/x.json"], "nowhere"),
        ([], "SCENARIO"),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint(arguments: list[str], about: str) -> None:
    result = run(*arguments)
    assert result.exit_code in (2, 3), result.output
    assert about in result.stderr.splitlines()[0]
    assert "Traceback" not in result.stderr and len(result.stderr.splitlines()) <= 2


def test_a_file_that_is_no_text_and_an_empty_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "empty").write_text("# nothing yet\n")
    assert "cannot read binary" in run("binary").stderr and run("binary").exit_code == 2
    assert "the scenario is empty" in run("empty").stderr and run("empty").exit_code == 2


def test_json_keeps_the_schema_and_has_each_version() -> None:
    told = json.loads(run(SCENARIO, "--go", "1.21,1.27", "--format", "json").stdout)
    jsonschema.validate(told, SCHEMA)
    assert [each["go_version"] for each in told["runs"]] == ["go1.21.13", "go1.27.3"]
    for each in told["runs"]:
        assert len(each["steps"]) == 6
        for step in each["steps"]:
            assert step["heap_sys"] == step["heap_inuse"] + step["heap_idle"] <= step["sys"]
            assert step["heap_released"] <= step["heap_idle"] and step["heap_alloc"] <= step["heap_inuse"]
            for name, spread in step["ranges"].items():
                assert spread["low"] <= step[name] <= spread["high"]
        assert each["fewest_cycles"] <= len(each["cycles"]) <= each["most_cycles"]
        assert [cycle["number"] for cycle in each["cycles"]] == list(range(1, len(each["cycles"]) + 1))
        assert [cycle["forced"] for cycle in each["cycles"]][-2:] == [True, True]


def test_settings_of_the_command_line_are_in_force_from_the_start() -> None:
    def cycles(*more: str) -> int:
        text = "alloc garbage 1e6 x 128B"
        return len(
            json.loads(run(text, "--go", "1.27", "--stopped", "--format", "json", *more).stdout)["runs"][0]["cycles"]
        )

    usual, half, double = cycles(), cycles("--gogc", "50"), cycles("--gogc", "200")
    # 4 MiB of garbage between two collections at GOGC=100, 2 MiB at 50, 8 MiB at 200; all of 122 MiB are garbage.
    assert 122 / 4 <= usual <= 122 / 3.5
    assert 122 / 2 <= half <= 122 / 1.75 and 122 / 8 <= double <= 122 / 7
    assert cycles("--gogc", "off") == 0
    assert cycles("--gogc", "off", "--memlimit", "32MiB") > 3


def test_a_page_and_a_table_go_to_files_by_their_name(tmp_path: Path) -> None:
    assert run(SCENARIO, "--go", "1.27", "-o", "heap.html", "--lang", "zh").exit_code == 0
    page = (tmp_path / "heap.html").read_text()
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert "堆内存的用途" in page and "drop users 90%" in page
    assert stat.S_IMODE((tmp_path / "heap.html").stat().st_mode) == 0o600


def test_chinese_says_the_same_numbers() -> None:
    english, chinese = run(SCENARIO, "--go", "1.23").stdout, run(SCENARIO, "--go", "1.23", "--lang", "zh").stdout
    assert "每一步之后" in chinese and "各次 GC" in chinese and "After each step" not in chinese
    rows = [line for line in english.splitlines() if re.match(r"  [1-5] +\w", line)]
    assert len(rows) == 5 and all(re.sub(r"\s+", " ", row) in re.sub(r"[ \t]+", " ", chinese) for row in rows)


def test_the_emitted_program_has_each_statement_and_is_kept(tmp_path: Path) -> None:
    result = run(SCENARIO, "--emit-go", "main.go", "--gogc", "50")
    assert result.exit_code == 0 and not result.stdout
    source = (tmp_path / "main.go").read_text()
    assert "debug.SetGCPercent(50)" in source and source.count("//go:noinline") == 5
    for text in ("drop users 90%", "runtime.GC()", "debug.FreeOSMemory()", "make([]*type_users, 10000)"):
        assert text in source
    assert "\nfunc main() {" in source


def test_ten_million_allocations_take_seconds() -> None:
    import time

    before = time.process_time()
    assert (
        run("alloc keep 10e6 x 64B scan as a; drop a 50%; gc; alloc garbage 10e6 x 32B", "--go", "1.27").exit_code == 0
    )
    assert time.process_time() - before < 10


def test_scenarios_say_what_they_mean() -> None:
    kinds = parse(
        "alloc keep 1_000 x 2KiB scan as a; alloc garbage 2M x 5B\nmap m map[string][]int 1e3 hint 5; sleep 500ms"
    )
    keep, garbage, made, sleep = kinds
    assert (keep.kind, keep.count, keep.size, keep.noscan, keep.name, keep.line) == ("keep", 1000, 2048, False, "a", 1)
    assert (garbage.kind, garbage.count, garbage.size, garbage.noscan) == ("garbage", 2_000_000, 5, True)
    assert (made.type, made.count, made.hint, made.line) == ("map[string][]int", 1000, 5, 2)
    assert sleep.seconds == 0.5
    with pytest.raises(ScenarioError, match="line 1: "):
        parse("nothing")
