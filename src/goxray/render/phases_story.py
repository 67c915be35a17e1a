"""The sentences, figures and bars of ``goxray gc phases``: made from the result alone, for text and tables alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from goxray.core.units import format_bytes, format_count
from goxray.render.timeline_story import lasting
from goxray.render.told_notes import Known, told
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goxray.core.phases_result import Generation, IsolatedPhase, PhaseEvent, PhasesResult, PhaseWindow
    from goxray.render.words import Lang

MOST_DETAILED = 6
_KNOWN: Known = (
    (re.compile(r"the map at (?P<addr>0x\w+) went on to be held by (?P<names>.+)"), "ph.note.other"),
    (
        re.compile(
            r"the map at (?P<addr>0x\w+) outlived its last reference from (?P<owner>.+): a whole cycle found it "
            r"reachable; its address also stands in (?P<where>.+)"
        ),
        "ph.note.outlived",
    ),
    (re.compile(r"only stacks or registers hold the map \((?P<owner>.+)\): .+"), "ph.note.stacks"),
)
_NO_LIMIT = (1 << 63) - 1


def notes(result: PhasesResult, lang: Lang) -> list[str]:
    """Return the notes in a language."""
    return told(result.notes, _KNOWN, lang)


def cycles(least: int, most: int) -> str:
    """Write a count of cycles; two numbers where the looks leave two open."""
    return str(most) if least == most else f"{least}-{most}"


def detailed(generations: Sequence[Generation]) -> list[Generation]:
    """Return those that are worth a picture: what the map gave up otherwise than by growth, or else the largest."""
    chosen = [generation for generation in generations if generation.cause != "outgrown"]
    chosen = chosen or sorted(generations, key=lambda g: -g.bytes.blocks)[:1]
    return sorted(sorted(chosen, key=lambda g: -g.bytes.blocks)[:MOST_DETAILED], key=lambda g: g.number)


def tell(generation: Generation, lang: Lang) -> list[str]:
    """Return the sentences that say what became of a generation."""
    said = []
    window = generation.window("until reusable")
    if window is not None and generation.found_dead_by is not None:
        key = "ph.told.reusable.one" if window.cycles == window.cycles_least == 1 else "ph.told.reusable"
        count = cycles(window.cycles_least, window.cycles)
        gc = str(generation.found_dead_by)
        said.append(say(key, lang, time=lasting(window.seconds), n=gc, cycles=count))
    elif generation.outcome == "held":
        judged = generation.bytes.alive == generation.bytes.blocks
        said.append(say("ph.told.held" if judged else "ph.told.kept", lang))
    elif generation.outcome == "waiting":
        said.append(say("ph.told.waiting", lang))
    elif generation.bytes.alive:
        said.append(say("ph.told.alive", lang, bytes=format_bytes(generation.bytes.alive)))
    elif generation.bytes.unswept:
        said.append(say("ph.told.unfinished", lang, bytes=format_bytes(generation.bytes.unswept)))
    if generation.bytes.freed:
        said.append(_fate(generation, lang))
    return said


def _fate(generation: Generation, lang: Lang) -> str:
    figures = generation.bytes
    return say(
        "ph.told.bytes",
        lang,
        kept=format_bytes(figures.kept),
        scavenged=format_bytes(figures.scavenged),
        reused=format_bytes(figures.reused),
        slots=format_bytes(figures.in_slots),
        resident=format_bytes(figures.resident),
        before=format_bytes(figures.resident_before),
    )


def blocks(generation: Generation) -> int:
    """Return how many blocks there are."""
    return sum(generation.parts.values())


def until(generation: Generation, window: str) -> str:
    """Write how long a window lasted, with its cycles; empty where it has no end yet."""
    found = generation.window(window)
    return "" if found is None else lasting(found.seconds)


def bar(window: PhaseWindow, events: Sequence[PhaseEvent], width: int) -> tuple[int, int]:
    """Return where a window's bar begins and how many cells it takes, on the axis of all the generation's events."""
    first = min(event.at_s for event in events)
    last = max(event.at_s for event in events)
    scale = width / (last - first) if last > first else 0.0
    begin = min(int((window.start_s - first) * scale), width - 1)
    end = max(int(round((window.end_s - first) * scale)), begin + 1)
    return begin, min(end, width) - begin


def figures(values: Mapping[str, float], lang: Lang) -> list[str]:
    """Return the figures of a phase that are not nothing, in words."""
    said = []
    for name, value in values.items():
        if value:
            time = lasting(value) if name.startswith("seconds") else ""
            said.append(say(f"ph.figure.{name}", lang, n=int(value), bytes=format_bytes(value), time=time))
    return said


def phase_line(phase: IsolatedPhase, lang: Lang) -> str:
    """Return what a phase did, and with whom."""
    joint = ", " if lang == "en" else "，"
    if phase.start_s is None:
        return say("ph.phase.never", lang)
    did = joint.join(figures(phase.figures, lang))
    others = joint.join(figures(phase.others, lang))
    alone = say("ph.phase.alone", lang) if phase.isolated else say("ph.phase.with", lang, others=others)
    return f"{did}; {alone}" if lang == "en" else f"{did}；{alone}"


def settings(values: Mapping[str, int]) -> str:
    """Write the collector's own settings as their environment variables have them."""
    said = []
    if "gogc" in values:
        said.append("GOGC=off" if values["gogc"] < 0 else f"GOGC={values['gogc']}")
    if "memory_limit" in values:
        limit = values["memory_limit"]
        said.append("GOMEMLIMIT=off" if limit >= _NO_LIMIT else f"GOMEMLIMIT={format_bytes(limit)}")
    return " ".join(said)


def count(number: int) -> str:
    """Write a count in full."""
    return format_count(number)
