"""What the program tests/programs/gctrace measured of itself, against the cycles that were read of its trace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Truth = dict[str, Any]


def truths(printed: str) -> tuple[list[Truth], Truth]:
    """Return what the program told of each forced cycle, and its totals."""
    told = [json.loads(line) for line in printed.splitlines()]
    return told[:-1], told[-1]


def grain_ms(ms: float) -> float:
    """Return by how much a time that fmtNSAsMS printed may be too small: it cuts off, to microseconds or two digits."""
    return 0.001 if ms < 0.1 else 0.01 if ms < 1 else 0.1 if ms < 10 else 1.0


def compare(cycle: Mapping[str, Any], truth: Truth) -> None:
    """Assert that a cycle says of itself what the program measured.

    The two stops that are printed take as long as the pause of ReadMemStats, or longer: from Go 1.22 on a pause begins
    when the world is being stopped, and what is printed a little before (gcStart in mgc.go).
    """
    assert cycle["n"] == truth["n"]
    assert cycle["forced"] is True
    assert cycle["procs"] == truth["procs"]
    assert cycle["goal_mb"] == truth["goal_before"] >> 20
    assert cycle["cpu_percent"] == int(truth["cpu_fraction"] * 100)
    first, _, last = cycle["clock_ms"]
    assert truth["pause_ns"] / 1e6 < first + last + grain_ms(first) + grain_ms(last)
    if truth["metrics"]:
        assert cycle["heap_live_mb"] == truth["metrics"]["/gc/heap/live:bytes"] >> 20
        assert cycle["stacks_mb"] == truth["metrics"]["/gc/scan/stack:bytes"] >> 20
        assert cycle["globals_mb"] == truth["metrics"]["/gc/scan/globals:bytes"] >> 20


def compare_forced(cycles: Sequence[Mapping[str, Any]], total: Truth) -> None:
    """Assert that as many cycles are forced as the runtime counted.

    One more may be printed so where a forced one follows at once: gcStart sets work.userForced before it waits for the
    cycle that is under way, which then prints it as its own.
    """
    forced = [bool(cycle["forced"]) for cycle in cycles]
    waited = sum(one and other for one, other in zip(forced, forced[1:], strict=False))
    assert total["num_forced"] <= sum(forced) <= total["num_forced"] + waited


def compare_times(cycles: Iterable[Mapping[str, Any]], told: list[Truth]) -> None:
    """Assert that each forced cycle began between its call and its return, by one clock for all of them.

    The program's clock began some time after the runtime's: the same time for each cycle.
    """
    by_number = {cycle["n"]: cycle for cycle in cycles}
    earliest = max(by_number[truth["n"]]["t_s"] * 1e3 - truth["end_ns"] / 1e6 for truth in told)
    latest = min(by_number[truth["n"]]["t_s"] * 1e3 + 1 - truth["begin_ns"] / 1e6 for truth in told)
    assert earliest <= latest
