"""Shortest paths from the roots to objects: why they are alive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.heap import paths_kernels as kernels
from goxray.heap.dominators import check_graph
from goxray.heap.graph import I32, U32


@dataclass(frozen=True)
class Path:
    """The number of a root word, and the objects from the one it points to up to a goal (uint32)."""

    root: int
    objects: U32


def shortest_paths(
    start: U32,
    target: U32,
    roots: U32,
    goals: NDArray[np.integer],
    limit: int,
    holder: I32 | None = None,
    doubtful: NDArray[np.bool_] | None = None,
) -> list[Path]:
    """Return up to ``limit`` different shortest paths from the roots to any of the objects ``goals``.

    The graph is that of dominators(). ``holder`` (int32[R]) tells which roots belong together (one global, one frame);
    without it each root stands alone. ``doubtful`` (bool[R]) marks roots that may be no pointers. What comes first:

    1. one path from each holder, a shortest one; near holders before far ones;
    2. further paths from the same holders to other first objects, a shortest one each;
    3. paths that reach a goal of these by another last step, a shortest one for each last step.

    A holder's doubtful roots count only where it has no other that leads to a goal, and its path comes after the first
    paths of all other holders. A path meets a goal only at its end, and none is there twice. Among equals the lower
    object or root number comes first, so the same arguments give the same answer. No path: no root reaches a goal.
    Memory: 13 bytes an object, 4 an edge. Time is linear, and again linear for each path of the third kind.

    Raises:
        ValueError: The arrays do not fit together.
    """
    ends = np.unique(np.asarray(goals)).astype(np.uint32)
    objects = check_graph(start, target, np.concatenate((roots, ends)))
    if limit < 1 or not objects:
        return []
    return _Search(start, target, roots, holder, doubtful).run(ends, limit)


class _Search:
    """The graph turned round, and the roots sorted by what they point to."""

    def __init__(
        self, start: U32, target: U32, roots: U32, holder: I32 | None, doubtful: NDArray[np.bool_] | None
    ) -> None:
        objects = len(start) - 1
        self.first = np.zeros(objects + 1, np.uint32)
        self.source = np.empty(len(target), np.uint32)
        kernels.turn(start, target, self.first, self.source)
        self.after = np.empty(objects, np.int32)
        self.queue = np.empty(objects, np.uint32)
        self.roots = roots
        self.holder = np.arange(len(roots), dtype=np.int32) if holder is None else holder
        self.doubtful = np.zeros(len(roots), np.bool_) if doubtful is None else doubtful
        self.by_target = np.argsort(roots, kind="stable")
        self.sorted_roots = roots[self.by_target]
        self.rooted = np.zeros(objects, np.bool_)
        self.rooted[roots] = True

    def run(self, ends: U32, limit: int) -> list[Path]:
        """Return the paths; see shortest_paths()."""
        rows = self._rooted_rows(ends, np.zeros(0, np.uint32))
        paths = [Path(row, self._path(row)) for row in self._chosen(rows, limit)]
        reached = np.unique(np.array([path.objects[-1] for path in paths], np.uint32))
        used = {int(path.objects[-2]) for path in paths if len(path.objects) > 1}
        while paths and len(paths) < limit:
            other = self._another_last_step(reached, ends, used)
            if other is None:
                break
            used.add(int(other.objects[-2]))
            paths.append(other)
        return paths

    def _rooted_rows(self, ends: U32, barred: U32) -> Iterator[int]:
        """Search back from ``ends``, not through ``barred``; give the roots that reach them, the nearest first."""
        self.after[:] = kernels.UNSEEN
        self.after[barred] = kernels.BARRED
        found = self.queue[: kernels.search_back(self.first, self.source, ends, self.after, self.queue)]
        hits = found[self.rooted[found]]
        low = np.searchsorted(self.sorted_roots, hits, "left").tolist()
        high = np.searchsorted(self.sorted_roots, hits, "right").tolist()
        for begin, end in zip(low, high, strict=True):
            yield from self.by_target[begin:end].tolist()

    def _chosen(self, rows: Iterator[int], limit: int) -> list[int]:
        """Return the roots of the first two kinds of paths."""
        holders: dict[int, int] = {}
        first_objects: dict[tuple[int, int], int] = {}
        doubted: dict[int, int] = {}
        for row in rows:
            held = int(self.holder[row])
            if self.doubtful[row]:
                doubted.setdefault(held, row)
            elif held not in holders:
                holders[held] = row
            else:
                first_objects.setdefault((held, int(self.roots[row])), row)
            if len(holders) >= limit:
                break
        return self._in_turn(holders, doubted, first_objects)[:limit]

    def _in_turn(
        self, holders: dict[int, int], doubted: dict[int, int], first_objects: dict[tuple[int, int], int]
    ) -> list[int]:
        new = [row for held, row in doubted.items() if held not in holders]
        taken = {(held, int(self.roots[row])) for held, row in holders.items()}
        return [*holders.values(), *new, *(row for pair, row in first_objects.items() if pair not in taken)]

    def _path(self, row: int) -> U32:
        path = np.empty(kernels.steps(self.after, int(self.roots[row])), np.uint32)
        kernels.walk(self.after, int(self.roots[row]), path)
        return path

    def _another_last_step(self, reached: U32, ends: U32, used: set[int]) -> Path | None:
        """Return a shortest path to one of the goals ``reached`` whose last step is from an object not in ``used``."""
        before = [self.source[self.first[v] : self.first[v + 1]] for v in reached.astype(np.int64).tolist()]
        last = np.unique(np.concatenate(before))
        taken = np.array(sorted(used), np.uint32)
        last = last[~np.isin(last, taken) & ~np.isin(last, ends)]
        row = next(self._rooted_rows(last, ends), None) if len(last) else None
        if row is None:
            return None
        path = self._path(row)
        goal = next(v for v, sources in zip(reached, before, strict=True) if path[-1] in sources)
        return Path(row, np.append(path, goal).astype(np.uint32))
