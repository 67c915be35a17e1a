"""What always holds for a modelled map between two operations, recounted from its arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goxray.model import ClassicMap, SwissMap
from goxray.model.classic import state as c
from goxray.model.figures import Event, MapFigures
from goxray.model.swiss import state as s


@dataclass
class Account:
    """Bytes by events: held now and at most, ever taken, objects; those of keys and elems kept by pointer apart."""

    held: int = 0
    most: int = 0
    taken: int = 0
    objects: int = 0
    apart: int = 0
    apart_taken: int = 0
    apart_objects: int = 0

    def enter(self, event: Event) -> None:
        """Enter an event: kinds other than these give and take nothing."""
        size = {"make": event.bytes, "alloc": event.bytes, "free": -event.bytes}.get(event.kind, 0)
        count = event.count if event.kind == "make" else int(event.kind == "alloc")
        assert event.bytes >= 0
        if event.what.startswith("indirect"):
            self.apart += size
            self.apart_taken += max(0, size)
            self.apart_objects += event.count if size > 0 else 0
            return
        self.held += size
        self.most = max(self.most, self.held)
        self.taken += max(0, size)
        self.objects += count

    def agrees(self, figures: MapFigures) -> None:
        """All figures in bytes are the sums of what events tell."""
        assert (figures.bytes, figures.peak_bytes) == (self.held, self.most)
        assert figures.indirect_bytes == self.apart
        assert figures.mallocs == self.objects + self.apart_objects
        assert figures.total_alloc == self.taken + self.apart_taken
        assert figures.scan_bytes <= figures.bytes


def check_swiss(m: SwissMap, account: Account) -> None:
    """A Swiss map is in order: directory, tables, control bytes, counts and sums."""
    store, figures = m._store, m.figures()
    account.agrees(figures)
    length = int(store.scalar[s.DIR_LEN])
    if not length:
        _check_small(m, figures)
        return
    directory, depth = store.directory[:length], int(store.scalar[s.DEPTH])
    assert length == 1 << depth
    rows = list(dict.fromkeys(directory.tolist()))
    used = dead = left = slots = 0
    for row in rows:
        table = store.tables[row]
        first, span = int(table[s.INDEX]), 1 << (depth - int(table[s.LOCAL_DEPTH]))
        assert table[s.STATE] == s.LIVE and first % span == 0
        assert np.flatnonzero(directory == row).tolist() == list(range(first, first + span))
        count, tombstones = _check_table(m, row, depth)
        used, dead = used + count, dead + tombstones
        left, slots = left + int(table[s.GROWTH_LEFT]), slots + int(table[s.CAPACITY])
    assert used == len(m) == figures.entries <= slots * 7 // 8
    assert (dead, slots, left) == (figures.tombstones, figures.slots, figures.detail["growth_left"])
    assert (len(rows), length, depth) == tuple(figures.detail[n] for n in ("tables", "dir_len", "global_depth"))
    assert not dead or store.scalar[s.TOMBSTONES]


def _check_small(m: SwissMap, figures: MapFigures) -> None:
    group = int(m._store.scalar[s.SMALL])
    if group < 0:
        assert len(m) == figures.slots == 0
        return
    ctrl = m._store.ctrl[8 * group : 8 * group + 8]
    assert set(ctrl[ctrl >= s.EMPTY].tolist()) <= {s.EMPTY}
    assert np.count_nonzero(ctrl < s.EMPTY) == len(m) == figures.entries
    assert (figures.slots, figures.tombstones, figures.detail["small"]) == (8, 0, 1)


def _check_table(m: SwissMap, row: int, depth: int) -> tuple[int, int]:
    """Recount a table; each key is where a probe for it comes before any empty slot."""
    store = m._store
    table = store.tables[row]
    capacity = int(table[s.CAPACITY])
    first = 8 * int(table[s.BASE])
    ctrl = store.ctrl[first : first + capacity].reshape(-1, 8)
    full, dead, empty = ctrl < s.EMPTY, ctrl == s.DELETED, ctrl == s.EMPTY
    assert (full | dead | empty).all()
    assert not (dead.any(axis=1) & empty.any(axis=1)).any(), "a tombstone beside an empty slot"
    count, tombstones = int(full.sum()), int(dead.sum())
    assert count == table[s.COUNT] and 16 <= capacity <= 1024
    assert capacity * 7 // 8 - count - tombstones == table[s.GROWTH_LEFT] >= 0
    hashes = store.hash[first : first + capacity].reshape(-1, 8)
    assert ((hashes & np.uint64(0x7F))[full] == ctrl[full]).all()
    if not m.shape.reflexive:  # a key not equal to itself need not be found: its hash may be any
        full &= store.kid[first : first + capacity].reshape(-1, 8) != s.ODD
    local = int(table[s.LOCAL_DEPTH])
    if local:
        top = int(table[s.INDEX]) >> (depth - local)
        assert (hashes[full] >> np.uint64(64 - local) == top).all()
    at, step = (hashes[full] >> np.uint64(7)).astype(np.int64) % len(ctrl), 0
    target, open_ = np.nonzero(full)[0], empty.any(axis=1)
    while (far := at != target).any():
        assert not open_[at[far]].any(), "a key behind an empty slot"
        step += 1
        at, target = (at[far] + step) % len(ctrl), target[far]
    return count, tombstones


def check_classic(m: ClassicMap, account: Account) -> None:
    """A classic map is in order: buckets, chains, cells, counts and sums."""
    head, figures = m.machine.head, m.figures()
    account.agrees(figures)
    log2 = int(head[c.LOG2])
    growing, same = bool(head[c.GROWING]), bool(head[c.FLAGS] & c.SAME_SIZE)
    assert growing or not same
    cur, count = m.machine.cur.buckets, 1 << log2 if head[c.OWN] else 0
    entries, overflow, ones = _check_chains(cur, np.arange(count), log2)
    if log2 < 16:
        assert overflow == m.noverflow
    slots = 8 * (count + overflow)
    if growing:
        old, before = m.machine.old.buckets, log2 - (not same)
        first = old.tops[: 1 << before, 0]
        moved = (first > c.EMPTY_ONE) & (first < c.MIN_TOPHASH)
        assert head[c.NEVACUATE] <= len(moved) and moved[: head[c.NEVACUATE]].all()
        found = _check_chains(old, np.flatnonzero(~moved), before)
        entries, ones = entries + found[0], ones + found[2]
        slots += 8 * (int((~moved).sum()) + found[1])
        assert figures.detail["old_buckets"] == int((~moved).sum())
        assert head[c.OLD_APART] == _outside(old, int(head[c.OLD_OWN]))
    assert entries == len(m) == figures.entries
    assert (slots, ones) == (figures.slots, figures.tombstones)


def _outside(buckets: c.Buckets, rows: int) -> int:
    """Count the overflow buckets outside of an array that a collector finds: by any link of any of the array's rows."""
    found = np.zeros(len(buckets.links), np.bool_)
    at = buckets.links[:rows]
    while len(at := at[at >= rows]):
        found[at] = True
        at = buckets.links[at]
    return int(found.sum())


