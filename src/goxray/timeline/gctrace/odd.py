"""The slow reader: one line at a time, with what comes behind it; says why where a line is not to be trusted.

The runtime prints a line piece by piece, each with a write of its own (``print`` holds a lock against its own process
alone): what others write at that moment stands in the middle. A cycle's line that was cut so is put together again
where only one reading of the pieces gives a line that the runtime prints; else all its pieces are set aside.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from os.path import commonprefix
from typing import TYPE_CHECKING

from goxray.core import gctrace_result as g
from goxray.core.gctrace_result import SetAside
from goxray.timeline.gctrace import shapes
from goxray.timeline.gctrace.blocks import LOOK_AHEAD
from goxray.timeline.gctrace.notices import GC_FORCED, read_pacer, read_scavenge
from goxray.timeline.gctrace.prefix import COLOUR, keys_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.core.gctrace_result import PacerLine, Scavenge

    Following = Callable[[int], bytes | None]

TORN = "other output stands in the middle of it, or it was cut off"
PIECE = "the rest of a line whose beginning is not certain"
MIXED = "two lines went into one another: which figures belong together is not certain"
OLD = "the format of Go 1.4 or older"
LONG = "in a line of more than 1 MiB, of which only the end is read"
MOST_ASIDE = 100_000
_MOST_TEXT = 1000

MARK = re.compile(
    rb"gc(?: [1-9]|[1-9])| ms clock, | ms cpu, | MB goal, |scvg|scav |pacer: |GC forced"
    rb"|(?m: \(forced\)\r?$)"
)
"""What only lines with a piece of a trace have (and a few others: this finds what to look at)."""

_SURE = re.compile(
    rb"gc [1-9]\d* @\d|\dm?s? ms clock, | ms cpu, \d| MB goal, |scvg-?\d*: |scav \d+ [\d ]*KiB"
    rb"|pacer: (?:assist ratio=|H_m_prev=|sweep done|-?\d+% CPU)"
)
_HEAD = re.compile(rb"gc [1-9]\d* @\d")
_OLD = re.compile(rb"gc[1-9]\d*\(\d+\): ")
_NOTICE = re.compile(rb"(?:forced )?scvg|scav \d|pacer: |GC forced$")
_TAIL = re.compile(rb"P$|\)$|^$")
_STEPS = tuple(
    re.compile(step)
    for step in (
        rb"gc \d*", rb" @", rb"[\d.]*", rb"s ", rb"\d*", rb"%[ a-z()]*: ", rb"[\d.+]*", rb" ms clock, ", rb"[\d.+/]*",
        rb" ms cpu, ", rb"[\d>-]*", rb" MB, ", rb"\d*", rb" MB goal, ", rb"[\d MBstackglo,]*", rb"P(?: \(forced\))?",
    )
)  # fmt: skip
"""A cycle's line, piece by piece, more leniently than it is read."""

_ALIKE = 8
"""Two lines that begin with so many same bytes, not digits alone, are of one program."""

_LITERAL = 32
"""No text between two numbers is longer."""

_NUMBER = b"0123456789."
_NUMBERS = tuple(bytes([digit]) for digit in _NUMBER)
_SAID = ("log", "msg", "message", "MESSAGE", "textPayload")


