"""One modelled process: allocator, pacer and scavenger together, and the collection that ties them.

Source: runtime/mgc.go (gcStart, gcMarkTermination, gcSweep), runtime/mheap.go (mheap.allocSpan, grow),
runtime/mgcscavenge.go, runtime/mstats.go (readmemstats_m).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goxray.layout import RuntimeLayout
from goxray.layout.starts import ProgramStart, program_start
from goxray.model.gc.pacer import NEVER, NO_LIMIT, OFF, Memory, Pacer, retain_goal
from goxray.model.gc.sys_memory import SystemMemory
from goxray.model.heap.allocator import Allocator
from goxray.model.heap.groups import Group
from goxray.model.heap.pages import PageHeap

_LIMIT_RETAINED = 0.95  # (100 - reduceExtraPercent)%


@dataclass(frozen=True)
class Cycle:
    """One collection, bytes: the heap when it began, when marking ended, what lived, the goals before and after."""

    forced: bool
    trigger: int
    end: int
    live: int
    goal: int
    next_goal: int


@dataclass(frozen=True)
class Padding:
    """How far the heap's random base lies from an arena's start (runtime.randomizeHeapBase): chunks, then pages."""

    chunks: int = 0
    pages: int = 0


class ModelRuntime:
    """A Go process with one processor that stops the world for each collection.

    That is GODEBUG=gcstoptheworld=2: nothing is allocated while marking, and sweeping is done when the program goes on.
    ``groups`` hold the program's objects alive. ``on_cycle`` is called after each collection.
    """

    def __init__(self, layout: RuntimeLayout, padding: Padding | None = None) -> None:
        padding = padding or Padding()
        start = program_start(layout)
        self.page_size = layout.page_size
        self.pages = PageHeap(layout, padding.chunks, padding.pages)
        self.heap = Allocator(layout, self.pages)
        self.system = SystemMemory(layout, start)
        self.pacer = Pacer(layout, self._memory)
        self.pacer.globals_scan = start.scan_bytes
        self.groups: dict[str, Group] = {}
        self.cycles: list[Cycle] = []
        self.on_cycle: Callable[[Cycle], None] = lambda cycle: None
        self._runtime_alive, self._runtime_dying = Group(), Group()
        self._first_cycle = start.first_cycle
        self._more_stacks = max(start.settled_stack_bytes - start.stack_bytes, 0) // self.page_size
        self._begin(start)
        self._last_in_use = 0
        self.retain: int | None = None
        self.heap.room = self._room
        self.heap.collect = self._triggered
        self.heap.grew = self._grew

    def _begin(self, start: ProgramStart) -> None:
        """Take over the heap that a program has at the start of main."""
        for span in start.spans:
            if span.span_class < 0:
                self.pages.take_at(span.page, span.pages)
            else:
                number = self.heap.adopt(span.page, span.pages, span.span_class, span.objects)
                self._runtime_alive.add(number, span.alive)
                self._runtime_dying.add(number, span.objects - span.alive)
        self.pages.grown = 0
        self.heap.mallocs, self.heap.frees = start.mallocs, start.frees

    # --- what the pacer asks ------------------------------------------------------------------------------------

    def _memory(self) -> Memory:
        return Memory(self.pages.free * self.page_size, self.heap.heap_alloc, self.mapped_ready)

    @property
    def heap_sys(self) -> int:
        """MemStats.HeapSys: what the heap has mapped, less what went to stacks and work buffers."""
        return (self.heap.in_use_pages + self.pages.free + self.pages.released) * self.page_size

    @property
    def sys(self) -> int:
        """MemStats.Sys."""
        return self.pages.mapped * self.page_size + self.system.total(self.heap.spans_peak)

    @property
    def mapped_ready(self) -> int:
        """All memory of the runtime that is mapped and not released (gcController.mappedReady)."""
        return self.sys - self.pages.released * self.page_size

    def _room(self) -> int:
        if self.pacer.limit != NO_LIMIT:
            return self.pacer.trigger()[0] - self.heap.heap_live
        if self._trigger is None:
            self._trigger = self.pacer.trigger()[0]
        return self._trigger - self.heap.heap_live

    _trigger: int | None = None
    """The trigger as last computed; None where something has changed that it depends on."""

    # --- what a program does ------------------------------------------------------------------------------------

    def set_percent(self, percent: int) -> None:
        """debug.SetGCPercent."""
        self.pacer.set_percent(percent)
        self._commit()

    def set_limit(self, limit: int) -> None:
        """debug.SetMemoryLimit."""
        if limit != self.pacer.limit:
            self.pacer.limit = limit
            self._commit()

    def collect(self) -> None:
        """runtime.GC: a whole cycle, sweep included."""
        self._cycle(forced=True)

    def free_os_memory(self) -> None:
        """debug.FreeOSMemory: a collection, then everything free goes back (mheap.scavengeAll)."""
        self.collect()
        self.pages.release(None, force=True)

    def read_stats(self) -> None:
        """What runtime.ReadMemStats changes: it empties the mcache."""
        self.heap.flush()

    # --- a collection -------------------------------------------------------------------------------------------

    def _triggered(self) -> None:
        self._cycle(forced=False)

    def _cycle(self, forced: bool) -> None:
        pacer, heap = self.pacer, self.heap
        if not self.cycles:
            self._start_workers()
        began = pacer.triggered = heap.heap_live
        groups = [self._runtime_alive, *self.groups.values()]
        live = heap.mark(groups, [(span, 1) for span in self._held()])
        marked = heap.marked_bytes(live)
        pacer.end_cycle(heap.heap_live, 0)
        ended = heap.heap_live
        pacer.reset_live(marked, 0)
        heap.heap_live = marked
        heap.sweep(live, groups)
        self._runtime_dying = Group()
        self._last_in_use = heap.in_use_pages * self.page_size
        self._commit()
        self.pages.next_generation()
        cycle = Cycle(forced, began, ended, marked, pacer.last_heap_goal, pacer.goal())
        self.cycles.append(cycle)
        self.on_cycle(cycle)

    def _held(self) -> list[int]:
        """Spans of the objects that a garbage step has at hand; those of a group are held by it already."""
        return self.heap.held if self.garbage else []

    garbage = False
    """Whether the step that runs lets go of every object but the newest."""

    def _start_workers(self) -> None:
        """Allocate what the first collection needs for its workers (gcBgMarkStartWorkers)."""
        room, self.heap.room = self.heap.room, lambda: NEVER
        for number, count in self._first_cycle:
            self.heap.allocate_slots(number, count, [self._runtime_alive])
        self.heap.room = room
        self.heap.let_go()
        if self._more_stacks:
            self.pages.take(self._more_stacks)

    def _commit(self) -> None:
        self.pacer.commit(self.heap.heap_live, sweep_done=True)
        self._trigger = None
        self.retain = self._retain_goal()

    def _retain_goal(self) -> int | None:
        """Return the heap bytes that the background scavenger leaves backed; None where it has nothing to do."""
        if self.pacer.percent == OFF and not self.cycles:
            return None
        goal = retain_goal(self._last_in_use, self.pacer.goal(), self.pacer.last_heap_goal)
        now = (self.heap.in_use_pages + self.pages.free) * self.page_size
        return None if goal is None or now <= goal else goal

    def _grew(self, pages: int) -> None:
        """Release memory when the heap has grown while fragments lie idle (mheap.allocSpan)."""
        if self.retain is None:
            return
        growth = pages * self.page_size
        retained = (self.heap.in_use_pages + self.pages.free) * self.page_size
        over = retained + growth - self.retain
        if over > 0:
            self.pages.release(-(-min(over, growth) // self.page_size), force=False)
