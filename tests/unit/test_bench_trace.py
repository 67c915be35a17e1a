"""The benchmark of probes: its figures by hand, and the probes that its loop meets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.trace_run import SOURCE, Trial, growing, places, row, with_probes
from goxray.target import toolchains


def test_an_events_cost_is_what_a_growth_takes_more() -> None:
    bare = Trial("no probe", 300.0, 3e6)
    assert row(bare, bare).split() == ["no", "probe", "300", "ns", "a", "growth"]
    line = row(Trial("with", 2300.4, 434_783.0, hits=1_000_000, received=999_000, reader_cpu=0.04995), bare)
    assert "costs   2,000 ns" in line
    assert "434,783 events/s" in line
    assert "1,000 of 1,000,000 records lost" in line
    assert "reader 50 ns" in line


@pytest.mark.parametrize("version", ["1.23.9", "1.27.3"])
def test_the_loop_meets_its_probes_once_a_growth(version: str, tmp_path: Path) -> None:
    found = toolchains.find(version)
    assert found is not None, f"Go {version} is not installed: run `make toolchains`"
    executable = found.build(SOURCE, tmp_path / "growing")
    placed = places(executable)
    with growing(executable, 100) as program:
        trial = with_probes("all", executable, [placed[0].offset], program)
    assert trial.hits == trial.received == 5 * 100
