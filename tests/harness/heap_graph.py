"""goxray's capture of a heap beside the runtime's own dump of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import kernel
from goxray.goruntime.gcroots import GcRoots
from goxray.goruntime.heapstats import runtime_live_objects
from goxray.goruntime.runtime import Runtime
from goxray.heap.capture import Capture
from goxray.heap.take import settle, take
from goxray.target.open import open_target
from tests.harness.heap_dump import HeapDump

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
_SHOWN = 8
_FAR = 65_535


@dataclass(frozen=True)
class Graph:
    """What goxray captured: objects by address, and what it says the runtime counts."""

    capture: Capture
    addr: U64
    size: I64
    roots: GcRoots
    runtime_objects: int | None
    runtime_bytes: int | None


def captured(target: int | Path, exe: Path | None = None) -> Graph:
    """Capture the heap of a process or core as ``goxray heap`` does."""
    with open_target(str(target), None if exe is None else str(exe)) as opened:
        runtime = Runtime(opened)
        with opened.freeze():
            runtime.refresh()
            raw = take(runtime)
            counts = runtime_live_objects(runtime), runtime.live_bytes()
        roots = raw.roots.roots
        found = settle(raw)
    numbers = np.arange(len(found.objects))
    return Graph(found, found.objects.addrs(numbers), found.objects.sizes(numbers), roots, *counts)


def object_differences(graph: Graph, dump: HeapDump) -> list[str]:
    """Say which objects of the dump are missing, which are more than it has, and which differ in size."""
    found = [f"missing: {_show(dump, np.flatnonzero(~np.isin(dump.addr, graph.addr)))}"]
    extra = np.flatnonzero(~np.isin(graph.addr, dump.addr))
    found.append(f"not in the dump: {len(extra)} {[hex(a) for a in graph.addr[extra][:_SHOWN].tolist()]}")
    both, here, there = np.intersect1d(dump.addr, graph.addr, return_indices=True)
    other = np.flatnonzero(dump.size[here] != graph.size[there])
    found.append(f"other sizes: {len(other)} {[hex(a) for a in both[other][:_SHOWN].tolist()]}")
    return [text for text in found if not (text.endswith(": 0 []"))]


def edge_differences(graph: Graph, dump: HeapDump) -> list[str]:
    """Say which pointers differ; both must have the same objects. See HeapDump.changing for what is left out."""
    edges = graph.capture.edges
    source = np.repeat(np.arange(len(graph.addr)), np.diff(edges.start))
    ours = np.stack([source, edges.word, edges.target, edges.into]).astype(np.int64)
    far = np.array(dump.edges)
    far[3] = np.minimum(far[3], _FAR)
    ours, theirs = (rows[:, ~np.isin(rows[0], dump.changing)] for rows in (ours, far))
    mine, runtimes = _rows(ours), _rows(theirs)
    found = []
    for what, left, right in (("missing", runtimes, mine), ("not in the dump", mine, runtimes)):
        other = np.setdiff1d(left, right)
        if len(other):
            found.append(f"{what}: {len(other)} {[_edge(dump, row.tolist()) for row in other[:_SHOWN]]}")
    if len(np.unique(mine)) != len(mine):
        found.append(f"{len(mine) - len(np.unique(mine))} edges twice")
    return found


_EDGE = np.dtype([("from", np.int64), ("word", np.int64), ("to", np.int64), ("into", np.int64)])


def _rows(columns: I64) -> NDArray[np.void]:
    return np.ascontiguousarray(columns.T).view(_EDGE).ravel()


def _edge(dump: HeapDump, row: tuple[int, int, int, int]) -> str:
    source, word, target, into = row
    size = dump.size[source]
    return f"{dump.addr[source]:#x} ({size} bytes) word {word} -> {dump.addr[target]:#x} + {into} words"


def _show(dump: HeapDump, numbers: I64) -> str:
    return f"{len(numbers)} {[f'{dump.addr[i]:#x} ({dump.size[i]} bytes)' for i in numbers[:_SHOWN].tolist()]}"


@kernel
def _reach(
    start: NDArray[np.int64], target: NDArray[np.int64], queue: NDArray[np.int64], seen: NDArray[np.bool_]
) -> int:
    """Follow every edge from what is in the queue; return how many objects were reached."""
    end = 0
    for first in range(len(queue)):
        if queue[first] < 0:
            break
        end += 1
    at = 0
    while at < end:
        here = queue[at]
        at += 1
        for edge in range(start[here], start[here + 1]):
            there = target[edge]
            if not seen[there]:
                seen[there] = True
                queue[end] = there
                end += 1
    return end


def reached(dump: HeapDump, roots: GcRoots) -> NDArray[np.bool_]:
    """Tell which objects of the dump are reached from goxray's roots over the dump's own pointers."""
    source, _, target, _ = dump.edges
    start = np.append(0, np.cumsum(np.bincount(source, minlength=len(dump.addr))))
    return _flood(start, target, _first(dump, roots, start, target))


def unreached(graph: Graph) -> set[int]:
    """Return the addresses of captured objects that are not reached from the roots over captured pointers."""
    objects, edges = graph.capture.objects, graph.capture.edges
    target = edges.target.astype(np.int64)
    held, parents = objects.numbers_at(graph.roots.value), objects.numbers_at(graph.roots.from_objects)
    children = [target[edges.start[i] : edges.start[i + 1]] for i in parents[parents >= 0].tolist()]
    first = np.unique(np.concatenate([held[held >= 0], *children]))
    return set(graph.addr[~_flood(edges.start.astype(np.int64), target, first)].tolist())


def _first(dump: HeapDump, roots: GcRoots, start: I64, target: I64) -> I64:
    """Return the objects that roots point to, and the children of those that are roots without being held."""
    held = dump.number(roots.value)
    parents = dump.number(roots.from_objects)
    children = [target[start[parent] : start[parent + 1]] for parent in parents[parents >= 0].tolist()]
    return np.unique(np.concatenate([held[held >= 0], *children]))


def _flood(start: I64, target: I64, first: I64) -> NDArray[np.bool_]:
    count = len(start) - 1
    queue, seen = np.full(count + 1, -1, np.int64), np.zeros(count, np.bool_)
    queue[: len(first)] = first
    seen[first] = True
    _reach(start.astype(np.int64), target, queue, seen)
    return seen


def global_root_differences(graph: Graph, dump: HeapDump) -> list[str]:
    """Say which pointers in the data and bss segments are no roots, and which roots there are no pointers."""
    expected = {
        (slot, value)
        for segment in dump.segments
        for slot, value, held, changes in zip(
            segment.slots.tolist(),
            segment.values.tolist(),
            (dump.number(segment.values) >= 0).tolist(),
            dump.in_first_thread(segment.slots).tolist(),
            strict=True,
        )  # fmt: skip
        if held and not changes
    }
    inside = np.zeros(len(graph.roots), np.bool_)
    for segment in dump.segments:
        inside |= (graph.roots.slot >= segment.addr) & (graph.roots.slot < segment.addr + segment.size)
    inside &= (
        ~graph.roots.conservative & (dump.number(graph.roots.value) >= 0) & ~dump.in_first_thread(graph.roots.slot)
    )
    found = set(zip(graph.roots.slot[inside].tolist(), graph.roots.value[inside].tolist(), strict=True))
    missing, more = sorted(expected - found), sorted(found - expected)
    texts = [f"no root: {len(missing)} {_places(missing)}", f"no pointer: {len(more)} {_places(more)}"]
    return [text for text in texts if not text.endswith(": 0 []")]


def frame_differences(graph: Graph, dump: HeapDump, but: int) -> list[str]:
    """Say which pointers in frames of the dump are no roots; goroutine ``but`` has other frames by now."""
    known = set(zip(graph.roots.slot.tolist(), graph.roots.value.tolist(), strict=True))
    found = []
    for frame in dump.frames:
        if frame.goid == but or not frame.continpc:
            continue
        held = dump.number(frame.values) >= 0
        pairs = set(zip(frame.slots[held].tolist(), frame.values[held].tolist(), strict=True))
        if pairs - known:
            found.append(f"goroutine {frame.goid} {frame.function}: {_places(sorted(pairs - known))}")
    return found


def _places(pairs: list[tuple[int, int]]) -> list[str]:
    return [f"{slot:#x}: {value:#x}" for slot, value in pairs[:_SHOWN]]
