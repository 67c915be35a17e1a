"""What the target's DWARF knows: struct layouts, global variables and their types, the variables of a frame.

Struct layouts are read here (:mod:`goxray.target.debuginfo`); everything that needs types as objects goes through drgn,
which is imported when it is first needed.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from goxray.core.errors import StrippedBinary, TargetError
from goxray.target.binary import Binary
from goxray.target.debuginfo import DebugInfo, DwarfStruct

if TYPE_CHECKING:
    import drgn

__all__ = ["Dwarf", "DwarfStruct", "Frame", "Variable"]


@dataclass(frozen=True)
class Variable:
    """A global variable: its run-time address (bias included) and its type."""

    name: str
    addr: int
    type: drgn.Type


@dataclass(frozen=True)
class Frame:
    """The variables that DWARF knows at a pc, of one function (an inlined call is a frame of its own)."""

    function: str
    variables: tuple[tuple[str, drgn.Type], ...]


class Dwarf:
    """The debug information of ``binary``, loaded ``bias`` bytes above its own addresses.

    Raises:
        StrippedBinary: the binary has none.
        TargetError: drgn is needed and cannot be imported (the hint says how to install it).
    """

    def __init__(self, binary: Binary, bias: int) -> None:
        if not binary.has_dwarf:
            raise StrippedBinary(f"{binary.shown} holds no debug information")
        self._binary = binary
        self._bias = bias

    @cached_property
    def info(self) -> DebugInfo:
        """The bytes of .debug_info, read without drgn."""
        return DebugInfo(self._binary.elf)

    def struct(self, name: str) -> DwarfStruct | None:
        """The struct type of that name, such as ``runtime.mspan``; None if DWARF has none."""
        return self.info.struct(name)

    @cached_property
    def program(self) -> drgn.Program:
        """A drgn program with the binary as its only module; it has no memory to read from."""
        try:
            import drgn
        except ImportError as error:
            raise TargetError(
                f"reading the types of variables needs drgn, and it cannot be imported ({error})",
                hint="install it with: pip install drgn (wheels exist for x86-64 Linux; elsewhere it is built from "
                "source and needs libelf and libdw)",
            ) from None
        program = drgn.Program()
        program.set_enabled_debug_info_finders([])  # this very file and no other, nothing from a network
        module = program.extra_module("goxray target", create=True)
        ranges = [(vaddr, vaddr + size) for vaddr, size in self._binary.load_ranges]
        low, high = min(start for start, _ in ranges), max(end for _, end in ranges)
        module.address_ranges = [(low + self._bias, high + self._bias)]
        module.try_file(self._binary.path)
        return program

    def variable(self, name: str) -> Variable | None:
        """The global variable of that name (``main.cache``), None if DWARF has none with an address."""
        try:
            found = self.program.variable(name)
        except LookupError:
            return None
        address = found.address_
        return None if address is None else Variable(name, address, found.type_)

    def frames_at(self, pc: int) -> list[Frame]:
        """The functions at a run-time pc, the innermost inlined one first, with their variables' names and types.

        Empty where DWARF does not know the pc. For a caller's frame give the return address less one.
        """
        program = self.program  # first: it says what to do where drgn is missing
        import drgn

        frames = []
        for frame in program.stack_trace_from_pcs([pc]):
            name = frame.function_name
            if name is None:
                continue
            variables = []
            for variable in frame.locals():
                # drgn refuses variables of function type (TypeError) and complex numbers (BadDataError)
                with contextlib.suppress(LookupError, TypeError, drgn.BadDataError):
                    variables.append((variable, frame[variable].type_))
            frames.append(Frame(name, tuple(variables)))
        return frames
