"""What numpy does slowly the first time: a look in the middle of a watch should not be the one to wait for it."""

from __future__ import annotations

import numpy as np


def warm() -> None:
    """Call once, before the watch begins."""
    few = np.arange(4, dtype=np.uint64)
    np.unique(few)
    np.unique(few, return_index=True)
    np.unique(few, return_inverse=True)
    np.isin(few, few[:2])
    np.unpackbits(few.view(np.uint8), bitorder="little")
