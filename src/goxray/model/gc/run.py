"""A scenario run through the model, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from goxray.core.gc_result import GcCycle, GcMoment, GcStep, Span
from goxray.model.gc.map_player import MapInHeap
from goxray.model.gc.maps import Shared
from goxray.model.gc.runtime import Cycle, ModelRuntime
from goxray.model.gc.scenario import ScenarioError, Statement
from goxray.model.heap.groups import Group

_WORD = 8

MOST_IN_VAIN = 2000
"""Collections one after the other, with hardly an allocation between them, after which a scenario is given up."""

_LEAST_ROOM = 4096
_ROOM_SHIFT = 8
"""Between two collections 4 KiB and a 256th of what lives is allocated; else the second one was in vain."""


class Player:
    """Runs statements through one modelled process and writes down what it would print."""

    def __init__(self, runtime: ModelRuntime, shared: dict[str, Shared] | None = None) -> None:
        self.runtime = runtime
        self._shared = {} if shared is None else shared
        self.maps: dict[str, MapInHeap] = {}
        self.steps: list[GcStep] = []
        self.cycles: list[GcCycle] = []
        self.picture: list[GcMoment] = []
        self._in_vain = 0
        self._allocated = 0
        runtime.on_cycle = self._on_cycle

    def play(self, statements: Sequence[Statement], settings: int = 0) -> None:
        """Run the statements in order; the first ``settings`` are in force when main starts and no steps."""
        for statement in statements[:settings]:
            _PLAY[statement.kind](self, statement)
        self._note(0, "")
        for number, statement in enumerate(statements[settings:], 1):
            self._step = number
            self._statement = statement
            _PLAY[statement.kind](self, statement)
            self.runtime.heap.let_go()
            self._note(number, statement.text)

    _step = 0
    _statement: Statement

    def _note(self, number: int, text: str) -> None:
        runtime, heap = self.runtime, self.runtime.heap
        runtime.read_stats()
        size = runtime.page_size
        in_use, released = heap.in_use_pages * size, runtime.pages.released * size
        dead, dead_spans = runtime.unswept
        ranges = {}
        if runtime.cycles:
            # What the scavenger released for an earlier, lower goal stays released: all that is idle may be.
            ranges["heap_released"] = Span(released, runtime.heap_sys - in_use)
        if dead:
            ranges["heap_alloc"] = Span(heap.heap_alloc, heap.heap_alloc + dead)
        if dead_spans:
            idle = runtime.heap_sys - in_use
            ranges["heap_inuse"] = Span(in_use, in_use + dead_spans)
            ranges["heap_idle"] = Span(max(idle - dead_spans, 0), idle)
        self.steps.append(
            GcStep(
                step=number,
                text=text,
                heap_alloc=heap.heap_alloc,
                heap_inuse=in_use,
                heap_idle=runtime.heap_sys - in_use,
                heap_released=released,
                heap_sys=runtime.heap_sys,
                sys=runtime.sys,
                heap_goal=runtime.pacer.goal(),
                live=runtime.pacer.heap_marked,
                num_gc=len(runtime.cycles),
                mallocs=heap.mallocs,
                frees=heap.frees,
                released_at_goal=runtime.released_at_goal,
                ranges=ranges,
            )
        )
        self._moment()

    def _moment(self) -> None:
        heap = self.runtime.heap
        self.picture.append(GcMoment(heap.total_alloc, heap.heap_live, self.runtime.pacer.goal(), self._step))

    def _on_cycle(self, cycle: Cycle) -> None:
        number = len(self.runtime.cycles)
        self._check_progress(cycle)
        scan = self.runtime.pacer.globals_scan
        self.picture.append(GcMoment(self.runtime.heap.total_alloc, cycle.end, cycle.goal, self._step))
        self.picture.append(GcMoment(self.runtime.heap.total_alloc, cycle.live, cycle.next_goal, self._step))
        self.cycles.append(
            GcCycle(
                number, self._step, cycle.forced, cycle.trigger, cycle.end, cycle.live, cycle.goal, cycle.next_goal,
                0, scan, trace_line(number, cycle, scan),
            )
        )  # fmt: skip

    def _check_progress(self, cycle: Cycle) -> None:
        """Give up where the heap has no room to grow: each allocation then waits for a collection of its own.

        A real process would not: the collector may take half of the processors' time, and then lets the heap pass its
        limit (runtime/mgclimit.go); how far depends on the clock.
        """
        total = self.runtime.heap.total_alloc
        room = max(_LEAST_ROOM, cycle.live >> _ROOM_SHIFT)
        self._in_vain = 0 if cycle.forced or total - self._allocated > room else self._in_vain + 1
        self._allocated = total
        if self._in_vain > MOST_IN_VAIN:
            line = f"line {self._statement.line}: " if self._statement.line else ""
            raise ScenarioError(
                f"{line}the heap has no room left, it would be collected for every few allocations",
                hint="raise memlimit or gogc: what lives is already at the goal, and real Go goes past its limit then",
            )

    # --- the statements -----------------------------------------------------------------------------------------

    def keep(self, statement: Statement) -> None:
        """A slice of pointers first, then the objects, as the emitted program makes them."""
        heap = self.runtime.heap
        per_slot = heap.classes.per_slot(statement.size, statement.noscan)
        group = self.runtime.groups.setdefault(statement.name, Group(per_slot))
        holder = self.runtime.groups.setdefault(f"{statement.name} slice", Group())
        heap.allocate(statement.count * _WORD, False, 1, [holder])
        heap.allocate(statement.size, statement.noscan, statement.count, [group])

    def garbage(self, statement: Statement) -> None:
        """Objects that nobody keeps."""
        self.runtime.garbage = True
        self.runtime.heap.allocate(statement.size, statement.noscan, statement.count, [self.runtime.floating])
        self.runtime.garbage = False

    def drop(self, statement: Statement) -> None:
        """Let go of a group, or of part of its objects."""
        if statement.name in self.maps:
            self.maps.pop(statement.name).drop()
        elif statement.percent == 100:
            self.runtime.drop(statement.name)
            self.runtime.drop(f"{statement.name} slice")
        else:
            self.runtime.groups[statement.name].thin(statement.percent)

    def make_map(self, statement: Statement) -> None:
        """Make a map and fill it."""
        made = MapInHeap(self.runtime, statement, self._shared)
        self.maps[statement.name] = made
        made.insert(statement.count)

    def insert(self, statement: Statement) -> None:
        """Insert fresh keys into a map."""
        self.maps[statement.name].insert(statement.count)

    def delete(self, statement: Statement) -> None:
        """Delete part of a map's keys."""
        self.maps[statement.name].delete(statement.percent)

    def clear(self, statement: Statement) -> None:
        """The builtin clear."""
        self.maps[statement.name].clear()

    def gogc(self, statement: Statement) -> None:
        """debug.SetGCPercent."""
        self.runtime.set_percent(statement.percent)

    def memlimit(self, statement: Statement) -> None:
        """debug.SetMemoryLimit."""
        self.runtime.set_limit(statement.size)

    def collect(self, _: Statement) -> None:
        """runtime.GC."""
        self.runtime.collect()

    def free_os_memory(self, _: Statement) -> None:
        """debug.FreeOSMemory."""
        self.runtime.free_os_memory()

    def sleep(self, statement: Statement) -> None:
        """Nothing is allocated while the background works."""
        self.runtime.wait()


_PLAY = {
    "keep": Player.keep,
    "garbage": Player.garbage,
    "drop": Player.drop,
    "map": Player.make_map,
    "insert": Player.insert,
    "delete": Player.delete,
    "clear": Player.clear,
    "gogc": Player.gogc,
    "memlimit": Player.memlimit,
    "gc": Player.collect,
    "freeosmemory": Player.free_os_memory,
    "sleep": Player.sleep,
}


def trace_line(number: int, cycle: Cycle, scan: int) -> str:
    """Return the line that GODEBUG=gctrace=1 prints for a collection, with ``?`` for what depends on the clock.

    The format is that of runtime/mgc.go (gcMarkTermination); Go 1.21 to 1.27 print the same.
    """
    sizes = f"{cycle.trigger >> 20}->{cycle.end >> 20}->{cycle.live >> 20} MB, {cycle.goal >> 20} MB goal"
    forced = " (forced)" if cycle.forced else ""
    return (
        f"gc {number} @?s ?%: ?+?+? ms clock, ?+?/?/?+? ms cpu, {sizes}, 0 MB stacks, {scan >> 20} MB globals, "
        f"1 P{forced}"
    )
