"""The sentences of ``goxray why``, and which steps of a path matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.units import format_bytes, format_count
from goxray.render.elide import elide_middle
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.heap_result import WhyPath, WhyResult, WhyStep
    from goxray.render.words import Lang

_DROP = 2  # a cut is worth marking where the next one on the path frees at most half as much
_LONGEST = 60  # cells of an expression in a sentence
HEAD, TAIL = 12, 6  # steps of a long path that are shown before and behind what is folded


def tell(result: WhyResult, lang: Lang) -> str:
    """Return what was asked for, how much it is, and whether one cut would free it."""
    if result.objects == 0:
        return say("w.story.nothing", lang, asked=printable(result.asked))
    sentences = [_subject(result, lang)]
    if not result.reachable:
        sentences.append(say("w.story.garbage" if result.objects == 1 else "w.story.garbage.many", lang))
    elif not result.paths:
        sentences.append(say("w.story.lost", lang))
    elif result.subject_addr is None:
        sentences.append(say("w.story.ways.many", lang))
    else:
        sentences.append(_cut(result, lang))
    return (" " if lang == "en" else "").join(sentences)


def _subject(result: WhyResult, lang: Lang) -> str:
    sizes = {"bytes": format_bytes(result.bytes), "held": format_bytes(result.retained_bytes)}
    kind = printable(result.subject_type or result.asked)
    if result.subject_addr is not None:
        return say("w.story.object", lang, type=kind, addr=f"{result.subject_addr:#x}", **sizes)
    key = "w.story.type.one" if result.objects == 1 else "w.story.type"
    return say(key, lang, count=format_count(result.objects), type=kind, **sizes)


def _cut(result: WhyResult, lang: Lang) -> str:
    """Say whether one reference would free the object: the last step of the path is the one that leads to it."""
    last = result.paths[0].steps[-1] if result.paths[0].steps else None
    if last is not None and last.freed_bytes:
        cut = elide_middle(printable(last.expr or last.via), _LONGEST, "...")
        return say("w.story.cut", lang, cut=cut, bytes=format_bytes(last.freed_bytes))
    return say("w.story.ways", lang)


def marked(steps: Sequence[WhyStep]) -> set[int]:
    """Return the places of the steps where a cut is worth speaking of.

    Cuts along a path free less and less. The first frees most, the last is the narrowest that still frees the object,
    and between them those count after which the memory freed drops to half or less.
    """
    places = [place for place, step in enumerate(steps) if step.freed_bytes > 0]
    if not places:
        return set()
    drops = {
        place
        for place, after in zip(places, places[1:], strict=False)
        if steps[after].freed_bytes * _DROP <= steps[place].freed_bytes
    }
    return {places[0], places[-1]} | drops


def shown(steps: Sequence[WhyStep]) -> list[int | None]:
    """Return the places of the steps to show, with one None where a long path is folded."""
    if len(steps) <= HEAD + TAIL + 1:
        return list(range(len(steps)))
    return [*range(HEAD), None, *range(len(steps) - TAIL, len(steps))]


def adds(step: WhyStep, place: int) -> str:
    """Return what a step adds to the expression: nothing inside a map or a channel. The first stands for itself."""
    return printable(step.via if place else (step.expr or step.via))


def root_line(path: WhyPath, lang: Lang) -> str:
    """Return what the path begins with, in words."""
    return say(f"w.root.{path.kind}", lang, root=printable(path.root))
