"""The map memory of a heap profile by the line that allocated it, with what sampling may be off by."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.profile_result import ArraySize, MapMemory, MapMemoryRow, MapTypeSum
from goxray.timeline.pprof.mapsites import MapSamples, map_samples
from goxray.timeline.pprof.sampling import Measured, measured_part
from goxray.timeline.pprof.shapes import NOTHING, shapes_of

if TYPE_CHECKING:
    from goxray.goruntime.types import GoType
    from goxray.timeline.pprof.calls import Calls
    from goxray.timeline.pprof.maptypes import MapTypes
    from goxray.timeline.pprof.profile import I64, Profile

_Key = tuple[int, int, bool, str]


def map_memory(profile: Profile, calls: Calls | None, types: MapTypes | None) -> MapMemory:
    """Gather a heap profile's map memory, the most bytes in use first.

    Args:
        profile: one of Go's heap profiles, or a difference of two.
        calls: the calls of the executable, None where it is not at hand.
        types: the map types of those calls.
    """
    samples = map_samples(profile, calls)
    by_key: dict[_Key, list[int]] = defaultdict(list)
    type_of: dict[str, GoType] = {}
    columns = (samples.sample, samples.user, samples.user_line, samples.made, samples.leaf)
    for sample, user, line, made, leaf in zip(*(column.tolist() for column in columns), strict=True):
        found = types.of(leaf) if types is not None else None
        if found is not None:
            type_of[found.name] = found
        by_key[(user, line, made, found.name if found is not None else "")].append(sample)
    joined = _joined(profile, by_key)
    rows = [_row(profile, key, np.array(numbers, np.int64), type_of, types) for key, numbers in joined.items()]
    rows.sort(key=lambda row: (-abs(row.inuse_bytes), -abs(row.alloc_bytes), row.function, row.line, row.how))
    return _whole(profile, samples, tuple(rows), _types(profile, joined))


def _types(profile: Profile, joined: dict[_Key, list[int]]) -> tuple[MapTypeSum, ...]:
    by_type: dict[str, list[int]] = defaultdict(list)
    for (_, _, _, name), numbers in joined.items():
        if name:
            by_type[name] += numbers
    found = []
    for name, numbers in by_type.items():
        inuse = _measured(profile, np.array(numbers, np.int64), "inuse_space")
        found.append(MapTypeSum(name, int(inuse.value), round(inuse.error)))
    return tuple(sorted(found, key=lambda each: (-abs(each.inuse_bytes), each.map_type)))


def _joined(profile: Profile, by_key: dict[_Key, list[int]]) -> dict[_Key, list[int]]:
    """Join functions that stand in the profile twice under one name and file."""
    first: dict[tuple[str, str], int] = {}
    found: dict[_Key, list[int]] = defaultdict(list)
    for (user, line, made, name), numbers in by_key.items():
        function = profile.functions[user]
        found[(first.setdefault((function.name, function.file), user), line, made, name)] += numbers
    return found


def _row(profile: Profile, key: _Key, samples: I64, type_of: dict[str, GoType], types: MapTypes | None) -> MapMemoryRow:
    user, line, made, name = key
    function = profile.functions[user]
    inuse, alloc = (_measured(profile, samples, what) for what in ("inuse_space", "alloc_space"))
    alloc_objects, _, inuse_objects, _ = profile.heap_columns
    values = profile.values[samples]
    return MapMemoryRow(
        function=function.name,
        file=function.file,
        line=line,
        how="made" if made else "grown",
        inuse_bytes=int(inuse.value),
        inuse_error=round(inuse.error),
        inuse_objects=int(values[:, inuse_objects].sum()),
        alloc_bytes=int(alloc.value),
        alloc_error=round(alloc.error),
        alloc_objects=int(values[:, alloc_objects].sum()),
        seen=round(inuse.seen),
        sizes=_sizes(profile, samples, type_of.get(name), types),
        map_type=name,
    )


def _measured(profile: Profile, samples: I64, what: str) -> Measured:
    found = measured_part(profile, samples, what)
    return found if found is not None else Measured(0.0, 0.0, 0.0)


def _sizes(profile: Profile, samples: I64, go_type: GoType | None, types: MapTypes | None) -> tuple[ArraySize, ...]:
    """Count the objects by size, the largest first, and say what arrays they are."""
    layout = types.layout if types is not None and go_type is not None else None
    shapes = shapes_of(go_type.map_shape, layout) if go_type is not None and layout is not None else {}
    alloc_objects, _, inuse_objects, _ = profile.heap_columns
    sizes = profile.sizes[samples]
    rows = []
    for size in np.unique(sizes[sizes > 0])[::-1].tolist():
        values = profile.values[samples[sizes == size]]
        shape = shapes.get(size, NOTHING)
        live, all_of_them = int(values[:, inuse_objects].sum()), int(values[:, alloc_objects].sum())
        rows.append(ArraySize(size, live, all_of_them, shape.what, shape.units))
    return tuple(rows)


def _whole(
    profile: Profile, samples: MapSamples, rows: tuple[MapMemoryRow, ...], types: tuple[MapTypeSum, ...]
) -> MapMemory:
    inuse, alloc = (_measured(profile, samples.sample, what) for what in ("inuse_space", "alloc_space"))
    total = _measured(profile, np.arange(len(profile)), "inuse_space")
    return MapMemory(
        rows=rows,
        rows_total=len(rows),
        known=not samples.hidden,
        inuse_bytes=int(inuse.value),
        inuse_error=round(inuse.error),
        alloc_bytes=int(alloc.value),
        alloc_error=round(alloc.error),
        inuse_total=int(total.value),
        inuse_total_error=round(total.error),
        types=types,
    )
