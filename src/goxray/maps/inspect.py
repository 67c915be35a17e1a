"""Finding and counting every map of a target at one moment: the two ways of finding, joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.core.result import Fault
from goxray.goruntime.spanmarks import found_dead
from goxray.goruntime.types import GoType, Kind
from goxray.maps.addresses import distinct
from goxray.maps.blind import BlindGuesser, copies
from goxray.maps.blind_roots import follow_words
from goxray.maps.census import Census
from goxray.maps.exprs import Exprs
from goxray.maps.finalizers import queue_finalizers
from goxray.maps.found import UNKNOWN, FoundMaps
from goxray.maps.headers import (
    Headers,
    concatenate,
    find_headers,
    header_struct,
    plausible,
    pointer_words,
    read_headers,
)
from goxray.maps.plans import Plans
from goxray.maps.roots import Roots, collect_roots, follow_roots
from goxray.maps.stack_headers import StackMap, find_stack_maps
from goxray.maps.stacks import StackSearch
from goxray.maps.units import I64, SLOTS, Occupancy
from goxray.maps.untyped import Resolver, unit_sizes
from goxray.maps.walker import Walker
from goxray.target.allocator import give_back

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

Progress = Callable[[str, float], None]

_RETRIES = 4
_REHEARSED = 64


@dataclass
class ExtraMap:
    """A map that only types lead to: its header (one row), type, owner, figures, and what is wrong, if anything."""

    headers: Headers
    type: GoType
    owner: int
    occupancy: Occupancy
    fault: str


@dataclass
class Findings:
    """Everything found in one look. ``listed`` are the candidate numbers that are maps, by address."""

    found: FoundMaps
    census: Census
    exprs: Exprs
    listed: I64
    stack_maps: list[StackMap] = field(default_factory=list)
    extras: list[ExtraMap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def faults(self) -> list[Fault]:
        """Return what is wrong with maps that are listed, by address."""
        addrs = self.found.headers.addr
        listed = set(self.listed.tolist()) if self.census.faults else set()
        faults = [Fault(int(addrs[n]), what) for n, what in sorted(self.census.faults.items()) if n in listed]
        return faults + [Fault(int(e.headers.addr[0]), e.fault) for e in self.extras if e.fault]


class Inspector:
    """Looks for maps in one runtime. What it learns of types and plans is kept from one look to the next."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        size = runtime.layout.alloc_size(runtime.layout.size(header_struct(runtime.layout)), False)
        self._plans = Plans(pointer_words(runtime.layout), size)
        self._exprs = Exprs()
        self._roots: Roots | None = None
        self._blind = not runtime.target.dwarf.typed

    def rehearse(self) -> None:
        """Walk a small part of the running target, so that types are known before it is frozen.

        What is read may be torn: the result is thrown away, and so are errors.
        """
        if self._blind:  # nothing leads anywhere before the maps are known
            self._runtime.types.map_type_addrs()
            return
        try:
            self._runtime.refresh()
            headers = concatenate([], self._runtime.layout)
            found = FoundMaps(headers)
            walker = Walker(self._runtime, found, Census(self._runtime, headers), self._plans, self._exprs)
            walker.sample = _REHEARSED
            self._walk_globals(walker)
        except (MemoryFault, CorruptMemory):
            pass
        give_back()

    def look(self, *, racy: bool, progress: Progress | None = None) -> Findings:
        """Find and count every map now. ``racy`` says that the target runs on meanwhile."""
        tell = progress or (lambda _text, _share: None)
        runtime = self._runtime
        runtime.refresh()
        tell("finding map headers", 0.1)
        headers = find_headers(runtime)
        give_back()
        found, census = FoundMaps(headers), Census(runtime, headers)
        dead = found_dead(runtime, headers.addr)
        found.denied |= dead
        walker = Walker(runtime, found, census, self._plans, self._exprs)
        resolver = Resolver(runtime, found, census, by_contents=self._blind)
        walker.contradicted = resolver.contradicted
        tell("walking from the globals", 0.2)
        if self._blind:
            resolver.prepare()
            blind = walker.guesser = BlindGuesser(walker, resolver)
            follow_words(runtime, walker, blind)
        else:
            self._walk_globals(walker)
        dead &= ~found.typed  # what a global leads to is listed, whatever the marks say
        give_back()
        tell("reading finalizers and stacks", 0.7)
        queue_finalizers(runtime, walker)
        walker.run()
        search = StackSearch(runtime, walker)
        search.attribute()
        resolver.learn(found.types)
        tell("counting the maps that types do not reach", 0.85)
        resolver.resolve(self._closure_hints(walker, search.hints))
        tell("looking for headers on stacks", 0.95)
        stack_maps = find_stack_maps(runtime, search, census, resolver)
        # Stacks keep words and variables of what is dead. While the target runs on, the marks may be older than they.
        keep = (found.typed & (racy | ~dead)) | ~(resolver.rejected | found.denied)
        if self._blind:
            kept = np.flatnonzero(keep)
            keep[kept] &= ~copies(headers.take(kept))[0] | found.typed[kept]
        result = Findings(found, census, self._exprs, np.flatnonzero(keep), stack_maps)
        result.extras = [self._extra(e.addr, e.type, e.owner, census) for e in found.extras]
        if racy:
            self._retry(result)
        self._report_faults(result, racy=racy)
        result.notes += _notes(runtime, walker, search)
        return result

    def _walk_globals(self, walker: Walker) -> None:
        if self._roots is None:
            self._roots = collect_roots(self._runtime, self._plans, self._exprs)
        follow_roots(self._roots, walker)

    def _closure_hints(self, walker: Walker, hints: dict[int, tuple[GoType, ...]]) -> dict[int, tuple[GoType, ...]]:
        """Add the map variables of closures to the hints of the maps that the closures hold."""
        found = walker.found
        for number in np.flatnonzero((found.type_of == UNKNOWN) & (found.owner != UNKNOWN)).tolist():
            at = int(found.owner[number])
            while at >= 0 and at not in walker.closure_entry:
                at = walker.exprs[at].parent
            if at >= 0:
                types = self._runtime.variables_at(walker.closure_entry[at] + 1)
                hints[number] = hints.get(number, ()) + tuple(t for t in types if t.kind is Kind.MAP)
        return hints

    def _extra(self, addr: int, go_type: GoType, owner: int, census: Census) -> ExtraMap:
        """Count a map whose header is no candidate: outside the heap, or not as a header should be."""
        headers, ok = read_headers(self._runtime, np.array([addr], np.uint64))
        if not ok[0]:
            return ExtraMap(headers, go_type, owner, Occupancy.zeros(1), "the header cannot be read")
        if not plausible(headers, self._runtime)[0]:
            return ExtraMap(headers, go_type, owner, Occupancy.zeros(1), "the header breaks the invariants of a map")
        occupancy = census.occupancy(headers, go_type.map_shape.unit_size)
        return ExtraMap(headers, go_type, owner, occupancy, occupancy.fault.get(0, ""))

    def _retry(self, result: Findings) -> None:
        """Read maps again that were torn by the running target."""
        census, found = result.census, result.found
        for _ in range(_RETRIES):
            torn = census.disagreeing(result.listed)
            if not len(torn):
                return
            headers, ok = read_headers(self._runtime, found.headers.addr[torn])
            ok &= plausible(headers, self._runtime)
            for name, column in vars(found.headers).items():
                column[torn[ok]] = vars(headers)[name][ok]
            census.done[torn] = False
            for number in torn.tolist():
                census.faults.pop(number, None)
            sizes = unit_sizes(found, SLOTS)[torn]
            for size in distinct(sizes).tolist():
                census.scan(torn[sizes == size], int(size))

    def _report_faults(self, result: Findings, *, racy: bool) -> None:
        census = result.census
        what = "changed while it was read" if racy else "the header's count and the slots found full disagree"
        wrong = census.disagreeing(result.listed)
        writing = result.found.headers.take(wrong).being_written(self._runtime.layout) & (not racy)
        for number in wrong[~writing].tolist():
            census.faults.setdefault(int(number), what)
        busy = [int(n) for n in wrong[writing].tolist() if int(n) not in census.faults]
        if busy:
            some = "1 map was" if len(busy) == 1 else f"{len(busy)} maps were"
            result.notes.append(f"{some} being written to: the header's count and the full slots may differ")
        for extra in result.extras:
            if not extra.fault and extra.occupancy.full_slots[0] != extra.headers.entries[0]:
                extra.fault = what


def _notes(runtime: Runtime, walker: Walker, search: StackSearch) -> list[str]:
    notes = []
    if runtime.spans.unsound:
        notes.append(f"{runtime.spans.unsound} spans make no sense or could not be read: what is in them is missing")
    if runtime.unreadable_spans:
        notes.append(f"{runtime.unreadable_spans} spans of map headers could not be read: maps in them are missing")
    if walker.unreadable:
        notes.append(f"{walker.unreadable} values could not be read: owners behind them may be unknown")
    if search.goroutines_lost:
        notes.append("the list of goroutines could not be read: maps that only stacks hold have no owner")
    if search.unread:
        notes.append(f"{search.unread} goroutine stacks could not be read")
    if walker.stopped_early:
        notes.append("the walk from the roots was cut after very many steps: some owners and types are unknown")
    return notes
