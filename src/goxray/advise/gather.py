"""From what a look or a snapshot holds to evidence: maps by type and owner, strings, and boxes of interface keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from goxray.advise.evidence import Detail, KeyBoxes, MapGroup, Strings
from goxray.goruntime.types import GoType, Kind
from goxray.maps.found import UNKNOWN
from goxray.maps.rows import NOT_REACHED, UNKNOWN_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from goxray.advise.evidence import I64
    from goxray.goruntime.runtime import Global
    from goxray.maps.rows import MapRows

_GOROUTINE = re.compile(r"^goroutine \d+: ")
_KEYS = re.compile(r"^(?P<owner>.*)\(key\)(?:\.\((?P<type>.+)\))$")
_POOL = "sync.Pool"
_POOL_FIELDS = (".local", ".victim")
_POOL_LOCAL = 128
"""Bytes of what a sync.Pool has for each processor (sync.poolLocal, padded)."""

_UNTYPED = re.compile(r"^\? \((\d+) bytes\)$")


def map_groups(rows: MapRows, types: Sequence[GoType | None], pooled: Callable[[str], bool]) -> tuple[MapGroup, ...]:
    """Return the maps by type and owner, the most bytes first.

    Args:
        rows: the maps found, with the columns of their kind.
        types: what is known of each of ``rows.types``; None where it could not be sized.
        pooled: whether an owner is a sync.Pool.
    """
    if not len(rows):
        return ()
    owners, owner_of = _plain_owners(rows)
    key = (rows.type_of.astype(np.int64) + 1) * (len(owners) + 1) + owner_of
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    detail = Detail.of(rows.detail(order))
    found = []
    for first, last in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=True):
        number, owner = int(rows.type_of[order[first]]), owners[int(owner_of[order[first]])]
        part = np.arange(first, last)
        found.append(
            _group(rows, order[first:last], detail.take(part), owner, _named(rows, types, number), pooled(owner))
        )
    return tuple(sorted(found, key=lambda group: (-int(group.bytes.sum()), group.owner, group.name)))


def _named(rows: MapRows, types: Sequence[GoType | None], number: int) -> tuple[str, GoType | None]:
    return (UNKNOWN_TYPE, None) if number == UNKNOWN else (rows.types[number].name, types[number])


def _group(
    rows: MapRows, chosen: I64, detail: Detail, owner: str, named: tuple[str, GoType | None], pooled: bool
) -> MapGroup:
    name, go_type = named
    return MapGroup(
        name=name,
        owner=owner,
        kind=rows.kind,
        addr=rows.addr[chosen],
        entries=np.clip(rows.entries[chosen], 0, rows.slots[chosen]).astype(np.int64),
        slots=rows.slots[chosen],
        tombstones=rows.tombstones[chosen].astype(np.int64),
        bytes=rows.bytes[chosen],
        indirect_bytes=rows.indirect_bytes[chosen],
        rebuilt_bytes=rows.rebuilt_bytes[chosen],
        detail=detail,
        type=go_type,
        pooled=pooled,
    )


def _plain_owners(rows: MapRows) -> tuple[list[str], I64]:
    """Owners without the numbers of goroutines, so that those of one function are one, and each row's number."""
    names = [_GOROUTINE.sub("goroutines: ", owner) for owner in rows.owners] + [NOT_REACHED]
    known: dict[str, int] = {}
    number = np.array([known.setdefault(name, len(known)) for name in names], np.int64)
    return list(known), number[rows.owner_of]


def pools(
    owners: Sequence[str], variables: Iterable[Global] = (), roots: pa.Table | None = None
) -> Callable[[str], bool]:
    """Return what tells whether an owner is a sync.Pool.

    A pool's per-processor lists, its fields ``local`` and ``victim``, show in the owners of the heap's objects. Where
    types of variables are known, an expression is followed through their fields too. Of a snapshot's roots those are
    pools that lead to an array without a type, of so many bytes for each processor, with interfaces in it.
    """
    named = {owner[: owner.rindex(end)] for owner in owners for end in _POOL_FIELDS if _below(owner, end)}
    named |= _untyped_pools(owners, roots)
    known = {variable.name: variable.type for variable in variables}
    return lambda owner: owner in named or _is_pool(owner, known)


def _untyped_pools(owners: Sequence[str], roots: pa.Table | None) -> set[str]:
    if roots is None:
        return set()
    boxing = {owner.partition(".(")[0] for owner in owners if ".(" in owner}
    found = set()
    for row in roots.select(["text", "type"]).to_pylist():
        match = _UNTYPED.match(row["type"] or "")
        if match is not None and int(match[1]) % _POOL_LOCAL == 0 and row["text"] in boxing:
            found.add(row["text"])
    return found


def _below(owner: str, end: str) -> bool:
    return owner.endswith(end) or f"{end}.(" in owner


def _is_pool(owner: str, known: dict[str, GoType]) -> bool:
    """Follow ``main.server.pools[...]`` from the variable through fields, pointers and elems."""
    steps = re.findall(r"\[\.\.\.\]|\.[^.\[\]()]+|[^.\[\]()]+", owner)
    for split in range(len(steps), 0, -1):
        go_type = known.get("".join(steps[:split]))
        if go_type is not None:
            return _follow(go_type, steps[split:])
    return False


def _follow(go_type: GoType, steps: list[str]) -> bool:
    for step in steps:
        while go_type.kind is Kind.POINTER:
            go_type = go_type.elem
        if step == "[...]":
            if go_type.kind not in (Kind.ARRAY, Kind.SLICE, Kind.MAP):
                return False
            go_type = go_type.map_shape.elem if go_type.kind is Kind.MAP else go_type.elem
            continue
        field = go_type.field(step[1:])
        if field is None:
            return False
        go_type = field.type
    while go_type.kind is Kind.POINTER:
        go_type = go_type.elem
    return go_type.name == _POOL


def pinned_strings(collections: pa.Table | None) -> tuple[Strings, ...]:
    """Return the strings of the table ``collections`` by owner."""
    if collections is None:
        return ()
    sums: dict[str, list[int]] = {}
    for row in collections.select(["kind", "owner", "count", "used", "bytes"]).to_pylist():
        if row["kind"] == "string":
            known = sums.setdefault(_GOROUTINE.sub("goroutines: ", row["owner"]), [0, 0, 0])
            for place, name in enumerate(("count", "used", "bytes")):
                known[place] += row[name]
    return tuple(Strings(owner, *figures) for owner, figures in sums.items())


def key_boxes(owners: pa.Table | None) -> tuple[KeyBoxes, ...]:
    """Return what interface keys point to, from the table ``owners``: its texts end in ``(key).(T)``."""
    if owners is None:
        return ()
    found = []
    for row in owners.select(["owner", "objects", "bytes"]).to_pylist():
        match = _KEYS.match(row["owner"] or "")
        if match is not None:
            owner = _GOROUTINE.sub("goroutines: ", match["owner"])
            found.append(KeyBoxes(owner, match["type"], row["objects"], row["bytes"]))
    return tuple(found)
