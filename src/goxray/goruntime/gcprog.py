"""GC programs: the packed form of a long pointer mask (runtime/mbitmap.go, runGCProg)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory


def run_gc_program(program: bytes, bits: int) -> NDArray[np.bool_]:
    """Unpack a GC program into its first ``bits`` mask bits: bool[bits], False behind the program's end.

    The program is a list of instructions. A byte below 0x80 says how many literal bits follow (0 ends the program),
    lowest bit first; one from 0x80 on repeats the last n bits c times, n in the byte or, where that is 0, in a varint
    behind it, c in the next varint.

    Raises:
        CorruptMemory: the program ends within an instruction, or repeats bits that it has not written.
    """
    out = np.zeros(bits, np.bool_)
    data = iter(program)
    done = 0
    try:
        while done < bits:
            instruction = next(data)
            count = instruction & 0x7F
            if instruction < 0x80:
                if not count:
                    break
                done = _literal(out, done, count, data)
            else:
                done = _repeat(out, done, count or _varint(data), _varint(data))
    except StopIteration:
        raise CorruptMemory("a GC program ends within an instruction") from None
    return out


def _literal(out: NDArray[np.bool_], done: int, count: int, data: Iterator[int]) -> int:
    raw = bytes([next(data) for _ in range((count + 7) // 8)])
    bits = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")[:count]
    room = min(count, len(out) - done)
    out[done : done + room] = bits[:room]
    return done + count


def _repeat(out: NDArray[np.bool_], done: int, count: int, times: int) -> int:
    if not 0 < count <= done:
        raise CorruptMemory(f"a GC program repeats {count} bits after writing {done}")
    total = count * times
    room = min(total, len(out) - done)
    out[done : done + room] = np.resize(out[done - count : done], room)
    return done + total


def _varint(data: Iterator[int]) -> int:
    value = shift = 0
    while True:
        byte = next(data)
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value
        if shift > 63:
            raise CorruptMemory("a GC program has a number of more than 64 bits")
