"""How sources were joined, in words: what text, page and JSON of ``goxray timeline`` say of each source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.render.safe import printable
from goxray.render.timeline_notes import notes_of
from goxray.render.timeline_story import at, lasting
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.joined_result import JoinedSource, JoinNote, TimelineResult
    from goxray.core.timeline_result import Timeline
    from goxray.render.words import Lang

_FOUND = frozenset({"pid", "cycles"})
_TRUSTED_S = 1e-9  # a shift known this well needs no bounds


def aligned(source: JoinedSource, lang: Lang) -> str:
    """Return by what a source was laid on the axis, and why it is of that process where there was a choice."""
    told = say(f"tl.aligned.{source.aligned}", lang, n=source.cycles)
    if source.identity not in _FOUND or (source.identity == "cycles" and source.aligned.startswith("cycle")):
        return told
    return ("{}; {}" if lang == "en" else "{}；{}").format(told, say(f"tl.same.{source.identity}", lang))


def shift(source: JoinedSource) -> str:
    """Return what was added to a source's seconds, with its bounds where they are known."""
    if source.aligned in ("first", "program start"):
        return ""
    told = f"{'+' if source.shift_s >= 0 else ''}{at(source.shift_s)}"
    if source.error_s is not None and source.error_s > _TRUSTED_S:
        told += f" ± {lasting(source.error_s)}"
    return told


def covers(source: JoinedSource) -> str:
    """Return the piece of the axis that a source tells of."""
    if source.start_s is None or source.end_s is None:
        return ""
    start, end = at(source.start_s), at(source.end_s)
    return start if start == end else f"{start.removesuffix(' s')}–{end}"


def short_names(result: TimelineResult) -> list[str]:
    """Return a name for each source that tells it from the others: without its directories where that does."""
    names = [source.path.rpartition("/")[2] for source in result.sources]
    paths = {source.path for source in result.sources}
    return names if len(set(names)) == len(paths) else [source.path for source in result.sources]


def note(told: JoinNote, lang: Lang) -> str:
    """Return a note of the join as a sentence."""
    return say(
        f"tl.join.{told.name}", lang, path=printable(told.path), other=printable(told.other), shift=at(told.shift_s)
    )


def notes(timelines: Sequence[Timeline], join_notes: Sequence[JoinNote], lang: Lang) -> list[str]:
    """Return all that a reader should know of a join and of the processes; each is named where there are several."""
    of = "{}: {}" if lang == "en" else "{}：{}"
    told = [note(each, lang) for each in join_notes]
    for timeline in timelines:
        lines = notes_of(timeline, lang)
        told += [of.format(printable(timeline.process), line) if len(timelines) > 1 else line for line in lines]
    return told
