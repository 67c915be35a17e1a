"""Sizes and fields of Go structs straight from .debug_info, in about a millisecond each and without any library.

Go's linker puts the names of types inline (DW_FORM_string, cmd/internal/dwarf), so a struct is found by searching its
name's bytes; only its own entry and the types of its members are then decoded. drgn cannot look such types up: its
parser of type names knows C's and C++'s, without dots and slashes.
"""

from __future__ import annotations

import bisect
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from goxray.core.errors import TargetError
from goxray.target.elf import ElfFile

_TAG_ARRAY, _TAG_MEMBER, _TAG_POINTER, _TAG_STRUCT, _TAG_SUBROUTINE, _TAG_TYPEDEF = 0x01, 0x0D, 0x0F, 0x13, 0x15, 0x16
_AT_NAME, _AT_BYTE_SIZE, _AT_MEMBER_OFFSET, _AT_TYPE = 0x03, 0x0B, 0x38, 0x49
_FORM_STRING, _FORM_IMPLICIT = 0x08, 0x21
# Forms by how their bytes are laid out (DWARF 5, section 7.5.6)
_FIXED = {
    0x01: 8, 0x05: 2, 0x06: 4, 0x07: 8, 0x0B: 1, 0x0C: 1, 0x11: 1, 0x12: 2, 0x13: 4, 0x14: 8, 0x19: 0, 0x1C: 4,
    0x1E: 16, 0x20: 8, 0x24: 8, 0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4, 0x29: 1, 0x2A: 2, 0x2B: 3, 0x2C: 4,
}  # fmt: skip
_OFFSETS = frozenset({0x0E, 0x10, 0x17, 0x1D, 0x1F})  # 4 bytes, or 8 in the 64-bit format
_ULEB = frozenset({0x0D, 0x0F, 0x15, 0x1A, 0x1B, 0x22, 0x23})  # sdata as well: only its length matters here
_BLOCKS = {0x03: 2, 0x04: 4, 0x0A: 1}
_BLOCK_ULEB = frozenset({0x09, 0x18})
_SHF_COMPRESSED = 0x800
_ELFCOMPRESS_ZLIB = 1
_NESTING = 6

Value = int | bytes
Abbreviation = tuple[int, bool, tuple[tuple[int, int, int], ...]]  # tag, has children, (attribute, form, constant)


@dataclass(frozen=True)
class DwarfStruct:
    """A struct as the target's DWARF has it.

    ``fields`` maps each field to (offset, size) in bytes; the fields of structs inside appear dotted as well
    (``sched.sp``). ``types`` maps the same names to the name of the field's type.
    """

    name: str
    size: int
    fields: dict[str, tuple[int, int]]
    types: dict[str, str]


@dataclass(frozen=True)
class _Unit:
    start: int
    end: int
    abbreviations: int
    offset_size: int
    first: int  # where its first entry lies


@dataclass(frozen=True)
class _Entry:
    tag: int
    values: dict[int, Value]
    end: int
    unit: _Unit

    @property
    def name(self) -> str:
        name = self.values.get(_AT_NAME, b"")
        return name.decode("utf-8", "replace") if isinstance(name, bytes) else ""

    def number(self, attribute: int) -> int | None:
        value = self.values.get(attribute)
        return value if isinstance(value, int) else None


class _Malformed(Exception):
    """The bytes are no entry; a chance match of a name."""


