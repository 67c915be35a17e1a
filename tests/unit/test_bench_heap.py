"""The benchmark of whole heaps: its figures by hand, its fourth shape, and tools that cannot be had."""

from __future__ import annotations

import math
import stat
from pathlib import Path

import pytest

from bench import peers
from bench.heap_table import HeapTrial, Look, peer_row, row, slope
from bench.measure import Cost
from bench.peers import Peer, last_line
from bench.programs import Heap, build, running

MIB = 1 << 20
START = Look(Cost(1.0, 1.0, 100_000_000), 5.0, 100, 1000, 1000, 0)


def trial(gigabytes: float, cpu: float, *, objects: int = 10_000_000, rss: int = 300_000_000, faults: int = 0,
          counted: int = 0) -> HeapTrial:  # fmt: skip
    heap = Heap(1, "go1.27.3", int(gigabytes * 1e9), 1, 1, objects)
    found = Look(Cost(cpu, cpu, rss), 20.0, objects, heap.heap_alloc, heap.heap_alloc + counted, faults)
    return HeapTrial("1.27.3", "web", heap, found, START)


def test_figures_by_hand() -> None:
    one = trial(2.0, 5.0)
    assert (one.cpu, one.per_gb, one.per_objects) == (4.0, 2.0, 8.0)
    assert one.rss_share == 0.1
    assert one.misses == [] and "reached" in row(one)


@pytest.mark.parametrize(
    ("one", "short"),
    [
        (trial(2.0, 5.1), ["cpu"]),
        (trial(2.0, 5.1, objects=80_000_000), []),
        (trial(2.0, 2.0, rss=700_000_000), ["rss"]),
        (trial(2.0, 2.0, counted=8), ["count"]),
        (trial(2.0, 2.0, faults=1), ["count"]),
    ],
)
def test_what_falls_short_is_named(one: HeapTrial, short: list[str]) -> None:
    assert one.misses == short


def test_slope_tells_linear_from_quadratic_and_says_nothing_of_noise() -> None:
    assert slope([trial(size, 1.0 + 2.0 * size) for size in (0.25, 1, 4)]) == pytest.approx(1.0)
    assert slope([trial(size, 1.0 + 2.0 * size**2) for size in (0.25, 1, 4)]) == pytest.approx(2.0)
    assert math.isnan(slope([trial(size, 0.9) for size in (0.25, 1, 4)]))


def test_others_are_told_in_multiples_of_goxray() -> None:
    text = peer_row("goref", trial(2.0, 5.0), Cost(50.0, 60.0, 600_000_000))
    assert "50.0 CPU-s (25.0 per GB), 10.0 times goxray's" in text and "2.0 times" in text


def test_the_program_builds_sessions_as_services_have_them(tmp_path: Path) -> None:
    executable = build("1.27.3", tmp_path)
    with running(executable, "web", 32 * MIB) as heap:
        assert heap.maps == 1 + 32 * MIB // 5280
        assert 24 * MIB < heap.heap_alloc < 40 * MIB
        assert 150 < heap.heap_alloc / heap.objects < 260  # 20 million objects in 4 GB


def test_a_tool_that_cannot_be_had_costs_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOXRAY_CACHE", str(tmp_path))
    monkeypatch.setattr("goxray.target.toolchains.install", _no_toolchain)
    found, missing = peers.available()
    assert found == []
    assert missing == ["goref is left out: no network here", "viewcore is left out: no network here"]


def _no_toolchain(version: str) -> None:
    raise RuntimeError(f"go{version} cannot be fetched:\n  no network here\n\n")


def test_a_tool_that_fails_says_why(tmp_path: Path) -> None:
    tool = tmp_path / "grf"
    tool.write_text("#!/bin/sh\necho reading\necho 'unsupported go version' >&2\nexit 2\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(RuntimeError) as failure:
        Peer("goref", tool).measure(1, tmp_path)
    assert last_line(str(failure.value)) == "unsupported go version"
