"""An analysis from the internal tables of a snapshot: what ``goxray heap`` and ``why`` work on where there is a file.

What only the typing needs is not kept (the words beside pointers, the allocator's records): those parts of the capture
are empty. Types know their names, sizes and the spelling of their pointer words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goxray.core.errors import BadSnapshot
from goxray.core.heap_result import OwnerPath
from goxray.goruntime.rootset import RootHolder
from goxray.heap.analysis import Analysis, Names, node_sizes
from goxray.heap.capture import Capture, SideWords
from goxray.heap.graph import NONE, Edges, Objects
from goxray.heap.retained import retained
from goxray.heap.rooted import RootedGraph
from goxray.heap.slots import HeapType, SlotKind, WordSlot
from goxray.heap.typing import Typed
from goxray.heap.typing_kernels import STATE
from goxray.maps.exprs import Expr, Exprs

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.goruntime.rootset import HolderKind
    from goxray.heap.typetable import TypeTable
    from goxray.store.snapshot import Snapshot

_AGAIN = "the file is damaged, or was written by another goxray: take the snapshot again"


def stored_analysis(snapshot: Snapshot) -> Analysis:
    """Return the analysis that a snapshot holds.

    Raises:
        BadSnapshot: tables are missing, damaged, or do not fit together.
    """
    try:
        return _analysis(snapshot)
    except (KeyError, IndexError, ValueError, TypeError, pa.ArrowException) as error:
        raise BadSnapshot(f"{snapshot.path}: the graph of objects makes no sense ({error})", hint=_AGAIN) from error


def stored_paths(snapshot: Snapshot) -> list[OwnerPath]:
    """Return the owner paths that a snapshot holds, without reading its graph.

    Raises:
        BadSnapshot: the table is missing or damaged.
    """
    columns = snapshot.table("_paths").to_pydict()
    rows = zip(columns["frames"], columns["objects"], columns["bytes"], columns["retained_bytes"], strict=True)
    return [OwnerPath(tuple(frames), *figures) for frames, *figures in rows]


def _analysis(snapshot: Snapshot) -> Analysis:
    objects = _objects(snapshot)
    nodes = _columns(snapshot, "_nodes")
    count, whole = len(objects), len(nodes["idom"])
    holders = [
        RootHolder(cast("HolderKind", r["kind"]), r["text"], r["pc"], r["goid"], r["addr"], r["size"])
        for r in snapshot.table("_holders").to_pylist()
    ]
    graph = _graph(snapshot, nodes["edges"], count, holders)
    owners = snapshot.table("_owners").to_pydict()
    types = snapshot.table("_types").column("name").to_pylist()
    names = Names(types, owners["text"], owners["kind"], nodes["type"], nodes["owner"])
    _check(whole == count + len(holders), "nodes")
    _check(_within(nodes["type"], NONE, len(types)) and _within(nodes["owner"], 0, len(names.owners)), "names")
    _check(_within(nodes["idom"], -2, whole), "dominators")
    typed = _typed(snapshot, nodes, len(holders))
    held, held_objects = retained(nodes["idom"], node_sizes(objects, whole), reuse=True)
    return Analysis(_capture(objects, graph), graph, typed, names, nodes["idom"], held, held_objects)


def _columns(snapshot: Snapshot, name: str) -> dict[str, NDArray[Any]]:
    """Return a table's columns as arrays that are ours to change, read one by one: the table is never held beside."""
    found = {}
    for field in snapshot.file(name).schema_arrow.names:
        array = snapshot.table(name, [field]).column(0).to_numpy()
        found[field] = array if array.flags.writeable and array.flags.owndata else array.copy()
    return found


def _check(good: bool, what: str) -> None:
    if not good:
        raise ValueError(f"its {what} do not fit")


def _within(numbers: NDArray[Any], low: int, high: int) -> bool:
    return not len(numbers) or (int(numbers.min()) >= low and int(numbers.max()) < high)


def _objects(snapshot: Snapshot) -> Objects:
    spans = _columns(snapshot, "_spans")
    _check(_within(spans["elem_size"], 1, 1 << 48) and _within(spans["objects"], 0, 1 << 32), "spans")
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(spans["objects"].astype(np.int64))])
    slot = _columns(snapshot, "_objects")["slot"]
    _check(int(first[-1]) == len(slot), "objects")
    return Objects(first, slot, spans["start"], spans["elem_size"].astype(np.int64), spans["noscan"].astype(np.bool_))


