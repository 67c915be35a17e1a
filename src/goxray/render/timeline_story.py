"""What all views of a time axis say in sentences: findings, cross-checks, and figures as people read them.

A finding's words stand in the catalogue under its rule: ``tf.<rule>.title`` (what is so), ``tf.<rule>.why`` (what
makes it so, may be missing) and ``tf.<rule>.do`` (what to do, may be missing). Placeholders are the names of the
finding's figures, written by what their name ends in (:func:`figure`); ``{start_s}``, ``{end_s}`` and ``{lasting_s}``
are always there. An explained cross-check's words stand under ``tc.<why>``, with the names of its figures, and those of
its figure under ``tc.figure.<figure>`` unless it has the name of a series.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goxray.core.timeline_result import SERIES
from goxray.core.units import format_bytes, format_count
from goxray.render.safe import printable
from goxray.render.words import CATALOGUE, LANGS, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from goxray.core.timeline_result import CrossCheck, Severity, Timeline, TimelineFinding
    from goxray.render.words import Lang

SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")
"""The worst first."""

_MOST = 20
_UNKNOWN = "–"
_DETAIL_BYTES = frozenset({"heap_start", "heap_end", "heap_live", "goal", "trigger", "released", "bytes", "size"})
_CHECK_UNITS = {"live_heap": "bytes", "resident": "bytes", "charged": "bytes", "pauses": "ms"}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class FindingWords:
    """A finding in one language; ``why`` and ``do`` are empty where the rule has no such words."""

    severity: str
    when: str
    title: str
    why: str
    do: str


def at(second: float) -> str:
    """Write a place on the axis: ``1.503 s``, ``83.25 s``, ``4,211.5 s``."""
    size = abs(second)
    decimals = 3 if size < 10 else 2 if size < 100 else 1
    return f"{second:,.{decimals}f} s"


def lasting(seconds: float) -> str:
    """Write how long something took, with the unit that fits: ``31 µs``, ``2.4 ms``, ``1.50 s``, ``3.2 min``."""
    if seconds < 0:
        return "-" + lasting(-seconds)
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (120.0, 1.0, "s"), (7200.0, 1 / 60, "min")):
        if seconds < limit:
            return f"{_three(seconds * factor)} {unit}"
    return f"{_three(seconds / 3600)} h"


def _three(value: float) -> str:
    """Write a number with about three digits; a whole one stays whole."""
    if value == int(value) and value < 1000:
        return str(int(value))
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def unit_of(name: str) -> str:
    """Return the unit of a figure: that of the series of this name, else what the name ends in; empty: a number."""
    if name in SERIES:
        return SERIES[name]
    ending = name.rpartition("_")[2]
    if ending in ("bytes", "ms", "s", "percent", "ratio"):
        return ending
    return "count" if ending == "n" else ""


def detail_unit(name: str) -> str:
    """Return the unit of an event's detail, whose names are told in :data:`goxray.core.timeline_result.TRACKS`."""
    if name in _DETAIL_BYTES:
        return "bytes"
    return "address" if name in ("addr", "map") or name.endswith("_addr") else unit_of(name)


def figure(name: str, value: float) -> str:
    """Write a figure by its name's unit: _bytes, _ms, _s, _percent, _ratio, _n (a count), else as a number."""
    return in_unit(value, unit_of(name))


def in_unit(value: float, unit: str) -> str:
    """Write a value in a series' unit (``bytes``, ``count``, ``percent``, ``ms``), or in ``s`` or ``ratio``."""
    if value != value or value in (float("inf"), float("-inf")):
        return _UNKNOWN
    if unit == "bytes":
        return format_bytes(value)
    if unit == "ms":
        return lasting(value / 1000)
    if unit == "s":
        return lasting(value)
    if unit == "percent":
        return f"{_three(value)}%"
    if unit == "count":
        return format_count(round(value))
    if unit == "address":
        return f"{int(value):#x}"
    return _three(value)


def span(start_s: float, end_s: float, lang: Lang) -> str:
    """Write a piece of the axis; one moment as one."""
    start, end = at(start_s), at(end_s)
    return start if start == end else say("tl.span", lang, start=start, end=end)


def words(key: str, lang: Lang, figures: Mapping[str, float]) -> str:
    """Return a catalogue text with figures in its placeholders; empty where there is no such text."""
    if key not in CATALOGUE:
        return ""
    text = CATALOGUE[key][LANGS.index(lang)]

    def fill(match: re.Match[str]) -> str:
        return figure(match[1], figures[match[1]]) if match[1] in figures else _UNKNOWN

    return _PLACEHOLDER.sub(fill, text)


