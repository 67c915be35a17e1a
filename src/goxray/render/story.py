"""The sentences around the table: what was looked at, and what the table means.

They add up figures that stand in the table's rows, and measure nothing of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from goxray.core.units import format_bytes, format_count, format_share
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.result import BuildInfo, Consistency, Fault, MapsResult, TargetInfo
    from goxray.render.rows import Row
    from goxray.render.words import Lang

_MOST_ROWS = 5
_ENOUGH = 0.8  # the rows named are the fewest that cover this share of all waste, up to _MOST_ROWS
_WORTH_SAYING = 0.05  # below this share of the maps' bytes, rebuilding changes little


class Looked(Protocol):
    """What the results of all commands have in common: what was looked at, and how."""

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    unverified: bool


class Reported(Looked, Protocol):
    """A result that also says what could not be read and what its reader should know."""

    faults: list[Fault]
    notes: list[str]


@dataclass(frozen=True)
class Story:
    """What the table means, and the places (row indexes, in the table's order) of the rows it speaks of."""

    text: str
    marked: frozenset[int]


def tell(result: MapsResult, rows: Sequence[Row], lang: Lang) -> Story:
    """Return the one or two sentences that say where the memory goes and what rebuilding would give back."""
    totals = result.totals
    if totals.maps == 0:
        return Story(say("story.none", lang), frozenset())
    values = {
        "maps": format_count(totals.maps),
        "bytes": format_bytes(totals.bytes),
        "wasted": format_bytes(totals.wasted_bytes),
    }
    if totals.wasted_bytes < totals.bytes * _WORTH_SAYING:
        key = "story.fit.one" if totals.maps == 1 else "story.fit"
        return Story(say(key, lang, **values), frozenset())
    chosen = _chosen(rows, totals.wasted_bytes)
    if not chosen:
        return Story(say("story.hidden", lang, **values), frozenset())
    picked = [rows[place] for place in chosen]
    text = _about(result, picked, lang)
    share = sum(row.wasted_bytes for row in picked) / totals.wasted_bytes
    if share < 1:
        joint = " " if lang == "en" else ""
        text += joint + say("story.share", lang, share=format_share(share), maps=values["maps"])
    return Story(text, frozenset(chosen))


def _chosen(rows: Sequence[Row], all_wasted: int) -> list[int]:
    """Return the places of the fewest rows that explain most of the waste, the worst first."""
    chosen: list[int] = []
    covered = 0
    for place in sorted(range(len(rows)), key=lambda at: -rows[at].wasted_bytes)[:_MOST_ROWS]:
        if rows[place].wasted_bytes == 0 or covered >= all_wasted * _ENOUGH:
            break
        chosen.append(place)
        covered += rows[place].wasted_bytes
    return chosen


def _about(result: MapsResult, picked: Sequence[Row], lang: Lang) -> str:
    slots = sum(row.slots for row in picked)
    values = {
        "bytes": format_bytes(sum(row.bytes for row in picked)),
        "load": format_share(sum(row.entries for row in picked) / slots if slots else None),
        "wasted": format_bytes(sum(row.wasted_bytes for row in picked)),
    }
    if len(picked) > 1:
        key = {"owner": "story.owner", "type": "story.type", "none": "story.map"}[result.group]
        return say(key, lang, n=len(picked), **values)
    row = picked[0]
    if result.group == "type":
        return say("story.type.one", lang, name=printable(row.type), **values)
    name = printable(row.owner)
    if result.group == "none":
        return say("story.map.one", lang, name=name, **values)
    key = "story.owner.map" if row.count == 1 else "story.owner.maps"
    return say(key, lang, name=name, maps=format_count(row.count), **values)


def headline(result: Looked, lang: Lang, *, short: bool = False) -> list[str]:
    """Return the parts of the first line: executable (its name alone where ``short``), pid or core, build, freeze."""
    target, build = result.target, result.build
    parts = [printable(target.exe.rpartition("/")[2] if short else target.exe)]
    if target.kind == "core":
        parts.append(say("head.core", lang))
    if target.pid is not None:
        parts.append(f"pid {target.pid}")
    experiments = f" ({', '.join(build.experiments)})" if build.experiments else ""
    parts.append(printable(f"{build.go_version}{experiments} {build.goos}/{build.goarch}"))
    if result.consistency == "stopped":
        parts.append(say("head.stopped", lang, ms=f"{result.freeze_ms:,.1f}"))
    elif result.consistency == "racy":
        parts.append(say("head.racy", lang))
    return parts


def totals_line(result: MapsResult, lang: Lang) -> str:
    """Return the sums over all maps, shown or not, in one line."""
    totals = result.totals
    return say(
        "totals",
        lang,
        maps=format_count(totals.maps),
        entries=format_count(totals.entries),
        slots=format_count(totals.slots),
        load=format_share(totals.entries / totals.slots if totals.slots else None),
        bytes=format_bytes(totals.bytes),
        wasted=format_bytes(totals.wasted_bytes),
    )


def heap_line(result: MapsResult, lang: Lang) -> str:
    """Return the live heap as the spans and as the runtime have it, with the difference, exact where it is small."""
    live, runtime = result.heap.live_bytes, result.heap.runtime_live_bytes
    if runtime is None:
        text = say("heap.spans", lang, live=format_bytes(live))
    else:
        text = say(
            "heap.both",
            lang,
            live=format_bytes(live),
            runtime=format_bytes(runtime),
            difference=_difference(live - runtime, runtime),
        )
    if live:
        share = say("heap.share", lang, share=format_share(result.totals.bytes / live))
        text += ("; " if lang == "en" else "；") + share
    return text


def _difference(delta: int, whole: int) -> str:
    if delta == 0:
        return "0 B"
    sign = "+" if delta > 0 else "-"
    share = f" ({format_share(abs(delta) / whole)})" if whole else ""
    return f"{sign}{format_bytes(abs(delta))}{share}"


def unverified_line(result: Looked, lang: Lang) -> str:
    """Return the stamp of a result whose Go version nobody has checked; empty for all others."""
    return say("head.unverified", lang, version=printable(result.build.go_version)) if result.unverified else ""
