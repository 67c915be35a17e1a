"""What the target's DWARF knows: struct layouts, global variables and their types, the variables of a frame.

Struct layouts are read here (:mod:`goxray.target.debuginfo`); everything that needs types as objects goes through drgn,
which is imported when it is first needed.
"""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

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

    A binary may have none, and drgn may not be installed: both are states in which less is known, not errors.
    ``present`` says whether there is any; ``typed`` whether variables and their types can be asked for as well.
    """

    def __init__(self, binary: Binary, bias: int) -> None:
        self._binary = binary
        self._bias = bias
        self.present = binary.has_dwarf

    @cached_property
    def typed(self) -> bool:
        """Whether the types of variables are known: there is debug information, and drgn to read it."""
        return self.present and drgn_error() is None

    @cached_property
    def info(self) -> DebugInfo:
        """The bytes of .debug_info, read without drgn."""
        return DebugInfo(self._binary.elf)

    def struct(self, name: str) -> DwarfStruct | None:
        """The struct type of that name, such as ``runtime.mspan``; None if DWARF has none."""
        return self.info.struct(name) if self.present else None

    @cached_property
    def program(self) -> drgn.Program:
        """A drgn program with the binary as its only module; it has no memory to read from."""
        import drgn

        # drgn refuses every stack of a LoongArch program. Only scopes and types at given program counters are asked of
        # it, which take no registers: any other 64-bit little-endian machine does as well.
        loongarch = self._binary.arch == "loong64"
        program = drgn.Program(drgn.Platform(drgn.Architecture.AARCH64) if loongarch else None)
        program.set_enabled_debug_info_finders([])  # this very file and no other, nothing from a network
        module = program.extra_module("goxray target", create=True)
        ranges = [(vaddr, vaddr + size) for vaddr, size in self._binary.load_ranges]
        low, high = min(start for start, _ in ranges), max(end for _, end in ranges)
        module.address_ranges = [(low + self._bias, high + self._bias)]
        module.try_file(self._binary.path)
        return program

    def variable(self, name: str) -> Variable | None:
        """The global variable of that name (``main.cache``), None if DWARF has none with an address."""
        if not self.typed:
            return None
        try:
            found = self.program.variable(name)
        except LookupError:
            return None
        address = found.address_
        return None if address is None else Variable(name, address, found.type_)

    def frames_at(self, pc: int) -> list[Frame]:
        """The functions at a run-time pc, the innermost inlined one first, with their variables' names and types.

        Empty where DWARF does not know the pc, or cannot be asked. For a caller's frame give the return address less
        one.
        """
        if not self.typed:
            return []
        import drgn

        frames = []
        # drgn takes what it is given for return addresses and looks at the byte before
        for frame in self.program.stack_trace_from_pcs([pc + 1]):
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


def drgn_error() -> str | None:
    """Why drgn cannot be imported; None where it can."""
    try:
        importlib.import_module("drgn")
    except (ImportError, OSError) as error:  # OSError: a library that its extension needs is broken
        return str(error)
    return None
