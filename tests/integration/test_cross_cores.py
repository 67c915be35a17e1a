"""Cores of linux/arm64 and linux/loong64 programs, made by an emulator, tell what the programs themselves say."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from goxray.core.result import MapsResult
from tests.harness import compare, cross
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build, build
from tests.harness.truth import Truth, TruthMap
from tests.harness.variants import BASELINES

SETS = ("shapes", "reach", "stacks")
CASES = [
    pytest.param((variant, goarch), id=f"{variant}-{goarch}", marks=pytest.mark.xdist_group(f"{variant}-{goarch}"))
    for variant in BASELINES
    for goarch in cross.MACHINES
]


@dataclass(frozen=True)
class Case:
    """One core of the program ``truth``, its executable and what it printed before it died."""

    build: Build
    core: Path
    exe: Path
    truth: Truth
    pid: int


def die(how: Build, directory: Path) -> Case:
    def run(fresh: Path) -> Case:
        program = cross.CrossTruthProgram(how, sets=SETS)
        try:
            truth = program.start(cwd=fresh)
            core = program.crash_here(fresh)
        finally:
            program.stop()
        return Case(how, core, program.exe, truth, program.pid)

    return cross.insist(run, directory)


@pytest.fixture(scope="module", params=CASES)
def how(request: pytest.FixtureRequest) -> Build:
    variant, goarch = request.param
    return Build(variant, goarch=goarch)


@pytest.fixture(scope="module")
def pair(how: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Case, Case]]:
    """The program as it is and stripped; at once, since an emulated program may take ten seconds to die."""
    directories = [tmp_path_factory.mktemp(name) for name in ("whole", "stripped")]
    with ThreadPoolExecutor(2) as pool:
        whole, bare = pool.map(die, (how, cross.stripped(how)), directories)
    yield whole, bare
    for directory in directories:
        shutil.rmtree(directory)


@pytest.fixture(scope="module")
def case(pair: tuple[Case, Case]) -> Case:
    return pair[0]


@pytest.fixture(scope="module")
def result(case: Case) -> MapsResult:
    return inspect(case.core, exe=case.exe, verify=True)


def test_every_map_has_exact_figures_and_its_owner(case: Case, result: MapsResult) -> None:
    rows = compare.rows_of(result)
    assert len(case.truth.maps) > 150
    assert compare.differences(case.truth, rows) == []
    assert compare.differences(case.truth, rows, compare.ownership) == []
    assert compare.listed_twice(rows) == []


def test_every_key_lies_where_its_hash_puts_it(result: MapsResult) -> None:
    assert result.faults == []


def test_the_core_is_described(case: Case, result: MapsResult) -> None:
    assert (result.target.kind, result.target.pid) == ("core", case.pid)
    assert result.consistency == "core" and not result.unverified
    assert (result.build.goos, result.build.goarch) == ("linux", case.build.goarch)
    assert result.build.go_version == f"go{case.build.variant.version}"
    assert result.heap.live_bytes == result.heap.runtime_live_bytes
    assert result.notes == []


def stripped_difference(expected: TruthMap, row: compare.Row) -> list[str]:
    """Say where a row departs from the truth; a type that memory leaves open must leave the right one open."""
    wrong = compare.difference(expected, row)
    shown = str(row["type"])
    patterns = [re.escape(each).replace(re.escape("?"), ".+") for each in shown.split(" or ")]
    named = not any(name.startswith("map[") for name in expected.types)  # memory tells a map, not what it was called
    if named or any(re.fullmatch(pattern, name) for pattern in patterns for name in expected.types):
        # Without its type nobody knows that a map keeps its entries elsewhere, or what one that has no bytes on the
        # heap would take there.
        unknown = ("type is ", "indirect_bytes is ", *(["wasted_bytes is 0 with 0 "] if expected.on_stack else []))
        wrong = [each for each in wrong if shown in expected.types or not each.startswith(unknown)]
    return wrong


def test_a_stripped_program_is_read_as_exactly(pair: tuple[Case, Case]) -> None:
    _, case = pair
    result = inspect(case.core, exe=case.exe, verify=True)
    rows = compare.rows_of(result)
    assert compare.differences(case.truth, rows, stripped_difference) == []
    assert compare.listed_twice(rows) == []
    known = {name for m in case.truth.maps for name in m.types}
    assert len([row for row in rows if row["type"] in known]) > 150
    assert result.faults == []


def test_the_executable_must_be_named_and_be_the_right_one(case: Case) -> None:
    unnamed = command("maps", str(case.core))
    assert (unnamed.status, unnamed.out) == (3, "") and "--exe" in unnamed.err
    native = build("truth", Build(case.build.variant))
    wrong = command("maps", str(case.core), "--exe", str(native))
    assert (wrong.status, wrong.out) == (3, "") and f"a core of a {case.build.goarch} program" in wrong.err
