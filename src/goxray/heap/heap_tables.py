"""The tables of ``goxray heap`` from an analysis: types, owners, the top of the dominator tree, owner paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goxray.core.heap_result import OwnerPath
from goxray.core.heap_schema import DOMINATORS, HEAP_SCHEMA_ID, OWNERS, RSS, SUSPECTS, TYPES, arrow_schema
from goxray.core.schema import Column
from goxray.heap.analysis import Analysis
from goxray.heap.graph import I32, I64
from goxray.heap.retained import retained_by_group, tree_order
from goxray.heap.rss import RssRow
from goxray.heap.suspects import Suspect, Tree, find_suspects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.maps.exprs import Exprs

_KEPT = 10_000
_FROM = 64 << 10
_PARTS = ("(groups)", "(table)", "(directory)", "(buckets)", "(extra)", "(overflow list)", "(overflow list header)")
"""Parts of maps, which nobody thinks of as members of anything."""


def table(columns: tuple[Column, ...], values: dict[str, Any]) -> pa.Table:
    """Make a table in these columns; ``values`` are arrays, or (numbers, names) pairs for dictionary columns."""
    schema = arrow_schema(columns, HEAP_SCHEMA_ID)
    arrays = []
    for column, field in zip(columns, schema, strict=True):
        value = values[column.name]
        if isinstance(value, tuple):
            numbers, names = value
            value = pa.DictionaryArray.from_arrays(
                pa.array(np.asarray(numbers, np.int32), mask=np.asarray(numbers) < 0), pa.array(names, pa.string())
            )
        elif column.kind == "dictionary":
            value = pa.array(value, pa.string()).dictionary_encode()
        arrays.append(pa.array(value, field.type) if not isinstance(value, pa.Array) else value.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


class HeapTables:
    """Makes the tables of one analysis, whole and sorted; cutting them is the caller's business."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._count = analysis.graph.objects
        self._order = tree_order(analysis.idom, analysis.held_objects)
        names = analysis.names
        self._held_by_type = self._held(names.type_of, len(names.types))
        self._held_by_owner = self._held(names.owner_of, len(names.owners))

    def _held(self, group: I32, groups: int) -> I64:
        analysis = self._analysis
        return retained_by_group(self._order, analysis.held, analysis.held_objects, group, groups)

    def types(self) -> pa.Table:
        """Objects that a root reaches, by type."""
        names = self._analysis.names
        count, size = self._analysis.totals(names.type_of, len(names.types), alive_only=True)
        order = np.lexsort((np.arange(len(count)), -count, -size))
        order = order[count[order] > 0]
        held = self._held_by_type[order]
        return table(
            TYPES,
            {"type": (order, names.types), "objects": count[order], "bytes": size[order], "retained_bytes": held},
        )

    def owners(self) -> pa.Table:
        """All objects by owner; those that no root reaches have one of their own."""
        names = self._analysis.names
        count, size = self._analysis.totals(names.owner_of, len(names.owners), alive_only=False)
        held = self._held_by_owner
        order = np.lexsort((np.arange(len(count)), -size, -np.maximum(held, size)))
        order = order[(count[order] > 0) | (held[order] > 0)]
        values = {"objects": count[order], "bytes": size[order], "retained_bytes": held[order]}
        kinds = [names.kinds[i] for i in order.tolist()]
        return table(OWNERS, {"owner": (order, names.owners), "kind": kinds, **values})

    def dominators(self) -> pa.Table:
        """The objects that keep most alive: all from 64 KiB on, and at least the first 10,000."""
        held = self._analysis.held[: self._count]
        kept = min(_KEPT, int(self._analysis.reached_by_span().sum()))
        least = _FROM
        chosen = np.flatnonzero(held >= least)
        while len(chosen) < kept:  # unreachable objects retain nothing
            least //= 2
            chosen = np.flatnonzero(held >= max(least, 1))
        chosen = chosen[np.lexsort((chosen, -held[chosen]))]
        return self.objects(chosen[: max(kept, int((held[chosen] >= _FROM).sum()))])

    def objects(self, chosen: NDArray[np.int64]) -> pa.Table:
        """Chosen objects in the columns of ``dominators``."""
        analysis, names = self._analysis, self._analysis.names
        return table(
            DOMINATORS,
            {
                "addr": analysis.objects.addrs(chosen),
                "type": (names.type_of[chosen], names.types),
                "owner": (names.owner_of[chosen], names.owners),
                "bytes": analysis.objects.sizes(chosen),
                "retained_bytes": analysis.held[chosen],
                "retained_objects": analysis.held_objects[chosen].astype(np.int64),
            },
        )

    def suspects(self) -> pa.Table:
        """What keeps a tenth of the heap or more alive, and where below it the memory piles up."""
        analysis, names = self._analysis, self._analysis.names
        tree = Tree(self._order, analysis.held, analysis.held_objects, names.type_of, names.owner_of)
        through = np.array([name.endswith(_PARTS) for name in names.types], np.bool_)
        rows = [self._suspect(one) for one in find_suspects(tree, len(names.types), len(names.owners), through=through)]
        return table(SUSPECTS, {c.name: [row[c.name] for row in rows] for c in SUSPECTS})

    def _suspect(self, one: Suspect) -> dict[str, Any]:
        """One suspect as a row. A holder of roots is no object: it is shown as an owner."""
        names = self._analysis.names
        inline = 0 <= 2 * one.member_bytes < one.point_bytes  # the array itself holds the memory, not what hangs on it
        point_owner = names.owner_of[one.point] if one.point >= 0 else one.owner
        return {
            "kind": "object" if 0 <= one.object < self._count else "owner",
            "owner": names.owners[one.owner] if one.owner >= 0 else None,
            "type": names.types[one.type] if one.type >= 0 else None,
            "addr": self._addr(one.object),
            "count": one.count,
            "retained_bytes": one.retained_bytes,
            "retained_objects": one.retained_objects,
            "share": one.share,
            "accumulation_owner": names.owners[int(point_owner)] if point_owner >= 0 else None,
            "accumulation_type": names.types[one.point_type] if one.point_type >= 0 else None,
            "accumulation_addr": self._addr(one.point),
            "accumulation_bytes": one.point_bytes,
            "accumulation_objects": 0 if inline else one.point_objects,
            "accumulation_member_type": names.types[one.member_type] if one.member_type >= 0 and not inline else None,
        }

    def _addr(self, number: int) -> int | None:
        if not 0 <= number < self._count:
            return None
        return int(self._analysis.objects.addrs(np.array([number]))[0])

    def paths(self) -> list[OwnerPath]:
        """Objects by owner path, for flame graphs."""
        typed = self._analysis.typed
        count = len(typed.exprs)
        objects, size = self._analysis.totals(typed.owner, count, alive_only=True)
        held = self._held(typed.owner, count)
        found = []
        for ident in np.flatnonzero(objects).tolist():
            frames = _frames(typed.exprs, ident)
            found.append(OwnerPath(frames, int(objects[ident]), int(size[ident]), int(held[ident])))
        return found


def _frames(exprs: Exprs, ident: int) -> tuple[str, ...]:
    """The expressions from the root to one, each once."""
    frames: list[str] = []
    while ident >= 0:
        expr = exprs[ident]
        if not frames or frames[-1] != expr.text:
            frames.append(expr.text)
        ident = expr.parent
    return tuple(reversed(frames))


def rss_rows(rows: Sequence[RssRow]) -> pa.Table:
    """The account of RSS as a table, in its own order."""
    return table(
        RSS,
        {
            "category": [row.category for row in rows],
            "bytes": [row.bytes for row in rows],
            "resident_bytes": [row.resident_bytes for row in rows],
        },
    )
