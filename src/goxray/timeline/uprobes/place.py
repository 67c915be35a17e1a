"""Where the probes go: from the name of a runtime's function to a place in the executable's file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault, StrippedBinary, TargetError, UnsupportedArch
from goxray.goruntime.locate import Locator
from goxray.goruntime.pclntab import FunctionTable
from goxray.goruntime.rtypes import RuntimeTypes, TypeRegion
from goxray.layout import layout_for
from goxray.target.image import ImageMemory
from goxray.target.prologue import LONGEST, Place, behind_check, kept_and_tested, store_of_one
from goxray.timeline.uprobes.events import SOURCES, Source

if TYPE_CHECKING:
    from collections.abc import Collection

    from goxray.target.binary import Binary

_MAIN, _START_TIME = "runtime.main", "runtime.runtimeInitTime"
_MODULE_DATA = "runtime.firstmoduledata"
_LONGEST_FUNCTION = 1 << 16
_CALL = 0xE8
_SAME_SIZE = re.compile(rb"\x83[\xc8-\xcf]\x08\x88[\x43\x4b\x53\x5b\x63\x6b\x73\x7b]\x08")
"""or $8,%r32; mov %r8,8(%rbx): hashGrow sets sameSizeGrow, which is 8, in h.flags."""
_NO_TYPES = (CorruptMemory, MemoryFault)


@dataclass(frozen=True)
class Placed:
    """A probe: ``address`` before relocation, ``offset`` in the file; ``how`` says what is there."""

    source: Source
    address: int
    offset: int
    how: str


class Program:
    """An executable's functions and types, read from its file, so that they are known before it runs.

    Raises:
        UnsupportedArch: not amd64: its prologues are not known.
        UnsupportedGo: as :func:`goxray.layout.layout_for`.
        StrippedBinary: its module data cannot be found.
    """

    def __init__(self, binary: Binary, *, allow_unverified: bool = False) -> None:
        if binary.arch != "amd64":
            raise UnsupportedArch(
                f"{binary.shown} is for {binary.arch}: uprobes are placed in amd64 programs only",
                hint="goxray gc watch and goxray gc phases need no probes",
            )
        self.binary = binary
        self.layout = layout_for(binary.go_version, binary.arch, binary.experiments, allow_unverified=allow_unverified)
        self._memory = ImageMemory(binary)
        symbol = binary.symbol(_MODULE_DATA)
        found = symbol.addr if symbol else Locator(self._memory, binary, 0, self.layout).find(_MODULE_DATA)
        if found is None:
            raise StrippedBinary(f"{binary.shown}: its module data cannot be found, so no function can be either")
        self._module = found
        self.functions = FunctionTable(self._memory, self.layout, found)

    @cached_property
    def _entries(self) -> dict[str, int]:
        """Entry points of the functions that sources name."""
        wanted = (
            {source.function for source in SOURCES} | {source.callee for source in SOURCES if source.callee} | {_MAIN}
        )
        return self.functions.entries_of(wanted)

    def code(self, function: str) -> tuple[int, bytes]:
        """A function's entry point and code; (0, nothing) where the program does not have it."""
        entry = self._entries.get(function)
        if entry is None:
            return 0, b""
        entries = self.functions.entries
        after = int(np.searchsorted(entries, np.uint64(entry), side="right"))
        end = int(entries[after]) if after < len(entries) else self.functions.end
        size = min(end - entry, _LONGEST_FUNCTION)
        return entry, self.binary.read(entry, size) or b""

    def has(self, function: str) -> bool:
        """Whether the linker kept the function."""
        return function in self._entries

    def type_name(self, addr: int) -> str:
        """The name of the type whose descriptor stands at ``addr`` before relocation; empty for none in the file."""
        try:
            return self._types.at(addr).name
        except _NO_TYPES:
            return ""

    @cached_property
    def _types(self) -> RuntimeTypes:
        offset, read = self.layout.offset, self._memory.read_u64
        low, high = (read(self._module + offset("runtime.moduledata", name)) for name in ("types", "etypes"))
        return RuntimeTypes(self._memory, self.layout, [TypeRegion(low, self._memory.read(low, high - low))])

    def start_variable(self) -> int | None:
        """The address before relocation of runtime.runtimeInitTime; None where it cannot be told.

        Without symbols it is what runtime.main keeps nanotime's result in, and throws if that is zero
        (runtime/proc.go, main).
        """
        symbol = self.binary.symbol(_START_TIME)
        if symbol is not None:
            return symbol.addr
        entry, code = self.code(_MAIN)
        return kept_and_tested(code, entry) if code else None

    def file_offset(self, address: int) -> int:
        """Where in the file an address before relocation is."""
        for load in self.binary.elf.loads():
            at = address - int(load["vaddr"])
            if 0 <= at < int(load["filesz"]):
                return at + int(load["offset"])
        raise TargetError(f"{self.binary.shown} has no code at {address:#x}")


def place_all(program: Program, events: Collection[str]) -> tuple[list[Placed], list[str]]:
    """Find the places of all probes that ``events`` need; the second answer says what could not be placed, and why.

    Raises:
        TargetError: none can be placed.
    """
    placed: list[Placed] = []
    notes: list[str] = []
    for source in (source for source in SOURCES if source.event in events):
        entry, code = program.code(source.function)
        if not code or (source.detail and not any(each.source.function == source.function for each in placed)):
            continue
        found = _place(source, program, entry, code)
        if found.offset < 0:
            what = (
                f"no size of classic maps' growth: {source.function}"
                if source.detail
                else f"no {source.event}: {source.function}"
            )
            notes.append(f"{what}: {found.how}")
            continue
        address = entry + found.offset
        placed.append(Placed(source, address, program.file_offset(address), found.how))
    told = {each.source.event for each in placed}
    notes += [
        f"no {event}: this program has no function that does it"
        for event in events
        if event not in told
        and not any(program.has(s.function) for s in SOURCES if s.event == event)
        and not _of_other_kind(event, program)
    ]
    if not told:
        raise TargetError(
            f"no probe can be placed in {program.binary.shown}: {'; '.join(notes)}", hint="choose others with --events"
        )
    return placed, sorted(notes)


def _of_other_kind(event: str, program: Program) -> bool:
    """Whether the event belongs to the kind of maps that this program does not have."""
    classic = {"evacuate"}
    swiss = {"table grow", "table split"}
    return event in (swiss if program.layout.map_kind == "classic" else classic)


def _place(source: Source, program: Program, entry: int, code: bytes) -> Place:
    if source.where == "store":
        return store_of_one(code)
    if source.where == "same size":
        return _one_match(_SAME_SIZE, code, "or $8 of h.flags")
    if source.where == "call":
        target, _ = program.code(source.callee)
        return _call_of(code, entry, target, source.callee)
    return behind_check(code[:LONGEST])


def _one_match(pattern: re.Pattern[bytes], code: bytes, how: str) -> Place:
    found = list(pattern.finditer(code))
    return Place(found[0].start(), how) if len(found) == 1 else Place(-1, f"{how} is there {len(found)} times")


def _call_of(code: bytes, entry: int, target: int, callee: str) -> Place:
    """Find the one ``call`` of a function in another's code."""
    calls = [
        at
        for at in range(len(code) - 4)
        if code[at] == _CALL and entry + at + 5 + int.from_bytes(code[at + 1 : at + 5], "little", signed=True) == target
    ]
    return Place(calls[0], f"call of {callee}") if len(calls) == 1 else Place(-1, f"calls {callee} {len(calls)} times")
