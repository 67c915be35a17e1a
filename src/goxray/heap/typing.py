"""The type and the owner of every object: from the roots along typed pointers, then along all the others.

The first walk starts from the program's globals, the second from the frames of goroutines, the third takes the
runtime's own structures and every pointer of unknown meaning. So an object's owner is what a person would name first,
and an object that nothing typed leads to still has one, marked as a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.heap import typing_kernels as kernels
from goxray.heap.boxes import Boxes
from goxray.heap.graph import I32, I64, NONE, U8, U16, U64, Objects
from goxray.heap.slots import HeapType, HeapTypes, SlotKind, WordSlot
from goxray.heap.typetable import Table, TypeTable
from goxray.maps.exprs import Exprs

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.goruntime.gcroots import RootHolder
    from goxray.goruntime.runtime import Global, Runtime
    from goxray.goruntime.types import GoType
    from goxray.heap.capture import Capture
    from goxray.heap.rooted import RootedGraph

_BLOCK = 64
_DEFERRED = 1 << 20
_WANTED = 1 << 16
_KINDS = {"register": 3, "runtime": 3, "finalizer": 2, "cleanup": 2, "goroutine": 1, "global": 0}


@dataclass
class Typed:
    """What every object is and who holds it.

    ``states`` (typing_kernels.STATE) goes over the objects, then the holders of roots. ``holder_expr`` lists the
    expressions of the graph's holders, ``function_name`` names a code address.
    """

    states: NDArray[np.void]
    table: TypeTable
    exprs: Exprs
    holder_expr: list[int]
    function_name: Callable[[int], str]

    @property
    def type_of(self) -> I32:
        """Index into ``table.types`` (int32), -1 for unknown."""
        return self.states["type"]

    @property
    def owner(self) -> I32:
        """Index into ``exprs`` (int32), -1 for objects that no root reaches."""
        return self.states["owner"]

    @property
    def score(self) -> U8:
        """How well the type is known (uint8): the constants of typing_kernels."""
        return self.states["score"]

    @property
    def phase(self) -> U16:
        """At which word the values begin (uint16)."""
        return self.states["phase"]

    @property
    def shape(self) -> U8:
        """Whether there is one value or many (uint8): the constants of typing_kernels."""
        return self.states["shape"]


class Typist:
    """Types one rooted graph; use :meth:`run`."""

    def __init__(
        self, runtime: Runtime, capture: Capture, graph: RootedGraph, statics: dict[int, HeapType] | None = None
    ) -> None:
        self._statics = statics or {}
        self._runtime = runtime
        self._graph = graph
        self._objects: Objects = capture.objects
        nodes = graph.objects + len(graph.holders)
        self._types = HeapTypes(runtime.layout, runtime.types.is_direct)
        self._table = TypeTable(runtime.layout)
        self._boxes = Boxes(runtime, self._types, self._table, graph.side, capture)
        self._children = Table()
        self._exprs = Exprs()
        self._states = np.zeros(nodes, kernels.STATE)
        self._states["type"] = self._states["owner"] = NONE
        self._holder_expr: list[int] = []
        self._queue = np.zeros(nodes + 1, np.uint32)
        self._ends = np.zeros(2, np.int64)
        self._wanted = kernels.Wanted(
            np.empty(_DEFERRED, np.uint32),
            np.empty(_WANTED, np.int32),
            np.empty(_WANTED, np.uint64),
            np.empty(_WANTED, np.uint64),
            np.zeros(4, np.int64),
        )
        self._record(capture)

    def run(self, headers: list[tuple[GoType, U64]], numbers_at: Any) -> Typed:
        """Walk. ``headers`` are maps found already: their type and their headers' addresses."""
        for go_type, addrs in headers:
            self._seed(self._types.map_header(go_type), numbers_at(addrs))
        ranks = self._enter_holders()
        unknown = kernels.FOLLOW_UNKNOWN | kernels.FOLLOW_SCHEDULER
        for rank, mode in ((0, 0), (1, 0), (2, 0), (3, unknown)):
            self._enqueue(np.flatnonzero(ranks == rank) + self._graph.objects)
            if mode:
                kernels.enqueue_reached(self._states, self._graph.edges.start, self._queue, self._ends)
            self._walk(mode)
        return self._result()

    def _result(self) -> Typed:
        """Hand the states over."""
        states, self._states = self._states, np.zeros(0, kernels.STATE)
        self._queue = np.zeros(0, np.uint32)
        return Typed(states, self._table, self._exprs, self._holder_expr, self._runtime.function_name)

    def _record(self, capture: Capture) -> None:
        """Enter the types that the allocator recorded with objects."""
        numbers = self._boxes.recorded()
        kinds = np.array(numbers, np.int32)[capture.typed] if len(numbers) else np.zeros(0, np.int32)
        known = kinds != NONE
        self._enter(capture.typed_object[known], kinds[known], kernels.RECORDED, kernels.MANY)

    def _seed(self, heap_type: HeapType, numbers: Any) -> None:
        numbers = numbers[numbers >= 0]
        kind = np.full(len(numbers), self._table.number(heap_type), np.int32)
        self._enter(numbers, kind, kernels.RECORDED, kernels.SINGLE)

    def _enter(self, numbers: Any, kinds: Any, score: int, shape: int) -> None:
        self._states["type"][numbers] = kinds
        self._states["score"][numbers] = score
        self._states["shape"][numbers] = shape

    def _enter_holders(self) -> I32:
        """Give each holder of roots its expression and, for a global, its type; return when each is walked from."""
        globals_at = {g.addr: g for g in self._runtime.globals() if g.type is not None}
        ranks = np.zeros(len(self._graph.holders), np.int32)
        for place, holder in enumerate(self._graph.holders):
            known = globals_at.get(holder.addr) if holder.kind == "global" else None
            number = self._graph.objects + place
            ranks[place] = _rank(holder)
            guessed = holder.kind != "global"
            kind = self._holder_type(holder, known)
            type_name = kind.name if kind and holder.kind == "global" else ""
            expr = self._exprs.root(holder.text, type_name, guessed=guessed)
            self._holder_expr.append(expr)
            self._states["owner"][number] = expr
            if kind is not None:
                self._enter(number, np.int32(self._table.number(kind)), kernels.RECORDED, kernels.MANY)
        return ranks

    def _holder_type(self, holder: RootHolder, known: Global | None) -> HeapType | None:
        if known is not None:
            return self._types.value(known.type)
        if holder.kind == "global" and holder.addr in self._statics:
            return self._statics[holder.addr]
        if holder.kind == "goroutine" and holder.pc:
            pc = holder.pc
            slot = WordSlot(0, SlotKind.LOCAL, None, "{p}", pc=pc)
            return HeapType(f"frame at {pc:#x}", 8, True, lambda: [slot])
        return None

    def _enqueue(self, numbers: Any) -> None:
        shape = self._states["shape"]
        fresh = numbers[shape[numbers] & kernels.QUEUED == 0]
        shape[fresh] |= kernels.QUEUED
        tail, room = int(self._ends[1]), len(self._queue)
        self._queue[(tail + np.arange(len(fresh))) % room] = fresh
        self._ends[1] = (tail + len(fresh)) % room

    def _walk(self, mode: int) -> None:
        edges, side, objects, wanted = self._graph.edges, self._graph.side, self._objects, self._wanted
        classes, sizes = object_classes(objects)
        graph = kernels.Graph(
            edges.start,
            edges.target,
            edges.word,
            edges.into,
            classes,
            sizes,
            objects.first,
            object_blocks(objects),
            objects.elem_size,
        )
        beside = kernels.Beside(
            side.length_edge,
            side.length,
            side.dynamic_edge,
            self._boxes.dynamic,
            self._boxes.code_object,
            self._boxes.code,
        )
        while True:
            boxes, children = self._table.boxes, self._children
            tables = kernels.Tables(boxes.keys, boxes.values, children.keys, children.values)
            types = kernels.Types(*self._table.arrays()[:8])
            kernels.walk(mode, self._states, graph, types, tables, beside, wanted, self._queue, self._ends)
            late = int(wanted.counts[0])
            if not late and self._ends[0] == self._ends[1]:
                return
            self._provide()
            self._enqueue(wanted.objects[:late].copy())

    def _provide(self) -> None:
        """Make what the walk lacked."""
        wanted = self._wanted
        _, types, boxes, children = wanted.counts.tolist()
        for number in np.unique(wanted.types[:types]).tolist():
            self._table.open(number)
        for key in np.unique(wanted.boxes[:boxes]).tolist():
            self._boxes.make(key)
        for key in np.unique(wanted.children[:children]).tolist():
            self._make_child(key)

    def _make_child(self, key: int) -> None:
        slot = self._table.slots[(key & 0xFFFFFFFF) - 1]
        guessed = slot.kind in (SlotKind.UNKNOWN, SlotKind.LOCAL)
        name = slot.target.name if slot.target else ""
        child = self._exprs.child((key >> 32) - 1, slot.form, name, guessed=guessed)
        self._children.put(key, child)


def _rank(holder: RootHolder) -> int:
    """When to walk from a holder: the program's own globals, stacks, finalizers, and what belongs to the runtime."""
    if holder.kind == "global" and holder.text.startswith("runtime."):
        return 3
    return _KINDS[holder.kind]


def object_blocks(objects: Objects) -> I32:
    """Return the span of every 64th object, for kernels that look spans up by object."""
    every = np.arange(0, max(1, len(objects)), _BLOCK)
    return objects.span_of(every).astype(np.int32)


def object_classes(objects: Objects) -> tuple[U8, I64]:
    """Return each object's class (uint8[N]: number of its slots' size x 2 + noscan) and the sizes by number (int64).

    Sizes that only large objects have are not numbered: theirs is class 0.
    """
    several = np.diff(objects.first) > 1
    known = np.unique(objects.elem_size[several])[:127]
    place = np.searchsorted(known, objects.elem_size)
    fits = (place < len(known)) & (
        known[np.minimum(place, len(known) - 1)] == objects.elem_size if len(known) else False
    )
    number = np.where(fits, place + 1, 0)
    of_span = (2 * number + objects.noscan).astype(np.uint8)
    return np.repeat(of_span, np.diff(objects.first)), np.concatenate([np.zeros(1, np.int64), known])
