"""A process over time in a terminal: heap as columns, goal and RSS over them, a mark for each collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.units import format_bytes
from goxray.render.timeline_axis import bounds, thinned
from goxray.render.timeline_facts import cycles_of
from goxray.render.timeline_rows import best_first, has_values
from goxray.render.timeline_story import at, series_name
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from goxray.core.timeline_result import Series, Timeline
    from goxray.render.options import RenderOptions

HEIGHT = 10
_ROOM = 1.02
_FAR_ABOVE = 3.0
_AREA = ("heap_live", "heap_alloc", "heap_inuse")
_LINES = (("heap_goal", "─", "-"), ("rss", "•", "o"), ("memory_limit", "═", "="), ("cgroup_limit", "═", "="))
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_MARKS, _MARKS_ASCII = "·▪█", ".x#"


@dataclass(frozen=True)
class Picture:
    """Lines of equal width, from the top; then a legend."""

    lines: tuple[str, ...]
    legend: tuple[str, ...]


def draw(timeline: Timeline, width: int, options: RenderOptions) -> Picture | None:
    """Return the picture of a process, None where it has no figure in bytes over a time.

    Each column shows the highest value in its piece of the axis; a line stands where the value is, over the columns.
    """
    start, end = bounds(timeline)
    area = _chosen(timeline.series, _AREA)
    lines = [(one, sign, plain) for name, sign, plain in _LINES if (one := _chosen(timeline.series, (name,)))]
    if end <= start or (area is None and not lines):
        return None
    columns = None if area is None else _highest(area, start, end, width)
    held = [(one, sign, plain, _highest(one, start, end, width)) for one, sign, plain in lines]
    top = _top(columns, held)
    cells = _columns(columns, top, width, ascii_only=options.ascii_only)
    legend = (
        [f"{'#' if options.ascii_only else '█'} {series_name(area.name, options.lang)}"] if area is not None else []
    )
    for one, sign, plain, values in held:
        mark = plain if options.ascii_only else sign
        if np.nanmax(values) > top * _ROOM:
            legend.append(f"↑ {series_name(one.name, options.lang)} {format_bytes(float(np.nanmax(values)))}")
            continue
        _lay(cells, values, top, mark)
        legend.append(f"{mark} {series_name(one.name, options.lang)}")
    rows = ["".join(row) for row in cells]
    marks = _collections(timeline, start, end, width, _MARKS_ASCII if options.ascii_only else _MARKS)
    if marks.strip():
        rows.append(marks)
        legend.append(f"{(_MARKS_ASCII if options.ascii_only else _MARKS)[0]} {say('tl.picture.gc', options.lang)}")
    legend.append(say("tl.picture.top", options.lang, bytes=format_bytes(top)))
    legend.append(say("tl.picture.axis", options.lang, start=at(start), end=at(end)))
    return Picture(tuple(rows), tuple(legend))


def _chosen(all_series: Sequence[Series], names: Sequence[str]) -> Series | None:
    for name in names:
        found = best_first([each for each in all_series if each.name == name and has_values(each)])
        if found:
            return found[0]
    return None


def _highest(series: Series, start: float, end: float, width: int) -> NDArray[np.float64]:
    """Return the highest value in each of ``width`` pieces of the axis, NaN where nothing is known.

    A value that holds fills the pieces up to the next one; any other, where the next point is in another piece, lies on
    the straight line to it.
    """
    t_s, values = thinned(series.t_s, series.values, max(len(series.t_s), 1))
    found = np.full(width, np.nan)
    place = np.clip(((t_s - start) / (end - start) * width).astype(np.int64), 0, width - 1)
    np.fmax.at(found, place, values)
    middles = start + (np.arange(width) + 0.5) * (end - start) / width
    empty = np.isnan(found) & (middles >= t_s[0])
    if series.holds:
        found[empty] = values[np.searchsorted(t_s, middles[empty], side="right") - 1]
    else:
        empty &= middles <= t_s[-1]
        found[empty] = np.interp(middles[empty], t_s, values)
    return found


def _top(columns: NDArray[np.float64] | None, held: Sequence[tuple[Series, str, str, NDArray[np.float64]]]) -> float:
    """Return the value at the top: the highest of all, but of limits only those that are near."""
    plain = [float(np.nanmax(values)) for one, _, _, values in held if not one.name.endswith("_limit")]
    if columns is not None:
        plain.append(float(np.nanmax(columns)))
    limits = [float(np.nanmax(values)) for one, _, _, values in held if one.name.endswith("_limit")]
    top = max(plain, default=0.0)
    return max([top, *(limit for limit in limits if top == 0 or limit <= _FAR_ABOVE * top)]) or 1.0


def _columns(values: NDArray[np.float64] | None, top: float, width: int, *, ascii_only: bool) -> list[list[str]]:
    """Return rows of cells with a column for each value, an eighth of a cell fine where the terminal can show it."""
    cells = [[" "] * width for _ in range(HEIGHT)]
    if values is None:
        return cells
    for place, value in enumerate(values.tolist()):
        eighths = 0 if value != value else max(round(value / top * HEIGHT * 8), 1 if value > 0 else 0)
        for level in range(HEIGHT):
            left = min(max(eighths - level * 8, 0), 8)
            sign = ("#" if left >= 4 else " ") if ascii_only else _EIGHTHS[left]
            cells[HEIGHT - 1 - level][place] = sign
    return cells


def _lay(cells: list[list[str]], values: NDArray[np.float64], top: float, mark: str) -> None:
    """Write a line's mark where each value is."""
    for place, value in enumerate(values.tolist()):
        if value == value:
            level = min(int(value / top * HEIGHT), HEIGHT - 1)
            cells[HEIGHT - 1 - level][place] = mark


def _collections(timeline: Timeline, start: float, end: float, width: int, marks: str) -> str:
    """Return a row that marks how many collections began in each piece of the axis: one, a few, ten and more."""
    begun = [each.start_s for each in cycles_of(timeline)]
    if not begun:
        begun = [each.at_s for each in timeline.moments if each.name == "gc start"]
    counts = np.zeros(width, np.int64)
    place = np.clip(((np.array(begun, np.float64) - start) / (end - start) * width).astype(np.int64), 0, width - 1)
    np.add.at(counts, place, 1)
    return "".join(" " if count == 0 else marks[min(count >= 2, 1) + (count >= 10)] for count in counts.tolist())
