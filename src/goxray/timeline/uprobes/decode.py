"""From hits of probes to events: registers become addresses, slots and bytes; details join the event they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.trace_result import EVENTS, TRIGGERS, TraceEvents
from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.target.perf_events import REGISTERS, Hits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goxray.layout import RuntimeLayout
    from goxray.timeline.uprobes.place import Placed

_GOROUTINE = REGISTERS.index("r14")
_LAST_B = 63
_BITS = {"new_slots": 16, "b": 8, "trigger": 8}
"""Arguments narrower than a register: what stands above them means nothing."""

Ints = NDArray[np.int64]
U64 = NDArray[np.uint64]


@dataclass(frozen=True)
class Columns:
    """Values by event while they are put together; the names are those of TraceEvents."""

    map: U64
    table: U64
    type: U64
    old_slots: Ints
    new_slots: Ints
    addr: U64
    bytes: Ints
    bucket: Ints
    trigger: Ints

    @staticmethod
    def empty(count: int) -> Columns:
        """Return columns of events that have nothing."""

        def words() -> U64:
            return np.zeros(count, np.uint64)

        def numbers() -> Ints:
            return np.full(count, -1, np.int64)

        return Columns(
            map=words(), table=words(), type=words(), old_slots=numbers(), new_slots=numbers(), addr=words(),
            bytes=numbers(), bucket=numbers(), trigger=numbers(),
        )  # fmt: skip


def decode(
    hits: Hits,
    placed: Sequence[Placed],
    layout: RuntimeLayout,
    *,
    zero_ns: int,
    type_name: Callable[[int], str],
    whole: bool,
) -> TraceEvents:
    """Make events of one process's hits.

    Args:
        hits: by time.
        placed: what the hits' ``probe`` numbers mean.
        layout: for the constants that sizes are made of.
        zero_ns: CLOCK_MONOTONIC at second 0.
        type_name: the name of the type at an address in the process; empty where it is not known.
        whole: whether no hit was lost; if one was, a growth of a classic map may lack the hit that says that its size
            stays, and its old size is not told.
    """
    told = np.array([not each.source.detail for each in placed], np.bool_)[hits.probe]
    number = np.array([EVENTS.index(each.source.event) for each in placed], np.int8)[hits.probe]
    columns = Columns.empty(len(hits.probe))
    for index, each in enumerate(placed):
        rows = np.flatnonzero(hits.probe == index)
        _take(columns, rows, hits.registers[rows], each, layout)
    _join_details(columns, hits, placed, whole=whole)
    told[_evacuated_before(number, told, columns)] = False
    types, inverse = _types(columns.type[told], type_name)
    return TraceEvents(
        event=number[told],
        t_s=(hits.at_ns[told] - zero_ns) / 1e9,
        thread=hits.tid[told].astype(np.int32),
        map=columns.map[told],
        table=columns.table[told],
        type=inverse,
        old_slots=columns.old_slots[told],
        new_slots=columns.new_slots[told],
        addr=columns.addr[told],
        bytes=columns.bytes[told],
        bucket=columns.bucket[told],
        trigger=columns.trigger[told].astype(np.int8),
        types=types,
    )


def _take(columns: Columns, rows: Ints, registers: U64, placed: Placed, layout: RuntimeLayout) -> None:
    """Fill in what the registers of one probe's hits say."""
    for register, value in placed.source.takes.items():
        found = registers[:, REGISTERS.index(register)]
        if value in _BITS:
            found = found & np.uint64((1 << _BITS[value]) - 1)
        if value == "b":
            columns.new_slots[rows] = SLOTS_PER_UNIT << np.minimum(found, np.uint64(_LAST_B - 3)).astype(np.int64)
        else:
            column = getattr(columns, value)
            column[rows] = found.astype(column.dtype)
    for name, constant, factor in placed.source.fixed:
        getattr(columns, name)[rows] = layout.const(constant) * factor
    if placed.source.event == "table grow":
        columns.old_slots[rows] = columns.new_slots[rows] // 2  # (*table).rehash asks for twice the capacity
    trigger = columns.trigger[rows]
    columns.trigger[rows] = np.where(trigger < len(TRIGGERS), trigger, -1)


def _join_details(columns: Columns, hits: Hits, placed: Sequence[Placed], *, whole: bool) -> None:
    """Give each growth of a classic map the sizes that the two probes behind it on the same goroutine tell.

    A goroutine cannot do anything else between them: hashGrow calls makeBucketArray, and only then can it end. It may
    be moved to another thread, which is why the goroutine (R14) joins them and not the thread.
    """
    roles = {each.source.where: index for index, each in enumerate(placed) if _grows(each)}
    if "call" not in roles or "push" not in roles:
        return
    rows = np.flatnonzero(np.isin(hits.probe, list(roles.values())))
    order = rows[np.argsort(hits.registers[rows, _GOROUTINE], kind="stable")]
    probe, goroutine = hits.probe[order], hits.registers[order, _GOROUTINE]
    begins = probe == roles["push"]
    growth = np.cumsum(begins) - 1  # which growth each row belongs to, if it is on the same goroutine
    pushes = np.flatnonzero(begins)
    if not len(pushes):
        return
    own = (growth >= 0) & (goroutine == goroutine[pushes[np.maximum(growth, 0)]])
    target = order[pushes[np.maximum(growth, 0)]]
    call = own & (probe == roles["call"])
    columns.new_slots[target[call]] = columns.new_slots[order[call]]
    if not whole or "same size" not in roles:
        return
    grown = order[pushes]
    known = grown[columns.new_slots[grown] > 0]
    columns.old_slots[known] = columns.new_slots[known] // 2
    same = target[own & (probe == roles["same size"])]
    columns.old_slots[same] = columns.new_slots[same]


def _grows(placed: Placed) -> bool:
    return placed.source.function == "runtime.hashGrow"


def _evacuated_before(number: NDArray[np.int8], told: NDArray[np.bool_], columns: Columns) -> Ints:
    """Return the rows of evacuations that found nothing to do.

    Every assignment and deletion calls evacuate for the bucket that it needs while the map grows, whether it has been
    moved or not (runtime/map.go, growWork): the first call after a growth of the map is the one that moves it.
    """
    evacuate, grow = EVENTS.index("evacuate"), EVENTS.index("map grow")
    rows = np.flatnonzero(told & np.isin(number, (evacuate, grow)))
    rows = rows[np.argsort(columns.map[rows], kind="stable")]
    growth = np.cumsum(number[rows] == grow)  # of maps by address, then by time
    calls = np.flatnonzero(number[rows] == evacuate)
    rows, growth = rows[calls], growth[calls]
    keys = np.stack([columns.map[rows].view(np.int64), growth, columns.bucket[rows]], axis=1)
    _, first = np.unique(keys, axis=0, return_index=True)
    again = np.ones(len(rows), np.bool_)
    again[first] = False
    return rows[again]


def _types(addrs: U64, type_name: Callable[[int], str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return the names of the types at these addresses, and each row's place among them (-1: no name)."""
    known, inverse = np.unique(addrs, return_inverse=True)
    names = [type_name(addr) if addr else "" for addr in known.tolist()]
    listed = sorted({name for name in names if name})
    place = np.array([listed.index(name) if name else -1 for name in names], np.int32)
    return tuple(listed), place[inverse.reshape(-1)] if len(known) else np.zeros(0, np.int32)
