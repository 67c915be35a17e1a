"""The benchmark of gctrace logs: its logs are what Go prints, both readers read all of them, its verdict is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import gctrace_regex
from bench.gctrace_run import Cost, row, talk, trace, verdict, write
from goxray import api_gc


def test_both_read_every_cycle(tmp_path: Path) -> None:
    place = tmp_path / "gc.log"
    for log, cycles in ((trace(200), 200), (talk(3001), 4)):
        write(place, log)
        result = api_gc.gc_read(place)
        assert (len(result.rows), result.set_aside) == (cycles, ())
        assert gctrace_regex.read(str(place)) == (cycles, 0)
        assert [cycle["n"] for cycle in result.cycles()] == list(range(1, cycles + 1))


def test_rates_by_hand() -> None:
    line = row("gctrace", 1_000_000, 50_000_000, Cost(0.5, 1 << 20, 1, 0), Cost(4.0, 1 << 21, 1, 0))
    assert line.split() == ["gctrace", "1,000,000", "50.0", "2,000,000", "0.50", "1", "250,000", "4.00", "2", "8.0x"]


@pytest.mark.parametrize(("rates", "word"), [([500_000.0, 9e9], "reached"), ([499_999.0, 9e9], "missed")])
def test_the_verdict_is_on_the_slowest(rates: list[float], word: str) -> None:
    assert verdict(rates).endswith(f"{word})")
