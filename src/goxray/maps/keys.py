"""Keys and elems of maps, only for users who ask for them: they may be secrets."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.core.result import KeySample
from goxray.goruntime.types import GoType, Kind, MapShape
from goxray.maps.addresses import find
from goxray.maps.found import UNKNOWN, is_open
from goxray.maps.rows import NOT_REACHED, MapRows
from goxray.maps.units import I64, Units, slot_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.goruntime.runtime import Runtime
    from goxray.maps.inspect import Findings

_MAX_MAPS = 1000
_MAX_TEXT = 120
_MASKED_TEXT = 4096
"""Bytes of a text that is to be masked: far more than is shown, so that nothing that is shown was cut before."""

_LONGEST_TOKEN = 48
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MAX_DEPTH = 3
_MAX_FIELDS = 8
_SIGNED = {Kind.INT: 8, Kind.INT8: 1, Kind.INT16: 2, Kind.INT32: 4, Kind.INT64: 8}
_UNSIGNED = {Kind.UINT: 8, Kind.UINT8: 1, Kind.UINT16: 2, Kind.UINT32: 4, Kind.UINT64: 8, Kind.UINTPTR: 8}


_FLOATS = {Kind.FLOAT32: "<f4", Kind.FLOAT64: "<f8", Kind.COMPLEX64: "<f4", Kind.COMPLEX128: "<f8"}
_ESCAPED = {
    '"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
}  # fmt: skip


class _EnoughError(Exception):
    """As many slots as asked for were seen."""


def sample_keys(
    runtime: Runtime, findings: Findings, rows: MapRows, chosen: I64, count: int, *, whole: bool = False
) -> list[KeySample]:
    """Show up to ``count`` entries of each chosen map (row numbers) whose type is known.

    With ``whole`` long texts are not cut to what people read: they are to go through ``masked``.
    """
    samples = []
    numbers = find(rows.addr[chosen], findings.found.headers.addr)
    for row, number in zip(chosen[:_MAX_MAPS].tolist(), numbers[:_MAX_MAPS].tolist(), strict=True):
        if number < 0 or rows.type_of[row] == UNKNOWN or is_open(rows.types[int(rows.type_of[row])]):
            continue
        shape = rows.types[int(rows.type_of[row])].map_shape
        pairs = _pairs(runtime, findings, number, shape, count, _MASKED_TEXT if whole else _MAX_TEXT)
        owner = int(rows.owner_of[row])
        samples.append(KeySample(int(rows.addr[row]), rows.owners[owner] if owner >= 0 else NOT_REACHED, pairs))
    return samples


def masked(samples: list[KeySample], mask: Callable[[str], str]) -> list[KeySample]:
    """Return the samples with every key and elem masked, and only then cut to what people read.

    An elem is masked beside its key: ``"name": "..."`` in a map says what it is, as a field of a struct does.
    """
    return [
        KeySample(each.addr, each.owner, tuple(_masked_pair(key, elem, mask) for key, elem in each.pairs))
        for each in samples
    ]


def _masked_pair(key: str, elem: str, mask: Callable[[str], str]) -> tuple[str, str]:
    hidden = mask(key)
    both, begin = mask(f"{key}: {elem}"), f"{hidden}: "
    return _shown(hidden), _shown(both[len(begin) :] if both.startswith(begin) else mask(elem))


def _shown(text: str) -> str:
    return _QUOTED.sub(_cut, text)


def _cut(quoted: re.Match[str]) -> str:
    body = quoted[1]
    if len(body) <= _MAX_TEXT:
        return quoted.group()
    end = _MAX_TEXT
    if body.rfind("[", 0, end) > body.rfind("]", 0, end):  # half a token would be nobody's
        end = body.find("]", end, end + _LONGEST_TOKEN) + 1 or end
    kept = body[:end]
    if (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept = kept[:-1]
    return f'"{kept}"…'


def _pairs(
    runtime: Runtime, findings: Findings, number: int, shape: MapShape, count: int, longest: int
) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []

    def collect(_: object, units: Units) -> None:
        _, keys = slot_addresses(units, units.full, shape.keys_off, shape.key_stride)
        _, elems = slot_addresses(units, units.full, shape.elems_off, shape.elem_stride)
        for key, elem in zip(keys.tolist(), elems.tolist(), strict=True):
            if len(pairs) == count:
                raise _EnoughError
            pairs.append(
                (
                    format_value(runtime, shape.key, key, indirect=shape.indirect_key, longest=longest),
                    format_value(runtime, shape.elem, elem, indirect=shape.indirect_elem, longest=longest),
                )
            )

    headers = findings.found.headers.take(np.array([number]))
    with contextlib.suppress(_EnoughError):
        findings.census.occupancy(headers, shape.unit_size, np.array([number]), collect)
    return tuple(pairs)


def format_value(
    runtime: Runtime, go_type: GoType, addr: int, *, indirect: bool = False, depth: int = 0, longest: int = _MAX_TEXT
) -> str:
    """Spell the value at ``addr`` as Go would, texts up to ``longest`` bytes; the unreadable is ``<unreadable>``."""
    try:
        if indirect:
            addr = runtime.memory.read_u64(addr)
        return _format(runtime, go_type, addr, depth, longest)
    except (MemoryFault, CorruptMemory):
        return "<unreadable>"


def _format(runtime: Runtime, go_type: GoType, addr: int, depth: int, longest: int) -> str:
    kind, memory = go_type.kind, runtime.memory
    if kind in _SIGNED or kind in _UNSIGNED:
        size = _SIGNED.get(kind) or _UNSIGNED[kind]
        return str(int.from_bytes(memory.read(addr, size), "little", signed=kind in _SIGNED))
    if kind is Kind.STRING:
        return _format_string(runtime, addr, longest)
    if kind in _FLOATS:
        parts = np.frombuffer(memory.read(addr, go_type.size), _FLOATS[kind])
        return _spell_float(parts[0]) if len(parts) == 1 else _spell_complex(*parts)
    if kind is Kind.BOOL:
        return "true" if memory.read_u8(addr) else "false"
    if kind is Kind.INTERFACE:
        return _format_interface(runtime, go_type, addr, depth, longest)
    if kind is Kind.SLICE:
        return f"{go_type.name}(len {memory.read_u64(addr + 8)})"
    if kind in (Kind.STRUCT, Kind.ARRAY):
        return _format_compound(runtime, go_type, addr, depth, longest)
    if go_type.size == 8:
        word = memory.read_u64(addr)
        return f"{go_type.name}({word:#x})" if word else "nil"
    return go_type.name


def _format_string(runtime: Runtime, addr: int, longest: int) -> str:
    data, length = runtime.memory.read_words(addr, 2)
    raw = runtime.memory.read(data, min(length, longest)) if length else b""
    quoted = '"' + "".join(map(_spell_rune, raw.decode("utf-8", "surrogateescape"))) + '"'
    return quoted if length <= longest else f"{quoted}… ({length} bytes)"


def _spell_rune(rune: str) -> str:
    """Escape what cannot be printed, as strconv.Quote does: a key must not steer the reader's terminal."""
    number = ord(rune)
    if rune in _ESCAPED:
        return _ESCAPED[rune]
    if rune.isprintable():
        return rune
    if 0xDC80 <= number < 0xDD00:  # a byte that is no UTF-8
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _spell_float(value: np.floating[Any]) -> str:
    if not np.isfinite(value):
        return "NaN" if np.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return str(value).removesuffix(".0")


