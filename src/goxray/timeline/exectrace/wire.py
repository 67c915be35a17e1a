"""The wire format of execution traces: a header, and batches that say their generation, thread and time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goxray.core.errors import TargetError
from goxray.timeline.exectrace.formats import (
    CLOCK_SNAPSHOT,
    CPU_SAMPLES,
    END_OF_GENERATION,
    EVENT_BATCH,
    EXPERIMENTAL_BATCH,
    FORMATS,
    FREQUENCY,
    MAX_BATCH,
    OLD_FORMATS,
    STACKS,
    STRING,
    STRINGS,
    SYNC,
    Format,
)

if TYPE_CHECKING:
    import os

_HEADER = re.compile(rb"go 1\.(\d{1,3}) trace\x00\x00\x00")
_HEADER_BYTES = 16
_AGAIN = "take it again with runtime/trace, go test -trace or /debug/pprof/trace?seconds=5"
_LONGEST_NUMBER = 10
_FARTHEST = 1 << 62
_NO_THREAD = -1


class BadTrace(TargetError):
    """The file is no execution trace of Go 1.22 or later, or nothing of it can be read."""


@dataclass(frozen=True)
class Batch:
    """A batch of events: bytes ``start`` to ``end`` of the file, written by ``thread``; ``units`` is its first time."""

    thread: int
    units: int
    start: int
    end: int


@dataclass
class Generation:
    """What belongs together: batches of events in the file's order, and what they refer to.

    ``clock`` is (units, CLOCK_MONOTONIC in ns, wall clock in ns) at one moment, from Go 1.25 on. ``whole`` is False
    where the file ends, or stops making sense, before the generation does.
    """

    number: int
    batches: list[Batch] = field(default_factory=list)
    strings: dict[int, str] = field(default_factory=dict)
    units_per_second: int = 0
    clock: tuple[int, int, int] | None = None
    whole: bool = True


@dataclass(frozen=True)
class WireTrace:
    """A trace taken apart: its format's number, its generations, and notes on what could not be read."""

    data: bytes
    number: int
    generations: tuple[Generation, ...]
    notes: tuple[str, ...]

    @property
    def format(self) -> Format:
        """Return the format."""
        return FORMATS[self.number]


class Damage(Exception):
    """Bytes that make no sense; ``args[0]`` says which. Caught in this room."""


def read_wire(path: str | os.PathLike[str]) -> WireTrace:
    """Take a trace apart.

    Raises:
        BadTrace: the file cannot be read, is no execution trace, is of Go 1.21 or older, of a format that nobody knows
            yet, or has not one batch.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise BadTrace(f"cannot read {path}: {error.strerror}") from None
    number = _format_number(path, data)
    reader = _Reader(data, FORMATS[number])
    reader.run()
    if not reader.generations:
        raise BadTrace(f"{path} holds no events: {'; '.join(reader.notes) or 'it ends after its header'}", hint=_AGAIN)
    return WireTrace(data, number, tuple(reader.generations), tuple(reader.notes))


def is_trace(head: bytes) -> bool:
    """Return whether a file that begins with these 16 bytes or more is an execution trace of any Go version."""
    return _HEADER.match(head) is not None


def _format_number(path: str | os.PathLike[str], data: bytes) -> int:
    header = _HEADER.match(data)
    if header is None:
        raise BadTrace(f"{path} is no Go execution trace", hint=_AGAIN)
    number = int(header[1])
    if number in OLD_FORMATS:
        raise BadTrace(
            f"{path} is an execution trace of Go 1.{number}'s format; goxray reads those of Go 1.22 and later",
            hint="take it from a program that is built with Go 1.22 or later",
        )
    if number not in FORMATS:
        raise BadTrace(f"{path} is an execution trace of format 1.{number}, which this goxray does not know")
    return number


def number_at(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return an unsigned LEB128 number and where it ends.

    Raises:
        Damage: it does not end before ``end``, or within ten bytes, or is over 64 bits.
    """
    value = shift = 0
    while at < end and shift < 7 * _LONGEST_NUMBER:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >> 64:
                raise Damage(f"a number of more than 64 bits at byte {at:,}")
            return value, at
        shift += 7
    raise Damage(f"a number without end at byte {at:,}")


