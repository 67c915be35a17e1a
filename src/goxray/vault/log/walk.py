"""Goes through the lines of a log, from its start or from a mark, and says what does not fit, and where.

After a fault it goes on with what it finds, so that one changed byte is one fault and not all the lines behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from goxray.core.errors import BadLog
from goxray.vault import sm3
from goxray.vault.log.entry import CREATED, MAX_LINE, TORN, Line, birth, from_line

SEPARATOR = b"#\n"
"""What follows a torn line when the log goes on: no line that ends so is an entry, even if nothing else is missing."""

MAX_GAP = 1 << 24
"""The most bytes that a torn end may have: many more than a line, since a crash may follow a crash."""

MOVED_LIMIT = 1000
"""How many missing entries at one place are looked for one by one further down."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written.

    ``kind`` is one of ``edited``, ``foreign``, ``missing``, ``moved``, ``repeated``, ``rewritten``, ``truncated``,
    ``replaced``, ``head``, ``mark``, ``anchor``; the bytes are ``start`` to ``end`` of the log (equal where bytes are
    missing) and the entries ``first`` to ``last``, both 0 where no number is known.
    """

    kind: str
    first: int
    last: int
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Torn:
    """Bytes of a line that a crash or power cut tore: ``told`` by an entry behind them, or still at the log's end."""

    start: int
    end: int
    digest: str
    told: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and the bytes of its line."""

    line: Line
    start: int
    end: int


class Walker:
    """Takes lines one after the other; ``faults`` and ``torn`` grow as it goes.

    ``log_id`` is empty where it is to be taken from the first entry. ``at`` is the byte that it has come to, and
    ``gap_bytes``, after the walk, the length of the end that makes no entry. ``seen`` is called with each entry, in
    the file's order.
    """

    def __init__(self, log_id: str, seen: Callable[[Placed], None]) -> None:
        self.log_id = log_id
        self.faults: list[Fault] = []
        self.torn: list[Torn] = []
        self.sequence = 0
        self.digest = birth(log_id) if log_id else ""
        self.at = 0
        self.gap_bytes = 0
        self._seen = seen
        self._gap = bytearray()
        self._gap_start = -1
        self._missing: dict[int, _Hole] = {}

    def start_from(self, sequence: int, digest: str, at: int) -> None:
        """Begin behind an entry that is known to be good: its number, its digest, the place where its line ends."""
        self.sequence, self.digest, self.at = sequence, digest, at

    def walk(self, file: BinaryIO) -> bytes:
        """Take every line from where the file stands; return the bytes at its end that make no entry.

        Of a long stretch that makes no entry only the first ``MAX_GAP`` bytes are kept: no crash tears so much.
        """
        while raw := file.readline(MAX_LINE + 1):
            self._take(raw)
        self.gap_bytes = self.at - self._gap_start if self._gap_start >= 0 else 0
        self._tell_missing()
        self.faults.sort(key=lambda fault: (fault.start, fault.first))
        return bytes(self._gap)

    def _take(self, raw: bytes) -> None:
        start, self.at = self.at, self.at + len(raw)
        try:
            line = from_line(raw)
        except BadLog:
            if self._gap_start < 0:
                self._gap_start = start
            self._gap += raw[: MAX_GAP - len(self._gap)]
            return
        gap, gap_start, self._gap, self._gap_start = bytes(self._gap), self._gap_start, bytearray(), -1
        if gap_start >= 0 and not self._is_told(line, gap, gap_start):
            self._fault_of_gap(line, gap_start, start)
        self._chain(Placed(line, start, self.at))

    def _is_told(self, line: Line, gap: bytes, gap_start: int) -> bool:
        """Say whether this entry tells of the gap before it, and the chain goes on as if the gap were not there."""
        event = line.entry.event
        if event.what not in (TORN, CREATED) or not gap.endswith(SEPARATOR) or line.entry.sequence != self.sequence + 1:
            return False
        fragment = gap[: -len(SEPARATOR)]
        digest = sm3.digest(fragment).hex()
        place = (event.detail.get("start"), event.detail.get("bytes"))
        told = event.object == digest and place == (gap_start, len(fragment))
        if told:
            self.torn.append(Torn(gap_start, gap_start + len(fragment), digest, told=True))
        return told

    def _fault_of_gap(self, line: Line, start: int, end: int) -> None:
        first, last = self.sequence + 1, line.entry.sequence - 1
        if first > last:
            words = f"bytes {start} to {end} are no entry, and none is missing: they were put in"
            self.faults.append(Fault("foreign", 0, 0, start, end, words))
            return
        words = f"{_named(first, last)}: changed, bytes {start} to {end}"
        self.faults.append(Fault("edited", first, last, start, end, words))
        self.sequence, self.digest = last, ""

    def _chain(self, placed: Placed) -> None:
        entry, digest = placed.line.entry, placed.line.digest
        number, start, end = entry.sequence, placed.start, placed.end
        if not self.log_id and number == 1 and entry.event.what == CREATED:
            self.log_id = str(entry.event.detail.get("log", ""))
            if not self.sequence:
                self.digest = birth(self.log_id)
        if number <= self.sequence:
            self._out_of_place(number, start, end)
            return
        if number > self.sequence + 1:
            self._note_missing(self.sequence + 1, number - 1, start)
        elif self.digest and entry.previous != self.digest:
            kind, words = "rewritten", f"entry {number} follows another entry {number - 1} than the one before it"
            if number == 1:
                kind, words = "replaced", "entry 1 is that of another log"
            self.faults.append(Fault(kind, max(number - 1, 1), number, start, end, f"{words}, byte {start}"))
        self.sequence, self.digest = number, digest
        self._seen(placed)

    def _note_missing(self, first: int, last: int, start: int) -> None:
        """Note what may yet turn up further down: one by one as far as anybody moves lines, the rest as one hole."""
        single = min(last, first + MOVED_LIMIT)
        for number in range(first, single):
            self._missing[number] = _Hole(number, start)
        self._missing[single] = _Hole(last, start)

    def _out_of_place(self, number: int, start: int, end: int) -> None:
        gone = self._missing.pop(number, None)
        if gone is None:
            words = f"entry {number}: stands a second time at byte {start}"
            self.faults.append(Fault("repeated", number, number, start, end, words))
            return
        if gone.last > number:
            self._missing[number + 1] = gone
        words = f"entry {number}: moved, from byte {gone.start} to byte {start}"
        self.faults.append(Fault("moved", number, number, start, end, words))

    def _tell_missing(self) -> None:
        runs: list[tuple[int, _Hole]] = []
        for number, hole in sorted(self._missing.items()):
            if runs and runs[-1][1].start == hole.start and runs[-1][1].last == number - 1:
                runs[-1] = (runs[-1][0], hole)
            else:
                runs.append((number, hole))
        self._missing.clear()
        for first, hole in runs:
            words = f"{_named(first, hole.last)}: missing, byte {hole.start}"
            self.faults.append(Fault("missing", first, hole.last, hole.start, hole.start, words))


@dataclass(frozen=True, slots=True)
class _Hole:
    """Entries that should stand at a byte: from the number that it is filed under to ``last``."""

    last: int
    start: int


def _named(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"the entries {first} to {last}"
