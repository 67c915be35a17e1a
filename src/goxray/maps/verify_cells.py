"""The invariants inside classic buckets: the order of empty marks along a chain, and where keys stand."""

from __future__ import annotations

import numpy as np

from goxray.maps.verify_rules import Flags, Ints, Report, Rule
from goxray.maps.verify_views import BLOCK, SLOTS, Bytes, ClassicBuckets, Words

EMPTY_REST = 0
EMPTY_ONE = 1
"""Marks of empty cells (runtime/map.go): nothing follows; something does."""

_MIN_TOPHASH = 5
_TOP_SHIFT = np.uint64(56)


def place_of(buckets: ClassicBuckets, row: int, cell: int | None = None) -> str:
    """Name a bucket of a chain, and one of its cells."""
    depth = int(buckets.depth[row])
    name = f"{'old ' if buckets.old[row] else ''}bucket {buckets.bucket[row]}"
    name += f" overflow {depth}" if depth else ""
    return name if cell is None else f"{name} slot {cell}"


def check_chains(buckets: ClassicBuckets, gone: Flags, report: Report) -> None:
    """Check the empty marks along every chain that is not evacuated (``gone``, bool[r]).

    A chain reads: full cells and emptyOne in any order, the last of them full, then emptyRest to its end. Inserts take
    the first empty cell; a delete before emptyRest turns itself and the emptyOne cells before it to emptyRest
    (mapassign, mapdelete).
    """
    rows = np.flatnonzero(~gone)
    overflowing = bool((buckets.depth[rows] > 0).any())
    if overflowing:
        keys = (buckets.depth[rows], buckets.bucket[rows], buckets.old[rows], buckets.map[rows])
        rows = rows[np.lexsort(keys)]
    marks = buckets.tophash[rows]
    linked = buckets.depth[rows] > 0  # the row goes on where the one before ended
    rest = marks == EMPTY_REST
    _check_rest(buckets, rows, marks, _after_rest(rest, linked) & ~rest, report)
    following = np.zeros(marks.shape, np.uint8)  # past the end of a chain everything is emptyRest
    following[:, :-1] = marks[:, 1:]
    if overflowing:
        following[:-1, -1] = np.where(linked[1:], marks[1:, 0], EMPTY_REST)
    if buckets.cut is not None:
        following[buckets.cut[rows], -1] = EMPTY_ONE  # what follows is not known: nothing to tell
    at = np.flatnonzero((marks == EMPTY_ONE) & (following == EMPTY_REST))
    report.add(
        Rule.EMPTY_ONE,
        at,
        buckets.map[rows[at // SLOTS]],
        lambda c: (place_of(buckets, rows[c // SLOTS], c % SLOTS), "emptyOne with nothing full after it"),
    )


def _after_rest(rest: Flags, linked: Flags) -> Flags:
    """Which cells have an emptyRest somewhere before them in their chain: bool like ``rest``."""
    seen = rest.copy()
    for cell in range(1, SLOTS):  # column by column is faster than accumulating along short rows
        seen[:, cell] |= seen[:, cell - 1]
    if linked.any():
        ended = seen[:, -1].astype(np.int64)
        before = np.cumsum(ended) - ended
        heads = np.maximum.accumulate(np.where(linked, 0, np.arange(linked.size)))
        seen |= (linked & (before > before[heads]))[:, None]
    return seen


def _check_rest(buckets: ClassicBuckets, rows: Ints, marks: Bytes, late: Flags, report: Report) -> None:
    """Tell the first such cell of each bucket."""
    at = np.flatnonzero(late.any(axis=1))

    def tell(row: int) -> tuple[str, str]:
        cell = int(late[row].argmax())
        ends = np.flatnonzero(marks[row, :cell] == EMPTY_REST)
        end = f"slot {ends[-1]}, which is" if ends.size else "a cell"
        return place_of(buckets, rows[row], cell), f"tophash {marks[row, cell]} after {end} marked emptyRest"

    report.add(Rule.EMPTY_REST, at, buckets.map[rows[at]], tell)


def check_hashes(buckets: ClassicBuckets, hashes: Words, known: Flags, mask: Ints, report: Report) -> None:
    """Check where keys with a known hash (bool[r, 8]) stand; a cell is told by the first rule it breaks.

    ``mask`` (int64[r]) is the number of buckets of the row's array minus one.
    """
    for start in range(0, known.shape[0], BLOCK):
        cells = np.flatnonzero(known[start : start + BLOCK]) + start * SLOTS
        _check_cells(buckets, hashes.reshape(-1), cells, mask, report)


def _check_cells(buckets: ClassicBuckets, hashed: Words, cells: Ints, mask: Ints, report: Report) -> None:
    marks = buckets.tophash.reshape(-1)
    rows = cells // SLOTS
    of_cell = hashed[cells]
    selected = (of_cell & mask[rows].astype(np.uint64)).astype(np.int64)
    elsewhere = selected != buckets.bucket[rows]
    at = np.flatnonzero(elsewhere)
    report.add(
        Rule.WRONG_BUCKET,
        cells[at],
        buckets.map[rows[at]],
        lambda c: (
            place_of(buckets, c // SLOTS, c % SLOTS),
            f"the key's hash {int(hashed[c]):#018x} leads to bucket {int(hashed[c]) & int(mask[c // SLOTS])}",
        ),
    )
    top = (of_cell >> _TOP_SHIFT).astype(np.uint8)
    top += np.where(top < _MIN_TOPHASH, np.uint8(_MIN_TOPHASH), np.uint8(0))
    at = np.flatnonzero(~elsewhere & (top != marks[cells]))
    report.add(
        Rule.TOPHASH,
        cells[at],
        buckets.map[rows[at]],
        lambda c: (
            place_of(buckets, c // SLOTS, c % SLOTS),
            f"tophash {int(marks[c]):#04x}, but the key's hash is {int(hashed[c]):#018x}",
        ),
    )
