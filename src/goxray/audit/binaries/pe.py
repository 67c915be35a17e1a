"""Windows executables (Microsoft's PE/COFF format): sections, imported libraries, protection, what symbols are left."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from goxray.audit.binaries.content import Content
from goxray.audit.binaries.image import Image, Linkage, Part, Region
from goxray.core.errors import BadBinary

_MACHINES = {0x14C: "386", 0x8664: "amd64", 0x1C4: "arm", 0xAA64: "arm64"}
_WRITABLE = 0x80000000
_DYNAMIC_BASE, _NX_COMPAT = 0x40, 0x100
_IMPORTS = 1  # of the data directories
_SECTION = struct.Struct("<8sIIIIIIHHI")
_DESCRIPTOR = struct.Struct("<IIIII")
_SYMBOL_SIZE = 18
_MOST_SECTIONS, _MOST_LIBRARIES = 4096, 4096


def read_pe(content: Content) -> Image:
    """Read a PE file.

    Raises:
        BadBinary: its headers are cut off or damaged.
    """
    start = _u32(content, 0x3C)
    head = content.at(start, 24)
    if len(head) < 24 or not head.startswith(b"PE\0\0"):
        raise BadBinary(f"{content.shown} is a DOS or Windows file without a whole PE header")
    machine, count, _, symbols, symbol_count, optional_size, _ = struct.unpack_from("<HHIIIHH", head, 4)
    optional = content.at(start + 24, optional_size)
    wide = optional[:2] == b"\x0b\x02"
    if len(optional) < 72:
        raise BadBinary(f"{content.shown} is a Windows file that is cut off in its header")
    base = struct.unpack_from("<Q", optional, 24)[0] if wide else struct.unpack_from("<I", optional, 28)[0]
    flags = struct.unpack_from("<H", optional, 70)[0]
    strings = symbols + symbol_count * _SYMBOL_SIZE if symbols else 0
    parts, regions = _sections(content, start + 24 + optional_size, min(count, _MOST_SECTIONS), base, strings)
    arch = _MACHINES.get(machine, f"machine {machine:#x}")
    image = Image(content, "pe", arch, "windows", "<", 8 if wide else 4, regions, parts)
    libraries = tuple(dict.fromkeys(_libraries(image, optional, wide, base)))
    return Image(
        content, "pe", arch, "windows", "<", image.word, regions, parts,
        linkage=Linkage(libraries=libraries, pie=bool(flags & _DYNAMIC_BASE), nx=bool(flags & _NX_COMPAT)),
        symtab=symbols > 0 and symbol_count > 0,
        dwarf=".debug_info" in parts or ".zdebug_info" in parts,
    )  # fmt: skip


def _u32(content: Content, at: int) -> int:
    data = content.at(at, 4)
    return int.from_bytes(data, "little") if len(data) == 4 else -1


def _sections(
    content: Content, offset: int, count: int, base: int, strings: int
) -> tuple[dict[str, Part], tuple[Region, ...]]:
    parts: dict[str, Part] = {}
    regions = []
    raw = content.at(offset, count * _SECTION.size)
    for row in _SECTION.iter_unpack(raw[: len(raw) // _SECTION.size * _SECTION.size]):
        name, memory, addr, size, at, *_, flags = row
        inside = content.held(at, size)
        text = _name(content, name, strings)
        parts.setdefault(text, Part(text, base + addr, at, inside))
        regions.append(Region(base + addr, at, inside, max(memory, inside), bool(flags & _WRITABLE)))
    return parts, tuple(regions)


def _name(content: Content, name: bytes, strings: int) -> str:
    """Return a section's name; a long one stands in the string table behind the symbols as ``/offset``."""
    text = name.rstrip(b"\0").decode("latin-1")
    if not text.startswith("/") or not text[1:].isdigit() or not strings:
        return text
    return content.at(strings + int(text[1:]), 256).partition(b"\0")[0].decode("latin-1")


def _libraries(image: Image, optional: bytes, wide: bool, base: int) -> Iterator[str]:
    at = (112 if wide else 96) + 8 * _IMPORTS
    if len(optional) < at + 8:
        return
    place = base + struct.unpack_from("<I", optional, at)[0]
    for _ in range(_MOST_LIBRARIES):
        entry = image.read(place, _DESCRIPTOR.size)
        if len(entry) < _DESCRIPTOR.size or not any(entry):
            return
        name = image.read(base + _DESCRIPTOR.unpack(entry)[3], 256).partition(b"\0")[0]
        if name:
            yield name.decode("latin-1").lower()
        place += _DESCRIPTOR.size
