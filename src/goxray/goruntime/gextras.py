"""What the collector scans with a goroutine besides its frames: saved context, defers, panics, wide registers.

Source: runtime/mgcmark.go, scanstack; runtime/preempt_xreg.go, xRegScan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import MemoryFault
from goxray.goruntime.rootset import U64, RootBuilder
from goxray.goruntime.stackroots import ExtraWord

if TYPE_CHECKING:
    from goxray.goruntime.goroutines import Goroutine
    from goxray.goruntime.runtime import Runtime

_DEFER = "deferred calls"
_MAX_DEFERS = 1 << 26


def read_extras(runtime: Runtime, goroutines: list[Goroutine], builder: RootBuilder) -> dict[int, list[ExtraWord]]:
    """Read these words of every goroutine, by goroutine id."""
    layout, memory = runtime.layout, runtime.memory
    addrs = np.array([g.addr for g in goroutines], np.uint64)
    goids = np.array([g.goid for g in goroutines], np.uint64)
    names = ("sched.ctxt", "_defer", "_panic")
    offsets = [layout.offset("runtime.g", name) for name in names]
    words, _ = memory.gather(addrs, offsets)
    found: dict[int, list[ExtraWord]] = {}
    for column, text in ((0, "saved context"), (2, "panic")):
        for row in np.flatnonzero(words[:, column]).tolist():
            extra = ExtraWord(int(words[row, column]), int(addrs[row]) + offsets[column], text)
            found.setdefault(int(goids[row]), []).append(extra)
    having = words[:, 1] != 0
    _defers(runtime, builder, found, goids[having], words[having, 1], addrs[having] + np.uint64(offsets[1]))
    if layout.has("runtime.g", "xRegs.state"):
        _wide_registers(runtime, found, goroutines)
    return found


def _defers(
    runtime: Runtime,
    builder: RootBuilder,
    found: dict[int, list[ExtraWord]],
    goids: U64,
    at: U64,
    slots: U64,
) -> None:
    """Follow every list of defer records at once: their functions, links, and records on the heap themselves."""
    layout = runtime.layout
    fn_at, link_at, heap_at = (layout.offset("runtime._defer", name) for name in ("fn", "link", "heap"))
    saved, round_, seen, broken = at, 0, 0, 0
    while len(at):
        words, ok = runtime.memory.gather(at, [fn_at, link_at, heap_at & ~7])
        heap = (words[:, 2] >> np.uint64(8 * (heap_at & 7))) & np.uint64(0xFF)
        for row in np.flatnonzero(ok).tolist():
            extras = found.setdefault(int(goids[row]), [])
            here = int(at[row])
            if words[row, 0]:
                extras.append(ExtraWord(int(words[row, 0]), here + fn_at, _DEFER))
            if words[row, 1]:
                extras.append(ExtraWord(int(words[row, 1]), here + link_at, _DEFER))
            if heap[row]:
                extras.append(ExtraWord(here, int(slots[row]), _DEFER))
        seen += len(at)
        following = words[:, 1]
        going = ok & (following != 0) & (following != saved)
        broken += int((~ok).sum()) + int((ok & (following != 0) & (following == saved)).sum())
        slots = at[going] + np.uint64(link_at)
        at, goids, saved = following[going], goids[going], saved[going]
        round_ += 1
        if round_ & (round_ - 1) == 0:  # Brent: a list that comes back to a remembered place is a loop
            saved = at
        if seen > _MAX_DEFERS:
            broken += len(at)
            break
    if broken:
        builder.notes.append(f"the deferred calls of {broken} goroutines could not be read to their end")


def _wide_registers(runtime: Runtime, found: dict[int, list[ExtraWord]], goroutines: list[Goroutine]) -> None:
    """The vector registers of goroutines that were preempted anywhere (Go 1.26 saves them, Go 1.27 scans them)."""
    layout, memory = runtime.layout, runtime.memory
    flag, state = layout.offset("runtime.g", "asyncSafePoint"), layout.offset("runtime.g", "xRegs.state")
    size = layout.size("runtime.xRegs")
    addrs = np.array([g.addr for g in goroutines], np.uint64)
    words, ok = memory.gather(addrs, [flag & ~7, state])
    preempted = ok & (((words[:, 0] >> np.uint64(8 * (flag & 7))) & np.uint64(0xFF)) != 0) & (words[:, 1] != 0)
    for row in np.flatnonzero(preempted).tolist():
        start = int(words[row, 1])
        try:
            values = memory.read_words(start, size // 8)
        except MemoryFault:
            continue
        extras = found.setdefault(goroutines[row].goid, [])
        extras += [
            ExtraWord(value, start + 8 * place, "vector registers", True) for place, value in enumerate(values) if value
        ]
