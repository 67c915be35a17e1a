"""The rows of a result's table as typed values: what the human-readable renderers work on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from goxray.core.result import MapsResult


@dataclass(frozen=True)
class Row:
    """One row of the table: a map (``addr`` is set) or a group of ``count`` maps.

    Loads are None where there are no slots; ``spread`` is the least, median and greatest load of a group.
    """

    addr: int | None
    count: int
    kind: str
    type: str
    entries: int
    full_slots: int
    slots: int
    tombstones: int
    load: float | None
    bytes: int
    indirect_bytes: int
    rebuilt_bytes: int
    wasted_bytes: int
    owner: str
    found_by: str
    spread: tuple[float | None, float | None, float | None] | None


def rows_of(result: MapsResult, most: int | None = None) -> list[Row]:
    """Return the table's first ``most`` rows, all of them by default, in the table's order."""
    table = result.table if most is None else result.table.slice(0, most)
    return list(_rows(table))


def _rows(table: pa.Table) -> Iterator[Row]:
    for raw in table.to_pylist():
        grouped = "count" in raw
        yield Row(
            addr=None if grouped else raw["addr"],
            count=raw["count"] if grouped else 1,
            kind=raw["kind"] or "",
            type=raw["type"] or "",
            entries=raw["entries"] or 0,
            full_slots=raw["full_slots"] or 0,
            slots=raw["slots"] or 0,
            tombstones=raw["tombstones"] or 0,
            load=_load(raw["load"]),
            bytes=raw["bytes"] or 0,
            indirect_bytes=raw["indirect_bytes"] or 0,
            rebuilt_bytes=raw["rebuilt_bytes"] or 0,
            wasted_bytes=raw["wasted_bytes"] or 0,
            owner=raw["owner"] or "",
            found_by=raw["found_by"] or "",
            spread=_spread(raw) if grouped else None,
        )


def _spread(raw: dict[str, float | None]) -> tuple[float | None, float | None, float | None]:
    return _load(raw["load_min"]), _load(raw["load_median"]), _load(raw["load_max"])


def _load(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
