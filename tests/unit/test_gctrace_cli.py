"""``goxray gc read`` as its users have it: formats, exit codes, one process of several, what goes wrong."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from goxray.ui.cli.main import main

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus" / "gctrace"
SCHEMA = json.loads((ROOT / "docs/schema/goxray.gctrace-1.json").read_text("utf-8"))
LOGS = ("hand-go1.5", "hand-go1.8-compose", "go1.13.15", "go1.18.10", "go1.27.3", "torn-go1.27.3", "two-go1.21.13")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "160")


def _run(*words: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["gc", "read", *words], input=text)


def _json(*words: str) -> dict[str, Any]:
    done = _run(*words, "--format", "json")
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.parametrize("name", LOGS)
def test_json_is_as_its_schema_says(name: str) -> None:
    document = _json(str(CORPUS / f"{name}.log"))
    jsonschema.validate(document, SCHEMA)
    assert sum(process["cycles"] for process in document["processes"]) == len(document["cycles"])


@pytest.mark.parametrize("name", LOGS)
def test_tables_say_what_the_json_says(name: str, tmp_path: Path) -> None:
    log = str(CORPUS / f"{name}.log")
    cycles = _json(log)["cycles"]
    assert _run(log, "-o", str(tmp_path / "cycles.csv")).exit_code == 0
    assert _run(log, "-o", str(tmp_path / "cycles.parquet")).exit_code == 0
    with open(tmp_path / "cycles.csv", newline="") as text:
        rows = list(csv.DictReader(text))
    table = pq.read_table(tmp_path / "cycles.parquet").to_pylist()
    assert len(rows) == len(table) == len(cycles)
    for cycle, row, stored in zip(cycles, rows, table, strict=True):
        clock = dict(zip(("sweep_term", "mark", "mark_term"), cycle.pop("clock_ms"), strict=True))
        cpu = dict(zip(("sweep_term", "assist", "dedicated", "idle", "mark_term"), cycle.pop("cpu_ms"), strict=True))
        flat = {f"clock_{name}_ms": ms for name, ms in clock.items()} | {
            f"cpu_{name}_ms": ms for name, ms in cpu.items()
        }
        assert stored == cycle | flat
        assert {name: _value(value) for name, value in row.items()} == cycle | flat


def _value(text: str) -> Any:
    if text in ("", "true", "false"):
        return {"": None, "true": True, "false": False}[text]
    return float(text)


def test_standard_input() -> None:
    log = (CORPUS / "go1.13.15.log").read_bytes()
    assert json.loads(_run("-", "--format", "json", text=log).stdout)["source"] == "standard input"
    assert "9 collections" in _run("-", text=log).stdout


def test_one_process_of_several() -> None:
    log = str(CORPUS / "two-go1.21.13.log")
    both, second = _json(log), _json(log, "--process", "2")
    assert [cycle for cycle in both["cycles"] if cycle["process"] == 2] == second["cycles"]
    assert [process["process"] for process in second["processes"]] == [2]
    done = _run(log, "--process", "3")
    assert done.exit_code == 2
    assert "has no process 3" in done.stderr


def test_a_table_has_as_many_cycles_as_asked_for() -> None:
    log = str(CORPUS / "two-go1.21.13.log")
    for limit in (0, 1, 5, 500):
        shown = re.findall(r"^ +[12] +\d+ +[\d.]+s ", _run(log, "--limit", str(limit)).stdout, re.MULTILINE)
        assert len(shown) == min(limit, 50)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", LOGS)
def test_a_page_and_a_trace_are_made_of_any_log(name: str, lang: str, tmp_path: Path) -> None:
    for ending in ("html", "trace.json"):
        place = tmp_path / f"gc.{ending}"
        done = _run(str(CORPUS / f"{name}.log"), "-o", str(place), "--lang", lang)
        assert (done.exit_code, done.output) == (0, "")
        assert place.stat().st_size > 1000


def test_a_log_without_a_line_says_what_to_do() -> None:
    done = _run("-", text="nothing\nof it\n")
    assert done.exit_code == 0
    assert "No collection is told of in 2 lines." in done.stdout
    assert "GODEBUG=gctrace=1" in done.stdout
    document = json.loads(_run("-", "--format", "json", text="").stdout)
    jsonschema.validate(document, SCHEMA)
    assert (document["lines"], document["cycles"], document["processes"]) == (0, [], [])


def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    for place, said in ((tmp_path / "none.log", "No such file"), (tmp_path, "Is a directory")):
        done = _run(str(place))
        assert done.exit_code == 2
        assert said in done.stderr and "hint: " in done.stderr
        assert len(done.stderr.splitlines()) == 2


def test_text_of_a_log_does_nothing_to_a_terminal() -> None:
    log = b"gc 1 @0.1s \x1b]0;title\x07\x9b31m\n"
    done = _run("-", text=log)
    assert "Set aside: 1 line" in done.stdout
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout and "\x9b" not in done.stdout
