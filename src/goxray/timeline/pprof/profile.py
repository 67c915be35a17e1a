"""A profile as arrays: samples, their stacks as numbers of locations, and what the locations are called.

Source: profile.proto describes it; runtime/pprof (proto.go, protomem.go) says what Go's runtime fills in.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import TargetError

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]

HEAP_TYPES = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")
"""What Go's heap and allocs profiles hold (runtime/pprof/protomem.go, writeHeapProto)."""


class BadProfile(TargetError):
    """The file is no profile, is cut off or damaged."""


class ValueType(NamedTuple):
    """What one figure of each sample counts (``inuse_space``), and in what (``bytes``)."""

    type: str
    unit: str


class Frame(NamedTuple):
    """One function on a stack."""

    function: str
    file: str
    line: int


class Function(NamedTuple):
    """A function: its name for people, the linker's name, its file and its first line (0: not told)."""

    name: str
    system_name: str
    file: str
    start_line: int


@dataclass(frozen=True)
class Mapping:
    """A file that was mapped into the process: [start, limit) shows the file from ``offset`` on."""

    start: int
    limit: int
    offset: int
    filename: str
    build_id: str


@dataclass(frozen=True)
class Lists:
    """Lists of numbers, one behind another: list ``i`` is ``items[starts[i]:starts[i + 1]]``.

    ``starts`` is int64[N + 1], ``items`` int32.
    """

    starts: I64
    items: I32

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> I64:
        """How long each list is, int64[N]."""
        return np.diff(self.starts)

    def of(self, number: int) -> list[int]:
        """Return one list."""
        items: list[int] = self.items[self.starts[number] : self.starts[number + 1]].tolist()
        return items

    def take(self, chosen: I64) -> Lists:
        """Return some of the lists in a new order."""
        lengths = self.lengths[chosen]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        inside = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Lists(starts, self.items[np.repeat(self.starts[chosen], lengths) + inside])


@dataclass(frozen=True)
class Labels:
    """The labels of all samples: sample ``i`` has those from ``starts[i]`` to ``starts[i + 1]``.

    ``key``, ``text`` and ``unit`` number strings (int64[L]); ``text`` is 0 for a label with a figure, ``figure``.
    """

    starts: I64
    key: I64
    text: I64
    figure: I64
    unit: I64


@dataclass(frozen=True)
class Locations:
    """Places in the code: ``address`` (uint64[L]) lies in the call instruction, ``mapping`` (int32[L], -1: none).

    ``lines`` says which functions each place belongs to, numbers of functions, the innermost first: more than one
    where calls were inlined; ``line`` (int64, as long as ``lines.items``) is the line in each. ``folded`` is of
    pprof's own making and only tells places apart.
    """

    address: U64
    mapping: I32
    lines: Lists
    line: I64
    folded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.address)


@dataclass(frozen=True)
class Profile:
    """A whole profile.

    ``values`` is int64[samples, types]: the figures as the writer scaled them up, negative in a difference.
    ``stacks`` numbers the locations of each sample, the innermost first. ``form`` is ``protobuf``, ``text`` (the form
    of debug=1, whose heap profiles end with ``mem_stats``) or ``binary``. With ``hides_runtime`` the stacks hold the
    runtime's places at their tops, which have no name or that of another stack's comment. ``period`` is, for a heap
    profile, how many bytes were allocated from one sample to the next on average. ``duration_ns`` is 0 for everything
    since the program began.
    """

    types: tuple[ValueType, ...]
    values: I64
    stacks: Lists
    labels: Labels
    locations: Locations
    functions: tuple[Function, ...]
    mappings: tuple[Mapping, ...]
    strings: tuple[str, ...] = ("",)
    period_type: ValueType = ValueType("", "")
    period: int = 0
    time_ns: int = 0
    duration_ns: int = 0
    default_type: str = ""
    comments: tuple[str, ...] = ()
    drop_frames: str = ""
    keep_frames: str = ""
    form: str = "protobuf"
    hides_runtime: bool = False
    mem_stats: Dictionary[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def seconds(self) -> float:
        """What time the samples cover, 0.0 for all since the program began."""
        return max(self.duration_ns, 0) / 1e9

    @property
    def rate(self) -> int:
        """The heap profile's sampling rate in bytes, 0 where it is not told."""
        return max(self.period, 0)

    @property
    def is_heap(self) -> bool:
        """Whether it holds what Go's heap profiles hold."""
        return all(self.column(kind) is not None for kind in HEAP_TYPES)

    @property
    def heap_columns(self) -> tuple[int, int, int, int]:
        """The columns of HEAP_TYPES; only where :attr:`is_heap` holds."""
        first, second, third, fourth = (self.column(kind) for kind in HEAP_TYPES)
        if first is None or second is None or third is None or fourth is None:
            raise ValueError("no heap profile")
        return first, second, third, fourth

    @property
    def default_column(self) -> int:
        """The type to show where nobody says: the one that the profile names, else the last one."""
        found = self.column(self.default_type) if self.default_type else None
        return len(self.types) - 1 if found is None else found

    def column(self, name: str) -> int | None:
        """Return the column of a type; old heap profiles have ``space`` for ``inuse_space``."""
        old = name.removeprefix("inuse_")
        return next((at for at, kind in enumerate(self.types) if kind.type in (name, old)), None)

    def sums(self) -> list[int]:
        """Return the sum of each type over all samples."""
        return [int(total) for total in self.values.sum(axis=0)]

    def totals(self) -> list[int]:
        """Return what ``go tool pprof`` calls the total of each type: the sum of the samples' absolute figures."""
        return [int(total) for total in np.abs(self.values).sum(axis=0)]

    @cached_property
    def sizes(self) -> I64:
        """The bytes of each object of a sample (its label ``bytes``), int64[samples], 0 where it is not told."""
        found = np.zeros(len(self), np.int64)
        if "bytes" not in self.strings:
            return found
        wanted = [number for number, text in enumerate(self.strings) if text == "bytes"]
        chosen = np.flatnonzero(np.isin(self.labels.key, wanted) & (self.labels.text == 0))[::-1]
        owner = np.searchsorted(self.labels.starts, chosen, side="right") - 1
        found[owner] = np.maximum(self.labels.figure[chosen], 0)  # backwards: the first label of a sample stays
        return found

    def frames_of(self, location: int) -> list[Frame]:
        """Return the functions of a place, the innermost first."""
        first, last = self.locations.lines.starts[location : location + 2].tolist()
        numbers = self.locations.lines.items[first:last].tolist()
        lines = self.locations.line[first:last].tolist()
        return [
            Frame(self.functions[number].name, self.functions[number].file, line)
            for number, line in zip(numbers, lines, strict=True)
        ]

    def frames(self, sample: int) -> list[Frame]:
        """Return a sample's stack as functions, the innermost first."""
        return [frame for location in self.stacks.of(sample) for frame in self.frames_of(location)]
