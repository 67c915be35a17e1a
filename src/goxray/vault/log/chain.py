"""Writes the log: one line at a time, chained, synced, marked.

A log is a directory with ``entries.jsonl``, which only ever grows (it may carry the file system's append-only
attribute), ``mark`` (``goxray.vault.log.mark``) and ``lock``. An entry counts as written when the mark stands behind
it. What a crash leaves behind the mark is looked at by the next writer: whole entries stay; a torn line stays where
it is too, is closed with ``#`` and a newline, and the entry behind it tells where it is, how long, and its digest.
Nothing is cut away and nothing is healed unsaid.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from goxray.core.errors import BadLog, UsageError
from goxray.vault import clock, signed, sm3, store
from goxray.vault.canonical import Json
from goxray.vault.clock import TOLERATED_NS, Clock, Reading, Step
from goxray.vault.log import mark as marks
from goxray.vault.log.entry import (
    CREATED,
    HEAD,
    MARK_LOST,
    OWN,
    TORN,
    Entry,
    Event,
    Line,
    birth,
    check,
    from_line,
    to_line,
)
from goxray.vault.log.mark import Mark
from goxray.vault.log.walk import MAX_GAP, SEPARATOR, Placed, Torn, Walker
from goxray.vault.signed import Signer
from goxray.vault.sm2 import DEFAULT_ID

ENTRIES, MARK, LOCK = "entries.jsonl", "mark", "lock"
HEAD_KIND = "log head"
INTERVAL = 64
"""After how many entries a head is signed where nobody says otherwise."""

_HINT = "`goxray vault log verify` says where; keep the directory as it is, it is evidence"


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of an event.

    ``line`` is its entry; ``head`` the signed head behind it, if one was due; ``torn`` the torn line that the writer
    before left, now told of in the log; ``step`` says that the clock was set since the entry before; ``mark_lost`` that
    the mark was gone and the whole log was gone through.
    """

    line: Line
    head: dict[str, Json] | None
    torn: Torn | None
    step: Step | None
    mark_lost: bool


@dataclass(slots=True)
class _State:
    """Where the log stands while somebody writes: ``mark`` is behind ``last``."""

    mark: Mark
    last: Reading | None
    size: int
    torn: Torn | None = None
    mark_lost: bool = False
    marked: bool = True


@dataclass(frozen=True, slots=True)
class _Files:
    entries: int
    mark: int


@dataclass(frozen=True)
class Log:
    """A log that is written to.

    ``signer`` signs a head after every ``interval`` entries, and whenever it is asked to; without one the log is
    chained alone. ``log_id``, where it is known, must be that of the log that stands there.
    """

    place: Path
    signer: Signer | None = None
    signer_id: bytes = DEFAULT_ID
    interval: int = INTERVAL
    log_id: str = ""
    clock: Clock = field(default=clock.now)
    tolerated_ns: int = TOLERATED_NS

    def append(self, event: Event, *, sign: bool = False) -> Appended:
        """Write an event, wait until it is on the disk, and return its entry; with ``sign`` a signed head follows.

        Any number of processes and threads may do so at once; each waits for its turn.

        Raises:
            BadLog: The end of the log is not what was written last, or the disk does not take more.
            UsageError: The event cannot be told, or a head is asked for without a signer.
        """
        if event.what in OWN:
            raise UsageError(f"{event.what!r} is a word that the log keeps for itself")
        check(event)
        if sign and self.signer is None:
            raise UsageError("a head of the log needs a key to be signed with")
        with store.locked(self.place / LOCK), self._files() as files:
            try:
                return self._append(files, event, sign=sign)
            except OSError as error:
                raise BadLog(
                    f"cannot write the log in {self.place}: {error.strerror}",
                    hint="what was not told to be done is not",
                ) from error

    @contextmanager
    def _files(self) -> Iterator[_Files]:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        opened: list[int] = []
        try:
            try:
                for name, more in ((MARK, 0), (ENTRIES, os.O_APPEND)):
                    opened.append(os.open(self.place / name, flags | more, 0o600))
                store.sync_directory(self.place)
            except OSError as error:
                raise BadLog(f"cannot open the log in {self.place}: {error.strerror}") from error
            yield _Files(opened[1], opened[0])
        finally:
            for number in opened:
                os.close(number)

    def _append(self, files: _Files, event: Event, *, sign: bool) -> Appended:
        state = _recovered(files, self.log_id)
        now = self.clock()
        step = clock.step(state.last, now, self.tolerated_ns) if state.last is not None else None
        _tell(files, state, now, event.who)
        if state.mark_lost:
            _write(files, state, now, [Event(event.who, MARK_LOST, "found")])
        elif not state.marked:
            marks.write(files.mark, state.mark)
        head: dict[str, Json] | None = None
        events = [event]
        if self.signer is not None and (sign or state.mark.sequence + 1 - state.mark.head >= self.interval):
            _, line = _made(state.mark.sequence, state.mark.digest, now, event)
            head = self._head(self.signer, state.mark.log_id, line, now)
            events.append(Event(event.who, HEAD, "ok", line.digest, {"head": head}))
        line = _write(files, state, now, events)[0]
        return Appended(line, head, state.torn, step, state.mark_lost)

    def _head(self, signer: Signer, log_id: str, line: Line, now: Reading) -> dict[str, Json]:
        payload: dict[str, Json] = {
            "at": clock.text(now.wall_ns),
            "digest": line.digest,
            "log": log_id,
            "sequence": line.entry.sequence,
        }
        return signed.sign(HEAD_KIND, payload, signer, self.signer_id)


