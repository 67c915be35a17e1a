"""Which cycle is of which process: told by what stands before the lines, by the counter, the times and the heap.

A process counts its cycles 1, 2, 3 (``memstats.numgc``) at times that only grow, prints one form of line, and its heap
begins a cycle no smaller than the last one left it. First each cycle is linked to the process whose last one it
follows; where several fit, the one whose heap and goal are nearest. Then the pieces that lost lines left are tied
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core import gctrace_result as g
from goxray.timeline.gctrace.link import ANY, TWICE, link

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_N, _T = g.N, g.T_MS
_STACKS, _SCAN, _JOINED = g.STACKS, g.SCAN_CLOCK, g.JOINED
_OPEN = 256
_SMALL = 4_000
_REPEATED = 3
"""A word before the line must be seen so often to tell processes apart."""

_MOSTLY = 0.5

_MOST_PER_S = 5_000.0
_MOST_CANDIDATES = 64

REPEATED = "the same line once more"
ORDER = "its number or its time does not fit the lines around it"


@dataclass(eq=False)
class Piece:
    """Cycles that follow one another without a gap."""

    cycles: Ints
    key: int = ANY
    process: int = -1
    restart_of: int | None = None


def assign(rows: Ints, compiled: bool | None = None) -> tuple[list[Piece], dict[int, str]]:
    """Give each cycle its process (in column PROCESS) and return the pieces, and the rows that fit nowhere with why.

    ``compiled``: whether to use the kernel; None: where there are many.
    """
    keys = _telling(rows)
    chain, chains = _linked(rows, keys, compiled=len(rows) > _SMALL if compiled is None else compiled)
    order = np.argsort(chain, kind="stable")
    bounds = np.searchsorted(chain[order], np.arange(chains + 1))
    dropped = dict.fromkeys(np.flatnonzero(chain == TWICE).tolist(), REPEATED)
    spans = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    pieces = [Piece(order[low:high], int(keys[order[low:high]].max())) for low, high in spans]
    pieces = _without_strays(rows, pieces, dropped)
    _tie(rows, pieces)
    for piece in pieces:
        rows[piece.cycles, g.PROCESS] = piece.process
    return pieces, dropped


def _linked(rows: Ints, keys: Ints, *, compiled: bool) -> tuple[Ints, int]:
    """Return the chain of each cycle and how many there are; of more names than can be open at once, name by name."""
    if len(np.unique(keys)) > _MOST_CANDIDATES:
        order = np.argsort(keys, kind="stable")
        chain = np.empty(len(rows), np.int64)
        chain[order], chains = _in_order(rows[order], keys[order], compiled=compiled)
        return chain, chains
    return _in_order(rows, keys, compiled=compiled)


def _in_order(rows: Ints, keys: Ints, *, compiled: bool) -> tuple[Ints, int]:
    if not compiled:
        chain, chains = link(rows.tolist(), keys.tolist(), _OPEN)
        return np.array(chain, np.int64), chains
    from goxray.timeline.gctrace import link_kernel

    linked = np.empty(len(rows), np.int64)
    return linked, link_kernel.link(rows, keys, linked, np.empty((_OPEN, 2), np.int64))


def _telling(rows: Ints) -> Ints:
    """Choose for each cycle the words before it that tell processes apart: as written, without digits, or none."""
    exact, loose = rows[:, g.KEY], rows[:, g.LOOSE_KEY]
    if not exact.any():
        return np.zeros(len(rows), np.int64)
    numbers = rows[:, _N]
    return np.where(_tells(exact, numbers), exact, np.where(_tells(loose, numbers), loose, ANY))


def _tells(keys: Ints, numbers: Ints) -> NDArray[np.bool_]:
    """Return for each cycle whether its key is seen often, and is no text that the program left on the line before.

    Cycles behind such text do not follow one another, but the cycle on the line before, which has none.
    """
    _, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(places, kind="stable")
    follows = np.zeros(len(keys), bool)
    follows[order[1:]] = (np.diff(places[order]) == 0) & (np.diff(numbers[order]) == 1)
    glued = np.zeros(len(keys), bool)
    glued[1:] = (np.diff(numbers) == 1) & (np.diff(places) != 0)
    glued &= ~follows
    share = np.bincount(places, glued, len(counts)) / counts
    telling: NDArray[np.bool_] = ((counts >= _REPEATED) & (share < _MOSTLY))[places]
    return telling


def _without_strays(rows: Ints, pieces: list[Piece], dropped: dict[int, str]) -> list[Piece]:
    """Take out single cycles that stand where exactly one is missing and do not fit there: misprinted or mixed."""
    kept = []
    for piece in pieces:
        i = int(piece.cycles[0])
        alone = len(piece.cycles) == 1
        unconfirmed = bool(rows[i, _JOINED]) and rows[i, _N] != 1
        if alone and (unconfirmed or _stray(rows, i, pieces)):
            dropped[i] = ORDER
        else:
            kept.append(piece)
    return kept


def _stray(rows: Ints, i: int, pieces: list[Piece]) -> bool:
    """Return whether cycle ``i``, a piece of its own, stands in the place of another number."""
    if len(pieces) > _MOST_CANDIDATES:
        return False
    for before in pieces:
        last = int(before.cycles[-1])
        if last >= i or len(before.cycles) < 2:
            continue
        for after in pieces:
            first = int(after.cycles[0])
            if first > i and rows[first, _N] == rows[last, _N] + 2 and rows[first, _T] >= rows[last, _T]:
                fits = rows[i, _N] == rows[last, _N] + 1 and rows[last, _T] <= rows[i, _T] <= rows[first, _T]
                return not fits
    return False


def _tie(rows: Ints, pieces: list[Piece]) -> None:
    """Number the processes from 1: a piece goes on where the nearest one before it stopped, or begins a process."""
    count = 0
    ended: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: int(piece.cycles[0])):
        first = int(piece.cycles[0])
        before = [other for other in ended[-_MOST_CANDIDATES:] if int(other.cycles[-1]) < first]
        follows = [other for other in before if _goes_on(rows, other, piece)]
        if rows[first, _N] > 1 and follows:
            nearest = max(follows, key=lambda other: int(rows[other.cycles[-1], _N]))
            piece.process = nearest.process
            ended.remove(nearest)
        else:
            count += 1
            piece.process = count
            gone = [other for other in before if _alike(rows, other, piece)]
            if rows[first, _N] == 1 and gone:
                piece.restart_of = max(gone, key=lambda other: int(other.cycles[-1])).process
        ended.append(piece)


def _alike(rows: Ints, before: Piece, after: Piece) -> bool:
    """Return whether two pieces have the same words before their lines, numbers apart, and one form."""
    a, b = int(before.cycles[-1]), int(after.cycles[0])
    if (rows[a, _STACKS] < 0) != (rows[b, _STACKS] < 0) or (rows[a, _SCAN] < 0) != (rows[b, _SCAN] < 0):
        return False
    return ANY in (before.key, after.key) or bool(rows[a, g.LOOSE_KEY] == rows[b, g.LOOSE_KEY])


def _goes_on(rows: Ints, before: Piece, after: Piece) -> bool:
    """Return whether a piece can be of the same process as another one, some lines later; at once if the words differ.

    Words that differ in their digits alone may be a date's.
    """
    last, first = int(before.cycles[-1]), int(after.cycles[0])
    passed = int(rows[first, _N] - rows[last, _N])
    took = (rows[first, _T] - rows[last, _T]) / 1000
    same = before.key == after.key or ANY in (before.key, after.key)
    most = 1 + took * _MOST_PER_S if same else 1
    return _alike(rows, before, after) and passed > 0 and took >= 0 and passed <= most
