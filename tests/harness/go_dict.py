"""What a Go map must hold, kept in a dict; and keys and elems of many types to fill both with.

Equality is written out here by hand for each type, apart from what the product has for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout
from goxray.model.encode import Iface
from goxray.model.gotypes import parse_type

NAN = float("nan")


@dataclass(frozen=True)
class Keys:
    """Keys of one type, by numbers from 0.

    ``same``: equal for numbers whose keys are == in Go, None for a key that is not equal to itself. ``updates``:
    assigning to an equal key writes the key too (internal/abi, NeedKeyUpdate: floats, strings, interfaces).
    """

    go: str
    value: Callable[[int], object]
    same: Callable[[int], Hashable | None]
    updates: bool = False


@dataclass(frozen=True)
class Elems:
    """Elems of one type, by numbers from 0; ``number`` is the way back."""

    go: str
    value: Callable[[int], object]
    number: Callable[[object], int]


def signed(n: int) -> float:
    """Half of n / 2, rounded down: each number twice, zero with both signs."""
    return (n // 2) / 2 if n > 1 or not n else -0.0


def odd(n: int) -> float:
    """As :func:`signed`, but for each 40th, which is NaN."""
    return NAN if n % 40 == 39 else signed(n)


def same_odd(n: int) -> int | None:
    """Which of :func:`odd` are equal."""
    return None if n % 40 == 39 else n // 2


def held(layout: RuntimeLayout) -> tuple[Callable[[int], object], Callable[[int], Hashable | None]]:
    """Values of an ``any``: five dynamic types and nil."""
    types = [parse_type(text, layout) for text in ("int64", "int32", "string", "float64", "struct{ a int8; s string }")]

    def value(n: int) -> object:
        kind, m = n % 6, n // 6
        return None if kind == 5 else Iface(types[kind], (m, m, str(m), odd(m), (m % 5, str(m)))[kind])

    def same(n: int) -> Hashable | None:
        kind, m = n % 6, n // 6
        if kind == 5:
            return (5,)
        inner = same_odd(m) if kind == 3 else m
        return None if inner is None else (kind, inner)

    return value, same


def all_keys(layout: RuntimeLayout) -> list[Keys]:
    """Keys of all kinds that the runtime hashes and compares differently."""
    return [
        Keys("int64", lambda n: n * 977 - 5000, lambda n: n),
        Keys("uint32", lambda n: n * 2654435761 & 0xFFFFFFFF, lambda n: n),
        Keys("uint8", lambda n: n % 256, lambda n: n % 256),
        Keys("bool", lambda n: n % 2 == 1, lambda n: n % 2),
        Keys("string", lambda n: f"{n // 4}-" * (n % 4), lambda n: (n // 4, n % 4) if n % 4 else (), True),
        Keys("float64", odd, same_odd, True),
        Keys("float32", odd, same_odd, True),
        Keys("complex128", lambda n: complex(odd(n), 1.5), same_odd, True),
        Keys("[2]int16", lambda n: (n % 200 - 100, n // 200), lambda n: n),
        Keys("[2]string", lambda n: ("a" * (n % 3), str(n // 3)), lambda n: n, True),
        Keys("struct{ a int8; s string }", lambda n: (n % 100, str(n // 200)), lambda n: (n % 100, n // 200), True),
        Keys("struct{ f float64; _ int32; b bool }", lambda n: (odd(n), n, False), same_odd, True),
        Keys("*int64", lambda n: 0xC000000000 + 16 * n if n else 0, lambda n: n),
        Keys("any", *held(layout), True),
        Keys("[20]int64", lambda n: (*[0] * 19, n), lambda n: n),
        Keys("struct{ s [16]string; f float32 }", lambda n: (("",) * 16, odd(n)), same_odd, True),
    ]


def all_elems(layout: RuntimeLayout) -> list[Elems]:
    """Elems that stand in the slot, with pointers and without, and one that is kept by pointer."""
    word: GoType = parse_type("int64", layout)
    return [
        Elems("int64", lambda n: n, lambda e: e),  # type: ignore[arg-type, return-value]
        Elems("string", str, lambda e: int(str(e))),
        Elems("[17]int64", lambda n: (*[0] * 16, n), lambda e: e[16]),  # type: ignore[index]
        Elems("any", lambda n: Iface(word, n), lambda e: e.value),  # type: ignore[attr-defined]
    ]


def alike(one: object, other: object) -> bool:
    """Whether two values written in Python have the same bytes in Go: zeros by their signs, NaNs all alike."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Iface) and isinstance(other, Iface):
        return one.go_type.key == other.go_type.key and alike(one.value, other.value)
    if isinstance(one, complex) and isinstance(other, complex):
        return alike(one.real, other.real) and alike(one.imag, other.imag)
    if isinstance(one, float) and isinstance(other, float):
        return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (one != one and other != other)
    return one == other


