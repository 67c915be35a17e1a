"""The call paths that a profile's memory (or time) came by, gathered for a picture: what is too small to see is left.

All samples go one frame inwards at a time, so that the work grows with the depth that is drawn, not with the number
of different stacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from goxray.timeline.pprof.profile import I64, Profile
    from goxray.timeline.pprof.sums import Sums

_DEEPEST = 48
_LEAST = 1 / 2000
"""The share of all below which a path is not followed further: a block narrower than half a pixel."""


def paths(profile: Profile, sums: Sums, column: int) -> list[tuple[tuple[str, ...], int]]:
    """Return call paths by function, the outermost first, with what ends there or goes on too thinly to be seen.

    Only samples with a positive figure count: a picture of widths can show nothing else.
    """
    values = profile.values[:, column]
    chosen = np.flatnonzero((values > 0) & (profile.stacks.lengths > 0))
    if not len(chosen):
        return []
    return _Walk(profile, sums, values[chosen], chosen).paths()


class _Walk:
    def __init__(self, profile: Profile, sums: Sums, values: I64, chosen: I64) -> None:
        stacks = profile.stacks.take(chosen)
        lengths = sums.of_place.lengths
        frames = sums.of_place.take(stacks.items.astype(np.int64))
        counts = np.add.reduceat(lengths[stacks.items], stacks.starts[:-1])
        self._ends = np.cumsum(counts)
        self._left = counts.copy()
        self._frames = frames.items
        self._names = [node.shown for node in sums.nodes]
        self._values = values
        self._least = max(int(values.sum() * _LEAST), 1)

    def paths(self) -> list[tuple[tuple[str, ...], int]]:
        """Follow all samples from the outermost frame inwards."""
        prefixes: list[tuple[int, ...]] = [()]
        group = np.zeros(len(self._values), np.int64)
        active = np.arange(len(self._values))
        found: list[tuple[tuple[str, ...], int]] = []
        for _ in range(_DEEPEST):
            done = self._left[active] == 0
            self._stop(found, prefixes, group[active[done]], active[done])
            active = active[~done]
            if not len(active):
                return found
            node = self._frames[self._ends[active] - self._counted(active)].astype(np.int64)
            key = group[active] * len(self._names) + node
            known, inverse = np.unique(key, return_inverse=True)
            sums = np.zeros(len(known), np.int64)
            np.add.at(sums, inverse, self._values[active])
            thick = sums[inverse] >= self._least
            self._stop(found, prefixes, group[active[~thick]], active[~thick])
            prefixes = [
                (*prefixes[int(each) // len(self._names)], int(each) % len(self._names)) for each in known.tolist()
            ]
            group[active] = inverse
            active = active[thick]
            self._left[active] -= 1
        self._stop(found, prefixes, group[active], active)
        return found

    def _counted(self, active: I64) -> I64:
        """How far from its end each stack's next frame stands: outermost frames are last."""
        whole = np.diff(self._ends, prepend=0)
        return whole[active] - self._left[active] + 1

    def _stop(
        self, found: list[tuple[tuple[str, ...], int]], prefixes: list[tuple[int, ...]], group: I64, samples: I64
    ) -> None:
        if not len(samples):
            return
        sums = np.zeros(len(prefixes), np.int64)
        np.add.at(sums, group, self._values[samples])
        found += [
            (tuple(self._names[node] for node in prefixes[number]), int(sums[number]))
            for number in np.flatnonzero(sums).tolist()
        ]
