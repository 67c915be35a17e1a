"""Adds a profile's figures up by function: flat where memory was allocated, cumulative once for all on the stack."""

from __future__ import annotations

from goxray.core.jit import kernel
from goxray.timeline.pprof.profile import I32, I64


@kernel
def add_up(
    place_starts: I64,
    places: I32,
    node_starts: I64,
    nodes: I32,
    values: I64,
    last: I64,
    flat: I64,
    cum: I64,
) -> None:
    """Add every sample to the node at its top, and to each node on its stack once.

    Args:
        place_starts: int64[samples + 1], where each stack begins in ``places``.
        places: int32, the locations of all stacks, innermost first.
        node_starts: int64[locations + 1], where each location's nodes begin in ``nodes``; each has one at least.
        nodes: int32, the nodes of all locations, innermost first.
        values: int64[samples, types].
        last: int64[nodes], zeros, to work in.
        flat: int64[nodes, types], zeros, filled.
        cum: int64[nodes, types], zeros, filled.
    """
    width = values.shape[1]
    for sample in range(len(values)):
        first, end = place_starts[sample], place_starts[sample + 1]
        if first == end:
            continue
        top = nodes[node_starts[places[first]]]
        for kind in range(width):
            flat[top, kind] += values[sample, kind]
        for at in range(first, end):
            for line in range(node_starts[places[at]], node_starts[places[at] + 1]):
                node = nodes[line]
                if last[node] != sample + 1:
                    last[node] = sample + 1
                    for kind in range(width):
                        cum[node, kind] += values[sample, kind]
