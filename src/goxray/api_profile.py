"""What ``goxray profile`` does, for programs."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from goxray.core.errors import UsageError
from goxray.core.profile_result import (
    LiveMaps,
    MapMemory,
    MapMemoryRow,
    MapTypeSum,
    ProfileNote,
    ProfilePath,
    ProfileResult,
    ProfileSort,
    ProfileType,
    TopRow,
)
from goxray.timeline.pprof.addresses import named
from goxray.timeline.pprof.calls import Calls
from goxray.timeline.pprof.difference import subtract
from goxray.timeline.pprof.executable import main_mapping, open_executable
from goxray.timeline.pprof.kinds import kind_of
from goxray.timeline.pprof.mapmemory import map_memory
from goxray.timeline.pprof.maptypes import MapTypes
from goxray.timeline.pprof.names import pruned
from goxray.timeline.pprof.paths import paths
from goxray.timeline.pprof.reader import read
from goxray.timeline.pprof.sums import Sums, add_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.maps.rows import MapRows
    from goxray.timeline.pprof.executable import Executable
    from goxray.timeline.pprof.profile import Profile

    Progress = Callable[[str, float], None]

__all__ = ["profile"]

_LIVE_SHOWN = 5
_HEADER = 64
"""Bytes of a map's header at most: runtime.makemap_small allocates it at a place that tells no type."""

_OLD_NAMES = {"space": "inuse_space", "objects": "inuse_objects"}


def profile(
    file: str,
    *,
    base: str | None = None,
    sample: str | None = None,
    top: int | None = None,
    sort: ProfileSort = "flat",
    lines: bool = False,
    exe: str | None = None,
    maps: str | None = None,
    progress: Progress | None = None,
) -> ProfileResult:
    """Read a pprof profile of any kind: totals, top functions, and for a heap profile what of it is map memory.

    Args:
        file: the profile, ``-`` for standard input: protobuf or the text form of debug=1, packed by gzip or not.
        base: another profile, that is subtracted from it.
        sample: the sample type to show, as ``inuse_space``, or its number from 0; None: the profile's own choice.
        top: at most so many rows a table; None for all.
        sort: order the functions by their own figures (``flat``) or by those of all below them too (``cum``).
        lines: one row a line, not a function.
        exe: the executable of the profile, where the profile's own file name does not lead to it. Heap profiles need
            it to tell map memory apart.
        maps: a pid, core file or snapshot whose maps are set beside the lines that allocated them.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        GoxrayError: a file is no profile or is damaged, the two do not fit, or the target cannot be looked at.
    """
    tell = progress or (lambda _text, _share: None)
    tell("reading the profile", 0.0)
    found = read(file)
    if base is not None:
        found = subtract(found, read(base))
    column = _column(found, sample)
    tell("looking for map memory", 0.3)
    found, memory, notes = _with_executable(found, exe, maps, tell)
    tell("adding up", 0.9)
    found = pruned(found)
    sums = add_up(found, lines=lines)
    by_function = sums if not lines else add_up(found)
    order = sums.order(column, by_cum=sort == "cum")
    return replace(
        _result(found, file, base, column, sort, lines),
        top=tuple(_top_row(sums, at) for at in order[:top]),
        top_total=len(order),
        map_memory=None if memory is None else replace(memory, rows=memory.rows[:top], types=memory.types[:top]),
        paths=tuple(ProfilePath(frames, value) for frames, value in paths(found, by_function, column)),
        notes=(*_notes(found, memory), *notes),
    )


def _column(found: Profile, sample: str | None) -> int:
    if sample is None:
        return found.default_column
    if sample.isdecimal() and len(sample) < 4 and int(sample) < len(found.types):
        return int(sample)
    column = found.column(sample)
    if column is None:
        has = ", ".join(kind.type for kind in found.types)
        raise UsageError(f"the profile has no sample type {sample}", hint=f"one of {has}")
    return column


def _result(found: Profile, file: str, base: str | None, column: int, sort: ProfileSort, lines: bool) -> ProfileResult:
    main = main_mapping(found)
    named = zip(found.types, found.totals(), found.sums(), strict=True)
    return ProfileResult(
        file=file,
        base=base or "",
        form=found.form,
        kind=kind_of(found),
        difference=base is not None or bool((found.values < 0).any()),
        sample_types=tuple(ProfileType(kind.type, kind.unit, total, net) for kind, total, net in named),
        column=column,
        sort=sort,
        by_line=lines,
        period_type=found.period_type.type,
        period_unit=found.period_type.unit,
        period=found.period,
        time_s=found.time_ns / 1e9 if found.time_ns > 0 else None,
        duration_s=found.seconds,
        samples=len(found),
        locations=len(found.locations),
        functions=len(found.functions),
        program=main.filename if main is not None else "",
        build_id=main.build_id if main is not None else "",
        top=(),
        top_total=0,
        map_memory=None,
        mem_stats=found.mem_stats,
    )


def _top_row(sums: Sums, at: int) -> TopRow:
    node = sums.nodes[at]
    flats, cums = (tuple(table[at].tolist()) for table in (sums.flat, sums.cum))
    return TopRow(node.name or node.shown, flats, cums, node.file, node.line)


