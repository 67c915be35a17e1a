"""The invariants of classic maps, on arrays (runtime/map.go, later runtime/map_noswiss.go).

The order of work for one batch of maps::

    sound = check_maps(maps, report)                         headers; only sound maps have readable buckets
    tally = start(maps, sound)
    check_buckets(maps, old buckets, tally, report)          some at a time, all old ones before the present ones
    check_buckets(maps, present buckets, tally, report)
    check_links(links, report), seen.follow(links, report)   beside them, for each level of overflow (verify_links)
    check_totals(maps, tally, report)

The tally is all that is carried from call to call.
"""

from __future__ import annotations

import numpy as np

from goxray.maps.verify_cells import EMPTY_REST, check_chains, check_hashes, place_of
from goxray.maps.verify_rules import Flags, Ints, Report, Rule
from goxray.maps.verify_views import SLOTS, ClassicBuckets, ClassicMaps, ClassicTally, pick_known

SAME_SIZE_GROW = 8
"""Bit of hmap.flags: the old array is as long as the present one."""

_FLAG_BITS = 15  # iterator, oldIterator, hashWriting, sameSizeGrow
_EVACUATED_Y = 3
_EVACUATED_EMPTY = 4
_FIRST_EVACUATED = 2
_MIN_TOPHASH = 5
_EXACT_B = 16  # from here on noverflow is a sample (incrnoverflow)
_MAX_B = 48  # 2^48 buckets fit no address space; keeps shifts defined


def old_buckets(maps: ClassicMaps) -> Ints:
    """How many buckets each map's old array has (noldbuckets): int64[m], 0 without one."""
    same = (maps.flags & SAME_SIZE_GROW) != 0
    shift = np.clip(maps.b - np.where(same, 0, 1), 0, _MAX_B)
    return np.where(maps.has_old, np.int64(1) << shift, 0)


def start(maps: ClassicMaps, sound: Flags) -> ClassicTally:
    """Nothing counted yet. Maps that :func:`check_maps` did not call sound count as partly read."""
    count = maps.count.size
    sizes = np.where(sound, old_buckets(maps), 0)
    ends = np.cumsum(sizes)
    unseen = np.full(int(ends[-1]) if count else 0, -1, np.int8)
    return ClassicTally(np.zeros(count, np.int64), np.zeros(count, np.int64), ~sound, ends - sizes, unseen)


def check_maps(maps: ClassicMaps, report: Report) -> Flags:
    """Check the headers alone: flags, B against the arrays' sizes, nevacuate.

    Returns:
        bool[m]: the header's figures make sense, so the buckets can be read and checked.
    """
    own = np.arange(maps.count.size)
    same = (maps.flags & SAME_SIZE_GROW) != 0
    report.add_where(
        Rule.FLAGS,
        ((maps.flags & ~_FLAG_BITS) != 0) | (same & ~maps.has_old),
        own,
        lambda i: (
            "header",
            f"flags are {maps.flags[i]:#x}"
            + (", same-size growth without old buckets" if same[i] and not maps.has_old[i] else ""),
        ),
    )
    sane_b = (maps.b >= 0) & (maps.b < _MAX_B)
    report.add_where(Rule.BUCKETS, ~sane_b, own, lambda i: ("header", f"B is {maps.b[i]}"))
    bare = sane_b & ~maps.has_buckets & ((maps.b != 0) | maps.has_old)
    report.add_where(
        Rule.BUCKETS, bare, own, lambda i: ("header", f"no bucket array, but B is {maps.b[i]}" + _old_words(maps, i))
    )
    _check_sizes("bucket array", maps.array_bytes, maps.wanted_bytes, maps.has_buckets & sane_b, maps, report)
    _check_sizes("old bucket array", maps.old_bytes, maps.wanted_old_bytes, maps.has_old & sane_b, maps, report)
    halves = sane_b & maps.has_old & ~same & (maps.b == 0)
    report.add_where(Rule.EVACUATION, halves, own, lambda i: ("header", "old buckets of half the size, but B is 0"))
    advanced = _check_nevacuate(maps, sane_b & ~halves, report)
    sound: Flags = sane_b & ~bare & ~halves & advanced
    return sound


def _old_words(maps: ClassicMaps, i: int) -> str:
    return ", with old buckets" if maps.has_old[i] else ""


def _check_sizes(
    name: str, stands: Ints | None, wanted: Ints | None, there: Flags, maps: ClassicMaps, report: Report
) -> None:
    if stands is None or wanted is None:
        return
    report.add_where(
        Rule.BUCKETS,
        there & (stands >= 0) & (wanted >= 0) & (stands != wanted),
        np.arange(maps.count.size),
        lambda i: ("header", f"B is {maps.b[i]}: the {name} has {stands[i]} bytes instead of {wanted[i]}"),
    )


def _check_nevacuate(maps: ClassicMaps, sound: Flags, report: Report) -> Flags:
    """Check nevacuate: below the old buckets' number while growing; where the last growth ended otherwise.

    A finished growth leaves it at the number of old buckets, half of the present ones or all of them (hashGrow,
    advanceEvacuationMark); a new or cleared map has 0.
    """
    old = old_buckets(maps)
    size = np.int64(1) << np.clip(maps.b, 0, _MAX_B)
    done = maps.nevacuate
    growing = (done >= 0) & (done < old)
    resting = (done == 0) | (done == size) | (2 * done == size)
    wrong = sound & ~np.where(maps.has_old, growing, resting)
    report.add_where(
        Rule.EVACUATION,
        wrong,
        np.arange(maps.count.size),
        lambda i: (
            "header",
            f"nevacuate is {done[i]} of {old[i]} old buckets"
            if maps.has_old[i]
            else f"nevacuate is {done[i]} with {size[i]} buckets and no old ones",
        ),
    )
    return ~wrong


