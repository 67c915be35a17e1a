"""The Arrow tables that ``goxray maps`` shows: rows grouped, sorted, cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goxray.core.schema import MIXED, maps_schema
from goxray.maps.addresses import distinct
from goxray.maps.found import UNKNOWN
from goxray.maps.rows import FOUND_BY, NOT_REACHED, UNKNOWN_NAME, UNKNOWN_TYPE, MapRows, detail_names
from goxray.maps.units import I64

if TYPE_CHECKING:
    from goxray.core.result import Grouping

_SUMMED = ("entries", "full_slots", "slots", "tombstones", "bytes", "indirect_bytes", "rebuilt_bytes", "wasted_bytes")
_PART = 1 << 16
_GOROUTINE = re.compile(r"^goroutine \d+: ")


def sort_keys(entries: I64, slots: I64, size: I64, wasted: I64, by: str) -> I64:
    """Return the order of rows: most of the chosen figure first (least load first), ties by bytes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        load = np.where(slots > 0, entries / np.maximum(slots, 1), np.inf)
    first = {"wasted": -wasted, "bytes": -size, "entries": -entries, "load": load}[by]
    return np.lexsort((-size, first))


def map_table(rows: MapRows, chosen: I64) -> pa.Table:
    """One row a map, for the rows numbered ``chosen``, in that order."""
    types = [t.name for t in rows.types] + [UNKNOWN_TYPE]
    keys = [t.map_shape.key.name for t in rows.types] + [UNKNOWN_NAME]
    elems = [t.map_shape.elem.name for t in rows.types] + [UNKNOWN_NAME]
    owners = [*rows.owners, NOT_REACHED]
    type_of, owner_of = rows.type_of[chosen], rows.owner_of[chosen]
    slots, entries = rows.slots[chosen], rows.entries[chosen]
    columns = {
        "addr": pa.array(rows.addr[chosen]),
        "kind": _words([rows.kind], np.zeros(len(chosen), np.int32)),
        "type": _words(types, _last(type_of, types)),
        "key": _words(keys, _last(type_of, keys)),
        "elem": _words(elems, _last(type_of, elems)),
        "load": _ratio(entries, slots),
        "owner": _words(owners, _last(owner_of, owners)),
        "found_by": _words(list(FOUND_BY), rows.found_by[chosen].astype(np.int32)),
    }
    for name in _SUMMED:
        columns[name] = pa.array(getattr(rows, name)[chosen].astype(np.int64))
    detail = rows.detail(chosen)
    for name in detail_names(rows.kind):
        columns[name] = pa.array(detail[name])
    return _table("none", columns, len(chosen))


@dataclass(frozen=True)
class Groups:
    """Rows by group: ``order`` sorts rows by group, group g is ``order[starts[g]:ends[g]]``, called ``labels[g]``."""

    order: I64
    starts: I64
    ends: I64
    labels: list[str]
    figures: dict[str, I64]

    def sorted_by(self, by: str) -> I64:
        """Return the order in which to show the groups."""
        names = ("entries", "slots", "bytes", "wasted_bytes")
        entries, slots, size, wasted = (self.figures[name] for name in names)
        return sort_keys(entries, slots, size, wasted, by)


