"""The Go runtime inside a target: its modules, types, spans, functions and goroutines, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, GoxrayError, MemoryFault, NotAGoProgram, StrippedBinary
from goxray.goruntime.dwarf_types import DwarfTypes
from goxray.goruntime.goroutines import Goroutine, Unwinder, read_goroutines
from goxray.goruntime.heapstats import runtime_live_bytes
from goxray.goruntime.locate import Locator
from goxray.goruntime.pclntab import FunctionTable
from goxray.goruntime.rtypes import RuntimeTypes, TypeRegion
from goxray.goruntime.spans import SpanTable, read_spans
from goxray.goruntime.types import FUNC, GoType, unknown_type
from goxray.layout import layout_for

if TYPE_CHECKING:
    from goxray.goruntime.hashes import HashKeys
    from goxray.layout import RuntimeLayout
    from goxray.target.dwarf import DwarfStruct
    from goxray.target.open import Target

_MAX_MODULES = 256
_DATA_RANGES = (("noptrdata", "enoptrdata"), ("data", "edata"), ("bss", "ebss"), ("noptrbss", "enoptrbss"))
_MAX_TYPE_DATA = 1 << 30
_READ = frozenset(
    "internal/runtime/maps." + name for name in ("Map", "table", "groupsReference")
) | frozenset(
    "runtime." + name
    for name in (
        "_defer", "_func", "activeSweep", "addrRange", "addrRanges", "bitvector", "cleanupBlock",
        "cleanupBlockHeader", "cleanupFn", "cleanupQueue", "consistentHeapStats", "cpuStats", "finBlock", "finalizer",
        "finblock", "g", "gcBitsArena", "gcCPULimiterState", "gcControllerState", "gobuf", "hchan", "heapArena",
        "heapStatsDelta", "hmap", "itab", "m", "mapextra", "mcache", "mheap", "moduledata", "mspan", "mstats",
        "mutex", "p", "pageAlloc", "pageCache", "pcHeader", "scavengeIndex", "schedt", "spanInlineMarkBits",
        "special", "specialCleanup", "specialWeakHandle", "specialfinalizer", "stack", "stackObjectRecord",
        "stackmap", "sweepdata", "workType", "xRegPerG",
    )
)  # fmt: skip
"""The structs that are read in a target, besides the type descriptors'."""


@dataclass(frozen=True)
class Module:
    """One module (the program, a plugin): its moduledata's address, type data and data ranges [start, end)."""

    addr: int
    types: tuple[int, int]
    data: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Global:
    """A global variable that may hold pointers: its Go name, address and type."""

    name: str
    addr: int
    type: GoType


