"""Reads the text form of profiles, which Go writes for debug=1 and wrote before it had protobuf.

Source: runtime/pprof/pprof.go (writeHeapInternal, printCountProfile, writeProfileInternal, printStackRecord). The
comments behind each stack name its functions, which ``go tool pprof`` does not read: it asks the executable.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np

from goxray.timeline.pprof.maps_text import SENTINELS, mapped, mappings_of
from goxray.timeline.pprof.profile import (
    BadProfile,
    Function,
    Labels,
    Lists,
    Locations,
    Mapping,
    Profile,
    ValueType,
)

_HEAP = re.compile(
    r"heap profile: *(-?\d+): *(-?\d+) *\[ *(-?\d+): *(-?\d+) *\] *@ *"
    r"(heap[_a-z0-9]*|growthz?|fragmentationz?)(?:/(\d*))?\s*"
)
_HEAP_SAMPLE = re.compile(r"(-?\d+): *(-?\d+) *\[ *(-?\d+): *(-?\d+) *\] *@((?: *0x[0-9a-f]+)*)\s*")
_COUNT = re.compile(r"(\S+) profile: total (\d+)\s*")
_COUNT_SAMPLE = re.compile(r"(\d+) @((?: *0x[0-9a-f]+)*)\s*")
_CONTENTION = re.compile(r"--- (mutex|contention|contentionz \d+):?(?: ---)?\s*")
_CONTENTION_SAMPLE = re.compile(r"(\d+) *(\d+) @((?: *0x[0-9a-f]+)*)\s*")
_ADDRESS = re.compile(r"0x([0-9a-f]{1,16})")
_STATS = re.compile(r"# (\w+) = (-?\d+)(?: / (-?\d+))?\s*")
_LABELS = "# labels: "
_DUMP = re.compile(rb"goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[")
_STARTS = (b"heap profile:", b"--- mutex:", b"--- contention:", b"--- contentionz ")
_COUNT_START = re.compile(rb"[A-Za-z][^\s\x00-\x1f]{0,40} profile: total \d")
_MOST_DIGITS = 19
_LARGEST = 1 << 63
_MOST = 256 << 20
_AGAIN = "take it again, without debug=1"

Thing = TypeVar("Thing", bound=Hashable)


def is_text(head: bytes) -> bool:
    """Return whether a file that begins like this is a profile in the text form, or the goroutine dump of debug=2."""
    return head.startswith(_STARTS) or _COUNT_START.match(head) is not None or _DUMP.match(head) is not None


def parse(raw: bytes | bytearray, name: str) -> Profile:
    """Take a profile in the text form apart; ``name`` is what messages call it.

    Raises:
        BadProfile: it is damaged, or is a dump of stacks.
    """
    if _DUMP.match(raw):
        raise BadProfile(
            f"{name} is the dump of all goroutines' stacks (debug=2), no profile", hint="take debug=1 or 0"
        )
    if len(raw) > _MOST:
        raise BadProfile(f"{name} has more than {_MOST >> 20} MiB of text: no profile is so large", hint=_AGAIN)
    lines = raw.decode("utf-8", "replace").splitlines()
    reader = _Reader(name, lines)
    for pattern, read in ((_HEAP, _heap), (_COUNT, _count), (_CONTENTION, _contention)):
        head = pattern.fullmatch(lines[0])
        if head is not None:
            return read(reader, head)
    raise BadProfile(f"{name} is damaged: its first line is not one of a profile", hint=_AGAIN)


@dataclass
class _Reader:
    """Collects what the lines tell."""

    name: str
    lines: list[str]
    values: list[tuple[int, ...]] = field(default_factory=list)
    stacks: list[list[int]] = field(default_factory=list)
    labels: list[list[tuple[str, str, int]]] = field(default_factory=list)
    named: dict[int, list[tuple[str, str, int]]] = field(default_factory=dict)
    stats: dict[str, int] = field(default_factory=dict)
    mappings: tuple[Mapping, ...] = ()

    def damaged(self, number: int) -> BadProfile:
        """Return the error that line ``number``, from 0, is not what it should be."""
        last = " (it is the last line: the file is cut off)" if number == len(self.lines) - 1 else ""
        return BadProfile(f"{self.name} is damaged: line {number + 1} is no sample of a profile{last}", hint=_AGAIN)

    def samples(self, pattern: re.Pattern[str], first: int = 1) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield the samples' lines from line ``first`` on; comments are read on the way."""
        for number, line in enumerate(self.lines[first:], first):
            text = line.strip()
            if text.startswith(SENTINELS):
                self.mappings = mappings_of(self.lines[number + 1 :])
                return
            if text.startswith("#"):
                self._comment(line)
            elif text:
                found = pattern.fullmatch(text)
                if found is None or any(len(part) > _MOST_DIGITS for part in found.groups()[:-1]):
                    raise self.damaged(number)
                yield number, found

    def whole(self, counted: int, promised: str) -> None:
        """Compare the samples' counts with what the first line says; fewer of them mean that some are missing.

        Raises:
            BadProfile: some are.
        """
        if len(promised) <= _MOST_DIGITS and counted < int(promised):
            raise BadProfile(
                f"{self.name} is cut off: its samples count {counted:,} of the {int(promised):,} that it begins with",
                hint=_AGAIN,
            )

    def add(self, values: tuple[int, ...], addresses: str, size: int = 0) -> None:
        """Add a sample; addresses are those after the calls, as everywhere in this form.

        Raises:
            BadProfile: a figure is larger than any profile's, or an address is none.
        """
        if any(abs(value) >= _LARGEST for value in values):
            raise BadProfile(f"{self.name} is damaged: it has a figure of more than 63 bits", hint=_AGAIN)
        try:
            stack = [(int(word, 16) - 1) % (1 << 64) for word in addresses.split()]
        except ValueError:
            told = f"{self.name} is damaged: {addresses.strip()[:80]!r} are no addresses"
            raise BadProfile(told, hint=_AGAIN) from None
        self.values.append(values)
        self.stacks.append(stack)
        self.labels.append([("bytes", "", size)] if size else [])

    def _comment(self, line: str) -> None:
        frame = _frame_of(line)
        if frame is not None:
            self._frame(*frame)
        elif line.startswith(_LABELS) and self.labels:
            self.labels[-1] += _labels(line[len(_LABELS) :])
        else:
            figure = _STATS.fullmatch(line.strip())
            if figure is not None and len(figure[2]) <= _MOST_DIGITS:
                self._stat(figure)

    def _frame(self, address: int, frame: tuple[str, str, int]) -> None:
        """Name a place: the comment has the address of the call or that behind it, by Go version."""
        stack = self.stacks[-1] if self.stacks else []
        place = next((at for at in (address, address - 1) if at in stack), None)
        if place is not None:
            known = self.named.setdefault(place, [])
            if frame not in known:
                known.append(frame)

    def _stat(self, figure: re.Match[str]) -> None:
        if figure[3] is None:
            self.stats[figure[1]] = int(figure[2])
        else:
            self.stats[f"{figure[1]}Inuse"], self.stats[f"{figure[1]}Sys"] = int(figure[2]), int(figure[3])

    def profile(
        self, types: tuple[ValueType, ...], period_type: ValueType, period: int, *, hides: bool = True
    ) -> Profile:
        """Return the profile that was collected; ``hides`` says that comments leave the runtime's frames out."""
        values = np.array(self.values or np.zeros((0, len(types))), np.int64)
        strings = _Numbers("")
        labels = [(strings.of(k), strings.of(t), n, 0) for row in self.labels for k, t, n in row]
        stacks, locations, functions = self._places()
        return Profile(
            types=types,
            values=values,
            stacks=stacks,
            labels=Labels(_starts(self.labels), *np.array(labels, np.int64).reshape(-1, 4).T),
            locations=locations,
            functions=functions,
            mappings=self.mappings or (Mapping(0, (1 << 64) - 1, 0, "", ""),),
            strings=tuple(strings.known),
            period_type=period_type,
            period=period,
            form="text",
            hides_runtime=hides,
            mem_stats=self.stats,
        )

    def _places(self) -> tuple[Lists, Locations, tuple[Function, ...]]:
        """Number the places and their functions."""
        addresses: _Numbers[int] = _Numbers()
        functions: _Numbers[tuple[str, str]] = _Numbers()
        numbers = [addresses.of(address) for stack in self.stacks for address in stack]
        frames = [self.named.get(address, []) for address in addresses.known]
        lines = [functions.of((name, file)) for row in frames for name, file, _ in row]
        locations = Locations(
            address=np.array(addresses.known, np.uint64),
            mapping=mapped(np.array(addresses.known, np.uint64), self.mappings)
            if self.mappings
            else np.zeros(len(frames), np.int32),
            lines=Lists(_starts(frames), np.array(lines, np.int32)),
            line=np.array([line for row in frames for _, _, line in row], np.int64),
            folded=np.zeros(len(frames), np.bool_),
        )
        stacks = Lists(_starts(self.stacks), np.array(numbers, np.int32))
        return stacks, locations, tuple(Function(name, name, file, 0) for name, file in functions.known)


