"""Taking a capture: :func:`take` reads while the target stands still, :func:`settle` does the rest afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import GoxrayError
from goxray.goruntime.gcroots import collect_roots
from goxray.heap.capture import Capture, RawEdges, Resolver, object_table, resolve
from goxray.heap.contents import Contents, read_contents
from goxray.heap.graph import I32, I64, U32, U64, Objects
from goxray.heap.reader import HeapReader, header_above
from goxray.heap.rooted import RootWords
from goxray.heap.spanbits import SpanBits, dead_slots
from goxray.heap.statics import Statics, name_roots

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_PAGE = 4096
_MAX_ITABS = 1 << 20


@dataclass
class RawCapture:
    """What :func:`take` has read: see :class:`goxray.heap.capture.Capture`; pointers are still addresses.

    ``lost`` are sentences on what could not be read and is missing, ``notes`` on what was left out on purpose.
    """

    resolver: Resolver
    objects: Objects
    edges: RawEdges
    code: tuple[U32, U64]
    typed: tuple[U32, I32]
    type_addrs: list[int]
    dead: tuple[I64, I64]
    roots: RootWords
    unreadable: int
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    contents: Contents | None = None


def take(
    runtime: Runtime,
    statics: Statics | None = None,
    tell: Callable[[float], None] = lambda _: None,
    *,
    contents: int = 0,
) -> RawCapture:
    """Read every object's pointers and the roots. The spans must be fresh (``runtime.refresh()``).

    With ``contents`` strings are read too and compared, and so many bytes of each kept: they may be secrets.
    """
    bits = SpanBits(runtime)
    objects = object_table(runtime.spans, bits)
    reader = HeapReader(runtime, objects, type_word_ranges(runtime), _texts(runtime))
    reader.run(tell)
    notes: list[str] = []
    lost = []
    if bits.unreadable:
        lost.append(f"the bitmaps of {bits.unreadable} spans could not be read: objects in them may be missing")
    if reader.unreadable:
        lost.append(f"{reader.unreadable:,} bytes of objects could not be read: pointers in them are missing")
    if reader.masks.unreadable:
        lost.append(
            f"{reader.masks.unreadable} types could not be read: pointers in objects of these types are missing"
        )
    resolver = Resolver(runtime.spans, bits, header_above(runtime.layout))
    edges, roots = reader.found.done(), _root_words(runtime, statics)
    compared = None
    if contents:
        words = (roots.roots, roots.beside)
        compared = read_contents(runtime.memory, runtime.spans, objects, resolver, edges, words, contents)
        if compared.unread:
            notes.append(f"up to {compared.unread:,} strings that share arrays with longer ones were not compared")
    return RawCapture(
        resolver=resolver,
        objects=objects,
        edges=edges,
        code=reader.code(),
        typed=reader.typed(),
        type_addrs=reader.masks.addrs,
        dead=dead_slots(runtime, bits),
        roots=roots,
        unreadable=reader.unreadable,
        notes=notes,
        lost=lost,
        contents=compared,
    )


def settle(raw: RawCapture) -> Capture:
    """Resolve the pointers to objects; uses ``raw`` up."""
    edges, side = resolve(raw.edges, raw.resolver)
    return Capture(
        objects=raw.objects,
        edges=edges,
        side=side,
        code_object=raw.code[0],
        code=raw.code[1],
        typed_object=raw.typed[0],
        typed=raw.typed[1],
        type_addrs=raw.type_addrs,
        dead_objects=raw.dead[0],
        dead_bytes=raw.dead[1],
        unreadable=raw.unreadable,
        notes=raw.notes,
    )


def _root_words(runtime: Runtime, statics: Statics | None) -> RootWords:
    """Collect the roots and read the words beside them, which tell interfaces, lengths and capacities."""
    roots = collect_roots(runtime)
    kinds = name_roots(roots, statics.find()) if statics else {}
    beside, _ = runtime.memory.gather(roots.slot, [-8, 8, 16])
    beside[roots.slot == 0] = 0
    return RootWords(roots, beside, kinds)


def type_word_ranges(runtime: Runtime) -> U64:
    """Return [low, high) pairs in which the type words of interfaces point: type data, itabs, types made by reflect."""
    pairs = []
    for module in runtime.modules:
        ends = [end for start, end in (module.types, *module.data) if end > start]
        starts = [start for start, end in (module.types, *module.data) if end > start]
        pairs.append((min(starts), max(ends)))
    spans = runtime.spans
    if len(spans):
        pairs.append((int(spans.start[0]), int(spans.end[-1])))
    pairs += _itab_pages(runtime, pairs)
    return np.array(pairs, np.uint64).reshape(-1)


def _itab_pages(runtime: Runtime, known: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pages of itabs that were made at run time (runtime/iface.go, itabTable)."""
    layout, memory = runtime.layout, runtime.memory
    try:
        table = memory.read_u64(runtime.symbol("runtime.itabTable"))
        size = min(memory.read_u64(table + layout.offset("runtime.itabTableType", "size")), _MAX_ITABS)
        words = np.frombuffer(
            memory.read(table + layout.offset("runtime.itabTableType", "entries"), 8 * size), np.uint64
        )
    except GoxrayError:
        return []
    words = words[words != 0]
    for low, high in known:
        words = words[(words < np.uint64(low)) | (words >= np.uint64(high))]
    pages = np.unique(words // np.uint64(_PAGE))
    return [(int(page) * _PAGE, (int(page) + 1) * _PAGE) for page in pages.tolist()]


def _texts(runtime: Runtime) -> U64:
    return np.array([(table.start, table.end) for table in runtime.functions], np.uint64).reshape(-1)
