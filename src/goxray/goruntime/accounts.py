"""What the runtime's memory is used for, as ranges of addresses: free pages, stacks, its own records.

Spans say which pages hold objects (:mod:`goxray.goruntime.spans`), the page allocator's bitmaps which are free
(:mod:`goxray.goruntime.pagebits`). What the runtime keeps outside the heap is found where it hangs (runtime/malloc.go:
persistentalloc, runtime/mheap.go: gcBitsArenas, mheap.arenas).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, GoxrayError
from goxray.goruntime.heapstats import HeapFigures, heap_figures
from goxray.goruntime.pagebits import PageBits
from goxray.goruntime.ranges import NO_RANGES, Ranges, union

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.goruntime.spans import ManualSpans

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

INDEX = "heap index"
BITMAPS = "mark and allocation bitmaps"
RECORDS = "records"
WORK = "GC work buffers"

T = TypeVar("T")

_WORD = 8
_MASK = (1 << 64) - 1
_MAX_LIST = 1 << 20
_MAX_GOROUTINES = 1 << 26


@dataclass
class Account:
    """Where the runtime's memory goes, besides the spans of objects.

    ``arenas`` is the address space that the heap has reserved, ``grown`` what it has taken of it. ``free`` and
    ``scavenged`` are its pages in no span, kept and returned to the OS. ``stack_spans`` hold goroutine stacks, of which
    ``stacks`` are those of living goroutines and of the threads' own. ``metadata`` has the runtime's other memory by
    kind, and ``summaries`` what of the index is reserved whole and mapped as the heap grows. ``code`` are addresses in
    the text of each module, ``data`` are the modules' data and bss. ``thread_stacks`` (uint64) are the ends of stacks
    of threads that lie outside the heap. ``cgo`` says whether the program uses C. ``figures`` is what
    runtime.ReadMemStats would say, None where its counters are not known; ``obtained`` the bytes that the runtime has
    mapped for other things than the heap: the counters and the table of arenas, which no counter has.
    """

    arenas: Ranges
    grown: Ranges
    free: Ranges
    scavenged: Ranges
    stack_spans: Ranges
    stacks: Ranges
    metadata: dict[str, Ranges]
    summaries: Ranges
    thread_stacks: U64
    code: list[int]
    data: Ranges
    cgo: bool
    figures: HeapFigures | None
    obtained: int | None
    notes: list[str] = field(default_factory=list)


def read_account(runtime: Runtime) -> Account:
    """Read the account now: call it while the target is frozen, after :meth:`Runtime.refresh`.

    What cannot be read is left out, with a note.
    """
    return _Reader(runtime).read()


class _Reader:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.memory = runtime.memory
        self.layout = runtime.layout
        self.pages = PageBits(runtime)
        self.notes: list[str] = []

    def read(self) -> Account:
        grown = self._guarded("the heap's address space", self.pages.grown, NO_RANGES)
        pages = self._guarded("the heap's free pages", lambda: self.pages.states(grown), (NO_RANGES, NO_RANGES))
        if self.runtime.symbol_or_none("runtime.allp") is None:
            self.notes.append("runtime.allp is not known: free pages that a P keeps for itself count as not returned")
        manual = self.runtime.spans.manual
        stack_spans = _spans(manual, manual.elem_size != 0)
        stacks, thread_stacks = self._stacks(stack_spans)
        metadata = {
            INDEX: self._guarded("the heap's index", lambda: self._index(grown), NO_RANGES),
            BITMAPS: self._guarded("the mark bitmaps", self._bitmaps, NO_RANGES),
            RECORDS: self._guarded("the runtime's records", self._records, NO_RANGES),
            WORK: _spans(manual, manual.elem_size == 0),
        }
        return Account(
            self._guarded("the heap's arenas", lambda: self._arenas(grown)[1], NO_RANGES),
            grown,
            *pages,
            stack_spans,
            stacks,
            metadata,
            self._guarded("the page summaries", self._summaries, NO_RANGES),
            thread_stacks,
            self._guarded("the programs' text", self._code, []),
            union([Ranges.single(low, high - low) for module in self.runtime.modules for low, high in module.data]),
            self._uses_c(),
            *self._figures(),
            self.notes,
        )

    def _guarded(self, what: str, read: Callable[[], T], nothing: T) -> T:
        try:
            return read()
        except GoxrayError as error:
            self.notes.append(f"the account of RSS lacks {what}: {error}")
            return nothing

    def _figures(self) -> tuple[HeapFigures | None, int | None]:
        memstats = self.runtime.symbol_or_none("runtime.memstats")
        if memstats is None:
            return None, None
        figures = self._guarded("MemStats", lambda: heap_figures(self.memory, self.layout, memstats), None)
        table = _WORD << self.layout.const("arenaL2Bits")  # by sysAllocOS: runtime/malloc.go, mheap.sysAlloc
        return figures, figures.metadata_sys + table if figures else None

    def _uses_c(self) -> bool:
        """runtime.iscgo; where that is not known, whether a C library is mapped."""
        at = self.runtime.symbol_or_none("runtime.iscgo")
        if at is not None:
            return self._guarded("runtime.iscgo", lambda: self.memory.read_u8(at) != 0, False)
        names = {region.path.rpartition("/")[2] for region in self.memory.regions()}
        return any(name.startswith(("libc.so", "libc-", "ld-musl-")) for name in names)

    # ---- stacks

    def _stacks(self, stack_spans: Ranges) -> tuple[Ranges, U64]:
        """(stacks in use on the heap, the ends of those threads' stacks that are not there)."""
        nothing = np.zeros((0, 2), np.uint64)
        known = self._guarded("the goroutines' stacks", self._goroutines, None)
        if known is None:
            self.notes.append("stacks in use and free stacks cannot be told apart")
        goroutines, threads = known if known is not None else (nothing, np.zeros(0, np.uint64))
        of_threads = self._guarded("the threads' stacks", lambda: self._thread_stacks(threads), nothing)
        outside = of_threads[~stack_spans.holding(of_threads[:, 0]), 1]
        if known is None:
            return stack_spans, outside[outside != 0]
        both = np.concatenate((goroutines, of_threads))
        both = both[stack_spans.holding(both[:, 0])]
        return Ranges.of(both[:, 0], both[:, 1]), outside[outside != 0]

    def _goroutines(self) -> tuple[U64, U64]:
        """([stack.lo, stack.hi) of every goroutine that is not dead: uint64[N, 2]; the threads that run them)."""
        base, count = self.memory.read_words(self.runtime.symbol("runtime.allgs"), 2)
        if count > _MAX_GOROUTINES:
            raise CorruptMemory(f"runtime.allgs claims {count} goroutines")
        pointers = self.memory.read_array(base, _WORD * count).view(np.uint64)
        status_at = self.layout.offset("runtime.g", "atomicstatus")
        fields = [self.layout.offset("runtime.g", name) for name in ("stack.lo", "stack.hi", "m")]
        words, ok = self.memory.gather(pointers, [*fields, status_at & ~7])
        status = (words[:, 3] >> np.uint64(8 * (status_at & 7))) & np.uint64(0xFFFFFFFF)
        dead = [self.layout.const(name) for name in ("Gidle", "Gdead", "Gdeadextra") if self.layout.has_const(name)]
        living = words[ok & ~np.isin(status & np.uint64(~self.layout.const("Gscan") & 0xFFFFFFFF), dead)]
        return living[:, :2], np.unique(living[:, 2])

    def _thread_stacks(self, running: U64) -> U64:
        """[stack.lo, stack.hi) of the goroutines that each thread runs the scheduler and signal handlers on.

        All threads hang on runtime.allm, each on a newer one (m.alllink); without it those that ``running`` ones lead
        to are found.
        """
        allm = self.runtime.symbol_or_none("runtime.allm")
        if allm is None:
            self.notes.append(
                "runtime.allm is not known: the stacks on which idle threads schedule may count as free stacks"
            )
        heads = running[running != 0].tolist() if allm is None else [self.memory.read_u64(allm)]
        link = self.layout.offset("runtime.m", "alllink")
        threads: dict[int, None] = {}
        for head in heads:
            self._follow(head, link, threads)
        fields = [self.layout.offset("runtime.m", name) for name in ("g0", "gsignal")]
        words, ok = self.memory.gather(np.array(list(threads), np.uint64), fields)
        own = words[ok].reshape(-1)
        bounds = [self.layout.offset("runtime.g", f"stack.{name}") for name in ("lo", "hi")]
        words, ok = self.memory.gather(own[own != 0], bounds)
        return words[ok]

    # ---- the runtime's own memory

    def _index(self, grown: Ranges) -> Ranges:
        """The tables that lead from an address to its arena, span and page bits."""
        arenas = self.memory.read_u64(self.runtime.mheap + self.layout.offset("runtime.mheap", "arenas"))
        parts = [self._slice(self.runtime.mheap + self.layout.offset("runtime.mheap", "allspans"))]
        if not self.layout.const("arenaL1Bits"):
            parts.append(Ranges.single(arenas, _WORD << self.layout.const("arenaL2Bits")))
            parts.append(self._heap_arenas(arenas, grown))
        blocks, ok = self.memory.gather(np.unique(self.pages.chunk_blocks(self.pages.chunks(grown))), [0])
        size = self.layout.const("pallocChunkPages") // 4 << self.layout.const("pallocChunksL2Bits")
        parts.append(Ranges.of(blocks[ok, 0], blocks[ok, 0] + np.uint64(size)))
        return union(parts)

    def _summaries(self) -> Ranges:
        """The tree of free runs over the whole address space and the scavenger's index (mpagealloc_64bit.go)."""
        parts = [self._slice(self.pages.at + self.layout.offset("runtime.pageAlloc", "scav.index.chunks"))]
        levels = self.pages.at + self.layout.offset("runtime.pageAlloc", "summary")
        count = self.layout.field_size("runtime.pageAlloc", "summary") // (3 * _WORD)
        parts += [self._slice(levels + 3 * _WORD * level) for level in range(count)]
        return union(parts)

    def _arenas(self, grown: Ranges) -> tuple[U64, Ranges]:
        """The numbers of the heap's arenas, those of user arenas included, and their address space."""
        size = np.uint64(self.layout.const("heapArenaBytes"))
        offset = np.uint64(self.layout.const("arenaBaseOffset") & _MASK)
        whole = union([grown, Ranges(self.runtime.spans.start, self.runtime.spans.end)])
        first, last = (whole.start - offset) // size, (whole.end - offset - np.uint64(1)) // size
        wide = [(int(first[i]), int(last[i])) for i in np.flatnonzero(last - first > 1).tolist()]
        if sum(abs(high - low) for low, high in wide) > _MAX_LIST:
            raise CorruptMemory(f"the heap claims {whole.bytes} bytes of address space")
        between = [np.arange(low, high, dtype=np.uint64) for low, high in wide]
        numbers = np.unique(np.concatenate((first, last, *between)))
        starts = numbers * size + offset
        return numbers, Ranges.of(starts, starts + size)

    def _heap_arenas(self, table: int, grown: Ranges) -> Ranges:
        """The heapArena structs of the heap's arenas."""
        pointers, ok = self.memory.gather(np.uint64(table) + self._arenas(grown)[0] * np.uint64(_WORD), [0])
        found = pointers[ok, 0]
        found = found[found != 0]
        return Ranges.of(found, found + np.uint64(self.layout.size("runtime.heapArena")))

    def _slice(self, at: int) -> Ranges:
        """The array behind a slice of words, its whole capacity."""
        base, _, room = self.memory.read_words(at, 3)
        return Ranges.single(base, _WORD * room) if room < 1 << 40 else NO_RANGES

    def _bitmaps(self) -> Ranges:
        """The arenas of gcBitsArenas: behind its lock stand four lists of them (runtime/mheap.go)."""
        at = self.runtime.symbol_or_none("runtime.gcBitsArenas")
        if at is None:
            return NO_RANGES
        arenas: dict[int, None] = {}
        for head in self.memory.read_words(at + self.layout.size("runtime.mutex"), 4):
            self._follow(head, self.layout.offset("runtime.gcBitsArena", "next"), arenas)
        starts = np.array(list(arenas), np.uint64)
        return Ranges.of(starts, starts + np.uint64(self.layout.const("gcBitsChunkBytes")))

    def _records(self) -> Ranges:
        """The chunks of persistentalloc: mspans, mcaches, specials, itabs, profile buckets and other small things."""
        at = self.runtime.symbol_or_none("runtime.persistentChunks")
        if at is None:
            return NO_RANGES
        chunks: dict[int, None] = {}
        self._follow(self.memory.read_u64(at), 0, chunks)
        starts = np.array(list(chunks), np.uint64)
        return Ranges.of(starts, starts + np.uint64(self.layout.const("persistentChunkSize")))

    def _follow(self, head: int, link: int, found: dict[int, None]) -> None:
        """Add the members of a linked list to ``found``, up to its end or one that is there already."""
        while head and head not in found and len(found) < _MAX_LIST:
            found[head] = None
            head = self.memory.read_u64(head + link)

    def _code(self) -> list[int]:
        at = self.layout.offset("runtime.moduledata", "text")
        return [self.memory.read_u64(module.addr + at) for module in self.runtime.modules]


def _spans(manual: ManualSpans, chosen: NDArray[np.bool_]) -> Ranges:
    start = manual.start[chosen]
    return Ranges.of(start, start + manual.size[chosen].astype(np.uint64))
