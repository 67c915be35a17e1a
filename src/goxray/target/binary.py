"""A Go executable: what it was built from and with, its symbols, and where it wants to be loaded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import NotAGoProgram, TargetError, UnsupportedArch
from goxray.target.buildinfo import settings, split_version, varint_string
from goxray.target.elf import ET_DYN, PF_W, PT_PHDR, ElfFile, Note, NotElf

# cmd/link writes this in front of the build information (debug/buildinfo reads it back)
_MAGIC = b"\xff Go buildinf:"
_HEADER = 32  # magic, pointer size, flags, two pointers (or padding before the inline strings)
_ALIGN = 16
_INLINE, _BIG_ENDIAN = 2, 1
_NT_GNU_BUILD_ID, _NT_GO_BUILD_ID = 3, 4
_STT_OBJECT = 1
_SYMBOL = np.dtype(
    [("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2"), ("value", "<u8"), ("size", "<u8")]
)


@dataclass(frozen=True)
class Symbol:
    """One ELF symbol: ``addr`` is its address before relocation (add the target's bias), ``size`` in bytes."""

    name: str
    addr: int
    size: int


@dataclass(frozen=True)
class Symbols:
    """Symbols of a range, ascending by address: ``names[i]`` has ``sizes[i]`` bytes at ``addrs[i]`` (both uint64)."""

    names: list[str]
    addrs: NDArray[np.uint64]
    sizes: NDArray[np.uint64]


class Binary:
    """A Go executable file, open for as long as the target is.

    ``go_version`` is as the linker wrote it, without experiments (``go1.24.11``); ``experiments`` are the
    GOEXPERIMENT names that differ from the toolchain's baseline, sorted; ``build_settings`` are the
    ``build`` lines of the module information (``GOOS``, ``CGO_ENABLED``, ``-ldflags`` ...).

    Args:
        path: a path that opens the file (for a process, one below /proc/PID).
        shown: the name to use in messages, by default ``path``.

    Raises:
        NotAGoProgram: the file is no Go program; the message says what it is.
        UnsupportedArch: a Go program or not, for a 32-bit or big-endian machine.
        TargetError: the file cannot be opened.
    """

    def __init__(self, path: str, shown: str | None = None) -> None:
        self.path = path
        self.shown = shown or path
        try:
            self.elf = ElfFile(path)
        except NotElf as error:
            if error.machine:
                raise UnsupportedArch(f"{self.shown} is {error}: goxray reads 64-bit little-endian programs") from None
            raise NotAGoProgram(f"{self.shown} is not a Go program: it is {error}") from None
        except OSError as error:
            raise TargetError(f"cannot open the executable {self.shown}: {error.strerror}") from None
        self.arch = self.elf.arch
        self.is_pie = self.elf.kind == ET_DYN
        try:
            self._identify()
        except BaseException:
            self.elf.close()
            raise

    def _identify(self) -> None:
        found = self._build_info()
        if found is None:
            version = self._version_by_symbol()
            if version is None:
                raise NotAGoProgram(
                    f"{self.shown} is not a Go program: it holds no Go build information and no Go runtime"
                )
            found = version, ""
        version, module = found
        self.go_version, named = split_version(version)
        self.build_settings = settings(module)
        experiments = {*named, *self.build_settings.get("GOEXPERIMENT", "").split(",")}
        self.experiments = tuple(sorted(experiments - {""}))

    def close(self) -> None:
        """Close the file."""
        self.__dict__.pop("_symtab", None)
        self.elf.close()

    # ---- identity

    @property
    def goos(self) -> str:
        """The operating system it was built for."""
        return self.build_settings.get("GOOS", "linux")

    @cached_property
    def go_build_id(self) -> str:
        """The Go linker's build id (``action/.../content``), "" if there is none."""
        return next((n.content.decode("latin-1") for n in self._notes if n.owner == "Go"), "")

    @cached_property
    def gnu_build_id(self) -> str:
        """The GNU build id in hexadecimal, "" if there is none (Go's own linker writes one from 1.24 on)."""
        return next((n.content.hex() for n in self._notes if n.owner == "GNU"), "")

    @cached_property
    def go_build_id_note(self) -> tuple[int, int] | None:
        """(address before relocation, bytes) of the Go build id's text in memory, None if it has none there."""
        for note in self._notes:
            if note.owner == "Go":
                for load in self.elf.loads():
                    start = int(load["offset"])
                    if start <= note.offset < start + int(load["filesz"]):
                        return int(load["vaddr"]) + note.offset - start, len(note.content)
        return None

    @cached_property
    def _notes(self) -> list[Note]:
        wanted = {("Go", _NT_GO_BUILD_ID), ("GNU", _NT_GNU_BUILD_ID)}
        return [note for note in (*self.elf.notes(), *self.elf.section_notes()) if (note.owner, note.type) in wanted]

    # ---- addresses

    @cached_property
    def load_ranges(self) -> list[tuple[int, int]]:
        """(address before relocation, bytes in memory) of each PT_LOAD segment."""
        return [(int(load["vaddr"]), int(load["memsz"])) for load in self.elf.loads()]

    @property
    def entry(self) -> int:
        """The address before relocation where the program starts."""
        return self.elf.entry

    @cached_property
    def header_address(self) -> int | None:
        """The address before relocation of the program headers in memory (AT_PHDR less the bias)."""
        for segment in self.elf.segments:
            if segment["type"] == PT_PHDR:
                return int(segment["vaddr"])
        return None

    def constant_ranges(self) -> list[tuple[int, int, int]]:
        """(address before relocation, file offset, bytes) of each segment the program cannot write to."""
        loads = self.elf.loads()
        fixed = loads[(loads["flags"] & PF_W) == 0]
        return [(int(s["vaddr"]), int(s["offset"]), int(s["filesz"])) for s in fixed]

    def read(self, addr: int, size: int) -> bytes | None:
        """The file's bytes for an address before relocation (zero where .bss is); None outside every segment."""
        for load in self.elf.loads():
            at = addr - int(load["vaddr"])
            if at >= 0 and at + size <= int(load["memsz"]):
                inside = self.elf.bytes_at(int(load["offset"]) + at, max(0, min(size, int(load["filesz"]) - at)))
                return inside.ljust(size, b"\0")
        return None

    # ---- symbols

    @property
    def has_symtab(self) -> bool:
        """Whether the ELF symbol table is there (``-ldflags=-s`` and strip(1) remove it)."""
        return ".symtab" in self.elf.sections

    @property
    def has_dwarf(self) -> bool:
        """Whether the debug information is there (``-ldflags=-w`` or ``-s`` and strip(1) remove it)."""
        return ".debug_info" in self.elf.sections or ".zdebug_info" in self.elf.sections

    @cached_property
    def _symtab(self) -> NDArray[np.void]:
        raw = self.elf.section_bytes(".symtab")
        return np.frombuffer(raw[: len(raw) // _SYMBOL.itemsize * _SYMBOL.itemsize], _SYMBOL)

    @cached_property
    def _strtab(self) -> bytes:
        return self.elf.section_bytes(".strtab")

    def symbol(self, name: str) -> Symbol | None:
        """The defined symbol of that name, None if there is none."""
        text = name.encode()
        at = self._strtab.find(b"\0" + text + b"\0")
        while at >= 0:
            found = self._symbol_named(at + 1, name)
            if found is not None:
                return found
            at = self._strtab.find(b"\0" + text + b"\0", at + 1)
        # a linker may let a name share the end of a longer one
        at = self._strtab.find(text + b"\0")
        while at >= 0:
            found = self._symbol_named(at, name)
            if found is not None:
                return found
            at = self._strtab.find(text + b"\0", at + 1)
        return None

    def _symbol_named(self, string: int, name: str) -> Symbol | None:
        table = self._symtab
        rows = table[(table["name"] == string) & (table["section"] != 0)]
        return Symbol(name, int(rows[0]["value"]), int(rows[0]["size"])) if rows.size else None

    def symbols_in(self, start: int, end: int) -> Symbols:
        """The data symbols (STT_OBJECT) whose address before relocation lies in ``[start, end)``."""
        table = self._symtab
        inside = (table["value"] >= start) & (table["value"] < end) & ((table["info"] & 15) == _STT_OBJECT)
        rows = table[inside & (table["section"] != 0)]
        rows = rows[np.argsort(rows["value"], kind="stable")]
        strings = self._strtab
        names = [strings[at : strings.find(b"\0", at)].decode("utf-8", "replace") for at in rows["name"].tolist()]
        return Symbols(names, rows["value"].astype(np.uint64), rows["size"].astype(np.uint64))

    # ---- build information

    def _build_info(self) -> tuple[str, str] | None:
        """(version, module information) that the linker wrote, None if there is none."""
        section = self.elf.sections.get(".go.buildinfo")
        if section is not None:
            return self._build_info_at(section.offset, section.size)
        for load in self.elf.loads():
            if int(load["flags"]) & PF_W:
                begin, size = int(load["offset"]), int(load["filesz"])
                at = self.elf.map.find(_MAGIC, begin, begin + size)
                while at >= 0 and (at - begin) % _ALIGN:
                    at = self.elf.map.find(_MAGIC, at + 1, begin + size)
                if at >= 0:
                    return self._build_info_at(at, begin + size - at)
        return None

    def _build_info_at(self, offset: int, size: int) -> tuple[str, str] | None:
        data = self.elf.bytes_at(offset, size)
        if not data.startswith(_MAGIC) or len(data) < _HEADER:
            return None
        if data[15] & _INLINE:  # from Go 1.18 on
            version, rest = varint_string(data[_HEADER:])
            module, _ = varint_string(rest)
        else:
            order = ">" if data[15] & _BIG_ENDIAN else "<"
            pointers = struct.unpack_from(order + "QQ", data, 16) if data[14] == 8 else (0, 0)
            version, module = (self._go_string(pointer) for pointer in pointers)
        if not version:
            return None
        text = module.decode("utf-8", "replace")
        return version.decode("utf-8", "replace"), text

    def _go_string(self, addr: int) -> bytes:
        """The content of the Go string whose header (pointer, length) lies at ``addr``; empty where it cannot be."""
        header = self.read(addr, 16)
        if header is None:
            return b""
        pointer, length = struct.unpack("<QQ", header)
        return (self.read(pointer, length) or b"") if length < 1 << 20 else b""

    def _version_by_symbol(self) -> str | None:
        """runtime.buildVersion, for executables whose build information was cut out; "" if it cannot be read."""
        symbol = self.symbol("runtime.buildVersion")
        if symbol is not None:
            return self._go_string(symbol.addr).decode("utf-8", "replace")
        return "" if ".gopclntab" in self.elf.sections else None
