"""A timeline as JSON and back: the one home of that form, for whoever writes it and for whoever reads it again."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from goxray.core.errors import TargetError
from goxray.core.timeline_result import (
    CrossCheck,
    Interval,
    Moment,
    Series,
    Severity,
    Source,
    Timeline,
    TimelineFinding,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


_FOREVER = 1e12  # seconds: more than thirty thousand years
_ENDLESS = float(1 << 65)


class BadTimeline(TargetError):
    """A JSON document does not hold the timelines that its schema promises."""


def encode(timeline: Timeline) -> dict[str, Any]:
    """Return a timeline as ``json.dumps`` takes it; a value that is not a number is null."""
    return {
        "process": timeline.process,
        "zero": timeline.zero,
        "zero_unix_s": timeline.zero_unix_s,
        "series": [_encode_series(each) for each in timeline.series],
        "intervals": [_encode_event(each, ("start_s", "end_s")) for each in timeline.intervals],
        "moments": [_encode_event(each, ("at_s",)) for each in timeline.moments],
        "findings": [
            {
                "rule": each.rule,
                "severity": each.severity,
                "start_s": each.start_s,
                "end_s": each.end_s,
                "figures": _detail(each.figures),
            }
            for each in timeline.findings
        ],
        "checks": [_encode_check(each) for each in timeline.checks],
        "notes": list(timeline.notes),
    }


def _encode_series(series: Series) -> dict[str, Any]:
    return {
        "name": series.name,
        "unit": series.unit,
        "source": series.source,
        "holds": series.holds,
        "t_s": _numbers(series.t_s),
        "values": _numbers(series.values),
    }


def _encode_event(event: Interval | Moment, times: tuple[str, ...]) -> dict[str, Any]:
    return {
        "track": event.track,
        "name": event.name,
        **{name: getattr(event, name) for name in times},
        "source": event.source,
        "detail": _detail(event.detail),
    }


def _encode_check(check: CrossCheck) -> dict[str, Any]:
    return {
        "figure": check.figure,
        "one": check.one,
        "other": check.other,
        "value": _number(check.value),
        "other_value": _number(check.other_value),
        "verdict": check.verdict,
        "why": check.why,
        "figures": _detail(check.figures),
    }


def decode(told: Any) -> Timeline:
    """Return the timeline that :func:`encode` wrote.

    Raises:
        BadTimeline: a part is missing, or is not what it should be.
    """
    try:
        timeline = Timeline(
            process=told["process"],
            zero=_one_of(told["zero"], ("program start", "first record")),
            zero_unix_s=None if told["zero_unix_s"] is None else float(told["zero_unix_s"]),
            series=tuple(_series(each) for each in told["series"]),
            intervals=tuple(Interval(**_kept(each, Interval)) for each in told["intervals"]),
            moments=tuple(Moment(**_kept(each, Moment)) for each in told["moments"]),
            findings=tuple(TimelineFinding(**_kept(each, TimelineFinding)) for each in told["findings"]),
            checks=tuple(_check(each) for each in told["checks"]),
            notes=tuple(told["notes"]),
        )
        return sound(timeline)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadTimeline(
            f"the timeline is not as goxray.timeline/1 has it: {error}", hint="write it anew with --format json"
        ) from error


def sound(timeline: Timeline) -> Timeline:
    """Return the timeline if all of it is what its fields promise: what stands in a file may be anything.

    Raises:
        ValueError: something is not; the message names it.
    """
    _demand(isinstance(timeline.process, str), "process is no text")
    _demand(timeline.zero in ("program start", "first record"), "zero says nothing")
    _demand(timeline.zero_unix_s is None or _second(timeline.zero_unix_s), "zero_unix_s is no time")
    for series in timeline.series:
        _sound_series(series)
    for interval in timeline.intervals:
        _sound_event(interval)
        _demand(_second(interval.start_s) and _second(interval.end_s), f"{interval.name} has no start or no end")
    for moment in timeline.moments:
        _sound_event(moment)
        _demand(_second(moment.at_s), f"{moment.name} has no time")
    for finding in timeline.findings:
        _demand(isinstance(finding.rule, str) and finding.severity in get_args(Severity), "a finding has no sound rule")
        _demand(_second(finding.start_s) and _second(finding.end_s), f"{finding.rule} has no time")
        _demand(all(map(_figure, finding.figures.values())), f"{finding.rule} has figures that are none")
    for check in timeline.checks:
        _demand(
            all(isinstance(each, str) for each in (check.figure, check.one, check.other, check.why)), "a check is odd"
        )
        _demand(check.verdict in ("agree", "explained", "differ"), f"{check.figure} has no verdict")
        _demand(all(map(_figure, check.figures.values())), f"{check.figure} has figures that are none")
    _demand(all(isinstance(note, str) for note in timeline.notes), "a note is no text")
    return timeline


def _sound_series(series: Series) -> None:
    _demand(isinstance(series.name, str) and series.name.isprintable(), "a series has no name")
    _demand(series.unit in get_args(Unit) and series.source in get_args(Source), f"{series.name} has no unit or source")
    t_s = series.t_s
    numbers = t_s.dtype.kind in "fiu" and series.values.dtype.kind in "fiu" and t_s.shape == series.values.shape
    _demand(numbers, f"{series.name} holds what is no number")
    rising = bool(np.isfinite(t_s).all() and (np.abs(t_s) < _FOREVER).all() and (np.diff(t_s) >= 0).all())
    _demand(rising, f"the times of {series.name} do not rise")


def _sound_event(event: Interval | Moment) -> None:
    _demand(isinstance(event.track, str) and isinstance(event.name, str), "an event has no name")
    _demand(event.source in get_args(Source), f"{event.name} is of nobody")
    for name, value in event.detail.items():
        _demand(isinstance(name, str) and (isinstance(value, str) or _figure(value)), f"{event.name}: {name} is odd")


def _second(value: Any) -> bool:
    return _figure(value) and abs(value) < _FOREVER


def _figure(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < _ENDLESS and value == value


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _series(told: Any) -> Series:
    t_s, values = _array(told["t_s"]), _array(told["values"])
    if len(t_s) != len(values):
        raise ValueError(f"{told['name']} has {len(t_s)} times and {len(values)} values")
    return Series(str(told["name"]), told["unit"], told["source"], t_s, values, bool(told["holds"]))


def _check(told: Any) -> CrossCheck:
    values = {name: math.nan if told[name] is None else float(told[name]) for name in ("value", "other_value")}
    return CrossCheck(**{**_kept(told, CrossCheck), **values})


def _kept(told: Any, kind: type) -> dict[str, Any]:
    """Return the members that the dataclass has; times as numbers, details without those that are not known."""
    names = {each.name for each in dataclasses.fields(kind)}
    return {name: _member(name, value) for name, value in told.items() if name in names}


def _member(name: str, value: Any) -> Any:
    if name.endswith("_s"):
        return float(value)
    return {key: each for key, each in value.items() if each is not None} if isinstance(value, dict) else value


def _one_of(value: Any, known: tuple[Any, ...]) -> Any:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value


def _array(values: Any) -> NDArray[np.float64]:
    array = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    if array.ndim != 1:
        raise ValueError("a list of numbers holds lists")
    return array


def _numbers(values: NDArray[np.float64]) -> list[float | int | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1 << 63 else value


def _detail(detail: Mapping[str, float | str]) -> dict[str, float | str | None]:
    return {name: value if isinstance(value, str) else _number(float(value)) for name, value in detail.items()}
