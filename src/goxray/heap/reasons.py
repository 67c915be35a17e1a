"""Why objects are alive: paths from the roots as Go expressions, and what cutting each step would free."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import UsageError
from goxray.core.heap_result import WhyPath, WhyStep
from goxray.heap import typing_kernels as kernels
from goxray.heap.graph import I32, I64, NONE, U32
from goxray.heap.paths import Path, shortest_paths
from goxray.heap.retained import freed_by_cut, retained_by_group, tree_order
from goxray.heap.slots import SlotKind, WordSlot

if TYPE_CHECKING:
    from goxray.heap.analysis import Analysis

_BOXED = re.compile(r"\.\([^()]*(?:\([^()]*\)[^()]*)*\)$")
_MANY = "[...]"
_NEAR = 3


class Reasons:
    """Answers for one analysis."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        graph = analysis.graph
        edges = graph.edges
        counts = np.diff(edges.start[graph.objects :].astype(np.int64)).astype(np.int64)
        self._root_target: U32 = edges.target[graph.first_root :]
        self._root_holder: I32 = np.repeat(np.arange(len(graph.holders)), counts).astype(np.int32)

    # ---- what was asked for

    def find(self, what: str) -> tuple[I64, int | None]:
        """Return the objects that an address or a type names, and the address where it was one.

        Raises:
            UsageError: there is no such object or type; the hint names types that are spelled alike.
        """
        text = what.strip()
        if text[:2].lower() == "0x" or text.isdigit():
            return self._at(int(text, 0), text)
        kind = self._type_number(text)
        own = self._analysis.names.type_of[: self._analysis.graph.objects]
        return np.flatnonzero(own == kind).astype(np.int64), None

    def _at(self, addr: int, text: str) -> tuple[I64, int]:
        if not 0 <= addr < 1 << 64:
            raise UsageError(f"{text} is no address", hint="give an object's address, as goxray heap shows it")
        found = self._analysis.objects.numbers_at(np.array([addr], np.uint64))
        if found[0] < 0:
            raise UsageError(
                f"no heap object is at {addr:#x}", hint="give an address inside an object, as goxray heap shows them"
            )
        return found, int(self._analysis.objects.addrs(found)[0])

    def _type_number(self, text: str) -> int:
        """A type's number: ``*T`` asks for T, ``[]T`` for arrays behind slices."""
        names = self._analysis.names.types
        wanted = text.removeprefix("*")
        if wanted.startswith("[]"):
            wanted = _MANY + wanted[2:]
        if wanted in names:
            return names.index(wanted)
        short = [i for i, name in enumerate(names) if name.rpartition("/")[2] == wanted]
        if len(short) == 1:
            return short[0]
        near = [names[i] for i in short] or difflib.get_close_matches(wanted, names, _NEAR, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "goxray heap --table types lists the types"
        raise UsageError(f"the heap holds no object of type {text}", hint=hint)

    # ---- sums

    def reached(self, numbers: I64) -> NDArray[np.bool_]:
        """Which of some objects a root reaches."""
        return self._analysis.reached[numbers]

    def retained(self, numbers: I64) -> int:
        """Return the bytes that some objects keep alive, nothing counted twice."""
        analysis = self._analysis
        if len(numbers) == 1:
            return int(analysis.held[numbers[0]])
        group = np.full(len(analysis.idom), NONE, np.int32)
        group[numbers] = 0
        order = tree_order(analysis.idom, analysis.held_objects)
        return int(retained_by_group(order, analysis.held, analysis.held_objects, group, 1)[0])

    # ---- paths

    def paths(self, numbers: I64, limit: int) -> list[WhyPath]:
        """Return up to ``limit`` shortest paths from different roots to any of some objects."""
        graph = self._analysis.graph
        start, target = graph.edges.start[: graph.objects + 1], graph.edges.target[: graph.first_root]
        found = shortest_paths(start, target, self._root_target, numbers, limit, self._root_holder, graph.conservative)
        return [self._path(path) for path in found]

    def _path(self, path: Path) -> WhyPath:
        graph = self._analysis.graph
        holder = int(self._root_holder[path.root])
        described = graph.holders[holder]
        nodes = [graph.objects + holder, *path.objects.astype(np.int64).tolist()]
        cuts = list(zip(nodes[:-1], nodes[1:], strict=True))
        freed = freed_by_cut(graph.edges.start, graph.edges.target, graph.roots, self._analysis.idom, cuts)
        steps, expr = [], described.text
        for place, (above, here) in enumerate(cuts):
            edge = graph.first_root + path.root if place == 0 else self._edge(above, here)
            expr, via = self._spell(above, here, edge, expr)
            steps.append(self._step(here, expr, via, bool(freed[place])))
        return WhyPath(described.kind, described.text, bool(graph.conservative[path.root]), tuple(steps))

    def _step(self, here: int, expr: str, via: str, freed: bool) -> WhyStep:
        analysis = self._analysis
        held, count = int(analysis.held[here]), int(analysis.held_objects[here])
        return WhyStep(
            addr=int(analysis.objects.addrs(np.array([here]))[0]),
            type=analysis.names.types[analysis.names.type_of[here]],
            expr=expr,
            via=via,
            bytes=int(analysis.objects.sizes(np.array([here]))[0]),
            retained_bytes=held,
            freed_bytes=held if freed else 0,
            freed_objects=count if freed else 0,
        )

    def _edge(self, above: int, here: int) -> int:
        edges = self._analysis.graph.edges
        first = int(edges.start[above])
        held = edges.target[first : int(edges.start[above + 1])]
        return first + int(np.flatnonzero(held == here)[0])

    def _spell(self, above: int, here: int, edge: int, expr: str) -> tuple[str, str]:
        """Return the expression of an object that ``expr``'s points to, and what the step adds."""
        slot, index = self._slot(above, edge)
        if slot is None or slot.kind in (SlotKind.UNKNOWN, SlotKind.LOCAL, SlotKind.FUNC):
            return expr, ""
        form = slot.form
        if index is not None and expr.endswith(_MANY) and not self._is_part(above):
            expr, form = expr.removesuffix(_MANY), form.replace("{p}", f"{{p}}[{index}]")
        if slot.kind is SlotKind.BOX:
            form += self._boxed(here)
        return form.replace("{p}", expr), form.replace("{p}", "")

    def _is_part(self, node: int) -> bool:
        """Whether an object is part of a map: its elements have keys, no numbers."""
        name: str = self._analysis.names.types[int(self._analysis.names.type_of[node])]
        return name.endswith(")")

    def _boxed(self, here: int) -> str:
        """What asserting an interface's dynamic type adds; its owner's expression has it, where that came this way."""
        analysis = self._analysis
        found = _BOXED.search(analysis.names.owners[analysis.names.owner_of[here]])
        return found[0] if found else f".({analysis.names.types[analysis.names.type_of[here]]})"

    def _slot(self, above: int, edge: int) -> tuple[WordSlot | None, int | None]:
        """The slot that a pointer stands in, and the index of its element where its object is an array."""
        typed, edges = self._analysis.typed, self._analysis.graph.edges
        kind = int(typed.type_of[above])
        if kind < 0:
            return None, None
        words = typed.table.words_of(kind)
        offset = int(edges.word[edge]) - int(typed.phase[above])
        index = None
        if typed.shape[above] == kernels.MANY and words:
            index, offset = divmod(offset, words)
        number = typed.table.slot_of(kind, offset)
        return (typed.table.slots[number] if number >= 0 else None), index
