"""Memory of an ELF core file: what it holds, what the executable can stand in for, and what it lacks.

What a core leaves out is unreadable, never zero: kernels leave out unchanged pages of files (the executable has them)
and whatever /proc/PID/coredump_filter says; ``ulimit -c`` or a full disk cuts the file's end off. Reservations without
access rights (Go reserves far more address space than it uses) may appear as huge holes of a sparse file, so
nothing here ever reads a segment whole.
"""

from __future__ import annotations

import bisect
import contextlib
import mmap
import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import BadCore, UnsupportedArch
from goxray.core.units import format_bytes
from goxray.target.binary import Binary
from goxray.target.coalesce import ADDRESS_LIMIT, Bytes, Hole, Ints, Words
from goxray.target.corenotes import CoreNotes, MappedFile, read_notes
from goxray.target.elf import ET_CORE, PF_R, PF_W, PF_X, ElfFile, NotElf
from goxray.target.memory import Memory, Region

_PAGE = 4096
_ELF_HEAD = 40  # bytes of an ELF header up to the place of the section table, which strip(1) moves
_LARGE = 32 << 10  # from this size on pread(2) is cheaper than the page faults of a mapping
_FAULT_AROUND = 64 << 10  # the kernel maps this much of a file for each page touched
_DROP_AFTER = 64 << 20  # pages of the file that may stay mapped before they are given back


@dataclass(frozen=True)
class _Source:
    """A file that pieces of memory come from."""

    fd: int
    view: memoryview
    array: Bytes
    mapping: mmap.mmap
    size: int


@dataclass(frozen=True)
class _Pieces:
    """Readable pieces, ascending and disjoint: ``[starts, ends)`` lies in source ``sources`` at ``offsets``."""

    starts: Words
    ends: Words
    offsets: Ints
    sources: NDArray[np.uint8]


