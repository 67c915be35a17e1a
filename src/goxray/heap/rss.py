"""The account of RSS: every byte of a Go process by what it is used for, adding up to the kernel's own sum.

The address space is painted: first each mapping by its name, then what the runtime knows of its inside, so that every
byte has one category. Resident bytes are measured range by range (:mod:`goxray.target.residency`), which makes them add
up to the Rss of smaps whatever the categories are. Only spans that are partly in RAM need a rule, see :func:`_split`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime import accounts
from goxray.goruntime.ranges import Ranges
from goxray.heap.rss_mappings import (
    C_HEAP,
    DATA,
    KERNEL,
    LIBRARIES,
    METADATA_OTHER,
    OTHER,
    RESERVED,
    TEXT,
    THREAD_STACKS,
    mapping_layers,
    mappings_of,
)

if TYPE_CHECKING:
    from goxray.goruntime.accounts import Account
    from goxray.goruntime.runtime import Runtime
    from goxray.goruntime.spans import SpanTable
    from goxray.heap.graph import Objects
    from goxray.target.residency import Mapping, Residency

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

LIVE = "live objects"
UNREACHABLE = "unreachable objects, not yet collected"
DEAD = "dead objects, not yet swept"
FREE_SLOTS = "free slots in spans in use"
TAILS = "span tails"
FREE_PAGES = "free pages, not returned"
SCAVENGED = "free pages, returned to the OS"
STACKS = "goroutine stacks"
FREE_STACKS = "free stacks"
METADATA = {kind: f"runtime metadata: {kind}" for kind in (accounts.INDEX, accounts.BITMAPS, accounts.RECORDS)}
METADATA[accounts.WORK] = f"runtime metadata: {accounts.WORK}"

CATEGORIES = (
    LIVE,
    UNREACHABLE,
    DEAD,
    FREE_SLOTS,
    TAILS,
    FREE_PAGES,
    SCAVENGED,
    STACKS,
    FREE_STACKS,
    *METADATA.values(),
    METADATA_OTHER,
    TEXT,
    DATA,
    LIBRARIES,
    C_HEAP,
    THREAD_STACKS,
    KERNEL,
    OTHER,
    RESERVED,
)
"""Every category, in the order in which they are shown."""
_SPANS = "spans in use"
_SLACK = 256 << 10
_BLOCK = 1 << 12  # spans looked at together
_FEW = 1 << 8


@dataclass(frozen=True)
class SpanCensus:
    """What fills the spans in use: bytes of slots by span, int64 arrays in the order of the SpanTable.

    ``reachable`` and ``unreachable`` count allocated objects, ``dead`` those that the last collection found dead and
    nobody has swept yet. ``objects`` with ``reached`` (bool[N]) let objects in spans that are partly in RAM be measured
    one by one; without them what is in RAM is shared out in proportion.
    """

    reachable: I64
    unreachable: I64
    dead: I64
    objects: Objects | None = None
    reached: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, objects: Objects, reached: NDArray[np.bool_], dead: I64) -> SpanCensus:
        """Count objects by span; ``dead`` (int64[S]) are bytes of slots that are not among ``objects``."""
        live = np.empty(len(objects.elem_size), np.int64)
        for first in range(0, len(live), _BLOCK):
            edges = objects.first[first : first + _BLOCK + 1]
            live[first : first + _BLOCK] = np.diff(_below(reached[edges[0] : edges[-1]])[edges - edges[0]])
        live *= objects.elem_size
        return cls(live, np.diff(objects.first) * objects.elem_size - live, dead, objects, reached)


@dataclass(frozen=True)
class RssRow:
    """One line of the account: bytes of address space in a category, and how many are in RAM (None for a core)."""

    category: str
    bytes: int
    resident_bytes: int | None


def rss_table(runtime: Runtime, account: Account, residency: Residency | None, per_span: SpanCensus) -> list[RssRow]:
    """Return the account, in the order of CATEGORIES, without the empty ones.

    The bytes add up to the sizes of all mappings, the resident bytes to their Rss. Without ``residency`` (a core)
    resident bytes are None. Call it when the target runs again: nothing is read from a process.
    """
    mappings = residency.mappings if residency is not None else mappings_of(runtime.memory)
    measure = _Measure(mappings, residency)
    layers = mapping_layers(mappings, account)
    layers += _reserved_layers(mappings, account)
    layers += _runtime_layers(account, runtime.spans)
    layers.append((RESERVED, _inaccessible(mappings)))
    found = _measured(layers, measure, account.obtained if residency is not None else None)
    size, resident = found.pop(_SPANS, (0, 0))
    split = _split(runtime.spans, per_span, measure)
    for category, (part, part_resident) in split.items():
        found[category] = (part, part_resident)
        size, resident = size - part, resident - part_resident
    left = found[FREE_SLOTS]  # 0 unless spans overlapped, as they can when memory was read while it changed
    found[FREE_SLOTS] = (left[0] + size, left[1] + resident)
    return [
        RssRow(category, found[category][0], found[category][1] if residency is not None else None)
        for category in CATEGORIES
        if found.get(category, (0, 0)) != (0, 0)
    ]


class _Measure:
    """Bytes below addresses: of mappings, and of what of them is in RAM."""

    def __init__(self, mappings: list[Mapping], residency: Residency | None) -> None:
        self._residency = residency
        page = residency.page_size if residency is not None else 1
        self.page_shift, self.page_mask = np.uint64(page.bit_length() - 1), np.uint64(page - 1)
        self._at = np.array([edge for m in mappings for edge in (m.start, m.end)], np.uint64)
        sizes = np.array([size for m in mappings for size in (m.end - m.start, 0)], np.int64)
        self._below = np.cumsum(sizes) - sizes

    def mapped(self, starts: U64, ends: U64) -> I64:
        """Bytes of each range that are mapped at all."""
        return self._mapped_below(ends) - self._mapped_below(starts)

    def resident(self, starts: U64, ends: U64) -> I64:
        """Bytes of each range that are in RAM; 0 for a core."""
        if self._residency is None:
            return np.zeros(len(starts), np.int64)
        return self._residency.resident_bytes(starts, ends)

    def _mapped_below(self, addrs: U64) -> I64:
        if not len(self._at):
            return np.zeros(len(addrs), np.int64)
        knot = np.searchsorted(self._at, addrs, "right") - 1
        known = np.maximum(knot, 0)
        beyond = np.where((knot >= 0) & (known % 2 == 0), addrs - self._at[known], 0).astype(np.int64)
        below: I64 = self._below[known] + beyond
        return below


def _runtime_layers(account: Account, spans: SpanTable) -> list[tuple[str, Ranges]]:
    """What the runtime knows of its memory, the more particular later."""
    layers = [(METADATA[kind], account.metadata[kind]) for kind in (accounts.INDEX, accounts.BITMAPS, accounts.RECORDS)]
    return [
        *layers,
        (FREE_PAGES, account.grown),  # what no span and no bitmap claims is on its way to or from a P's page cache
        (FREE_PAGES, account.free),
        (SCAVENGED, account.scavenged),
        (_SPANS, Ranges.of(spans.start, spans.end)),
        (METADATA[accounts.WORK], account.metadata[accounts.WORK]),
        (FREE_STACKS, account.stack_spans),
        (STACKS, account.stacks),
    ]


def _reserved_layers(mappings: list[Mapping], account: Account) -> list[tuple[str, Ranges]]:
    """What is mostly reserved. gdb's cores do not say which mappings nobody may access: there all of it is."""
    index = METADATA[accounts.INDEX]
    if any(m.perms.startswith("---") for m in mappings):
        return [(index, account.summaries)]
    return [(RESERVED, account.summaries), (RESERVED, account.arenas)]


