"""Roots in the runtime's own queues: finalizers and cleanups about to run, blocks of tiny objects.

These blocks lie outside the heap. Source: runtime/mgcmark.go, markroot and gcMarkTinyAllocs; runtime/mfinal.go;
runtime/mcleanup.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import GoxrayError
from goxray.goruntime.rootset import U64, RootBuilder, RootHolder
from goxray.goruntime.rootvars import BlockShape, find_blocks, find_processors

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_WORD = 8


def add_queues(runtime: Runtime, builder: RootBuilder) -> None:
    """Add finalizers and cleanups whose objects are gone and that wait to run, and blocks of tiny objects."""
    for step, what in (
        (_finalizer_queue, "finalizers about to run"),
        (_cleanup_queue, "cleanups about to run"),
        (_tiny_blocks, "blocks of tiny objects"),
    ):
        try:
            step(runtime, builder)
        except GoxrayError as error:
            builder.notes.append(f"{what} could not be read to their end: {error}")


def _finalizer_queue(runtime: Runtime, builder: RootBuilder) -> None:
    """The blocks of runtime.allfin."""
    layout = runtime.layout
    size = layout.size("runtime.finalizer")
    shape = BlockShape(
        link=layout.offset("finblock", "alllink"),
        count=layout.offset("finblock", "cnt"),
        first=layout.offset("finblock", "fin"),
        size=size,
        most=layout.field_size("finblock", "fin") // size,
        fn=layout.offset("runtime.finalizer", "fn"),
    )
    pointers = [layout.offset("runtime.finalizer", name) for name in ("fn", "arg", "fint", "ot")]
    start = find_blocks(runtime, "runtime.allfin", 0, shape)
    _blocks(runtime, builder, start, shape, pointers, RootHolder("finalizer", "finalizers about to run"))


def _cleanup_queue(runtime: Runtime, builder: RootBuilder) -> None:
    """The blocks of runtime.gcCleanups; before Go 1.25 cleanups wait among the finalizers."""
    layout = runtime.layout
    if not layout.has("runtime.cleanupQueue", "all"):
        return
    size, fn = _WORD, 0
    if layout.has("runtime.specialCleanup", "cleanup"):
        size, fn = layout.size("runtime.cleanupFn"), layout.offset("runtime.cleanupFn", "fn")
    header = layout.offset("runtime.cleanupBlock", "cleanupBlockHeader")
    shape = BlockShape(
        link=header + layout.offset("runtime.cleanupBlockHeader", "alllink"),
        count=header + layout.offset("runtime.cleanupBlockHeader", "n"),
        first=layout.offset("runtime.cleanupBlock", "cleanups"),
        size=size,
        most=layout.field_size("runtime.cleanupBlock", "cleanups") // size,
        fn=fn,
    )
    start = find_blocks(runtime, "runtime.gcCleanups", layout.offset("runtime.cleanupQueue", "all"), shape)
    holder = RootHolder("cleanup", "cleanups about to run")
    _blocks(runtime, builder, start, shape, list(range(0, size, _WORD)), holder)


def _blocks(
    runtime: Runtime,
    builder: RootBuilder,
    start: int | None,
    shape: BlockShape,
    pointers: list[int],
    holder: RootHolder,
) -> None:
    """Add the words at ``pointers`` of every item in a linked list of blocks."""
    memory = runtime.memory
    values: list[U64] = []
    slots: list[U64] = []
    seen: set[int] = set()
    block = memory.read_u64(start) if start is not None else 0
    while block and block not in seen:
        seen.add(block)
        count = min(memory.read_u32(block + shape.count), shape.most)
        raw = np.frombuffer(memory.read(block + shape.first, count * shape.size), np.uint64)
        items = raw.reshape(count, shape.size // _WORD)
        at = block + shape.first + np.arange(count, dtype=np.uint64) * np.uint64(shape.size)
        for pointer in pointers:
            values.append(items[:, pointer // _WORD])
            slots.append(at + np.uint64(pointer))
        block = memory.read_u64(block + shape.link)
    if values:
        builder.add_words(np.concatenate(values), np.concatenate(slots), holder)


def _tiny_blocks(runtime: Runtime, builder: RootBuilder) -> None:
    """The block that each P cuts tiny objects from."""
    layout, memory = runtime.layout, runtime.memory
    processors = find_processors(runtime)
    if not len(processors):
        builder.notes.append("the list of processors was not found: blocks of tiny objects in use may look dead")
        return
    caches, ok = memory.gather(processors, [layout.offset("runtime.p", "mcache")])
    at = caches[ok & (caches[:, 0] != 0), 0]
    tiny_at = layout.offset("runtime.mcache", "tiny")
    tiny, _ = memory.gather(at, [tiny_at])
    builder.add_words(
        tiny[:, 0], at + np.uint64(tiny_at), RootHolder("runtime", "blocks that tiny objects are cut from")
    )
