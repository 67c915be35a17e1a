"""Maps whose header itself sits in a goroutine's frame: the compiler puts small maps that do not escape there.

Every aligned word of a live stack is tried as the start of a header. The header must keep its kind's invariants, point
to a first group or bucket in the same stack or on the heap, and count exactly the slots that are full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.types import GoType
from goxray.maps import classic, swiss
from goxray.maps.found import UNKNOWN
from goxray.maps.headers import Headers, decode, header_words, plausible
from goxray.maps.stacks import StackSearch, StackWords
from goxray.maps.units import SLOTS, U64, Occupancy
from goxray.maps.untyped import Resolver, the_one

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.census import Census

_ANY_UNIT = SLOTS


@dataclass
class StackMap:
    """One map with its header on a stack: the header (one row), its type if known, owner, and counted figures."""

    headers: Headers
    type: GoType | None
    owner: int
    occupancy: Occupancy


def find_stack_maps(runtime: Runtime, search: StackSearch, census: Census, resolver: Resolver) -> list[StackMap]:
    """Return the maps whose headers sit on stacks.

    Likely headers whose arrays fit the same types, in functions with the same map variables, are counted together: ten
    thousand goroutines that run the same function hold as many.
    """
    found: dict[int, StackMap] = {}
    places, headers = _candidates(runtime, search)
    legal = np.flatnonzero(_units_legal(runtime, headers))
    for among, fitting in resolver.fittings(headers.take(legal)) if len(legal) else ():
        alike: dict[tuple[str, ...], tuple[tuple[GoType, ...], list[int]]] = {}
        for row in legal[among].tolist():
            stack, position = places[row]
            hinted = search.map_locals(stack.frame_of(position, runtime))
            alike.setdefault(tuple(t.name for t in hinted), (hinted, []))[1].append(row)
        for hinted, rows in alike.values():
            found |= _prove(resolver, census, headers, rows, hinted, fitting)
    for row, proven in found.items():
        stack, position = places[row]
        proven.owner = search.expr(stack.goroutine, stack.frame_of(position, runtime))
    return [found[row] for row in sorted(found)]


def _candidates(runtime: Runtime, search: StackSearch) -> tuple[list[tuple[StackWords, int]], Headers]:
    """Return where on the stacks headers could start, and what they would be."""
    width = header_words(runtime.layout)
    places: list[tuple[StackWords, int]] = []
    addrs, words = [np.zeros(0, np.uint64)], [np.zeros((0, width), np.uint64)]
    for stack in search.stacks:
        if len(stack.words) >= width:
            windows = np.lib.stride_tricks.sliding_window_view(stack.words, width)
            likely = _likely(runtime, stack, windows)
            places += [(stack, position) for position in likely.tolist()]
            addrs.append(np.uint64(stack.start) + 8 * likely.astype(np.uint64))
            words.append(windows[likely])
    return places, decode(np.concatenate(addrs), np.concatenate(words), runtime.layout)


def _likely(runtime: Runtime, stack: StackWords, windows: U64) -> NDArray[np.int64]:
    """Positions of words that could start a header, by cheap tests on the raw words first."""
    layout = runtime.layout
    pointer = (
        layout.offset(classic.HEADER, "buckets")
        if layout.map_kind == "classic"
        else layout.offset(swiss.HEADER, "dirPtr")
    )
    first = windows[:, pointer // 8]
    low, high = np.uint64(stack.start), np.uint64(stack.goroutine.stack_hi)
    own = (first >= low) & (first < high)
    near = np.flatnonzero((windows[:, 0] < np.uint64(1 << 40)) & (first != 0))
    near = near[own[near] | (runtime.spans.locate(first[near]).span >= 0)]
    headers = decode(np.zeros(len(near), np.uint64), windows[near], layout)
    in_place = _small(headers) & own[near]
    return near[in_place | (plausible(headers, runtime) & ~own[near])]


def _small(headers: Headers) -> NDArray[np.bool_]:
    """Which headers are those of maps with one group or bucket, as can lie beside the header on a stack."""
    if isinstance(headers, swiss.SwissHeaders):
        good: NDArray[np.bool_] = (headers.dir_len == 0) & (headers.global_depth == 0) & (headers.used >= 0)
        good &= (headers.seed >> np.uint64(32) != 0) & (headers.flags <= 0x0101) & (headers.clear_seq < 1 << 31)
        return good & (headers.used <= SLOTS)
    good = (headers.hash0 != 0) & (headers.flags < 16) & (headers.B == 0) & (headers.oldbuckets == 0)
    good &= (headers.count <= SLOTS) & (headers.count >= 0) & (headers.nevacuate <= 1)
    return good


def _prove(
    resolver: Resolver,
    census: Census,
    headers: Headers,
    rows: list[int],
    hinted: tuple[GoType, ...],
    fitting: list[GoType],
) -> dict[int, StackMap]:
    """Count likely maps by the layouts they can have: those their arrays fit, or those of the function's variables."""
    types = {t.name: t for t in (fitting or hinted)}
    left, found = np.array(rows), dict[int, StackMap]()
    if isinstance(headers, swiss.SwissHeaders):
        small = left[headers.dir_len[left] == 0]
        found |= _counted(resolver, census, headers, small, _ANY_UNIT, list(types.values()), hinted)
        left = left[headers.dir_len[left] > 0]
    for unit_size in dict.fromkeys(t.map_shape.unit_size for t in types.values()):
        here = [t for t in types.values() if t.map_shape.unit_size == unit_size]
        found |= _counted(resolver, census, headers, left, unit_size, here, hinted)
        left = np.array([row for row in left.tolist() if row not in found], np.int64)
    return found