def _inaccessible(mappings: list[Mapping]) -> Ranges:
    """Address space that is only reserved: mappings without any access right and without any page."""
    rows = [(m.start, m.end) for m in mappings if m.perms.startswith("---") and not m.rss]
    edges = np.array(rows, np.uint64).reshape(-1, 2)
    return Ranges.of(edges[:, 0], edges[:, 1])


def _measured(layers: list[tuple[str, Ranges]], measure: _Measure, obtained: int | None) -> dict[str, tuple[int, int]]:
    """Paint the layers one over the other; (bytes, resident bytes) by category of what remains visible."""
    edges = np.unique(np.concatenate([edge for _, ranges in layers for edge in (ranges.start, ranges.end)]))
    if len(edges) < 2:
        return {}
    names = list(dict.fromkeys(name for name, _ in layers))
    painted = np.full(len(edges) - 1, -1, np.int16)
    for name, ranges in layers:
        first, last = np.searchsorted(edges, ranges.start), np.searchsorted(edges, ranges.end)
        if len(ranges) < _FEW:
            for low, high in zip(first.tolist(), last.tolist(), strict=True):
                painted[low:high] = names.index(name)
            continue
        steps = np.zeros(len(edges), np.int8)  # ranges of a list are disjoint: at an edge one ends and one begins
        steps[first] += 1
        steps[last] -= 1
        painted[np.cumsum(steps, dtype=np.int8)[:-1] > 0] = names.index(name)
    size = measure.mapped(edges[:-1], edges[1:])
    resident = measure.resident(edges[:-1], edges[1:])
    if obtained is not None:
        _within_budget(painted, size, names, obtained)
    found = {}
    for number, name in enumerate(names):
        here = painted == number
        found[name] = (int(size[here].sum()), int(resident[here].sum()))
    return found


