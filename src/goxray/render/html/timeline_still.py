"""The time axis without a script: drawings of the whole range, in SVG that any width stretches.

Lines stretch with ``preserveAspectRatio="none"``; words would be torn, so they stand in a drawing of their own, at
percentages.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from goxray.core.timeline_result import SERIES
from goxray.render.html.markup import number, text
from goxray.render.timeline_axis import rows_of, thinned
from goxray.render.timeline_rows import STICKS, lane_color
from goxray.render.timeline_story import in_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.render.timeline_axis import Axis
    from goxray.render.timeline_rows import Drawn, Row

WIDTH, _HEIGHT = 1000, 100
MOST_LEVELS = 4
_POINTS = 1600
_FAR_ABOVE = 3.0
_LEAST, _LEAST_FINDING = 1.0, 5.0  # so that nothing is too short to be seen
_ROOM = 0.94  # the share of a plot's height that its highest value takes
_SECOND_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_COLORS = {
    "heap_live": "live", "heap_alloc": "live", "heap_goal": "goal", "rss": "rss", "heap_idle": "idle",
    "heap_released": "released", "map_bytes": "map", "memory_limit": "limit", "cgroup_limit": "cgroup",
}  # fmt: skip
_OTHERS = 6
_DOT = 3
_ONE_AT_A_TIME = frozenset({"gc", "stw", "mark"})


def color_of(name: str) -> str:
    """Return the name of a series' colour in the style sheet."""
    if name in _COLORS:
        return _COLORS[name]
    others = [each for each in SERIES if each not in _COLORS]
    return f"o{(others.index(name) if name in others else 0) % _OTHERS}"


def scale(drawn: Sequence[Drawn]) -> tuple[float, int]:
    """Return the value at a plot's top and the number of its divisions; a limit far above all others sets no scale."""
    highest = {id(each): _highest(each) for each in drawn}
    inner = max((highest[id(each)] for each in drawn if not each.limit), default=0.0)
    limits = [highest[id(each)] for each in drawn if each.limit]
    top = max([inner, *(limit for limit in limits if inner == 0 or limit <= _FAR_ABOVE * inner)])
    return nice_top(top, drawn[0].series.unit)


def nice_top(highest: float, unit: str) -> tuple[float, int]:
    """Return a top at or above the highest value and into how many equal, round steps it is divided: 3 to 5."""
    if highest <= 0:
        return 1.0, 1
    if unit == "bytes":
        step = 2.0 ** math.ceil(math.log2(highest / 5))
    else:
        step = 10.0 ** math.floor(math.log10(highest / 5))
        step *= next(factor for factor in (1, 2, 2.5, 5, 10) if highest <= 5 * step * factor * (1 + 1e-12))
    steps = max(math.ceil(highest / step - 1e-9), 1)
    return step * steps, steps


def _highest(each: Drawn) -> float:
    _, values = thinned(each.series.t_s, each.series.values, 4)
    return float(values.max()) if len(values) else 0.0


def plot(row: Row, axis: Axis, shift: float, end_s: float) -> str:
    """Return a plot's or a strip's drawing; ``end_s`` is where the process' records end, on the axis."""
    shown = [each for each in row.series if each.on]
    if not shown:
        return ""
    top, steps = scale(shown)
    paths = "".join(_line(each, axis, shift, end_s, top) for each in sorted(shown, key=lambda each: not each.area))
    unit = shown[0].series.unit
    fractions = [(place / steps, in_unit(top * place / steps, unit)) for place in range(1, steps + 1)]
    below = -3
    if row.kind == "strip":
        fractions, below = fractions[-1:], 12
    lines = "".join(
        f'<line class="grid" x1="0" x2="100%" y1="{number(100 - share * 100 * _ROOM)}%" '
        f'y2="{number(100 - share * 100 * _ROOM)}%"/>'
        f'<text x="4" y="{number(100 - share * 100 * _ROOM)}%" dy="{below}">{text(label)}</text>'
        for share, label in fractions
    )
    return (
        f'<svg class="tl-still" viewBox="0 0 {WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'{paths}</svg><svg class="tl-still" aria-hidden="true">{lines}</svg>'
    )


def _x(second: float, axis: Axis) -> float:
    return (second - axis.start_s) / (axis.end_s - axis.start_s) * WIDTH


