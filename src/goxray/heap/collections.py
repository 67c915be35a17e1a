"""How full collections are: maps, slices, channels and the arrays behind strings, by type and owner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goxray.core.errors import GoxrayError
from goxray.core.heap_schema import COLLECTIONS, FILLS
from goxray.heap import fill_kernels as kernels
from goxray.heap.graph import I32, I64, U8, U32, U64
from goxray.heap.heap_tables import table
from goxray.heap.slots import TEXT
from goxray.heap.typing import object_blocks

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.heap.analysis import Analysis
    from goxray.maps.rows import MapRows

_MAX_CHANNEL = 1 << 40
_AT_ONCE = 1 << 20
_FIGURES = ("count", "used", "capacity", "bytes", "wasted_bytes")


@dataclass
class Collections:
    """Rows: kind, type, owner, and figures in the order count, used, capacity, bytes, wasted; and fills by kind."""

    rows: list[tuple[str, str, str, tuple[int, int, int, int, int]]] = field(default_factory=list)
    bins: dict[str, I64] = field(default_factory=dict)

    def add_bins(self, kind: str, used: I64, capacity: I64, size: I64, wasted: I64) -> None:
        """Count collections by tenth of fill; those without room are left out."""
        bins = self.bins.setdefault(kind, np.zeros((kernels.BINS, 3), np.int64))
        some = capacity > 0
        tenth = np.minimum(used[some] * kernels.BINS // capacity[some], kernels.BINS - 1)
        np.add.at(bins, tenth, np.stack([np.ones(int(some.sum()), np.int64), size[some], wasted[some]], axis=1))

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Return the tables ``collections`` (most wasted first) and ``fills``."""
        rows = sorted(self.rows, key=lambda row: (-row[3][4], -row[3][3], row[0], row[2], row[1]))
        values: dict[str, list[object]] = {"kind": [], "type": [], "owner": []}
        values |= {name: [] for name in (*_FIGURES, "fill")}
        for kind, type_name, owner, figures in rows:
            for name, value in zip(("kind", "type", "owner"), (kind, type_name, owner), strict=True):
                values[name].append(value)
            for name, figure in zip(_FIGURES, figures, strict=True):
                values[name].append(figure)
            values["fill"].append(figures[1] / figures[2] if figures[2] else None)
        return table(COLLECTIONS, values), self._fills()

    def _fills(self) -> pa.Table:
        columns: dict[str, list[object]] = {c.name: [] for c in FILLS}
        for kind, bins in self.bins.items():
            for tenth, row in enumerate(bins.tolist()):
                if row[0]:
                    given = (kind, tenth / kernels.BINS, (tenth + 1) / kernels.BINS, *row)
                    for name, value in zip(columns, given, strict=True):
                        columns[name].append(value)
        return table(FILLS, columns)


@dataclass
class LengthSlots:
    """What the words with a length beside them are, in the order of the side words' ``length_edge``.

    ``source`` (uint32) is the object that holds the word, ``slot`` (int32) its slot, -1 where no type says that it is a
    slice or string. ``text`` (uint8) tells for each slot whether it is a string.
    """

    source: U32
    slot: I32
    text: U8

    @classmethod
    def of(cls, analysis: Analysis) -> LengthSlots:
        """Find them."""
        typed, graph = analysis.typed, analysis.graph
        edges, length_edge, types = graph.edges, graph.side.length_edge, typed.table
        words, _, place, _, slot_at, _, _, _, lengthy = types.arrays()
        source, slots = np.empty(len(length_edge), np.uint32), np.empty(len(length_edge), np.int32)
        kernels.owners_of_edges(edges.start, length_edge, source)
        kernels.find_slots(
            source, length_edge, edges.word, typed.type_of, typed.phase, typed.shape, words, place, slot_at, lengthy,
            slots,
        )  # fmt: skip
        return cls(source, slots, np.array([s.target is TEXT for s in types.slots], np.uint8))


def find_collections(runtime: Runtime, analysis: Analysis, maps: MapRows) -> Collections:
    """Count the collections of a heap. Channels are read now, from a target that may run again."""
    found = Collections()
    _add_maps(found, maps)
    _add_slices(found, analysis)
    _add_channels(found, runtime, analysis)
    return found


def _add_maps(found: Collections, maps: MapRows) -> None:
    if not len(maps):
        return
    wasted = maps.wasted_bytes
    found.add_bins("map", maps.entries, maps.slots, maps.bytes, wasted)
    keys = np.stack([maps.type_of, maps.owner_of])
    pairs, inverse = np.unique(keys, axis=1, return_inverse=True)
    inverse = inverse.reshape(-1)
    sums = [
        np.bincount(inverse, weights=column, minlength=pairs.shape[1]).astype(np.int64)
        for column in (np.ones(len(maps)), maps.entries, maps.slots, maps.bytes, wasted)
    ]
    for place, (kind, owner) in enumerate(pairs.T.tolist()):
        name = maps.types[kind].name if kind >= 0 else "map[?]?"
        text = maps.owners[owner] if owner >= 0 else "(not reached)"
        c, u, s, b, w = (int(column[place]) for column in sums)
        found.rows.append(("map", name, text, (c, u, s, b, w)))


