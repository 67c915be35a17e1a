"""What the plot of a claim shows, in whatever way it is drawn.

The figure that decides on each version, what the claim says of it, what the model says, and other cases and arms of the
same measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from goxray.render.lab_figures import figure_name, interval_text, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from goxray.core.lab_result import Deciding, Measured, Saying
    from goxray.render.lab_story import Judged

RATIO = "x"
"""The unit of a figure divided by another."""

_SERIES = 6
_LOG = 50.0
_FAR = 20.0  # other cases whose figures are so many times larger would press the one that decides to a point
_TICKS = 4


@dataclass(frozen=True)
class Point:
    """A figure on some versions: value, interval, the model's word, single trials."""

    versions: tuple[str, ...]
    value: float
    low: float
    high: float
    predicted: float | None
    trials: tuple[float, ...] = ()


@dataclass(frozen=True)
class Series:
    """One figure over the versions, with the ends of what the claim allows (None: no such end)."""

    name: str
    points: tuple[Point, ...]
    claimed: tuple[float | None, float | None] | None


@dataclass(frozen=True)
class Scale:
    """Values to places 0..1, straight or by logarithm."""

    low: float
    high: float
    log: bool

    def share(self, value: float) -> float:
        """Return the place of a value, at an end where it lies beyond."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, self.low))
        return min(max((at - low) / (high - low), 0.0), 1.0)


def series_of(row: Judged, of: Deciding, measured: Sequence[Measured], short: dict[str, str]) -> Iterator[Series]:
    """Yield the figure that decides, then other cases and arms of the same measure."""
    own = [(version, each.deciding) for version, each in row.by_version.items()]
    trials = {each.go_version: each.values for each in measured if _same(each, of) and not each.exact}
    points = [
        Point((short.get(at, at),), each.value, each.low, each.high, each.predicted, trials.get(at, ()))
        for at, each in own
        if each is not None and each.name == of.name and (each.arm, each.case) == (of.arm, of.case) and _finite(each)
    ]
    yield Series(name_of(of), _joined(points, of.unit), _claimed(row.claim.sayings, of.name, of.arm, of.case, of.unit))
    others: dict[tuple[str, str], list[Measured]] = {}
    for each in measured:
        if each.name == of.name and each.unit == of.unit and not _same(each, of) and _finite(each):
            others.setdefault((each.arm, each.case), []).append(each)
    most = max([abs(value) for point in points for value in _values(point)], default=0.0) * _FAR
    near = [(key, found) for key, found in others.items() if not most or max(each.high for each in found) <= most]
    claimed = {key: _claimed(row.claim.sayings, of.name, *key, of.unit) for key, _ in near}
    near.sort(key=lambda each: claimed[each[0]] is None)  # what the claim speaks of comes first
    for (arm, case), found in near[: _SERIES - 1]:
        points = [
            Point((short.get(each.go_version, each.go_version),), each.median, each.low, each.high, each.predicted,
                  () if each.exact else each.values)
            for each in found
        ]  # fmt: skip
        yield Series(figure_name(of.name, arm, case), _joined(points, of.unit), claimed[arm, case])


def _same(each: Measured, of: Deciding) -> bool:
    return each.name == of.name and each.case == of.case and _arm(each.arm) == _arm(of.arm)


def _arm(arm: str) -> str:
    return arm or "main"


def _finite(each: Measured | Deciding) -> bool:
    return all(math.isfinite(value) for value in (each.low, each.high))


def _joined(points: Iterable[Point], unit: str) -> tuple[Point, ...]:
    """Return points with neighbours that read alike as one that names all their versions."""
    found: list[Point] = []
    for point in points:
        last = found[-1] if found else None
        if last is not None and _reads(last, unit) == _reads(point, unit):
            found[-1] = replace(last, versions=last.versions + point.versions)
        else:
            found.append(point)
    return tuple(found)


def _reads(point: Point, unit: str) -> tuple[str, float | None]:
    return interval_text(point.value, point.low, point.high, unit), point.predicted


def _claimed(
    sayings: Sequence[Saying], name: str, arm: str, case: str, unit: str
) -> tuple[float | None, float | None] | None:
    """Return the ends of what the claim says of a figure or ratio; None where it says nothing of it alone."""
    for each in sayings:
        here = each.name == name.partition(" / ")[0] and each.case in ("", case) and each.arm in ("", arm)
        if each.check or not here or (each.over is not None) != (unit == RATIO):
            continue
        if each.kind == "equals" and each.over is not None:
            return 1 - each.tolerance, 1 + each.tolerance
        if each.low is not None or each.high is not None:
            return each.low, each.high
    return None


def scale_of(series: Sequence[Series]) -> Scale | None:
    """Return a scale on which everything has its place; None where there is nothing to draw."""
    values = [value for each in series for point in each.points for value in _values(point)]
    if not values:
        return None
    values += [end for each in series for end in each.claimed or () if end is not None]
    low, high = min(values), max(values)
    if low > 0 and high / low > _LOG:
        return Scale(low / 1.5, high * 1.5, True)
    if 0 <= low <= high * 0.6 or 0 < low == high:
        low = 0.0
    span = (high - low) or abs(high) or 1.0
    return Scale(low if low == 0 else low - span * 0.1, high + span * 0.1, False)


def _values(point: Point) -> Iterator[float]:
    yield from (point.value, point.low, point.high)
    if point.predicted is not None:
        yield point.predicted


def ticks_of(scale: Scale, *, binary: bool) -> list[float]:
    """Return round values within the scale."""
    if scale.log:
        lowest, highest = math.ceil(math.log10(scale.low)), math.floor(math.log10(scale.high))
        skip = max(1, math.ceil((highest - lowest + 1) / (_TICKS + 1)))
        return [10.0**power for power in range(lowest, highest + 1, skip)]
    rough = (scale.high - scale.low) / _TICKS
    if binary and rough > 1:
        step = math.exp2(math.ceil(math.log2(rough)))
    else:
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(scale.low / step - 1e-9)
    return [at * step for at in range(first, math.floor(scale.high / step + 1e-9) + 1)]
