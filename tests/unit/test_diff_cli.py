"""``goxray diff`` at the command line: text in two languages, JSON by its schema, CSV; what it warns of."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from store_samples import MAPS, manifest, tables, write

from goxray.core.heap_schema import DIFF_TABLES
from goxray.core.result import BuildInfo, TargetInfo
from goxray.ui.cli.main import main

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.diff-1.json"
MIB = 1 << 20
Run = Callable[..., Result]

OLD = (
    ("main.cache", "global", 1000, 50 * MIB, 50 * MIB),
    ("main.gone", "global", 3, MIB, MIB),
    ("goroutine 18: main.serve (stack)", "goroutine", 10, 2048, 2048),
    ("main.still", "global", 1, 8, 8),
)
NEW = (
    ("main.cache", "global", 3000, 120 * MIB, 120 * MIB),
    ("main.fresh", "global", 300, 2 * MIB, 2 * MIB),
    ("goroutine 77: main.serve (stack)", "goroutine", 5, 1024, 1024),
    ("main.still", "global", 1, 8, 8),
)
NEW_MAPS = ((*MAPS[0][:5], 520, 520, 1024, 0, 0.5, 20_000, 0, 9000, 11_000, "main.cache"), MAPS[1])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG"):
        monkeypatch.delenv(name, raising=False)
    write(tmp_path / "a.gox", tables(owners=OLD), manifest(live=100 * MIB, notes=[], faults=[]))
    later = manifest("2026-03-01T13:00:00Z", live=170 * MIB, notes=[], faults=[])
    write(tmp_path / "b.gox", tables(owners=NEW, maps=NEW_MAPS), later)
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, **more: Any) -> Result:
        return CliRunner(**more).invoke(main, ["diff", *arguments])

    return invoke


def test_the_report_says_what_grew_most_and_then_every_change(run: Run) -> None:
    result = run("a.gox", "b.gox", "--by", "owner")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:10] == [
        "goxray diff",
        "The heap grew by 70.0 MiB, from 100 MiB to 170 MiB. main.cache changed most: it grew by 70.0 MiB, to 120 MiB.",
        "",
        "By owner",
        "      DELTA    BEFORE     AFTER  OBJECTS    NOW  CHANGE  OWNER",
        "  +70.0 MiB  50.0 MiB   120 MiB   +2,000  3,000  grew    main.cache",
        "  +2.00 MiB       0 B  2.00 MiB     +300    300  came    main.fresh",
        "  -1.00 MiB  1.00 MiB       0 B       -3      0  went    main.gone",
        "  -1.00 KiB  2.00 KiB  1.00 KiB       -5      5  shrank  goroutine *: main.serve (stack)",
        "  1 more did not change",
    ]


def test_all_three_tables_are_shown_and_those_without_a_change_are_not(run: Run) -> None:
    lines = run("a.gox", "b.gox").stdout.splitlines()
    assert [line for line in lines if line in ("By owner", "By type", "Maps")] == ["By owner", "Maps"]
    assert any("main.cache" in line and "map[string]int" in line and "+500" in line for line in lines)
    same = run("a.gox", "a.gox").stdout
    assert "The heap holds 100 MiB in both. No owner changed." in same and "By owner" not in same


def test_a_limit_says_how_many_rows_there_are_more(run: Run) -> None:
    lines = run("a.gox", "b.gox", "--by", "owner", "--limit", "2").stdout.splitlines()
    assert "  … and 3 more rows; --limit 0 shows all" in lines
    assert not any("main.gone" in line for line in lines)


def test_colours_say_nothing_that_signs_and_words_do_not(run: Run) -> None:
    plain = run("a.gox", "b.gox", env={"NO_COLOR": "1", "FORCE_COLOR": "1"}).stdout
    assert "\x1b" not in plain
    coloured = run("a.gox", "b.gox", env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[31m+70.0 MiB" in coloured and "\x1b[32m-1.00 MiB" in coloured


def test_chinese_says_the_same(run: Run) -> None:
    lines = run("a.gox", "b.gox", "--lang", "zh").stdout.splitlines()
    assert (
        lines[1] == "堆增长了 70.0 MiB，从 100 MiB 到 170 MiB。变化最大的是 main.cache：增加 70.0 MiB，达到 120 MiB。"
    )
    assert any("新增" in line and "main.fresh" in line for line in lines)
    assert "  另有 1 项没有变化" in lines


@pytest.mark.parametrize("by", [None, "owner", "type", "maps"])
def test_json_keeps_the_schema(run: Run, by: str | None) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    told = json.loads(run("a.gox", "b.gox", "--format", "json", *(("--by", by) if by else ())).stdout)
    jsonschema.validate(told, schema)
    chosen = list(DIFF_TABLES) if by is None else [{"owner": "owners", "type": "types", "maps": "maps"}[by]]
    assert [name for name in told if name in DIFF_TABLES] == chosen
    for name in chosen:
        assert len(told[name]) == told["rows_total"][name]
        assert all(list(row) == [c.name for c in DIFF_TABLES[name]] for row in told[name])
    assert told["before"]["taken_at"] == "2026-03-01T12:00:00Z" and told["after"]["live_bytes"] == 170 * MIB
    spoiled = {**told, "after": {**told["after"], "maps": -1}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoiled, schema)


def test_csv_holds_one_table(run: Run, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("a.gox", "b.gox", "--format", "csv").stdout)))
    assert [(r["owner"], r["change"], r["bytes_delta"]) for r in rows][:2] == [
        ("main.cache", "grew", str(70 * MIB)),
        ("main.fresh", "came", str(2 * MIB)),
    ]
    assert run("a.gox", "b.gox", "--by", "maps", "-o", "out.csv").exit_code == 0
    maps = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert [(r["owner"], r["entries_delta"]) for r in maps] == [("main.cache", "500"), ("main.orders", "0")]


def test_what_makes_the_two_hard_to_compare_is_said(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("a.gox", "b.gox", "--format", "json").stdout)["notes"] == []
    other = manifest(
        target=TargetInfo("core", None, "/usr/bin/other"),
        build=BuildInfo("go1.21.13", "linux", "amd64"),
        unverified=True,
    )
    write(tmp_path / "c.gox", tables(), other)
    told = json.loads(run("b.gox", "c.gox", "--format", "json").stdout)
    assert told["unverified"] is True
    assert told["notes"] == [
        "after: a note",
        "after: 1 thing could not be read, so that figures are too low",
        "the two are different programs: sessions and other",
        "the two builds differ: go1.24.11 and go1.21.13",
        "the first was taken after the second: what is said to grow has shrunk",
    ]
    jsonschema.validate(told, json.loads(SCHEMA.read_text()))
    assert "UNVERIFIED" in run("b.gox", "c.gox").stdout
    write(tmp_path / "d.gox", tables(), manifest(faults=[]))
    notes = json.loads(run("c.gox", "d.gox", "--format", "json").stdout)["notes"]
    assert notes[:2] == ["both: a note", "before: 1 thing could not be read, so that figures are too low"]


def test_options_for_targets_are_refused_for_snapshots(run: Run) -> None:
    for option in (("--no-freeze",), ("--exe", "x")):
        result = run("a.gox", "b.gox", *option)
        assert result.exit_code == 2 and option[0] in result.stderr and "snapshot" in result.stderr


def test_wrong_targets_end_in_a_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cut.gox").write_bytes((tmp_path / "a.gox").read_bytes()[:-50])
    for target, words, status in (
        ("cut.gox", "cut off", 3),
        ("none.gox", "none.gox", 2),
        ("9999999999", "no process", 3),
    ):
        result = run("a.gox", target)
        assert result.exit_code == status, result.stderr
        assert words in result.stderr and result.stdout == ""


def test_names_cannot_act_on_a_terminal(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "odd.gox", tables(owners=(("main.\x1b[2J\u202e", "global", 9, 10**9, 10**9),)))
    out = run("a.gox", "odd.gox").stdout
    assert "\x1b" not in out and "\u202e" not in out and "\\x1b[2J" in out
