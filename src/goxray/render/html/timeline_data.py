"""What the script of a time axis draws from: whole numbers and base64, which need no escaping, and escaped words.

``t`` of a series are unsigned 32-bit steps of the axis, from its start to its end; values are 32-bit floats. Events
have 64-bit starts and 32-bit lengths, both seconds. All little-endian.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

from goxray.render.html import timeline_still as still
from goxray.render.safe import printable
from goxray.render.timeline_axis import thinned
from goxray.render.timeline_rows import STICKS, lane_color
from goxray.render.timeline_story import SEVERITIES, detail_unit, finding_words, series_name
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from goxray.core.timeline_result import Interval, Moment
    from goxray.render.timeline_axis import Axis
    from goxray.render.timeline_rows import Drawn, Row
    from goxray.render.words import Lang

MOST_POINTS = 120_000
MOST_EVENTS = 10_000
_STEPS = float((1 << 32) - 1)
_DIGITS = 7


class Packer:
    """Packs row after row; ``thinned`` says whether anything had to be left out."""

    def __init__(self, axis: Axis) -> None:
        self.axis = axis
        self.thinned = False
        self.series: list[dict[str, Any]] = []
        self.groups: list[dict[str, Any]] = []

    def row(self, row: Row, place: int, shift: float, end_s: float) -> None:
        """Pack a row that stands at that place in the page; its process' records end at ``end_s`` of the axis."""
        for drawn in row.series:
            self._series(drawn, place, shift, end_s)
        if row.findings:
            self._findings(row, place, shift)
        if row.lane is not None:
            self._lane(row, place, shift)

    def json(self) -> str:
        """Return everything as JSON that is safe inside a script element."""
        axis = self.axis
        told = {
            "start": axis.start_s,
            "end": axis.end_s,
            "unix": axis.zero_unix_s,
            "series": self.series,
            "groups": self.groups,
            "above": {lang: say("tl.page.above", lang, name="{name}", value="{value}") for lang in LANGS},
        }
        plain = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")

    def _series(self, drawn: Drawn, place: int, shift: float, end_s: float) -> None:
        series = drawn.series
        t_s, values = thinned(series.t_s, series.values, MOST_POINTS)
        self.thinned |= len(t_s) < len(series.t_s) and len(series.t_s) > MOST_POINTS
        span = self.axis.end_s - self.axis.start_s
        steps = np.clip((t_s + shift - self.axis.start_s) / span * _STEPS, 0, _STEPS)
        source = f" ({series.source})" if drawn.label_source else ""
        self.series.append(
            {
                "row": place,
                "name": {lang: series_name(series.name, lang) + source for lang in LANGS},
                "unit": series.unit,
                "color": still.color_of(series.name),
                "hold": series.holds,
                "area": drawn.area,
                "limit": drawn.limit,
                "stick": series.name in STICKS,
                "on": drawn.on,
                "end": end_s,
                "t": _packed(np.round(steps), "<u4"),
                "v": _packed(values, "<f4"),
            }
        )

    def _findings(self, row: Row, place: int, shift: float) -> None:
        level_of = dict(zip(map(id, row.findings), still.levels(row), strict=True))
        for severity in SEVERITIES:
            found = [each for each in row.findings if each.severity == severity]
            if found:
                told = [{lang: finding_words(each, lang).title for lang in LANGS} for each in found]
                spans = [(each.start_s + shift, each.end_s + shift) for each in found]
                levels = [level_of[id(each)] for each in found]
                self._group(place, severity, f"v-{severity}", spans, levels, titles=told)

    def _lane(self, row: Row, place: int, shift: float) -> None:
        """Pack the events of a lane, those of one name together; of too many, the longest of each piece stay."""
        lane = row.lane
        assert lane is not None
        level_of = dict(zip(map(id, lane.intervals), still.levels(row), strict=True))
        by_name: dict[tuple[str, bool], list[Interval | Moment]] = {}
        for interval in lane.intervals:
            by_name.setdefault((interval.name, False), []).append(interval)
        for moment in lane.moments:
            by_name.setdefault((moment.name, True), []).append(moment)
        for (name, instant), events in by_name.items():
            kept = _longest(events, self.axis)
            self.thinned |= len(kept) < len(events)
            spans = [(start + shift, end + shift) for start, end in map(_ends, kept)]
            self._group(
                place, name, f"i{lane_color(kept[0].track, name)}", spans,
                [level_of.get(id(each), 0) for each in kept], columns=_columns(kept), instant=instant,
            )  # fmt: skip

    def _group(
        self, place: int, name: str, color: str, spans: Sequence[tuple[float, float]], levels: Sequence[int],
        columns: Sequence[tuple[str, str, list[Any]]] = (), titles: Sequence[dict[Lang, str]] = (),
        *, instant: bool = False,
    ) -> None:  # fmt: skip
        self.groups.append(
            {
                "row": place,
                "name": printable(name),
                "color": color,
                "instant": instant,
                "t": _packed(np.array([start for start, _ in spans]), "<f8"),
                "d": _packed(np.array([end - start for start, end in spans]), "<f4"),
                "levels": [] if not any(levels) else list(levels),
                "columns": [[printable(key), unit, values] for key, unit, values in columns],
                "titles": list(titles),
            }
        )


def _packed(values: NDArray[Any], kind: str) -> str:
    return b64encode(np.asarray(values).astype(kind).tobytes()).decode()


def _ends(event: Interval | Moment) -> tuple[float, float]:
    """Return start and end; those of a moment are one."""
    if hasattr(event, "at_s"):
        return event.at_s, event.at_s
    return event.start_s, event.end_s


def _longest(events: Sequence[Interval | Moment], axis: Axis) -> Sequence[Interval | Moment]:
    """Return all events, or where there are too many the longest of each of so many pieces of the axis."""
    if len(events) <= MOST_EVENTS:
        return events
    best: dict[int, Interval | Moment] = {}
    width = (axis.end_s - axis.start_s) / MOST_EVENTS
    for event in events:
        start, end = _ends(event)
        piece = int((start - axis.start_s) / width)
        if piece not in best or end - start > _ends(best[piece])[1] - _ends(best[piece])[0]:
            best[piece] = event
    return list(best.values())


def _columns(events: Sequence[Interval | Moment]) -> list[tuple[str, str, list[Any]]]:
    """Return the details of events as columns: name, unit, and a value or null for each event."""
    names = dict.fromkeys(name for event in events for name in event.detail)
    return [(name, detail_unit(name), [_value(event.detail.get(name)) for event in events]) for name in names]


def _value(value: float | str | None) -> float | str | None:
    if value is None or isinstance(value, str):
        return printable(value) if value is not None else None
    if not np.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(f"{value:.{_DIGITS}g}")
