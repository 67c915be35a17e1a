"""Reads a pprof heap profile: who allocated how much since the program began, and what of it lives.

Source: runtime/pprof/protomem.go (writeHeapProto) and proto.go (emitLocation) write it; profile.proto describes it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goxray.core.errors import TargetError
from goxray.core.profile_proto import message_class

if TYPE_CHECKING:
    from collections.abc import Sequence

_GZIP = b"\x1f\x8b"
_ELF = b"\x7fELF"
_FIRST_TAGS = frozenset(b"\x0a\x12\x1a\x22\x2a\x32")
"""A profile begins with one of its message fields 1 to 6 (their tags, wire type 2)."""

_MOST = 1 << 30
_AT_ONCE = 1 << 20
_TEXT = b"heap profile:"
_WANTED = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")
_AGAIN = "take it again: curl -o heap.pb.gz http://HOST/debug/pprof/heap"


class BadProfile(TargetError):
    """The file is no heap profile, is cut off or damaged."""


@dataclass(frozen=True)
class Frame:
    """One function on a stack."""

    function: str
    file: str
    line: int


@dataclass(frozen=True)
class Location:
    """One place in the code: ``address`` lies in the call instruction; ``frames`` innermost first, inlined ones apart.

    ``mapping`` is the number of its mapping in the profile, -1 for none.
    """

    address: int
    mapping: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class Mapping:
    """A file that was mapped into the process: [start, limit) shows the file from ``offset`` on."""

    start: int
    limit: int
    offset: int
    filename: str
    build_id: str


@dataclass(frozen=True)
class Sample:
    """Allocations of one size from one stack: ``stack`` numbers locations, the innermost first.

    Figures are what the runtime scales its samples up to; ``size`` is the bytes of each object, 0 where not told.
    """

    stack: tuple[int, ...]
    alloc_objects: int
    alloc_bytes: int
    inuse_objects: int
    inuse_bytes: int
    size: int


@dataclass(frozen=True)
class HeapProfile:
    """A whole profile; ``seconds`` is what time its allocations cover, 0.0 for all since the program began.

    ``rate`` is how many bytes were allocated from one sample to the next on average, 0 where it is not told.
    """

    samples: tuple[Sample, ...]
    locations: tuple[Location, ...]
    mappings: tuple[Mapping, ...]
    seconds: float
    rate: int = 0

    def frames(self, sample: Sample) -> tuple[Frame, ...]:
        """Return a sample's stack as functions, the innermost first."""
        return tuple(frame for number in sample.stack for frame in self.locations[number].frames)


def may_be_profile(path: str) -> bool:
    """Return whether a file begins like a profile: packed, in plain protobuf, or in the text form (debug=1)."""
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except (OSError, ValueError):
        return False
    return head[:2] == _GZIP or head.startswith(_TEXT) or (head[:1] != b"" and head[0] in _FIRST_TAGS)