class _Reader:
    """Goes through a file batch by batch."""

    def __init__(self, data: bytes, trace_format: Format) -> None:
        self._data = data
        self._format = trace_format
        self._at = _HEADER_BYTES
        self._open: Generation | None = None
        self.generations: list[Generation] = []
        self.notes: list[str] = []

    def run(self) -> None:
        """Read until the end of the file or until nothing makes sense any more."""
        while self._at < len(self._data):
            start = self._at
            try:
                self._batch()
            except Damage as damage:
                left = len(self._data) - start
                self.notes.append(f"the last {left:,} bytes, from byte {start:,} on, cannot be read: {damage}")
                self._cut()
                return
        if self._open is not None and (self._format.marks_ends or not self._open.units_per_second):
            self.notes.append(f"the trace was cut off before the end of generation {self._open.number}")
            self._cut()

    def _cut(self) -> None:
        if self._open is not None:
            self._open.whole = False

    def _batch(self) -> None:
        data, end = self._data, len(self._data)
        kind, at = data[self._at], self._at + 1
        if kind == END_OF_GENERATION and self._format.marks_ends:
            self._open, self._at = None, at
            return
        experiment = kind == EXPERIMENTAL_BATCH and self._format.experiments
        if kind != EVENT_BATCH and not experiment:
            raise Damage(f"no batch begins with {kind}")
        at += experiment
        number, at = number_at(data, at, end)
        thread, at = number_at(data, at, end)
        units, at = number_at(data, at, end)
        size, at = number_at(data, at, end)
        if size > MAX_BATCH:
            raise Damage(f"a batch of {size:,} bytes, where {MAX_BATCH:,} is the most")
        if units >= _FARTHEST:
            raise Damage("a time that no clock has")
        if number == 0:
            raise Damage("a batch of no generation")
        if at + size > end:
            raise Damage(f"a batch of {size:,} bytes is cut off after {end - at:,}")
        generation = self._generation(number)
        self._at = at + size
        if not experiment and size:
            self._content(generation, Batch(thread if thread < _FARTHEST else _NO_THREAD, units, at, at + size))

    def _generation(self, number: int) -> Generation:
        if self._open is None or self._open.number != number:
            if any(generation.number == number for generation in self.generations):
                raise Damage(f"generation {number} comes back")
            if self._open is not None and self._format.marks_ends:
                raise Damage(f"generation {number} begins before {self._open.number} ends")
            self._open = Generation(number)
            self.generations.append(self._open)
        return self._open

    def _content(self, generation: Generation, batch: Batch) -> None:
        kind = self._data[batch.start]
        if kind == STRINGS:
            self._strings(generation, batch)
        elif kind == self._format.sync:
            self._sync(generation, batch)
        elif kind not in (STACKS, CPU_SAMPLES):
            generation.batches.append(batch)

    def _strings(self, generation: Generation, batch: Batch) -> None:
        data, at = self._data, batch.start + 1
        while at < batch.end:
            if data[at] != STRING:
                raise Damage(f"{data[at]} among strings")
            key, at = number_at(data, at + 1, batch.end)
            size, at = number_at(data, at, batch.end)
            if at + size > batch.end:
                raise Damage("a string is longer than its batch")
            generation.strings[key] = data[at : at + size].decode("utf-8", "replace")
            at += size

    def _sync(self, generation: Generation, batch: Batch) -> None:
        """Read what the clock's units are (EvFrequency), and from 1.25 on where it stood (EvClockSnapshot)."""
        data, at, units = self._data, batch.start + (self._format.sync == SYNC), batch.units
        while at < batch.end:
            kind = data[at]
            if kind == FREQUENCY:
                generation.units_per_second, at = number_at(data, at + 1, batch.end)
            elif kind == CLOCK_SNAPSHOT and self._format.sync == SYNC:
                later, at = number_at(data, at + 1, batch.end)
                mono, at = number_at(data, at, batch.end)
                seconds, at = number_at(data, at, batch.end)
                nanoseconds, at = number_at(data, at, batch.end)
                units += later
                generation.clock = (units, mono, seconds * 10**9 + nanoseconds)
            else:
                raise Damage(f"{kind} in a batch about the clock")
