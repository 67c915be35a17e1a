"""goxray's capture of a heap beside the runtime's own dump of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
        found = settle(raw)
    numbers = np.arange(len(found.objects))
    return Graph(found, found.objects.addrs(numbers), found.objects.sizes(numbers), *counts)


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
