"""The runtime gave up on the memory limit because collecting took half of the processors."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts
from goxray.timeline.findings.registry import Rule


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find that the limiter was on: ``/gc/limiter/last-enabled:gc-cycle`` is not 0.

    It is on when collecting has taken more than 50% of the CPU time for about a second a processor (runtime/
    mgclimit.go: limitUtilization, capacityPerProc); the heap may then grow over GOMEMLIMIT.
    """
    series = facts.series("gc_limiter_cycle")
    if series is None or series.values[-1] <= 0:
        return
    last = float(series.values[-1])
    since = float(series.t_s[series.values == last][0])
    cycles = facts.series("gc_cycles")
    yield TimelineFinding(
        RULE.id,
        "serious",
        float(series.t_s[0]),
        since,
        {"cycle_n": last, "cycles_n": float(cycles.values[-1]) if cycles is not None else last},
    )


RULE = Rule("cpu-limiter", ("cycle_n", "cycles_n"), _judge)
