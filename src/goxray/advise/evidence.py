"""What rules look at: the maps found, by type and owner, and what else the sources of advice tell. Plain data only."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goxray.core.advise_result import Forecast
    from goxray.goruntime.types import GoType
    from goxray.layout import RuntimeLayout

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


def _none() -> I64:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Detail:
    """The columns that only one kind of map has (core/schema.py), one value a map; empty for the other kind."""

    B: I64 = field(default_factory=_none)
    buckets: I64 = field(default_factory=_none)
    overflow_buckets: I64 = field(default_factory=_none)
    noverflow: I64 = field(default_factory=_none)
    old_buckets: I64 = field(default_factory=_none)
    nevacuate: I64 = field(default_factory=_none)
    tables: I64 = field(default_factory=_none)
    groups: I64 = field(default_factory=_none)
    dir_len: I64 = field(default_factory=_none)
    global_depth: I64 = field(default_factory=_none)
    growth_left: I64 = field(default_factory=_none)
    small: I64 = field(default_factory=_none)

    @classmethod
    def of(cls, columns: Mapping[str, I64]) -> Detail:
        """Take the columns that there are."""
        return cls(**{part.name: columns[part.name] for part in fields(cls) if part.name in columns})

    def take(self, chosen: I64) -> Detail:
        """Return the rows numbered ``chosen``."""
        taken = {part.name: getattr(self, part.name) for part in fields(self)}
        return Detail(**{name: column[chosen] if len(column) else column for name, column in taken.items()})


@dataclass(frozen=True)
class MapGroup:
    """All maps of one type under one owner; arrays have one value a map, in bytes where the column is.

    ``type`` is the map's type with key and elem, None where it is not known or could not be sized; ``name`` is its
    text in any case. ``pooled`` tells that the owner is a sync.Pool.
    """

    name: str
    owner: str
    kind: str
    addr: U64
    entries: I64
    slots: I64
    tombstones: I64
    bytes: I64
    indirect_bytes: I64
    rebuilt_bytes: I64
    detail: Detail
    type: GoType | None = None
    pooled: bool = False

    def __len__(self) -> int:
        return len(self.addr)

    def where(self, mask: NDArray[np.bool_]) -> MapGroup:
        """Return the group of those maps alone."""
        chosen = np.flatnonzero(mask)
        columns = {
            name: getattr(self, name)[chosen]
            for name in (
                "addr", "entries", "slots", "tombstones", "bytes", "indirect_bytes", "rebuilt_bytes",
            )
        }  # fmt: skip
        return MapGroup(
            name=self.name, owner=self.owner, kind=self.kind, detail=self.detail.take(chosen), type=self.type,
            pooled=self.pooled, **columns,
        )  # fmt: skip

    @property
    def only(self) -> int:
        """The address of the one map, 0 where there are several."""
        return int(self.addr[0]) if len(self.addr) == 1 else 0


@dataclass(frozen=True)
class Strings:
    """Strings of one owner: how many, the bytes of their contents, and the bytes of the arrays they keep alive."""

    owner: str
    count: int
    used: int
    bytes: int


@dataclass(frozen=True)
class KeyBoxes:
    """Objects of one type that the interface keys of one owner's maps point to."""

    owner: str
    type: str
    objects: int
    bytes: int


DEVIATIONS = 1.645
"""Standard deviations from the median of a normal figure to its 5th and 95th percentile."""

LIVING = 0.05
"""A site of whose bytes a smaller share lives makes maps that are dropped soon."""

CHURNING = 5
"""Times of what lives that a site has allocated, from which on growth alone does not explain it."""


@dataclass(frozen=True)
class Site:
    """Map memory that one function allocated, as a heap profile tells.

    ``file`` and ``line`` are where most of it comes from. ``made_`` figures count what calls to makemap allocate,
    ``grown_`` what writes do: first buckets, growth, overflow. ``inuse_`` is what lives of both. ``made_sizes``
    and ``sizes`` count the objects of both by their bytes, where the profile tells them.
    """

    function: str
    file: str
    line: int
    made_objects: int
    made_bytes: int
    grown_objects: int
    grown_bytes: int
    inuse_objects: int
    inuse_bytes: int
    made_sizes: Mapping[int, int] = field(default_factory=dict)
    sizes: Mapping[int, int] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The place as people write it."""
        return f"{self.file.rpartition('/')[2]}:{self.line}" if self.file else self.function

    @property
    def alloc_objects(self) -> int:
        """All objects allocated."""
        return self.made_objects + self.grown_objects

    @property
    def alloc_bytes(self) -> int:
        """All bytes allocated."""
        return self.made_bytes + self.grown_bytes

    @property
    def lives(self) -> bool:
        """Whether a fair share of what was allocated is still there."""
        return self.inuse_bytes >= LIVING * self.alloc_bytes

    @property
    def churns(self) -> bool:
        """Whether what lives was allocated several times over."""
        return self.lives and self.alloc_bytes >= CHURNING * self.inuse_bytes

    @property
    def largest(self) -> tuple[int, int]:
        """Bytes and count of the arrays that most bytes went into; (0, 0) where sizes are not told."""
        return max(_heaviest(self.sizes), _heaviest(self.made_sizes), key=lambda item: item[0] * item[1])

    @property
    def garbage(self) -> int:
        """Bytes of arrays that growth replaced: what writes allocated beside the last arrays, or beside what lives."""
        if self.lives:
            return max(self.grown_bytes - self.inuse_bytes, 0)
        size, count = _heaviest(self.sizes)
        return max(self.grown_bytes - size * count, 0)

    def lifetime(self, seconds: float) -> float:
        """Seconds that an object lives on average, by Little's law, in a profile over so many seconds."""
        return self.inuse_objects * seconds / self.alloc_objects if self.alloc_objects else 0.0


def _heaviest(sizes: Mapping[int, int]) -> tuple[int, int]:
    return max(sizes.items(), key=lambda item: (item[0] * item[1], item[0]), default=(0, 0))


@dataclass(frozen=True)
class Evidence:
    """Everything that rules may look at. A profile does not tell its build: then ``layout`` is the newest known.

    ``seconds`` is how long a profile's allocations took, 0 where it does not say, ``rate`` the bytes between two of its
    samples. ``newer`` is the newest version of
    the forecast that is newer than the target's own, empty for none.
    """

    layout: RuntimeLayout
    groups: tuple[MapGroup, ...] = ()
    strings: tuple[Strings, ...] = ()
    boxes: tuple[KeyBoxes, ...] = ()
    sites: tuple[Site, ...] = ()
    seconds: float = 0.0
    forecast: tuple[Forecast, ...] = ()
    newer: str = ""
    rate: int = 0

    def unsampled(self, size: int) -> int:
        """Return by how many bytes a profile may be wrong about so many: 90% of samples differ by less.

        One sample stands for ``rate`` bytes, and their number is Poisson's (runtime/malloc.go, nextSample).
        """
        return round(DEVIATIONS * math.sqrt(max(size, 0) * self.rate))
