"""Which map type a call in the code is about: its descriptor is the first argument of the runtime's map functions.

The compiler loads its address right before the call (cmd/compile/internal/walk, mapfn: the type comes first), into the
first register of the ABI: AX on amd64, R0 on arm64, R4 on loong64. The nearest such load before the call counts, if a
map type's descriptor stands where it leads. runtime.makemap_small takes no type.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from goxray.core.errors import GoxrayError
from goxray.goruntime.rtypes import RuntimeTypes, TypeRegion
from goxray.goruntime.types import GoType, Kind
from goxray.layout import layout_for
from goxray.target.image import ImageMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.layout import RuntimeLayout
    from goxray.target.binary import Binary
    from goxray.timeline.pprof.calls import Calls

_FAR = 96
"""Bytes before a call in which its type is loaded; between the two stand the other arguments."""

_ERRORS = (GoxrayError, UnicodeDecodeError, ValueError, IndexError, RecursionError)


class MapTypes:
    """The map types of one executable's calls.

    Args:
        binary: the executable.
        calls: its calls, as a profile knows them.
    """

    def __init__(self, binary: Binary, calls: Calls) -> None:
        self._binary = binary
        self._calls = calls
        self._known: dict[int, GoType | None] = {}

    @cached_property
    def layout(self) -> RuntimeLayout | None:
        """The layout of the executable's build; None where nobody has verified it."""
        try:
            return layout_for(self._binary.go_version, self._binary.arch, self._binary.experiments)
        except GoxrayError:
            return None

    @cached_property
    def _types(self) -> RuntimeTypes | None:
        symbol = self._binary.symbol("runtime.firstmoduledata")
        if symbol is None or self.layout is None:
            return None
        memory, offset = ImageMemory(self._binary), self.layout.offset
        try:
            low, high = (
                memory.read_u64(symbol.addr + offset("runtime.moduledata", name)) for name in ("types", "etypes")
            )
            return RuntimeTypes(memory, self.layout, [TypeRegion(low, memory.read(low, high - low))])
        except _ERRORS:
            return None

    def of(self, location: int) -> GoType | None:
        """Return the map type that the call at a place is about; None where it is not told."""
        if location not in self._known:
            self._known[location] = self._of(location)
        return self._known[location]

    def _of(self, location: int) -> GoType | None:
        back = self._calls.after(location)
        if back is None or self._types is None:
            return None
        for address in _LOADS[self._binary.arch](self._binary, back):
            if self._types.in_modules(address):
                found = self._map_at(address)
                if found is not None:
                    return found
        return None

    def _map_at(self, address: int) -> GoType | None:
        try:
            found = self._types.at(address) if self._types is not None else None
            return found if found is not None and found.kind is Kind.MAP and found.map_shape.unit_size > 0 else None
        except _ERRORS:
            return None


def _amd64(binary: Binary, back: int) -> Iterator[int]:
    """LEAQ disp32(IP), AX: 48 8D 05 and the distance from the next instruction."""
    code = binary.read(back - _FAR, _FAR) or b""
    at = code.rfind(b"\x48\x8d\x05")
    while at >= 0:
        if at + 7 <= len(code):
            yield back - _FAR + at + 7 + int.from_bytes(code[at + 3 : at + 7], "little", signed=True)
        at = code.rfind(b"\x48\x8d\x05", 0, at)


def _arm64(binary: Binary, back: int) -> Iterator[int]:
    """ADRP page, R0 and ADD $offset, R0, R0 behind it."""
    words = _code_words(binary, back)
    for number in range(len(words) - 1, 0, -1):
        page, add = words[number - 1], words[number]
        if page & 0x9F00001F == 0x90000000 and add & 0xFFC003FF == 0x91000000:
            pages = _signed((page >> 5 & 0x7FFFF) << 2 | page >> 29 & 3, 21)
            here = back - _FAR + 4 * (number - 1)
            yield (here & ~0xFFF) + (pages << 12) + ((add >> 10) & 0xFFF)


def _loong64(binary: Binary, back: int) -> Iterator[int]:
    """PCALAU12I page, R4 and ADDV $offset, R4 behind it."""
    words = _code_words(binary, back)
    for number in range(len(words) - 1, 0, -1):
        page, add = words[number - 1], words[number]
        if page >> 25 == 0x0D and page & 31 == 4 and add >> 22 == 0x0B and add & 0x3FF == 4 << 5 | 4:
            here = back - _FAR + 4 * (number - 1)
            pages, offset = _signed(page >> 5 & 0xFFFFF, 20), _signed(add >> 10 & 0xFFF, 12)
            yield (here & ~0xFFF) + (pages << 12) + offset


def _code_words(binary: Binary, back: int) -> list[int]:
    code = binary.read(back - _FAR, _FAR) or b""
    return [int.from_bytes(code[at : at + 4], "little") for at in range(0, len(code) - 3, 4)]


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


_LOADS = {"amd64": _amd64, "arm64": _arm64, "loong64": _loong64}
