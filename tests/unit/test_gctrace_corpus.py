"""Logs of real programs of every release line from 1.9 on, and some by hand: each value is what was measured."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from goxray import api_gc
from goxray.core.gctrace_result import GcTraceResult
from goxray.render.json_gctrace import pacer, scavenges
from goxray.timeline.gctrace import reader
from tests.harness.gctrace_truth import compare, compare_forced, compare_times, truths

CORPUS = Path(__file__).parents[1] / "corpus" / "gctrace"
RELEASES = sorted(path.stem for path in CORPUS.glob("go*.log"))
TORN = sorted(path.stem for path in CORPUS.glob("torn-*.log"))
PAIRS = sorted(path.stem for path in CORPUS.glob("two-*.log"))
HAND = sorted(path.stem for path in CORPUS.glob("hand-*.log"))
OLD_TOOLS = ("go1.9", "go1.10", "go1.11", "go1.12", "go1.13", "go1.14", "go1.15", "go1.16", "go1.17")


def _read(name: str) -> GcTraceResult:
    return api_gc.gc_read(CORPUS / f"{name}.log")


def _truth(name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    return truths((CORPUS / f"{name}.truth.jsonl").read_text())


def test_the_corpus_has_every_release_line() -> None:
    lines = {int(name.split(".")[1]) for name in RELEASES}
    assert lines == set(range(9, 28))
    assert TORN and PAIRS and HAND


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_prints_what_its_program_measured(name: str) -> None:
    result = _read(name)
    told, total = _truth(name)
    cycles = list(result.cycles())
    assert result.set_aside_total == 0
    assert [cycle["n"] for cycle in cycles] == list(range(1, total["num_gc"] + 1))
    compare_forced(cycles, total)
    for truth in told:
        compare(cycles[truth["n"] - 1], truth)
    compare_times(cycles, told)
    [process] = result.processes
    printed = sum(cycle["clock_ms"][0] + cycle["clock_ms"][2] for cycle in cycles)
    assert process.pauses.total_ms == pytest.approx(printed)
    assert printed <= total["pause_total_ns"] / 1e6 + 0.001 * len(cycles)
    assert process.format == ("go1.6-1.17" if name.rpartition(".")[0] in OLD_TOOLS else "go1.18+")
    assert all((cycle["stacks_mb"] is None) == (process.format == "go1.6-1.17") for cycle in cycles)


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_prints_what_was_given_back(name: str) -> None:
    """The last line is of debug.FreeOSMemory; ReadMemStats behind it told the same."""
    result = _read(name)
    told, _ = _truth(name)
    assert result.pacer
    assert {one.process for one in result.pacer} | {one.process for one in result.scavenges} == {1}
    last = next(one for one in reversed(result.scavenges) if one.forced and "released_mb" not in one.figures)
    if last.kind == "scvg":
        assert last.figures["released_total_mb"] == told[-1]["heap_released"] >> 20
        assert last.figures["sys_mb"] == told[-1]["heap_sys"] >> 20
    else:
        # What the caller allocates after it comes out of what was given back: some pages.
        assert 0 <= last.figures["total_kib"] - (told[-1]["heap_released"] >> 10) < 512


@pytest.mark.parametrize("name", PAIRS)
def test_two_processes_are_told_apart(name: str) -> None:
    """Their live heaps differ: a cycle that went to the other one would say so."""
    result = _read(name)
    assert len(result.processes) == 2
    found = {process.process: {} for process in result.processes}  # type: dict[int, dict[int, dict[str, Any]]]
    for cycle in result.cycles():
        found[cycle["process"]][cycle["n"]] = cycle
    truth = [_truth(f"{name}.{place}") for place in (1, 2)]
    order = (1, 2) if _fits(found[1], truth[0][0]) else (2, 1)
    for process, (told, total) in zip(order, truth, strict=True):
        assert set(found[process]) <= set(range(1, total["num_gc"] + 1))
        assert len(found[process]) >= total["num_gc"] - result.set_aside_total
        for one in told:
            if one["n"] in found[process]:
                compare(found[process][one["n"]], one)


def _fits(cycles: dict[int, dict[str, Any]], told: list[dict[str, Any]]) -> bool:
    return all(cycles[one["n"]]["goal_mb"] == one["goal_before"] >> 20 for one in told if one["n"] in cycles)


@pytest.mark.parametrize("name", TORN)
def test_torn_lines_are_read_right_or_set_aside(name: str) -> None:
    result = _read(name)
    told, total = _truth(name)
    cycles = {cycle["n"]: cycle for cycle in result.cycles()}
    assert len(result.processes) == 1
    assert set(cycles) <= set(range(1, total["num_gc"] + 1))
    assert len(cycles) == total["num_gc"] or result.set_aside_total
    for one in told:
        if one["n"] in cycles:
            compare(cycles[one["n"]], one)


@pytest.mark.parametrize("name", HAND)
def test_logs_by_hand(name: str) -> None:
    result = _read(name)
    expected = json.loads((CORPUS / f"{name}.json").read_text())
    _same(list(result.cycles()), expected["cycles"])
    _same(list(scavenges(result)), expected["scavenges"])
    _same(list(pacer(result)), expected["pacer"])
    assert [one.line for one in result.set_aside] == expected["set_aside"]


def _same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert {name: one[name] for name in other} == other


@pytest.mark.parametrize("name", [*RELEASES, *TORN, *PAIRS, *HAND])
def test_the_kernel_reads_the_corpus_as_its_twin_does(name: str) -> None:
    with open(CORPUS / f"{name}.log", "rb") as one, open(CORPUS / f"{name}.log", "rb") as other:
        slow, fast = reader.read(one, compiled=False), reader.read(other, compiled=True)
    assert slow.rows.tolist() == fast.rows.tolist()
    assert (slow.scavenges, slow.pacer, slow.set_aside) == (fast.scavenges, fast.pacer, fast.set_aside)
    assert slow.periodic == fast.periodic


@pytest.mark.parametrize("name", ["go1.13.15", "go1.27.3", "torn-go1.27.3", *PAIRS, *HAND])
@pytest.mark.parametrize("block", [61, 700, 4096])
def test_blocks_of_any_size_say_the_same_of_the_corpus(name: str, block: int) -> None:
    log = (CORPUS / f"{name}.log").read_bytes()
    whole = reader.read(io.BytesIO(log), compiled=False)
    for compiled in (False, True):
        parts = reader.read(io.BytesIO(log), compiled=compiled, block=block)
        assert parts.rows.tolist() == whole.rows.tolist()
        assert (parts.scavenges, parts.pacer, parts.periodic) == (whole.scavenges, whole.pacer, whole.periodic)
        assert (parts.set_aside, parts.lines, parts.bytes) == (whole.set_aside, whole.lines, whole.bytes)
