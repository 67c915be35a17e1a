"""The heap goal and the trigger, as the runtime works them out of gcController's fields whenever it asks.

They are nowhere stored (runtime/mgcpacer.go: heapGoalInternal, memoryLimitHeapGoal, trigger; the same from Go 1.21 on).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.timeline.counters.places import Raw

NO_LIMIT = 1 << 62
"""From here up a goal or a limit means that there is none: GOMEMLIMIT is math.MaxInt64 by default, the goal follows."""
_NOT_TRIGGERED = (1 << 64) - 1
"""What ``triggered`` is outside of a cycle."""
_MIN_RUNWAY = 64 << 10
"""heapGoalInternal: a goal lies at least this far behind the point where the collector started."""


class Pacer:
    """Goal and trigger by the constants of one build."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self._headroom_percent = layout.const("memoryLimitHeapGoalHeadroomPercent")
        self._headroom = layout.const("memoryLimitMinHeapGoalHeadroom")
        self._den = layout.const("triggerRatioDen")
        self._low, self._high = layout.const("minTriggerRatioNum"), layout.const("maxTriggerRatioNum")
        self._minimum = layout.const("defaultHeapMinimum")

    def goal(self, raw: Raw) -> int:
        """Bytes of live heap at which the cycle is to end; NO_LIMIT or more where nothing makes it."""
        return self._goal(raw)[0]

    def trigger(self, raw: Raw) -> int:
        """Bytes of live heap at which the next cycle starts; NO_LIMIT or more where none will."""
        goal, least = self._goal(raw)
        marked = raw.heap_marked
        if marked >= goal:
            return goal
        least = max(least, marked + (goal - marked) // self._den * self._low)
        most = marked + (goal - marked) // self._den * self._high
        if goal > self._minimum:
            most = max(most, goal - self._minimum)
        wanted = least if raw.runway > goal else goal - raw.runway
        return min(max(wanted, least), max(most, least))

    def _goal(self, raw: Raw) -> tuple[int, int]:
        """The goal, and the trigger's lower bound by the sweeper's need of room."""
        goal, limited = raw.gc_percent_heap_goal, self._by_limit(raw)
        if limited < goal:
            return limited, 0
        goal = max(goal, raw.sweep_dist_min_trigger)
        if raw.triggered != _NOT_TRIGGERED and goal < raw.triggered + _MIN_RUNWAY:
            goal = raw.triggered + _MIN_RUNWAY
        return goal, raw.sweep_dist_min_trigger

    def _by_limit(self, raw: Raw) -> int:
        """The goal by GOMEMLIMIT: what the limit leaves beside all that is no heap, less some headroom."""
        limit, mapped = raw.memory_limit, raw.mapped_ready
        other = max(mapped - raw.heap_free - (raw.total_alloc - raw.total_free), 0)  # below 0 only in a torn read
        other += max(mapped - limit, 0)
        if other >= limit:
            return raw.heap_marked
        goal = limit - other
        headroom = max(goal // 100 * self._headroom_percent, self._headroom)
        goal = headroom if goal < 2 * headroom else goal - headroom
        return max(goal, raw.heap_marked)
