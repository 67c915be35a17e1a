"""How untyped memory is reached, spelled by offsets: ``bss+0x1c0→0x10``, ``bss+0x1c0[...]``, ``bss+0x1c0→0x10…``.

An arrow is a pointer followed into an object of unknown type, with the offset of the word there; ``[...]`` is any elem
of what looks like an array, or any entry of a map; ``…`` is whatever lies deeper. Paths are numbered: a heap has many
objects and few paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.maps.units import I64

if TYPE_CHECKING:
    from goxray.maps.exprs import Exprs

ELEMS, DEEPER = 1 << 16, (1 << 16) + 1
_DEEPEST = 3
_MOST = 1 << 16


class Paths:
    """All paths of one look; labels are offsets in bytes, ELEMS or DEEPER."""

    def __init__(self, exprs: Exprs) -> None:
        self._exprs = exprs
        self._expr: list[int] = []
        self._parent: list[int] = []
        self._label: list[int] = []
        self._depth: list[int] = []
        self._children: dict[tuple[int, int], int] = {}
        self._roots: dict[int, int] = {}

    def root(self, expr: int) -> int:
        """The path that is the owner expression itself."""
        known = self._roots.get(expr)
        if known is None:
            known = self._roots[expr] = self._add(-1, 0, 0, expr)
        return known

    def _add(self, parent: int, label: int, depth: int, expr: int) -> int:
        self._parent.append(parent)
        self._label.append(label)
        self._depth.append(depth)
        self._expr.append(expr)
        return len(self._expr) - 1

    def child(self, parent: int, label: int) -> int:
        """One step on. What is deeper than three steps is one path."""
        if self._label[parent] == DEEPER:
            return parent
        if self._depth[parent] >= _DEEPEST or len(self._expr) >= _MOST:
            label = DEEPER
        known = self._children.get((parent, label))
        if known is None:
            known = self._add(parent, label, self._depth[parent] + 1, -1)
            self._children[parent, label] = known
        return known

    def children(self, parents: I64, labels: I64) -> I64:
        """The same for arrays of one length."""
        keys, inverse = np.unique(parents << 20 | labels, return_inverse=True)
        made = [self.child(key >> 20, key & (1 << 20) - 1) for key in keys.tolist()]
        found: I64 = np.array(made, np.int64)[inverse.reshape(-1)]
        return found

    def expr(self, path: int) -> int:
        """The number of the owner expression that spells a path."""
        if self._expr[path] < 0:
            above = self.expr(self._parent[path])
            label = self._label[path]
            form = {ELEMS: "{p}[...]", DEEPER: "{p}…"}.get(label, f"{{p}}→{label:#x}")
            self._expr[path] = self._exprs.child(above, form, f"?{path}")
        return self._expr[path]
