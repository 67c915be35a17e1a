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
    """Return the maps whose headers sit on stacks."""
    found = []
    width = header_words(runtime.layout)
    for stack in search.stacks:
        if len(stack.words) < width:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(stack.words, width)
        addrs = np.uint64(stack.start) + 8 * np.arange(len(windows), dtype=np.uint64)
        for position in _likely(runtime, stack, windows).tolist():
            headers = decode(addrs[position : position + 1], windows[position : position + 1].copy(), runtime.layout)
            frame = stack.frame_of(position, runtime)
            hinted = search.map_locals(frame)
            proven = _prove(runtime, census, headers, hinted, resolver.fitting(headers))
            if proven is not None:
                proven.owner = search.expr(stack.goroutine, frame)
                found.append(proven)
    return found


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
    runtime: Runtime, census: Census, headers: Headers, hinted: tuple[GoType, ...], fitting: list[GoType]
) -> StackMap | None:
    """Count a likely map by the layouts it can have: those its array fits, or those of the function's variables."""
    types = {t.name: t for t in (fitting or hinted)}
    sizes = [t.map_shape.unit_size for t in types.values()]
    if isinstance(headers, swiss.SwissHeaders) and int(headers.dir_len[0]) == 0:
        sizes = [_ANY_UNIT]
    for unit_size in dict.fromkeys(sizes):
        occupancy = census.occupancy(headers, unit_size)
        if occupancy.fault or not _agrees(headers, occupancy) or not _units_legal(runtime, headers):
            continue
        here = [t for t in types.values() if unit_size in (t.map_shape.unit_size, _ANY_UNIT)]
        certain = [t for t in here if t.name in {h.name for h in hinted}]
        return StackMap(headers, the_one(certain or here), UNKNOWN, occupancy)
    return None


def _agrees(headers: Headers, occupancy: Occupancy) -> bool:
    return int(occupancy.full_slots[0]) == int(headers.entries[0]) and int(occupancy.slots[0]) > 0


def _units_legal(runtime: Runtime, headers: Headers) -> bool:
    """Whether the first unit's control or tophash bytes are ones that the runtime writes."""
    first = headers.dir_ptr if isinstance(headers, swiss.SwissHeaders) else headers.buckets
    if isinstance(headers, swiss.SwissHeaders) and int(headers.dir_len[0]):
        return True
    words, ok = runtime.memory.gather(first, [0])
    cells = words.view(np.uint8).reshape(-1)
    if not ok.all():
        return False
    if isinstance(headers, swiss.SwissHeaders):
        return bool(((cells < 0x80) | (cells == 0x80) | (cells == 0xFE)).all())
    evacuated = runtime.layout.const("evacuatedEmpty")
    return bool(((cells <= runtime.layout.const("emptyOne")) | (cells > evacuated)).all())
