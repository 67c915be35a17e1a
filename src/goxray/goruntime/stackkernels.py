"""Kernels that walk stacks held as arrays of words: cutting them into frames, finding live stack objects.

``words`` (uint64) holds the stacks one behind the other. A row of ``place`` (uint64[G, 4]) describes one: the number of
its first word, the address of that word, the stack's lower bound (which may lie below) and its upper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import kernel
from goxray.goruntime.rootset import I32, I64, U64

U8 = NDArray[np.uint8]

FIRST, BASE, LOW, HIGH = range(4)
"""Columns of ``place``."""
SP, PC, LR, PENDING = range(4)
"""Columns of ``at``, where a walk stands; PENDING is the link register that a signal handler saved, 0 for none."""
BELOW, MODE, STATE = range(3)
"""Columns of ``how``: whether the frame is below a sigpanic, the next frame's mode, the state."""
WALKING, ENDED, UNKNOWN_PC, LOST = range(4)
"""States: goes on; at the stack's end; at a program counter the table lacks; at what is no Go frame."""
CONSERVATIVE, INNERMOST = 1, 2
"""Bits of a frame's mode."""
VALID, TOP, SP_WRITE, INJECTED, ASYNC, SIGPANIC, REFLECT, NO_MAP, UNSAFE = 1, 2, 4, 8, 16, 32, 64, 128, 256
"""Flags of a frame's function: a Go function with a frame size; outermost of its stack; writes SP in a way the tables
do not tell; called by a signal handler in the name of its caller; that by asyncPreempt or debugCall; sigpanic; a stub
of reflect's; without maps where it needs one; stopped where the compiler says that maps do not hold."""


