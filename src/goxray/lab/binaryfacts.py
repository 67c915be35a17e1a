"""What a built executable is: size, libraries, symbols, and the functions that the runtime's own table names.

Works for every machine that Go writes 64-bit little-endian ELF files for; of other files (WebAssembly) the size alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.core.errors import GoxrayError

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.binary import Binary
    from goxray.target.elf import ElfFile

_PT_INTERP = 3
_DT_NULL, _DT_NEEDED = 0, 1
_DYNAMIC = struct.Struct("<QQ")  # Elf64_Dyn (elf.h)
_TABLES = (".gopclntab", ".data.rel.ro.gopclntab")  # the second in position-independent files up to Go 1.25
_LAYOUT_OF = "amd64"  # runtime.pcHeader and runtime._func are the same on every 64-bit machine


@dataclass(frozen=True)
class Facts:
    """``values`` by the names that predicates use; what could not be read is missing there, and ``why`` says so."""

    values: dict[str, float]
    why: str = ""


def facts(path: Path) -> Facts:
    """Read the facts of an executable: ``size_bytes``, ``static``, ``needed``, ``symtab``, ``dwarf``, ``functions``.

    ``static`` is 1 where the file asks for no program interpreter and needs no library; ``needed`` counts libraries.
    """
    values = {"size_bytes": float(path.stat().st_size)}
    from goxray.target.binary import Binary

    try:
        binary = Binary(str(path), path.name)
    except GoxrayError as error:
        return Facts(values, str(error))
    try:
        needed = len(libraries(binary.elf))
        interpreted = bool((binary.elf.segments["type"] == _PT_INTERP).any())
        values |= {
            "static": float(not needed and not interpreted),
            "needed": float(needed),
            "symtab": float(binary.has_symtab),
            "dwarf": float(binary.has_dwarf),
        }
        try:
            values["functions"] = float(len(_functions(binary)))
        except (GoxrayError, struct.error, ValueError) as error:
            return Facts(values, f"its table of functions cannot be read: {error}")
        return Facts(values)
    finally:
        binary.close()


def functions(path: Path) -> tuple[str, ...]:
    """Return the names of the functions that the executable's pclntab holds, by address; empty where it has none."""
    from goxray.target.binary import Binary

    try:
        binary = Binary(str(path), path.name)
    except GoxrayError:
        return ()
    try:
        return tuple(_functions(binary))
    except (GoxrayError, struct.error, ValueError):
        return ()
    finally:
        binary.close()


def libraries(elf: ElfFile) -> list[str]:
    """Return the shared libraries that an ELF file names (DT_NEEDED)."""
    names = elf.section_bytes(".dynstr")
    found = []
    for tag, value in _DYNAMIC.iter_unpack(_whole(elf.section_bytes(".dynamic"))):
        if tag == _DT_NULL:
            break
        if tag == _DT_NEEDED:
            found.append(names[value : names.find(b"\0", value)].decode("utf-8", "replace"))
    return found


def _whole(table: bytes) -> bytes:
    return table[: len(table) // _DYNAMIC.size * _DYNAMIC.size]


def _functions(binary: Binary) -> list[str]:
    """Walk the table as runtime/symtab.go lays it out: header, then per function an entry that points to a _func."""
    import numpy as np

    table = next((data for name in _TABLES if (data := binary.elf.section_bytes(name))), b"")
    if not table:
        raise ValueError("it has none")
    layout = _layout(binary)

    def head(field: str) -> int:
        return int(struct.unpack_from("<Q", table, layout.offset("runtime.pcHeader", field))[0])

    count, names, lines = head("nfunc"), head("funcnameOffset"), head("pclnOffset")
    entries = np.frombuffer(table, "<u4", 2 * count, lines).reshape(-1, 2)
    at = entries[:, 1].astype(np.int64) + lines + layout.offset("runtime._func", "nameOff")
    found = []
    for place in at.tolist():
        start = names + struct.unpack_from("<i", table, place)[0]
        found.append(table[start : table.index(b"\0", start)].decode("utf-8", "replace"))
    return found


def _layout(binary: Binary) -> RuntimeLayout:
    from goxray.layout import layout_for

    return layout_for(binary.go_version, _LAYOUT_OF, (), allow_unverified=True)
