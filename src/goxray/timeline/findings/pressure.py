"""How little room the goal leaves above live heap, and how much of the time cycles run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.findings.facts import MIB, in_bad_windows, window_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.timeline.findings.facts import Cycles

SMALLEST = 8 * MIB
"""Heaps below are left to another rule: their goal is the least one, 4 MiB at GOGC=100 (defaultHeapMinimum)."""

_SPIRAL = 5
_BUSY = 0.75
_NO_ROOM = 0.05


def room_share(cycles: Cycles) -> NDArray[np.float64]:
    """Return how much room each cycle's goal left above what was live, as a share of that; infinite where not known.

    Rounded sizes are taken in favour of more room. Forced cycles and small heaps have infinite room: neither ran
    because of its goal.
    """
    before = np.concatenate([[np.nan], cycles.live[:-1]])
    share = (cycles.headroom + cycles.rounding) / np.where(before > 0, before, np.nan)
    out = np.isnan(share) | (cycles.forced == 1) | (before < SMALLEST)
    return np.where(out, np.inf, share)


def busy_share(cycles: Cycles, size: int) -> NDArray[np.float64]:
    """Return for each window of that many neighbours how much of the time from first start to last end they ran."""
    ran = window_sums(cycles.end - cycles.start, size)
    return ran / np.maximum(cycles.end[size - 1 :] - cycles.start[: len(cycles) - size + 1], 1e-9)


def spiralling(cycles: Cycles) -> NDArray[np.bool_]:
    """Return which cycles belong to a death spiral: 5 in a row with no room to speak of, running 75% of the time.

    No room is 5% of live heap: the goal is never set below live heap, and set to it when there is no other way to stay
    under the limit (memoryLimitHeapGoal, runtime/mgcpacer.go).
    """
    if len(cycles) < _SPIRAL:
        return np.zeros(len(cycles), dtype=np.bool_)
    tight = room_share(cycles) <= _NO_ROOM + np.nan_to_num(cycles.rounding / np.maximum(cycles.live, 1.0))
    all_tight = window_sums(tight.astype(np.float64), _SPIRAL) == _SPIRAL
    return in_bad_windows(all_tight & (busy_share(cycles, _SPIRAL) >= _BUSY), _SPIRAL, len(cycles))
