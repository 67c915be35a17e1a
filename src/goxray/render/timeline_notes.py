"""Notes that readers of sources leave on their timelines, told in the reader's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from goxray.render.safe import printable
from goxray.render.told_notes import told
from goxray.render.words import CATALOGUE, say

if TYPE_CHECKING:
    from goxray.core.timeline_result import Timeline
    from goxray.render.told_notes import Known
    from goxray.render.words import Lang

_COUNT = r"(?P<count>[\d,]+)"

KNOWN: Known = [
    (re.compile(pattern), f"tl.note.{key}")
    for key, pattern in (
        ("unverified", r"UNVERIFIED: nobody has checked the layout of (?P<version>.*)"),
        ("line", r"line (?P<line>\d+) is set aside: (?P<why>.*)"),
        ("lines", rf"{_COUNT} more lines are set aside"),
        ("order", "the samples are not in the order of their times"),
        ("between", "some samples have no time; they are placed between their neighbours"),
        ("at last gc", "the samples have no time of their own: each is placed at the end of its last collection"),
        ("no time", "the samples have no time: they are placed one a second, and no speed can be told from them"),
        ("unplaced", rf"{_COUNT} metrics of the runtime have no place on a time axis and are left out"),
        ("others", rf"{_COUNT} names are no metrics of the runtime and are left out: (?P<names>.*)"),
        ("again", rf"the counters begin again {_COUNT} times: the dump is of (?P<processes>[\d,]+) processes"),
        ("missed", rf"{_COUNT} collections between samples are not told of: MemStats keeps the last (?P<kept>\d+)"),
        ("damaged", rf"{_COUNT} batches of events are damaged; what follows the damage in each is left out"),
        ("tail", rf"the last {_COUNT} bytes, from byte (?P<start>[\d,]+) on, cannot be read: (?P<why>.*)"),
        ("cut", r"the trace was cut off before the end of generation (?P<number>\d+)"),
        ("rate", "the trace is cut off before it says its clock's rate: 64 ns, as on Linux, is assumed"),
    )
]
"""What a note is recognised by, and its key in the catalogue."""


def notes_of(timeline: Timeline, lang: Lang) -> list[str]:
    """Return what a reader should know of a timeline.

    A note that is a key of the catalogue, or that is known by its English words, is told in the reader's language.
    """
    keyed = [say(note, lang) if note in CATALOGUE else note for note in timeline.notes]
    return [printable(note) for note in told(keyed, KNOWN, lang)]
