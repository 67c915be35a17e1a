"""Live heap grows, and no limit is known that it would meet."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import MIB, Facts
from goxray.timeline.findings.growth import heap_limit, live_heap, process_limit, rising
from goxray.timeline.findings.registry import Rule

_LEAST = 4 * MIB
_HOUR = 3600
_LONG = 600


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find live heap after collections that keeps rising (growth.rising), by 4 MiB or more, without a known limit.

    Live heap is what was marked: rising means that more and more is referenced, garbage plays no part. Seen for less
    than ten minutes it may still be a cache that fills: a note.
    """
    figures = live_heap(facts)
    if figures is None or heap_limit(facts) is not None or process_limit(facts) is not None:
        return
    rise = rising(*figures)
    if rise is None:
        return
    line, lasted = rise.line, rise.line.origin_s - rise.since_s
    if line.slope * lasted < _LEAST:
        return
    yield TimelineFinding(
        RULE.id,
        "warning" if lasted >= _LONG else "note",
        rise.since_s,
        line.origin_s,
        {
            "now_bytes": line.level,
            "grown_bytes": line.slope * lasted,
            "per_hour_bytes": line.slope * _HOUR,
            "doubles_s": line.level / line.slope,
            "points_n": rise.points,
        },
    )


RULE = Rule("growth", ("now_bytes", "grown_bytes", "per_hour_bytes", "doubles_s", "points_n"), _judge)
