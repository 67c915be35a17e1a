"""macOS executables (mach-o/loader.h, mach-o/fat.h), universal ones too: the first machine's part."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from goxray.audit.binaries.content import Content
from goxray.audit.binaries.image import Image, Linkage, Part, Region
from goxray.core.errors import BadBinary

_FAT, _FAT64 = 0xCAFEBABE, 0xCAFEBABF
_CPUS = {7: "386", 0x01000007: "amd64", 12: "arm", 0x0100000C: "arm64"}
_MAGICS = {
    b"\xce\xfa\xed\xfe": ("<", 4),
    b"\xcf\xfa\xed\xfe": ("<", 8),
    b"\xfe\xed\xfa\xce": (">", 4),
    b"\xfe\xed\xfa\xcf": (">", 8),
}
_LC_SEGMENT, _LC_SYMTAB, _LC_SEGMENT_64 = 1, 2, 0x19
_LC_LOAD_DYLIB, _LC_LOAD_WEAK_DYLIB, _LC_REEXPORT_DYLIB = 0xC, 0x80000018, 0x8000001F
_LC_LOAD_DYLINKER = 0xE
_MH_ALLOW_STACK_EXECUTION, _MH_PIE = 0x20000, 0x200000
_PROT_WRITE = 2
_MOST_COMMANDS, _MOST_BYTES = 1 << 12, 4 << 20
_MOST_ARCHES = 64


def read_macho(content: Content) -> Image:
    """Read a Mach-O file.

    Raises:
        BadBinary: its headers are cut off or damaged.
    """
    head = content.at(0, 8)
    if head[:4] in (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"):
        return _read_fat(content, head)
    return _read_thin(content)


def _read_fat(content: Content, head: bytes) -> Image:
    wide = head[3] == _FAT64 & 0xFF
    count = int.from_bytes(head[4:8], "big")
    layout = struct.Struct(">IIQQII" if wide else ">IIIII")
    if not 0 < count <= _MOST_ARCHES:
        raise BadBinary(f"{content.shown} claims to hold programs for {count} machines")
    rows = [row for at in range(count) if len(row := content.at(8 + at * layout.size, layout.size)) == layout.size]
    if not rows:
        raise BadBinary(f"{content.shown} is a universal macOS file that is cut off in its header")
    arches = [_CPUS.get(layout.unpack(row)[0], "?") for row in rows]
    _, _, offset, size, *_ = layout.unpack(rows[0])
    image = _read_thin(content.part(offset, size))
    if len(rows) == 1:
        return image
    return replace(image, notes=(f"universal file for {', '.join(arches)}: the first is told of",))


@dataclass
class _Found:
    """What the load commands say."""

    regions: list[Region] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)
    loader: str = ""
    symbols: int = 0


def _read_thin(content: Content) -> Image:
    head = content.at(0, 32)
    if head[:4] not in _MAGICS or len(head) < 32:
        raise BadBinary(f"{content.shown} is a macOS file that is cut off or damaged in its header")
    order, word = _MAGICS[head[:4]]
    cpu, _, _, count, size, flags = struct.unpack_from(order + "IIIIII", head, 4)
    found = _Found()
    raw = content.at(32 if word == 8 else 28, min(size, _MOST_BYTES))
    at = 0
    for _ in range(min(count, _MOST_COMMANDS)):
        if at + 8 > len(raw):
            break
        kind, length = struct.unpack_from(order + "II", raw, at)
        if length < 8 or at + length > len(raw):
            break
        _command(content, order, kind, raw[at : at + length], found)
        at += length
    return Image(
        content, "macho", _CPUS.get(cpu, f"machine {cpu:#x}"), "darwin", order, word, tuple(found.regions), found.parts,
        linkage=Linkage(
            interpreter=found.loader,
            libraries=tuple(dict.fromkeys(found.libraries)),
            pie=bool(flags & _MH_PIE),
            nx=not flags & _MH_ALLOW_STACK_EXECUTION,
        ),
        symtab=found.symbols > 0,
        dwarf="__debug_info" in found.parts or "__zdebug_info" in found.parts,
    )  # fmt: skip


def _command(content: Content, order: str, kind: int, data: bytes, found: _Found) -> None:
    if kind in (_LC_SEGMENT, _LC_SEGMENT_64):
        _segment(content, order, kind == _LC_SEGMENT_64, data, found)
    elif kind in (_LC_LOAD_DYLIB, _LC_LOAD_WEAK_DYLIB, _LC_REEXPORT_DYLIB):
        found.libraries.append(_text(order, data))
    elif kind == _LC_LOAD_DYLINKER:
        found.loader = _text(order, data)
    elif kind == _LC_SYMTAB and len(data) >= 16:
        found.symbols = struct.unpack_from(order + "I", data, 12)[0]


def _text(order: str, data: bytes) -> str:
    """Return the text whose offset in the command stands behind the command's head (union lc_str)."""
    at = struct.unpack_from(order + "I", data, 8)[0] if len(data) >= 12 else len(data)
    return data[at:].partition(b"\0")[0].decode("utf-8", "replace")


def _segment(content: Content, order: str, wide: bool, data: bytes, found: _Found) -> None:
    layout = struct.Struct(order + ("16sQQQQIIII" if wide else "16sIIIIIIII"))
    section = struct.Struct(order + ("16s16sQQIIIIIIII" if wide else "16s16sIIIIIIIII"))
    if len(data) < 8 + layout.size:
        return
    name, addr, memory, offset, size, _, protection, count, _ = layout.unpack_from(data, 8)
    inside = content.held(offset, size)
    if not name.startswith(b"__PAGEZERO"):
        found.regions.append(Region(addr, offset, inside, memory, bool(protection & _PROT_WRITE)))
    for at in range(8 + layout.size, min(len(data), 8 + layout.size + count * section.size), section.size):
        if at + section.size > len(data):
            return
        row = section.unpack_from(data, at)
        text = row[0].rstrip(b"\0").decode("latin-1")
        place, length = row[4], row[3]
        held = content.held(place, length) if place else 0
        found.parts.setdefault(text, Part(text, row[2], place, held))
