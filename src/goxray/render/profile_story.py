"""What the reports of ``goxray profile`` have in common: figures in their units, the sentences, names of arrays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from goxray.core.units import format_bytes, format_count
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.profile_result import ArraySize, MapMemory, MapMemoryRow, ProfileResult
    from goxray.render.words import Lang

_TIMES = ((10**9, "s"), (10**6, "ms"), (10**3, "µs"))
_LIVE_TOLD = 2
_ARRAYS = 3
_SIBLING = {
    "inuse_space": "alloc_space",
    "alloc_space": "inuse_space",
    "inuse_objects": "alloc_objects",
    "alloc_objects": "inuse_objects",
    "samples": "cpu",
    "cpu": "samples",
    "contentions": "delay",
    "delay": "contentions",
}


def figure(value: int, unit: str) -> str:
    """Write a figure in its unit: bytes, times and counts."""
    if unit == "bytes":
        return format_bytes(value)
    if unit == "nanoseconds":
        return _time(value)
    return format_count(value)


def _time(value: int) -> str:
    if value < 0:
        return "-" + _time(-value)
    for factor, name in _TIMES:
        if value >= factor:
            scaled = value / factor
            return f"{scaled:.2f} {name}" if scaled < 100 else f"{scaled:,.0f} {name}"
    return f"{value} ns"


def share(value: int, whole: int) -> str:
    """Write a share as go tool pprof does, two digits behind the point; its sign is the figure's own."""
    return f"{100 * value / whole:.2f}%" if whole else "0.00%"


def place(row: MapMemoryRow) -> str:
    """Return a line as people write it: ``cache.go:41``."""
    return f"{printable(PurePath(row.file).name)}:{row.line}" if row.file else ""


def sibling(result: ProfileResult) -> int | None:
    """Return the column of the type that is worth seeing beside the one shown: what was allocated, beside in use."""
    wanted = _SIBLING.get(result.shown.type)
    return next((at for at, kind in enumerate(result.sample_types) if kind.type == wanted), None)


def headline(result: ProfileResult, lang: Lang) -> list[str]:
    """Return the parts of the first line."""
    parts = [printable(result.file), result.kind]
    if result.form == "text":
        parts.append(say("pf.head.text", lang))
    if result.base:
        parts.append(say("pf.head.base", lang, file=printable(result.base)))
    elif result.difference:
        parts.append(say("pf.head.difference", lang))
    if result.program:
        parts.append(printable(PurePath(result.program).name))
    if result.time_s is not None:
        parts.append(when(result.time_s))
    if result.duration_s > 0:
        parts.append(say("pf.head.seconds", lang, seconds=f"{result.duration_s:.3g}"))
    if result.map_memory is not None:
        exact = result.period <= 1
        parts.append(say("pf.head.exact" if exact else "pf.head.sampled", lang, bytes=format_bytes(result.period)))
    return parts


def columns(result: ProfileResult) -> list[int]:
    """Return the columns of the sample types, the one that is shown first."""
    return sorted(range(len(result.sample_types)), key=lambda at: at != result.column)


def when(seconds: float) -> str:
    """Return a moment as text, in UTC."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, OSError, ValueError):
        return ""


def tell(result: ProfileResult, lang: Lang) -> str:
    """Return the report in a few sentences."""
    shown = result.shown
    said = [_first_sentence(result, lang)]
    if shown.net != shown.total:
        figures = {"net": figure(shown.net, shown.unit), "total": figure(shown.total, shown.unit)}
        said.append(say("pf.story.net", lang, **figures))
    if result.top and shown.total and result.sort == "flat" and result.top[0].flats[result.column]:
        first = result.top[0]
        portion = share(first.flats[result.column], shown.total)
        told = {"name": printable(first.function), "share": portion, "type": printable(shown.type)}
        said.append(say("pf.story.first", lang, **told))
    said += _maps_sentences(result, lang)
    return ("" if lang == "zh" else " ").join(said)


def _first_sentence(result: ProfileResult, lang: Lang) -> str:
    nets = {kind.type: kind.net for kind in result.sample_types}
    if result.map_memory is not None and "inuse_space" in nets:
        key = "pf.story.heap.window" if result.difference else "pf.story.heap"
        sizes = {"inuse": format_bytes(nets["inuse_space"]), "alloc": format_bytes(nets["alloc_space"])}
        return say(key, lang, **sizes)
    return say("pf.story.other", lang, total=_named_total(result))


def _named_total(result: ProfileResult) -> str:
    return ", ".join(f"{figure(kind.total, kind.unit)} {printable(kind.type)}" for kind in result.sample_types)


def _maps_sentences(result: ProfileResult, lang: Lang) -> list[str]:
    memory = result.map_memory
    if memory is None or not memory.known:
        return []
    size, error = format_bytes(memory.inuse_bytes), format_bytes(memory.inuse_error)
    portion = share(memory.inuse_bytes, memory.inuse_total)
    if result.difference:
        said = [say("pf.story.maps.change", lang, bytes=size)]
    elif memory.inuse_error:
        said = [say("pf.story.maps", lang, bytes=size, error=error, share=portion)]
    else:
        said = [say("pf.story.maps.exact", lang, bytes=size, share=portion)]
    if memory.live_bytes is not None:
        told = {"target": printable(memory.looked_at), "bytes": format_bytes(memory.live_bytes)}
        said.append(say("pf.story.live", lang, **told))
    return said


def shape(size: ArraySize, lang: Lang) -> str:
    """Return what array an object is."""
    if size.shape == "buckets":
        if size.count == 1:
            return say("pf.shape.bucket", lang)
        return say("pf.shape.buckets", lang, n=size.count, b=size.count.bit_length() - 1)
    return say(f"pf.shape.{size.shape}", lang, n=size.count, slots=8 * size.count)


def main_sizes(row: MapMemoryRow, memory: MapMemory) -> list[ArraySize]:
    """Return the sizes that hold most of what a line has in use: those with a hundredth of all map memory at least."""
    sizes = sorted(row.sizes, key=lambda size: (-abs(size.inuse_objects) * size.bytes, -size.bytes))
    least = max(abs(memory.inuse_bytes) // 100, 1)
    return [size for size in sizes if abs(size.inuse_objects) * size.bytes >= least][:_ARRAYS]


def live(row: MapMemoryRow, lang: Lang) -> str:
    """Return the live maps of a row's type: the largest owners and what all take."""
    if row.live_bytes is None:
        return ""
    if not row.live:
        return say("pf.live.none", lang)
    told = [
        say("pf.live.owner", lang, owner=printable(each.owner), bytes=format_bytes(each.bytes))
        for each in row.live[:_LIVE_TOLD]
    ]
    rest = len(row.live) - _LIVE_TOLD
    return ", ".join([*told, *([say("pf.live.more", lang, n=rest)] if rest > 0 else [])])


def notes(result: ProfileResult, lang: Lang) -> list[str]:
    """Return the notes as sentences."""
    return [
        say(
            f"pf.note.{note.id}",
            lang,
            **{name: value if isinstance(value, int) else printable(value) for name, value in note.values.items()},
        )
        for note in result.notes
    ]


def running(figures: Sequence[int]) -> list[int]:
    """Return the sums of the figures up to each."""
    found, total = [], 0
    for each in figures:
        total += each
        found.append(total)
    return found