def _add_slices(found: Collections, analysis: Analysis) -> None:
    """Slices and strings: every word that a type says is one, with the length and capacity beside it."""
    typed, graph, objects = analysis.typed, analysis.graph, analysis.objects
    edges, side, found_slots = graph.edges, graph.side, LengthSlots.of(analysis)
    source, slots, text = found_slots.source, found_slots.slot, found_slots.text
    element = np.array([s.target.size if s.target else 0 for s in typed.table.slots], np.int64)
    is_text = np.zeros(len(slots), np.uint8)
    for first in range(0, len(slots), _AT_ONCE):  # an index array of 32 bits is widened whole when it is used
        part = slots[first : first + _AT_ONCE]
        is_text[first : first + _AT_ONCE] = np.where(part >= 0, text[part], 0)
    where = kernels.Where(objects.first, object_blocks(objects), objects.elem_size)
    lengths = kernels.Lengths(source, slots, side.length_edge, side.length, side.room, edges.target)
    room, rows = 1 << 14, -1
    while rows < 0:
        seen = np.zeros(len(objects), np.uint32)
        kernels.cover(edges.target, side.length_edge, side.length, is_text, *where, seen)
        sums = kernels.Sums(
            np.zeros(2 * room, np.uint64),
            np.zeros(2 * room, np.int32),
            np.zeros(room, np.uint64),
            np.zeros((room, 5), np.int64),
            np.zeros((2, kernels.BINS, 3), np.int64),
        )
        rows = kernels.add_up(lengths, typed.owner, kernels.Kinds(element, text), where, seen, sums)
        room *= 8
    found.bins |= {"slice": sums.bins[0], "string": sums.bins[1]}
    _name_rows(found, analysis, sums.row_key[:rows], sums.sums[:rows])


def _name_rows(found: Collections, analysis: Analysis, keys: U64, sums: I64) -> None:
    """Add the rows of slices and strings under the names of their owners; alike ones become one."""
    slots, exprs = analysis.typed.table.slots, analysis.typed.exprs
    merged: dict[tuple[str, str, str], I64] = {}
    for key, row in zip(keys.tolist(), sums, strict=True):
        slot = slots[(key & 0xFFFFFFFF) - 1]
        assert slot.target is not None
        kind = "string" if slot.target is TEXT else "slice"
        name = "string" if kind == "string" else slot.target.name.replace("[...]", "[]", 1)
        form = slot.form.removesuffix("[...]") if kind == "slice" else slot.form
        text = form.replace("{p}", exprs[(key >> 32) - 1].text)
        known = merged.setdefault((kind, name, text), np.zeros(5, np.int64))
        known += row
    for (kind, name, text), row in merged.items():
        if kind == "slice" or row[kernels.WASTED]:
            c, u, s, b, w = row.tolist()
            found.rows.append((kind, name, text, (c, u, s, b, w)))


def _add_channels(found: Collections, runtime: Runtime, analysis: Analysis) -> None:
    """Channels with a buffer: runtime.hchan's qcount and dataqsiz (runtime/chan.go)."""
    names, layout = analysis.names, runtime.layout
    kinds = [i for i, name in enumerate(names.types) if name.startswith("chan ")]
    chosen = np.flatnonzero(np.isin(names.type_of[: analysis.graph.objects], kinds) & analysis.reached)
    if not len(chosen):
        return
    offsets = [layout.offset("runtime.hchan", name) for name in ("qcount", "dataqsiz")]
    size_at = layout.offset("runtime.hchan", "elemsize")
    addrs = analysis.objects.addrs(chosen)
    try:
        words, ok = runtime.memory.gather(addrs, offsets)
        sizes, fine = runtime.memory.gather(addrs, [size_at & ~7])
    except GoxrayError:
        return
    step = ((sizes[:, 0] >> np.uint64(8 * (size_at & 7))) & np.uint64(0xFFFF)).astype(np.int64)
    sane = ok & fine & (words[:, 1] > 0) & (words[:, 1] < _MAX_CHANNEL) & (words[:, 0] <= words[:, 1])
    _sum_channels(found, analysis, chosen[sane], words[sane].astype(np.int64), step[sane])


def _sum_channels(found: Collections, analysis: Analysis, chosen: NDArray[np.int64], words: I64, step: I64) -> None:
    used, room = words[:, 0], words[:, 1]
    size, wasted = room * step, (room - used) * step
    found.add_bins("chan", used, room, size, wasted)
    names = analysis.names
    pairs = np.stack([names.type_of[chosen], names.owner_of[chosen]])
    kinds, inverse = np.unique(pairs, axis=1, return_inverse=True)
    inverse = inverse.reshape(-1)
    for place, (kind, owner) in enumerate(kinds.T.tolist()):
        mine = inverse == place
        u, r, b, w = (int(column[mine].sum()) for column in (used, room, size, wasted))
        figures = (int(mine.sum()), u, r, b, w)
        found.rows.append(("chan", names.types[kind], names.owners[owner], figures))
