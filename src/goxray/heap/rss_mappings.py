"""What a mapping of a Go process is, judged by its name, its rights and its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.goruntime.ranges import Ranges
from goxray.target.residency import Mapping

if TYPE_CHECKING:
    from goxray.goruntime.accounts import Account
    from goxray.target.memory import Memory

METADATA_OTHER = "runtime metadata: other"
TEXT = "program text and read-only data"
DATA = "program data and bss"
LIBRARIES = "shared libraries"
C_HEAP = "C heap"
THREAD_STACKS = "thread stacks"
KERNEL = "kernel: vdso, vvar"
OTHER = "other mappings"
RESERVED = "reserved address space"

_C_ARENA = 64 << 20
"""glibc's HEAP_MAX_SIZE on 64-bit machines: its further arenas are aligned to this (malloc/arena.c)."""
_STACK_SLACK = 16 << 10
"""What a C library keeps above the stack that it tells of: thread-local storage and its own record of the thread."""
_GO_NAME = "[anon: Go: "


def mappings_of(memory: Memory) -> list[Mapping]:
    """The mappings that a core file has, of which nothing is known to have been in RAM."""
    return [Mapping(r.start, r.end, r.perms, r.offset, r.path, 0, 0, 0) for r in memory.regions()]


def mapping_layers(mappings: list[Mapping], account: Account) -> list[tuple[str, Ranges]]:
    """Return ranges by category: every mapping as a whole, then the parts of mappings that are known better."""
    named: dict[str, list[tuple[int, int]]] = {METADATA_OTHER: [], OTHER: []}
    judge = _Judge(mappings, account)
    for number, mapping in enumerate(mappings):
        named.setdefault(judge.category(number), []).append((mapping.start, mapping.end))
    layers = [(name, _ranges(rows)) for name, rows in named.items()]
    layers.append((THREAD_STACKS, _ranges(_thread_stacks(mappings, account))))
    layers.append((DATA, account.data))
    return layers


def _ranges(rows: list[tuple[int, int]]) -> Ranges:
    edges = np.array(rows, np.uint64).reshape(-1, 2)
    return Ranges.of(edges[:, 0], edges[:, 1])


class _Judge:
    def __init__(self, mappings: list[Mapping], account: Account) -> None:
        self._mappings = mappings
        self._cgo = account.cgo
        self._of_heap = account.arenas.holding(np.array([m.start for m in mappings], np.uint64)).tolist()
        code = [m.name for m in mappings for at in account.code if m.start <= at < m.end]
        self._programs = {name for name in code if name}
        self._libraries = {m.name for m in mappings if "x" in m.perms and m.name.startswith("/")} - self._programs

    def category(self, number: int) -> str:
        mapping = self._mappings[number]
        name = mapping.name
        if name.startswith("[v"):  # [vdso], [vvar], [vvar_vclock], [vsyscall]
            return KERNEL
        if name.startswith("[stack"):
            return THREAD_STACKS
        if name.startswith("[heap"):
            return C_HEAP
        if name in self._programs:
            return DATA if "w" in mapping.perms else TEXT
        if name in self._libraries:
            return LIBRARIES
        if name.startswith(_GO_NAME):
            return METADATA_OTHER
        return OTHER if name else self._anonymous(number)

    def _anonymous(self, number: int) -> str:
        """A mapping of no file: the zeroed end of a file's data, the C library's, or the Go runtime's."""
        mapping = self._mappings[number]
        before = self._mappings[number - 1] if number else None
        if before is not None and before.end == mapping.start and "w" in before.perms and "w" in mapping.perms:
            if before.name in self._programs:
                return DATA
            if before.name in self._libraries:
                return LIBRARIES
        if not self._cgo or self._of_heap[number]:
            return METADATA_OTHER
        return C_HEAP if self._is_c_arena(number) else OTHER

    def _is_c_arena(self, number: int) -> bool:
        """Whether a mapping is the used part of an arena of glibc: the rest up to the next border is reserved."""
        mapping = self._mappings[number]
        if mapping.start % _C_ARENA or "w" not in mapping.perms:
            return False
        after = self._mappings[number + 1] if number + 1 < len(self._mappings) else None
        whole = mapping.start + _C_ARENA
        return mapping.end == whole or (
            after is not None and after.perms.startswith("---") and after.start == mapping.end and after.end >= whole
        )


def _thread_stacks(mappings: list[Mapping], account: Account) -> list[tuple[int, int]]:
    """The stacks that the C library made for threads, from the start of their mapping to their known end."""
    found = []
    starts = np.array([m.start for m in mappings], np.uint64)
    for end in account.thread_stacks.tolist():
        number = int(np.searchsorted(starts, np.uint64(end - 1), "right")) - 1
        if number < 0 or end > mappings[number].end:
            continue
        mapping = mappings[number]
        if not mapping.name:
            found.append((mapping.start, min(mapping.end, end + _STACK_SLACK)))
    return found
