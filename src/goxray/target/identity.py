"""Is this file the program that the memory belongs to?"""

from __future__ import annotations

from enum import Enum

from goxray.core.errors import MemoryFault, WrongExecutable
from goxray.target.binary import Binary
from goxray.target.memory import Memory

_PIECE = 1 << 20


class Match(Enum):
    """What the comparison found: UNKNOWN when nothing that could be compared is readable."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def compare(binary: Binary, memory: Memory, bias: int) -> Match:
    """Compare an executable with memory: by Go's build id, and where that differs by every constant byte.

    A program rebuilt without ``-s -w`` has another build id, yet the same code and data: it will do. The
    address range of the notes is left out for that reason.
    """
    note = binary.go_build_id_note
    if note is not None:
        addr, size = note
        try:
            if memory.read(addr + bias, size) == binary.read(addr, size):
                return Match.SAME
        except MemoryFault:
            pass
    return _compare_constants(binary, memory, bias, note)


def _compare_constants(binary: Binary, memory: Memory, bias: int, note: tuple[int, int] | None) -> Match:
    found = Match.UNKNOWN
    for vaddr, offset, size in binary.constant_ranges():
        for at in range(0, size, _PIECE):
            length = min(_PIECE, size - at)
            want = bytearray(binary.elf.bytes_at(offset + at, length))
            try:
                have = bytearray(memory.read(vaddr + bias + at, length))
            except MemoryFault:
                continue
            for data in (want, have):
                _blank(data, vaddr + at, note)
            if vaddr + at == binary.load_ranges[0][0]:  # the ELF header names the section table, which strip(1) moves
                want[:64] = have[:64] = bytes(64)
            if want != have:
                return Match.DIFFERENT
            found = Match.SAME
    return found


def _blank(data: bytearray, start: int, note: tuple[int, int] | None) -> None:
    if note is not None:
        low = max(0, note[0] - start)
        high = min(len(data), note[0] + note[1] - start)
        if low < high:
            data[low:high] = bytes(high - low)


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
