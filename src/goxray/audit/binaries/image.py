"""An executable of any format, as far as the questions of the audit go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from goxray.audit.binaries.content import Content


@dataclass(frozen=True)
class Region:
    """Bytes of the file that are loaded at an address: ``size`` of them are in the file, the rest is zero."""

    addr: int
    offset: int
    size: int
    memory: int
    writable: bool = False


@dataclass(frozen=True)
class Part:
    """A section: ``size`` bytes at ``offset`` of the file (0 bytes where it has none), loaded at ``addr``."""

    name: str
    addr: int
    offset: int
    size: int


@dataclass(frozen=True)
class Linkage:
    """What a file asks of the loader. ``needs`` are ``library:VERSION``; None where the format does not tell."""

    static: bool | None = None
    interpreter: str = ""
    libraries: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    pie: bool | None = None
    relro: Literal["none", "partial", "full"] | None = None
    nx: bool | None = None


@dataclass(frozen=True)
class Image:
    """An executable: ``order`` is ``<`` or ``>`` (of struct), ``word`` its pointers' bytes; ``os`` as the format tells.

    ``symtab`` and ``dwarf`` tell whether they are left. ``symbols`` and ``names`` are the ELF symbol table and its
    strings, None where there is none.
    """

    content: Content
    format: Literal["elf", "pe", "macho"]
    arch: str
    os: str
    order: str
    word: int
    regions: tuple[Region, ...]
    parts: dict[str, Part]
    linkage: Linkage = Linkage()
    symtab: bool = False
    dwarf: bool = False
    gnu_build_id: str = ""
    go_build_id: str = ""
    symbols: Part | None = None
    names: Part | None = None
    notes: tuple[str, ...] = field(default=())

    def read(self, addr: int, size: int) -> bytes:
        """Return the file's bytes for an address, short where a region ends, empty outside all."""
        for region in self.regions:
            at = addr - region.addr
            if 0 <= at < region.size:
                return self.content.at(region.offset + at, min(size, region.size - at))
        return b""

    def spans(self, *, writable: bool = False) -> list[tuple[int, int]]:
        """Return the parts of the file that are loaded, as (begin, end), each byte once; ``writable`` those alone."""
        found: list[tuple[int, int]] = []
        for begin, size in sorted((each.offset, each.size) for each in self.regions if each.writable or not writable):
            if found and begin <= found[-1][1]:
                found[-1] = found[-1][0], max(found[-1][1], begin + size)
            elif size:
                found.append((begin, begin + size))
        return found

    def part(self, name: str) -> bytes:
        """Return a section's content, empty where there is none."""
        found = self.parts.get(name)
        return self.content.at(found.offset, found.size) if found else b""

    def text_at(self, offset: int, longest: int = 4096) -> str:
        """Return the text at an offset of the file, up to its zero byte."""
        return self.content.at(offset, longest).partition(b"\0")[0].decode("utf-8", "replace")
