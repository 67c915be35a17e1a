"""Every map header on the heap, found by its shape: the size class, the pointer words, the invariants.

This way needs no types and no roots, so it sees maps that nothing reaches any more. What it finds here is a candidate;
scanning the units proves it (:mod:`goxray.maps.census`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.headerbits import span_pointer_bits
from goxray.maps import classic, swiss
from goxray.maps.units import U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.layout import RuntimeLayout

Headers = classic.ClassicHeaders | swiss.SwissHeaders

_SPANS_AT_ONCE = 256


def header_struct(layout: RuntimeLayout) -> str:
    """The DWARF name of the struct that is a map's header in this build."""
    return classic.HEADER if layout.map_kind == "classic" else swiss.HEADER


def header_words(layout: RuntimeLayout) -> int:
    """How many 8-byte words the header has."""
    return layout.size(header_struct(layout)) // 8


def pointer_words(layout: RuntimeLayout) -> frozenset[int]:
    """Which of the header's words hold pointers."""
    fields = ("buckets", "oldbuckets", "extra") if layout.map_kind == "classic" else ("dirPtr",)
    return frozenset(layout.offset(header_struct(layout), field) // 8 for field in fields)


def decode(addr: U64, words: U64, layout: RuntimeLayout) -> Headers:
    """Cut raw headers (uint64[N, header words]) at ``addr`` into the columns of this build's kind of map."""
    if layout.map_kind == "classic":
        return classic.decode_headers(addr, words, layout)
    return swiss.decode_headers(addr, words, layout)


def plausible(headers: Headers, runtime: Runtime) -> NDArray[np.bool_]:
    """Which headers keep the invariants of their kind (bool, one a header)."""
    if isinstance(headers, classic.ClassicHeaders):
        return classic.plausible(headers, runtime.spans, runtime.layout)
    return swiss.plausible(headers, runtime.spans, runtime.layout)


def read_headers(runtime: Runtime, addr: U64) -> tuple[Headers, NDArray[np.bool_]]:
    """Read the headers at ``addr``; the second array says which could be read."""
    words, ok = runtime.memory.gather(addr, [8 * word for word in range(header_words(runtime.layout))])
    return decode(addr, words, runtime.layout), ok


def concatenate(parts: list[Headers], layout: RuntimeLayout) -> Headers:
    """Join batches of headers, sorted by address; the batches are used up."""
    if not parts:
        return decode(np.zeros(0, np.uint64), np.zeros((0, header_words(layout)), np.uint64), layout)
    kind = type(parts[0])
    columns = {}
    for name in list(vars(parts[0])):
        columns[name] = np.concatenate([vars(part)[name] for part in parts])
        for part in parts:
            setattr(part, name, None)  # a heap of small maps has millions of rows: free each column as it is joined
    if (columns["addr"][1:] < columns["addr"][:-1]).any():
        order = np.argsort(columns["addr"], kind="stable")
        columns = {name: column[order] for name, column in columns.items()}
    return kind(**columns)


def find_headers(runtime: Runtime) -> Headers:
    """Return every plausible header in the spans of the header's size class, sorted by address."""
    layout, spans = runtime.layout, runtime.spans
    slot = layout.alloc_size(layout.size(header_struct(layout)), False)
    chosen = np.flatnonzero((spans.elem_size == slot) & (spans.span_class & 1 == 0))
    parts = []
    for first in range(0, len(chosen), _SPANS_AT_ONCE):
        for addr, words in _candidates(runtime, chosen[first : first + _SPANS_AT_ONCE], slot):
            headers = decode(addr, words, layout)
            parts.append(headers.take(plausible(headers, runtime)))
    return concatenate(list(parts), layout)


def _candidates(runtime: Runtime, chosen: NDArray[np.int64], slot: int) -> Iterator[tuple[U64, U64]]:
    """Yield (address, raw words) of allocated slots whose pointer words are a header's."""
    spans, memory = runtime.spans, runtime.memory
    span_bytes = int(spans.pages[chosen[0]]) * spans.page_size
    contents, ok = memory.read_many(spans.start[chosen], span_bytes)
    runtime.note_unreadable_spans(int((~ok).sum()))
    chosen, contents = chosen[ok], contents[ok]
    if not len(chosen):
        return
    taken = spans.allocated(chosen, memory)
    count = taken.shape[1]
    pointers = span_pointer_bits(memory, runtime.layout, runtime.mheap, spans, chosen, contents)
    width = slot // 8
    masks = pointers[:, : count * width].reshape(len(chosen), count, width)
    wanted = np.zeros(width, np.bool_)
    wanted[list(pointer_words(runtime.layout))] = True
    taken &= (masks == wanted).all(axis=2)
    span, index = np.nonzero(taken)
    words = contents[:, : count * slot].reshape(len(chosen), count, slot)[span, index].view(np.uint64)
    yield spans.start[chosen[span]] + (index * slot).astype(np.uint64), words