def _graph(snapshot: Snapshot, degree: NDArray[Any], count: int, holders: list[RootHolder]) -> RootedGraph:
    edges, roots = _columns(snapshot, "_edges"), _columns(snapshot, "_roots")
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(degree.astype(np.int64))])
    first = int(start[count])
    _check(int(start[-1]) == len(edges["target"]) and _within(edges["target"], 0, max(count, 1)), "edges")
    _check(len(edges["target"]) - first == len(roots["slot"]), "roots")
    return RootedGraph(
        objects=count,
        holders=holders,
        edges=Edges(start.astype(np.uint32), edges["target"], edges["word"], edges["into"]),
        side=_no_side(),
        slot=roots["slot"],
        conservative=roots["conservative"].astype(np.bool_),
        first_root=first,
    )


def _no_side() -> SideWords:
    none = np.zeros(0, np.uint32)
    return SideWords(none, none, none, none, np.zeros(0, np.uint64))


def _capture(objects: Objects, graph: RootedGraph) -> Capture:
    numbers, words = np.zeros(0, np.uint32), np.zeros(0, np.uint64)
    spans = np.zeros(len(objects.start), np.int64)
    return Capture(
        objects, graph.edges, graph.side, numbers, words, numbers, np.zeros(0, np.int32), [], spans, spans.copy()
    )


def _typed(snapshot: Snapshot, nodes: dict[str, NDArray[Any]], holders: int) -> Typed:
    exprs = StoredExprs(snapshot)
    table = StoredTypes(snapshot)
    holder_expr = _columns(snapshot, "_holder_exprs")["expr"].tolist()
    _check(_within(nodes["expr"], NONE, len(exprs)) and len(holder_expr) == holders, "expressions")
    _check(_within(nodes["value"], NONE, len(table.types)), "types")
    states = np.zeros(len(nodes["value"]), STATE)
    for name, column in (
        ("type", "value"),
        ("owner", "expr"),
        ("score", "score"),
        ("phase", "phase"),
        ("shape", "shape"),
    ):
        states[name] = nodes[column]
    return Typed(
        states,
        cast("TypeTable", table),
        exprs,
        holder_expr,
        lambda _: "",
    )


class StoredExprs(Exprs):
    """The owner expressions of a snapshot, with the numbers that they had: each stands behind its parent."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        for ident, row in enumerate(snapshot.table("_exprs").to_pylist()):
            _check(row["parent"] < ident, "expressions")
            self._all.append(Expr(ident, **row))


class StoredTypes:
    """What is kept of a :class:`goxray.heap.typetable.TypeTable`: ``types``, ``slots``, and which stands where."""

    def __init__(self, snapshot: Snapshot) -> None:
        own = [row for row in snapshot.table("_types").to_pylist() if row["own"]]
        self._words = [row["words"] for row in own]
        self._place = [row["place"] for row in own]
        self._slot_at = snapshot.table("_words").column("slot").to_pylist()
        self.types: list[HeapType] = [
            HeapType(row["name"], row["size"], row["pointers"], self._opener(number), row["scheduler"])
            for number, row in enumerate(own)
        ]
        self.slots = [self._slot(row) for row in snapshot.table("_slots").to_pylist()]

    def _opener(self, number: int) -> Callable[[], list[WordSlot]]:
        def open_type() -> list[WordSlot]:
            found = ((word, self.slot_of(number, word)) for word in range(self._words[number]))
            return [replace(self.slots[slot], word=word) for word, slot in found if slot != NONE]

        return open_type

    def _slot(self, row: dict[str, Any]) -> WordSlot:
        target, other = (self.types[row[name]] if row[name] >= 0 else None for name in ("target", "other"))
        return WordSlot(row["word"], SlotKind(row["kind"]), target, row["form"], other, row["length"])

    def words_of(self, number: int) -> int:
        """Return the words of a type's value; 0 where they do not count."""
        return int(self._words[number])

    def slot_of(self, number: int, word: int) -> int:
        """Return the slot at a word of a type's value; -1 where there is none, or the type was never opened."""
        place = self._place[number]
        if place == NONE or not 0 <= word < self._words[number]:
            return NONE
        return int(self._slot_at[place + word])
