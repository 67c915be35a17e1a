"""Maps of a scenario: what their structure allocates and lets go of while they are filled, emptied and cleared.

The figures come from the models of classic and of Swiss maps, with random hashes; this module turns their events into
objects of the heap's model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout
from goxray.model.figures import Event
from goxray.model.gotypes import parse_type
from goxray.model.shape import ModelShape
from goxray.model.shapes import map_shape

I64 = NDArray[np.int64]
_SEED = 1
_FEWEST, _PIECES = 256, 8
_MANY = frozenset({"overflow bucket"})
"""What the events of one moment may tell of several objects at once."""
_POINTER_FREE = frozenset({"bucket array", "overflow bucket", "groups"})
"""What holds the map's own keys and elems, so that it has pointers only if they do."""
_BY_CHANCE = frozenset({"table", "groups"})
"""Tables split in the order in which they fill."""


class Grower(Protocol):
    """A map of random keys: each call returns what happened to its structure, in order."""

    def insert(self, count: int) -> list[Event]:
        """Assign fresh keys."""

    def delete(self, count: int) -> list[Event]:
        """Delete random keys."""

    def clear(self) -> list[Event]:
        """The builtin."""

    def begin(self) -> list[Event]:
        """What making the map has allocated."""


class SwissGrower:
    """A Swiss map."""

    def __init__(self, layout: RuntimeLayout, shape: ModelShape, hint: int, expected: int) -> None:
        from goxray.model.swiss.simulate import LeanMap

        self._map = LeanMap(layout, shape, hint, expected)
        self._rng = np.random.default_rng(_SEED)
        self._ledger = self._map.ledger
        self._told: list[Event] = []
        self._made = self._of_hint(layout, shape, hint)
        enter = self._ledger.enter

        def recording(rows: I64) -> None:
            self._told += self._ledger.events(rows)
            enter(rows)

        self._ledger.enter = recording  # type: ignore[method-assign]

    @staticmethod
    def _of_hint(layout: RuntimeLayout, shape: ModelShape, hint: int) -> list[Event]:
        from goxray.model.swiss.hints import start
        from goxray.model.swiss.ledger import Ledger
        from goxray.model.swiss.sizes import Sizes

        tables, capacity = start(hint, shape.unit.unit_size)
        return Ledger(Sizes(layout, shape)).make(tables, capacity)

    def begin(self) -> list[Event]:
        """What making the map has allocated."""
        return self._made

    def insert(self, count: int) -> list[Event]:
        """Assign fresh keys."""
        self._map.insert(self._rng.integers(0, 1 << 64, size=count, dtype=np.uint64))
        return self._take()

    def delete(self, count: int) -> list[Event]:
        """Delete random keys; Swiss maps give nothing back for that."""
        self._map.delete(count, int(self._rng.integers(1 << 63)))
        return self._take()

    def clear(self) -> list[Event]:
        """The builtin."""
        self._map.clear()
        return self._take()

    def _take(self) -> list[Event]:
        told, self._told = self._told, []
        return told


class ClassicGrower:
    """A classic map."""

    def __init__(self, layout: RuntimeLayout, shape: ModelShape, hint: int) -> None:
        from goxray.model.classic.machine import Machine
        from goxray.model.classic.sizes import Sizes

        self._told: list[Event] = []
        self._rng = np.random.default_rng(_SEED)
        self._machine = Machine(
            Sizes(layout, shape), hint, content=False, sink=self._told.append, draws=int(self._rng.integers(1 << 62))
        )
        self._live: I64 = np.zeros(0, np.int64)

    def begin(self) -> list[Event]:
        """What making the map has allocated."""
        return self._take()

    def insert(self, count: int) -> list[Event]:
        """Assign fresh keys."""
        from goxray.model.classic import state as st

        fresh = self._rng.integers(0, 1 << 64, count, np.uint64).view(np.int64)
        self._run(st.ASSIGN, fresh)
        self._live = np.concatenate((self._live, fresh))
        return self._take()

    def delete(self, count: int) -> list[Event]:
        """Delete random keys."""
        from goxray.model.classic import state as st

        order = self._rng.permutation(len(self._live))
        self._run(st.DELETE, self._live[order[:count]])
        self._live = self._live[order[count:]]
        return self._take()

    def clear(self) -> list[Event]:
        """The builtin."""
        self._machine.clear()
        self._live = np.zeros(0, np.int64)
        return self._take()

    def _run(self, op: int, hashes: I64) -> None:
        from goxray.model.classic import state as st

        nothing = np.zeros(0, np.int64)
        work = st.Work(np.full(len(hashes), op, np.uint8), hashes, hashes, nothing, nothing, nothing)
        done = 0
        while done < len(hashes):
            done = self._machine.run(work, done)

    def _take(self) -> list[Event]:
        self._machine.flush()
        told = list(self._told)
        self._told.clear()
        return told


