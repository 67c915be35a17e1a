"""Pictures of maps: how full each bucket or group is, folded to what fits on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.result import MapPicture
from goxray.maps.found import UNKNOWN
from goxray.maps.units import I64, Units

if TYPE_CHECKING:
    from goxray.maps.inspect import Findings

_CELLS = 4096


def take_pictures(findings: Findings, count: int) -> list[MapPicture]:
    """Draw the ``count`` maps with most empty bytes; the target must still stand still."""
    found, census = findings.found, findings.census
    listed = findings.listed[found.type_of[findings.listed] != UNKNOWN]
    slots = np.maximum(census.slots[listed], 1)
    empty = census.bytes[listed] * (1 - np.minimum(census.full_slots[listed] / slots, 1.0))
    biggest = listed[np.argsort(-empty, kind="stable")[:count]]
    return [_picture(findings, int(number)) for number in biggest.tolist()]


def _picture(findings: Findings, number: int) -> MapPicture:
    found, census = findings.found, findings.census
    go_type = found.types[int(found.type_of[number])]
    full: list[I64] = []
    dead: list[I64] = []

    def collect(_: object, units: Units) -> None:
        full.append(np.bitwise_count(units.full).astype(np.int64))
        dead.append(np.bitwise_count(units.dead).astype(np.int64))

    census.scan(np.array([number]), go_type.map_shape.unit_size, collect)
    owner = int(found.owner[number])
    fold = max(1, -(-sum(map(len, full)) // _CELLS))
    return MapPicture(
        addr=int(found.headers.addr[number]),
        kind=go_type.map_shape.kind,
        type=go_type.name,
        owner=findings.exprs[owner].text if owner != UNKNOWN else "",
        fold=fold,
        full=_folded(full, fold),
        tombstones=_folded(dead, fold),
    )


def _folded(parts: list[I64], fold: int) -> tuple[float, ...]:
    cells = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    starts = np.arange(0, len(cells), fold)
    if not len(starts):
        return ()
    sums = np.add.reduceat(cells, starts)
    return tuple((sums / np.diff(starts, append=len(cells))).tolist())