class Runtime:
    """A target's Go runtime. Modules, types and functions are read once; spans by :meth:`refresh`.

    Raises:
        UnsupportedGo, UnsupportedArch, LayoutMismatch: the build's layout is not known or not as expected.
        NotAGoProgram: the runtime's own variables are missing.
    """

    def __init__(self, target: Target, *, allow_unverified: bool = False) -> None:
        self.target = target
        self.memory = target.memory
        binary = target.binary
        base = layout_for(binary.go_version, binary.arch, binary.experiments, allow_unverified=allow_unverified)
        self.layout: RuntimeLayout = base.with_dwarf(self._used_struct) if target.dwarf.present else base
        if not target.dwarf.present and self.layout.verified and not self.layout.patch_verified:
            self._note_patch(binary.go_version)
        self._locator = Locator(self.memory, binary, target.bias, self.layout)
        self.mheap = self.symbol("runtime.mheap_")
        self.modules = self._read_modules(self.symbol("runtime.firstmoduledata"))
        regions = [TypeRegion(low, self.memory.read(low, high - low)) for low, high in (m.types for m in self.modules)]
        self._type_ranges = [(region.start, region.end) for region in regions]
        self.types = RuntimeTypes(self.memory, self.layout, regions)
        self.dwarf_types = DwarfTypes()
        self.functions = [FunctionTable(self.memory, self.layout, module.addr) for module in self.modules]
        self.unwinder = Unwinder(self.memory, self.functions, self.layout)
        itab_type = "Type" if self.layout.has("itab", "Type") else "_type"
        self.itab_type_offset = self.layout.offset("itab", itab_type)
        self.spans = SpanTable.empty(self.layout.page_size)
        self.unreadable_spans = 0
        self.hash_keys: HashKeys | None = None
        """What a program without symbols hashes its map keys with, once it has been found."""
        self._globals: list[Global] | None = None
        self._variables: dict[int, tuple[GoType, ...]] = {}

    def _note_patch(self, version: str) -> None:
        note = (
            f"{version} is read as the releases of its line that were verified are laid out: "
            "without debug information nothing here confirms it"
        )
        if note not in self.target.notes:
            self.target.notes.append(note)

    def refresh(self) -> None:
        """Read the spans as they are now."""
        self.spans = SpanTable.empty(self.layout.page_size)  # the old table is freed before the new one is read
        self.spans = read_spans(self.memory, self.layout, self.mheap)
        self.unreadable_spans = 0

    def note_unreadable_spans(self, count: int) -> None:
        """Remember that ``count`` spans' contents could not be read."""
        self.unreadable_spans += count

    def live_bytes(self) -> int | None:
        """HeapAlloc as runtime.ReadMemStats would give it; None where its counters cannot be read."""
        try:
            memstats = self.symbol("runtime.memstats")
            return runtime_live_bytes(self.memory, self.layout, memstats, self.mheap, self.spans)
        except GoxrayError:
            return None

    def goroutines(self) -> list[Goroutine]:
        """Every goroutine with a stack; running ones have a position only while the target is frozen."""
        return read_goroutines(self.memory, self.layout, self.symbol("runtime.allgs"), self.target.threads())

    def function_name(self, pc: int) -> str:
        """The function that holds a program counter; empty for none."""
        return self.unwinder.describe(pc)[1]

    def variables_at(self, pc: int) -> tuple[GoType, ...]:
        """The types of the variables that DWARF knows in the functions at a return address (or entry + 1)."""
        found = self._variables.get(pc)
        if found is None:
            types = {}
            for frame in self.target.dwarf.frames_at(pc - 1) if pc else ():
                for _, dtype in frame.variables:
                    go_type = self.dwarf_types.convert(dtype)
                    types[go_type.name] = go_type
            found = self._variables[pc] = tuple(types.values())
        return found

    def in_type_data(self, words: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which words could be the address of a type descriptor in a module."""
        found = np.zeros(len(words), np.bool_)
        for low, high in self._type_ranges:
            found |= (words >= np.uint64(low)) & (words < np.uint64(high))
        aligned: NDArray[np.bool_] = (words & np.uint64(7)) == 0
        return found & aligned

    def in_module_data(self, addrs: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which addresses lie in a module's data or bss."""
        found = np.zeros(len(addrs), np.bool_)
        for module in self.modules:
            for low, high in module.data:
                found |= (addrs >= np.uint64(low)) & (addrs < np.uint64(high))
        return found

    def holds_data(self, addrs: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which addresses lie in a heap object or in a module's data: where typed values can stand."""
        inside: NDArray[np.bool_] = self.spans.locate(addrs).span >= 0
        return inside if inside.all() else inside | self.in_module_data(addrs)

    def globals(self) -> list[Global]:
        """The global variables that may hold pointers: those in data and bss that DWARF gives a type.

        Without DWARF, or drgn to read it, all that the symbol table has there, of unknown type.
        """
        if self._globals is None:
            self._globals = self._read_globals()
        return self._globals

    def _read_globals(self) -> list[Global]:
        found = []
        dwarf, bias = self.target.dwarf, self.target.bias
        for start, end in self.modules[0].data[1:3]:
            symbols = self.target.binary.symbols_in(start - bias, end - bias)
            for name, addr, size in zip(symbols.names, symbols.addrs.tolist(), symbols.sizes.tolist(), strict=True):
                if not dwarf.typed:
                    found.append(Global(name, addr + bias, unknown_type(size)))
                    continue
                try:
                    variable = dwarf.variable(name)
                except TypeError:  # drgn cannot make an object of a function type, as a func variable has
                    found.append(Global(name, addr + bias, FUNC))
                    continue
                if variable is not None:
                    found.append(Global(name, variable.addr, self.dwarf_types.convert(variable.type)))
        return found

    def symbol(self, name: str) -> int:
        """The address of one of the runtime's variables, such as ``runtime.mheap_``: by symbol, else by its shape.

        Raises:
            StrippedBinary: there is no symbol table, and the variable could not be told from others.
            NotAGoProgram: there is one, and it lacks the variable.
        """
        found = self.symbol_or_none(name)
        if found is None:
            if not self.target.binary.has_symtab:
                raise StrippedBinary(
                    f"{self.target.exe} has no symbol table, and its {name} could not be told from other data",
                    hint="pass --exe FILE with the same build before it was stripped; please report it",
                )
            raise NotAGoProgram(f"{self.target.exe} has no {name}: not a Go program, or not its main module")
        return found

    def symbol_or_none(self, name: str) -> int | None:
        """The same, None where it is not known."""
        symbol = self.target.binary.symbol(name)
        if symbol is not None:
            return symbol.addr + self.target.bias
        return None if self.target.binary.has_symtab else self._locator.find(name)

    def _used_struct(self, name: str) -> DwarfStruct | None:
        """DWARF's view of a struct, of those that are read: looking up all would take longer than the rest."""
        return self.target.dwarf.struct(name) if name.startswith("internal/abi.") or name in _READ else None

    def _read_modules(self, first: int) -> list[Module]:
        found: list[Module] = []
        addr = first
        while addr and len(found) < _MAX_MODULES:
            types = (self._module_word(addr, "types"), self._module_word(addr, "etypes"))
            if not 0 < types[1] - types[0] < _MAX_TYPE_DATA:
                raise CorruptMemory(
                    f"the module data at {addr:#x} makes no sense (type data {types[0]:#x} to {types[1]:#x})",
                    hint="is this the executable that the process runs? give it with --exe",
                )
            data = tuple((self._module_word(addr, a), self._module_word(addr, b)) for a, b in _DATA_RANGES)
            found.append(Module(addr, types, data))
            try:
                addr = self._module_word(addr, "next")
            except MemoryFault:
                break
        return found

    def _module_word(self, module: int, field: str) -> int:
        return self.memory.read_u64(module + self.layout.offset("runtime.moduledata", field))