def _spell_complex(real: np.floating[Any], imaginary: np.floating[Any]) -> str:
    second = _spell_float(imaginary)
    return f"({_spell_float(real)}{second if second[0] in '+-' else '+' + second}i)"


def _format_interface(runtime: Runtime, go_type: GoType, addr: int, depth: int, longest: int) -> str:
    word, data = runtime.memory.read_words(addr, 2)
    if not word:
        return "nil"
    at = word if go_type.length else runtime.memory.read_u64(word + runtime.itab_type_offset)
    dynamic = runtime.types.at(at)
    where = addr + 8 if dynamic.is_direct else data
    inner = format_value(runtime, dynamic, where, depth=depth + 1, longest=longest)
    return inner if dynamic.name in inner else f"{dynamic.name}({inner})"


def _format_compound(runtime: Runtime, go_type: GoType, addr: int, depth: int, longest: int) -> str:
    if depth >= _MAX_DEPTH:
        return go_type.name + "{…}"
    if go_type.kind is Kind.STRUCT:
        parts = [
            f"{f.name}: {format_value(runtime, f.type, addr + f.offset, depth=depth + 1, longest=longest)}"
            for f in go_type.fields[:_MAX_FIELDS]
        ]
        rest = len(go_type.fields) > _MAX_FIELDS
    else:
        step, shown = go_type.elem.size, min(go_type.length, _MAX_FIELDS)
        parts = [
            format_value(runtime, go_type.elem, addr + i * step, depth=depth + 1, longest=longest) for i in range(shown)
        ]
        rest = go_type.length > _MAX_FIELDS
    return f"{go_type.name}{{{', '.join(parts)}{', …' if rest else ''}}}"