def _with_executable(
    found: Profile, exe: str | None, maps: str | None, tell: Progress
) -> tuple[Profile, MapMemory | None, tuple[ProfileNote, ...]]:
    """Return the profile with names that its executable adds, its map memory, and what to say of the executable."""
    if not found.is_heap:
        for option, value in (("--maps", maps), ("--exe", exe if found.form != "text" else None)):
            if value is not None:
                raise UsageError(f"{option} means nothing for a profile of this kind", hint=f"leave out {option}")
    if not found.is_heap and exe is None:
        return found, None, ()
    memory = None
    with ExitStack() as stack:
        opened = open_executable(found, exe, int(maps) if maps is not None and maps.isdecimal() else None)
        calls = types = None
        if opened.binary is not None:
            stack.callback(opened.binary.close)
            found = named(found, opened.binary) if found.form == "text" else found
            calls = Calls(opened.binary, found)
            types = MapTypes(opened.binary, calls)
        if found.is_heap:
            memory = map_memory(found, calls, types)
    if maps is not None and memory is not None:
        memory = _beside(memory, maps, tell)
    return found, memory, _doubts(opened)


def _doubts(opened: Executable) -> tuple[ProfileNote, ...]:
    return (ProfileNote(opened.doubt, {"path": opened.path}),) if opened.doubt else ()


def _notes(found: Profile, memory: MapMemory | None) -> tuple[ProfileNote, ...]:
    notes = []
    if memory is not None and not memory.known:
        notes.append(ProfileNote("hidden"))
    if memory is not None and found.rate > 1:
        notes.append(ProfileNote("rate", {"rate": found.rate}))
    if memory is not None:
        notes.append(ProfileNote("lag"))
    if found.form == "text" and not any(function.name for function in found.functions) and len(found):
        notes.append(ProfileNote("nameless"))
    return tuple(notes)


def _beside(memory: MapMemory, target: str, tell: Progress) -> MapMemory:
    """Set the maps that live in a process, core or snapshot beside the lines whose map type they are of."""
    tell("looking at the maps", 0.6)
    rows = _live_rows(target, tell)
    by_type: dict[str, dict[str, list[int]]] = {}
    type_of, owner_of, sizes = rows.type_of.tolist(), rows.owner_of.tolist(), rows.bytes.tolist()
    for kind, owner, size in zip(type_of, owner_of, sizes, strict=True):
        if kind >= 0:
            name = rows.owners[owner] if owner >= 0 else "?"
            known = by_type.setdefault(rows.types[kind].name, {}).setdefault(name, [0, 0])
            known[0] += 1
            known[1] += size
    untyped = sum(abs(row.inuse_bytes) for row in memory.rows if not row.map_type)
    return replace(
        memory,
        rows=tuple(_with_live(row, by_type) for row in memory.rows),
        types=tuple(_compared(each, by_type.get(each.map_type, {}), untyped) for each in memory.types),
        looked_at=target,
        live_bytes=int(np.asarray(rows.bytes).sum()),
    )


def _with_live(row: MapMemoryRow, by_type: dict[str, dict[str, list[int]]]) -> MapMemoryRow:
    owners = by_type.get(row.map_type) if row.map_type else None
    if owners is None:
        return replace(row, live_bytes=0) if row.map_type else row
    live = sorted((LiveMaps(owner, *figures) for owner, figures in owners.items()), key=lambda each: -each.bytes)
    return replace(row, live=tuple(live[:_LIVE_SHOWN]), live_bytes=sum(each.bytes for each in live))


def _compared(told: MapTypeSum, owners: dict[str, list[int]], untyped: int) -> MapTypeSum:
    """Set what lives of a type beside what the profile has of it."""
    maps, live = (sum(figures[at] for figures in owners.values()) for at in (0, 1))
    spare = told.inuse_error + maps * _HEADER
    if told.inuse_bytes - live > spare:
        verdict: Literal["agree", "less", "more"] = "more"
    else:
        verdict = "less" if live - told.inuse_bytes > spare + untyped else "agree"
    return replace(told, maps=maps, live_bytes=live, verdict=verdict)


def _live_rows(target: str, tell: Progress) -> MapRows:
    from goxray.maps.stored import stored_rows
    from goxray.store.snapshot import is_snapshot, open_snapshot

    if is_snapshot(target):
        with open_snapshot(target) as opened:
            return stored_rows(opened.table("maps"))
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.inspect import Inspector
    from goxray.maps.rows import build_rows
    from goxray.model.closed.rebuilt import Rebuilder
    from goxray.target.open import open_target

    with open_target(target, None) as opened_target:
        runtime = Runtime(opened_target)
        inspector = Inspector(runtime)
        runtime.globals()
        if opened_target.kind == "process":
            inspector.rehearse()
        with opened_target.freeze():
            findings = inspector.look(racy=False, progress=lambda text, share: tell(text, 0.6 + 0.4 * share))
        return build_rows(findings, runtime.layout, Rebuilder(runtime.layout), detail=False)
