"""What goxray says of a running program's maps is what the program itself says, to the entry and to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from json import JSONDecodeError

import pytest

from goxray.core.result import MapsResult
from tests.harness import compare
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build
from tests.harness.truth import ProgramError, Truth, TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant, params

_STARTS = 5
HEAP_NOISE = 16 << 10
"""Bytes that printing the last line and parking may allocate."""

MEMSTATS_NOISE = 16 << 10
"""Bytes that the runtime may allocate for itself (a goroutine, a thread) while a big map is made."""


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[TruthProgram]:
    with TruthProgram(Build(variant)) as running:
        yield running


@pytest.fixture(scope="module")
def truth(program: TruthProgram) -> Truth:
    return program.truth


@pytest.fixture(scope="module")
def result(program: TruthProgram) -> MapsResult:
    return inspect(program.pid)


@pytest.fixture(scope="module")
def rows(result: MapsResult) -> list[compare.Row]:
    return compare.rows_of(result)


def test_the_program_made_what_the_test_is_about(truth: Truth, variant: Variant) -> None:
    assert len(truth.maps) > 170 and len(truth.looks) > 20000
    assert {m.kind for m in truth.maps} == {variant.kind}
    shapes = {m.label.removeprefix("shape "): m.detail for m in truth.maps if m.label.startswith("shape ")}
    if variant.kind == "classic":
        for label in ("growing", "growingStrings", "growingIndirect", "sameSize", "sameSizeStrings"):
            assert shapes[label]["old_buckets"] > 0, label
        assert shapes["growingHalf"]["nevacuate"] > 0 and shapes["growingHalf"]["old_buckets"] > 0
        assert shapes["sameSizeDone"]["old_buckets"] == 0
        assert shapes["overflow"]["overflow_buckets"] > 100
    else:
        assert 1 < shapes["uneven"]["tables"] < shapes["uneven"]["dir_len"]
        assert shapes["eight"]["small"] == 1 and shapes["nine"]["small"] == 0
        assert shapes["manyTables"]["tables"] > 30
    labels = {m.label: m.figures for m in truth.maps}
    assert labels["shape deleted"]["tombstones"] > 0
    assert labels["shape both"]["indirect_bytes"] > 0
    assert labels["shape nans"]["entries"] == 333


def test_every_map_has_exact_figures(truth: Truth, rows: list[compare.Row]) -> None:
    assert compare.differences(truth, rows) == []


def test_every_map_has_the_right_owner(truth: Truth, rows: list[compare.Row]) -> None:
    assert compare.differences(truth, rows, compare.ownership) == []


def test_types_and_shape_both_find_what_both_can(truth: Truth, rows: list[compare.Row]) -> None:
    index = compare.by_address(rows)
    found = {m.label: index[m.addr]["found_by"] for m in truth.maps if m.addr in index and not m.on_stack}
    typed = {m.label for m in truth.maps if m.owners}
    assert {label: by for label, by in found.items() if label in typed and by != "both"} == {}
    dropped = {label: by for label, by in found.items() if label.startswith("dropped")}
    assert len(dropped) == 8 and set(dropped.values()) == {"structural"}


def test_maps_whose_header_is_on_a_stack_are_listed_or_counted(
    truth: Truth, rows: list[compare.Row], result: MapsResult
) -> None:
    index = compare.by_address(rows)
    on_stack = [m for m in truth.maps if m.on_stack]
    assert len(on_stack) == 3
    if not all(m.addr in index for m in on_stack):
        assert [note for note in result.notes if "stack" in note]


def test_no_map_is_listed_twice(rows: list[compare.Row]) -> None:
    assert compare.listed_twice(rows) == []


def test_no_lookalike_is_listed(truth: Truth, rows: list[compare.Row]) -> None:
    assert compare.lookalikes_listed(truth, rows) == []


def test_nil_maps_are_not_listed(truth: Truth, rows: list[compare.Row]) -> None:
    assert truth.nil_owners
    assert [row for row in rows if row["owner"] in truth.nil_owners] == []


def test_nothing_else_is_said_to_be_held_by_the_program(truth: Truth, rows: list[compare.Row]) -> None:
    known = {m.addr for m in truth.maps}
    others = [str(row["owner"]) for row in rows if row["addr"] not in known]
    assert [owner for owner in others if "main." in owner or "example.com/truth" in owner] == []


def test_nothing_is_at_fault(result: MapsResult) -> None:
    assert result.faults == []


def test_totals_are_sums_of_all_rows(result: MapsResult, rows: list[compare.Row]) -> None:
    assert asdict(result.totals) == compare.sums(rows)


def test_the_heap_agrees_with_memstats(result: MapsResult, truth: Truth) -> None:
    assert result.heap.live_bytes == pytest.approx(truth.heap_alloc, rel=0, abs=HEAP_NOISE)
    assert result.heap.runtime_live_bytes == pytest.approx(truth.heap_alloc, rel=0, abs=HEAP_NOISE)


def test_the_target_is_described(result: MapsResult, program: TruthProgram, variant: Variant) -> None:
    assert (result.target.kind, result.target.pid, result.target.exe) == ("process", program.pid, str(program.exe))
    assert result.build.go_version == f"go{variant.version}"
    assert (result.build.goos, result.build.goarch) == ("linux", "amd64")
    assert set(variant.experiments) <= set(result.build.experiments)
    assert result.consistency == "stopped" and result.freeze_ms > 0 and not result.unverified


def test_the_command_says_the_same(program: TruthProgram, truth: Truth) -> None:
    done = command("maps", str(program.pid), "--format", "json", "--group", "none")
    assert done.status == 0, done.err
    listed = done.json()["maps"]
    assert isinstance(listed, list)
    rows = [{**row, **dict.fromkeys(_DETAIL_NAMES), **row["detail"]} for row in listed]
    assert compare.differences(truth, rows) == []


_DETAIL_NAMES = [name for names in compare.DETAIL.values() for name in names]


def test_what_is_collected_is_no_longer_listed(program: TruthProgram) -> None:
    after = program.tell("gc")
    assert {"dropped", "dropped empty", "dropped large"} <= set(after.gone.values())
    rows = compare.rows_of(inspect(program.pid))
    assert set(after.gone) & set(compare.by_address(rows)) == set()
    assert compare.differences(after, rows) == []


def test_maps_of_a_million_entries(variant: Variant) -> None:
    with TruthProgram(Build(variant), "-big", sets=("none",)) as program:
        big = program.truth.maps
        assert max(m.figures["entries"] for m in big) >= 1_000_000
        for m in big:
            noise = m.memstats_bytes - m.figures["bytes"] - m.figures["indirect_bytes"]
            assert noise == 0 if "hint" in m.label else 0 <= noise <= MEMSTATS_NOISE, m.label
        rows = compare.rows_of(inspect(program.pid))
    assert compare.differences(program.truth, rows) == []
    assert compare.differences(program.truth, rows, compare.ownership) == []


@pytest.mark.parametrize("variant", params((CLASSIC, SWISS)), indirect=True)
def test_the_collector_may_run(variant: Variant) -> None:
    for attempt in range(_STARTS):
        try:
            with TruthProgram(Build(variant), "-gc", sets=("shapes", "reach", "stacks")) as program:
                truth = program.tell("gc")
                rows = compare.rows_of(inspect(program.pid))
        except (ProgramError, JSONDecodeError):
            # A collection between two lines of the program's account takes a dropped map's parts and not its header.
            if attempt == _STARTS - 1:
                raise
            continue
        assert compare.differences(truth, rows) == []
        return
