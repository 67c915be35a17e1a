"""What the analysis of the object graph costs: made-up heaps of 1.25, 5 and 20 million objects.

Run as ``python -m bench.graph_kernels [--objects N ...] [--shape NAME ...]``. For each step it prints CPU seconds, CPU
nanoseconds an object, and the memory at its peak beside its arguments, in bytes an object. Kernels are compiled before.

A made-up heap has 60% objects without pointers, 1.5 pointers an object, a fan-out by power law and 5% of the objects in
linked lists. In ``near`` most pointers lead to objects that were allocated about the same time and lie nearby, as in a
real heap; in ``scattered`` every pointer leads anywhere, which no cache helps with. ``sessions`` is a map of sessions
with users, tags and a list by last use. ``list`` and ``doubly`` are one linked list of all objects; ``held`` is one
whose every object also points to one of 1,000 shared ones.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from goxray.heap import dominators as dom
from goxray.heap import retained as ret
from goxray.heap.graph import I32, I64, U32
from goxray.heap.kernels import warm_up
from goxray.heap.paths import shortest_paths
from goxray.heap.suspects import Tree, find_suspects

Result = TypeVar("Result")
MIB = 1 << 20
SIZES = (1_250_000, 5_000_000, 20_000_000)
GROUPS = 5_000
SEED = 20_240_611


@dataclass(frozen=True)
class Graph:
    """The arguments of the kernels."""

    start: U32
    target: U32
    roots: U32
    sizes: I64
    group: I32

    @property
    def objects(self) -> int:
        """How many objects there are."""
        return len(self.start) - 1


def from_edges(source: NDArray[np.integer], target: NDArray[np.integer], objects: int, roots: list[int]) -> Graph:
    """Sort edges by their source."""
    start = np.zeros(objects + 1, np.uint32)
    np.cumsum(np.bincount(source, minlength=objects), out=start[1:], dtype=np.uint32)
    rng = np.random.default_rng(SEED + 1)
    return Graph(
        start,
        target[np.argsort(source, kind="stable")].astype(np.uint32),
        np.array(roots, np.uint32),
        rng.choice(np.array([16, 32, 48, 64, 96, 128, 512]), objects),
        np.minimum(rng.zipf(1.3, objects), GROUPS).astype(np.int32) - 1,
    )


def _parents(rng: np.random.Generator, inner: I64, objects: int, far: float) -> I64:
    """Return one earlier object with pointers for each object from 1 on: mostly a recent one, sometimes a hub."""
    before = np.searchsorted(inner, np.arange(1, objects))
    back = np.minimum(rng.zipf(1.6, objects - 1), before) - 1
    anywhere = (rng.random(objects - 1) ** 3 * before).astype(np.int64)
    rank = np.where(rng.random(objects - 1) < far, anywhere, before - 1 - back)
    return inner[rank]


def heap_like(objects: int, scattered: bool) -> Graph:
    """Make a heap; see the module's description."""
    rng = np.random.default_rng(SEED)
    has_pointers = rng.random(objects) < 0.4
    has_pointers[0] = True
    inner = np.flatnonzero(has_pointers)
    source = _parents(rng, inner, objects, 0.1)
    target = np.arange(1, objects)
    listed = rng.choice(inner[inner > 0], objects // 20, replace=False)
    listed.sort()
    lists = np.arange(len(listed) - 1) % 10_000 != 0
    source[listed[1:][lists] - 1] = listed[:-1][lists]
    more = objects // 2
    from_rank = rng.integers(0, len(inner), more)
    near = inner[from_rank] + rng.integers(-2_000, 2_000, more)
    anywhere = rng.integers(0, objects, more)
    other = np.where(rng.random(more) < 0.8, np.clip(near, 0, objects - 1), anywhere)
    source, target = np.concatenate((source, inner[from_rank])), np.concatenate((target, other))
    roots = [0, *rng.integers(0, objects, 2_000).tolist()]
    if scattered:
        number = rng.permutation(objects)
        source, target, roots = number[source], number[target], number[roots].tolist()
    return from_edges(source, target, objects, roots)


def linked(objects: int, doubly: bool = False, shared: int = 0) -> Graph:
    """Make one linked list of all objects, in the order of their addresses."""
    nodes = objects - shared
    source = np.arange(nodes - 1)
    target = source + 1
    if doubly:
        source, target = np.concatenate((source, target)), np.concatenate((target, source))
    if shared:
        source = np.concatenate((source, np.arange(nodes), np.arange(nodes, objects)))
        target = np.concatenate((target, nodes + np.arange(nodes) % shared, np.arange(nodes, objects)))
    return from_edges(source, target, objects, [0])


def sessions(objects: int) -> Graph:
    """Make a cache of sessions: 12 objects each, every kind in its own stretch of addresses, the list in random order.

    A group of the map holds 8 sessions and their keys; a session points to its user, its tags, two strings and its
    element of the list of least recently used ones, a user to two strings, tags to three.
    """
    count = objects // 13
    rng = np.random.default_rng(SEED)
    at = np.arange(count)
    groups, base = count // 8 + 1, 3
    session, user, tags, element = (base + groups + count * kind + at for kind in range(4))
    strings = base + groups + 4 * count
    text = [strings + at * 8 + i for i in range(8)]
    held = base + at // 8
    order = element[rng.permutation(count)]
    table, header, lru = np.zeros(groups, np.int64), np.array([1, 1]), np.full(count, 2)
    pairs = [
        (table, base + np.arange(groups)),
        (header, np.array([0, 2])),
        (lru[:2], order[[0, -1]]),
        *((held, each) for each in (session, text[0])),
        *((session, each) for each in (user, tags, element, text[1], text[2])),
        *((user, each) for each in (text[3], text[4])),
        *((tags, each) for each in (text[5], text[6], text[7])),
        (element, lru),
        (element, session),
        (order[:-1], order[1:]),
        (order[1:], order[:-1]),
    ]
    source, target = (np.concatenate(each) for each in zip(*pairs, strict=True))
    return from_edges(source, target, strings + 8 * count, [1])


SHAPES: dict[str, Callable[[int], Graph]] = {
    "near": lambda objects: heap_like(objects, scattered=False),
    "scattered": lambda objects: heap_like(objects, scattered=True),
    "sessions": sessions,
    "list": linked,
    "doubly": lambda objects: linked(objects, doubly=True),
    "held": lambda objects: linked(objects, shared=1_000),
}


def _memory(field: str) -> int:
    """Return a field of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a step, and its memory at the peak beside what was there before, in bytes."""

    cpu: float
    peak: int


def measured(step: Callable[[], Result]) -> tuple[Result, Cost]:
    """Run a step; the kernel's count of the peak starts anew before."""
    Path("/proc/self/clear_refs").write_text("5")
    before, began = _memory("VmRSS"), time.process_time()
    result = step()
    cpu = time.process_time() - began
    return result, Cost(cpu, _memory("VmHWM") - before)


def analyse(graph: Graph) -> dict[str, Cost]:
    """Run every step on a graph; return what each cost."""
    start, target, roots = graph.start, graph.target, graph.roots
    costs: dict[str, Cost] = {}
    _, costs["reachable"] = measured(lambda: ret.reachable(start, target, roots))
    idom, costs["dominators"] = measured(lambda: dom.dominators(start, target, roots))
    (held, objects), costs["retained"] = measured(lambda: ret.retained(idom, graph.sizes))
    order, costs["order"] = measured(lambda: ret.tree_order(idom, objects))
    _, costs["by group"] = measured(lambda: ret.retained_by_group(order, held, objects, graph.group, GROUPS))
    tree = Tree(order, held, objects, graph.group, graph.group)
    _, costs["suspects"] = measured(lambda: find_suspects(tree, GROUPS, GROUPS))
    goal = order[-1:]
    _, costs["paths"] = measured(lambda: shortest_paths(start, target, roots, goal, 5))
    return costs


def measure(name: str, size: int) -> None:
    """Make one graph and run every step on it."""
    warm_up()
    graph = SHAPES[name](size)
    arguments = sum(a.nbytes for a in (graph.start, graph.target, graph.roots, graph.sizes, graph.group))
    print(f"{name}: {graph.objects:,} objects, {len(graph.target):,} pointers, {arguments // MIB} MiB of arguments")
    began = time.process_time()
    for what, cost in analyse(graph).items():
        each = cost.peak / graph.objects
        print(f"  {what:<14}{cost.cpu:8.2f} s{cost.cpu / graph.objects * 1e9:8.0f} ns/object{each:8.1f} bytes/object")
    print(f"  {'all':<14}{time.process_time() - began:8.2f} s", flush=True)


def main() -> None:
    """Measure each graph in a process of its own."""
    parser = argparse.ArgumentParser(description="what the analysis of the object graph costs")
    parser.add_argument("--objects", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--shape", choices=sorted(SHAPES), nargs="*", default=list(SHAPES))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    for name in asked.shape:
        for size in asked.objects:
            if asked.here:
                measure(name, size)
            else:
                command = [sys.executable, "-m", "bench.graph_kernels", "--here"]
                # What is freed goes back to the kernel at once, or the peaks would hide behind it.
                env = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
                subprocess.run([*command, "--objects", str(size), "--shape", name], env=env, check=True)


if __name__ == "__main__":
    main()
