"""One modelled process: allocator, pacer and scavenger together, and the collection that ties them.

Source: runtime/mgc.go (gcStart, gcMarkTermination, gcSweep), runtime/mheap.go (mheap.allocSpan, grow),
runtime/mgcscavenge.go (gcPaceScavenger, bgscavenge), runtime/mstats.go (readmemstats_m).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goxray.layout import RuntimeLayout
from goxray.layout.starts import ProgramStart, limit_retained, program_start
from goxray.model.gc.pacer import NO_LIMIT, Memory, Pacer, retain_goal
from goxray.model.gc.sys_memory import SystemMemory
from goxray.model.heap.allocator import NEVER_FULL, Allocator
from goxray.model.heap.groups import Floating, Group
from goxray.model.heap.pages import PageHeap

_PROFILE_STACK = 1152  # makeProfStack: 128 frames and some for inlining and skipping
_THREAD_STACKS = 32 << 10
_SWEEP_MARGIN = 1 << 20  # gcPaceSweeper: done this much before the next trigger


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
class Manner:
    """What depends on the clock in a real process, decided one way or the other.

    ``concurrent``: the program runs while the collector marks and sweeps; otherwise it is stopped for both, as under
    GODEBUG=gcstoptheworld=2. ``early``: collections start as early as the pacer may let them, as after slow marking,
    rather than as late. ``paced``: marking ends when the heap has reached its goal, and all that was allocated
    meanwhile stays until the next collection; otherwise it takes no time. ``overrun``: bytes by which the heap passes
    the goal before marking ends. ``scavenging``: the background scavenger
    has always done its work already; otherwise it never gets to it. ``one_more_thread``: the runtime has started a
    thread more than usual before main, as it does now and then. ``pad_chunks`` and ``pad_pages`` say how far the
    heap's random base lies from its arena's start (runtime.randomizeHeapBase).
    """

    concurrent: bool = False
    early: bool = False
    paced: bool = False
    overrun: int = 0
    scavenging: bool = False
    one_more_thread: bool = False
    pad_chunks: int = 0
    pad_pages: int = 0


class ModelRuntime:
    """A Go process with one processor. ``groups`` hold the program's objects; ``on_cycle`` hears of collections."""

    def __init__(self, layout: RuntimeLayout, manner: Manner | None = None) -> None:
        self.manner = manner or Manner()
        start = program_start(layout)
        self.layout = layout
        self.page_size = layout.page_size
        self.pages = PageHeap(layout, self.manner.pad_chunks, self.manner.pad_pages)
        self.heap = Allocator(layout, self.pages)
        self.system = SystemMemory(layout, start)
        self.pacer = Pacer(layout, self._memory)
        self.pacer.globals_scan = start.scan_bytes
        self._limit_retained = limit_retained(layout)
        self.groups: dict[str, Group] = {}
        self.cycles: list[Cycle] = []
        self.on_cycle: Callable[[Cycle], None] = lambda cycle: None
        self.floating = Floating()
        self._dropped: list[Group] = []
        self._runtime_alive = Group()
        self._first_cycle = start.first_cycle
        self._more_stacks = max(start.settled_stack_bytes - start.stack_bytes, 0) // self.page_size
        self._begin(start)
        self._last_in_use = 0
        self._trigger: int | None = None
        self.retain: int | None = None
        self._swept_bytes, self._swept_pages = 0, 0
        self.heap.room = self._room
        self.heap.collect = self._full
        self.heap.took = self._took

    def _begin(self, start: ProgramStart) -> None:
        """Take over the heap that a program has at the start of main."""
        for span in start.spans:
            if span.span_class < 0:
                self.pages.take_at(span.page, span.pages)
            else:
                number = self.heap.adopt(span.page, span.pages, span.span_class, span.objects)
                self._runtime_alive.add(number, span.alive)
        if self.manner.one_more_thread:
            self._start_thread()
        self.pages.grown = 0
        self.heap.mallocs, self.heap.frees = start.mallocs, start.frees

    def _start_thread(self) -> None:
        """Allocate what a thread takes (allocm, malg): its m, two g, buffers for profiles, a span of stacks."""
        sizes = [(self.layout.size("runtime.m"), False), *[(self.layout.size("runtime.g"), False)] * 2]
        if self.layout.has("runtime.m", "profStack"):
            sizes += [(_PROFILE_STACK, True)] * 2
        for size, noscan in sizes:
            self.heap.allocate(size, noscan, 1, [self._runtime_alive])
        self.heap.flush()
        self.heap.let_go()
        self.pages.take(_THREAD_STACKS // self.page_size)

    # --- figures ------------------------------------------------------------------------------------------------

    def _memory(self) -> Memory:
        return Memory(self.pages.free * self.page_size, self.heap.heap_alloc, self.mapped_ready)

    @property
    def heap_sys(self) -> int:
        """MemStats.HeapSys: what the heap has mapped, less what went to stacks and work buffers."""
        return (self.heap.in_use_pages + self.pages.free + self.pages.released) * self.page_size

    @property
    def sys(self) -> int:
        """MemStats.Sys."""
        taken = self.system.total(self.heap.spans_peak, self.pages.arenas, self.heap.bits.arenas, self.heap.sets)
        return self.pages.mapped * self.page_size + taken

    @property
    def mapped_ready(self) -> int:
        """All memory of the runtime that is mapped and not released (gcController.mappedReady)."""
        return self.sys - self.pages.released * self.page_size

    @property
    def retained(self) -> int:
        """Heap bytes that are backed by memory (heapRetained)."""
        return (self.heap.in_use_pages + self.pages.free) * self.page_size

    @property
    def unswept(self) -> tuple[int, int]:
        """Bytes of dead objects and of dead spans that a concurrent sweeper may not have come to yet, at most.

        Allocation pays for sweeping: all is swept when the heap is a margin below the next trigger (gcPaceSweeper).
        """
        if not (self.manner.concurrent and self._swept_bytes):
            return 0, 0
        distance = max(self._due() - self.pacer.heap_marked - _SWEEP_MARGIN, self.page_size)
        left = max(1 - (self.heap.heap_live - self.pacer.heap_marked) / distance, 0.0)
        return int(self._swept_bytes * left), int(self._swept_pages * left) * self.page_size

    def _due(self) -> int:
        return self.pacer.lowest_trigger() if self.manner.early else self.pacer.trigger()[0]

    def _room(self) -> int:
        if self.floating.recording:
            return self.pacer.goal() + self.manner.overrun - self.heap.heap_live
        if self.pacer.limit != NO_LIMIT:
            return self._due() - self.heap.heap_live
        if self._trigger is None:
            self._trigger = self._due()
        return self._trigger - self.heap.heap_live

    # --- what a program does ------------------------------------------------------------------------------------

    def set_percent(self, percent: int) -> None:
        """debug.SetGCPercent; off waits for a collection that marks."""
        self.pacer.set_percent(percent)
        self._commit(sweep_done=True)
        if percent < 0:
            self.settle()

    def set_limit(self, limit: int) -> None:
        """debug.SetMemoryLimit."""
        if limit != self.pacer.limit:
            self.pacer.limit = limit
            self._commit(sweep_done=True)

    def drop(self, name: str) -> None:
        """Let go of a group; what a collection under way has seen of it stays until the next."""
        group = self.groups.pop(name, None)
        if group is not None and self.floating.recording:
            self._dropped.append(group)

    def collect(self) -> None:
        """runtime.GC: a whole cycle, sweep included."""
        self.settle()
        self._start(forced=True)
        self._finish(forced=True)
        self._swept_bytes = self._swept_pages = 0

    def settle(self) -> None:
        """Let a collection under way come to its end, as it does while the program waits."""
        if self.floating.recording:
            self._finish(forced=False)

    def wait(self) -> None:
        """The program sleeps: marking, sweeping and, where it is the manner, scavenging come to their ends."""
        self.settle()
        self._swept_bytes = self._swept_pages = 0
        self._scavenge_behind()

    def free_os_memory(self) -> None:
        """debug.FreeOSMemory: a collection, then everything free goes back (mheap.scavengeAll)."""
        self.collect()
        self.pages.release(None, force=True)

    def read_stats(self) -> None:
        """What runtime.ReadMemStats changes: it empties the mcache."""
        self.heap.flush()

    # --- a collection -------------------------------------------------------------------------------------------

    def _full(self) -> None:
        """The heap has reached the trigger, or while marking its goal."""
        if self.floating.recording:
            self._finish(forced=False)
            return
        self._start(forced=False)
        if not self.manner.paced:
            self._finish(forced=False)

    def _start(self, forced: bool) -> None:
        if not self.cycles and not self.floating.recording:
            self._start_workers()
        self.heap.bits.next_epoch()
        self.pacer.triggered = self.heap.heap_live
        self.floating.recording = self.manner.paced and not forced
        for span in self._held():
            self.floating.add(span, 1)

    def _finish(self, forced: bool) -> None:
        pacer, heap = self.pacer, self.heap
        began, ended = pacer.triggered or 0, heap.heap_live
        groups = [self._runtime_alive, self.floating, *self._dropped, *self.groups.values()]
        live = heap.mark(groups, [] if self.floating.recording else [(span, 1) for span in self._held()])
        marked = heap.marked_bytes(live)
        pacer.end_cycle()
        pacer.reset_live(marked)
        self._last_in_use = heap.in_use_pages * self.page_size
        before = heap.heap_alloc, heap.in_use_pages
        heap.heap_live = marked
        self.floating.forget()
        self._dropped = []
        if self.manner.concurrent:  # else sweeping is done by then (gcMarkTermination)
            self.pages.next_generation()
        heap.cache_swept_first = self.manner.concurrent
        heap.sweep(live, groups)
        self._swept_bytes, self._swept_pages = before[0] - heap.heap_alloc, before[1] - heap.in_use_pages
        if not self.manner.concurrent:
            self._last_in_use = heap.in_use_pages * self.page_size
            self.pages.next_generation()
        self._commit(sweep_done=not self.manner.concurrent)
        self._scavenge_behind()
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
        self.heap.room = lambda: NEVER_FULL
        for number, count in self._first_cycle:
            self.heap.allocate_slots(number, count, [self._runtime_alive])
        self.heap.room = self._room
        self.heap.let_go()
        if self._more_stacks:
            self.pages.take(self._more_stacks)

    def _commit(self, sweep_done: bool) -> None:
        self.pacer.commit(self.heap.heap_live, sweep_done)
        self._trigger = None
        wanted = retain_goal(self._last_in_use, self.pacer.goal(), self.pacer.last_heap_goal)
        self.retain = None if wanted is None or self.retained <= wanted else wanted

    # --- the scavenger ------------------------------------------------------------------------------------------

    def _scavenge_behind(self) -> None:
        """Release what the background scavenger would have released given time enough (scavengerState.run)."""
        if self.manner.scavenging and self._surplus > 0:
            self.pages.release(-(-self._surplus // self.page_size), force=False)

    @property
    def released_at_goal(self) -> int:
        """Bytes released once the scavenger has reached its goal, or has nothing left that it may release.

        It lets chunks alone that were nearly full when the collection before ended, and breaks up no huge pages.
        """
        wanted = -(-self._surplus // self.page_size)
        more = min(wanted, self.pages.releasable()) if wanted > 0 else 0
        return (self.pages.released + more) * self.page_size

    @property
    def _surplus(self) -> int:
        """Bytes that the background scavenger has yet to release."""
        over = self.retained - self.retain if self.retain is not None else 0
        if self.pacer.limit != NO_LIMIT:
            over = max(over, self.mapped_ready - int(self.pacer.limit * self._limit_retained))
        return over

    def _took(self, grown: int) -> None:
        """Release memory at once where the heap has grown over idle fragments, or over its limit (mheap.allocSpan)."""
        if grown and self.retain is not None:
            growth = grown * self.page_size
            over = self.retained + growth - self.retain
            if over > 0:
                self.pages.release(-(-min(over, growth) // self.page_size), force=False)
        if self.pacer.limit != NO_LIMIT:
            over = self.mapped_ready - self.pacer.limit
            if over > 0:
                self.pages.release(-(-over // self.page_size), force=True)