class CoreMemory(Memory):
    """The memory in core file ``path``; ``facts`` is what its notes say.

    Raises:
        BadCore: no ELF core, or cut off inside its headers.
        UnsupportedArch: a core of a 32-bit or big-endian machine.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.elf = _open_core(path)
        self._loads = self.elf.loads()
        if not self._loads.size:
            self.elf.close()
            raise BadCore(f"{path} is cut off before its table of segments: nothing in it can be read")
        self.facts: CoreNotes = read_notes(self.elf)
        self._sources = [_source(self.elf)]
        self._mapped = 0
        self._pieces = _pieces_of(self._loads, self.elf.size)
        self._executable: list[MappedFile] = []

    def attach_executable(self, binary: Binary, bias: int) -> None:
        """Let the executable stand in for those of its bytes that the core leaves out."""
        self._sources.append(_source(binary.elf))
        self._executable = self._mapped_from(binary, bias)
        for mapped in self._executable:
            end = min(mapped.end, mapped.start + max(0, binary.elf.size - mapped.offset))
            self._pieces = _filled(self._pieces, mapped.start, end, mapped.offset, len(self._sources) - 1)
        self.__dict__.pop("_regions", None)

    def _mapped_from(self, binary: Binary, bias: int) -> list[MappedFile]:
        """Where the executable was mapped: from the notes, or from its own headers where the notes are cut off."""
        path = self.facts.executable()
        if path is not None:
            return [each for each in self.facts.files if each.path.removesuffix(" (deleted)") == path]
        return [
            MappedFile(vaddr + bias - vaddr % _PAGE, vaddr + bias + size, offset - vaddr % _PAGE, binary.shown)
            for vaddr, offset, size in binary.constant_ranges()
        ]

    def close(self) -> None:
        """Release the core file and the buffers."""
        for source in self._sources:
            source.view.release()
        self._sources.clear()
        super().close()
        with contextlib.suppress(BufferError):  # an array that somebody still holds keeps the mapping
            self.elf.close()

    # ---- what is there and what is missing

    def find_header(self, binary: Binary) -> int | None:
        """The bias of a position-independent executable whose first page lies in the core, None if none does."""
        head = binary.elf.bytes_at(0, _ELF_HEAD)
        first = binary.load_ranges[0][0]
        for load in self._loads:
            if int(load["filesz"]) >= _ELF_HEAD and self.elf.bytes_at(int(load["offset"]), _ELF_HEAD) == head:
                return int(load["vaddr"]) - first
        return None

    def regions(self) -> list[Region]:
        """Readable pieces and what is missing between them, ascending by address."""
        return list(self._regions)

    @cached_property
    def _regions(self) -> list[Region]:
        pieces = self._pieces
        starts, ends, offsets = pieces.starts.tolist(), pieces.ends.tolist(), pieces.offsets.tolist()
        rows = [(start, end, True, offset) for start, end, offset in zip(starts, ends, offsets, strict=True)]
        rows += [(start, end, False, 0) for start, end in self._gaps(starts, ends)]
        rows.sort()
        perms = self._perms(np.array([row[0] for row in rows], np.uint64))
        files = sorted(self.facts.files or self._executable, key=lambda mapped: mapped.start)
        begins = [mapped.start for mapped in files]
        paths = [_path_at(row[0], files, begins) for row in rows]
        return [
            Region(start, end, readable, path, offset, perm)
            for (start, end, readable, offset), path, perm in zip(rows, paths, perms, strict=True)
        ]

    def _gaps(self, starts: list[int], ends: list[int]) -> list[tuple[int, int]]:
        """The parts of the core's segments that no piece stands for."""
        gaps = []
        for at, size in zip(self._loads["vaddr"].tolist(), self._loads["memsz"].tolist(), strict=True):
            end = min(at + size, ADDRESS_LIMIT)
            gaps += _holes(at, end, starts, ends)
        return gaps

    def _perms(self, addrs: Words) -> list[str]:
        """The access rights at each address; what only the executable has can be read."""
        loads = self._loads[np.argsort(self._loads["vaddr"], kind="stable")]
        index = np.maximum(np.searchsorted(loads["vaddr"], addrs, "right") - 1, 0)
        inside = addrs - loads["vaddr"][index] < loads["memsz"][index]
        bits = (("r", PF_R), ("w", PF_W), ("x", PF_X))
        flags = np.where(inside, loads["flags"][index], PF_R).tolist()
        return ["".join(letter if flag & bit else "-" for letter, bit in bits) + "p" for flag in flags]

    def missing(self) -> list[str]:
        """Sentences on what the core lacks, empty if it lacks nothing that a Go program keeps data in."""
        notes = []
        loads = self._loads
        wanted = loads["offset"] + loads["filesz"]
        lost = np.minimum(wanted - np.minimum(wanted, self.elf.size), loads["filesz"])
        if lost.any():
            notes.append(
                f"the core file is cut off: {format_bytes(int(lost.sum()))} of the "
                f"{format_bytes(int(loads['filesz'].sum()))} that it should hold lie past its end and cannot be read "
                "(a full disk or a limit such as ulimit -c)"
            )
        if not self.facts.threads:
            notes.append("the core's notes are cut off: its threads, registers and mapped files are not known")
        private = (loads["flags"] & PF_W != 0) & ~self._file_backed()
        absent = int((loads["memsz"] - loads["filesz"])[private].sum())
        if absent:
            held = int(loads["filesz"][private].sum())
            reason = (
                "pages that were never touched, or left out by MADV_DONTDUMP"
                if held
                else "it was made with a /proc/PID/coredump_filter without bit 0 (anonymous private memory)"
            )
            notes.append(
                f"the core lacks {format_bytes(absent)} of the program's anonymous memory, "
                f"which cannot be read: {reason}"
            )
        return notes

    def _file_backed(self) -> NDArray[np.bool_]:
        """Which segments are mappings of files."""
        starts = np.array(sorted(mapped.start for mapped in self.facts.files), np.uint64)
        return np.isin(self._loads["vaddr"], starts)

    # ---- reading

    def _copy(self, addr: int, out: Bytes) -> int:
        pieces = self._pieces
        done, size = 0, out.size
        index = int(np.searchsorted(pieces.starts, np.uint64(addr), "right")) - 1
        while done < size and 0 <= index < pieces.starts.size:
            at = addr + done
            if not int(pieces.starts[index]) <= at < int(pieces.ends[index]):
                break
            length = min(size - done, int(pieces.ends[index]) - at)
            source = self._sources[int(pieces.sources[index])]
            offset = int(pieces.offsets[index]) + at - int(pieces.starts[index])
            got = self._read(source, offset, length, out[done : done + length])
            done += got
            if got < length:
                break
            index += 1
        self.bytes_read += done
        return done

    def _read(self, source: _Source, offset: int, length: int, out: Bytes) -> int:
        done = 0
        while done < length:
            got = os.preadv(source.fd, [out[done:length].data], offset + done)
            if got == 0:
                break
            done += got
        return done

    def _fill(self, starts: Words, sizes: Ints, out: Bytes) -> list[Hole]:
        pieces = self._pieces
        places = np.cumsum(sizes) - sizes
        if not pieces.starts.size:
            return self._fill_around(starts, sizes, places, out)
        index = np.searchsorted(pieces.starts, starts, "right") - 1
        known = np.maximum(index, 0)
        whole = (index >= 0) & (starts + sizes.astype(np.uint64) <= pieces.ends[known])
        offsets = pieces.offsets[known] + (starts - pieces.starts[known]).view(np.int64)
        if not whole.all():
            return self._fill_around(starts, sizes, places, out)
        sources = pieces.sources[known]
        first = int(sources[0])
        if int(sizes[0]) == int(sizes.max()) == int(sizes.min()) < _LARGE and bool((sources == first).all()):
            self._fill_even(self._sources[first], offsets, int(sizes[0]), out)
        else:
            self._fill_mixed(offsets, sizes, places, sources, out)
        self._account(sizes)
        return []

    def _fill_even(self, source: _Source, offsets: Ints, size: int, out: Bytes) -> None:
        """Runs of one size out of one file: one indexing."""
        item = np.dtype((np.void, size))
        items = np.ndarray((source.size - size + 1,), item, buffer=source.array.data, strides=(1,))
        out[: size * offsets.size].view(item)[:] = items[offsets]

    def _fill_mixed(self, offsets: Ints, sizes: Ints, places: Ints, sources: NDArray[np.uint8], out: Bytes) -> None:
        target = out.data
        rows = zip(offsets.tolist(), sizes.tolist(), places.tolist(), sources.tolist(), strict=True)
        for offset, size, place, number in rows:
            source = self._sources[number]
            if size < _LARGE:
                target[place : place + size] = source.view[offset : offset + size]
            else:
                self._read(source, offset, size, out[place : place + size])

    def _account(self, sizes: Ints) -> None:
        self.bytes_read += int(sizes.sum())
        self._mapped += int(np.where(sizes < _LARGE, sizes + _FAULT_AROUND, 0).sum())
        if self._mapped > _DROP_AFTER:
            self._mapped = 0
            for source in self._sources:
                source.mapping.madvise(mmap.MADV_DONTNEED)

    def _fill_around(self, starts: Words, sizes: Ints, places: Ints, out: Bytes) -> list[Hole]:
        """Run by run, with the holes found piece by piece."""
        holes: list[Hole] = []
        for start, size, place in zip(starts.tolist(), sizes.tolist(), places.tolist(), strict=True):
            done = 0
            while done < size:
                done += self._copy(start + done, out[place + done : place + size])
                if done < size:
                    gap = min(size - done, self._next_piece(start + done) - start - done)
                    out[place + done : place + done + gap] = 0
                    holes.append((place + done, place + done + gap))
                    done += gap
        return holes

    def _next_piece(self, addr: int) -> int:
        """The address where the next readable piece begins, far away if there is none."""
        index = int(np.searchsorted(self._pieces.starts, np.uint64(addr), "right"))
        return int(self._pieces.starts[index]) if index < self._pieces.starts.size else 2 * ADDRESS_LIMIT


