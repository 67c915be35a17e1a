"""One row a goroutine for snapshots: what it does, where it stands, what started it.

:func:`read_facts` runs while the target stands still and only copies; :func:`goroutine_table` does the rest afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goxray.core.errors import GoxrayError, MemoryFault
from goxray.core.snapshot_schema import GOROUTINES, table_of
from goxray.goruntime.stackmaps import FrameMaps
from goxray.goruntime.stackread import Position, Stacks, read_stacks
from goxray.goruntime.stackwalk import InfoTable, cut

if TYPE_CHECKING:
    from goxray.goruntime.goroutines import Goroutine
    from goxray.goruntime.runtime import Runtime

_STATUS = ("idle", "runnable", "running", "syscall", "waiting", "dead", "copystack", "preempted", "leaked", "deadextra")
_RUNTIME = ("runtime.", "runtime/", "internal/runtime/")
_MAX_WORD = 256


@dataclass
class GoroutineFacts:
    """What was read of the goroutines: ``reason`` (uint8) is g.waitreason, ``start_pc`` (uint64) g.startpc."""

    goroutines: list[Goroutine]
    reason: NDArray[np.uint8]
    start_pc: NDArray[np.uint64]
    stacks: Stacks


def read_facts(runtime: Runtime, goroutines: list[Goroutine]) -> GoroutineFacts:
    """Copy what the rows need, stacks included; call it inside the freeze."""
    layout, memory = runtime.layout, runtime.memory
    addr = np.array([g.addr for g in goroutines], np.uint64)
    reason_at, start_at = layout.offset("runtime.g", "waitreason"), layout.offset("runtime.g", "startpc")
    words, _ = memory.gather(addr, [reason_at & ~7, start_at])
    reason = (words[:, 0] >> np.uint64(8 * (reason_at & 7))).astype(np.uint8)
    positions = [Position(g.goid, g.stack_lo, g.stack_hi, g.sp, g.pc, g.lr) for g in goroutines if g.sp]
    return GoroutineFacts(goroutines, reason, words[:, 1], read_stacks(memory, positions))


def goroutine_table(runtime: Runtime, facts: GoroutineFacts) -> pa.Table:
    """Return the table ``goroutines``, by goroutine number."""
    layout = runtime.layout
    names = {layout.const(f"G{word}"): word for word in _STATUS if layout.has_const(f"G{word}")}
    reasons = _reasons(runtime, {int(r) for r in facts.reason.tolist()})
    standing = _functions(runtime, facts.stacks)
    waiting = layout.const("Gwaiting")
    order = sorted(range(len(facts.goroutines)), key=lambda row: facts.goroutines[row].goid)
    chosen = [facts.goroutines[row] for row in order]
    starts = facts.start_pc.tolist()
    return table_of(
        GOROUTINES,
        {
            "goid": pa.array([g.goid for g in chosen], pa.int64()),
            "status": _words([names.get(g.status, str(g.status)) for g in chosen]),
            "function": _words([standing.get(g.stack_lo) for g in chosen]),
            "wait_reason": _words(
                [
                    reasons.get(int(facts.reason[row])) if facts.goroutines[row].status == waiting else None
                    for row in order
                ]
            ),
            "start_function": _words([runtime.function_name(starts[row]) or None for row in order]),
            "stack_bytes": pa.array([g.stack_hi - g.stack_lo for g in chosen], pa.int64()),
        },
    )


def _words(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


def _reasons(runtime: Runtime, numbers: set[int]) -> dict[int, str]:
    """The runtime's own words for reasons to wait, as its table has them (runtime2.go, waitReasonStrings)."""
    found: dict[int, str] = {}
    try:
        table = runtime.symbol_or_none("runtime.waitReasonStrings")
        for number in sorted(numbers) if table is not None else ():
            at = (table or 0) + 16 * number
            text, size = runtime.memory.read_u64(at), runtime.memory.read_u64(at + 8)
            if 0 < size <= _MAX_WORD:
                found[number] = runtime.memory.read(text, size).decode("utf-8", "replace")
    except (GoxrayError, MemoryFault):
        pass
    return found


def _functions(runtime: Runtime, stacks: Stacks) -> dict[int, str]:
    """The innermost function outside the runtime on each stack, by the stack's lowest address."""
    if not stacks.goroutines:
        return {}
    table = InfoTable(FrameMaps(runtime.memory, runtime.layout, runtime.functions))
    frames = cut(stacks, table)
    own = np.array([bool(i.name) and not i.name.startswith(_RUNTIME) for i in table.infos], np.bool_)
    good = np.flatnonzero(own[frames.info]) if len(own) else np.zeros(0, np.int64)
    stack, first = np.unique(frames.stack[good], return_index=True)
    return {
        stacks.goroutines[int(number)].low: table.infos[int(frames.info[good[row]])].name
        for number, row in zip(stack.tolist(), first.tolist(), strict=True)
    }