def _line(each: Drawn, axis: Axis, shift: float, end_s: float, top: float) -> str:
    t_s, values = thinned(each.series.t_s, each.series.values, _POINTS)
    if not len(t_s):
        return ""
    across = [_x(float(t) + shift, axis) for t in t_s]
    down = [_HEIGHT * (1 - min(max(float(v) / top, 0.0), 1.2) * _ROOM) for v in values]
    color = color_of(each.series.name)
    if each.series.name in STICKS:
        sticks = "".join(f"M{number(x)} {_HEIGHT}V{number(y)}" for x, y in zip(across, down, strict=True))
        return f'<path class="line c-{color}" d="{sticks}"/>'
    path = f"M{number(across[0])} {number(down[0])}"
    for place in range(1, len(across)):
        join = "H{}V{}" if each.series.holds else "L{} {}"
        path += join.format(number(across[place]), number(down[place]))
    right = across[-1]
    if len(across) == 1 and not each.series.holds:
        path = f"M{number(across[0] - _DOT)} {number(down[0])}h{2 * _DOT}"
    if each.series.holds:
        right = _x(end_s, axis)
        path += f"H{number(right)}"
    drawn = f'<path class="line c-{color}{" dashed" if each.limit else ""}" d="{path}"/>'
    if each.area:
        area = f"{path}V{_HEIGHT}H{number(across[0])}Z"
        drawn = f'<path class="area a-{color}" d="{area}"/>{drawn}'
    return drawn


def levels(row: Row) -> list[int]:
    """Return the level of each interval of a lane, or of each finding, so that what overlaps stands below each other.

    Collections never do: where they seem to, their times were cut to milliseconds.
    """
    if row.lane is None:
        return [min(level, MOST_LEVELS - 1) for level in rows_of([(f.start_s, f.end_s) for f in row.findings])]
    if row.lane.track in _ONE_AT_A_TIME:
        return [0] * len(row.lane.intervals)
    return [min(level, MOST_LEVELS - 1) for level in rows_of([(i.start_s, i.end_s) for i in row.lane.intervals])]


def depth(row: Row) -> int:
    """Return how many levels a lane has."""
    return max(levels(row), default=0) + 1


def lane(row: Row, axis: Axis, shift: float) -> str:
    """Return the drawing of a lane of events or of the findings: what looks alike is one path."""
    paths: dict[str, list[str]] = {}
    deep = depth(row)
    height = _HEIGHT / deep
    marks: list[tuple[str, float, float, int]] = []
    if row.lane is not None:
        marks = [
            (f"i{lane_color(each.track, each.name)}", each.start_s, each.end_s, level)
            for each, level in zip(row.lane.intervals, levels(row), strict=True)
        ]
        marks += [(f"i{lane_color(each.track, each.name)}", each.at_s, each.at_s, 0) for each in row.lane.moments]
    else:
        marks = [
            (f"v-{each.severity}", each.start_s, each.end_s, level)
            for each, level in zip(row.findings, levels(row), strict=True)
        ]
    last: dict[tuple[str, int], float] = {}
    for color, start, end, level in marks:
        left, right = _x(start + shift, axis), _x(end + shift, axis)
        right = max(right, left + (_LEAST_FINDING if color.startswith("v-") else _LEAST))
        if right <= last.get((color, level), -math.inf):
            continue  # nothing of it would be seen
        left = max(left, min(last.get((color, level), -math.inf), right))
        last[color, level] = right
        top, size = level * height + height * 0.1, height * 0.8
        paths.setdefault(color, []).append(
            f"M{number(left)} {number(top)}h{number(right - left)}v{number(size)}h-{number(right - left)}z"
        )
    drawn = "".join(f'<path class="{color}" d="{"".join(path)}"/>' for color, path in paths.items())
    return (
        f'<svg class="tl-still" viewBox="0 0 {WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{drawn}</svg>"
    )


def ticks(axis: Axis, most: int = 8) -> list[tuple[float, str]]:
    """Return at most about ``most`` round seconds of the axis and their labels."""
    wanted = (axis.end_s - axis.start_s) / most
    if wanted < 1:
        step = 10.0 ** math.floor(math.log10(wanted))
        step *= next(factor for factor in (1, 2, 5, 10) if wanted <= step * factor * (1 + 1e-12))
    else:
        step = float(next((each for each in _SECOND_STEPS if wanted <= each), math.ceil(wanted / 86400) * 86400))
    first = math.ceil(axis.start_s / step - 1e-9)
    last = math.floor(axis.end_s / step + 1e-9)
    return [(place * step, tick_label(place * step, step)) for place in range(first, last + 1)]


def tick_label(second: float, step: float) -> str:
    """Write a round second: with the decimals that the step needs, as minutes or hours where the step is that long."""
    if step < 60:
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        return f"{second:,.{decimals}f} s"
    minutes = round(second / 60)
    if step < 3600:
        return f"{minutes} min"
    return f"{round(second / 3600)} h"


def axis_drawing(axis: Axis) -> str:
    """Return the axis' ticks and labels."""
    marks = ""
    for second, label in ticks(axis):
        at = number(_x(second, axis) / WIDTH * 100)
        anchor = "end" if _x(second, axis) > WIDTH * 0.97 else "start" if _x(second, axis) < WIDTH * 0.03 else "middle"
        marks += f'<line class="grid" x1="{at}%" x2="{at}%" y1="70%" y2="100%"/>'
        marks += f'<text x="{at}%" y="60%" text-anchor="{anchor}">{text(label)}</text>'
    return f'<svg class="tl-still" aria-hidden="true">{marks}</svg>'