def _within_budget(painted: NDArray[np.int16], size: I64, names: list[str], obtained: int) -> None:
    """Memory of unknown use is the runtime's only as far as the runtime says that it has obtained so much.

    The largest pieces go to OTHER until the rest fits: a program without C may have mapped memory by system calls.
    """
    known = [names.index(METADATA[kind]) for kind in (accounts.INDEX, accounts.BITMAPS, accounts.RECORDS)]
    budget = obtained - int(size[np.isin(painted, known)].sum()) + _SLACK
    pieces = np.flatnonzero(painted == names.index(METADATA_OTHER))
    pieces = pieces[np.argsort(size[pieces])]
    painted[pieces[np.cumsum(size[pieces]) > budget]] = names.index(OTHER)


def _split(spans: SpanTable, census: SpanCensus, measure: _Measure) -> dict[str, tuple[int, int]]:
    """(bytes, resident bytes) of what fills the spans in use.

    A span wholly in RAM, or not at all, is counted exactly. In a span that is partly in RAM the tail is measured, and
    so is every object where the census has them; what remains in RAM is shared between dead and free slots, or between
    all kinds where objects are not known, in proportion to their bytes. The sum is exact in any case.
    """
    whole = spans.pages.astype(np.int64) * spans.page_size
    slots = np.minimum(spans.nelems.astype(np.int64) * spans.elem_size, whole)
    kinds = _clipped(census, slots)
    resident = measure.resident(spans.start, spans.end)
    tail_resident = measure.resident(spans.start + slots.astype(np.uint64), spans.end)
    in_slots = resident - tail_resident
    full = in_slots == slots
    parts = np.where(full, kinds, 0)
    partly = np.flatnonzero(~full & (in_slots > 0))
    if len(partly):
        parts[:, partly] = _partly(
            kinds[:, partly], in_slots[partly], _measured_objects(census, partly, spans.end[partly], measure)
        )
    names = (LIVE, UNREACHABLE, DEAD, FREE_SLOTS)
    found = {name: (int(kinds[i].sum()), int(parts[i].sum())) for i, name in enumerate(names)}
    found[TAILS] = (int((whole - slots).sum()), int(tail_resident.sum()))
    return found