@kernel
def word_at(words: U64, place: U64, g: int, addr: np.uint64) -> np.uint64:
    """The word of stack ``g`` at an address; 0 outside what is held."""
    if addr < place[g, BASE] or addr + np.uint64(8) > place[g, HIGH] or addr + np.uint64(8) < addr:
        return np.uint64(0)
    return words[np.int64(place[g, FIRST] + (addr - place[g, BASE]) // np.uint64(8))]  # type: ignore[no-any-return]


@kernel
def caller_of(
    words: U64, place: U64, g: int, at: U64, flag: int, innermost: bool, uses_lr: bool, fp: np.uint64
) -> np.uint64:
    """The return address of the frame that ``at`` stands at; 0 for none (runtime/traceback.go, resolveInternal)."""
    if flag & (TOP | SP_WRITE) != 0 and (flag & TOP != 0 or not innermost):
        return np.uint64(0)
    if not uses_lr:
        return word_at(words, place, g, fp - np.uint64(8))
    if (innermost and at[g, SP] < fp) or at[g, LR] == 0:
        return word_at(words, place, g, at[g, SP])
    return at[g, LR]  # type: ignore[no-any-return]


@kernel
def find(keys: U64, pc: np.uint64, below: np.uint8) -> int:
    """The row of a program counter; -1 where there is none."""
    key = pc * np.uint64(2) + np.uint64(below)
    row = np.searchsorted(keys, key)
    if row < len(keys) and keys[row] == key:
        return int(row)
    return -1


@kernel
def settle_pending(at: U64, g: int, flag: int, delta: int) -> bool:
    """Use the link register that a signal handler saved (runtime/traceback.go, next); whether the pc has changed."""
    saved = at[g, PENDING]
    at[g, PENDING] = np.uint64(0)
    if flag & VALID == 0:
        at[g, PC] = saved
        return True
    if delta == 0:
        at[g, LR] = saved
    return False


@kernel
def advance(words: U64, place: U64, g: int, at: U64, how: U8, flag: int, fp: np.uint64, machine: I64) -> None:
    """Go on to the caller of a frame that ends at ``fp``."""
    uses_lr = machine[0] != 0
    following = caller_of(words, place, g, at, flag, how[g, MODE] & INNERMOST != 0, uses_lr, fp)
    stuck = following == at[g, PC] and fp == at[g, SP]
    lost = stuck or (flag & SP_WRITE != 0 and flag & TOP == 0 and how[g, MODE] & INNERMOST == 0)
    at[g, SP] = fp
    if following == 0 or lost:
        how[g, STATE] = LOST if lost else ENDED
        return
    how[g, MODE] = CONSERVATIVE if flag & ASYNC != 0 else 0
    how[g, BELOW] = 1 if flag & SIGPANIC != 0 else 0
    at[g, PC] = following
    at[g, LR] = np.uint64(0)
    if uses_lr and flag & INJECTED != 0:
        at[g, PENDING] = word_at(words, place, g, fp)
        at[g, SP] = fp + np.uint64(machine[1])


@kernel
def walk(words: U64, place: U64, machine: I64, keys: U64, infos: I64, at: U64, how: U8, out: I32, out_fp: U64) -> int:
    """Cut stacks into frames as runtime/traceback.go's unwinder does; returns the number of frames written.

    ``machine`` holds whether calls leave the return address in a register, and the bytes of an injected call's frame
    there. ``keys`` (ascending) are program counters x 2 + 1 below a sigpanic, ``infos`` (int64[K, 3]) their numbers,
    frame sizes (fp less sp) and flags. ``at`` and ``how`` are where each walk stands, and change. A row of ``out``
    (int32[F, 3]) gets a frame's stack, number and mode, ``out_fp`` its end. Each walk goes on until its stack ends,
    until it needs a key that is missing, or until the output is full.
    """
    count = 0
    for g in range(len(at)):
        while how[g, STATE] == WALKING:
            if count == len(out):
                return count
            row = find(keys, at[g, PC], how[g, BELOW]) if at[g, PC] >> np.uint64(63) == 0 else -2
            if row < 0:
                how[g, STATE] = UNKNOWN_PC if row == -1 else LOST
                break
            flag = infos[row, 2]
            if at[g, PENDING] != 0 and settle_pending(at, g, flag, infos[row, 1]):
                continue
            sp = at[g, SP]
            fp = sp + np.uint64(infos[row, 1])
            if flag & VALID == 0 or sp & np.uint64(7) != 0 or sp < place[g, BASE] or fp > place[g, HIGH] or fp < sp:
                how[g, STATE] = LOST
                break
            out[count, 0] = g
            out[count, 1] = infos[row, 0]
            out[count, 2] = how[g, MODE] | (CONSERVATIVE if flag & ASYNC != 0 else 0)
            out_fp[count] = fp
            count += 1
            advance(words, place, g, at, how, flag, fp, machine)
    return count


@kernel
def object_at(start: U64, size: I64, low: np.uint64, pointer: np.uint64) -> int:
    """The stack object that a pointer into a stack leads to; -1 for none (runtime/mgcstack.go, findObject)."""
    item = np.searchsorted(start, pointer, side="right") - 1
    if item >= 0 and start[item] >= low and pointer - start[item] < np.uint64(size[item]):
        return int(item)
    return -1


@kernel
def mark(
    words: U64,
    place: U64,
    start: U64,
    size: I64,
    stack: I32,
    mask: I64,
    mask_first: I64,
    mask_words: I64,
    seed_stack: I32,
    seed: U64,
    live: U8,
    value: int,
) -> int:
    """Find the stack objects that pointers lead to (runtime/mgcmark.go, scanstack); returns how many were new.

    Objects lie at ``start`` (ascending), of ``size`` bytes on ``stack``; their words at the byte offsets
    ``mask_words[mask_first[mask]:mask_first[mask + 1]]`` hold pointers. ``seed`` are pointers into the stacks
    ``seed_stack``. Objects found get ``value`` in ``live`` where that is 0.
    """
    work = np.zeros(len(start) + 1, np.int64)
    found = 0
    for number in range(len(seed)):
        item = object_at(start, size, place[seed_stack[number], LOW], seed[number])
        top = 0
        if item >= 0 and live[item] == 0:
            live[item] = value
            work[0] = item
            top = 1
        while top > 0:
            top -= 1
            found += 1
            source = work[top]
            g = stack[source]
            for at in range(mask_first[mask[source]], mask_first[mask[source] + 1]):
                pointer = word_at(words, place, g, start[source] + np.uint64(mask_words[at]))
                if place[g, LOW] <= pointer < place[g, HIGH]:
                    item = object_at(start, size, place[g, LOW], pointer)
                    if item >= 0 and live[item] == 0:
                        live[item] = value
                        work[top] = item
                        top += 1
    return found
