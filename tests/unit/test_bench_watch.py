"""The benchmark of gc watch: its statistics by hand, and one short run of its program."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.watch_run import SOURCE, VERSION, Ratio, ratio_of, row, share, working
from goxray.target import toolchains


def test_the_interval_is_that_of_order_statistics() -> None:
    """Of ten coins one or fewer fall on one side in 1.07% of all cases, two or fewer in 5.5%: so 2nd to 9th ratio."""
    ratios = [1.05, 0.95, 1.01, 0.99, 1.02, 0.98, 1.03, 0.97, 1.04, 0.96]
    found = ratio_of([(100 * ratio, 100.0) for ratio in ratios])
    assert (found.median, found.low, found.high, found.pairs) == pytest.approx((1.0, 0.96, 1.04, 10))


def test_few_pairs_tell_little() -> None:
    found = ratio_of([(1.0, 2.0), (3.0, 2.0), (2.0, 2.0)])
    assert (found.low, found.median, found.high) == (0.5, 1.0, 1.5)


def test_a_row_says_ratio_interval_and_what_a_read_takes() -> None:
    text = row("100ms", Ratio(1.0002, 0.9995, 1.0009, 60), {"read_us": 321.4, "smaps_ms": 12.34, "hertz": 9.98})
    assert text.startswith("every 100ms (10 Hz): ")
    assert "+0.020% CPU a step [-0.050%, +0.090%], 60 pairs; a read 321 us, smaps_rollup 12.3 ms at most" in text


def test_a_fast_watchers_cost_is_scaled_by_its_real_rate() -> None:
    """Half as fast as asked: 2% at 500 Hz are 0.04% at 10 Hz."""
    assert share(Ratio(1.02, 0.99, 1.05, 60), 500.0).endswith("10 Hz: +0.0400% [-0.0200%, +0.1000%]")


@pytest.mark.xdist_group("watch-busy")
def test_the_program_works_and_counts(tmp_path: Path) -> None:
    executable = toolchains.install(VERSION).build(SOURCE, tmp_path / "watched")
    with working(executable, 1 << 20) as watched:
        assert 0 < watched.step_ns(0.05) < 1e6
        assert watched.step_ns(0.05) > 0
