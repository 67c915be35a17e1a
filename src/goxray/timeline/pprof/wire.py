"""Large profiles taken apart by compiled kernels: see :mod:`goxray.timeline.pprof.raw` for what comes out."""

from __future__ import annotations

import numpy as np

from goxray.timeline.pprof import wire_kernels as kernels
from goxray.timeline.pprof.profile import BadProfile
from goxray.timeline.pprof.raw import I64, RawProfile

_MOST_ITEMS = 1 << 27
"""So many numbers in all take 1 GiB: no profile of the largest size that is read has nearly as many."""


_UNSIGNED = frozenset({"places", "mappings", "locations", "lines", "functions"})


def from_wire(raw: bytes | bytearray, name: str) -> RawProfile | None:
    """Take a message apart; None where it is odd or damaged, of which the protobuf library must judge.

    Raises:
        BadProfile: it holds more numbers than any profile.
    """
    data = np.frombuffer(raw, np.uint8)
    counts, row = np.zeros(kernels.TABLES, np.int64), np.zeros(8, np.int64)
    if not kernels.walk(data, False, counts, _tables(np.zeros(kernels.TABLES, np.int64)), row):
        return None
    if int(counts.sum()) > _MOST_ITEMS:
        raise BadProfile(f"{name} holds {int(counts.sum()):,} numbers: no profile has so many")
    tables = _tables(counts)
    again = np.zeros_like(counts)
    kernels.walk(data, True, again, tables, row)
    for starts, what in (
        (tables.value_starts, kernels.VALUES),
        (tables.place_starts, kernels.PLACES),
        (tables.label_starts, kernels.LABELS),
        (tables.line_starts, kernels.LINES),
    ):
        starts[-1] = counts[what]
    head = tables.head
    view = memoryview(raw)
    return RawProfile(
        **{
            name: value.view(np.uint64) if name in _UNSIGNED else value
            for name, value in tables._asdict().items()
            if name not in ("strings", "head")
        },
        strings=[bytes(view[first:last]) for first, last in tables.strings.tolist()],
        head=np.array([*head[:4], head[9], head[10], head[5], head[7], 0], np.int64),
    )


def _tables(counts: I64) -> kernels.Tables:
    samples, locations = int(counts[kernels.SAMPLES]), int(counts[kernels.LOCATIONS])

    def rows(what: int, *width: int) -> I64:
        return np.zeros((int(counts[what]), *width), np.int64)

    return kernels.Tables(
        types=rows(kernels.TYPES, 2),
        value_starts=np.zeros(samples + 1, np.int64),
        values=rows(kernels.VALUES),
        place_starts=np.zeros(samples + 1, np.int64),
        places=rows(kernels.PLACES),
        label_starts=np.zeros(samples + 1, np.int64),
        labels=rows(kernels.LABELS, 4),
        mappings=rows(kernels.MAPPINGS, 6),
        locations=rows(kernels.LOCATIONS, 4),
        line_starts=np.zeros(locations + 1, np.int64),
        lines=rows(kernels.LINES, 2),
        functions=rows(kernels.FUNCTIONS, 5),
        strings=rows(kernels.STRINGS, 2),
        head=np.zeros(11, np.int64),
        comments=rows(kernels.COMMENTS),
    )
