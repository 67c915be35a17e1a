"""A host without drgn: programs with DWARF are read all the same, and what drgn would add is said in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.harness import compare
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build
from tests.harness.truth import TruthMap, TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant

BLOCKED = """
import sys
sys.modules["drgn"] = None
from goxray.ui.cli.main import main
sys.exit(main())
"""
"""Python in which ``import drgn`` fails as where it is not installed."""


def without_drgn(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BLOCKED, *arguments], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_all_maps_are_found_and_counted(variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "drgn", None)

    def figures(expected: TruthMap, row: compare.Row) -> list[str]:
        unpriced = expected.on_stack and row["type"] == compare.UNKNOWN_TYPE
        found = compare.difference(expected, row)
        left_out = ("type is", "wasted_bytes is 0") if unpriced else ("type is",)
        return [what for what in found if not what.startswith(left_out)]

    with TruthProgram(Build(variant)) as program:
        result = inspect(program.pid, verify=True)
    rows = compare.rows_of(result)
    assert compare.differences(program.truth, rows, figures) == []
    assert compare.listed_twice(rows) == []
    assert result.faults == []
    owners = {m.label: str(compare.by_address(rows)[m.addr]["owner"]) for m in program.truth.maps if m.owners}
    assert owners["global"] == "main.gPlain"
    assert owners["field of a struct"].startswith("main.gCache+0x")


def test_one_note_says_what_drgn_would_add_and_how_to_get_it() -> None:
    with TruthProgram(Build(SWISS), sets=("reach",)) as program:
        done = without_drgn("maps", str(program.pid))
        full = command("maps", str(program.pid))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("pip install drgn") == 1 and "types of variables" in done.stdout
    assert "drgn" not in full.out and full.status == 0


def test_stripped_programs_need_none() -> None:
    with TruthProgram(Build(SWISS, ldflags="-s -w"), sets=("reach",)) as program:
        done = without_drgn("maps", str(program.pid), "--verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "drgn" not in done.stdout


def test_without_pyarrow_one_line_says_what_to_install() -> None:
    program = BLOCKED.replace("drgn", "pyarrow")
    done = subprocess.run([sys.executable, "-c", program, "maps", "1"], capture_output=True, text=True, timeout=60)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (3, "")
    assert lines[0] == "goxray: this command needs pyarrow, and it is not installed"
    assert lines[1].startswith("hint: ") and lines[1].endswith("-m pip install pyarrow") and len(lines) == 2


def test_doctor_says_so() -> None:
    done = without_drgn("doctor")
    assert "drgn" in done.stdout and "pip install drgn" in done.stdout