def _counted(
    resolver: Resolver, census: Census, headers: Headers, rows: NDArray[np.int64], unit_size: int,
    types: list[GoType], hinted: tuple[GoType, ...],
) -> dict[int, StackMap]:  # fmt: skip
    """Count maps by units of one size: those that hold exactly as many full slots as their headers say."""
    if not len(rows):
        return {}
    chosen = headers.take(rows)
    occupancy = census.occupancy(chosen, unit_size)
    agrees = (occupancy.full_slots == chosen.entries.astype(np.int64)) & (occupancy.slots > 0)
    agrees[list(occupancy.fault)] = False
    names = {t.name for t in hinted}
    kind = the_one([t for t in types if t.name in names] or types)
    here = np.flatnonzero(agrees)
    fits = np.ones(len(here), np.bool_) if kind is None else ~resolver.contradicted(kind, chosen.take(here))
    return {
        int(rows[at]): StackMap(headers.take(rows[at : at + 1]), kind if fit else None, UNKNOWN, occupancy.row(at))
        for at, fit in zip(here.tolist(), fits.tolist(), strict=True)
    }


def _units_legal(runtime: Runtime, headers: Headers) -> NDArray[np.bool_]:
    """Which first units have control or tophash bytes that the runtime writes."""
    swiss_map = isinstance(headers, swiss.SwissHeaders)
    first = headers.dir_ptr if isinstance(headers, swiss.SwissHeaders) else headers.buckets
    words, ok = runtime.memory.gather(first, [0])
    cells = words.view(np.uint8).reshape(len(words), 8)
    if swiss_map:
        legal = (cells < 0x80) | (cells == 0x80) | (cells == 0xFE)
        large = np.asarray(headers.dir_len > 0) if isinstance(headers, swiss.SwissHeaders) else ok
        good: NDArray[np.bool_] = large | (ok & legal.all(axis=1))
        return good
    layout = runtime.layout
    legal = (cells <= layout.const("emptyOne")) | (cells > layout.const("evacuatedEmpty"))
    return ok & np.asarray(legal.all(axis=1))