def check_buckets(maps: ClassicMaps, buckets: ClassicBuckets, tally: ClassicTally, report: Report) -> None:
    """Check some buckets of sound maps, each with its whole chain, and count them into ``tally``.

    Old buckets come first: whether one has been evacuated decides what its successors may hold.
    """
    gone = _note_evacuated(maps, buckets, tally, report)
    _check_states(maps, buckets, gone, report)
    check_chains(buckets, gone, report)
    _check_successors(maps, buckets, tally, report)
    full = (buckets.tophash >= _MIN_TOPHASH) & ~gone[:, None]
    known = pick_known(buckets.hashes, buckets.known, full)
    if known is not None and buckets.hashes is not None:
        shift = maps.b[buckets.map] - np.where(buckets.old & ((maps.flags[buckets.map] & SAME_SIZE_GROW) == 0), 1, 0)
        check_hashes(buckets, buckets.hashes, known, (np.int64(1) << shift) - 1, report)
    np.add.at(tally.full, buckets.map, full.sum(axis=1))
    np.add.at(tally.overflow, buckets.map, (~buckets.old & (buckets.depth > 0)).astype(np.int64))


def _note_evacuated(maps: ClassicMaps, buckets: ClassicBuckets, tally: ClassicTally, report: Report) -> Flags:
    """Note which old buckets are evacuated (evacuated: by the first cell); bool[r], overflow buckets included."""
    gone = np.zeros(buckets.map.size, np.bool_)
    old = np.flatnonzero(buckets.old)
    if not old.size:
        return gone
    heads = old[buckets.depth[old] == 0]
    first = buckets.tophash[heads, 0]
    state = (first >= _FIRST_EVACUATED) & (first <= _EVACUATED_EMPTY)
    tally.evacuated[tally.first_old[buckets.map[heads]] + buckets.bucket[heads]] = state
    gone[old] = tally.evacuated[tally.first_old[buckets.map[old]] + buckets.bucket[old]] == 1
    behind = heads[~state & (buckets.bucket[heads] < maps.nevacuate[buckets.map[heads]])]
    report.add(
        Rule.EVACUATION,
        behind,
        buckets.map[behind],
        lambda r: (
            place_of(buckets, r),
            f"tophash[0] is {buckets.tophash[r, 0]}: not evacuated, with nevacuate at {maps.nevacuate[buckets.map[r]]}",
        ),
    )
    return gone


def _check_states(maps: ClassicMaps, buckets: ClassicBuckets, gone: Flags, report: Report) -> None:
    """Check that evacuated marks stand in evacuated buckets, in all their cells, and nowhere else."""
    mark = (buckets.tophash >= _FIRST_EVACUATED) & (buckets.tophash <= _EVACUATED_EMPTY)
    wrong = mark != gone[:, None]
    if gone.any():
        # Growth at the same size has no second half to move anything to.
        lateral = gone & ((maps.flags[buckets.map] & SAME_SIZE_GROW) != 0)
        wrong |= lateral[:, None] & (buckets.tophash == _EVACUATED_Y)
    at = np.flatnonzero(wrong)
    report.add(
        Rule.TOPHASH_STATE,
        at,
        buckets.map[at // SLOTS],
        lambda c: (
            place_of(buckets, c // SLOTS, c % SLOTS),
            f"tophash {buckets.tophash.reshape(-1)[c]} in a bucket "
            + ("that is evacuated" if gone[c // SLOTS] else "that is not evacuated"),
        ),
    )


def _check_successors(maps: ClassicMaps, buckets: ClassicBuckets, tally: ClassicTally, report: Report) -> None:
    """Check that a present bucket is empty until its old bucket is evacuated (mapassign calls growWork first)."""
    rows = np.flatnonzero(~buckets.old & maps.has_old[buckets.map])
    if not rows.size:
        return
    owner = buckets.map[rows]
    source = buckets.bucket[rows] & (old_buckets(maps)[owner] - 1)
    waiting = tally.evacuated[tally.first_old[owner] + source] == 0
    early = rows[waiting & (buckets.tophash[rows] != EMPTY_REST).any(axis=1)]
    report.add(
        Rule.EVACUATION,
        early,
        buckets.map[early],
        lambda r: (place_of(buckets, r), "in use before its old bucket was evacuated"),
    )


def check_totals(maps: ClassicMaps, tally: ClassicTally, report: Report) -> None:
    """Check what only all buckets of a map together tell: count, and noverflow where it is exact."""
    own = np.arange(maps.count.size)
    whole = ~tally.partly_read
    report.add_where(
        Rule.COUNT,
        whole & (maps.count != tally.full),
        own,
        lambda i: ("header", f"count is {maps.count[i]}, full cells are {tally.full[i]}"),
    )
    report.add_where(
        Rule.NOVERFLOW,
        whole & (maps.b < _EXACT_B) & (maps.noverflow != tally.overflow),
        own,
        lambda i: ("header", f"noverflow is {maps.noverflow[i]}, linked overflow buckets are {tally.overflow[i]}"),
    )
