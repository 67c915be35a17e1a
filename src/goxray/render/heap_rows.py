"""The tables of ``goxray heap`` as plain values, for the renderers that people read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goxray.core.heap_result import HeapResult

    Row = dict[str, Any]


def rows_of(result: HeapResult, table: str, most: int | None = None) -> list[Row]:
    """Return the first ``most`` rows of a table, all by default; none where the result has no such table.

    What is not a number is None.
    """
    if table not in result.tables:
        return []
    whole = result.tables[table]
    return [
        {name: _finite(value) for name, value in raw.items()}
        for raw in (whole if most is None else whole.slice(0, most)).to_pylist()
    ]


def left_out(result: HeapResult, table: str, shown: int) -> int:
    """Return how many rows a table has beyond those shown."""
    return max(result.rows_total.get(table, 0) - shown, 0)


def part(size: int | None, whole: int) -> float | None:
    """Return size / whole; None where there is nothing to divide by."""
    return size / whole if size is not None and whole else None


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
