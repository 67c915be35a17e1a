"""When the collector starts and what heap it aims for: the formulas of gcControllerState, in its own integers.

Source: runtime/mgcpacer.go (commit, heapGoalInternal, memoryLimitHeapGoal, trigger, endCycle, setGCPercent),
runtime/mgcscavenge.go (gcPaceScavenger).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goxray.layout import RuntimeLayout

OFF = -1
"""GOGC=off."""
NO_LIMIT = (1 << 63) - 1
"""GOMEMLIMIT=off (math.MaxInt64)."""
NEVER = (1 << 64) - 1

_TRIGGER_DEN, _MIN_TRIGGER_NUM, _MAX_TRIGGER_NUM = 64, 45, 61
_HEADROOM_PERCENT, _MIN_HEADROOM = 3, 1 << 20
_MIN_RUNWAY = 64 << 10
_SWEEP_MIN_DISTANCE = 1 << 20
_PHYS_PAGE = 4096


@dataclass(frozen=True)
class Memory:
    """What the memory limit looks at, bytes: free pages still backed, allocated slots, all memory mapped and backed."""

    heap_free: int
    heap_alloc: int
    mapped_ready: int


class Pacer:
    """The controller's state between two cycles.

    ``heap_marked`` is what the last cycle found alive, ``stack_scan`` and ``globals_scan`` the bytes of stacks and
    globals that a cycle scans. ``memory`` is asked only while there is a memory limit, or GOGC is off.
    """

    def __init__(self, layout: RuntimeLayout, memory: Callable[[], Memory]) -> None:
        self._default_minimum = layout.const("defaultHeapMinimum")
        self._memory = memory
        self.percent = 100
        self.limit = NO_LIMIT
        self.heap_minimum = self._default_minimum
        self.heap_marked = 0
        self.stack_scan = 0
        self.globals_scan = 0
        self.runway = 0
        """Bytes that the program allocates while the collector marks, as measured by the cycles before."""
        self.sweep_min_trigger = 0
        self.triggered: int | None = None
        self.last_heap_goal = 0
        self.percent_goal = 0
        self.commit(heap_live=0, sweep_done=True)

    def set_percent(self, percent: int) -> None:
        """Take a new GOGC; :meth:`commit` has to follow."""
        self.percent = max(percent, OFF)
        # The runtime computes the minimum in unsigned integers: off gives one that is never reached.
        self.heap_minimum = self._default_minimum * percent // 100 if percent >= 0 else NEVER // 100

    def commit(self, heap_live: int, sweep_done: bool) -> None:
        """Compute the goal for the next cycle (gcControllerState.commit)."""
        self.sweep_min_trigger = 0 if sweep_done else heap_live + _SWEEP_MIN_DISTANCE
        goal = NEVER
        if self.percent >= 0:
            extra = (self.heap_marked + self.stack_scan + self.globals_scan) * self.percent // 100
            goal = self.heap_marked + extra
        self.percent_goal = max(goal, self.heap_minimum)

    def goal(self) -> int:
        """Return the heap goal, bytes (gcControllerState.heapGoal)."""
        return self._goal()[0]

    def _goal(self) -> tuple[int, int]:
        goal = self.percent_goal
        # Without a limit its goal is some 8 EiB, which matters only where GOGC is off: gctrace shows it then.
        if self.limit != NO_LIMIT or goal > NO_LIMIT:
            limited = self.limit_goal()
            if limited < goal:
                return limited, 0
        goal = max(goal, self.sweep_min_trigger)
        if self.triggered is not None:
            goal = max(goal, self.triggered + _MIN_RUNWAY)
        return goal, self.sweep_min_trigger

    def limit_goal(self) -> int:
        """Return the goal that GOMEMLIMIT asks for (memoryLimitHeapGoal)."""
        memory = self._memory()
        other = memory.mapped_ready - memory.heap_free - memory.heap_alloc
        over = max(memory.mapped_ready - self.limit, 0)
        if other + over >= self.limit:
            return self.heap_marked
        goal = self.limit - (other + over)
        headroom = max(goal // 100 * _HEADROOM_PERCENT, _MIN_HEADROOM)
        goal = headroom if goal < headroom or goal - headroom < headroom else goal - headroom
        return max(goal, self.heap_marked)

    def trigger(self) -> tuple[int, int]:
        """Return the heap at which the next cycle starts, and the goal (gcControllerState.trigger)."""
        lowest, highest, goal = self.trigger_bounds()
        if self.heap_marked >= goal:
            return goal, goal
        wanted = lowest if self.runway > goal else goal - self.runway
        return min(max(wanted, lowest), highest), goal

    def lowest_trigger(self) -> int:
        """Return the lowest trigger that a long runway, which follows from slow marking, leads to."""
        return self.trigger_bounds()[0]

    def trigger_bounds(self) -> tuple[int, int, int]:
        """Return the lowest and the highest trigger that any runway can lead to, and the goal."""
        goal, lowest = self._goal()
        if self.heap_marked >= goal:
            return goal, goal, goal
        step = (goal - self.heap_marked) // _TRIGGER_DEN
        lowest = max(lowest, self.heap_marked, step * _MIN_TRIGGER_NUM + self.heap_marked)
        highest = step * _MAX_TRIGGER_NUM + self.heap_marked
        if goal > self._default_minimum:
            highest = max(highest, goal - self._default_minimum)
        return lowest, max(highest, lowest), goal

    def end_cycle(self) -> None:
        """Write down the goal that the cycle has worked towards, for the scavenger (endCycle)."""
        self.last_heap_goal = self.goal()

    def reset_live(self, marked: int) -> None:
        """Take over what the cycle has found (resetLive)."""
        self.heap_marked = marked
        self.triggered = None


def retain_goal(last_in_use: int, goal: int, last_goal: int, phys_page: int = _PHYS_PAGE) -> int | None:
    """Return the bytes of heap that the background scavenger leaves backed for GOGC; None before the first cycle ends.

    A tenth more than the heap in use at the end of the last mark phase, scaled to the next goal (gcPaceScavenger).
    """
    if not last_goal:
        return None
    wanted = int(last_in_use * (goal / last_goal))
    wanted += wanted // 10
    return -(-wanted // phys_page) * phys_page
