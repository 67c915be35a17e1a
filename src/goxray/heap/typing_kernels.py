"""The kernel that gives every object its type and owner, breadth first from what is queued."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import bare_kernel, kernel, part
from goxray.heap.bit_kernels import find_key
from goxray.heap.graph import I32, I64, U8, U16, U32, U64

UNREACHED, GUESSED, PARTLY, TEXT, ARRAY, WHOLE, RECORDED = range(7)
"""How well an object's type is known, from not at all to what the allocator recorded."""

SINGLE, MANY = 1, 2
"""An object holds one value, at its phase, or many, one behind the other."""

FOLLOW_UNKNOWN, FOLLOW_SCHEDULER = 1, 2
"""Modes: also follow words of unknown meaning; also follow the runtime's own structures."""

STATE = np.dtype(
    [("type", np.int32), ("owner", np.int32), ("phase", np.uint16), ("score", np.uint8), ("shape", np.uint8)]
)
"""What is known of one object, together, since a walk jumps from object to object. QUEUED is a bit of ``shape``."""

QUEUED = 128

States = NDArray[np.void]

_UNKNOWN, _ONE, _MANY, _BOX, _FUNC, _DIRECTORY, _EITHER, _LOCAL = range(8)
_FUNCTION = np.uint64(1) << np.uint64(63)
_WAIT, _SKIP = -1, -2
_MARGIN = 4096


class Graph(NamedTuple):
    """Edges as in heap.graph, and the span class of each object (uint8) with the bytes of each class's slots.

    Class 0 and 1 are large objects: ``first``, ``blocks`` (the span of every 64th object) and ``elem`` tell their size.
    """

    start: U32
    target: U32
    word: U32
    into: U16
    span_class: U8
    class_size: I64
    first: I64
    blocks: I32
    elem: I64


class Types(NamedTuple):
    """The arrays of a TypeTable."""

    words: I32
    fit: I64
    place: I64
    scheduler: U8
    slot_at: I32
    kinds: U8
    targets: I32
    others: I32


class Tables(NamedTuple):
    """What keys lead to: boxes to slots, (owner, slot) pairs to owners."""

    box_keys: U64
    box_slots: I32
    child_keys: U64
    child_exprs: I32


class Beside(NamedTuple):
    """The words beside pointers, by edge, and the code addresses of closures, by object."""

    length_edge: U32
    length: U32
    dynamic_edge: U32
    dynamic: I32
    code_object: U32
    code: I32


class Wanted(NamedTuple):
    """What a walk lacks: types to open, boxes and children to make, and the objects that wait for it.

    ``counts`` (int64[4]) says how many there are: objects, types, boxes, children.
    """

    objects: U32
    types: I32
    boxes: U64
    children: U64
    counts: I64


@kernel
def index_words(words: U64, keys: U64, numbers: I32, distinct: U64, out: I32, known: int) -> int:
    """Number words as they are met; return how many distinct ones there are, -1 when the table is too small.

    ``keys`` and ``numbers`` are an open-addressed table that holds ``known`` words already.
    """
    mask = np.uint64(len(keys) - 1)
    for nth in range(len(words)):
        word = words[nth]
        at = (word * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32) & mask
        while keys[at] != np.uint64(0) and keys[at] != word:
            at = (at + np.uint64(1)) & mask
        if keys[at] == np.uint64(0):
            if 2 * known >= len(keys):
                return -1
            keys[at] = word
            numbers[at] = known
            distinct[known] = word
            known += 1
        out[nth] = numbers[at]
    return known


@kernel
def position(sorted_numbers: U32, number: Any) -> int:
    """Return the place of a number in an ascending array, -1 where it is not."""
    low, high = 0, len(sorted_numbers)
    while low < high:
        middle = (low + high) >> 1
        if sorted_numbers[middle] < number:
            low = middle + 1
        else:
            high = middle
    return low if low < len(sorted_numbers) and sorted_numbers[low] == number else -1


@kernel
def slot_size(number: Any, first: I64, blocks: I32, elem: I64) -> np.int64:
    """Return the bytes of an object's slot; ``blocks`` (int32) is the span of every 64th object."""
    span = np.int64(blocks[number >> 6])
    while first[span + 1] <= number:
        span += 1
    return np.int64(elem[span])


@part
def size_of(graph: Graph, number: Any) -> np.int64:
    """Return the bytes of an object's slot."""
    kind = graph.span_class[number]
    if kind < 2:
        return slot_size(number, graph.first, graph.blocks, graph.elem)
    return np.int64(graph.class_size[kind >> 1])