def _tell(files: _Files, state: _State, now: Reading, who: str) -> None:
    """Write what a new log begins with, and what the writer before left torn; both in one entry where it is both."""
    torn = state.torn
    detail: dict[str, Json] = {} if torn is None else {"start": torn.start, "bytes": torn.end - torn.start}
    digest, before = ("", b"") if torn is None else (torn.digest, SEPARATOR)
    if not state.mark.sequence:
        detail |= {"log": state.mark.log_id, "format": 1}
        _write(files, state, now, [Event(who, CREATED, "ok", digest, detail)], before)
    elif torn is not None:
        _write(files, state, now, [Event(who, TORN, "found", digest, detail)], before)


def _made(sequence: int, previous: str, now: Reading, event: Event) -> tuple[bytes, Line]:
    entry = Entry(sequence + 1, previous, now, event)
    raw, digest = to_line(entry)
    return raw, Line(entry, digest)


def _write(files: _Files, state: _State, now: Reading, events: list[Event], before: bytes = b"") -> list[Line]:
    """Write entries one by one, each synced before the mark moves behind it.

    All lines are made before the first is written: an event that the log cannot take leaves nothing behind.
    """
    made = []
    sequence, previous = state.mark.sequence, state.mark.digest
    for event in events:
        raw, line = _made(sequence, previous, now, event)
        sequence, previous = line.entry.sequence, line.digest
        made.append((raw, line))
    for raw, line in made:
        _put(files.entries, before + raw)
        start = state.size + len(before)
        state.size = start + len(raw)
        before = b""
        head = line.entry.sequence if line.entry.event.what == HEAD else state.mark.head
        state.mark = Mark(state.mark.log_id, line.entry.sequence, line.digest, start, state.size, head)
        marks.write(files.mark, state.mark)
    return [line for _, line in made]


def _put(number: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(number, left) :]
    os.fsync(number)


def _recovered(files: _Files, log_id: str) -> _State:
    """Find where the log stands, from its mark and what follows it.

    Raises:
        BadLog: The log is not as it was left: then nothing is written.
    """
    size = os.fstat(files.entries).st_size
    mark = marks.read(files.mark)
    if mark is None and not size:
        mark = Mark(log_id or secrets.token_hex(16), 0, "", 0, 0, 0)
        mark = Mark(mark.log_id, 0, birth(mark.log_id), 0, 0, 0)
        marks.write(files.mark, mark)
    if mark is not None and log_id and mark.log_id != log_id:
        raise BadLog("this is the log of another vault, or the mark of another log", hint=_HINT)
    if mark is not None and size < mark.end:
        words = f"the log was cut off: it ends at byte {size} and was written to byte {mark.end}"
        raise BadLog(f"{words}, entry {mark.sequence}", hint=_HINT)
    return _walked(files, size, mark, log_id)


def _walked(files: _Files, size: int, mark: Mark | None, log_id: str) -> _State:
    found: list[Placed] = []
    heads: list[int] = []

    def seen(placed: Placed) -> None:
        found[:] = [placed]
        if placed.line.entry.event.what == HEAD:
            heads[:] = [placed.line.entry.sequence]

    walker = Walker(mark.log_id if mark is not None else log_id, seen)
    if mark is not None and mark.sequence:
        found.append(_last(files.entries, mark))
        walker.start_from(mark.sequence, mark.digest, mark.end)
    with os.fdopen(os.dup(files.entries), "rb") as file:
        file.seek(walker.at)
        gap = walker.walk(file)
    if walker.faults:
        raise BadLog(f"the log was changed: {walker.faults[0].words}", hint=_HINT)
    is_line = gap.endswith(b"\n") and not gap.endswith(SEPARATOR)
    if len(gap) >= MAX_GAP or (mark is None and is_line) or not walker.log_id:
        raise BadLog(f"the log was changed: what stands at byte {size - len(gap)} is no entry", hint=_HINT)
    torn = Torn(size - len(gap), size, sm3.digest(gap).hex(), told=True) if gap else None
    head = heads[0] if heads else (mark.head if mark is not None else 0)
    start, end = (found[0].start, found[0].end) if found else (0, 0)
    now = Mark(walker.log_id, walker.sequence, walker.digest, start, end, head)
    last = found[0].line.entry.at if found else None
    return _State(now, last, size, torn, mark_lost=mark is None, marked=now == mark)


def _last(number: int, mark: Mark) -> Placed:
    raw = os.pread(number, mark.end - mark.start, mark.start)
    try:
        line = from_line(raw)
    except BadLog as error:
        raise BadLog(
            f"entry {mark.sequence}, bytes {mark.start} to {mark.end}, was changed: {error}", hint=_HINT
        ) from None
    if (line.entry.sequence, line.digest) != (mark.sequence, mark.digest):
        raise BadLog(f"what stands at byte {mark.start} is not entry {mark.sequence} as it was written", hint=_HINT)
    return Placed(line, mark.start, mark.end)