class Walk:
    """What one iteration has shown, and what it must show still."""

    def __init__(self, entries: set[Hashable]) -> None:
        self.owed = entries
        self.shown: set[Hashable] = set()
        self.ghosts: set[int] = set()

    def forget(self, entry: Hashable) -> None:
        """An entry was deleted: should it come again, it is a new one."""
        self.owed.discard(entry)
        self.shown.discard(entry)

    def show(self, entry: Hashable) -> None:
        """The iteration came to an entry."""
        assert entry not in self.shown, f"{entry} comes twice"
        self.shown.add(entry)
        self.owed.discard(entry)


@dataclass
class GoDict:
    """A Go map's contents. Elems are numbers, each assigned once only; entries are told apart by ``(same,)`` of their
    keys, those whose keys are not equal to themselves by their elems.
    """

    keys: Keys
    leaves_ghosts: bool = False
    """Up to 1.23 an iteration of a map that grew meanwhile does not notice a clear: it takes the keys that no lookup
    finds from the buckets before (runtime/map.go, mapclear and mapiternext; hmap.clearSeq came later)."""
    held: dict[Hashable, tuple[int, int]] = field(default_factory=dict)
    entry_of: dict[int, Hashable] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.held)

    def assign(self, n: int, elem: int) -> None:
        """``m[key] = elem``."""
        same = self.keys.same(n)
        entry: Hashable = elem if same is None else (same,)
        before = self.held.get(entry)
        if before is not None:
            del self.entry_of[before[1]]
            n = n if self.keys.updates else before[0]
        self.held[entry] = n, elem
        self.entry_of[elem] = entry

    def delete(self, n: int) -> None:
        """``delete(m, key)``."""
        same = self.keys.same(n)
        before = None if same is None else self.held.pop((same,), None)
        if before is not None:
            del self.entry_of[before[1]]
            for walk in self.walks:
                walk.forget((same,))

    def clear(self) -> None:
        """``clear(m)``."""
        for walk in self.walks:
            if self.leaves_ghosts:
                walk.ghosts |= {each for each in self.held if isinstance(each, int)} - walk.shown
            for entry in self.held:
                walk.forget(entry)
        self.held.clear()
        self.entry_of.clear()

    def access(self, n: int) -> int | None:
        """The elem of a key."""
        same = self.keys.same(n)
        found = None if same is None else self.held.get((same,))
        return None if found is None else found[1]

    def show(self, walk: Walk, key: object, elem: int) -> None:
        """An iteration shows an entry."""
        if elem in walk.ghosts:
            walk.ghosts.remove(elem)
        else:
            walk.show(self.check(key, elem))

    def check(self, key: object, elem: int) -> Hashable:
        """An entry that the map shows is there, with that key; return which it is."""
        assert elem in self.entry_of, f"{key}: {elem} is not in the map"
        entry = self.entry_of[elem]
        assert alike(key, self.keys.value(self.held[entry][0])), f"{key} stands for {entry}"
        return entry
