"""Kernels of the dominator tree: semi-NCA over the objects with pointers, common dominators for those without.

The inner objects (those with pointers) get depth-first numbers from 1 on; 0 is the virtual root. An ancestor always has
the smaller number. While this goes on, ``out`` tells for every object where it stands:

====================  ================================================
``out[i]``            meaning
====================  ================================================
``UNSEEN``            has pointers, not reached yet
``LEAF``              has no pointers, not reached yet
1, 2, ...             its depth-first number
``HELD_BY - p``       has no pointers; number p is a common dominator of all that point to it so far
====================  ================================================

Pointers that are no tree edges are kept as packed pairs in ``extra``: from the front those into inner objects, as
linked lists that ``head`` starts; from the back those into leaves that another object pointed to before.
"""

from __future__ import annotations

import numpy as np

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U32

Number = int | np.signedinteger

UNSEEN = -1
LEAF = -2
HELD_BY = -3
ROOTED = -1
"""In ``head``: a root points to the object, nothing else matters."""
LOW = 0xFFFFFFFF


@kernel
def prepare(start: U32, out: I32) -> int:
    """Mark inner objects and leaves as not reached in ``out`` (int32[N]); return the number of inner objects."""
    inner = 0
    for i in range(len(out)):
        if start[i] == start[i + 1]:
            out[i] = LEAF
        else:
            out[i] = UNSEEN
            inner += 1
    return inner


@kernel
def _enter(
    start: U32, target: U32, out: I32, head: I32, extra: I64, u: int, number: int, near: int, far: int
) -> tuple[int, int, int, int]:
    """Look at all pointers of a new object; return the first two unseen targets' edges (-1: none), near and far."""
    first = -1
    second = -1
    unseen = -1
    last = -1
    for i in range(np.int64(start[u]), np.int64(start[u + 1])):
        v = np.int64(target[i])
        seen = np.int64(out[v])
        if seen == UNSEEN:
            if first < 0:
                first = i
                unseen = v
            elif second < 0 and v != unseen:
                second = i
        elif seen > 0:
            if seen != number and seen != last and head[seen] != ROOTED:
                extra[near] = (np.int64(head[seen]) << 32) | number
                near += 1
                head[seen] = near
            last = seen
        elif seen == LEAF:
            out[v] = HELD_BY - number
        elif seen != HELD_BY and seen != HELD_BY - number:
            far -= 1
            extra[far] = (v << 32) | number
    return first, second, near, far


@kernel
def _resume(
    target: U32, out: I32, head: I32, extra: I64, low: int, high: int, number: int, near: int
) -> tuple[int, int, int]:
    """Go on with edges low to high of an object; what was reached below it meanwhile is kept as an extra edge."""
    first = -1
    unseen = -1
    for i in range(low, high):
        v = np.int64(target[i])
        seen = np.int64(out[v])
        if seen == UNSEEN:
            if first < 0:
                first = i
                unseen = v
            elif v != unseen:
                return first, i, near
        elif seen > number and head[seen] != ROOTED:
            extra[near] = (np.int64(head[seen]) << 32) | number
            near += 1
            head[seen] = near
    return first, -1, near


@kernel
def _descend(
    start: U32,
    target: U32,
    out: I32,
    vertex: I32,
    parent: I32,
    head: I32,
    extra: I64,
    stack: I64,
    top: int,
    count: int,
    near: int,
    far: int,
) -> tuple[int, int, int]:
    """Number everything below ``top`` depth first; an object with one way left to go needs no place on the stack."""
    depth = 0
    u = top
    above = 0
    while True:
        count += 1
        out[u] = count
        vertex[count] = u
        parent[count] = above
        head[count] = 0
        above = count
        first, second, near, far = _enter(start, target, out, head, extra, u, above, near, far)
        while first < 0 and depth > 0:
            depth -= 1
            above = stack[depth] >> 32
            end = np.int64(start[vertex[above] + 1])
            first, second, near = _resume(target, out, head, extra, stack[depth] & LOW, end, above, near)
        if first < 0:
            return count, near, far
        if second >= 0:
            stack[depth] = (np.int64(above) << 32) | second
            depth += 1
        u = np.int64(target[first])


@kernel
def number(
    start: U32, target: U32, roots: U32, out: I32, vertex: I32, parent: I32, head: I32, extra: I64, stack: I64
) -> tuple[int, int, int]:
    """Number all that the roots reach; return how many inner objects, front extras, and where the back ones begin."""
    count = 0
    near = 0
    far = len(extra)
    vertex[0] = -1
    parent[0] = 0
    head[0] = 0
    for i in range(len(roots)):
        v = np.int64(roots[i])
        seen = out[v]
        if seen == UNSEEN:
            count, near, far = _descend(start, target, out, vertex, parent, head, extra, stack, v, count, near, far)
            head[out[v]] = ROOTED
        elif seen > 0:
            head[seen] = ROOTED
        else:
            out[v] = HELD_BY
    return count, near, far


@kernel
def _least(link: I64, v: Number, w: Number) -> Number:
    """Return the least semidominator on the tree path from v up to below w; halves the path on the way."""
    least: Number = LOW
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
def semidominators(parent: I32, head: I32, extra: I64, link: I64, count: int) -> None:
    """Replace the list heads by the semidominators' numbers; ``link`` is (forest ancestor, least semidominator)."""
    for w in range(count, 0, -1):
        semi = np.int64(parent[w])
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


@kernel
def immediate(parent: I32, semi: I32, link: I64, count: int) -> None:
    """Replace the parents by the immediate dominators: the nearest ancestor in the tree so far that is not below semi.

    ``link`` becomes (depth, an ancestor further up) with jumps as in a skew-binary list, so that no climb is longer
    than the logarithm of the depth, however deep a linked list is.
    """
    link[0] = 0
    for w in range(1, count + 1):
        d = np.int64(parent[w])
        s = np.int64(semi[w])
        while d > s:
            jump = link[d] & LOW
            d = jump if jump > s else np.int64(parent[d])
        parent[w] = d
        depth = link[d] >> 32
        jump = link[d] & LOW
        far = link[jump]
        over = far & LOW
        if depth - (far >> 32) == (far >> 32) - (link[over] >> 32):
            d = over
        link[w] = ((depth + 1) << 32) | d


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
def leaves(parent: I32, link: I64, extra: I64, far: int, out: I32) -> None:
    """Fold the further pointers into leaves: what dominates a leaf dominates all that point to it."""
    for i in range(far, len(extra)):
        leaf = extra[i] >> 32
        held = HELD_BY - np.int64(out[leaf])
        if held > 0:
            out[leaf] = HELD_BY - _common(parent, link, held, extra[i] & LOW)


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
