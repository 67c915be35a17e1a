"""ELF headers, segments, sections and notes of a 64-bit little-endian file, mapped and read with NumPy.

Only what goxray asks of an executable or a core; it opens a core of a million segments as fast as a small program.
The structures are those of elf(5).
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

PT_LOAD, PT_NOTE, PT_PHDR = 1, 4, 6
ET_EXEC, ET_DYN, ET_CORE = 2, 3, 4
PF_X, PF_W, PF_R = 1, 2, 4
SHT_NOTE, SHT_NOBITS = 7, 8
_PN_XNUM = 0xFFFF
_MACHINES = {
    3: "386",
    8: "mips64",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "amd64",
    183: "arm64",
    243: "riscv64",
    258: "loong64",
}

SEGMENT = np.dtype(
    [
        ("type", "<u4"),
        ("flags", "<u4"),
        ("offset", "<u8"),
        ("vaddr", "<u8"),
        ("paddr", "<u8"),
        ("filesz", "<u8"),
        ("memsz", "<u8"),
        ("align", "<u8"),
    ]
)
_SECTION = np.dtype(
    [
        ("name", "<u4"),
        ("type", "<u4"),
        ("flags", "<u8"),
        ("addr", "<u8"),
        ("offset", "<u8"),
        ("size", "<u8"),
        ("link", "<u4"),
        ("info", "<u4"),
        ("align", "<u8"),
        ("entsize", "<u8"),
    ]
)


class NotElf(ValueError):
    """The file is no ELF file that goxray can read; the text says what it is.

    ``machine`` is set for an ELF file of a 32-bit or big-endian machine.
    """

    def __init__(self, what: str, machine: str = "") -> None:
        super().__init__(what)
        self.machine = machine


@dataclass(frozen=True)
class Section:
    """One section: ``size`` bytes at ``offset`` in the file, at ``addr`` before relocation (0: not loaded)."""

    name: str
    type: int
    flags: int
    addr: int
    offset: int
    size: int


@dataclass(frozen=True)
class Note:
    """One ELF note: owner's name, number and content; ``offset`` of the content in the file."""

    owner: str
    type: int
    offset: int
    content: bytes


