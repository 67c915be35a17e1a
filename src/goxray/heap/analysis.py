"""From a capture to what people ask: which objects are alive, what each is, who holds it, and what it keeps alive."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.heap import sum_kernels as sums
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
_AT_ONCE = 1 << 20
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
    ``held_objects`` (uint32) the nodes that it keeps alive.
    """

    capture: Capture
    graph: RootedGraph
    typed: Typed
    names: Names
    idom: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    held: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    held_objects: U32 = field(default_factory=lambda: np.zeros(0, np.uint32))

    def dominate(self) -> None:
        """Work out ``idom``, ``held`` and ``held_objects``: what looks at words of objects comes before, for room."""
        edges = self.graph.edges
        self.idom = dominators(edges.start, edges.target, self.graph.roots)
        self.held, self.held_objects = retained(self.idom, node_sizes(self.objects, len(self.idom)), reuse=True)

    def forget_words(self) -> None:
        """Give up where in its object each pointer stands, and the words beside it: only paths need them."""
        edges, side = self.graph.edges, self.graph.side
        edges.word, edges.into = edges.word[:0].copy(), edges.into[:0].copy()
        for name, column in vars(side).items():
            setattr(side, name, column[:0].copy())

    @property
    def objects(self) -> Objects:
        """The objects."""
        return self.capture.objects

    @property
    def sizes(self) -> I64:
        """The nodes' own bytes (int64), 0 for holders; made anew each time."""
        return node_sizes(self.objects, len(self.idom))

    def totals(self, group: I32, groups: int, *, alive_only: bool) -> tuple[I64, I64]:
        """Return objects and bytes by group (int64[groups]); negative groups are left out."""
        counts, sizes = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
        objects = self.objects
        sums.group_totals(objects.first, objects.elem_size, group, self.idom, alive_only, counts, sizes)
        return counts, sizes

    def reached_by_span(self) -> I64:
        """Return how many objects of each span a root reaches (int64[S])."""
        counts = np.zeros(len(self.objects.start), np.int64)
        sums.reached_by_span(self.objects.first, self.idom, counts)
        return counts

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Which objects a root reaches (bool[N])."""
        count = self.graph.objects
        if not len(self.idom):
            return np.asarray(self.typed.owner[:count] != NONE, np.bool_)
        return np.asarray(self.idom[:count] != UNREACHABLE, np.bool_)


def analyse(
    runtime: Runtime, raw: RawCapture, headers: list[tuple[GoType, U64]], tell: Callable[[str, float], None]
) -> Analysis:
    """Type a capture; ``headers`` are the maps found, by type. The target may run again; ``raw`` is used up.

    What keeps what alive is worked out by :meth:`Analysis.dominate`.
    """
    resolver, words = raw.resolver, raw.roots
    tell("resolving pointers", 0.6)
    capture = settle(raw)
    graph = join(capture, resolver, words)
    tell("typing objects", 0.65)
    typist = Typist(runtime, capture, graph, words.statics)
    typed = typist.run(headers, lambda addrs: resolver.numbers_at(addrs)[0])
    names = name_all(capture, graph, typed)
    return Analysis(capture, graph, typed, names)


def node_sizes(objects: Objects, nodes: int) -> I64:
    """Return the bytes of each node of a graph (int64): holders of roots, behind the objects, have none."""
    sizes = np.zeros(nodes, np.int64)
    sums.spread(objects.first, objects.elem_size, sizes)
    return sizes


def name_all(capture: Capture, graph: RootedGraph, typed: Typed) -> Names:
    """Number the names to show for types and owners."""
    types, type_of = _type_names(capture, typed)
    owners, kinds, owner_of = _owner_names(graph, typed)
    return Names(types, owners, kinds, type_of, owner_of)


def _type_names(capture: Capture, typed: Typed) -> tuple[list[str], I32]:
    """Names of types: arrays that only the allocator knew are spelled as such, the unknown by their size.

    The types are exchanged in place: an array has its elements' slots, and what is unknown has none.
    """
    table, objects = typed.table, capture.objects
    _name_closures(capture, typed)
    fit = table.arrays()[1].copy()
    marks, nothing = np.zeros(len(fit), np.uint8), np.zeros(0, np.int32)
    state = (typed.type_of, typed.score, typed.shape, fit)
    sums.name_types(objects.first, objects.elem_size, *state, nothing, nothing, marks)
    array_of = np.full(len(fit), NONE, np.int32)
    for number in np.flatnonzero(marks).tolist():
        kind = table.types[number]
        if not kind.name.endswith(")") and not kind.name.startswith("[...]"):
            array_of[number] = table.number(replace(kind, name=f"[...]{kind.name}"))
    sizes, inverse = np.unique(objects.elem_size, return_inverse=True)
    unknown = [table.number(HeapType(f"? ({size} bytes)", 0, True, list)) for size in sizes.tolist()]
    unknown_of = np.array(unknown, np.int32)[inverse.reshape(-1)] if unknown else nothing
    sums.name_types(objects.first, objects.elem_size, *state, array_of, unknown_of, marks)
    return [kind.name for kind in table.types], typed.type_of


def _name_closures(capture: Capture, typed: Typed) -> None:
    """Objects of unknown type that start with a function's address are its closures."""
    mine = typed.type_of[capture.code_object] == NONE
    numbers, codes = capture.code_object[mine], capture.code[mine]
    for code in np.unique(codes).tolist():
        name = typed.function_name(code)
        if name:
            typed.type_of[numbers[codes == code]] = typed.table.number(HeapType(f"func {name}", 0, True, list))


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
    owner_of = np.empty(len(typed.owner), np.int32)
    for first in range(0, len(owner_of), _AT_ONCE):  # an index array of 32 bits is widened whole when it is used
        part = slice(first, first + _AT_ONCE)
        owner_of[part] = number[typed.owner[part]]  # NONE is -1: the last
    return [text for text, _ in index], [kind for _, kind in index], owner_of


def _distinct_goroutines(graph: RootedGraph) -> list[int]:
    """Return one holder for each goroutine and function."""
    found: dict[tuple[int, str], int] = {}
    for place, holder in enumerate(graph.holders):
        if holder.kind == "goroutine":
            found.setdefault((holder.goid, holder.text), place)
    return list(found.values())
