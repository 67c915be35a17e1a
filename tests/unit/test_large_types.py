"""The type recorded with a span counts only where the span is one large object with pointers."""

from __future__ import annotations

import numpy as np

from goxray.goruntime.spans import SpanTable

_WORDS = (
    "freeindex",
    "allocCount",
    "allocCountBeforeCache",
    "allocBits",
    "gcmarkBits",
    "sweepgen",
    "specials",
    "state",
)


def test_types_left_over_from_earlier_use_are_not_believed() -> None:
    """Up to Go 1.23 a large object without pointers keeps what stood there when the span had one with pointers."""
    columns = {name: np.zeros(4, np.int64) for name in _WORDS}
    columns |= {
        "startAddr": np.arange(4, dtype=np.uint64) * np.uint64(1 << 16) + np.uint64(0xC000000000),
        "npages": np.full(4, 8), "elemsize": np.full(4, 1 << 16), "nelems": np.ones(4, np.int64),
        "spanclass": np.array([0, 1, 10, 11], np.uint8), "largeType": np.full(4, 0x50EE40, np.uint64),
    }  # fmt: skip
    assert SpanTable(columns, 8192).large_type.tolist() == [0x50EE40, 0, 0, 0]
