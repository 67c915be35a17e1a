"""Kernels that add objects up by group, span by span: no array of sizes is made."""

from __future__ import annotations

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U8


@kernel
def group_totals(first: I64, elem: I64, group: I32, idom: I32, alive_only: bool, counts: I64, sizes: I64) -> None:
    """Add up objects and bytes by group; negative groups are left out, with ``alive_only`` unreachable objects too."""
    for span in range(len(elem)):
        for number in range(first[span], first[span + 1]):
            if group[number] >= 0 and not (alive_only and idom[number] == -2):
                counts[group[number]] += 1
                sizes[group[number]] += elem[span]


@kernel
def reached_by_span(first: I64, idom: I32, counts: I64) -> None:
    """Count the objects of each span that a root reaches."""
    for span in range(len(counts)):
        for number in range(first[span], first[span + 1]):
            counts[span] += idom[number] != -2


@kernel
def spread(first: I64, elem: I64, sizes: I64) -> None:
    """Write every object's bytes."""
    for span in range(len(elem)):
        for number in range(first[span], first[span + 1]):
            sizes[number] = elem[span]


@kernel
def name_types(
    first: I64, elem: I64, kinds: I32, scores: U8, shapes: U8, fit: I64, array_of: I32, unknown_of: I32, marks: U8
) -> None:
    """Give the types that are shown: arrays that only the allocator knew of, and the unknown by their size.

    ``array_of`` (int32, by type; -1: none) is the array of values of a type; ``unknown_of`` (int32) the type for what
    is unknown or known in part only, by span. With ``array_of`` empty nothing is changed: ``marks`` (uint8, by type) is
    set for the types whose arrays are asked for. Scores and shapes are those of typing_kernels.
    """
    for span in range(len(elem)):
        for number in range(first[span], first[span + 1]):
            kind = kinds[number]
            if kind < 0 or scores[number] == 2:
                if len(array_of):
                    kinds[number] = unknown_of[span]
            elif scores[number] == 6 and shapes[number] & 127 == 2 and fit[kind] != elem[span]:
                if len(array_of) == 0:
                    marks[kind] = 1
                elif array_of[kind] >= 0:
                    kinds[number] = array_of[kind]
