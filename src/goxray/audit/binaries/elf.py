"""ELF executables of every class and byte order, by elf(5): what the loader will read, not what sections say of it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from goxray.audit.binaries.content import Content
from goxray.audit.binaries.image import Image, Linkage, Part, Region
from goxray.core.errors import BadBinary

_MACHINES = {3: "386", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64"}
_MACHINES |= {8: "mips", 258: "loong64"}
_LITTLE = {"ppc64": "ppc64le", "mips": "mipsle"}
_SYSTEMS = {2: "netbsd", 6: "solaris", 9: "freebsd", 12: "openbsd"}  # e_ident[EI_OSABI]
_ET_DYN = 3
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_NOTE = 1, 2, 3, 4
_PT_GNU_STACK, _PT_GNU_RELRO = 0x6474E551, 0x6474E552
_PF_X, _PF_W = 1, 2
_SHT_NOTE, _SHT_NOBITS = 7, 8
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ = 0, 1, 5, 6, 10
_DT_BIND_NOW, _DT_FLAGS, _DT_FLAGS_1 = 24, 30, 0x6FFFFFFB
_DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
_DF_BIND_NOW, _DF_1_NOW = 8, 1
_NT_GNU_BUILD_ID, _NT_GO_BUILD_ID = 3, 4

_MOST_SEGMENTS = 1 << 12
_MOST_SECTIONS = 1 << 16
_MOST_DYNAMIC = 1 << 14
_MOST_NEEDED = 1 << 12
_MOST_STRINGS = 16 << 20
_MOST_IMPORTS = 1 << 16
_MOST_NOTE = 1 << 16
_MOST_VERSIONS = 1 << 14
_LONGEST_NAME = 1024


@dataclass(frozen=True)
class _Form:
    """How the structures of a class and byte order are packed (struct's formats)."""

    order: str
    wide: bool

    @property
    def word(self) -> int:
        return 8 if self.wide else 4

    def header(self) -> struct.Struct:
        return struct.Struct(self.order + ("HHIQQQIHHHHHH" if self.wide else "HHIIIIIHHHHHH"))

    def segment(self) -> struct.Struct:
        return struct.Struct(self.order + ("IIQQQQQQ" if self.wide else "IIIIIIII"))

    def section(self) -> struct.Struct:
        return struct.Struct(self.order + ("IIQQQQIIQQ" if self.wide else "IIIIIIIIII"))

    def dynamic(self) -> struct.Struct:
        return struct.Struct(self.order + ("QQ" if self.wide else "II"))


@dataclass(frozen=True)
class _Segment:
    type: int
    flags: int
    offset: int
    addr: int
    size: int
    memory: int


def read_elf(content: Content) -> Image:
    """Read an ELF file.

    Raises:
        BadBinary: it is cut off or contradicts itself so far that nothing can be read.
    """
    head = content.at(0, 64)
    if len(head) < 52 or head[4] not in (1, 2) or head[5] not in (1, 2):
        raise BadBinary(f"{content.shown} is an ELF file that is cut off or damaged in its header")
    form = _Form("<" if head[5] == 1 else ">", head[4] == 2)
    layout = form.header()
    if len(head) < 16 + layout.size:
        raise BadBinary(f"{content.shown} is an ELF file that is cut off in its header")
    kind, machine, _, _, phoff, shoff, _, _, _, phnum, _, shnum, names_at = layout.unpack_from(head, 16)
    arch = _arch(machine, form)
    segments = _segments(content, form, phoff, phnum)
    parts, notes, claimed = _sections(content, form, shoff, shnum, names_at)
    regions = tuple(
        Region(each.addr, each.offset, content.held(each.offset, each.size), each.memory, bool(each.flags & _PF_W))
        for each in segments
        if each.type == _PT_LOAD
    )
    image = Image(content, "elf", arch, _SYSTEMS.get(head[7], "linux"), form.order, form.word, regions, parts)
    found = dict(_build_ids(content, form, segments, notes))
    return Image(
        content, "elf", arch, image.os, form.order, form.word, regions, parts,
        linkage=_linkage(image, form, segments, kind == _ET_DYN),
        symtab=".symtab" in parts,
        dwarf=".debug_info" in parts or ".zdebug_info" in parts,
        gnu_build_id=found.get("GNU", b"").hex(),
        go_build_id=found.get("Go", b"").decode("latin-1"),
        symbols=parts.get(".symtab"),
        names=parts.get(".strtab"),
        notes=_missing(content, segments, claimed),
    )  # fmt: skip


def _missing(content: Content, segments: list[_Segment], claimed: int) -> tuple[str, ...]:
    """Say that the file ends before what its headers speak of, as a broken copy does."""
    whole = max([claimed, *(each.offset + each.size for each in segments if each.type == _PT_LOAD)])
    if whole <= content.size:
        return ()
    return (f"cut off: its headers speak of {whole:,} bytes, {content.size:,} are there",)


def _arch(machine: int, form: _Form) -> str:
    name = _MACHINES.get(machine, f"machine {machine}")
    if machine == 8 and form.wide:
        name = "mips64"
    return _LITTLE.get(name, "mips64le" if name == "mips64" else name) if form.order == "<" else name


def _segments(content: Content, form: _Form, offset: int, count: int) -> list[_Segment]:
    layout = form.segment()
    if count > _MOST_SEGMENTS:
        raise BadBinary(f"{content.shown} claims {count} program headers: it is damaged, or no executable")
    raw = content.at(offset, count * layout.size)
    if count and len(raw) < layout.size:
        raise BadBinary(f"{content.shown} is cut off before its program headers")
    found = []
    for row in layout.iter_unpack(raw[: len(raw) // layout.size * layout.size]):
        if form.wide:
            kind, flags, at, addr, _, size, memory, _ = row
        else:
            kind, at, addr, _, size, memory, flags, _ = row
        found.append(_Segment(kind, flags, at, addr, size, memory))
    return found


def _sections(
    content: Content, form: _Form, offset: int, count: int, names_at: int
) -> tuple[dict[str, Part], list[tuple[int, int]], int]:
    """Return sections by name, (offset, size) of the notes among them, and where the last byte should be."""
    layout = form.section()
    if offset and not count:  # the number stands in section 0 where it is larger than a half word
        first = content.at(offset, layout.size)
        count = layout.unpack(first)[5] if len(first) == layout.size else 0
    raw = content.at(offset, min(count, _MOST_SECTIONS) * layout.size) if offset else b""
    rows = list(layout.iter_unpack(raw[: len(raw) // layout.size * layout.size]))
    claimed = max((row[4] + row[5] for row in rows if row[1] not in (0, _SHT_NOBITS)), default=0)
    claimed = max(claimed, offset + count * layout.size if offset else 0)
    if names_at >= len(rows):
        return {}, [], claimed
    names = content.at(rows[names_at][4], min(rows[names_at][5], _MOST_STRINGS))
    parts: dict[str, Part] = {}
    notes = []
    for at, kind, _, addr, place, size, *_ in rows:
        if at >= len(names) or not kind:
            continue
        name = _string(names, at)
        inside = 0 if kind == _SHT_NOBITS else content.held(place, size)
        parts.setdefault(name, Part(name, addr, place, inside))
        if kind == _SHT_NOTE:
            notes.append((place, inside))
    return parts, notes, claimed


def _build_ids(
    content: Content, form: _Form, segments: list[_Segment], notes: list[tuple[int, int]]
) -> Iterator[tuple[str, bytes]]:
    """Give owner and content of the notes that hold build ids; later ones do not replace earlier ones."""
    told: set[str] = set()
    for offset, size in [(each.offset, each.size) for each in segments if each.type == _PT_NOTE] + notes:
        for owner, number, text in _notes(content.at(offset, min(size, _MOST_NOTE)), form):
            if (owner, number) in (("Go", _NT_GO_BUILD_ID), ("GNU", _NT_GNU_BUILD_ID)) and owner not in told:
                told.add(owner)
                yield owner, text


def _notes(data: bytes, form: _Form) -> Iterator[tuple[str, int, bytes]]:
    at = 0
    while at + 12 <= len(data):
        name_size, size, number = struct.unpack_from(form.order + "III", data, at)
        start = at + 12 + -(-name_size // 4) * 4
        if start + size > len(data):
            return
        owner = data[at + 12 : at + 12 + name_size].rstrip(b"\0").decode("latin-1")
        yield owner, number, data[start : start + size]
        at = start + -(-size // 4) * 4


def _linkage(image: Image, form: _Form, segments: list[_Segment], moves: bool) -> Linkage:
    kinds = {each.type: each for each in segments}
    interpreter = ""
    if _PT_INTERP in kinds:
        interpreter = image.text_at(kinds[_PT_INTERP].offset, min(kinds[_PT_INTERP].size, 4096))
    tags = _dynamic(image, form, kinds.get(_PT_DYNAMIC))
    single = {tag: value for tag, value in tags if tag != _DT_NEEDED}
    strings = image.read(single.get(_DT_STRTAB, 0), min(single.get(_DT_STRSZ, 0), _MOST_STRINGS))
    needed = [_string(strings, value) for tag, value in tags if tag == _DT_NEEDED][:_MOST_NEEDED]
    return Linkage(
        static=not needed,
        interpreter=interpreter,
        libraries=tuple(needed),
        needs=tuple(sorted(set(_needs(image, form, single, strings)))),
        imports=_imports(image, form, single, strings),
        pie=moves,
        relro=_relro(_PT_GNU_RELRO in kinds, single),
        nx=_nx(kinds.get(_PT_GNU_STACK), image.arch),
    )


def _nx(stack: _Segment | None, arch: str) -> bool | None:
    """Without PT_GNU_STACK the loader's own default decides, which is an executable stack on x86."""
    if stack is None:
        return False if arch in ("386", "amd64") else None
    return not stack.flags & _PF_X


def _relro(segment: bool, tags: dict[int, int]) -> Literal["none", "partial", "full"]:
    if not segment:
        return "none"
    now = tags.get(_DT_FLAGS, 0) & _DF_BIND_NOW or tags.get(_DT_FLAGS_1, 0) & _DF_1_NOW or _DT_BIND_NOW in tags
    return "full" if now else "partial"


def _dynamic(image: Image, form: _Form, segment: _Segment | None) -> list[tuple[int, int]]:
    if segment is None:
        return []
    layout = form.dynamic()
    raw = image.content.at(segment.offset, min(segment.size, _MOST_DYNAMIC * layout.size))
    found = []
    for tag, value in layout.iter_unpack(raw[: len(raw) // layout.size * layout.size]):
        if tag == _DT_NULL:
            break
        found.append((tag, value))
    return found


def _string(strings: bytes, at: int) -> str:
    return strings[at : at + _LONGEST_NAME].partition(b"\0")[0].decode("utf-8", "replace")


def _needs(image: Image, form: _Form, tags: dict[int, int], strings: bytes) -> Iterator[str]:
    """Give ``library:VERSION`` for each version of symbols asked for (Elf_Verneed, Elf_Vernaux)."""
    at = tags.get(_DT_VERNEED, 0)
    left = _MOST_VERSIONS
    for _ in range(min(tags.get(_DT_VERNEEDNUM, 0), _MOST_NEEDED)):
        head = image.read(at, 16)
        if len(head) < 16:
            return
        _, count, file, aux, following = struct.unpack(form.order + "HHIII", head)
        place = at + aux
        for _ in range(min(count, left)):
            left -= 1
            entry = image.read(place, 16)
            if len(entry) < 16:
                return
            _, _, _, name, step = struct.unpack(form.order + "IHHII", entry)
            yield f"{_string(strings, file)}:{_string(strings, name)}"
            if not step:
                break
            place += step
        if not following:
            return
        at += following


def _imports(image: Image, form: _Form, tags: dict[int, int], strings: bytes) -> frozenset[str]:
    """Return the names that the dynamic symbol table asks for. Its end is not told: strings follow it in practice."""
    start, end = tags.get(_DT_SYMTAB, 0), tags.get(_DT_STRTAB, 0)
    layout = struct.Struct(form.order + ("IBBHQQ" if form.wide else "IIIBBH"))
    if not start or end <= start:
        return frozenset()
    raw = image.read(start, min(end - start, _MOST_IMPORTS * layout.size))
    found = set()
    for row in layout.iter_unpack(raw[: len(raw) // layout.size * layout.size]):
        section = row[3] if form.wide else row[5]
        if not section and row[0]:
            found.add(_string(strings, row[0]))
    return frozenset(found)
