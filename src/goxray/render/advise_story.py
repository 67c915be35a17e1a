"""What all reports of ``goxray advise`` share: the first line, a finding's words in the reader's language, sums."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.render.safe import printable
from goxray.render.told_notes import told
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.advise_result import AdviseResult, Finding, Forecast
    from goxray.render.words import Lang


_NOTES = (
    (re.compile(r"maps whose type is not known .*: (?P<number>[\d,]+), which take (?P<size>.*)"), "a.note.unknown"),
    (re.compile(r"from the snapshot (?P<path>.*), taken at (?P<time>.*)"), "a.note.snapshot"),
    (re.compile(r"(?P<types>.*): the snapshot knows the names of these types alone; .*"), "a.note.guessed"),
    (re.compile(r"(?P<types>.*): nothing tells how large these are; .*"), "a.note.unsized"),
    (re.compile(r"runtime/pprof leaves the runtime's frames out of heap profiles, .*"), "a.note.hidden"),
    (re.compile(r"(?P<path>.*) has been built anew since the profile was taken: .*"), "a.note.rebuilt"),
    (re.compile(r"(?P<path>.*) is taken for the profile's executable: .*"), "a.note.taken"),
)
_WORTH_A_ROW = 0.001
"""The share of all maps' bytes by which one owner's must change to have a row."""


def headline(result: AdviseResult, lang: Lang) -> list[str]:
    """Return the parts of the first line: what was looked at, what kind of thing it is, and its build."""
    parts = [printable(result.target), say(f"a.source.{result.source}", lang)]
    if result.go_version:
        parts.append(printable(f"{result.go_version} {result.goarch}"))
    return parts


def told_notes(result: AdviseResult, lang: Lang) -> list[str]:
    """Return the notes in the reader's language."""
    return told(result.notes, _NOTES, lang)


def unverified_line(result: AdviseResult, lang: Lang) -> str:
    """Return the stamp of a result whose Go version nobody has checked; empty for all others."""
    return say("a.unverified", lang, version=printable(result.go_version)) if result.unverified else ""


def words(finding: Finding, lang: Lang) -> Wording:
    """Return what a finding says in a language; its names come from a foreign process and are made harmless."""
    said = finding.chinese if lang == "zh" and finding.chinese is not None else finding
    return Wording(
        printable(said.title),
        printable(said.why),
        "\n".join(printable(line.replace("\t", "    ")) for line in said.change.split("\n")),
        printable(said.cost),
        printable(said.when_wrong),
    )


def memory_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings that give memory back before those that spare work; each kind stays in its order."""
    return sorted(findings, key=lambda finding: finding.gain_of != "heap")


def sections(findings: Sequence[Finding], lang: Lang) -> list[tuple[str, list[tuple[int, Finding]]]]:
    """Return numbered findings under headings; of one kind alone, under none (an empty text)."""
    numbered = list(enumerate(memory_first(findings), 1))
    memory = [(number, finding) for number, finding in numbered if finding.gain_of == "heap"]
    work = numbered[len(memory) :]
    if not memory or not work:
        return [("", numbered)] if numbered else []
    return [(say("a.section.memory", lang), memory), (say("a.section.work", lang), work)]


def tell(result: AdviseResult, lang: Lang) -> str:
    """Return the sentence that says how much there is to gain."""
    total = max(result.findings_total, len(result.findings))
    if not result.findings:
        return say("a.story.none", lang)
    return say("a.story", lang, n=total, gain=gain(memory_first(result.findings)[0], lang))


def gain(finding: Finding, lang: Lang) -> str:
    """Return a finding's gain with what it counts."""
    text = format_bytes(finding.gain_bytes)
    return text if finding.gain_of == "heap" else f"{text} {say(f'a.gain.{finding.gain_of}', lang)}"


def spread(low: int, high: int, lang: Lang) -> str:
    """Return a range; empty where its ends read alike."""
    low_text, high_text = format_bytes(low), format_bytes(high)
    return "" if low_text == high_text else say("a.range", lang, low=low_text, high=high_text)


def with_spread(finding: Finding, lang: Lang) -> str:
    """Return a finding's gain, and the range it lies in where that is not a point."""
    between = spread(finding.gain_low, finding.gain_high, lang)
    alone = gain(finding, lang)
    return say("a.gain.range", lang, gain=alone, spread=between) if between else alone


@dataclass(frozen=True)
class Row:
    """One row of the forecast, as text: a version in sum, or one type under one owner there."""

    go_version: str
    type: str
    owner: str
    maps: str
    entries: str
    now: str
    there: str
    change: str
    range: str
    grows: bool


def totals(forecast: Sequence[Forecast], lang: Lang) -> list[Row]:
    """Return one row a version: all maps in sum."""
    versions = list(dict.fromkeys(row.go_version for row in forecast))
    return [_sum([row for row in forecast if row.go_version == version], lang) for version in versions]


def _sum(rows: list[Forecast], lang: Lang) -> Row:
    there = sum(row.bytes_there for row in rows)
    low = there - round(sum((row.bytes_there - row.low) ** 2 for row in rows) ** 0.5)
    high = there + round(sum((row.high - row.bytes_there) ** 2 for row in rows) ** 0.5)
    return _row(rows[0].go_version, say("a.all", lang), "", rows, (there, low, high), lang)


def single(row: Forecast, lang: Lang) -> Row:
    """Return one row of the forecast."""
    figures = (row.bytes_there, row.low, row.high)
    return _row(row.go_version, printable(row.type), printable(row.owner), [row], figures, lang)


def _row(version: str, name: str, owner: str, rows: list[Forecast], figures: tuple[int, int, int], lang: Lang) -> Row:
    now = sum(row.bytes_now for row in rows)
    there, low, high = figures
    return Row(
        go_version=version,
        type=name,
        owner=owner,
        maps=format_count(sum(row.count for row in rows)),
        entries=format_count(sum(row.entries for row in rows)),
        now=format_bytes(now),
        there=format_bytes(there),
        change=f"{'+' if there > now else ''}{format_bytes(there - now)}",
        range=spread(low, high, lang),
        grows=there > now,
    )


def largest_changes(forecast: Sequence[Forecast], most: int) -> list[Forecast]:
    """Return the rows of the last version, the newest unless others were asked for, that change most, either way.

    Rows that hardly change, against what all maps take, are left out: the sums hold them.
    """
    last = [row for row in forecast if row.go_version == forecast[-1].go_version]
    least = max(sum(row.bytes_now for row in last) * _WORTH_A_ROW, 1)
    some = [row for row in last if abs(row.bytes_there - row.bytes_now) >= least]
    return sorted(some, key=lambda row: -abs(row.bytes_there - row.bytes_now))[:most]
