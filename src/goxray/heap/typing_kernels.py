"""The kernel that gives every object its type and owner, breadth first from what is queued."""

from __future__ import annotations

import numpy as np

from goxray.core.jit import kernel
from goxray.heap.capture_kernels import find_key
from goxray.heap.graph import I32, I64, U8, U16, U32, U64

UNREACHED, GUESSED, PARTLY, TEXT, ARRAY, WHOLE, RECORDED = range(7)
"""How well an object's type is known, from not at all to what the allocator recorded."""

SINGLE, MANY = 1, 2
"""An object holds one value, at its phase, or many, one behind the other."""

FOLLOW_UNKNOWN, FOLLOW_SCHEDULER = 1, 2
"""Modes: also follow words of unknown meaning; also follow the runtime's own structures."""

DONE, ASK, FULL = 0, 1, 2

_UNKNOWN, _ONE, _MANY, _BOX, _FUNC, _DIRECTORY, _EITHER, _LOCAL = range(8)
_LOW32 = 32
_FUNCTION = np.uint64(1) << np.uint64(63)


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
def position(sorted_numbers: U32, number: int) -> int:
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
def slot_size(number: int, first: I64, blocks: I32, elem: I64) -> int:
    """Return the bytes of an object's slot; ``blocks`` (int32) is the span of every 64th object."""
    span = blocks[number >> 6]
    while first[span + 1] <= number:
        span += 1
    return elem[span]


@kernel
def slot_at_word(offset: int, kind: int, place: int, words: int, slot_at: I32) -> int:
    """Return the slot at a word that stands ``offset`` words from the phase of an object; -1 for none."""
    if words <= 0 or place < 0:
        return -1
    if kind == MANY:
        offset %= words
    if offset < 0 or offset >= words:
        return -1
    return slot_at[place + offset]


@kernel
def rate(target: int, many: bool, into: int, size: int, words: I32, fit: I64) -> int:
    """Return how well a type explains an object of ``size`` bytes that is pointed to ``into`` words from its start."""
    if target < 0:
        return GUESSED
    if many:
        return ARRAY if words[target] > 0 else TEXT
    if into == 0 and (fit[target] == size or (fit[target] < 16 and size == 16)):
        return WHOLE
    return PARTLY


@kernel
def walk(
    mode: int,
    queue: U32,
    ends: I64,
    queued: U8,
    start: U32,
    target: U32,
    word: U32,
    into: U16,
    objects: int,
    first: I64,
    blocks: I32,
    elem: I64,
    type_of: I32,
    owner: I32,
    score: U8,
    phase: U16,
    shape: U8,
    words: I32,
    fit: I64,
    place: I64,
    scheduler: U8,
    slot_at: I32,
    kinds: U8,
    targets: I32,
    others: I32,
    lengthy: U8,
    box_keys: U64,
    box_slots: I32,
    child_keys: U64,
    child_exprs: I32,
    length_edge: U32,
    length: U32,
    dynamic_edge: U32,
    dynamic: I32,
    code_object: U32,
    code: I32,
    deferred: U32,
    wanted_types: I32,
    wanted_boxes: U64,
    wanted_children: U64,
) -> tuple[int, int, int, int]:
    """Expand queued objects until the queue is empty or a table lacks something.

    What is lacking goes to the ``wanted`` arrays (types to open, boxes slot << 32 | number, children owner << 32 |
    slot, each part plus one), and the objects that wait for it to ``deferred``. Returns how many of each there are.
    ``ends`` (int64[2]) are the ring's head and tail.
    """
    late = types = boxes = children = 0
    room = len(queue)
    while ends[0] != ends[1]:
        if late >= len(deferred) or types >= len(wanted_types):
            break
        if boxes + 4096 >= len(wanted_boxes) or children + 4096 >= len(wanted_children):
            break
        number = np.int64(queue[ends[0]])
        ends[0] = (ends[0] + 1) % room
        queued[number] = 0
        own = type_of[number]
        if own >= 0 and words[own] > 0 and place[own] < 0:
            if types == 0 or wanted_types[types - 1] != own:
                wanted_types[types] = own
                types += 1
            deferred[late] = number
            late += 1
            continue
        waits = False
        for edge in range(start[number], start[number + 1]):
            slot = -1
            if own >= 0:
                slot = slot_at_word(
                    np.int64(word[edge]) - np.int64(phase[number]), shape[number], place[own], words[own], slot_at
                )
            if slot < 0:
                if mode & FOLLOW_UNKNOWN == 0:
                    continue
                slot = 0
            kind = kinds[slot]
            there = np.int64(target[edge])
            key = np.uint64(0)
            if kind == _BOX or kind == _UNKNOWN:
                at = position(dynamic_edge, edge)
                if at >= 0:
                    key = np.uint64(((slot + 1) << _LOW32) | (dynamic[at] + 1))
            elif kind == _FUNC:
                at = position(code_object, there)
                if at >= 0:
                    key = np.uint64(((slot + 1) << _LOW32) | (code[at] + 1)) | _FUNCTION
            size = slot_size(there, first, blocks, elem)
            if kind == _LOCAL:
                key = np.uint64(((slot + 1) << _LOW32) | (size & 0xFFFFFFFF))
            if key != np.uint64(0):
                found = find_key(box_keys, key)
                if found < 0:
                    if boxes < len(wanted_boxes):
                        wanted_boxes[boxes] = key
                        boxes += 1
                    waits = True
                    continue
                slot = box_slots[found]
                kind = kinds[slot]
            if mode & FOLLOW_UNKNOWN == 0 and (kind == _BOX or kind == _UNKNOWN or kind == _LOCAL):
                continue
            goal = targets[slot]
            many = kind == _MANY or kind == _DIRECTORY
            if kind == _DIRECTORY:
                at = position(length_edge, edge)
                if at >= 0 and length[at] > 0:
                    goal = others[slot]
            if kind == _EITHER and fit[goal] != size:
                goal = others[slot] if fit[others[slot]] == size else -1
            if goal >= 0 and scheduler[goal] and mode & FOLLOW_SCHEDULER == 0:
                continue
            ahead = np.int64(into[edge])
            worth = rate(goal, many, ahead, size, words, fit)
            if owner[there] >= 0 and score[there] >= worth:
                continue
            if owner[there] < 0 or (score[there] == GUESSED and worth > GUESSED):
                child = find_key(child_keys, np.uint64(((np.int64(owner[number]) + 1) << _LOW32) | (slot + 1)))
                if child < 0:
                    if children < len(wanted_children):
                        wanted_children[children] = np.uint64(((np.int64(owner[number]) + 1) << _LOW32) | (slot + 1))
                        children += 1
                    waits = True
                    continue
                owner[there] = child_exprs[child]
            if worth > score[there]:
                score[there] = worth
                type_of[there] = goal
                shape[there] = MANY if many else SINGLE
                phase[there] = ahead % words[goal] if many and goal >= 0 and words[goal] > 0 else ahead
            if not queued[there] and start[there + 1] > start[there]:
                queued[there] = 1
                queue[ends[1]] = there
                ends[1] = (ends[1] + 1) % room
        if waits:
            deferred[late] = number
            late += 1
    return late, types, boxes, children
