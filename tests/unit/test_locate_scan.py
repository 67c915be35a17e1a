"""The shape of the heap's counters: where nothing stands there are none, however small the heap is."""

from __future__ import annotations

import numpy as np

from goxray.goruntime.locate_scan import heap_stats
from goxray.layout import layout_for


def test_empty_memory_is_no_small_heap() -> None:
    """A heap under a mebibyte lies within the slack of zero: all of a program's empty memory would be tried."""
    layout = layout_for("go1.27.3", "amd64", ())
    in_heap = 300 << 10
    words = np.zeros(1 << 16, np.uint64)
    assert len(heap_stats(words, layout, in_heap)) == 0
    at = 4096
    for field, value in (("inHeap", in_heap), ("committed", in_heap + 8192)):
        words[at + layout.offset("runtime.heapStatsDelta", field) // 8] = value
    assert at in heap_stats(words, layout, in_heap).tolist()
    assert len(heap_stats(words, layout, in_heap)) <= 3
