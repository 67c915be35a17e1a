"""The object graph of an analysis as internal tables of a snapshot; :mod:`goxray.heap.graph_stored` reads them back.

Names of the tables begin with an underscore. ``_spans`` and ``_objects`` are :class:`goxray.heap.graph.Objects`;
``_nodes`` goes over the objects and the holders of roots behind them, ``_edges`` over all their pointers, ``_roots``
over those of the holders, which are the last; ``_exprs``, ``_types``, ``_owners`` are what the numbers in ``_nodes``
mean, and ``_words``, ``_slots`` how the pointer words of a type's values are spelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goxray.heap.graph import NONE
from goxray.heap.graph_stored import stored_analysis, stored_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.core.heap_result import OwnerPath
    from goxray.heap.analysis import Analysis
    from goxray.heap.typetable import TypeTable

__all__ = ["graph_tables", "stored_analysis", "stored_paths"]


def graph_tables(analysis: Analysis, paths: Sequence[OwnerPath] = ()) -> Iterator[tuple[str, pa.Table]]:
    """Yield the internal tables; their columns are the analysis' own arrays, not copied.

    ``paths`` are kept as they are in ``_paths``, so that reports from a file need not read the graph for them.
    """
    objects, graph, typed, names = analysis.objects, analysis.graph, analysis.typed, analysis.names
    yield (
        "_spans",
        _table(
            start=objects.start,
            elem_size=objects.elem_size,
            noscan=objects.noscan,
            objects=np.diff(objects.first),
        ),
    )
    yield "_objects", _table(slot=objects.slot)
    yield (
        "_nodes",
        _table(
            type=names.type_of,
            owner=names.owner_of,
            expr=typed.owner,
            value=typed.type_of,
            score=typed.score,
            phase=typed.phase,
            shape=typed.shape,
            idom=analysis.idom,
            edges=np.diff(graph.edges.start.astype(np.int64)).astype(np.uint32),
        ),
    )
    yield "_edges", _table(target=graph.edges.target, word=graph.edges.word, into=graph.edges.into)
    yield "_roots", _table(slot=graph.slot, conservative=graph.conservative)
    yield "_holders", _records(graph.holders, {"kind": pa.string(), "text": pa.string(), **_HOLDER_NUMBERS})
    yield "_owners", pa.table({"text": pa.array(names.owners, pa.string()), "kind": pa.array(names.kinds, pa.string())})
    yield "_exprs", _records([typed.exprs[i] for i in range(len(typed.exprs))], _EXPR)
    yield "_holder_exprs", _table(expr=np.array(typed.holder_expr, np.int32))
    yield from _type_tables(typed.table, names.types)
    yield "_paths", _records(list(paths), _PATH)


_HOLDER_NUMBERS = {"pc": pa.uint64(), "goid": pa.int64(), "addr": pa.uint64(), "size": pa.uint64()}
_PATH = {
    "frames": pa.list_(pa.string()),
    "objects": pa.int64(),
    "bytes": pa.int64(),
    "retained_bytes": pa.int64(),
}
_EXPR = {
    "text": pa.string(),
    "parent": pa.int32(),
    "type_name": pa.string(),
    "depth": pa.int32(),
    "folded": pa.bool_(),
    "guessed": pa.bool_(),
}


def _type_tables(table: TypeTable, shown: list[str]) -> Iterator[tuple[str, pa.Table]]:
    """``_types``: names to show, of which the first are the table's own; ``_words`` and ``_slots`` lay those out."""
    words, fit, place, scheduler, slot_at, *_ = table.arrays()
    own = len(table.types)
    pad = len(shown) - own
    yield (
        "_types",
        pa.table(
            {
                "name": pa.array(shown, pa.string()),
                "own": pa.array([True] * own + [False] * pad, pa.bool_()),
                "size": pa.array([t.size for t in table.types] + [0] * pad, pa.int64()),
                "words": pa.array(np.concatenate([words, np.zeros(pad, np.int32)])),
                "fit": pa.array(np.concatenate([fit, np.zeros(pad, np.int64)])),
                "place": pa.array(np.concatenate([place, np.full(pad, NONE, np.int64)])),
                "scheduler": pa.array(np.concatenate([scheduler, np.zeros(pad, np.uint8)]).astype(np.bool_)),
                "pointers": pa.array([t.has_pointers for t in table.types] + [True] * pad, pa.bool_()),
            }
        ),
    )
    yield "_words", _table(slot=slot_at)
    number = {t.name: n for n, t in enumerate(table.types)}
    yield (
        "_slots",
        pa.table(
            {
                "word": pa.array([s.word for s in table.slots], pa.int32()),
                "kind": pa.array([int(s.kind) for s in table.slots], pa.int32()),
                "target": pa.array([number[s.target.name] if s.target else NONE for s in table.slots], pa.int32()),
                "other": pa.array([number[s.other.name] if s.other else NONE for s in table.slots], pa.int32()),
                "form": pa.array([s.form for s in table.slots], pa.string()),
                "length": pa.array([s.length for s in table.slots], pa.bool_()),
            }
        ),
    )


def _table(**columns: NDArray[Any]) -> pa.Table:
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def _records(records: list[Any], columns: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([getattr(r, name) for r in records], kind) for name, kind in columns.items()})
