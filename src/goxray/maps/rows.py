"""From findings to the columns of core/schema.py: one row a map, or one a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.schema import CLASSIC_DETAIL, SWISS_DETAIL
from goxray.goruntime.types import GoType
from goxray.maps.addresses import distinct
from goxray.maps.census import header_detail
from goxray.maps.found import UNKNOWN
from goxray.maps.headers import Headers
from goxray.maps.inspect import Findings
from goxray.maps.rebuild import Rebuilder, indirect_bytes
from goxray.maps.units import I64, U64, Occupancy

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

UNKNOWN_TYPE = "map[?]?"
UNKNOWN_NAME = "?"
NOT_REACHED = "(not reached)"
FOUND_BY = ("structural", "typed", "both")


@dataclass
class MapRows:
    """One row a map, as numpy columns of one length.

    ``type_of`` and ``owner_of`` (int32) index ``types`` and ``owners``, -1 for unknown; ``found_by`` (int8) indexes
    FOUND_BY. ``detail`` holds the columns of the build's kind of map.
    """

    kind: str
    addr: U64
    type_of: NDArray[np.int32]
    owner_of: NDArray[np.int32]
    found_by: NDArray[np.int8]
    entries: I64
    full_slots: I64
    slots: I64
    tombstones: I64
    bytes: I64
    indirect_bytes: I64
    rebuilt_bytes: I64
    detail: dict[str, I64]
    types: list[GoType]
    owners: list[str]

    def __len__(self) -> int:
        return len(self.addr)

    @property
    def wasted_bytes(self) -> I64:
        """max(0, bytes - rebuilt_bytes) of each map."""
        return np.maximum(0, self.bytes - self.rebuilt_bytes)


def build_rows(findings: Findings, layout: RuntimeLayout, rebuilder: Rebuilder) -> MapRows:
    """Join candidates, stack maps and extras into rows, sorted by address."""
    found, census, listed = findings.found, findings.census, findings.listed
    headers = found.headers.take(listed)
    detail = header_detail(headers)
    detail.update({name: column[listed].astype(np.int64) for name, column in census.detail.items()})
    owners = [expr.text for expr in (findings.exprs[i] for i in range(len(findings.exprs)))]
    rows = MapRows(
        kind=layout.map_kind,
        addr=headers.addr,
        type_of=found.type_of[listed],
        owner_of=found.owner[listed],
        found_by=np.where(found.typed[listed], 2, 0).astype(np.int8),
        entries=headers.entries,
        full_slots=census.full_slots[listed],
        slots=census.slots[listed],
        tombstones=census.tombstones[listed].astype(np.int64),
        bytes=census.bytes[listed],
        indirect_bytes=np.zeros(len(listed), np.int64),
        rebuilt_bytes=np.zeros(len(listed), np.int64),
        detail=detail,
        types=found.types,
        owners=owners,
    )
    for stack_map in findings.stack_maps:
        number = found.type_index(stack_map.type) if stack_map.type is not None else UNKNOWN
        _append(rows, stack_map.headers, number, stack_map.owner, 0, stack_map.occupancy)
    for extra in findings.extras:
        _append(rows, extra.headers, found.type_index(extra.type), extra.owner, 1, extra.occupancy)
    _price(rows, layout, rebuilder)
    return rows


def _append(
    rows: MapRows, headers: Headers, type_of: int, owner: int, found_by: int, counted: Occupancy
) -> None:
    """Add one map that is no candidate."""
    rows.addr = np.append(rows.addr, headers.addr)
    rows.type_of = np.append(rows.type_of, np.int32(type_of))
    rows.owner_of = np.append(rows.owner_of, np.int32(owner))
    rows.found_by = np.append(rows.found_by, np.int8(found_by))
    rows.entries = np.append(rows.entries, headers.entries)
    for name in ("full_slots", "slots", "tombstones", "bytes"):
        setattr(rows, name, np.append(getattr(rows, name), getattr(counted, name)))
    rows.indirect_bytes = np.append(rows.indirect_bytes, 0)
    rows.rebuilt_bytes = np.append(rows.rebuilt_bytes, 0)
    known = {**header_detail(headers), **counted.detail}
    for name, column in rows.detail.items():
        rows.detail[name] = np.append(column, known.get(name, np.zeros(1, np.int64)))


def _price(rows: MapRows, layout: RuntimeLayout, rebuilder: Rebuilder) -> None:
    """Fill in what rebuilding would cost and what hangs on the map by pointer; unknown types waste nothing."""
    rows.rebuilt_bytes[:] = rows.bytes
    for number in distinct(rows.type_of[rows.type_of != UNKNOWN]).tolist():
        here = np.flatnonzero(rows.type_of == number)
        shape = rows.types[number].map_shape
        rows.rebuilt_bytes[here] = rebuilder.bytes(shape, rows.entries[here])
        if shape.indirect_key or shape.indirect_elem:
            rows.indirect_bytes[here] = indirect_bytes(shape, rows.full_slots[here], layout)


def detail_names(kind: str) -> tuple[str, ...]:
    """The detail columns of a kind of map, in the schema's order."""
    return tuple(c.name for c in (CLASSIC_DETAIL if kind == "classic" else SWISS_DETAIL))
