"""The type and the owner of every object: from the roots along typed pointers, then along all the others.

The first walk starts from the program's globals, the second from the frames of goroutines, the third takes the
runtime's own structures and every pointer of unknown meaning. So an object's owner is what a person would name first,
and an object that nothing typed leads to still has one, marked as a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from goxray.heap import typing_kernels as kernels
from goxray.heap.boxes import Boxes
from goxray.heap.graph import I32, NONE, U8, U16, U64, Objects
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
    """What every object is and who holds it; the arrays go on over the holders of roots.

    ``type_of`` (int32) indexes ``table.types``, -1 for unknown; ``owner`` (int32) indexes ``exprs``, -1 for objects
    that no root reaches. ``score`` (uint8) says how well the type is known, ``phase`` (uint16) at which word the values
    begin, ``shape`` (uint8) whether there is one or many (the constants of heap.typing_kernels). ``holder_expr`` lists
    the expressions of the graph's holders, ``function_name`` names a code address.
    """

    type_of: I32
    owner: I32
    score: U8
    phase: U16
    shape: U8
    table: TypeTable
    exprs: Exprs
    holder_expr: list[int]
    function_name: Callable[[int], str]


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
        self.typed = Typed(
            np.full(nodes, NONE, np.int32),
            np.full(nodes, NONE, np.int32),
            np.zeros(nodes, np.uint8),
            np.zeros(nodes, np.uint16),
            np.zeros(nodes, np.uint8),
            self._table,
            self._exprs,
            [],
            runtime.function_name,
        )
        self._queue = np.zeros(nodes + 1, np.uint32)
        self._ends = np.zeros(2, np.int64)
        self._queued = np.zeros(nodes, np.uint8)
        self._blocks = object_blocks(capture.objects)
        self._buffers = (
            np.empty(_DEFERRED, np.uint32),
            np.empty(_WANTED, np.int32),
            np.empty(_WANTED, np.uint64),
            np.empty(_WANTED, np.uint64),
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
                self._enqueue(np.flatnonzero(self.typed.owner >= 0))
            self._walk(mode)
        return self.typed

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
        typed = self.typed
        typed.type_of[numbers], typed.score[numbers], typed.shape[numbers] = kinds, score, shape

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
            self.typed.holder_expr.append(expr)
            self.typed.owner[number] = expr
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
        fresh = numbers[self._queued[numbers] == 0]
        self._queued[fresh] = 1
        tail, room = int(self._ends[1]), len(self._queue)
        self._queue[(tail + np.arange(len(fresh))) % room] = fresh
        self._ends[1] = (tail + len(fresh)) % room

    def _walk(self, mode: int) -> None:
        edges, side, typed, objects = self._graph.edges, self._graph.side, self.typed, self._objects
        while True:
            late, types, boxes, children = kernels.walk(
                mode,
                self._queue,
                self._ends,
                self._queued,
                edges.start,
                edges.target,
                edges.word,
                edges.into,
                self._graph.objects,
                objects.first,
                self._blocks,
                objects.elem_size,
                typed.type_of,
                typed.owner,
                typed.score,
                typed.phase,
                typed.shape,
                *self._table.arrays(),
                self._table.boxes.keys,
                self._table.boxes.values,
                self._children.keys,
                self._children.values,
                side.length_edge,
                side.length,
                side.dynamic_edge,
                self._boxes.dynamic,
                self._boxes.code_object,
                self._boxes.code,
                *self._buffers,
            )
            if not late and self._ends[0] == self._ends[1]:
                return
            deferred, wanted_types, wanted_boxes, wanted_children = self._buffers
            for number in np.unique(wanted_types[:types]).tolist():
                self._table.open(number)
            for key in np.unique(wanted_boxes[:boxes]).tolist():
                self._boxes.make(key)
            for key in np.unique(wanted_children[:children]).tolist():
                self._make_child(key)
            self._enqueue(deferred[:late].copy())

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
