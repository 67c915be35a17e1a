"""From a capture to what people ask: which objects are alive, what each is, who holds it, and what it keeps alive."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.heap import typing_kernels as kernels
from goxray.heap.dominators import UNREACHABLE, dominators
from goxray.heap.graph import I32, I64, NONE, U32, Objects
from goxray.heap.retained import retained
from goxray.heap.rooted import RootedGraph, join
from goxray.heap.slots import HeapType
from goxray.heap.take import RawCapture, settle
from goxray.heap.typing import Typed, Typist

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.goruntime.runtime import Runtime
    from goxray.goruntime.types import GoType
    from goxray.heap.capture import Capture
    from goxray.heap.graph import U64

UNREACHABLE_OWNER = "(unreachable)"
_GOROUTINE = re.compile(r"^goroutine \d+: ")
_ALIKE = 8
"""So many goroutines of one function are one owner."""


@dataclass
class Names:
    """What is shown: ``types`` and ``owners`` (texts), each owner's ``kinds``, and every node's number in both.

    ``type_of`` and ``owner_of`` (int32) go over the objects and the holders of roots behind them.
    """

    types: list[str]
    owners: list[str]
    kinds: list[str]
    type_of: I32
    owner_of: I32


@dataclass
class Analysis:
    """The heap, worked out. Arrays go over the graph's nodes: the objects, then the holders of roots.

    ``idom`` (int32) is the node that all ways from the roots to a node go through, ``held`` (int64) the bytes and
    ``held_objects`` (uint32) the nodes that it keeps alive; ``sizes`` (int64) are their own bytes, 0 for holders.
    """

    capture: Capture
    graph: RootedGraph
    typed: Typed
    names: Names
    sizes: I64
    idom: I32
    held: I64
    held_objects: U32

    @property
    def objects(self) -> Objects:
        """The objects."""
        return self.capture.objects

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Which objects a root reaches (bool[N])."""
        found: NDArray[np.bool_] = self.idom[: self.graph.objects] != UNREACHABLE
        return found


def analyse(
    runtime: Runtime, raw: RawCapture, headers: list[tuple[GoType, U64]], tell: Callable[[str, float], None]
) -> Analysis:
    """Work a capture out; ``headers`` are the maps found, by type. The target may run again; ``raw`` is used up."""
    resolver, words = raw.resolver, raw.roots
    tell("resolving pointers", 0.6)
    capture = settle(raw)
    graph = join(capture, resolver, words)
    tell("typing objects", 0.65)
    typist = Typist(runtime, capture, graph, words.statics)
    typed = typist.run(headers, lambda addrs: resolver.numbers_at(addrs)[0])
    names = name_all(capture, graph, typed)
    tell("working out dominators", 0.8)
    idom = dominators(graph.edges.start, graph.edges.target, graph.roots)
    sizes = np.concatenate([capture.objects.sizes(), np.zeros(len(graph.holders), np.int64)])
    held, counts = retained(idom, sizes)
    return Analysis(capture, graph, typed, names, sizes, idom, held, counts)


def name_all(capture: Capture, graph: RootedGraph, typed: Typed) -> Names:
    """Number the names to show for types and owners."""
    types, type_of = _type_names(capture, graph, typed)
    owners, kinds, owner_of = _owner_names(graph, typed)
    return Names(types, owners, kinds, type_of, owner_of)


def _type_names(capture: Capture, graph: RootedGraph, typed: Typed) -> tuple[list[str], I32]:
    """Names of types: arrays that only the allocator knew are spelled as such, the unknown by their size."""
    table, count = typed.table, graph.objects
    type_of = typed.type_of.copy()
    fit = table.arrays()[1]
    spans = np.repeat(np.arange(len(capture.objects.start)), np.diff(capture.objects.first))
    sizes = capture.objects.elem_size[spans]
    known = type_of[:count] >= 0
    many = np.flatnonzero(known & (typed.score[:count] == kernels.RECORDED) & (typed.shape[:count] == kernels.MANY))
    many = many[fit[type_of[many]] != sizes[many]]
    for number in np.unique(type_of[many]).tolist():
        heap_type: HeapType = table.types[number]
        if not heap_type.name.endswith(")") and not heap_type.name.startswith("[...]"):
            array = HeapType(f"[...]{heap_type.name}", heap_type.size, heap_type.has_pointers, heap_type.open)
            chosen = many[type_of[many] == number]
            type_of[chosen] = table.number(array)
    names = [heap_type.name for heap_type in table.types]
    unknown = np.flatnonzero(~known)
    for size in np.unique(sizes[unknown]).tolist():
        type_of[unknown[sizes[unknown] == size]] = len(names)
        names.append(f"? ({size} bytes)")
    _name_closures(capture, graph, typed, names, type_of)
    return names, type_of


def _name_closures(capture: Capture, graph: RootedGraph, typed: Typed, names: list[str], type_of: I32) -> None:
    """Objects of unknown type that start with a function's address are its closures."""
    del graph
    mine = typed.type_of[capture.code_object] == NONE
    numbers, codes = capture.code_object[mine], capture.code[mine]
    for code in np.unique(codes).tolist():
        name = typed.function_name(code)
        if name:
            type_of[numbers[codes == code]] = len(names)
            names.append(f"func {name}")


def _owner_names(graph: RootedGraph, typed: Typed) -> tuple[list[str], list[str], I32]:
    """Names and kinds of owners. Many goroutines that stand in the same function are one owner."""
    exprs = typed.exprs
    kind_of_root = {expr: graph.holders[i].kind for i, expr in enumerate(typed.holder_expr)}
    functions = Counter(_GOROUTINE.sub("", graph.holders[i].text) for i in _distinct_goroutines(graph))
    alike = {text for text, count in functions.items() if count >= _ALIKE}
    roots = np.zeros(len(exprs), np.int64)
    number = np.zeros(len(exprs) + 1, np.int32)
    index: dict[tuple[str, str], int] = {}
    for ident in range(len(exprs)):
        expr = exprs[ident]
        roots[ident] = ident if expr.parent < 0 else roots[expr.parent]
        kind = kind_of_root.get(int(roots[ident]), "runtime")
        text = expr.text
        if kind == "goroutine":
            bare = _GOROUTINE.sub("", text)
            if any(bare.startswith(known) for known in alike):
                text = f"goroutine *: {bare}"
        if kind == "global" and text.startswith("runtime."):
            kind = "runtime"
        number[ident] = index.setdefault((text, kind), len(index))
    number[-1] = index.setdefault((UNREACHABLE_OWNER, "unreachable"), len(index))
    owner_of: I32 = number[typed.owner]  # NONE is -1: the last
    return [text for text, _ in index], [kind for _, kind in index], owner_of


def _distinct_goroutines(graph: RootedGraph) -> list[int]:
    """Return one holder for each goroutine and function."""
    found: dict[tuple[int, str], int] = {}
    for place, holder in enumerate(graph.holders):
        if holder.kind == "goroutine":
            found.setdefault((holder.goid, holder.text), place)
    return list(found.values())
