"""The plot of one claim: the figure that decides on each version, what the claim says of it, what the model says.

One line a version; versions with the same figures share a line. Other cases and arms of the same measure stand below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.render.html.markup import attribute, both, number, text
from goxray.render.lab_figures import interval_text, name_of, value_text
from goxray.render.lab_plot_data import scale_of, series_of, ticks_of
from goxray.render.lab_story import drawable, short_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.lab_result import Measured
    from goxray.render.lab_plot_data import Point, Scale, Series
    from goxray.render.lab_story import Judged
    from goxray.render.words import Lang

_WIDTH, _LEFT, _RIGHT = 840, 150, 280
_LINE, _HEAD, _TOP, _BELOW = 20, 20, 6, 22
_TRIALS = 40
_DOT = 4.5


def _x(scale: Scale, value: float) -> float:
    return _LEFT + scale.share(value) * (_WIDTH - _LEFT - _RIGHT)


def draw(row: Judged, measured: Sequence[Measured], versions: Sequence[str], lang: Lang) -> str:
    """Return the plot of a claim as SVG; empty where no figure decides."""
    of = row.deciding
    if of is None or not drawable(of):
        return ""
    short = short_versions(versions)
    series = list(series_of(row, of, measured, short))
    scale = scale_of(series)
    if scale is None:
        return ""
    drawn, y = [], float(_TOP)
    for each in series:
        block, y = _block(each, scale, of.unit, y, len(series) > 1, len(versions))
        drawn.append(block)
    label = attribute("aria-label", "lab.page.plot", lang, name=name_of(of))
    return (
        f'<div class="wide"><svg class="lab-plot" viewBox="0 0 {_WIDTH} {number(y + _BELOW)}" role="img" {label}>'
        f"{_axis(scale, of.unit, y)}{''.join(drawn)}</svg></div>"
    )


def _block(each: Series, scale: Scale, unit: str, y: float, titled: bool, versions: int) -> tuple[str, float]:
    """Return a series' drawing and where the next one begins."""
    parts = []
    if titled:
        parts.append(f'<text class="of" x="0" y="{number(y + 14)}">{text(each.name)}</text>')
        y += _HEAD
    height = len(each.points) * _LINE
    if each.claimed is not None:
        parts.append(_band(each.claimed, scale, y, height))
    for place, point in enumerate(each.points):
        parts.append(_point(point, scale, unit, y + place * _LINE + _LINE / 2, versions))
    return "".join(parts), y + height + (6 if titled else 0)


def _band(claimed: tuple[float | None, float | None], scale: Scale, y: float, height: float) -> str:
    low, high = claimed
    left = _x(scale, low) if low is not None else _LEFT
    right = _x(scale, high) if high is not None else _WIDTH - _RIGHT
    edges = "".join(f"M{number(_x(scale, end))} {number(y)}v{number(height)}" for end in claimed if end is not None)
    width = max(right - left, 0)
    return (
        f'<rect class="claimed" x="{number(left)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"/>'
        f'<path class="claim-edge" d="{edges}"/>'
    )


def _point(point: Point, scale: Scale, unit: str, y: float, versions: int) -> str:
    names = (
        both("lab.page.all", tag="tspan") if len(point.versions) == versions > 1 else text(", ".join(point.versions))
    )
    shown = interval_text(point.value, point.low, point.high, unit)
    parts = [f'<text x="{_LEFT - 10}" y="{number(y + 4)}" text-anchor="end">{names}</text>']
    parts.append(f'<path class="rule" d="M{_LEFT} {number(y)}H{_WIDTH - _RIGHT}"/>')
    if point.trials:
        ticks = "".join(f"M{number(_x(scale, value))} {number(y - 5)}v10" for value in point.trials[:_TRIALS])
        parts.append(f'<path class="trial" d="{ticks}"/>')
    if point.low != point.high:
        left, right = _x(scale, point.low), _x(scale, point.high)
        caps = "".join(f"M{number(x)} {number(y - 4)}v8" for x in (left, right))
        parts.append(f'<path class="span" d="{caps}M{number(left)} {number(y)}H{number(right)}"/>')
    parts.append(f'<circle class="dot" cx="{number(_x(scale, point.value))}" cy="{number(y)}" r="{_DOT}"/>')
    if point.predicted is not None:
        parts.append(_diamond(_x(scale, point.predicted), y))
        shown = f"{shown} ◇ {value_text(point.predicted, unit, exact=point.low == point.high)}"
    parts.append(f'<text class="value" x="{_WIDTH - _RIGHT + 10}" y="{number(y + 4)}">{text(shown)}</text>')
    return "".join(parts)


def _diamond(x: float, y: float) -> str:
    return f'<path class="model" d="M{number(x)} {number(y - 8)}l8 8l-8 8l-8-8z"/>'


def _axis(scale: Scale, unit: str, y: float) -> str:
    parts = [f'<path class="axis" d="M{_LEFT} {number(y + 2)}H{_WIDTH - _RIGHT}"/>']
    for value in ticks_of(scale, binary=unit == "bytes"):
        at = number(_x(scale, value))
        parts.append(f'<path class="axis" d="M{at} {number(y + 2)}v4"/>')
        parts.append(f'<text x="{at}" y="{number(y + 18)}" text-anchor="middle">{text(value_text(value, unit))}</text>')
    return "".join(parts)