def _frame_of(line: str) -> tuple[int, tuple[str, str, int]] | None:
    """Read a comment that names a place: its address, and function, file and line; fields have tabs between them."""
    fields = [field for field in line.strip().split("\t") if field]
    address = _ADDRESS.fullmatch(fields[1]) if len(fields) == 4 and fields[0] == "#" else None
    if address is None:
        return None
    name = fields[2].rpartition("+0x")[0]
    file, _, number = fields[3].rpartition(":")
    return (int(address[1], 16), (name, file, int(number[-9:]))) if name and number.isdecimal() else None


class _Numbers(Generic[Thing]):
    """Numbers things in the order in which they are met."""

    def __init__(self, *first: Thing) -> None:
        self.known: list[Thing] = list(first)
        self._at: dict[Thing, int] = {thing: at for at, thing in enumerate(first)}

    def of(self, thing: Thing) -> int:
        """Return the number of a thing."""
        at = self._at.get(thing)
        if at is None:
            at = self._at[thing] = len(self.known)
            self.known.append(thing)
        return at


def _starts(rows: list[list[int]] | list[list[tuple[str, str, int]]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([0, *accumulate(map(len, rows))], np.int64)


def _labels(text: str) -> list[tuple[str, str, int]]:
    """Read the labels of a goroutine, a JSON object of texts."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return (
        [(key, value, 0) for key, value in found.items() if isinstance(value, str)] if isinstance(found, dict) else []
    )


def _heap(reader: _Reader, head: re.Match[str]) -> Profile:
    """Scale samples up as go tool pprof does: the text has what was sampled, and twice the rate behind ``heap/``."""
    rate = int((head[6] or "0")[:_MOST_DIGITS] or 0)
    scaled = head[5] in ("heap", "heap_v2", "heapz_v2")
    rate = rate // 2 if head[5] == "heap" else rate if scaled else 1
    both = _tells_allocations(head)
    counted = 0
    for number, sample in reader.samples(_HEAP_SAMPLE):
        live, live_bytes, made, made_bytes = (int(sample[at]) for at in range(1, 5))
        counted += live
        size = 0
        values: list[int] = []
        for count, space in ([(made, made_bytes)] if both else []) + [(live, live_bytes)]:
            if count == 0 and space != 0:
                raise reader.damaged(number)
            if count:
                size = abs(space) // abs(count)
            values += scale(count, space, rate) if scaled else (count, space)
        reader.add(tuple(values), sample[5], size)
    if scaled:
        reader.whole(counted, head[1])
    if reader.named and not reader.stats:
        raise BadProfile(
            f"{reader.name} is cut off: runtime.MemStats, with which Go ends it, is not there", hint=_AGAIN
        )
    kinds = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space") if both else ("objects", "space")
    types = tuple(ValueType(kind, "bytes" if kind.endswith("space") else "count") for kind in kinds)
    return reader.profile(types, ValueType("space", "bytes"), rate)


def _tells_allocations(head: re.Match[str]) -> bool:
    """Whether a heap profile has figures of what was allocated that differ from those of what lives."""
    told = any(head[at] not in (head[at - 2], "0") for at in (3, 4))
    return head[5].startswith("heap") and told


def scale(count: int, size: int, rate: int) -> tuple[int, int]:
    """Return objects and bytes that stand behind a sample: one of size s is sampled with 1 - exp(-s/rate)."""
    if count == 0 or size == 0:
        return 0, 0
    if rate <= 1:
        return count, size
    factor = 1 / -math.expm1(-(size / count) / rate) if size / count > 0 else 1.0
    return int(count * factor), int(size * factor)


def _count(reader: _Reader, head: re.Match[str]) -> Profile:
    """Goroutine, threadcreate and a program's own profiles: how often each stack is there."""
    for _, sample in reader.samples(_COUNT_SAMPLE):
        reader.add((int(sample[1]),), sample[2])
    reader.whole(sum(row[0] for row in reader.values), head[2])
    kind = ValueType(head[1], "count")
    return reader.profile((kind,), kind, 1)


def _contention(reader: _Reader, head: re.Match[str]) -> Profile:
    """Mutex and block profiles: cycles and times, with the cycles of a second and the sampling period before them."""
    told = {"cycles/second": 0, "sampling period": 1}
    first = 1
    for line in reader.lines[1:]:
        key, equals, value = line.partition("=")
        if not equals or "@" in line:
            break
        first += 1
        if key.strip() in told and value.strip().isdecimal() and len(value.strip()) <= _MOST_DIGITS:
            told[key.strip()] = int(value)
    period, speed = told["sampling period"], told["cycles/second"]
    for _, sample in reader.samples(_CONTENTION_SAMPLE, first):
        cycles, times = int(sample[1]), int(sample[2])
        if period > 0:
            cycles = int(cycles * float(period) / (speed / 1e9)) if speed > 0 else cycles
            times *= period
        reader.add((times, cycles), sample[3])
    types = (ValueType("contentions", "count"), ValueType("delay", "nanoseconds"))
    return reader.profile(types, types[0], period, hides=False)
