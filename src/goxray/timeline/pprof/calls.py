"""Which function of the runtime a place in a program's code calls: heap profiles leave the runtime's frames out.

runtime/pprof drops the frames of ``runtime.`` and ``internal/runtime/`` from the top of every stack
(protomem.go, hideRuntime), so that a map's memory seems to come from the line that writes to it. The address of
that place is in the profile, and the instruction there names the function that is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.target.binary import Binary
    from goxray.timeline.pprof.profile import Profile

_FAST = ("", "_fast32", "_fast32ptr", "_fast64", "_fast64ptr", "_faststr")
MAKING = frozenset({"runtime.makemap", "runtime.makemap64", "runtime.makemap_small", "reflect.makemap"})
"""What makes a map, with room for a hint."""

FILLING = frozenset(
    {
        *(f"runtime.mapassign{fast}" for fast in _FAST),
        *(f"runtime.mapdelete{fast}" for fast in _FAST),
        "runtime.mapclear",
        "runtime.mapclone",
        "runtime.mapclone2",
        "maps.clone",
        "reflect.mapassign",
        "reflect.mapassign0",
        "reflect.mapassign_faststr",
        "reflect.mapassign_faststr0",
    }
)
"""What writes to a map: its first bucket or group, growth, overflow buckets."""

_CALL_AMD64 = 0xE8
_BL_ARM64 = 0b100101
_BL_LOONG64 = 0b010101


class Calls:
    """The calls of one executable.

    Args:
        binary: the executable that the profile was taken of.
        profile: the profile: its places, and where it says the executable was mapped.
    """

    def __init__(self, binary: Binary, profile: Profile) -> None:
        self._binary = binary
        self._mappings = profile.mappings
        self._addresses = profile.locations.address
        self._mapping_of = profile.locations.mapping
        symbols = ((name, binary.symbol(name)) for name in MAKING | FILLING)
        self._names = {symbol.addr: name for name, symbol in symbols if symbol is not None}
        self._known: dict[int, str] = {}

    @property
    def known(self) -> bool:
        """Whether the executable's symbols name the functions of maps at all."""
        return bool(self._names)

    def callee(self, location: int) -> str:
        """Return which of :data:`MAKING` and :data:`FILLING` the place calls; empty for any other function."""
        found = self._known.get(location)
        if found is None:
            found = self._known[location] = self._callee(location)
        return found

    def _callee(self, location: int) -> str:
        back = self.after(location)
        target = None if back is None else _TARGETS[self._binary.arch](self._binary, back)
        return self._names.get(target, "") if target is not None else ""

    def after(self, location: int) -> int | None:
        """Return where the call at a place returns to, as the executable has it before it was moved."""
        number = int(self._mapping_of[location])
        if number < 0:
            return None
        mapping, address = self._mappings[number], int(self._addresses[location]) + 1
        if not mapping.filename and not mapping.start:
            return address  # the text form tells no mappings: right where the executable is not moved
        offset = address - mapping.start + mapping.offset
        for load in self._binary.elf.loads():
            if int(load["offset"]) <= offset < int(load["offset"]) + int(load["filesz"]):
                return int(offset - int(load["offset"]) + int(load["vaddr"]))
        return None


def _amd64(binary: Binary, back: int) -> int | None:
    """CALL rel32: E8 and the distance from the next instruction."""
    code = binary.read(back - 5, 5)
    if code is None or len(code) < 5 or code[0] != _CALL_AMD64:
        return None
    return back + int.from_bytes(code[1:], "little", signed=True)


def _arm64(binary: Binary, back: int) -> int | None:
    """BL imm26, in instructions from itself."""
    code = binary.read(back - 4, 4)
    if code is None or len(code) < 4:
        return None
    word = int.from_bytes(code, "little")
    return back - 4 + 4 * _signed(word & 0x3FFFFFF, 26) if word >> 26 == _BL_ARM64 else None


def _loong64(binary: Binary, back: int) -> int | None:
    """BL offs26: the lower 16 bits of the distance stand above its upper 10."""
    code = binary.read(back - 4, 4)
    if code is None or len(code) < 4:
        return None
    word = int.from_bytes(code, "little")
    distance = ((word & 0x3FF) << 16) | ((word >> 10) & 0xFFFF)
    return back - 4 + 4 * _signed(distance, 26) if word >> 26 == _BL_LOONG64 else None


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


_TARGETS = {"amd64": _amd64, "arm64": _arm64, "loong64": _loong64}