def read_profile(path: str) -> HeapProfile:
    """Read a heap profile from a file, packed by gzip or not.

    Raises:
        BadProfile: it is none, or is damaged; the message says which.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(_MOST)
    except OSError as error:
        raise BadProfile(f"cannot read {path}: {error.strerror}") from None
    return parse_profile(raw, path)


def parse_profile(raw: bytes, name: str) -> HeapProfile:
    """Take a heap profile apart; ``name`` is what messages call it.

    Raises:
        BadProfile: it is none, or is damaged.
    """
    from google.protobuf.message import DecodeError

    if raw[:2] == _GZIP:
        raw = _unpacked(raw, name)
    if raw.startswith(_TEXT):
        raise BadProfile(f"{name} is the text form of a heap profile", hint="take it without debug=1")
    if not raw:
        raise BadProfile(f"{name} is empty", hint=_AGAIN)
    try:
        message = message_class("Profile").FromString(raw)
    except DecodeError:
        raise BadProfile(f"{name} is no pprof profile, or is cut off", hint=_AGAIN) from None
    return _Reader(message, name).profile()


def _unpacked(raw: bytes, name: str) -> bytes:
    """Unpack gzip, one member after another, up to a sane size."""
    out = bytearray()
    while raw[:2] == _GZIP:
        engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            while not engine.eof:
                part = engine.decompress(raw, _AT_ONCE)
                raw = engine.unconsumed_tail
                out += part
                if len(out) > _MOST:
                    raise BadProfile(f"{name} unpacks to more than {_MOST >> 30} GiB: no heap profile is so large")
                if not part and not raw and not engine.eof:
                    raise BadProfile(f"{name} is cut off", hint=_AGAIN)
        except zlib.error:
            raise BadProfile(f"{name} is damaged: it does not unpack", hint=_AGAIN) from None
        raw = engine.unused_data
    return bytes(out)


class _Reader:
    """Follows the message's numbers into its tables; each may be wrong in a damaged file."""

    def __init__(self, message: Any, name: str) -> None:
        self._message = message
        self._name = name
        self._strings: Sequence[str] = message.string_table

    def profile(self) -> HeapProfile:
        message = self._message
        kinds = [self._string(kind.type) for kind in message.sample_type]
        places = self._places(kinds)
        mappings = tuple(
            Mapping(m.memory_start, m.memory_limit, m.file_offset, self._string(m.filename), self._string(m.build_id))
            for m in message.mapping
        )
        numbers = {m.id: place for place, m in enumerate(message.mapping)}
        functions = {f.id: (self._string(f.name), self._string(f.filename)) for f in message.function}
        locations = tuple(
            Location(at.address, numbers.get(at.mapping_id, -1), self._frames(at, functions)) for at in message.location
        )
        known = {location.id: place for place, location in enumerate(message.location)}
        samples = tuple(self._sample(sample, known, places, len(kinds)) for sample in message.sample)
        return HeapProfile(samples, locations, mappings, max(message.duration_nanos, 0) / 1e9, max(message.period, 0))

    def _places(self, kinds: list[str]) -> tuple[int, int, int, int]:
        missing = [kind for kind in _WANTED if kind not in kinds]
        if missing:
            has = ", ".join(kind for kind in kinds if kind) or "no values"
            raise BadProfile(f"{self._name} is no Go heap profile: it has {has[:80]}, not {missing[0]}", hint=_AGAIN)
        first, second, third, fourth = (kinds.index(kind) for kind in _WANTED)
        return first, second, third, fourth

    def _string(self, number: int) -> str:
        if not 0 <= number < max(len(self._strings), 1):
            raise self._damaged("a text")
        return self._strings[number] if self._strings else ""

    def _frames(self, location: Any, functions: dict[int, tuple[str, str]]) -> tuple[Frame, ...]:
        frames = []
        for line in location.line:
            if line.function_id not in functions:
                raise self._damaged("a function")
            frames.append(Frame(*functions[line.function_id], line.line))
        return tuple(frames)

    def _sample(self, sample: Any, known: dict[int, int], places: tuple[int, int, int, int], width: int) -> Sample:
        values = sample.value
        if len(values) != width:
            raise self._damaged("a value")
        figures = [values[place] for place in places]
        if any(figure < 0 for figure in figures):
            # A difference of two profiles (pprof -base) may hold them; nothing here could be said of it.
            raise BadProfile(f"{self._name} holds negative figures: it is a difference of profiles", hint=_AGAIN)
        try:
            stack = tuple(known[number] for number in sample.location_id)
        except KeyError:
            raise self._damaged("a place") from None
        size = next((label.num for label in sample.label if self._string(label.key) == "bytes"), 0)
        allocated, space, live, live_space = figures
        return Sample(stack, allocated, space, live, live_space, max(size, 0))

    def _damaged(self, what: str) -> BadProfile:
        return BadProfile(f"{self._name} is damaged: {what} that it names is not in it", hint=_AGAIN)