class DebugInfo:
    """The .debug_info of one executable.

    Raises:
        TargetError: the section is compressed in a way that is not known.
    """

    def __init__(self, elf: ElfFile) -> None:
        self._info = debug_section(elf, "info")
        self._abbrev = debug_section(elf, "abbrev")
        self._units = list(self._walk_units())
        self._starts = [unit.start for unit in self._units]
        self._tables: dict[int, dict[int, Abbreviation]] = {}
        self._structs: dict[str, DwarfStruct | None] = {}

    def struct(self, name: str) -> DwarfStruct | None:
        """The struct type of that name (``runtime.mspan``), None if the linker has left it out."""
        if name not in self._structs:
            self._structs[name] = self._find(name)
        return self._structs[name]

    def _find(self, name: str) -> DwarfStruct | None:
        wanted = name.encode() + b"\0"
        at = self._info.find(wanted)
        while at >= 0:
            for start in (at - 1, at - 2):
                try:
                    return self._struct_at(start, at, name)
                except (_Malformed, IndexError, struct.error):
                    continue
            at = self._info.find(wanted, at + 1)
        return None

    def _struct_at(self, start: int, name_at: int, name: str) -> DwarfStruct:
        unit = self._unit_of(start)
        code, after = _uleb(self._info, start)
        if after != name_at or not code:
            raise _Malformed
        tag, children, forms = self._abbreviation(unit, code)
        if tag != _TAG_STRUCT or not forms or forms[0][:2] != (_AT_NAME, _FORM_STRING):
            raise _Malformed
        entry = self._entry(start)
        size = entry.number(_AT_BYTE_SIZE)
        if size is None:
            raise _Malformed
        fields: dict[str, tuple[int, int]] = {}
        types: dict[str, str] = {}
        if children:
            self._members(entry, "", 0, fields, types, _NESTING)
        if any(offset + length > size for offset, length in fields.values()):
            raise _Malformed
        return DwarfStruct(name, size, fields, types)

    def _members(
        self,
        owner: _Entry,
        prefix: str,
        base: int,
        fields: dict[str, tuple[int, int]],
        types: dict[str, str],
        depth: int,
    ) -> None:
        at = owner.end
        while self._info[at]:
            member = self._entry(at)
            offset = member.number(_AT_MEMBER_OFFSET)
            reference = member.number(_AT_TYPE)
            if member.tag != _TAG_MEMBER or offset is None or reference is None:
                raise _Malformed
            kind, size = self._type(reference)
            name = prefix + member.name
            if name not in fields:  # blank fields repeat
                fields[name] = base + offset, size
                types[name] = kind.name
            inner = self._under(kind)
            if inner.tag == _TAG_STRUCT and depth and member.name != "_":
                self._members(inner, name + ".", base + offset, fields, types, depth - 1)
            at = member.end

    def _type(self, reference: int) -> tuple[_Entry, int]:
        """A type's entry and its size in bytes."""
        entry = self._entry(reference)
        under = self._under(entry)
        size = under.number(_AT_BYTE_SIZE)
        if size is None:
            if under.tag not in (_TAG_POINTER, _TAG_SUBROUTINE):
                raise _Malformed
            size = 8
        return entry, size

    def _under(self, entry: _Entry) -> _Entry:
        for _ in range(16):
            reference = entry.number(_AT_TYPE)
            if entry.tag != _TAG_TYPEDEF or reference is None:
                return entry
            entry = self._entry(reference)
        raise _Malformed

    # ---- decoding

    def _entry(self, at: int) -> _Entry:
        unit = self._unit_of(at)
        code, after = _uleb(self._info, at)
        if not code:
            raise _Malformed
        tag, _, forms = self._abbreviation(unit, code)
        values: dict[int, Value] = {}
        for attribute, form, constant in forms:
            value, after = self._value(form, constant, after, unit)
            values[attribute] = value
        return _Entry(tag, values, after, unit)

    def _value(self, form: int, constant: int, at: int, unit: _Unit) -> tuple[Value, int]:
        data = self._info
        size = unit.offset_size if form in _OFFSETS else _FIXED.get(form)
        if size is not None:
            return int.from_bytes(data[at : at + size], "little") if size else 1, at + size
        if form in _ULEB:
            return _uleb(data, at)
        if form == _FORM_STRING:
            end = data.index(b"\0", at)
            return data[at:end], end + 1
        if form == _FORM_IMPLICIT:
            return constant, at
        if form in _BLOCKS:
            width = _BLOCKS[form]
            length, at = int.from_bytes(data[at : at + width], "little"), at + width
        elif form in _BLOCK_ULEB:
            length, at = _uleb(data, at)
        else:
            raise _Malformed
        return data[at : at + length], at + length

    def _unit_of(self, at: int) -> _Unit:
        index = bisect.bisect_right(self._starts, at) - 1
        if index < 0 or not self._units[index].first <= at < self._units[index].end:
            raise _Malformed
        return self._units[index]

    def _walk_units(self) -> Iterator[_Unit]:
        data, at = self._info, 0
        while at + 12 <= len(data):
            (length,) = struct.unpack_from("<I", data, at)
            width, body = (4, at + 4) if length != 0xFFFFFFFF else (8, at + 12)
            if width == 8:
                (length,) = struct.unpack_from("<Q", data, at + 4)
            (version,) = struct.unpack_from("<H", data, body)
            table_at = body + 4 if version >= 5 else body + 2  # version 5: unit type and address size come first
            table = int.from_bytes(data[table_at : table_at + width], "little")
            first = table_at + width + (0 if version >= 5 else 1)
            yield _Unit(at, body + length, table, width, first)
            at = body + length

    def _abbreviation(self, unit: _Unit, code: int) -> Abbreviation:
        table = self._tables.get(unit.abbreviations)
        if table is None:
            table = self._tables[unit.abbreviations] = _abbreviations(self._abbrev, unit.abbreviations)
        if code not in table:
            raise _Malformed
        return table[code]


def _abbreviations(data: bytes, at: int) -> dict[int, Abbreviation]:
    table: dict[int, Abbreviation] = {}
    while True:
        code, at = _uleb(data, at)
        if not code:
            return table
        tag, at = _uleb(data, at)
        children = bool(data[at])
        at += 1
        forms = []
        while True:
            attribute, at = _uleb(data, at)
            form, at = _uleb(data, at)
            constant = 0
            if form == _FORM_IMPLICIT:
                constant, at = _uleb(data, at)
            if not attribute and not form:
                break
            forms.append((attribute, form, constant))
        table[code] = tag, children, tuple(forms)


def _uleb(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
        shift += 7


def debug_section(elf: ElfFile, name: str) -> bytes:
    """The content of ``.debug_NAME``, unpacked where the linker compressed it; empty if there is none.

    Raises:
        TargetError: an unknown compression.
    """
    section = elf.sections.get(".debug_" + name)
    if section is None:
        raw = elf.section_bytes(".zdebug_" + name)  # the older way: "ZLIB", size (big-endian), data
        return zlib.decompress(raw[12:]) if raw.startswith(b"ZLIB") else b""
    raw = elf.section_bytes(section.name)
    if not section.flags & _SHF_COMPRESSED:
        return raw
    kind, _, size, _ = struct.unpack_from("<IIQQ", raw)
    if kind != _ELFCOMPRESS_ZLIB:
        raise TargetError(
            f"{elf.path}: {section.name} is compressed in a way that goxray cannot read (type {kind})",
            hint="unpack it with: objcopy --decompress-debug-sections FILE",
        )
    return zlib.decompress(raw[24:], bufsize=size)