@kernel
def slot_at_word(offset: Any, shape: Any, place: Any, words: Any, slot_at: I32) -> np.int64:
    """Return the slot at a word that stands ``offset`` words from the phase of an object; -1 for none."""
    if words <= 0 or place < 0:
        return np.int64(-1)
    if shape == MANY:
        offset %= words
    if offset < 0 or offset >= words:
        return np.int64(-1)
    return np.int64(slot_at[place + offset])


@part
def rate(types: Types, target: Any, many: bool, into: Any, size: Any) -> int:
    """Return how well a type explains an object of ``size`` bytes that is pointed to ``into`` words from its start."""
    if target < 0:
        return GUESSED
    if many:
        return ARRAY if types.words[target] > 0 else TEXT
    if into == 0 and (types.fit[target] == size or (types.fit[target] < 16 and size == 16)):
        return WHOLE
    return PARTLY


@part
def box_key(graph: Graph, beside: Beside, slot: Any, kind: Any, edge: Any, there: Any) -> np.uint64:
    """Return what tells more of a slot whose kind alone does not say what is behind it; 0 where nothing does."""
    low = np.int64(-1)
    mark = np.uint64(0)
    if kind in (_BOX, _UNKNOWN):
        at = position(beside.dynamic_edge, edge)
        low = np.int64(beside.dynamic[at]) if at >= 0 else low
    elif kind == _FUNC:
        at = position(beside.code_object, there)
        low = np.int64(beside.code[at]) if at >= 0 else low
        mark = _FUNCTION
    elif kind == _LOCAL:
        low = (size_of(graph, there) & np.int64(0x7FFFFFFF)) - 1
    if low < 0:
        return np.uint64(0)
    return np.uint64(((slot + 1) << 32) | (low + 1)) | mark


@part
def slot_of_edge(
    mode: int,
    graph: Graph,
    types: Types,
    tables: Tables,
    beside: Beside,
    wanted: Wanted,
    own: Any,
    phase: Any,
    shape: Any,
    edge: Any,
) -> np.int64:
    """Return the slot that an object's pointer stands in; _SKIP where it is not followed, _WAIT where it must wait."""
    slot = np.int64(-1)
    if own >= 0:
        offset = np.int64(graph.word[edge]) - np.int64(phase)
        slot = slot_at_word(offset, shape, types.place[own], types.words[own], types.slot_at)
    if slot < 0:
        if mode & FOLLOW_UNKNOWN == 0:
            return np.int64(_SKIP)
        slot = np.int64(0)
    kind = types.kinds[slot]
    if kind in (_UNKNOWN, _BOX, _FUNC, _LOCAL):
        key = box_key(graph, beside, slot, kind, edge, np.int64(graph.target[edge]))
        if key != np.uint64(0):
            found = find_key(tables.box_keys, key)
            if found < 0:
                wanted.boxes[wanted.counts[2]] = key
                wanted.counts[2] += 1
                return np.int64(_WAIT)
            slot = np.int64(tables.box_slots[found])
            kind = types.kinds[slot]
        if mode & FOLLOW_UNKNOWN == 0 and kind in (_UNKNOWN, _BOX, _LOCAL):
            return np.int64(_SKIP)
    return slot


@part
def goal_of(graph: Graph, types: Types, beside: Beside, slot: Any, edge: Any, size: Any) -> np.int64:
    """Return the type that a slot gives to what it points to, -1 for none."""
    goal = np.int64(types.targets[slot])
    kind = types.kinds[slot]
    if kind == _DIRECTORY:
        at = position(beside.length_edge, edge)
        if at >= 0 and beside.length[at] > 0:
            goal = np.int64(types.others[slot])
    elif kind == _EITHER and types.fit[goal] != size:
        other = np.int64(types.others[slot])
        goal = other if types.fit[other] == size else np.int64(-1)
    return goal


