"""The collector stopped the world for long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts
from goxray.timeline.findings.registry import Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.core.timeline_result import Severity

_LONG_MS = 10.0
_VERY_LONG_MS = 100.0
_OFTEN = 3


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find stops of 10 ms or more: sweep and mark terminations, or a cycle's pauses where only they are told.

    A goroutine that runs on is asked to stop at once and again after 10 ms by sysmon (forcePreemptNS, runtime/proc.go);
    the stops' own work takes far less than a millisecond. Longer ones mean that something could not be stopped, or that
    the machine had no processor to give. One is a note, three are a warning, or one of 100 ms; three of those are
    serious.
    """
    t_s, lasted = _stops(facts)
    long = lasted >= _LONG_MS
    if not long.any():
        return
    very = int((lasted >= _VERY_LONG_MS).sum())
    severity: Severity = "serious" if very >= _OFTEN else "warning" if very or long.sum() >= _OFTEN else "note"
    at = t_s[long]
    yield TimelineFinding(
        RULE.id,
        severity,
        float(at[0]),
        float(at[-1]),
        {
            "stops_n": int(long.sum()),
            "of_n": len(lasted),
            "longest_ms": float(lasted.max()),
            "total_ms": float(lasted[long].sum()),
        },
    )


def _stops(facts: Facts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when stops began and how long they were, in ms."""
    found = [each for each in facts.timeline.intervals if each.track == "stw" and each.name != "stopped"]
    if found:
        source = found[0].source
        found = sorted((each for each in found if each.source == source), key=lambda each: each.start_s)
        start = np.array([each.start_s for each in found])
        return start, 1e3 * (np.array([each.end_s for each in found]) - start)
    series = facts.series("pause_ms")
    return (np.empty(0), np.empty(0)) if series is None else (series.t_s, series.values)


RULE = Rule("long-stops", ("stops_n", "of_n", "longest_ms", "total_ms"), _judge)
