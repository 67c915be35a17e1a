"""Spans are kept for a few objects each: memory that is in use by the heap and holds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import MIB, Facts, held
from goxray.timeline.findings.registry import Rule

_FEWEST = 5
_CYCLES = 2
_SHARE = 0.25
_LEAST = 16 * MIB


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find HeapInuse over HeapAlloc by 25% of it and 16 MiB at least, at all of the last 5 looks and over 2 cycles.

    HeapInuse minus HeapAlloc is memory dedicated to size classes that holds no object now (runtime/mstats.go). It is
    high right after a sweep and goes down as free slots are used again; what stays through cycles is spans that a few
    objects pin. The least of the looks is told.
    """
    inuse, alloc = facts.series("heap_inuse"), facts.series("heap_alloc")
    if inuse is None or alloc is None or len(inuse.t_s) < _FEWEST:
        return
    unused = inuse.values - held(alloc, inuse.t_s)
    bad = (unused >= _SHARE * inuse.values) & (unused >= _LEAST)
    good = np.flatnonzero(~bad)
    first = int(good[-1]) + 1 if len(good) else 0
    cycles = facts.cycles_between(float(inuse.t_s[min(first, len(unused) - 1)]), float(inuse.t_s[-1]))
    if len(unused) - first < _FEWEST or cycles is None or cycles < _CYCLES:
        return
    least = first + int(np.argmin(unused[first:]))
    yield TimelineFinding(
        RULE.id,
        "warning",
        float(inuse.t_s[first]),
        float(inuse.t_s[-1]),
        {
            "unused_bytes": float(unused[least]),
            "inuse_bytes": float(inuse.values[least]),
            "share_percent": 100 * float(unused[least] / inuse.values[least]),
        },
    )


RULE = Rule("fragmentation", ("unused_bytes", "inuse_bytes", "share_percent"), _judge)