@part
def reach(
    mode: int,
    states: Any,
    graph: Graph,
    types: Types,
    tables: Tables,
    beside: Beside,
    wanted: Wanted,
    owner: Any,
    slot: Any,
    edge: Any,
) -> int:
    """Follow one pointer: give its target a type and an owner if they are better than what it has.

    Returns 1 where the target must be expanded (again), 0 where nothing changed, _WAIT where an owner must be made.
    """
    there = np.int64(graph.target[edge])
    state = states[there]
    if state["owner"] >= 0 and state["score"] >= WHOLE:
        return 0
    size = size_of(graph, there)
    goal = goal_of(graph, types, beside, slot, edge, size)
    if goal >= 0 and types.scheduler[goal] and mode & FOLLOW_SCHEDULER == 0:
        return 0
    many = types.kinds[slot] in (_MANY, _DIRECTORY)
    ahead = np.int64(graph.into[edge])
    worth = rate(types, goal, many, ahead, size)
    if state["owner"] >= 0 and state["score"] >= worth:
        return 0
    if state["owner"] < 0 or (state["score"] == GUESSED and worth > GUESSED):
        key = np.uint64(((np.int64(owner) + 1) << 32) | (slot + 1))
        child = find_key(tables.child_keys, key)
        if child < 0:
            wanted.children[wanted.counts[3]] = key
            wanted.counts[3] += 1
            return _WAIT
        states[there]["owner"] = tables.child_exprs[child]
    if worth > state["score"]:
        states[there]["score"] = worth
        states[there]["type"] = goal
        states[there]["shape"] = (state["shape"] & QUEUED) | (MANY if many else SINGLE)
        words = types.words[goal] if goal >= 0 else 0
        states[there]["phase"] = ahead % words if many and words > 0 else ahead
    return 1


@part
def expand(
    mode: int,
    states: Any,
    graph: Graph,
    types: Types,
    tables: Tables,
    beside: Beside,
    wanted: Wanted,
    queue: U32,
    ends: I64,
    number: Any,
) -> bool:
    """Follow the pointers of one object; tell whether it must wait for something."""
    waits = False
    own, phase, shape = states[number]["type"], states[number]["phase"], states[number]["shape"] & (QUEUED - 1)
    owner = states[number]["owner"]
    for edge in range(graph.start[number], graph.start[number + 1]):
        if wanted.counts[2] + 1 >= len(wanted.boxes) or wanted.counts[3] + 1 >= len(wanted.children):
            return True
        slot = slot_of_edge(mode, graph, types, tables, beside, wanted, own, phase, shape, edge)
        if slot == _SKIP:
            continue
        news = _WAIT if slot == _WAIT else reach(mode, states, graph, types, tables, beside, wanted, owner, slot, edge)
        if news == _WAIT:
            waits = True
        elif news:
            there = np.int64(graph.target[edge])
            if states[there]["shape"] & QUEUED == 0 and graph.span_class[there] & 1 == 0:
                states[there]["shape"] |= QUEUED
                queue[ends[1]] = there
                ends[1] = (ends[1] + 1) % len(queue)
    return waits


@bare_kernel
def walk(
    mode: int,
    states: Any,
    graph: Graph,
    types: Types,
    tables: Tables,
    beside: Beside,
    wanted: Wanted,
    queue: U32,
    ends: I64,
) -> None:
    """Expand queued objects until the queue is empty or something is lacking that many wait for.

    ``queue`` (uint32) is a ring, ``ends`` (int64[2]) its head and tail. What is lacking goes to ``wanted``, keys as
    (slot + 1) << 32 | number + 1 for boxes and (owner + 1) << 32 | slot + 1 for children.
    """
    wanted.counts[:] = 0
    while ends[0] != ends[1]:
        if wanted.counts[0] >= len(wanted.objects) or wanted.counts[1] >= len(wanted.types):
            return
        if wanted.counts[2] + _MARGIN >= len(wanted.boxes) or wanted.counts[3] + _MARGIN >= len(wanted.children):
            return
        number = np.int64(queue[ends[0]])
        ends[0] = (ends[0] + 1) % len(queue)
        states[number]["shape"] &= QUEUED - 1
        own = states[number]["type"]
        waits = own >= 0 and types.words[own] > 0 and types.place[own] < 0
        if waits:
            wanted.types[wanted.counts[1]] = own
            wanted.counts[1] += 1
        else:
            waits = expand(mode, states, graph, types, tables, beside, wanted, queue, ends, number)
        if waits:
            wanted.objects[wanted.counts[0]] = number
            wanted.counts[0] += 1


@bare_kernel
def enqueue_reached(states: Any, start: U32, queue: U32, ends: I64) -> None:
    """Queue every object with pointers that has an owner and is not queued."""
    for number in range(len(states)):
        state = states[number]
        if state["owner"] >= 0 and state["shape"] & QUEUED == 0 and start[number + 1] > start[number]:
            states[number]["shape"] |= QUEUED
            queue[ends[1]] = number
            ends[1] = (ends[1] + 1) % len(queue)
