"""Is this file the program that the memory belongs to?"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault, WrongExecutable
from goxray.target.binary import Binary
from goxray.target.memory import Memory

_PAGE = 4096
_PIECE = 1 << 20


class Match(Enum):
    """What the comparison found: UNKNOWN when nothing that could be compared is readable."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def compare(binary: Binary, memory: Memory, bias: int) -> Match:
    """Compare an executable with memory: by Go's build id, and where that differs by every constant byte.

    A program that was linked again can have another build id, yet the same code and data: it will do. The
    first page and the id itself are left out of that comparison, since strip(1) changes the headers.
    """
    if bias % _PAGE or min(vaddr for vaddr, _ in binary.load_ranges) + bias < 0:
        return Match.DIFFERENT  # no program is loaded like that: the bias was computed with another one's entry
    note = binary.go_build_id_note
    otherwise = Match.UNKNOWN
    if note is not None:
        addr, size = note
        try:
            if memory.read(addr + bias, size) == binary.read(addr, size):
                return Match.SAME
            otherwise = Match.DIFFERENT
        except MemoryFault:
            pass
    found = _compare_constants(binary, memory, bias, note)
    return otherwise if found is Match.UNKNOWN else found


def _compare_constants(binary: Binary, memory: Memory, bias: int, note: tuple[int, int] | None) -> Match:
    """Compare every readable page of the segments that the program cannot write to."""
    found = Match.UNKNOWN
    for vaddr, offset, size in binary.constant_ranges():
        for at in range(0 if offset else _PAGE, size, _PIECE):
            length = min(_PIECE, size - at) // _PAGE * _PAGE
            pages = np.arange(vaddr + bias + at, vaddr + bias + at + length, _PAGE, dtype=np.uint64)
            have, readable = memory.read_many(pages, _PAGE)
            want = np.frombuffer(binary.elf.bytes_at(offset + at, length), np.uint8).reshape(-1, _PAGE)
            same = have == want
            _ignore(same.reshape(-1), vaddr + at, note)
            if not same[readable].all():
                return Match.DIFFERENT
            if readable.any():
                found = Match.SAME
    return found


def _ignore(same: NDArray[np.bool_], start: int, note: tuple[int, int] | None) -> None:
    """Let the bytes of the note count as equal."""
    if note is not None:
        low, high = max(0, note[0] - start), min(same.size, note[0] + note[1] - start)
        same[low : max(low, high)] = True


def require_same(binary: Binary, memory: Memory, bias: int, what: str, *, always_there: bool) -> Match:
    """Compare, and refuse a file that is not the program of ``what`` (``process 12``).

    ``always_there`` says that the program's constant bytes cannot be missing from this memory, as in a process.

    Raises:
        WrongExecutable: the bytes differ, or are not there although they must be.
    """
    found = compare(binary, memory, bias)
    if found is Match.DIFFERENT or (found is Match.UNKNOWN and always_there):
        raise WrongExecutable(
            f"{binary.shown} is not the program of {what}: their Go build ids and their code differ",
            hint="give the very file that was started, or the same build before it was stripped",
        )
    return found