def finding_words(finding: TimelineFinding, lang: Lang) -> FindingWords:
    """Return a finding in words; a rule that has none is told by its name and figures."""
    start, end = finding.start_s, finding.end_s
    figures = {"start_s": start, "end_s": end, "lasting_s": end - start, **finding.figures}
    told = {part: words(f"tf.{finding.rule}.{part}", lang, figures) for part in ("title", "why", "do")}
    if not told["title"]:
        listed = ", ".join(f"{name} {figure(name, value)}" for name, value in finding.figures.items())
        told["title"] = printable(f"{finding.rule} ({listed})" if listed else finding.rule)
    return FindingWords(
        say(f"tl.severity.{finding.severity}", lang), span(start, end, lang), told["title"], told["why"], told["do"]
    )


def findings_of(timeline: Timeline) -> list[TimelineFinding]:
    """Return a timeline's findings, the worst first, then as they come."""
    return sorted(timeline.findings, key=lambda each: (SEVERITIES.index(each.severity), each.start_s))


def findings_lines(timelines: Sequence[Timeline], lang: Lang, most: int = _MOST) -> list[str]:
    """Return one line a finding: severity, when, what, why and what to do, the worst of each process first.

    Args:
        timelines: one a process; the process is named where there are several.
        lang: the reader's language.
        most: so many lines at most; one more says how many are left out.
    """
    lines = []
    for timeline in timelines:
        for finding in findings_of(timeline):
            line = _finding_line(finding, lang)
            if len(timelines) > 1:
                line = say("tl.finding.of", lang, process=printable(timeline.process), line=line)
            lines.append(line)
    rest = len(lines) - most
    return [*lines[:most], say("tl.findings.more", lang, n=rest)] if rest > 0 else lines


def _finding_line(finding: TimelineFinding, lang: Lang) -> str:
    told = finding_words(finding, lang)
    title = say("tl.finding", lang, severity=told.severity, when=told.when, title=told.title)
    return _joined([title, told.why, told.do], lang)


def _joined(sentences: Sequence[str], lang: Lang) -> str:
    """Join sentences, each with its full stop."""
    stop, gap = (".", " ") if lang == "en" else ("。", "")
    closed = [text if text[-1] in ".!?。！？" else text + stop for text in sentences if text]
    return gap.join(closed)


def check_why(check: CrossCheck, lang: Lang) -> str:
    """Return what explains a difference, in words; empty where nothing does or has to."""
    if not check.why:
        return ""
    return words(f"tc.{check.why}", lang, check.figures) or words(check.why, lang, check.figures) or check.why


def check_figure(check: CrossCheck, lang: Lang) -> str:
    """Return the name of the figure that two sources tell of."""
    for key in (f"tc.figure.{check.figure}", f"tl.series.{check.figure}"):
        if key in CATALOGUE:
            return say(key, lang)
    return printable(check.figure)


def check_value(check: CrossCheck, value: float) -> str:
    """Write what a source says of the figure of a cross-check."""
    return in_unit(value, _CHECK_UNITS.get(check.figure) or unit_of(check.figure))


def check_lines(timelines: Sequence[Timeline], lang: Lang) -> list[str]:
    """Return a line for each cross-check that needs one, what differs first, then one for all that agree.

    A line has the figure, what each source says, the verdict, and what explains it where that has not been said yet.
    """
    lines = []
    for timeline in timelines:
        told = [line for verdict in ("differ", "explained") for line in _check_lines(timeline, verdict, lang)]
        agreed = [each for each in timeline.checks if each.verdict == "agree"]
        if agreed:
            gap = ", " if lang == "en" else "、"
            names = gap.join(dict.fromkeys(check_figure(each, lang) for each in agreed))
            told.append(_joined([say("tl.check.agree", lang, n=len(agreed), figures=names)], lang))
        if len(timelines) > 1:
            told = [say("tl.finding.of", lang, process=printable(timeline.process), line=line) for line in told]
        lines += told
    return lines


def _check_lines(timeline: Timeline, verdict: str, lang: Lang) -> Iterator[str]:
    said = set()
    for check in timeline.checks:
        if check.verdict == verdict:
            line = say(
                "tl.check",
                lang,
                figure=check_figure(check, lang),
                value=check_value(check, check.value),
                one=check.one,
                other_value=check_value(check, check.other_value),
                other=check.other,
                verdict=say(f"tl.verdict.{check.verdict}", lang),
            )
            why = check_why(check, lang)
            yield _joined([line, "" if why in said else why], lang)
            said.add(why)


def series_name(name: str, lang: Lang) -> str:
    """Return a series' name in words; one that the catalogue does not know as it is."""
    key = f"tl.series.{name}"
    return say(key, lang) if key in CATALOGUE else printable(name)


def track_name(name: str, lang: Lang) -> str:
    """Return a track's name in words; one that the catalogue does not know as it is."""
    key = f"tl.track.{name}"
    return say(key, lang) if key in CATALOGUE else printable(name)
