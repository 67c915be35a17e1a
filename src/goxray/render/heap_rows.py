"""The tables of ``goxray heap`` as plain values, for the renderers that people read."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from goxray.core.heap_result import OwnerPath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.heap_result import HeapResult

    Row = dict[str, Any]

_EACH = re.compile(r"^goroutine \d+: ")
_NO_PAGES = ("free pages, returned to the OS", "reserved address space")


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


def account_sizes(rows: list[Row]) -> tuple[list[int], bool]:
    """Return what the account of memory draws for each of its rows, and whether that is what is resident.

    A core does not tell what was resident. Then it is the address space, without the parts that never hold a page.
    """
    if any(row["resident_bytes"] is not None for row in rows):
        return [row["resident_bytes"] or 0 for row in rows], True
    return [0 if row["category"] in _NO_PAGES else row["bytes"] or 0 for row in rows], False


def joined(paths: Sequence[OwnerPath]) -> list[OwnerPath]:
    """Return owner paths with goroutines that run the same function as one, ``goroutine *: main.serve (stack)``.

    A goroutine that is alone with its function keeps its number. Paths that become the same are summed.
    """
    alike = Counter(_EACH.sub("", root) for root in {path.frames[0] for path in paths if path.frames})
    sums: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for path in paths:
        frames = path.frames
        if frames and _EACH.match(frames[0]) and alike[_EACH.sub("", frames[0])] > 1:
            frames = tuple(_EACH.sub("goroutine *: ", frame) for frame in frames)
        objects, size, held = sums.get(frames, (0, 0, 0))
        sums[frames] = (objects + path.objects, size + path.bytes, held + path.retained_bytes)
    return [OwnerPath(frames, *figures) for frames, figures in sums.items()]


def left_out(result: HeapResult, table: str, shown: int) -> int:
    """Return how many rows a table has beyond those shown."""
    return max(result.rows_total.get(table, 0) - shown, 0)


def part(size: int | None, whole: int) -> float | None:
    """Return size / whole; None where there is nothing to divide by."""
    return size / whole if size is not None and whole else None


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