@dataclass
class Found:
    """What has been read so far."""

    rows: list[list[int]] = field(default_factory=list)
    scavenges: list[tuple[Scavenge, tuple[int, int]]] = field(default_factory=list)
    pacer: list[tuple[PacerLine, tuple[int, int]]] = field(default_factory=list)
    periodic: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    aside_total: int = 0
    prefixes: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    """By key: the number of the first line that has it, and what stands before the trace there."""
    consumed: set[int] = field(default_factory=set)
    unsure: list[tuple[int, int]] = field(default_factory=list)
    """Line numbers between which cycles are not to be trusted: a line began before and ended behind them."""
    ends: list[tuple[int, int]] = field(default_factory=list)
    """Lines that are the end of a cycle's line alone, ``(forced)``, and the key of what stands before it."""
    open_head: int = 0

    def set_aside(self, line: int, text: bytes, why: str) -> None:
        """Keep a line that is not read, with the reason."""
        self.aside_total += 1
        if len(self.aside) < MOST_ASIDE:
            match = _SURE.search(text) if len(text) > _MOST_TEXT else None
            start = max(match.start() - _MOST_TEXT // 4, 0) if match else 0
            self.aside.append(SetAside(line, text[start : start + _MOST_TEXT].decode("utf-8", "replace"), why))


def clean(raw: bytes) -> bytes:
    """Return a line without its end, colours, and the JSON that collectors (Docker, journald) wrap it in."""
    text = raw.removesuffix(b"\r")
    if b"\x1b" in text:
        text = COLOUR.sub(b"", text)
    if text.startswith(b"{") and text.endswith(b"}"):
        text = _unwrapped(text)
    return text


def _unwrapped(text: bytes) -> bytes:
    try:
        record = json.loads(text)
    except ValueError:
        return text
    said = next((record[name] for name in _SAID if isinstance(record.get(name), str)), None)
    return text if said is None else said.encode("utf-8", "replace").rstrip(b"\r\n")


def look(found: Found, line: int, raw: bytes, following: Following, *, ended: bool) -> None:
    """Read one line with a mark in it.

    Args:
        found: where what it says goes.
        line: its number.
        raw: its bytes without the newline.
        following: gives the n-th line behind it (1, 2, ...), None where the log ends.
        ended: whether a newline stood behind it; else ``(forced)`` may have been cut off.
    """
    if line in found.consumed:
        found.consumed.discard(line)
        return
    text = clean(raw)
    starts = [m.start() for m in shapes.START_OF_GC.finditer(text)]
    if len(starts) == 1 and _cycle(found, line, text, starts[0], following, ended=ended):
        return
    if not starts and (_notice(found, line, text) or _end_alone(found, line, text)):
        return
    _leave(found, line, text, many=len(starts) > 1)


def _cycle(found: Found, line: int, text: bytes, start: int, following: Following, *, ended: bool) -> bool:
    read = shapes.read_gc(text, start)
    if read is None or text[read[1] :] not in (b"", shapes.FORCED):
        return _join(found, line, text, start, following)
    row, end = read
    row[g.FORCED] = 1 if text[end:] else 0 if ended else g.ABSENT
    return _take(found, line, text, start, row)


def _take(found: Found, line: int, text: bytes, start: int, row: list[int]) -> bool:
    why = shapes.doubt(row)
    if why:
        found.set_aside(line, text, why)
        return True
    row[g.LINE] = line
    row[g.KEY], row[g.LOOSE_KEY] = keys_of(text, 0, start)
    if len(found.prefixes) <= MOST_ASIDE:
        found.prefixes.setdefault(row[g.KEY], (line, text[:start]))
    found.rows.append(row)
    return True


@dataclass
class _Reading:
    """A line put together from pieces: which line its end is, its row, and what of the torn line is not its own."""

    end: int
    row: list[int]
    left: list[bytes]


def _join(found: Found, line: int, text: bytes, start: int, following: Following) -> bool:
    """Put a torn line together with what follows, where there is one way alone to do so."""
    head = text[start:]
    readings: dict[bytes, _Reading] = {}
    tails = list(_tails(text, start, following))
    for ahead, tail in tails:
        for whole, cut, row in _wholes(head, tail):
            readings.setdefault(whole, _Reading(line + ahead, row, [])).left.append(head[cut:])
    ends = {reading.end - line for reading in readings.values()}
    likely = _likely(list(readings.values()), [tail for ahead, tail in tails if ahead not in ends])
    if len(likely) != 1:
        return False
    likely[0].row[g.JOINED] = likely[0].end - line
    found.consumed.add(likely[0].end)
    return _take(found, line, text, start, likely[0].row)


def _tails(text: bytes, start: int, following: Following) -> Iterator[tuple[int, bytes]]:
    """Yield the lines behind a torn one up to the next cycle's, without what stands before each."""
    before = keys_of(text, 0, start)
    for ahead in range(1, LOOK_AHEAD + 1):
        raw = following(ahead)
        if raw is None:
            return
        tail = clean(raw)
        if shapes.START_OF_GC.search(tail):
            return
        yield ahead, tail[start:] if keys_of(tail, 0, start) == before else tail


def _wholes(head: bytes, tail: bytes) -> Iterator[tuple[bytes, int, list[int]]]:
    """Yield the lines that a beginning of ``head`` and all of ``tail`` make, with where the beginning was cut."""
    if not _TAIL.search(tail):
        return
    for cut in range(4, _looks_right(head) + 1):
        if head[cut - 1] in _NUMBER and tail[:1] in _NUMBERS:
            continue  # a number is one write, never two
        whole = head[:cut] + tail
        read = shapes.read_gc(whole)
        if read is not None and whole[read[1] :] in (b"", shapes.FORCED) and not shapes.doubt(read[0]):
            read[0][g.FORCED] = int(read[1] < len(whole))
            yield whole, cut, read[0]


def _likely(readings: list[_Reading], others: list[bytes]) -> list[_Reading]:
    """Of several readings keep those that leave what begins as another line around does: a date, a level, a name."""
    if len(readings) <= 1:
        return readings
    return [one for one in readings if any(_begin_alike(left, other) for left in one.left for other in others)]


def _begin_alike(one: bytes, other: bytes) -> bool:
    common = commonprefix([one, other])
    return len(common) >= _ALIKE and not common.isdigit()


def _looks_right(head: bytes) -> int:
    """Return up to where a torn line may be its own: behind that stands what no cycle's line has."""
    at = 0
    for step in _STEPS:
        match = step.match(head, at)
        if match is None:
            break
        at = match.end()
    return min(len(head), at + _LITERAL)


def _notice(found: Found, line: int, text: bytes) -> bool:
    """Read a line of the scavenger or the pacer, or GC forced."""
    match = _NOTICE.search(text)
    if match is None:
        return False
    keys = keys_of(text, 0, match.start())
    said = text[match.start() :].decode("utf-8", "replace")
    if said == GC_FORCED:
        found.periodic.append((line, keys))
    elif scavenge := read_scavenge(said, line):
        found.scavenges.append((scavenge, keys))
    elif pacer := read_pacer(said, line):
        found.pacer.append((pacer, keys))
    else:
        return False
    return True


def _end_alone(found: Found, line: int, text: bytes) -> bool:
    """Note an end that a line break has cut off: the line before it looks whole."""
    if not text.endswith(shapes.FORCED):
        return False
    found.ends.append((line, keys_of(text, 0, len(text) - len(shapes.FORCED))[0]))
    return not _SURE.search(text)


def _leave(found: Found, line: int, text: bytes, *, many: bool) -> None:
    """Set a line aside that has a piece of a trace for certain; others are the program's own."""
    if _OLD.search(text):
        found.set_aside(line, text, OLD)
        return
    if not _SURE.search(text):
        return
    headed = _HEAD.search(text) is not None
    if not headed and b"ms c" in text or b" MB goal, " in text and not headed:
        if found.open_head and line - found.open_head <= LOOK_AHEAD:
            found.unsure.append((found.open_head, line))
        found.open_head = 0
        found.set_aside(line, text, PIECE)
        return
    if headed:
        found.open_head = line
    found.set_aside(line, text, MIXED if many and headed else TORN)
