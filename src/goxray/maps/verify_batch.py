"""A batch of maps to verify, and the hashes of the keys in some of their units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hash_shapes import KeyShapes, is_steady
from goxray.goruntime.hashes import HashKeys, HashPlan, KeyReader, hash_keys
from goxray.goruntime.types import GoType, MapShape
from goxray.maps.headers import Headers
from goxray.maps.units import SLOTS, U64
from goxray.maps.verify_rules import Flags, Ints
from goxray.maps.verify_views import Bytes, Words
from goxray.target.memory import Memory

PART_BYTES = 4 << 20
"""Bytes of units, or of keys, held at one time."""

_H2_MASK = np.uint64(0x7F)
_TOP_SHIFT = np.uint64(56)
_MIN_TOPHASH = 5


@dataclass
class Gaps:
    """What could not be read, map by map: the first sentence of each."""

    what: dict[int, str] = field(default_factory=dict)

    def note(self, owners: Ints, sentence: str) -> None:
        """Note a sentence for each map of ``owners``."""
        for owner in np.unique(owners).tolist():
            self.what.setdefault(owner, sentence)

    def note_keys(self, cells: Ints, owner: Ints, place: Callable[[int], str]) -> None:
        """Note the keys in ``cells`` (row * 8 + slot) that cannot be read; ``owner`` (int64[r]) are the rows' maps."""
        maps, first = np.unique(owner[cells // SLOTS], return_index=True)
        for row, cell in zip(maps.tolist(), cells[first].tolist(), strict=True):
            self.what.setdefault(row, f"{place(cell)}: the key cannot be read, so its place is not checked")


@dataclass(frozen=True)
class MapBatch:
    """Maps of one layout: their headers and what is known of their type.

    ``unit_size`` is the bucket or group size in bytes, 0 where it is not known; then only what needs no size is
    checked. ``shape`` and ``hasher`` are None for maps of unknown type. ``readable`` (bool[m]) tells which headers keep
    their pointers in bounds, so that what is behind them can be read.
    """

    headers: Headers
    unit_size: int
    shape: MapShape | None
    hasher: KeyHasher | None
    readable: Flags


@dataclass(frozen=True)
class Hashed:
    """Hashes of a part's keys.

    ``hashes`` (uint64[r, 8]) hold where ``known`` (bool[r, 8]) says so; None where nothing was hashed. ``unreadable``
    are the cells (row * 8 + slot) whose keys cannot be read.
    """

    hashes: Words | None
    known: Flags | None
    unreadable: Ints


_NOTHING = Hashed(None, None, np.zeros(0, np.int64))


class KeyHasher:
    """Hashes the keys of maps of one type.

    ``sure`` (bool[m]) tells for which maps of the batch the type is certain. Where it is a guess, and most of a map's
    keys hash to something else, the guess is taken to be wrong and not the map.
    """

    def __init__(
        self,
        memory: Memory,
        shape: MapShape,
        plans: list[HashPlan],
        keys: HashKeys,
        reader: KeyReader,
        *,
        steady: bool,
    ) -> None:
        self._memory = memory
        self._shape = shape
        self._plans = plans
        self._keys = keys
        self._reader = reader
        self._steady = steady

    @classmethod
    def of(
        cls, memory: Memory, map_type: GoType, shapes: KeyShapes, keys: HashKeys, reader: KeyReader
    ) -> KeyHasher | None:
        """Make the hasher of a map type; None where its keys' hash is not known."""
        plans, shape = shapes.plans(map_type), shapes.shape(map_type.map_shape.key)
        if not plans or shape is None:
            return None
        return cls(memory, map_type.map_shape, plans, keys, reader, steady=is_steady(shape))

    def hash(self, units: Bytes, full: Flags, owner: Ints, seeds: U64, sure: Flags) -> Hashed:
        """Hash the keys in the ``full`` (bool[r, 8]) slots of ``units`` (uint8[r, unit size]).

        ``owner`` (int64[r]) indexes ``seeds`` (uint64[m]) and ``sure``. The mark of every slot stands in the unit's
        first word.
        """
        cells = np.flatnonzero(full)
        if not len(cells):
            return _NOTHING
        hashes = np.zeros(full.size, np.uint64)
        known = np.zeros(full.size, np.bool_)
        unreadable = np.zeros(full.size, np.bool_)
        marks = units[:, :SLOTS].reshape(-1)
        step = max(1, PART_BYTES // max(1, self._shape.key.size)) if self._shape.indirect_key else len(cells)
        for first in range(0, len(cells), step):
            part = cells[first : first + step]
            rows, ok = self._rows(units, full, part, whole=step >= len(cells))
            found, sound = self._hash_rows(rows, owner[part // SLOTS], seeds, marks[part], ok, sure)
            hashes[part], known[part] = found, sound
            unreadable[part] = ~ok
        return Hashed(hashes.reshape(full.shape), known.reshape(full.shape), np.flatnonzero(unreadable))

    def _rows(self, units: Bytes, full: Flags, cells: Ints, *, whole: bool) -> tuple[Bytes, Flags]:
        """The bytes of the keys in ``cells`` as rows, and which of them could be read."""
        shape = self._shape
        size = 8 if shape.indirect_key else shape.key.size
        ok = np.ones(len(cells), np.bool_)
        if not size:
            return np.zeros((len(cells), 0), np.uint8), ok
        slots = np.ndarray(
            full.shape, np.dtype((np.void, size)), units.data, shape.keys_off, (units.strides[0], shape.key_stride)
        )
        chosen = slots[full] if whole else slots[cells // SLOTS, cells % SLOTS]
        rows = np.ascontiguousarray(chosen).view(np.uint8).reshape(len(cells), size)
        if shape.indirect_key:
            return self._memory.read_many(rows.view(np.uint64)[:, 0], shape.key.size)
        return rows, ok

    def _hash_rows(
        self, rows: Bytes, owner: Ints, seeds: U64, marks: Bytes, ok: Flags, sure: Flags
    ) -> tuple[Words, Flags]:
        """Hash rows by the first plan, or by one that fits their map. Clears ``ok`` where they cannot be read."""
        hashes, known = self._by_plan(0, rows, owner, seeds)
        known &= ok
        if self._steady:
            ok &= known
        doubtful = known & (self._marks(hashes) != marks)
        if not doubtful.any():
            return hashes, known
        maps, local = np.unique(owner, return_inverse=True)
        bad = _mostly(doubtful, known, local, len(maps))
        for plan in range(1, len(self._plans)):
            index = np.flatnonzero(bad[local])
            if not len(index):
                break
            others, usable = self._by_plan(plan, rows[index], owner[index], seeds)
            usable &= ok[index]
            misses = usable & (self._marks(others) != marks[index])
            better = bad & ~_mostly(misses, usable, local[index], len(maps))
            taken = better[local[index]]
            hashes[index[taken]], known[index[taken]] = others[taken], usable[taken]
            bad &= ~better
        known &= ~(bad & ~sure[maps])[local]
        return hashes, known

    def _by_plan(self, plan: int, rows: Bytes, owner: Ints, seeds: U64) -> tuple[Words, Flags]:
        one = owner[0] == owner[-1] and bool((owner == owner[0]).all())
        wanted = int(seeds[owner[0]]) if one else seeds[owner]
        return hash_keys(self._plans[plan], rows, wanted, self._keys, self._reader)

    def _marks(self, hashes: Words) -> Bytes:
        """The mark that a slot gets for a key's hash: H2 (internal/runtime/maps, h2) or tophash (runtime/map.go)."""
        if self._shape.kind == "swiss":
            return (hashes & _H2_MASK).astype(np.uint8)
        top = (hashes >> _TOP_SHIFT).astype(np.uint8)
        return top + np.where(top < _MIN_TOPHASH, np.uint8(_MIN_TOPHASH), np.uint8(0))


def _mostly(wrong: Flags, known: Flags, local: NDArray[np.intp], count: int) -> Flags:
    """Which of ``count`` maps have more wrong keys than right ones."""
    misses = np.bincount(local[wrong], minlength=count)
    most: Flags = 2 * misses > np.bincount(local[known], minlength=count)
    return most
