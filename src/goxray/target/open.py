"""From what the user typed to a target that can be read: a live process or a core file."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

from goxray.core.errors import (
    BadCore,
    GoxrayError,
    MemoryFault,
    NoSuchProcess,
    ProcessGone,
    TargetError,
    UsageError,
    WrongExecutable,
)
from goxray.core.result import BuildInfo
from goxray.target.binary import Binary
from goxray.target.core import CoreMemory
from goxray.target.dwarf import Dwarf, drgn_error
from goxray.target.freeze import Freeze, ProcessFreeze
from goxray.target.identity import Match, require_same
from goxray.target.memory import Memory
from goxray.target.permission import thread_group
from goxray.target.process import ProcessMemory, auxiliary_vector, executable_of
from goxray.target.registers import Registers

AT_PHDR, AT_ENTRY = 3, 9  # linux/auxvec.h


class Target:
    """A Go program that can be read, with the executable it was started from. Close it, or use it in a ``with``.

    ``exe`` is the executable's path for people to read (it may exist in a container only, or not at all any more).
    ``bias`` is what must be added to addresses in ``binary`` for those in ``memory``. ``notes`` are sentences
    on what could not be had.
    """

    def __init__(
        self,
        kind: Literal["process", "core"],
        pid: int | None,
        exe: str,
        memory: Memory,
        binary: Binary,
        bias: int,
        notes: list[str],
        core_threads: dict[int, Registers] | None = None,
    ) -> None:
        self.kind: Literal["process", "core"] = kind
        self.pid = pid
        self.exe = exe
        self.memory = memory
        self.binary = binary
        self.bias = bias
        self.notes = list(notes)
        self.notes += _lacking(binary, self.dwarf)
        self._core_threads = core_threads or {}
        self._freeze: Freeze | None = None

    @cached_property
    def dwarf(self) -> Dwarf:
        """The debug information of ``binary`` at this target's addresses; it may have none."""
        return Dwarf(self.binary, self.bias)

    def build(self) -> BuildInfo:
        """How the program was built."""
        binary = self.binary
        return BuildInfo(binary.go_version, binary.goos, binary.arch, tuple(binary.experiments))

    def freeze(self) -> Freeze:
        """A context in which the target stands still: all threads of a process; nothing to do for a core."""
        if self.kind == "core" or self.pid is None:
            self._freeze = Freeze(self._core_threads)
        else:
            self._freeze = ProcessFreeze(self.pid)
        return self._freeze

    def threads(self) -> dict[int, Registers]:
        """Registers by thread id: of a core, or of a process inside its freeze; empty when it runs."""
        if self.kind == "core":
            return self._core_threads
        return self._freeze.threads if self._freeze is not None else {}

    def close(self) -> None:
        """Release the memory and the executable."""
        self.__dict__.pop("dwarf", None)
        self.memory.close()
        self.binary.close()

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def cannot_look(target: Target, fault: MemoryFault) -> GoxrayError:
    """Say what it means that memory which every Go program needs cannot be read."""
    if target.kind == "core":
        return BadCore(
            f"the core lacks the runtime's own data ({fault}): it is truncated, or was written without that memory",
            hint="write it again with enough disk space and ulimit -c unlimited; " + " ".join(target.notes),
        )
    return ProcessGone(f"process {target.pid} cannot be read any more ({fault})", hint="has it ended, or called exec?")


def open_target(spec: str, exe: str | None = None) -> Target:
    """Open a process (``spec`` is its pid) or a core file (a path), with ``exe`` instead of the executable found.

    Raises:
        UsageError: the spec is neither.
        NoSuchProcess, ProcessGone, PermissionRefused: the process cannot be read.
        NotAGoProgram, UnsupportedArch: its executable will not do.
        WrongExecutable: ``exe`` is another program.
        BadCore: the file is no readable core.
    """
    spec = spec.strip()
    if spec.isascii() and spec.isdigit():
        return _open_process(int(spec), exe)
    if not spec or spec.lstrip("+-").isdigit():
        raise UsageError(f"{spec!r} is not a pid", hint="give a process id, or the path of a core file")
    if not Path(spec).exists():
        raise UsageError(
            f"{spec!r} is neither a pid nor a file", hint="goxray maps $(pidof NAME), or the path of a core file"
        )
    if not Path(spec).is_file():
        raise UsageError(f"{spec!r} is not a regular file", hint="give a process id, or the path of a core file")
    return _open_core(spec, exe)


