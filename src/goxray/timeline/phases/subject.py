"""The map that is watched: how it is read, and by which words of the program it is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.target.memory import Memory

U64 = NDArray[np.uint64]
_MASK = (1 << 64) - 1


class HeaderLike(Protocol):
    """What a map's header says; see :class:`goxray.maps.blocks.HeaderState`."""

    @property
    def entries(self) -> int:
        """The map's own count."""
        ...

    @property
    def arrays(self) -> tuple[int, ...]:
        """Words that change with the map's arrays."""
        ...

    @property
    def pointers(self) -> tuple[int, ...]:
        """Those of these words that are addresses."""
        ...

    @property
    def clears(self) -> int | None:
        """How often it was cleared, where it counts that."""
        ...

    @property
    def overflows(self) -> int | None:
        """hmap.noverflow of a classic map."""
        ...


class BlocksLike(Protocol):
    """Addresses inside blocks and their kinds; see :class:`goxray.maps.blocks.Blocks`."""

    @property
    def addr(self) -> U64:
        """Addresses, sorted."""
        ...

    @property
    def kind(self) -> NDArray[np.uint8]:
        """Their kinds."""
        ...


class MapReader(Protocol):
    """Reads maps of one type; :class:`goxray.maps.blocks.MapBlocks` is one."""

    words: int

    def state(self, words: U64) -> HeaderLike:
        """Return what a header's words say."""
        ...

    def identity(self, words: U64) -> int:
        """Return what tells a map from another in its place."""
        ...

    def tables(self, words: U64) -> U64:
        """Return the distinct tables of a Swiss map."""
        ...

    def blocks(self, addr: int, words: U64, *, chains: bool) -> BlocksLike:
        """Return the blocks of a map."""
        ...


class Holder(Protocol):
    """Words that hold a map; ``names`` are Go expressions or places for people."""

    names: tuple[str, ...]

    def addresses(self) -> tuple[int, ...]:
        """The words to look at, on 8-byte borders."""
        ...

    def value(self, words: Sequence[int], memory: Memory) -> int:
        """The header's address that they hold now; 0 where none does any more."""
        ...


class PathHolder:
    """A variable, and the fields behind pointers that lead from it to the map: ``main.cache.byUser``.

    ``steps`` are offsets: that of the first word from the variable's address, of each next one from where the word
    before points to.
    """

    def __init__(self, name: str, addr: int, steps: Sequence[int]) -> None:
        self.names: tuple[str, ...] = (name,)
        self._steps = tuple(steps)
        self._places = [addr + steps[0]] + [0] * (len(steps) - 1)

    def addresses(self) -> tuple[int, ...]:
        """The words on the way, as far as they are known."""
        return tuple(place for place in self._places if place)

    def value(self, words: Sequence[int], memory: Memory) -> int:
        """Follow the way; where a pointer on it has changed, anew."""
        for step in range(1, len(self._steps)):
            above = int(words[step - 1]) if step <= len(words) else 0
            wanted = (above + self._steps[step]) & _MASK if above else 0
            if wanted != self._places[step]:
                return self._follow(step, wanted, memory)
        return int(words[len(self._steps) - 1]) if len(words) == len(self._steps) else 0

    def _follow(self, step: int, place: int, memory: Memory) -> int:
        self._places[step:] = [0] * (len(self._steps) - step)
        while True:
            if not place or place & 7:
                return 0
            self._places[step] = place
            try:
                found = memory.read_u64(place)
            except MemoryFault:
                return 0
            step += 1
            if step == len(self._steps):
                return found
            place = (found + self._steps[step]) & _MASK if found else 0


class WordsHolder:
    """Words found to hold the map's address; it is held while one of them does."""

    def __init__(self, addr: int, places: Sequence[int], names: Sequence[str]) -> None:
        self.names: tuple[str, ...] = tuple(names)
        self._addr = addr
        self._places = tuple(places)

    def addresses(self) -> tuple[int, ...]:
        """The words."""
        return self._places

    def value(self, words: Sequence[int], memory: Memory) -> int:
        """The map's address while one of the words has it."""
        del memory
        return self._addr if any(int(word) == self._addr for word in words) else 0


@dataclass(frozen=True)
class Level:
    """Words that point to what holds the map, or to what holds that: one of ``places`` has to lie in a range.

    ``ranges`` are [low, high) of the objects pointed to.
    """

    places: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]

    def holds(self, words: Sequence[int]) -> bool:
        """Whether one of the words, in the order of ``places``, points there."""
        return any(low <= int(word) < high for word in words for low, high in self.ranges)


class ChainHolder:
    """Objects that hold the map, what points to them, and so on up to a variable: held while no level is cut."""

    def __init__(self, addr: int, levels: Sequence[Level], names: Sequence[str]) -> None:
        self.names: tuple[str, ...] = tuple(names)
        self._addr = addr
        self._levels = tuple(levels)

    def addresses(self) -> tuple[int, ...]:
        """The words of all levels, from the map upwards."""
        return tuple(place for level in self._levels for place in level.places)

    def value(self, words: Sequence[int], memory: Memory) -> int:
        """The map's address while each level has a word that points on."""
        del memory
        at = 0
        for level in self._levels:
            if not level.holds(words[at : at + len(level.places)]):
                return 0
            at += len(level.places)
        return self._addr


@dataclass
class Subject:
    """One map under watch. ``holder`` None: only the collector's verdict tells when it is let go."""

    addr: int
    owner: str
    type: str
    kind: Literal["classic", "swiss"]
    reader: MapReader
    holder: Holder | None
