"""Memory that grows will meet its limit: when, with a 90% interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts
from goxray.timeline.findings.growth import heap_limit, live_heap, process_limit, process_size, rising
from goxray.timeline.findings.registry import Rule
from goxray.timeline.findings.trend import meeting

if TYPE_CHECKING:
    from goxray.timeline.findings.growth import Limit, Rising
    from goxray.timeline.findings.trend import Meeting

_FARTHEST = 10
_SOON = 3600
_HOUR = 3600


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Forecast live heap against GOMEMLIMIT and the process against its cgroup's limit; the earlier one is told.

    See growth.rising for what counts as a rise, trend.meeting for the interval. A line is not drawn further than ten
    times as long as it was seen. Within an hour it is serious.
    """
    found = []
    for figures, limit in ((live_heap(facts), heap_limit(facts)), (process_size(facts), process_limit(facts))):
        if figures is None or limit is None or (rise := rising(*figures)) is None:
            continue
        met = meeting(rise.line, limit.room)
        if met is not None and met.in_s <= _FARTHEST * (rise.line.origin_s - rise.since_s):
            found.append((met, rise, limit))
    if found:
        yield _finding(*min(found, key=lambda each: each[0].in_s))


def _finding(met: Meeting, rise: Rising, limit: Limit) -> TimelineFinding:
    return TimelineFinding(
        RULE.id,
        "serious" if met.earliest_s < _SOON else "warning",
        rise.since_s,
        rise.line.origin_s,
        {
            "now_bytes": rise.line.level,
            "limit_bytes": limit.bytes,
            "per_hour_bytes": rise.line.slope * _HOUR,
            "in_s": met.in_s,
            "earliest_s": met.earliest_s,
            "latest_s": met.latest_s,
            "points_n": rise.points,
        },
    )


RULE = Rule(
    "growth-meets-limit",
    ("now_bytes", "limit_bytes", "per_hour_bytes", "in_s", "earliest_s", "latest_s", "points_n"),
    _judge,
)
