"""The roots of a target's heap, as the Go collector itself finds them (runtime/mgcmark.go, markroot).

Global variables by the modules' pointer masks; goroutine stacks by stack maps and stack objects; finalizers, cleanups
and weak handles; queues of those about to run; blocks that tiny objects are being cut from. In addition, since a target
is not stopped at safe points, the registers and system stacks of threads that run Go code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, GoxrayError, MemoryFault
from goxray.goruntime.dataroots import add_globals
from goxray.goruntime.gextras import read_extras
from goxray.goruntime.rootqueues import add_queues
from goxray.goruntime.rootset import GcRoots, RootBuilder, RootHolder
from goxray.goruntime.specials import add_specials
from goxray.goruntime.stackmaps import FrameMaps
from goxray.goruntime.stackread import Position
from goxray.goruntime.stackroots import StackRoots
from goxray.goruntime.threadroots import ThreadRoots

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

__all__ = ["GcRoots", "RootHolder", "collect_roots"]

_BATCH_BYTES = 64 << 20


def collect_roots(runtime: Runtime) -> GcRoots:
    """Collect every root of the target's heap; call it while the target stands still, with fresh spans.

    Works on cores and on running targets too: what runs then has no position, and its whole stack is searched.
    What cannot be read costs the roots that it held and leaves a sentence in ``notes``; nothing is raised for it.
    """
    builder = RootBuilder(runtime.memory, runtime.spans)
    for step, what in ((add_globals, "global variables"), (_add_stacks, "goroutine stacks"),
                       (add_specials, "finalizers"), (add_queues, "queued finalizers")):  # fmt: skip
        try:
            step(runtime, builder)
        except GoxrayError as error:
            builder.notes.append(f"roots in {what} are missing: {error}")
    return builder.done()


def _add_stacks(runtime: Runtime, builder: RootBuilder) -> None:
    goroutines = runtime.goroutines()
    threads = ThreadRoots(runtime, builder)
    threads.add_roots(goroutines)
    places = [threads.position(goroutine) for goroutine in goroutines]
    positions = [place for place in places if place is not None]
    extras = read_extras(runtime, goroutines, builder)
    roots = StackRoots(runtime.memory, FrameMaps(runtime.memory, runtime.layout, runtime.functions), builder)
    roots.unread = len(places) - len(positions)
    for batch in _batches(positions):
        try:
            roots.scan(batch, extras)
        except (CorruptMemory, MemoryFault) as error:
            builder.notes.append(f"roots on {len(batch)} stacks are missing: {error}")
    _tell(roots, threads, builder)


def _batches(positions: list[Position]) -> list[list[Position]]:
    """Cut the goroutines into batches whose stacks fit into memory together."""
    if not positions:
        return []
    used = np.array([p.high - (p.sp or p.low) for p in positions], np.int64)
    number = np.cumsum(used) // _BATCH_BYTES
    edges = np.flatnonzero(np.diff(number)) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(positions)]
    return [positions[a:b] for a, b in zip(starts, ends, strict=True)]


def _tell(roots: StackRoots, threads: ThreadRoots, builder: RootBuilder) -> None:
    def note(count: int, text: str) -> None:
        if count:
            builder.notes.append(f"{count} goroutine stacks {text}")

    note(roots.unread, "could not be read: what only they hold looks dead")
    note(roots.unknown, "were searched word by word, because it is not known where their goroutines stand")
    note(roots.lost, "could not be unwound to their end: the rest of each was searched word by word")
    if roots.unmapped:
        builder.notes.append(f"{roots.unmapped} frames without a pointer map were searched word by word")
