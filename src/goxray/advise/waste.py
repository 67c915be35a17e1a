"""Which maps are worth a rebuild: rules that would count the same bytes again leave those alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.advise.evidence import MapGroup

LEAST_BYTES = 4096
"""A map that wastes less is not worth a line of code; thousands of those are another rule's matter."""

LEAST_SHARE = 0.5
"""Below half of a map's bytes the next growth would take the gain back soon."""


def worth_rebuilding(group: MapGroup) -> NDArray[np.bool_]:
    """Return which maps of a group waste most of their bytes; bool[N]. Those of a pool are the pool's matter."""
    if group.pooled:
        return np.zeros(len(group), np.bool_)
    wasted = group.bytes - group.rebuilt_bytes
    return (wasted >= LEAST_BYTES) & (wasted >= LEAST_SHARE * group.bytes)
