"""From findings to the columns of core/schema.py: one row a map, or one a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.schema import CLASSIC_DETAIL, SWISS_DETAIL
from goxray.goruntime.types import GoType
from goxray.maps.addresses import distinct
from goxray.maps.census import header_detail
from goxray.maps.found import UNKNOWN
from goxray.maps.headers import Headers
from goxray.maps.inspect import Findings
from goxray.maps.prices import Rebuilder, indirect_bytes
from goxray.maps.units import I64, U64, Occupancy

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

UNKNOWN_TYPE = "map[?]?"
UNKNOWN_NAME = "?"
NOT_REACHED = "(not reached)"
_PRICED_AT_ONCE = 1 << 17
FOUND_BY = ("structural", "typed", "both")


@dataclass
class MapRows:
    """One row a map, as numpy columns of one length.

    ``type_of`` and ``owner_of`` (int32) index ``types`` and ``owners``, -1 for unknown; ``found_by`` (int8) indexes
    FOUND_BY. ``detail`` gives the columns of the build's kind of map for some rows.
    """

    kind: str
    addr: U64
    type_of: NDArray[np.int32]
    owner_of: NDArray[np.int32]
    found_by: NDArray[np.int8]
    entries: I64
    full_slots: I64
    slots: I64
    tombstones: NDArray[np.int32]
    bytes: I64
    indirect_bytes: I64
    rebuilt_bytes: I64
    detail: Callable[[I64], dict[str, I64]]
    types: list[GoType]
    owners: list[str]

    def __len__(self) -> int:
        return len(self.addr)

    @property
    def wasted_bytes(self) -> I64:
        """max(0, bytes - rebuilt_bytes) of each map."""
        wasted: I64 = np.maximum(0, self.bytes - self.rebuilt_bytes)
        return wasted


@dataclass(frozen=True)
class _Single:
    """A map that is no candidate: one header, the numbers of its type and owner, how it was found, its figures."""

    headers: Headers
    type_of: int
    owner: int
    found_by: int
    counted: Occupancy


def build_rows(findings: Findings, layout: RuntimeLayout, rebuilder: Rebuilder, *, detail: bool) -> MapRows:
    """Join candidates, stack maps and extras into rows: candidates by address, then the others.

    Uses up the census, and without ``detail`` the headers too: millions of maps are not held twice.
    """
    found, census, listed = findings.found, findings.census, findings.listed
    singles = _singles(findings)
    whole = len(listed) == len(found.headers.addr)
    left_open = (found.type_of == UNKNOWN) & (found.open_of != UNKNOWN)
    found.type_of[left_open] = len(found.types) + found.open_of[left_open]

    def joined(holder: object, name: str, values: list[Any], *, keep: bool = False) -> NDArray[Any]:
        column: NDArray[Any] = getattr(holder, name)
        if not keep:
            setattr(holder, name, column[:0].copy())
        own = column if whole else column[listed]
        return np.concatenate([own, np.array(values, own.dtype)]) if values else own

    found_by = joined(found, "typed", [s.found_by == 1 for s in singles]).astype(np.int8)
    found_by[: len(listed)] *= 2
    count = found.headers.entries_field
    rows = MapRows(
        kind=layout.map_kind,
        type_of=joined(found, "type_of", [s.type_of for s in singles]),
        owner_of=joined(found, "owner", [s.owner for s in singles]),
        found_by=found_by,
        full_slots=joined(census, "full_slots", [s.counted.full_slots[0] for s in singles]),
        slots=joined(census, "slots", [s.counted.slots[0] for s in singles]),
        tombstones=joined(census, "tombstones", [s.counted.tombstones[0] for s in singles]),
        bytes=joined(census, "bytes", [s.counted.bytes[0] for s in singles]),
        addr=joined(found.headers, "addr", [s.headers.addr[0] for s in singles], keep=detail),
        entries=joined(found.headers, count, [s.headers.entries[0] for s in singles], keep=detail),
        indirect_bytes=np.zeros(0, np.int64),
        rebuilt_bytes=np.zeros(0, np.int64),
        detail=(lambda chosen: _detail(findings, singles, chosen)) if detail else _no_detail,
        types=found.types + found.open_types,
        owners=[findings.exprs[i].text for i in range(len(findings.exprs))],
    )
    if not detail:
        found.headers = found.headers.take(np.zeros(0, np.int64))
    _price(rows, layout, rebuilder)
    return rows


def _no_detail(_: I64) -> dict[str, I64]:
    return {}


def _singles(findings: Findings) -> list[_Single]:
    found = findings.found
    singles = [
        _Single(m.headers, found.type_index(m.type) if m.type else UNKNOWN, m.owner, 0, m.occupancy)
        for m in findings.stack_maps
    ]
    return singles + [_Single(e.headers, found.type_index(e.type), e.owner, 1, e.occupancy) for e in findings.extras]


def _detail(findings: Findings, singles: list[_Single], chosen: I64) -> dict[str, I64]:
    """The kind's own columns for the rows numbered ``chosen``."""
    census, listed = findings.census, findings.listed
    candidates = chosen < len(listed)
    numbers = listed[chosen[candidates]]
    columns = header_detail(findings.found.headers.take(numbers))
    columns.update({name: column[numbers].astype(np.int64) for name, column in census.detail.items()})
    detail = {}
    for name, values in columns.items():
        detail[name] = np.zeros(len(chosen), np.int64)
        detail[name][candidates] = values
    for row in np.flatnonzero(~candidates).tolist():
        single = singles[int(chosen[row]) - len(listed)]
        for name, values in {**single.counted.detail, **header_detail(single.headers)}.items():
            detail[name][row] = int(values[0])
    return detail


def _price(rows: MapRows, layout: RuntimeLayout, rebuilder: Rebuilder) -> None:
    """Fill in what rebuilding would cost and what hangs on the map by pointer; unknown types waste nothing."""
    rows.rebuilt_bytes = rows.bytes.copy()
    rows.indirect_bytes = np.zeros(len(rows), np.int64)
    for first in range(0, len(rows), _PRICED_AT_ONCE):
        part = slice(first, first + _PRICED_AT_ONCE)
        type_of = rows.type_of[part]
        for number in distinct(type_of[type_of != UNKNOWN]).tolist():
            here = first + np.flatnonzero(type_of == number)
            shape = rows.types[number].map_shape
            entries = np.clip(rows.entries[here], 0, rows.slots[here])  # a broken header may claim anything
            rows.rebuilt_bytes[here] = rebuilder.bytes(shape, entries)
            if shape.indirect_key or shape.indirect_elem:
                rows.indirect_bytes[here] = indirect_bytes(shape, rows.full_slots[here], layout)


def detail_names(kind: str) -> tuple[str, ...]:
    """The detail columns of a kind of map, in the schema's order."""
    return tuple(c.name for c in (CLASSIC_DETAIL if kind == "classic" else SWISS_DETAIL))
