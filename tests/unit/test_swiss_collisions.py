"""Keys whose hashes agree in their upper bits: one operation then splits tables many times."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.model import SwissMap

COMMON = 11
"""Upper hash bits that all keys share: the directory has to tell more bits apart before any table gets room."""


def lowest(values: np.ndarray, seed: int) -> np.ndarray:
    """Hash a key as itself, in the lower bits, spread over probe groups and control bytes but not over tables."""
    return (np.asarray(values, np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)) >> np.uint64(COMMON)


@pytest.mark.parametrize("at_once", [True, False])
def test_splits_in_which_all_keys_fall_into_one_half(at_once: bool) -> None:
    swiss = SwissMap("map[uint64]uint64", "1.27", seed=1)
    swiss.hasher.hash_many = lowest  # type: ignore[assignment, method-assign]
    swiss.hasher.hash_one = lambda value, seed: int(lowest(np.array([value]), seed)[0])  # type: ignore[method-assign]
    keys = np.arange(1, 1501, dtype=np.uint64)
    if at_once:
        swiss.assign_many(keys, keys)
    else:
        for key in keys.tolist():
            swiss.assign(key, key)
    assert len(swiss) == 1500
    assert sorted(swiss.iterate()) == [(key, key) for key in keys.tolist()]
    figures = swiss.figures()
    # A table holds at most 1024 slots, 896 entries: the first bits that part the keys are behind those they share.
    assert figures.entries == 1500
    depths = [e for e in swiss.events if e.kind == "split"]
    assert len(depths) >= COMMON
