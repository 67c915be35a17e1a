"""What the notes of an ELF core say: the process, its threads' registers, the files it had mapped.

Layouts are the kernel's (linux/elfcore.h: elf_prstatus, elf_prpsinfo; fs/binfmt_elf.c: fill_files_note); gcore writes
the same, but puts all notes at the end of the file, where a core that was cut off has none.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field

from goxray.target.elf import ElfFile
from goxray.target.process import decode_auxv
from goxray.target.registers import REGISTER_BYTES, Registers, decode_registers

_NT_PRSTATUS, _NT_PRPSINFO, _NT_AUXV, _NT_FILE = 1, 3, 6, 0x46494C45
_PRSTATUS_PID, _PRSTATUS_REGISTERS = 32, 112
_PRPSINFO_PID, _PRPSINFO_NAME = 24, 40
_NAME_BYTES = 16
AT_ENTRY = 9  # linux/auxvec.h


@dataclass(frozen=True)
class MappedFile:
    """A piece of a file that was mapped at ``[start, end)``, from ``offset`` bytes into the file."""

    start: int
    end: int
    offset: int
    path: str


@dataclass
class CoreNotes:
    """All that was found; a note that is missing or cut off leaves its field empty.

    ``name`` is the command name that the kernel keeps (15 characters at most).
    """

    pid: int | None = None
    name: str = ""
    threads: dict[int, Registers] = field(default_factory=dict)
    auxv: dict[int, int] = field(default_factory=dict)
    files: list[MappedFile] = field(default_factory=list)

    def executable(self) -> str | None:
        """The path of the executable, as the target knew it: the file mapped where the program's entry lies."""
        entry = self.auxv.get(AT_ENTRY)
        for mapped in self.files:
            if entry is not None and mapped.start <= entry < mapped.end:
                return mapped.path.removesuffix(" (deleted)")
        return None


def read_notes(elf: ElfFile) -> CoreNotes:
    """Decode the notes of a core of architecture ``elf.arch``."""
    found = CoreNotes()
    for note in elf.notes():
        if note.owner != "CORE":
            continue
        if note.type == _NT_PRSTATUS:
            _thread(note.content, elf.arch, found)
        elif note.type == _NT_PRPSINFO and len(note.content) >= _PRPSINFO_NAME + _NAME_BYTES:
            (found.pid,) = struct.unpack_from("<i", note.content, _PRPSINFO_PID)
            name = note.content[_PRPSINFO_NAME : _PRPSINFO_NAME + _NAME_BYTES]
            found.name = name.partition(b"\0")[0].decode("utf-8", "replace")
        elif note.type == _NT_AUXV:
            found.auxv = decode_auxv(note.content)
        elif note.type == _NT_FILE:
            found.files = _files(note.content)
    if not found.pid:
        found.pid = min(found.threads, default=None)
    return found


def _thread(content: bytes, arch: str, found: CoreNotes) -> None:
    size = REGISTER_BYTES.get(arch, 0)
    if len(content) < _PRSTATUS_REGISTERS + size:
        return
    (tid,) = struct.unpack_from("<i", content, _PRSTATUS_PID)
    registers = decode_registers(tid, content[_PRSTATUS_REGISTERS : _PRSTATUS_REGISTERS + size], arch)
    if registers is not None:
        found.threads[tid] = registers


def _files(content: bytes) -> list[MappedFile]:
    if len(content) < 16:
        return []
    count, page = struct.unpack_from("<QQ", content)
    names_at = 16 + 24 * count
    if names_at > len(content):
        return []
    names = content[names_at:].split(b"\0")
    spans = struct.iter_unpack("<QQQ", content[16:names_at])
    return [
        MappedFile(start, end, offset * page, os.fsdecode(name))
        for (start, end, offset), name in zip(spans, names, strict=False)
    ]
