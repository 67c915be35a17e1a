"""Core dumps: made by gcore and by the kernel, and cut up to look like those that arrive incomplete."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.harness.truth import TruthProgram

PAGE = 4096
RESERVED = 16 << 20
"""Read-only runs of at least so many bytes are reservations; a test program's text and data are smaller."""

GCORE_SECONDS = 120

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_PT_LOAD = 1
_READ_ONLY = 4


@dataclass(frozen=True)
class Segment:
    """One program header of a 64-bit ELF file; ``offset`` and ``filesz`` are where its bytes are in the file."""

    kind: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int


def gcore(pid: int, directory: Path) -> Path:
    """Let gdb's gcore write a core of a running process."""
    out = directory / "core"
    done = subprocess.run(
        ["gcore", "-o", str(out), str(pid)], capture_output=True, text=True, timeout=GCORE_SECONDS, check=False
    )
    core = Path(f"{out}.{pid}")
    if not core.exists():
        pytest.fail(f"gcore failed: {done.stderr or done.stdout}")
    return core


def kernel_core(program: TruthProgram, directory: Path) -> Path:
    """Let a program that was started in ``directory`` crash, and return the core that the kernel wrote there."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith(("|", "/")):
        pytest.fail(f"the kernel sends cores elsewhere ({pattern}): echo core > /proc/sys/kernel/core_pattern")
    before = set(directory.iterdir())
    program.crash()
    made = set(directory.iterdir()) - before
    if len(made) != 1:
        pytest.fail(f"the kernel wrote no core: {program.pid} left {sorted(map(str, made))}; is ulimit -c 0?")
    return made.pop()


def segments(core: Path) -> list[Segment]:
    """Read the program headers of a core."""
    with core.open("rb") as file:
        header = _HEADER.unpack(file.read(_HEADER.size))
        table, entry, count = header[5], header[9], header[10]
        file.seek(table)
        raw = file.read(entry * count)
    return [Segment(*_SEGMENT.unpack_from(raw, i * entry)) for i in range(count)]


def reservations(parts: Sequence[Segment]) -> list[tuple[int, int]]:
    """Return the address ranges that Go has only reserved: gcore writes them as long readable runs of zeros."""
    large = [s for s in parts if s.kind == _PT_LOAD and s.flags == _READ_ONLY and s.memsz >= RESERVED]
    return [(s.vaddr, s.vaddr + s.memsz) for s in large]


def heap_last(parts: Sequence[Segment], addr: int) -> list[Segment]:
    """Return the segments with the one that holds ``addr`` at the end, so that cutting the file cuts the heap."""
    inside = [s for s in parts if s.kind == _PT_LOAD and s.vaddr <= addr < s.vaddr + s.memsz]
    assert len(inside) == 1
    return [s for s in parts if s != inside[0]] + inside


def without(parts: Sequence[Segment], missing: Sequence[tuple[int, int]]) -> list[Segment]:
    """Return the segments without the bytes in the address ranges (start, end), as a core that never had them.

    The program headers still speak of that memory, with a file size of zero, as the kernel writes them.
    """
    left = list(parts)
    for start, end in missing:
        left = [piece for part in left for piece in _cut(part, start, end)]
    return left


def _cut(part: Segment, start: int, end: int) -> list[Segment]:
    first, last = max(start, part.vaddr), min(end, part.vaddr + part.memsz)
    if part.kind != _PT_LOAD or first >= last:
        return [part]
    pieces = [_slice(part, part.vaddr, first), replace(_slice(part, first, last), filesz=0)]
    return [piece for piece in [*pieces, _slice(part, last, part.vaddr + part.memsz)] if piece.memsz]


def _slice(part: Segment, start: int, end: int) -> Segment:
    skipped = start - part.vaddr
    there = max(0, min(part.filesz, end - part.vaddr) - skipped)
    return replace(
        part, vaddr=start, offset=part.offset + skipped, filesz=there, memsz=end - start, paddr=part.paddr and start
    )


def write(core: Path, parts: Sequence[Segment], out: Path) -> Path:
    """Write a core that consists of these segments of ``core``, in this order."""
    assert len(parts) < 0xFFFF
    with core.open("rb") as source, out.open("wb") as target:
        header = list(_HEADER.unpack(source.read(_HEADER.size)))
        header[5], header[6], header[10], header[11], header[12], header[13] = _HEADER.size, 0, len(parts), 0, 0, 0
        target.write(_HEADER.pack(*header))
        offset = _HEADER.size + len(parts) * _SEGMENT.size
        placed = []
        for part in parts:
            if part.kind == _PT_LOAD:
                offset += -offset % PAGE
            placed.append(replace(part, offset=offset))
            offset += part.filesz
        target.write(b"".join(_SEGMENT.pack(*vars(part).values()) for part in placed))
        for part, new in zip(parts, placed, strict=True):
            source.seek(part.offset)
            target.seek(new.offset)
            _copy(source.fileno(), target.fileno(), part, new)
        target.truncate(offset)
    return out


def _copy(source: int, target: int, part: Segment, new: Segment) -> None:
    done = 0
    while done < part.filesz:
        copied = os.copy_file_range(source, target, part.filesz - done, part.offset + done, new.offset + done)
        assert copied, "the core ends early"
        done += copied


def truncate(core: Path, out: Path, size: int) -> Path:
    """Write the first ``size`` bytes of a core, as on a disk that filled up."""
    assert 0 < size < core.stat().st_size
    with core.open("rb") as source, out.open("wb") as target:
        target.write(source.read(size))
    return out


def with_holes(core: Path, out: Path) -> Path:
    """Copy a core with holes instead of pages of zeros, as ``cp --sparse=always`` does."""
    with core.open("rb") as source, out.open("wb") as target:
        while chunk := source.read(PAGE):
            if chunk.strip(b"\0"):
                target.write(chunk)
            else:
                target.seek(len(chunk), os.SEEK_CUR)
        target.truncate(core.stat().st_size)
    return out


def present(addr: int, size: int, missing: Sequence[tuple[int, int]]) -> bool:
    """Tell whether none of the bytes are missing."""
    return all(addr + size <= start or end <= addr for start, end in missing)