def _open_core(path: str) -> ElfFile:
    try:
        elf = ElfFile(path)
    except NotElf as error:
        if error.machine:
            raise UnsupportedArch(f"{path} is {error}: goxray reads cores of 64-bit little-endian programs") from None
        hint = "unpack it first" if "file" in str(error) and "not an" not in str(error) else ""
        raise BadCore(f"{path} is not a core file: it is {error}", hint=hint) from None
    except OSError as error:
        raise BadCore(f"cannot open {path}: {error.strerror}") from None
    if elf.kind != ET_CORE:
        elf.close()
        raise BadCore(
            f"{path} is an executable or library, not a core file",
            hint="start the program and give its pid, or make a core of it with: gcore PID",
        )
    return elf


def _source(elf: ElfFile) -> _Source:
    return _Source(elf.fd, memoryview(elf.map), np.frombuffer(elf.map, np.uint8), elf.map, elf.size)


def _pieces_of(loads: NDArray[np.void], file_size: int) -> _Pieces:
    """The parts of the segments that the file really holds."""
    loads = loads[np.argsort(loads["vaddr"], kind="stable")]
    held = np.minimum(loads["offset"] + loads["filesz"], file_size)
    length = held - np.minimum(loads["offset"], held)
    starts = loads["vaddr"].astype(np.uint64)
    keep = (length > 0) & (starts < np.uint64(ADDRESS_LIMIT))
    starts, length = starts[keep], length[keep].astype(np.uint64)
    offsets = loads["offset"][keep].astype(np.int64)
    ends = starts + length
    if starts.size > 1:  # a damaged table might overlap: the segment that begins first wins
        floor = np.maximum(starts, np.concatenate(([np.uint64(0)], np.maximum.accumulate(ends)[:-1])))
        offsets = offsets + (floor - starts).astype(np.int64)
        starts = floor
        good = starts < ends
        starts, ends, offsets = starts[good], ends[good], offsets[good]
    return _joined(_Pieces(starts, ends, offsets, np.zeros(starts.size, np.uint8)))


