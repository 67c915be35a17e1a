"""What a modelled map is made of at one moment, and what happened on the way there.

The words and figures are those of ``goxray maps`` (core/schema.py), so that a prediction and a finding compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from goxray.layout.data import MapKind

EventKind = Literal[
    "make",
    "alloc",
    "free",
    "grow",
    "same size grow",
    "evacuate",
    "split",
    "double directory",
    "prune",
    "clear",
    "reseed",
]


@dataclass(frozen=True)
class Event:
    """One thing that the runtime did to a map.

    ``op`` counts the map's operations from 0 (-1: while it was made); ``bytes`` are heap bytes as allocated: those
    taken (make, alloc), those no longer held (free), those of what came to be (grow, split, double directory), 0 for
    the rest. ``what`` names the structure in the runtime's words (``bucket array``, ``overflow bucket``, ``table``,
    ``groups``, ``directory``). ``count`` is how many objects it stands for; for grow the new log2 of the bucket count
    or the table's new capacity, for evacuate the old bucket, for split the local depth.
    """

    op: int
    kind: EventKind
    what: str
    bytes: int
    count: int = 1


@dataclass(frozen=True)
class MapFigures:
    """One map at one moment, figures as in ``goxray maps``; all bytes as allocated, rounded to size classes.

    ``bytes`` is the map's own structure: header, arrays with the preallocated overflow area, overflow buckets, old
    buckets, mapextra and its slices; directory, tables and groups. ``indirect_bytes`` are keys and elems kept by
    pointer.
    ``peak_bytes`` is the most ``bytes`` (indirect ones left out) since the last step began; old arrays count until
    the map lets go of them. ``scan_bytes`` is what the collector has to look through for the structure: of each object
    the bytes up to its last pointer (runtime.mallocgc's scanSize), none of a noscan object. ``mallocs`` and
    ``total_alloc`` count since the map was made, its header included and indirect keys and elems too, as
    runtime.MemStats does (Mallocs, TotalAlloc).
    ``detail`` holds the columns of the map's kind: CLASSIC_DETAIL or SWISS_DETAIL of core/schema.py.
    """

    kind: MapKind
    entries: int
    slots: int
    tombstones: int
    bytes: int
    indirect_bytes: int
    peak_bytes: int
    scan_bytes: int
    mallocs: int
    total_alloc: int
    detail: Mapping[str, int] = field(default_factory=dict)
