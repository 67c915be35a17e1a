"""``goxray profile`` as a command: what it prints and writes, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from goxray.ui.cli.main import main

CORPUS = Path(__file__).parents[1] / "corpus" / "pprof" / "go1.20.14"
HEAP, TEXT, CPU = (str(CORPUS / name) for name in ("heap.pb.gz", "heap.txt.gz", "cpu.pb.gz"))


def run(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, ["profile", *arguments], standalone_mode=False)


def failing(*arguments: str) -> tuple[int, str]:
    """Run in a process of its own, as errors end there; return the status and what stands on stderr."""
    program = "from goxray.ui.cli.main import main; main(prog_name='goxray')"
    done = subprocess.run(
        [sys.executable, "-c", program, "profile", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_tables_and_their_length() -> None:
    text = run(HEAP, "--top", "3").stdout
    assert "Top functions by inuse_space (3 of " in text and "main.keepPages" in text
    assert "--exe" in text  # nothing tells map memory here
    everything = run(HEAP, "--top", "0").stdout
    assert everything.count("\n") > text.count("\n") + 50
    assert "runtime.MemStats" in run(TEXT, "--top", "2").stdout
    assert "按 samples 排列的函数" in run(CPU, "--sample", "samples", "--lang", "zh").stdout


def test_json_is_the_whole_report() -> None:
    document = json.loads(run(HEAP, "--format", "json", "--sort", "cum", "--sample", "2").stdout)
    assert (document["schema"], document["shown"], document["sort"]) == ("goxray.profile/1", "inuse_objects", "cum")
    assert len(document["top"]) == document["top_total"] and document["map_totals"]["known"] is False
    cums = [row["cum"] for row in document["top"]]
    assert cums == sorted(cums, reverse=True)
    lines = json.loads(run(HEAP, "--format", "json", "--lines").stdout)
    places = {(row["function"], Path(row["file"]).name, row["line"]) for row in lines["top"] if row["file"]}
    assert ("main.keepList", "main.go", 37) in places and lines["by_line"]


@pytest.mark.parametrize(
    "arguments",
    [(HEAP,), (TEXT, "--lines"), (CPU, "--top", "2"), (HEAP, "--base", HEAP)],
    ids=["heap", "text", "cpu", "base"],
)
def test_real_reports_keep_to_the_schema(arguments: tuple[str, ...]) -> None:
    schema = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "goxray.profile-1.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(run(*arguments, "--format", "json").stdout))


def test_files_take_their_format_from_their_name(tmp_path: Path) -> None:
    for name, start in (("a.csv", b'"function"'), ("a.html", b"<!doctype html>"), ("a.parquet", b"PAR1")):
        path = tmp_path / name
        assert run(HEAP, "-o", str(path)).exit_code == 0
        assert path.read_bytes().lower().startswith(start.lower())
    path = tmp_path / "maps.csv"
    assert run(HEAP, "--table", "maps", "-o", str(path)).exit_code == 0
    assert path.read_text().splitlines()[0].startswith('"function","file","how","map_type"')


def test_standard_input() -> None:
    piped = CliRunner(env={"NO_COLOR": "1"}).invoke(
        main, ["profile", "-", "--top", "2"], input=Path(HEAP).read_bytes(), standalone_mode=False
    )
    tables = [text[text.index("Totals") :] for text in (piped.stdout, run(HEAP, "--top", "2").stdout)]
    assert tables[0] == tables[1]
    assert piped.stdout.startswith("goxray profile · - · heap")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("nowhere.pb.gz",), 3, "cannot read nowhere.pb.gz: No such file"),
        ((__file__,), 3, "is no pprof profile"),
        ((HEAP, "--base", CPU), 3, "nothing in common"),
        ((HEAP, "--sample", "samples"), 2, "no sample type samples"),
        ((CPU, "--exe", sys.executable), 2, "--exe means nothing"),
        ((CPU, "--pid", "1"), 2, "--maps means nothing"),
        ((HEAP, "--maps", "x", "--pid", "1"), 2, "say the same twice"),
        ((HEAP, "--exe", __file__), 3, "is not a Go program"),
        ((HEAP, "--table", "maps"), 2, "--table is for csv and parquet"),
        ((CPU, "--table", "maps", "--format", "csv"), 2, "only heap profiles"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else None,
)
def test_errors_are_one_clear_line(arguments: tuple[str, ...], status: int, said: str) -> None:
    ended, error = failing(*arguments)
    assert (ended, said in error) == (status, True), error
    lines = error.strip().splitlines()
    assert len(lines) <= 2 and "Traceback" not in error


def test_a_small_profile_loads_no_compiler(tmp_path: Path) -> None:
    program = (
        "import sys; from goxray.ui.cli.main import main\n"
        f"main(['profile', {HEAP!r}, '-o', {str(tmp_path / 'x.html')!r}], standalone_mode=False)\n"
        "print([name for name in ('numba', 'drgn', 'duckdb') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