def _open_process(number: int, exe: str | None) -> Target:
    notes: list[str] = []
    pid = _checked_pid(number, notes)
    path, shown = executable_of(pid)
    if exe is not None:
        path = shown = exe
    binary = Binary(path, shown)
    memory = ProcessMemory(pid)
    try:
        bias = load_bias(binary, auxiliary_vector(pid))
        memory.probe()
        if exe is not None:
            require_same(binary, memory, bias, f"process {pid}", always_there=True)
    except BaseException:
        memory.close()
        binary.close()
        raise
    return Target("process", pid, shown, memory, binary, bias, notes)


def _checked_pid(number: int, notes: list[str]) -> int:
    if number == os.getpid():
        raise UsageError(f"{number} is goxray itself", hint="give the pid of a Go program")
    if number == 0 or number >= 1 << 22:  # the kernel's PID_MAX_LIMIT
        raise NoSuchProcess(f"there is no process {number}")
    pid = thread_group(number)
    if pid is None:
        raise NoSuchProcess(f"there is no process {number}", hint="pgrep -a NAME lists the processes of a program")
    if pid != number:
        notes.append(f"{number} is a thread of process {pid}: that process is shown")
    if pid == os.getpid():
        raise UsageError(f"{number} is a thread of goxray itself", hint="give the pid of a Go program")
    return pid


def _open_core(path: str, exe: str | None) -> Target:
    memory = CoreMemory(path)
    binary: Binary | None = None
    try:
        shown = exe or _executable_of_core(memory)
        binary = Binary(shown)
        if binary.arch != memory.elf.arch:
            raise WrongExecutable(f"{shown} is for {binary.arch}, but {path} is a core of a {memory.elf.arch} program")
        bias = _core_bias(binary, memory)
        match = require_same(binary, memory, bias, f"core {path}", always_there=False)
        memory.attach_executable(binary, bias)
    except BaseException:
        memory.close()
        if binary is not None:
            binary.close()
        raise
    notes = memory.missing()
    if match is Match.UNKNOWN:
        notes.append(f"the core holds no bytes that could show whether {shown} is the program it was made from")
    return Target("core", memory.facts.pid, shown, memory, binary, bias, notes, memory.facts.threads)


def _executable_of_core(memory: CoreMemory) -> str:
    found = memory.facts.executable()
    hint = "pass the program's executable with --exe FILE"
    if found is None:
        raise TargetError(
            f"{memory.path} does not say which executable it was made from: the note is cut off, or was never written",
            hint=hint,
        )
    if not Path(found).is_file():
        raise TargetError(f"the executable of {memory.path} is not on this machine: {found}", hint=hint)
    return found


def _core_bias(binary: Binary, memory: CoreMemory) -> int:
    if binary.is_pie and not memory.facts.auxv:
        found = memory.find_header(binary)
        if found is not None:
            return found
    return load_bias(binary, memory.facts.auxv)


def load_bias(binary: Binary, auxv: dict[int, int]) -> int:
    """How far above its own addresses the kernel loaded the executable (0 unless it is position-independent)."""
    if not binary.is_pie:
        return 0
    if AT_ENTRY in auxv:
        return auxv[AT_ENTRY] - binary.entry
    if AT_PHDR in auxv and binary.header_address is not None:
        return auxv[AT_PHDR] - binary.header_address
    raise TargetError(f"{binary.shown}: cannot tell where this position-independent program was loaded")


def _lacking(binary: Binary, dwarf: Dwarf) -> list[str]:
    """One sentence on each thing that a full build on a full installation would have, and what its absence costs."""
    notes = []
    if not binary.has_symtab:
        notes.append(
            f"{binary.shown} has no symbol table (-ldflags=-s, or strip): globals are named by section and offset"
        )
    if not binary.has_dwarf:
        notes.append(
            f"{binary.shown} has no debug information (-ldflags=-w, or strip): types are told from memory, "
            "and where several fit they stay open"
        )
    elif not dwarf.typed:
        notes.append(
            f"drgn cannot be imported ({drgn_error()}): with it the types of variables would be read from DWARF "
            "instead of told from memory; pip install drgn (wheels for x86-64; elsewhere built with libelf and libdw)"
        )
    return notes
