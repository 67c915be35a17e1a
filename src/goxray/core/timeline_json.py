"""A timeline as JSON and back: the one home of that form, for whoever writes it and for whoever reads it again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from goxray.core.errors import TargetError
from goxray.core.timeline_result import CrossCheck, Interval, Moment, Series, Timeline, TimelineFinding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


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
        return Timeline(
            process=str(told["process"]),
            zero=_one_of(told["zero"], ("program start", "first record")),
            zero_unix_s=None if told["zero_unix_s"] is None else float(told["zero_unix_s"]),
            series=tuple(_series(each) for each in told["series"]),
            intervals=tuple(Interval(**_kept(each, Interval)) for each in told["intervals"]),
            moments=tuple(Moment(**_kept(each, Moment)) for each in told["moments"]),
            findings=tuple(TimelineFinding(**_kept(each, TimelineFinding)) for each in told["findings"]),
            checks=tuple(_check(each) for each in told["checks"]),
            notes=tuple(map(str, told["notes"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadTimeline(
            f"the timeline is not as goxray.timeline/1 has it: {error}", hint="write it anew with --format json"
        ) from error


def _series(told: Any) -> Series:
    t_s, values = _array(told["t_s"]), _array(told["values"])
    if len(t_s) != len(values):
        raise ValueError(f"{told['name']} has {len(t_s)} times and {len(values)} values")
    return Series(str(told["name"]), told["unit"], told["source"], t_s, values, bool(told["holds"]))


def _check(told: Any) -> CrossCheck:
    values = {name: math.nan if told[name] is None else float(told[name]) for name in ("value", "other_value")}
    return CrossCheck(**{**_kept(told, CrossCheck), **values})


def _kept(told: Any, kind: type) -> dict[str, Any]:
    """Return the members that the dataclass has; times as numbers."""
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return {
        name: float(value) if name.endswith("_s") else dict(value) if isinstance(value, dict) else value
        for name, value in told.items()
        if name in names
    }


def _one_of(value: Any, known: tuple[Any, ...]) -> Any:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value


def _array(values: Any) -> NDArray[np.float64]:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _numbers(values: NDArray[np.float64]) -> list[float | int | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1 << 63 else value


def _detail(detail: Mapping[str, float | str]) -> dict[str, float | str | None]:
    return {name: value if isinstance(value, str) else _number(float(value)) for name, value in detail.items()}