class Change(NamedTuple):
    """Objects of one kind and size that a map makes, or lets go of (``gone``), one after the other.

    ``what`` names kind and size, ``size`` is in bytes, ``by_chance`` says that hashes decide which of them go.
    """

    what: str
    size: int
    noscan: bool
    objects: int
    gone: bool
    by_chance: bool


class Shared:
    """A map whose changes are worked out once, for runs that do the same to it one after the other."""

    def __init__(self, grower: Grower, shape: ModelShape) -> None:
        self._grower = grower
        self._shape = shape
        self._kept: list[list[Change]] = []

    def calls(self) -> SharedCalls:
        """Return the map from its beginning."""
        return SharedCalls(self)

    def answer(self, place: int, call: str, *count: int) -> list[Change]:
        """Return what the call number ``place`` leads to."""
        if place == len(self._kept):
            self._kept.append(changes_of(getattr(self._grower, call)(*count), self._shape))
        return self._kept[place]


class SharedCalls:
    """One run's way through a :class:`Shared` map."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._place = -1

    def _next(self, call: str, *count: int) -> list[Change]:
        self._place += 1
        return self._shared.answer(self._place, call, *count)

    def begin(self) -> list[Change]:
        """What making the map has allocated."""
        return self._next("begin")

    def insert(self, count: int) -> list[Change]:
        """Assign fresh keys."""
        return self._next("insert", count)

    def delete(self, count: int) -> list[Change]:
        """Delete random keys."""
        return self._next("delete", count)

    def clear(self) -> list[Change]:
        """The builtin."""
        return self._next("clear")


def shape_of(map_type: str, layout: RuntimeLayout) -> ModelShape:
    """Return how the build lays a map type out.

    Raises:
        UsageError: the text is no Go map type.
    """
    return map_shape(parse_type(map_type, layout), layout)


def grower_of(layout: RuntimeLayout, shape: ModelShape, hint: int, expected: int) -> Grower:
    """Return an empty map of a build's kind; ``expected`` is about how many entries it will have at most."""
    if layout.map_kind == "swiss":
        return SwissGrower(layout, shape, hint, expected)
    return ClassicGrower(layout, shape, hint)


def pieces(have: int, count: int) -> Iterator[int]:
    """Cut an insertion into pieces so small that the map does not grow twice within one."""
    while count:
        piece = min(max(_FEWEST, have // _PIECES), count)
        yield piece
        have, count = have + piece, count - piece


def changes_of(events: Iterable[Event], shape: ModelShape) -> list[Change]:
    """Return the changes that events tell of, those of one kind that follow each other as one."""
    found: list[Change] = []
    last: tuple[str, str, int] | None = None
    for event in events:
        if event.kind not in ("make", "alloc", "free") or not event.bytes or event.what.startswith("indirect"):
            continue
        count = event.count if event.kind == "make" or event.what in _MANY else 1
        size = event.bytes // count
        noscan = event.what in _POINTER_FREE and not shape.unit_ptrdata
        like = event.kind, event.what, size
        if like == last:
            count += found.pop().objects
        last = like
        gone, by_chance = event.kind == "free", event.what in _BY_CHANCE
        found.append(Change(f"{event.what} {size}", size, noscan, count, gone, by_chance))
    return found