def _clipped(census: SpanCensus, slots: I64) -> I64:
    """Bytes of (live, unreachable, dead, free) slots by span, int64[4, S]; never more than there is room for."""
    live = np.clip(census.reachable, 0, slots)
    unreachable = np.clip(census.unreachable, 0, slots - live)
    dead = np.clip(census.dead, 0, slots - live - unreachable)
    return np.stack((live, unreachable, dead, slots - live - unreachable - dead))


def _measured_objects(census: SpanCensus, partly: I64, ends: U64, measure: _Measure) -> I64 | None:
    """Resident bytes of (live, unreachable) objects of the chosen spans, int64[2, P]; None where they are not known.

    ``ends`` are the ends of the chosen spans.
    """
    objects, reached = census.objects, census.reached
    if objects is None or reached is None:
        return None
    parts = [
        _objects_of(objects, reached, partly[first : first + _BLOCK], ends[first : first + _BLOCK], measure)
        for first in range(0, len(partly), _BLOCK)
    ]
    return np.concatenate(parts, axis=1)


def _objects_of(objects: Objects, reached: NDArray[np.bool_], spans: I64, ends: U64, measure: _Measure) -> I64:
    """The same for some spans. Objects are looked up in a table of the spans' pages, which hold all or nothing."""
    low = objects.start[spans] & ~measure.page_mask
    high = (ends + measure.page_mask) & ~measure.page_mask
    counts = ((high - low) >> measure.page_shift).astype(np.int64)
    page_first = np.cumsum(counts) - counts
    at = np.repeat(low, counts) + (_counting(counts).astype(np.uint64) << measure.page_shift)
    in_ram = np.append(measure.resident(at, at + measure.page_mask + np.uint64(1)), 0)
    before = np.cumsum(in_ram) - in_ram

    per_span = (objects.first[spans + 1] - objects.first[spans]).astype(np.int64)
    numbers = np.repeat(objects.first[spans], per_span) + _counting(per_span)
    sizes = np.repeat(objects.elem_size[spans], per_span)
    lead = np.repeat((objects.start[spans] - low).astype(np.int64), per_span)
    first_page = np.repeat(page_first, per_span)
    start = lead + objects.slot[numbers] * sizes
    shift, mask = int(measure.page_shift), int(measure.page_mask)

    def below(offset: I64) -> I64:
        page = first_page + (offset >> shift)
        found: I64 = before[page] + ((in_ram[page] * (offset & mask)) >> shift)
        return found

    resident = below(start + sizes) - below(start)
    edges = np.append(0, np.cumsum(per_span))
    live = np.diff(_below(np.where(reached[numbers], resident, 0))[edges])
    return np.stack((live, np.diff(_below(resident)[edges]) - live))


def _below(values: NDArray[np.generic]) -> I64:
    """The sums of all values before each, and of all."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


def _counting(counts: I64) -> I64:
    """0, 1, 2 ... for each of the counts."""
    before = np.cumsum(counts) - counts
    numbers: I64 = np.arange(int(counts.sum())) - np.repeat(before, counts)
    return numbers


def _partly(kinds: I64, resident: I64, objects: I64 | None) -> I64:
    """Share ``resident`` bytes of spans out between their kinds of slots (int64[4, P]); the sums stay exact."""
    parts = np.zeros_like(kinds)
    first = 0
    if objects is not None:
        first = 2
        parts[0] = np.minimum(objects[0], resident)
        parts[1] = np.minimum(objects[1], resident - parts[0])
    left = resident - parts[:first].sum(axis=0)
    room = kinds[first:].sum(axis=0)
    for kind in range(first, 4):
        share = np.where(room > 0, left * (kinds[kind] / np.maximum(room, 1)), 0)
        parts[kind] = np.minimum(np.rint(share).astype(np.int64), left) if kind < 3 else left
        left = left - parts[kind]
        room = room - kinds[kind]
    return parts
