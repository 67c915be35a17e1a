"""Figures of a machine: what ``goxray maps`` would say of the map at this moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goxray.model.classic import lean
from goxray.model.classic import state as st
from goxray.model.classic.machine import LeanMachine, Machine
from goxray.model.classic.sizes import Sizes
from goxray.model.classic.state import I64, Buckets
from goxray.model.figures import MapFigures


def chain_rows(buckets: Buckets, first: I64) -> I64:
    """Return the rows of the overflow buckets that are linked to the buckets ``first``, level by level."""
    levels = []
    at = buckets.links[first]
    while (at := at[at >= 0]).size:
        levels.append(at)
        at = buckets.links[at]
    return np.concatenate(levels) if levels else np.zeros(0, np.int64)


@dataclass(frozen=True)
class Counted:
    """What the buckets tell: main, linked overflow and old buckets not yet evacuated; emptyOne cells in them."""

    buckets: int
    overflow: int
    old: int
    tombstones: int


def old_count(head: I64) -> int:
    """Old buckets of a map that grows (noldbuckets)."""
    return 1 << int(head[st.LOG2] - (0 if head[st.FLAGS] & st.SAME_SIZE else 1))


def count(machine: Machine) -> Counted:
    """Look at the buckets of a machine."""
    head, cur, old = machine.head, machine.cur.buckets, machine.old.buckets
    buckets = 1 << int(head[st.LOG2]) if head[st.OWN] else 0
    main = np.arange(buckets)
    linked = chain_rows(cur, main)
    tombstones = _tombstones(cur, main) + _tombstones(cur, linked)
    left = linked_old = np.zeros(0, np.int64)
    if head[st.GROWING]:
        first = old.tops[: old_count(head), 0]
        left = np.flatnonzero((first <= st.EMPTY_ONE) | (first >= st.MIN_TOPHASH))
        linked_old = chain_rows(old, left)
        tombstones += _tombstones(old, left) + _tombstones(old, linked_old)
    return Counted(buckets, linked.size + linked_old.size, left.size, tombstones)


def _tombstones(buckets: Buckets, rows: I64) -> int:
    return int(np.count_nonzero(buckets.tops[rows] == st.EMPTY_ONE))


def figures(machine: Machine) -> MapFigures:
    """Return the figures of a machine."""
    return figures_of(machine.head, machine.sizes, count(machine))


def lean_figures(machine: LeanMachine) -> MapFigures:
    """Return the figures of a machine that counts."""
    head, found, before = machine.head, np.zeros(3, np.int64), np.zeros(3, np.int64)
    if head[st.OWN]:
        lean.l_count(machine.cur.buckets, 1 << int(head[st.LOG2]), found)
    if head[st.GROWING]:
        lean.l_count(machine.old.buckets, old_count(head), before)
    (buckets, overflow, dead), (left, old_overflow, old_dead) = found.tolist(), before.tolist()
    return figures_of(head, machine.sizes, Counted(buckets, overflow + old_overflow, left, dead + old_dead))


def figures_of(head: I64, sizes: Sizes, counted: Counted) -> MapFigures:
    """Return the figures of a head and of what the buckets tell."""
    entries = int(head[st.COUNT])
    return MapFigures(
        kind="classic",
        entries=entries,
        slots=st.SLOTS * (counted.buckets + counted.overflow + counted.old),
        tombstones=counted.tombstones,
        bytes=int(head[st.BYTES]),
        indirect_bytes=entries * (sizes.indirect_key + sizes.indirect_elem),
        peak_bytes=int(head[st.PEAK]),
        scan_bytes=scan_bytes(head, sizes),
        mallocs=int(head[st.MALLOCS]),
        total_alloc=int(head[st.TOTAL]),
        detail={
            "B": int(head[st.LOG2]),
            "buckets": counted.buckets,
            "overflow_buckets": counted.overflow,
            "noverflow": int(head[st.NOVERFLOW]),
            "old_buckets": counted.old,
            "nevacuate": int(head[st.NEVACUATE]),
        },
    )


def scan_bytes(head: I64, sizes: Sizes) -> int:
    """What the collector looks through: scanSize of each object of the map's own (runtime.mallocgc)."""
    total = sizes.header_scan + (sizes.extra_scan if head[st.HAS_EXTRA] else 0)
    for listed, step in ((st.LISTED, st.STEP), (st.OLD_LISTED, st.OLD_STEP)):
        if head[listed] != st.NIL:
            total += st.POINTER + int(sizes.lists[head[step], 2])
    if not sizes.noscan and head[st.OWN]:
        apart = int(head[st.USED] - head[st.OWN] + head[st.OLD_APART])
        total += sizes.array(int(head[st.LOG2])).scan_bytes + apart * sizes.overflow_scan
        if head[st.GROWING]:
            total += sizes.array(old_count(head).bit_length() - 1).scan_bytes
    return total