def _joined(pieces: _Pieces) -> _Pieces:
    """Neighbours in memory that are neighbours in the file too become one piece."""
    starts, ends, offsets, sources = pieces.starts, pieces.ends, pieces.offsets, pieces.sources
    if starts.size < 2:
        return pieces
    gap_free = (ends[:-1] == starts[1:]) & (sources[:-1] == sources[1:])
    gap_free &= offsets[:-1] + (ends[:-1] - starts[:-1]).astype(np.int64) == offsets[1:]
    first = np.concatenate(([True], ~gap_free))
    last = np.concatenate((~gap_free, [True]))
    return _Pieces(starts[first], ends[last], offsets[first], sources[first])


def _filled(pieces: _Pieces, start: int, end: int, offset: int, source: int) -> _Pieces:
    """The pieces, with source bytes in the gaps of ``[start, end)``."""
    gaps = _holes(start, end, pieces.starts.tolist(), pieces.ends.tolist())
    rows = [(low, high, offset + low - start, source) for low, high in gaps]
    if not rows:
        return pieces
    more = np.array(rows, np.uint64)
    starts = np.concatenate((pieces.starts, more[:, 0]))
    order = np.argsort(starts)
    return _joined(
        _Pieces(
            starts[order],
            np.concatenate((pieces.ends, more[:, 1]))[order],
            np.concatenate((pieces.offsets, more[:, 2].astype(np.int64)))[order],
            np.concatenate((pieces.sources, more[:, 3].astype(np.uint8)))[order],
        )
    )


def _holes(start: int, end: int, starts: list[int], ends: list[int]) -> list[tuple[int, int]]:
    """What the ascending pieces leave free of ``[start, end)``."""
    found = []
    at, index = start, bisect.bisect_right(ends, start)
    while at < end:
        inside = index < len(starts) and starts[index] < end
        stop = starts[index] if inside else end
        if stop > at:
            found.append((at, stop))
        at = ends[index] if inside else end
        index += 1
    return found


def _path_at(addr: int, files: list[MappedFile], starts: list[int]) -> str:
    index = bisect.bisect_right(starts, addr) - 1
    return files[index].path if index >= 0 and addr < files[index].end else ""
