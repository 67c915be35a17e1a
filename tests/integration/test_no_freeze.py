"""A program that never stops changing its maps: read while it stands still, and while it runs on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from goxray import api
from goxray.core.result import MapsResult
from goxray.target import freeze
from tests.harness import compare
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build, build
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import CLASSIC, SWISS, Variant, params

LOOKS = 14
WRITERS = 6
"""Goroutines that change maps; each can be stopped in the midst of one operation."""

FAULTS_LISTED = 4
"""The command's exit status when some map could not be read as it should be."""

pytestmark = pytest.mark.parametrize("variant", params((Variant("1.21.13"), CLASSIC, SWISS)), indirect=True)


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[Speaker]:
    with speaking(build("mutating", Build(variant))) as running:
        yield running


def stable(program: Speaker) -> dict[int, int]:
    """Entries of the maps that stay as they are, by address."""
    return {int(addr): entries for addr, entries in program.said["stable"].items()}


def wrong(program: Speaker, rows: list[compare.Row]) -> list[str]:
    """What is not as it must be whether the program stood still or not."""
    index = compare.by_address(rows)
    found = [f"{addr:#x} is missing" for addr in [*program.said["churning"], *stable(program)] if addr not in index]
    for addr, entries in stable(program).items():
        row = index[addr]
        if (row["entries"], row["full_slots"], row["found_by"]) != (entries, entries, "both"):
            found.append(f"{addr:#x} has {row['entries']} entries in {row['full_slots']} slots, not {entries}")
    return found + compare.listed_twice(rows)


def disagreeing(rows: list[compare.Row]) -> list[compare.Row]:
    return [row for row in rows if row["entries"] != row["full_slots"]]


def busy(result: MapsResult) -> int:
    """How many maps the result says were being written to."""
    found = [re.match(r"(\d+) maps? (?:was|were) being written to", note) for note in result.notes]
    return sum(int(match[1]) for match in found if match)


def test_a_frozen_program_agrees_with_itself(program: Speaker) -> None:
    rounds = sum(program.tell("")["rounds"])
    apart = 0
    for _ in range(LOOKS):
        result = inspect(program.pid)
        rows = compare.rows_of(result)
        assert result.consistency == "stopped" and result.faults == []
        assert wrong(program, rows) == []
        midway = disagreeing(rows)
        assert len(midway) == busy(result) <= WRITERS
        apart += len(midway)
    assert apart < LOOKS * WRITERS / 2
    assert sum(program.tell("")["rounds"]) > rounds


def test_a_running_program_is_read_as_it_runs(program: Speaker) -> None:
    rounds = sum(program.tell("")["rounds"])
    for _ in range(LOOKS):
        result = inspect(program.pid, freeze=False)
        rows = compare.rows_of(result)
        assert (result.consistency, result.freeze_ms) == ("racy", 0.0)
        assert wrong(program, rows) == []
        faults = {fault.addr for fault in result.faults}
        assert [row for row in disagreeing(rows) if row["addr"] not in faults] == []
        assert faults <= set(compare.by_address(rows))
        assert faults & set(stable(program)) == set()
    assert sum(program.tell("")["rounds"]) > rounds


def test_the_command_says_that_it_raced(program: Speaker) -> None:
    for form in ("table", "json"):
        done = command("maps", str(program.pid), "--no-freeze", "--format", form, "--limit", "5")
        assert done.status in (0, FAULTS_LISTED), done.err
        assert "racy" in done.out and "Traceback" not in done.err
    assert done.json()["consistency"] == "racy"


@dataclass
class Watched:
    """What this process does to the target while ``pid`` is set."""

    pid: int = 0
    opened: list[tuple[str, int]] = field(default_factory=list)
    symbols: set[str] = field(default_factory=set)

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.pid:
            return
        if event == "open" and str(arguments[0]).startswith(f"/proc/{self.pid}/"):
            mode, flags = arguments[1], arguments[2]
            assert isinstance(flags, int)
            self.opened.append((f"{arguments[0]} {mode}", flags & os.O_ACCMODE))
        elif event == "ctypes.dlsym":
            self.symbols.add(str(arguments[1]))


WATCHED = Watched()
sys.addaudithook(WATCHED.hook)

WRITING_REQUESTS = {4, 5, 6, 13, 15, 16, 19, 0x4203, 0x4205, 0x420B}
"""ptrace(2): PEEK's counterparts POKETEXT, POKEDATA, POKEUSR, SETREGS, SETFPREGS, ATTACH, SETFPXREGS, SETSIGINFO,
SETREGSET and SETSIGMASK."""


def open_for_writing(pid: int) -> list[str]:
    """Files of a process that this one holds open for writing."""
    found = []
    for entry in os.listdir("/proc/self/fd"):
        try:
            link = os.readlink(f"/proc/self/fd/{entry}")
            flags = int(re.search(r"flags:\s+(\d+)", Path(f"/proc/self/fdinfo/{entry}").read_text())[1], 8)
        except FileNotFoundError:
            continue
        if link.startswith(f"/proc/{pid}/") and flags & os.O_ACCMODE != os.O_RDONLY:
            found.append(link)
    return found


@pytest.mark.parametrize("frozen", [True, False], ids=["freeze", "no-freeze"])
def test_nothing_is_written(program: Speaker, frozen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: set[int] = set()
    ptrace = freeze._ptrace

    def recorded(request: int, *arguments: object) -> int:
        requests.add(request)
        return ptrace(request, *arguments)

    monkeypatch.setattr(freeze, "_ptrace", recorded)
    before = program.tell("")["checksum"]
    held: list[str] = []
    WATCHED.opened.clear()
    WATCHED.pid = program.pid
    try:
        api.maps(
            str(program.pid), freeze=frozen, verify=True, show_keys=2, pictures=2,
            progress=lambda *_: held.extend(open_for_writing(program.pid)),
        )  # fmt: skip
    finally:
        WATCHED.pid = 0
    assert program.tell("")["checksum"] == before
    assert held == [] and [name for name, access in WATCHED.opened if access != os.O_RDONLY] == []
    assert WATCHED.opened, "the hook saw nothing"
    assert "process_vm_writev" not in WATCHED.symbols
    assert requests & WRITING_REQUESTS == set()
    assert bool(requests) == frozen