def make_groups(rows: MapRows, group: Grouping) -> Groups:
    """Group rows by owner or type and sum their figures (int64, one a group)."""
    labels, member = _labels(rows, group)
    order = np.argsort(member, kind="stable")
    starts = np.flatnonzero(np.diff(member[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    figures = {
        name: np.add.reduceat(getattr(rows, name)[order], starts, dtype=np.int64)
        if len(order)
        else np.zeros(0, np.int64)
        for name in _SUMMED
    }
    return Groups(order, starts, ends, [labels[i] for i in member[order[starts]].tolist()], figures)


def _sums(column: NDArray[Any], order: I64, starts: I64) -> I64:
    if not len(order):
        return np.zeros(0, np.int64)
    sums: I64 = np.add.reduceat(column[order], starts, dtype=np.int64)
    return sums


def group_table(rows: MapRows, group: Grouping, groups: Groups, chosen: I64) -> pa.Table:
    """One row a group, for the groups numbered ``chosen``, in that order."""

    def common(values: NDArray[Any], names: list[str]) -> pa.Array:
        """The members' common value: names[i], or (mixed)."""
        found = []
        for number in chosen.tolist():
            members = values[groups.order[groups.starts[number] : groups.ends[number]]]
            found.append(names[int(members[0])] if (members == members[0]).all() else MIXED)
        return _plain(found)

    figures = {name: column[chosen] for name, column in groups.figures.items()}
    types = [t.name for t in rows.types] + [UNKNOWN_TYPE]
    keys = [t.map_shape.key.name for t in rows.types] + [UNKNOWN_NAME]
    elems = [t.map_shape.elem.name for t in rows.types] + [UNKNOWN_NAME]
    columns: dict[str, pa.Array] = {name: pa.array(column) for name, column in figures.items()}
    columns["count"] = pa.array(groups.ends[chosen] - groups.starts[chosen])
    columns["kind"] = _plain([rows.kind] * len(chosen))
    columns["type"] = common(rows.type_of, types)
    columns["key"] = common(rows.type_of, keys)
    columns["elem"] = common(rows.type_of, elems)
    columns["load"] = _ratio(figures["entries"], figures["slots"])
    columns["found_by"] = common(rows.found_by, list(FOUND_BY))
    columns["owner"] = _plain(_owner_names(rows, group, groups, chosen))
    columns.update(_spread(rows, groups, chosen))
    return _table(group, columns, len(chosen))


def _owner_names(rows: MapRows, group: Grouping, groups: Groups, chosen: I64) -> list[str]:
    """Owners of groups. Goroutines that run the same function are one group, which says how many they are."""
    owners = [*rows.owners, NOT_REACHED]
    named: list[str] = []
    for number in chosen.tolist():
        members = distinct(rows.owner_of[groups.order[groups.starts[number] : groups.ends[number]]])
        names = {owners[member] for member in members.tolist()}
        if len(names) == 1:
            named += names
        elif group == "owner":
            label = groups.labels[number]
            is_stack = _GOROUTINE.match(owners[int(members[0])])
            named.append(f"{len(names):,} goroutines: {label}" if is_stack else label)
        else:
            named.append(MIXED)
    return named


def _labels(rows: MapRows, group: Grouping) -> tuple[list[str], NDArray[np.int32]]:
    """Labels of the groups and the group number (int32) of each row."""
    names = [_GOROUTINE.sub("", o) for o in rows.owners] if group == "owner" else [t.name for t in rows.types]
    names = [*names, NOT_REACHED if group == "owner" else UNKNOWN_TYPE]
    # In the order of their names: equal figures then come out alike whichever way the maps were found.
    known = {name: place for place, name in enumerate(sorted(set(names)))}
    number = np.array([known[name] for name in names], np.int32)
    return list(known), number[rows.owner_of if group == "owner" else rows.type_of]


def _spread(rows: MapRows, groups: Groups, chosen: I64) -> dict[str, pa.Array]:
    """Least, median and greatest load of each group's maps that have slots; null where none has."""
    figures = np.full((3, len(chosen)), np.nan)
    for row, number in enumerate(chosen.tolist()):
        load = _loads(rows, groups.order[groups.starts[number] : groups.ends[number]])
        if len(load):
            figures[:, row] = load.min(), np.median(load, overwrite_input=True), load.max()
    names = ("load_min", "load_median", "load_max")
    return {name: pa.array(column, mask=np.isnan(column)) for name, column in zip(names, figures, strict=True)}


def _loads(rows: MapRows, members: I64) -> NDArray[np.float64]:
    """Entries / slots of those members that have slots, a part at a time: a group can have millions."""
    loads = np.empty(len(members))
    count = 0
    for first in range(0, len(members), _PART):
        part = members[first : first + _PART]
        part = part[rows.slots[part] > 0]
        loads[count : count + len(part)] = rows.entries[part] / rows.slots[part]
        count += len(part)
    return loads[:count]


def _table(group: Grouping, columns: dict[str, pa.Array], count: int) -> pa.Table:
    schema = maps_schema(group)
    arrays = [columns[f.name] if f.name in columns else pa.nulls(count, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _ratio(entries: I64, slots: I64) -> pa.Array:
    return pa.array(entries / np.maximum(slots, 1), mask=slots <= 0)


def _last(index: NDArray[np.int32], names: list[str]) -> NDArray[np.int32]:
    """Unknown (-1) stands for the last name."""
    return np.where(index == UNKNOWN, len(names) - 1, index).astype(np.int32)


def _words(names: list[str], index: NDArray[np.int32]) -> pa.Array:
    """A dictionary column that holds only the names in use."""
    used, compact = np.unique(index, return_inverse=True)
    words = pa.array([names[i] for i in used.tolist()], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(compact.astype(np.int32), pa.int32()), words)


def _plain(names: list[str]) -> pa.Array:
    known: dict[str, int] = {}
    index = pa.array([known.setdefault(name, len(known)) for name in names], pa.int32())
    return pa.DictionaryArray.from_arrays(index, pa.array(list(known), pa.string()))