def _check_chains(buckets: c.Buckets, rows: c.I64, log2: int) -> tuple[int, int, int]:
    """Recount chains, all first buckets, then all second ones; return entries, overflow buckets, emptyOne cells."""
    entries = overflow = ones = 0
    mask = np.uint64((1 << log2) - 1)
    number, at = rows, rows
    last = np.full(len(rows), c.MIN_TOPHASH, np.uint8)  # the cell before
    while len(at):
        tops = buckets.tops[at]
        full = tops >= c.MIN_TOPHASH
        assert (full | (tops <= c.EMPTY_ONE)).all(), "an evacuated cell in a bucket that is in use"
        before = np.column_stack((last, tops[:, :-1]))
        assert (tops[before == c.EMPTY_REST] == c.EMPTY_REST).all(), "something behind emptyRest"
        assert (tops[before == c.EMPTY_ONE] != c.EMPTY_REST).all(), "emptyOne where emptyRest could be"
        known = full & (buckets.names[at] >= 0)  # the hash of a NaN is another each time
        hashes = buckets.hashes[at].view(np.uint64)
        top = (hashes[known] >> np.uint64(56)).astype(np.uint8)
        assert (np.where(top < c.MIN_TOPHASH, top + c.MIN_TOPHASH, top) == tops[known]).all()
        assert ((hashes & mask) == number[:, None].astype(np.uint64))[known].all()
        entries, ones = entries + int(full.sum()), ones + int((tops == c.EMPTY_ONE).sum())
        links = buckets.links[at]
        on = links >= 0
        assert (tops[~on, -1] != c.EMPTY_ONE).all(), "emptyOne at the end of a chain"
        number, at, last = number[on], links[on], tops[on, -1]
        overflow += len(at)
    return entries, overflow, ones
