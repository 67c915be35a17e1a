"""The maps found so far: candidates by shape, marked as types reach them, and those only types know of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.types import GoType, Kind, unknown_type
from goxray.maps.addresses import find
from goxray.maps.headers import Headers
from goxray.maps.units import U64

UNKNOWN = -1
_FEW = 2


@dataclass(frozen=True)
class Extra:
    """A map that a typed pointer leads to but whose header is not where or what a header should be."""

    addr: int
    type: GoType
    owner: int


@dataclass
class FoundMaps:
    """Candidates (``headers``, sorted by address) and what is known of each.

    ``type_of`` (int32) indexes ``types``, ``owner`` (int32) is an expression's number, both UNKNOWN at first;
    ``typed`` tells that a typed path leads here, ``denied`` that the object is of another type, or that the last
    mark has found it dead (:mod:`goxray.goruntime.spanmarks`): what it points to may be swept. ``unit_size`` (int32)
    is the bucket or group size with which an untyped map was counted, 0 where that is not known. ``open_of`` (int32)
    indexes ``open_types``: names for several types that a map could be of, with one of their shapes.
    """

    headers: Headers
    typed: NDArray[np.bool_] = field(init=False)
    denied: NDArray[np.bool_] = field(init=False)
    type_of: NDArray[np.int32] = field(init=False)
    owner: NDArray[np.int32] = field(init=False)
    unit_size: NDArray[np.int32] = field(init=False)
    open_of: NDArray[np.int32] = field(init=False)
    open_types: list[GoType] = field(default_factory=list)
    types: list[GoType] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    _type_index: dict[str, int] = field(default_factory=dict)
    _extra_addrs: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        count = len(self.headers.addr)
        self.typed = np.zeros(count, np.bool_)
        self.denied = np.zeros(count, np.bool_)
        self.type_of = np.full(count, UNKNOWN, np.int32)
        self.owner = np.full(count, UNKNOWN, np.int32)
        self.unit_size = np.zeros(count, np.int32)
        self.open_of = np.full(count, UNKNOWN, np.int32)

    def type_index(self, go_type: GoType) -> int:
        """Return the number of a map type, new ones included."""
        known = self._type_index.get(go_type.name)
        if known is None:
            known = len(self.types)
            self._type_index[go_type.name] = known
            self.types.append(go_type)
        return known

    def leave_open(self, index: NDArray[np.int64], types: Sequence[GoType]) -> None:
        """The candidates are of one of several map types."""
        made = several(types)
        name = f"open {made.name} {made.map_shape.unit_size}"
        known = self._type_index.get(name)
        if known is None:
            known = self._type_index[name] = len(self.open_types)
            self.open_types.append(made)
        self.open_of[index] = known

    def mark_typed(self, addrs: U64, go_type: GoType, owner: int, *, guessed: bool = False) -> NDArray[np.int64]:
        """A typed path leads to the headers at ``addrs``; return the candidates seen for the first time.

        Addresses that are no candidate become extras: listed with a fault, never dropped. On a guessed path they show
        that the guess was wrong.
        """
        index = find(addrs, self.headers.addr)
        for addr in [] if guessed else addrs[index < 0].tolist():
            if addr not in self._extra_addrs:
                self._extra_addrs.add(addr)
                self.extras.append(Extra(addr, go_type, owner))
        index = index[index >= 0]
        new = index[~self.typed[index]]
        self.typed[new] = True
        self.type_of[new] = self.type_index(go_type)
        unowned = new[self.owner[new] == UNKNOWN]
        self.owner[unowned] = owner
        return new

    def unmark(self, index: NDArray[np.int64]) -> None:
        """A guess was wrong: forget the candidates' type, and that a type led to them."""
        self.typed[index] = False
        self.type_of[index] = UNKNOWN

    def mark_held(self, index: NDArray[np.int64], owner: int) -> None:
        """Something without a known type holds these candidates; the first holder names the owner."""
        free = index[self.owner[index] == UNKNOWN]
        self.owner[free] = owner

    def deny(self, addrs: U64) -> None:
        """The objects at ``addrs`` are known to be of another type that looks like a header."""
        index = find(addrs, self.headers.addr)
        self.denied[index[index >= 0]] = True


def several(types: Sequence[GoType]) -> GoType:
    """What stands for several map types: both names if they are two, else ``map[K]?`` with the part that they share.

    Its shape is the first one's: it serves to say what is stored by pointer and what a fresh map would cost.
    """
    names = sorted({t.name for t in types})
    shape = types[0].map_shape
    key, elem = ({getattr(t.map_shape, side).name for t in types} for side in ("key", "elem"))
    shape = replace(
        shape,
        key=shape.key if len(key) == 1 else unknown_type(shape.key.size),
        elem=shape.elem if len(elem) == 1 else unknown_type(shape.elem.size),
    )
    text = " or ".join(names) if len(names) == _FEW else f"map[{shape.key.name}]{shape.elem.name}"
    return GoType(("open", text), Kind.MAP, types[0].size, text, map_shape=lambda: shape)


def is_open(go_type: GoType) -> bool:
    """Whether this stands for several types (:func:`several`)."""
    return isinstance(go_type.key, tuple) and go_type.key[0] == "open"
