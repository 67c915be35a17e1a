"""Kernels of the dominator tree: semi-NCA for the core of the graph, common dominators for leaves and twigs.

A leaf has no pointers, a twig points to leaves only, the rest is the core. Objects of the core get depth-first numbers
from 1 on, then twigs get the next ones; 0 is the virtual root. An ancestor in the core always has the smaller number.
While this goes on, ``out`` tells for every object where it stands:

==================  ==============================================================
``out[i]``          meaning
==================  ==============================================================
``UNSEEN``          in the core, not reached
``OUTSIDE``         leaf or twig, not reached
1, 2, ...           its number
``HELD_BY - p``     leaf or twig; what is numbered p dominates all its holders so far
==================  ==============================================================

Pointers that are no tree edges are kept as pairs in ``extra``, packed into 64 bits: from the front those into the core,
as linked lists that ``head`` starts; from the back those into leaves and twigs that had a holder before.

These arrays are larger than any cache, and a load that waits for another costs 30 times as much as loads that do not.
So most kernels go in stretches: a first loop loads what the second will need. What it returns is of no use; it is there
for the compiler to keep the loads.
"""

from __future__ import annotations

import numpy as np

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U32

Number = int | np.signedinteger

UNSEEN = -1
OUTSIDE = -2
HELD_BY = -3
ROOTED = -1
"""In ``head``: a root points to the object, nothing else matters."""
LOW = 0xFFFFFFFF
STRETCH = 128


@kernel
def _has(bits: U32, i: Number) -> bool:
    return bool((bits[i >> 5] >> np.uint32(i & 31)) & np.uint32(1))


@kernel
def _set(bits: U32, i: Number) -> None:
    bits[i >> 5] |= np.uint32(1) << np.uint32(i & 31)


@kernel
def prepare(start: U32, target: U32, out: I32, done: U32) -> int:
    """Mark leaves and twigs in ``out`` (int32[N]) and the bits ``done``; return how many objects have pointers."""
    inner = 0
    for i in range(len(out)):
        if start[i] == start[i + 1]:
            _set(done, i)
        else:
            inner += 1
    for i in range(len(out)):
        out[i] = OUTSIDE
        for e in range(np.int64(start[i]), np.int64(start[i + 1])):
            if not _has(done, np.int64(target[e])):
                out[i] = UNSEEN
                break
    for i in range(len(out)):
        if out[i] == OUTSIDE:
            _set(done, i)
    return inner


@kernel
def number(
    start: U32, target: U32, roots: U32, out: I32, done: U32, vertex: I32, parent: I32, stack: I64
) -> tuple[Number, np.uint32]:
    """Number what the roots reach of the core depth first; return how many objects that are.

    ``stack`` (int64[E]) holds objects to look at and the numbers they were met from.
    """
    count: Number = 0
    ahead = np.uint32(0)
    vertex[0] = -1
    parent[0] = 0
    for i in range(len(roots)):
        root = np.int64(roots[i])
        if _has(done, root):
            continue
        stack[0] = root
        depth = 1
        while depth > 0:
            depth -= 1
            u = stack[depth] & LOW
            if _has(done, u):
                continue
            _set(done, u)
            count += 1
            out[u] = count
            vertex[count] = u
            parent[count] = stack[depth] >> 32
            for e in range(np.int64(start[u]), np.int64(start[u + 1])):
                v = np.int64(target[e])
                if not _has(done, v):
                    stack[depth] = (np.int64(count) << 32) | v
                    depth += 1
                    ahead ^= start[v]
    return count, ahead


@kernel
def root_pointers(roots: U32, out: I32, head: I32, count: Number) -> None:
    """Note what roots point to."""
    head[: count + 1] = 0
    for i in range(len(roots)):
        seen = out[roots[i]]
        if seen > 0:
            head[seen] = ROOTED
        else:
            out[roots[i]] = HELD_BY


@kernel
def _ahead_of_pointers(target: U32, out: I32, head: I32, low: Number, high: Number) -> Number:
    ahead = np.int32(0)
    for e in range(low, high):
        ahead ^= head[max(out[target[e]], 0)]
    return ahead


@kernel
def core_pointers(
    start: U32, target: U32, out: I32, parent: I32, head: I32, extra: I64
) -> tuple[Number, Number, Number]:
    """Note all pointers of the core that are no tree edges; return how many at the front, where the back begins."""
    near: Number = 0
    far: Number = len(extra)
    ahead: Number = 0
    u = 0
    by = np.int64(out[0])
    end = np.int64(start[1])
    for low in range(0, len(target), STRETCH):
        high = min(low + STRETCH, len(target))
        ahead ^= _ahead_of_pointers(target, out, head, low, high)
        for e in range(low, high):
            while e == end:
                u += 1
                by = np.int64(out[u])
                end = np.int64(start[u + 1])
            if by <= 0:
                continue
            v = np.int64(target[e])
            seen = np.int64(out[v])
            if seen == OUTSIDE:
                out[v] = HELD_BY - by
            elif seen < 0:
                if seen != HELD_BY and seen != HELD_BY - by:
                    far -= 1
                    extra[far] = (v << 32) | by
            elif head[seen] != ROOTED and seen != by and (seen < by or parent[seen] != by):
                extra[near] = (np.int64(head[seen]) << 32) | by
                near += 1
                head[seen] = near
    return near, far, ahead


@kernel
def _least(link: I64, v: Number, w: Number) -> Number:
    """Return the least semidominator on the tree path from v up to below w; halves the path on the way."""
    least: Number = np.int64(LOW)
    while True:
        here = link[v]
        least = min(least, here & LOW)
        up = here >> 32
        if up <= w:
            return least
        above = link[up]
        least = min(least, above & LOW)
        if above >> 32 <= w:
            return least
        link[v] = ((above >> 32) << 32) | min(here & LOW, above & LOW)
        v = above >> 32


