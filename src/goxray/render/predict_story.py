"""What a prediction says in sentences, and its growth step by step, for every format that people read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goxray.core.units import format_bytes, format_count
from goxray.render.told_notes import told
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.predict_result import GrowthStep, Prediction, PredictResult
    from goxray.render.words import Lang

_GROWTH = (
    (re.compile(r"first bucket"), "p.grow.bucket"),
    (re.compile(r"buckets (?P<old>\S+) -> (?P<new>\S+)"), "p.grow.buckets"),
    (re.compile(r"one group"), "p.grow.group"),
    (re.compile(r"group -> table of (?P<new>\d+)"), "p.grow.first"),
    (re.compile(r"table of (?P<old>\d+) -> (?P<new>\d+)"), "p.grow.table"),
    (re.compile(r"tables (?P<old>\d+) -> (?P<new>\d+)"), "p.grow.tables"),
    (re.compile(r"(?P<number>\d+) of (?P<all>\d+) tables of (?P<old>\d+) -> (?P<new>\d+)"), "p.grow.some"),
)
_NOTES = (
    (re.compile(r"what keys and elems point to is not counted.*"), "p.note.pointed"),
    (re.compile(r"keys or elems over 128 bytes are kept by pointer.*"), "p.note.indirect"),
    (re.compile(r"too large to simulate whole: (?P<number>\d+) seeds? at 1/(?P<scale>\d+) of .*"), "p.note.scaled"),
)
_SEEDS = re.compile(r"(?P<number>\d+) seeds?(?: at 1/(?P<scale>\d+) of the size)?")


@dataclass(frozen=True)
class Growth:
    """How versions that grow alike grow: all their growth steps, and the entries at the end of the step that grew last.

    ``bytes`` is what they hold then (the first version's where they differ by chance).
    """

    versions: tuple[str, ...]
    steps: tuple[GrowthStep, ...]
    entries: int
    bytes: int


def tell(result: PredictResult, lang: Lang) -> str:
    """Return the sentences that say the answer first."""
    last = of_step(result, last_step(result))
    about = {"entries": format_count(last[0].n), "hint": format_count(last[0].hint), "step": last[0].step_text}
    key = "p.takes.step" if last_step(result) else "p.takes.hint" if last[0].hint else "p.takes"
    told = [say(key, lang, list=_by_version(last, lambda each: each.bytes, lang), n=last[0].n, **about)]
    peaks = [max(_of_version(result, each.go_version), key=lambda one: one.peak_bytes) for each in last]
    grown = any(peak.peak_bytes > each.bytes for peak, each in zip(peaks, last, strict=True))
    if grown:
        told.append(say("p.peak", lang, list=_by_version(peaks, lambda each: each.peak_bytes, lang)))
    if any(each.indirect_bytes for each in last):
        told.append(say("p.indirect", lang, list=_by_version(last, lambda each: each.indirect_bytes, lang)))
    if last_step(result) and _nothing_came_back(result):
        told.append(say("p.kept", lang))
    return (" " if lang == "en" else "").join(told)


def last_step(result: PredictResult) -> int:
    """Return the number of the last step."""
    return max(each.step for each in result.results)


def of_step(result: PredictResult, step: int) -> list[Prediction]:
    """Return the predictions of one step, one a version."""
    return [each for each in result.results if each.step == step]


def _of_version(result: PredictResult, version: str) -> list[Prediction]:
    return [each for each in result.results if each.go_version == version]


def _nothing_came_back(result: PredictResult) -> bool:
    """Whether entries went and the bytes stayed, on every version."""
    last = of_step(result, last_step(result))
    most = [max(_of_version(result, each.go_version), key=lambda one: one.n) for each in last]
    return all(each.n < top.n and each.bytes >= top.bytes for each, top in zip(last, most, strict=True))


def _by_version(found: Sequence[Prediction], of: Callable[[Prediction], int], lang: Lang) -> str:
    """Return sizes, each with the versions that have it, as one list."""
    groups: list[tuple[str, list[str]]] = []
    for each in found:
        size = format_bytes(of(each))
        known = next((versions for told, versions in groups if told == size), None)
        if known is None:
            groups.append((size, known := []))
        known.append(each.go_version)
    every = [each.go_version for each in found]
    parts = [
        say("p.bytes.on", lang, bytes=size, versions=name_versions(versions, every, lang)) for size, versions in groups
    ]
    if (
        lang == "en"
        and len(parts) > 1
        and all(len(versions) == 1 or " to " in part for part, (_, versions) in zip(parts, groups, strict=True))
    ):
        return ", ".join(parts[:-1]) + " and " + parts[-1]
    return say("p.parts", lang).join(parts)


def name_versions(versions: Sequence[str], every: Sequence[str], lang: Lang) -> str:
    """Return versions as a list; three and more that follow each other are first and last."""
    first, last = every.index(versions[0]), every.index(versions[-1])
    if len(versions) > 2 and last - first + 1 == len(versions):
        return say("p.to", lang, first=versions[0], last=versions[-1])
    if len(versions) == 1:
        return versions[0]
    return say("p.comma", lang).join(versions[:-1]) + say("p.and", lang) + versions[-1]


def growths(result: PredictResult) -> list[Growth]:
    """Return how the versions grow, those that grow alike together; without those that do not grow."""
    found: dict[tuple[GrowthStep, ...], tuple[list[str], Prediction]] = {}
    for version in dict.fromkeys(each.go_version for each in result.results):
        own = _of_version(result, version)
        steps = tuple(step for each in own if each.step == first_filled(own) for step in each.growth)
        last = next(each for each in own if each.step == first_filled(own))
        if steps:
            found.setdefault(steps, ([], last))[0].append(version)
    return [Growth(tuple(names), steps, last.n, last.bytes) for steps, (names, last) in found.items()]


def first_filled(own: Sequence[Prediction]) -> int:
    """Return the number of the first step: what the picture of the growth shows."""
    return own[0].step


def what(step: GrowthStep, lang: Lang) -> str:
    """Return what grows in the reader's language."""
    for pattern, key in _GROWTH:
        match = pattern.fullmatch(step.what)
        if match is not None:
            return say(key, lang, **match.groupdict())
    return step.what


def told_notes(result: PredictResult, lang: Lang) -> list[str]:
    """Return the notes in the reader's language."""
    return told(result.notes, _NOTES, lang)


def how(each: Prediction, lang: Lang) -> str:
    """Return where the figures come from in the reader's language."""
    if each.exact:
        return say("p.exact", lang)
    match = _SEEDS.fullmatch(each.how)
    if match is None:
        return say("p.closed", lang)
    key = "p.seeds.scaled" if match["scale"] else "p.seeds"
    return say(key, lang, number=match["number"], scale=match["scale"])


def span(each: Prediction) -> str:
    """Return the 5-95% range; empty where no run differs visibly."""
    low, high = format_bytes(each.low), format_bytes(each.high)
    if each.low == each.high:
        return ""
    if low == high:
        return "±" + format_bytes((each.high - each.low + 1) // 2)
    return f"{low} - {high}"


def held_at(growth: Growth, entries: float) -> int:
    """Return about how many bytes are held at so many entries, as the growth steps tell.

    Between the first and the last table of one depth that splits, tables split one by one: a straight line.
    """
    before = None
    for step in growth.steps:
        if step.entries > entries:
            if before is not None and step.what.startswith("tables") and _same_depth(before, step):
                share = (entries - before.entries) / (step.entries - before.entries)
                return round(before.bytes + share * (step.bytes - before.bytes))
            break
        before = step
    return before.bytes if before is not None else 0


def _same_depth(one: GrowthStep, other: GrowthStep) -> bool:
    old, new = (int(step.what.split()[-1]) - 1 if "tables" in step.what else 0 for step in (one, other))
    return old > 0 and old.bit_length() == new.bit_length()