class ElfFile:
    """One ELF file, mapped read-only.

    ``size`` is that of the file, in bytes; ``kind`` is ET_EXEC, ET_DYN or ET_CORE; ``arch`` Go's name of the machine.

    Raises:
        NotElf: the file is something else, or 32-bit or big-endian.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.size = os.fstat(self.fd).st_size
            head = os.pread(self.fd, 64, 0)
            self.arch = _check(head)
            self.map = mmap.mmap(self.fd, 0, prot=mmap.PROT_READ)
        except BaseException:
            os.close(self.fd)
            raise
        self.entry: int
        (self.kind, _, _, self.entry, self._phoff, self._shoff) = struct.unpack_from("<HHIQQQ", head, 16)
        (_, self._phentsize, self._phnum, _, self._shnum, self._shstrndx) = struct.unpack_from("<HHHHHH", head, 52)

    def close(self) -> None:
        """Unmap and close the file; arrays made from it must be gone."""
        self.map.close()
        os.close(self.fd)

    def bytes_at(self, offset: int, size: int) -> bytes:
        """Bytes of the file, short where it ends."""
        return self.map[offset : offset + size] if offset < self.size else b""

    @cached_property
    def segments(self) -> NDArray[np.void]:
        """All program headers (dtype SEGMENT), also more than 65,534 of them (PN_XNUM in section 0)."""
        if self._phnum != _PN_XNUM:
            return self._headers(self._phnum)
        first = self.bytes_at(self._shoff, _SECTION.itemsize) if self._shoff else b""
        if len(first) == _SECTION.itemsize:
            return self._headers(int(np.frombuffer(first, _SECTION)[0]["info"]))
        # section 0 lies at the end, where a file may be cut off; the table itself ends where the first content begins
        known = self._headers(_PN_XNUM)
        begins = known["offset"][known["filesz"] > 0]
        return self._headers((int(begins.min(initial=self.size)) - self._phoff) // SEGMENT.itemsize)

    def _headers(self, count: int) -> NDArray[np.void]:
        raw = self.bytes_at(self._phoff, count * SEGMENT.itemsize)
        return np.frombuffer(raw[: len(raw) // SEGMENT.itemsize * SEGMENT.itemsize], SEGMENT)

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Sections by name; empty where the file has no section table."""
        raw = self.bytes_at(self._shoff, self._shnum * _SECTION.itemsize) if self._shoff else b""
        table = np.frombuffer(raw[: len(raw) // _SECTION.itemsize * _SECTION.itemsize], _SECTION)
        if self._shstrndx >= table.size:
            return {}
        names = self.bytes_at(int(table[self._shstrndx]["offset"]), int(table[self._shstrndx]["size"]))
        found: dict[str, Section] = {}
        for row in table.tolist():
            name = names[row[0] : names.find(b"\0", row[0])].decode("utf-8", "replace")
            found.setdefault(name, Section(name, row[1], row[2], row[3], row[4], row[5]))
        return found

    def section_bytes(self, name: str) -> bytes:
        """The content of a section, empty if there is none."""
        section = self.sections.get(name)
        if section is None or section.type == SHT_NOBITS:
            return b""
        return self.bytes_at(section.offset, section.size)

    def loads(self) -> NDArray[np.void]:
        """The PT_LOAD headers, in the file's order."""
        loads: NDArray[np.void] = self.segments[self.segments["type"] == PT_LOAD]
        return loads

    def notes(self) -> Iterator[Note]:
        """All notes of the PT_NOTE segments; a note that the file's end cuts off ends the walk of its segment."""
        for segment in self.segments[self.segments["type"] == PT_NOTE]:
            step = 8 if int(segment["align"]) == 8 else 4
            yield from self._notes_in(int(segment["offset"]), int(segment["filesz"]), step)

    def section_notes(self) -> Iterator[Note]:
        """All notes of the note sections: Go's linker leaves some of them out of PT_NOTE."""
        for section in self.sections.values():
            if section.type == SHT_NOTE:
                yield from self._notes_in(section.offset, section.size, 4)

    def _notes_in(self, at: int, size: int, step: int) -> Iterator[Note]:
        end = min(at + size, self.size)
        while at + 12 <= end:
            name_size, length, number = struct.unpack_from("<III", self.map, at)
            name_at = at + 12
            content_at = at + -(-(12 + name_size) // step) * step
            if content_at + length > end:
                return
            owner = self.map[name_at : name_at + name_size].rstrip(b"\0").decode("latin-1")
            yield Note(owner, number, content_at, self.map[content_at : content_at + length])
            at = content_at + -(-length // step) * step


def _check(head: bytes) -> str:
    """The machine's name, if this is a header of a file we can read."""
    if not head.startswith(b"\x7fELF"):
        raise NotElf(_describe(head))
    if len(head) < 64:
        raise NotElf("an ELF file that is cut off inside its header")
    if head[4] != 2 or head[5] != 1:
        number = struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)[0]
        machine = _MACHINES.get(number, f"machine {number}")
        raise NotElf(f"a 32-bit or big-endian ELF file ({machine})", machine)
    number = struct.unpack_from("<H", head, 18)[0]
    return _MACHINES.get(number, f"machine {number}")


def _describe(head: bytes) -> str:
    if not head:
        return "an empty file"
    if head.startswith(b"#!"):
        return "a script (" + head.split(b"\n")[0].decode("utf-8", "replace") + ")"
    if head.startswith(b"MZ"):
        return "a Windows executable"
    if head[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        return "a macOS executable"
    if head.startswith(b"\x1f\x8b"):
        return "a gzip file"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "a Zstandard file"
    if head.startswith(b"\x04\x22\x4d\x18"):
        return "an LZ4 file"
    return "not an ELF file"