@kernel
def _ahead_of_lists(head: I32, extra: I64, link: I64, low: Number, high: Number) -> Number:
    ahead = np.int64(0)
    for w in range(low, high):
        if head[w] > 0:
            ahead ^= extra[head[w] - 1]
    for w in range(low, high):
        if head[w] > 0:
            first = extra[head[w] - 1]
            ahead ^= link[first & LOW]
            if first >> 32 > 0:
                ahead ^= link[extra[(first >> 32) - 1] & LOW]
    return ahead


@kernel
def semidominators(parent: I32, head: I32, extra: I64, link: I64, count: Number) -> Number:
    """Replace the list heads by the semidominators' numbers; ``link`` is (forest ancestor, least semidominator)."""
    ahead: Number = 0
    for high in range(count, 0, -STRETCH):
        low = max(high - STRETCH, 0)
        ahead ^= _ahead_of_lists(head, extra, link, low + 1, high + 1)
        for w in range(high, low, -1):
            semi: Number = np.int64(parent[w])
            at = np.int64(head[w])
            if at == ROOTED:
                semi = np.int64(0)
                at = np.int64(0)
            while at > 0:
                edge = extra[at - 1]
                at = edge >> 32
                v = edge & LOW
                semi = min(semi, v if v < w else _least(link, v, w))
            head[w] = semi
            link[w] = (np.int64(parent[w]) << 32) | semi
    return ahead


@kernel
def _join(link: I64, w: Number, above: Number) -> None:
    """Put w below its dominator: ``link`` is (depth, an ancestor further up).

    The jumps are those of a skew-binary list, so no climb takes more steps than the logarithm of the depth, however
    deep a linked list makes the tree.
    """
    depth = link[above] >> 32
    jump = link[above] & LOW
    far = link[jump]
    over = far & LOW
    if depth - (far >> 32) == (far >> 32) - (link[over] >> 32):
        link[w] = ((depth + 1) << 32) | over
    else:
        link[w] = ((depth + 1) << 32) | above


@kernel
def immediate(parent: I32, semi: I32, link: I64, count: Number) -> None:
    """Replace the parents by the immediate dominators: the nearest ancestor so far that is not below semi."""
    link[0] = 0
    for w in range(1, count + 1):
        d = np.int64(parent[w])
        s = np.int64(semi[w])
        while d > s:
            jump = link[d] & LOW
            d = jump if jump > s else np.int64(parent[d])
        parent[w] = d
        _join(link, w, d)


@kernel
def _common(parent: I32, link: I64, a: Number, b: Number) -> Number:
    """Return the nearest common dominator of two numbers."""
    if link[a] >> 32 > link[b] >> 32:
        a, b = b, a
    depth = link[a] >> 32
    while link[b] >> 32 > depth:
        jump = link[b] & LOW
        b = jump if link[jump] >> 32 >= depth else np.int64(parent[b])
    while a != b:
        if (link[a] & LOW) != (link[b] & LOW):
            a = link[a] & LOW
            b = link[b] & LOW
        else:
            a = np.int64(parent[a])
            b = np.int64(parent[b])
    return a


@kernel
def _ahead_of_holders(parent: I32, link: I64, extra: I64, out: I32, low: Number, high: Number) -> Number:
    ahead = np.int64(0)
    for i in range(low, high):
        one = HELD_BY - np.int64(out[extra[i] >> 32])
        other = extra[i] & LOW
        ahead ^= link[link[one] & LOW] ^ link[link[other] & LOW] ^ parent[one] ^ parent[other]
    return ahead


@kernel
def fold(parent: I32, link: I64, extra: I64, far: Number, out: I32) -> Number:
    """Fold the further holders of leaves and twigs: what dominates an object dominates all that point to it."""
    ahead: Number = 0
    for low in range(far, len(extra), STRETCH):
        high = min(low + STRETCH, len(extra))
        ahead ^= _ahead_of_holders(parent, link, extra, out, low, high)
        for i in range(low, high):
            v = extra[i] >> 32
            by = HELD_BY - np.int64(out[v])
            if by > 0:
                out[v] = HELD_BY - _common(parent, link, by, extra[i] & LOW)
    return ahead


@kernel
def twigs(start: U32, target: U32, out: I32, vertex: I32, parent: I32, link: I64, extra: I64, count: Number) -> Number:
    """Number the twigs behind the core, whose dominators are known now; return where the back extras begin."""
    far: Number = len(extra)
    for u in range(len(out)):
        if out[u] <= HELD_BY and start[u] != start[u + 1]:
            count += 1
            parent[count] = HELD_BY - out[u]
            vertex[count] = u
            out[u] = count
            _join(link, count, np.int64(parent[count]))
            for e in range(np.int64(start[u]), np.int64(start[u + 1])):
                v = np.int64(target[e])
                if out[v] == OUTSIDE:
                    out[v] = HELD_BY - count
                elif out[v] != HELD_BY and out[v] != HELD_BY - count:
                    far -= 1
                    extra[far] = (v << 32) | count
    return far


@kernel
def name(parent: I32, vertex: I32, out: I32) -> None:
    """Turn ``out`` into object numbers: -1 for the virtual root, -2 for what was not reached."""
    for i in range(len(out)):
        seen = np.int64(out[i])
        if seen > 0:
            out[i] = vertex[parent[seen]]
        elif seen <= HELD_BY:
            out[i] = vertex[HELD_BY - seen]
        else:
            out[i] = -2
