"""The table that ``go tool pprof -top`` prints: what each function allocated itself, and what all below it did.

Source of the rules: cmd/vendor/github.com/google/pprof, internal/graph (newGraph, CreateNodes). A function that is on a
stack twice counts once. Functions are told apart by their names, with ``lines`` by file and line too; a place without
a name counts for the file that was mapped there.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.pprof.names import shown_name
from goxray.timeline.pprof.profile import Lists

if TYPE_CHECKING:
    from goxray.timeline.pprof.profile import I64, Profile

_LARGE = 1 << 19
"""From so many frames on the kernel is quicker, although numba has to be loaded for it."""

UNKNOWN = "<unknown>"


@dataclass(frozen=True)
class Node:
    """A row of the table: a function, and with ``lines`` a line of it. ``start_line`` tells unnamed ones apart."""

    name: str
    file: str = ""
    line: int = 0
    object_file: str = ""
    start_line: int = 0

    @property
    def shown(self) -> str:
        """The name as ``go tool pprof`` prints it."""
        parts = [self.name] if self.name else []
        if self.line:
            parts.append(f"{self.file}:{self.line}")
        elif self.file:
            parts.append(self.file)
        elif not self.name:
            parts.append(f"[{posixpath.basename(self.object_file)}]" if self.object_file else UNKNOWN)
        return " ".join(parts)


@dataclass(frozen=True)
class Sums:
    """Every node's figures: ``flat`` and ``cum`` are int64[nodes, types]; ``of_place`` lists the nodes of a place."""

    nodes: tuple[Node, ...]
    flat: I64
    cum: I64
    of_place: Lists

    def order(self, column: int, *, by_cum: bool = False) -> list[int]:
        """Return the numbers of the nodes that have something in a column, the largest first, as pprof sorts them."""
        first, second = (self.cum, self.flat) if by_cum else (self.flat, self.cum)
        first, second = np.abs(first[:, column]), np.abs(second[:, column])
        chosen = np.flatnonzero((first != 0) | (second != 0)).tolist()
        return sorted(chosen, key=lambda at: (-int(first[at]), self.nodes[at].shown, -int(second[at])))


def add_up(profile: Profile, *, lines: bool = False) -> Sums:
    """Add a profile up by function, or by line."""
    nodes, of_place = _nodes(profile, lines)
    return _summed(profile, nodes, of_place)


def _summed(profile: Profile, nodes: tuple[Node, ...], of_place: Lists) -> Sums:
    if len(profile.stacks.items) >= _LARGE:
        from goxray.core.jit import COMPILED

        if COMPILED:
            return Sums(nodes, *by_kernel(profile, of_place, len(nodes)), of_place)
    return Sums(nodes, *by_sorting(profile, of_place, len(nodes)), of_place)


def by_kernel(profile: Profile, of_place: Lists, count: int) -> tuple[I64, I64]:
    """Add up by the compiled kernel, for large profiles. Returns flat and cum, int64[count, types]."""
    from goxray.timeline.pprof.sum_kernels import add_up as kernel

    flat, cum = (np.zeros((count, len(profile.types)), np.int64) for _ in range(2))
    stacks, values = profile.stacks, np.ascontiguousarray(profile.values)
    last = np.zeros(count, np.int64)
    kernel(stacks.starts, stacks.items, of_place.starts, of_place.items, values, last, flat, cum)
    return flat, cum


def by_sorting(profile: Profile, of_place: Lists, count: int) -> tuple[I64, I64]:
    """Do what the kernel does with sorted arrays: the twin for small profiles. Returns flat and cum."""
    flat, cum = (np.zeros((count, len(profile.types)), np.int64) for _ in range(2))
    if not count or not len(profile):
        return flat, cum
    stacks = profile.stacks
    there = np.flatnonzero(stacks.lengths > 0)
    tops = of_place.items[of_place.starts[stacks.items[stacks.starts[there]]]]
    np.add.at(flat, tops, profile.values[there])
    sample_of = np.repeat(np.arange(len(profile)), stacks.lengths)
    lengths = of_place.lengths[stacks.items]
    frames = of_place.take(stacks.items.astype(np.int64)).items
    pairs = np.unique(np.repeat(sample_of, lengths) * count + frames)
    np.add.at(cum, pairs % count, profile.values[pairs // count])
    return flat, cum


def _nodes(profile: Profile, by_line: bool) -> tuple[tuple[Node, ...], Lists]:
    """Number the nodes and say which each place has, the innermost first."""
    known: dict[Node, int] = {}
    named = [Node(shown_name(function)) if not by_line else _filed(function) for function in profile.functions]
    lines = profile.locations.lines
    if by_line or not all(node.name for node in named) or bool((lines.lengths == 0).any()):
        return _one_by_one(profile, named, by_line)
    of_function = np.array([known.setdefault(node, len(known)) for node in named], np.int32)
    return tuple(known), Lists(lines.starts, of_function[lines.items] if len(named) else lines.items)


def _filed(function: tuple[str, str, str, int]) -> Node:
    from goxray.timeline.pprof.profile import Function

    told = Function(*function)
    return Node(shown_name(told), posixpath.normpath(told.file) if told.file else "")


def _one_by_one(profile: Profile, named: list[Node], by_line: bool) -> tuple[tuple[Node, ...], Lists]:
    known: dict[Node, int] = {}
    items: list[int] = []
    starts = [0]
    lines = profile.locations.lines
    begins, functions, numbers = lines.starts.tolist(), lines.items.tolist(), profile.locations.line.tolist()
    mapping_of = profile.locations.mapping.tolist()
    for place, mapping in enumerate(mapping_of):
        file = profile.mappings[mapping].filename if mapping >= 0 else ""
        for at in range(begins[place], begins[place + 1]):
            node = named[functions[at]]
            line = numbers[at] if by_line else 0
            extra = ("", 0) if node.name else (file, profile.functions[functions[at]].start_line)
            node = Node(node.name, node.file, line, *extra)
            items.append(known.setdefault(node, len(known)))
        if begins[place] == begins[place + 1]:
            items.append(known.setdefault(Node("", object_file=file), len(known)))
        starts.append(len(items))
    return tuple(known), Lists(np.array(starts, np.int64), np.array(items, np.int32))
