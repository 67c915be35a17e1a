"""The hash of a map's keys, from Python values: the same as the runtime's for the same seed and random words.

The functions are those that ``goxray maps --verify`` uses on real memory (:mod:`goxray.goruntime.hashes`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import UsageError
from goxray.goruntime.hashes import (
    AES_MACHINES,
    Array,
    Complex,
    Field,
    Float,
    HashKeys,
    Held,
    Interface,
    KeyShape,
    Memory,
    String,
    Struct,
    hash_keys,
    plan_hash,
)
from goxray.goruntime.hashes.runs import Spans, spans_of
from goxray.goruntime.types import GoType, Kind
from goxray.model.encode import NUMBERS, Iface, canonical, encode, is_direct, put_numbers, unhashable
from goxray.model.shapes import check_key, is_comparable

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BASE = 1 << 40  # where the reader's own memory begins; any address but 0 would do
_PADDING = 24
_NO_LIMIT = (1 << 63) - 1
_MASK = (1 << 64) - 1


def random_keys(layout: RuntimeLayout, rng: random.Random) -> HashKeys:
    """Return random words as a new process of that build draws them (runtime.alginit).

    amd64 and arm64 hash with AES, as all but their oldest processors do; loong64 cannot.
    """
    if layout.goarch in AES_MACHINES:
        return HashKeys.aes(rng.randbytes(128), layout.goarch, whole_seed=layout.hashing.whole_seed)
    return HashKeys.portable(rng.randbytes(32), salted=layout.hashing.salted)


def key_shape(go_type: GoType) -> KeyShape:
    """Return what of a key's type matters to its hash.

    Raises:
        GoxrayError: values of the type have no hash.
    """
    kind = go_type.kind
    if kind is Kind.STRUCT:
        fields = tuple(Field(f.offset, key_shape(f.type), f.name == "_") for f in go_type.fields)
        return Struct(go_type.size, fields)
    if kind is Kind.ARRAY:
        return Array(go_type.length, key_shape(go_type.elem))
    if kind in (Kind.FUNC, Kind.MAP, Kind.SLICE):
        raise unhashable(go_type)
    if kind is Kind.INTERFACE:
        return Interface(bool(go_type.length))
    return _LEAVES.get(kind) or Memory(go_type.size)


_LEAVES: dict[Kind, KeyShape] = {
    Kind.FLOAT32: Float(4),
    Kind.FLOAT64: Float(8),
    Kind.COMPLEX64: Complex(8),
    Kind.COMPLEX128: Complex(16),
    Kind.STRING: String(),
}


class KeyHasher:
    """Hashes keys of one type as the maps of one process do.

    Args:
        key_type: the type of the keys.
        layout: the build.
        keys: the random words of a real process; None: random ones, as a new process draws them.
        rng: where random words and the hashes of NaNs come from; None: seeded by the system.

    Raises:
        UsageError: the type is no type of keys.
    """

    def __init__(
        self, key_type: GoType, layout: RuntimeLayout, keys: HashKeys | None = None, rng: random.Random | None = None
    ) -> None:
        check_key(key_type)
        self.key_type = key_type
        self.layout = layout
        self.rng = rng or random.Random()
        self.keys = keys or random_keys(layout, self.rng)
        self._plan = plan_hash(key_shape(key_type), layout.hashing.dialect)

    def hash_many(self, values: Sequence[object] | NDArray[Any], seed: int | U64) -> U64:
        """Return the hashes of N keys, written as :mod:`goxray.model.encode` says: uint64[N].

        ``seed`` is the map's, or uint64[N] where each key has its own.

        An array of numbers is taken as it is, which is fast. A key with a NaN in it gets a random hash, another
        one each time, as in Go.

        Raises:
            UsageError: a value is none of the keys' type.
            GoxrayError: an interface holds what has no hash; the message has the words of Go's panic.
        """
        seeds = np.array([seed & _MASK], np.uint64) if isinstance(seed, int) else seed
        if self.key_type.kind in NUMBERS:
            rows = np.empty((len(values), self.key_type.size), np.uint8)
            put_numbers(self.key_type, values, rows)
            hashes, known = hash_keys(self._plan, rows, seeds, self.keys)
            return self._drawn(hashes, known)
        if self.key_type.kind is Kind.STRING:
            texts = [value.encode("utf-8", "surrogateescape") for value in values if isinstance(value, str)]
            if len(texts) == len(values):
                return self.keys.strings(spans_of(texts), seeds)
        return self._hash_any(values, seeds)

    def hash_one(self, value: object, seed: int) -> int:
        """Return the hash of one key; see :meth:`hash_many`."""
        return int(self.hash_many([value], seed)[0])

    def _hash_any(self, values: Sequence[object] | NDArray[Any], seeds: U64) -> U64:
        arena = _Arena(self.layout)
        rows = encode(self.key_type, values, arena.place, type_word=arena.word, layout=self.layout)
        hashes, known = hash_keys(self._plan, rows, seeds, self.keys, arena, longest_string=_NO_LIMIT)
        for row in np.flatnonzero(~known).tolist():
            if canonical(self.key_type, values[row]) is not None:  # no NaN in it: there is nothing else but depth
                raise UsageError("a key whose interfaces hold interfaces many times over cannot be hashed")
        return self._drawn(hashes, known)

    def _drawn(self, hashes: U64, known: Flags) -> U64:
        for row in np.flatnonzero(~known).tolist():
            hashes[row] = self.rng.getrandbits(64)
        return hashes


class _Arena:
    """A small memory of its own that encoded keys point into; reads like goxray.goruntime.hashes.KeyReader."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self._layout = layout
        self._data = bytearray()
        self._words: dict[object, int] = {}
        self._held: list[GoType] = []

    def place(self, data: bytes) -> int:
        """Keep bytes and return their address."""
        at = len(self._data)
        self._data += data
        return _BASE + at

    def word(self, go_type: GoType, empty: bool) -> int:
        """Return the number of a dynamic type, which stands for its address."""
        if not is_comparable(go_type):
            raise unhashable(go_type)
        if go_type.key not in self._words:
            self._held.append(go_type)
            self._words[go_type.key] = len(self._held)
        return self._words[go_type.key]

    @cached_property
    def _memory(self) -> U64:
        return np.frombuffer(bytes(self._data) + bytes(_PADDING - len(self._data) % 8), np.uint64)

    def strings(self, addrs: U64, lengths: I64) -> tuple[Spans, Flags]:
        """See goxray.goruntime.hashes.KeyReader.strings: everything here can be read."""
        starts = np.where(lengths > 0, addrs - np.uint64(_BASE), np.uint64(0)).astype(np.int64)
        return Spans(self._memory, starts, lengths), np.ones(addrs.size, np.bool_)

    def held(self, word: int, empty: bool) -> Held | None:
        """See goxray.goruntime.hashes.KeyReader.held."""
        go_type = self._held[word - 1]
        return Held(key_shape(go_type), is_direct(go_type, self._layout))


__all__ = ["Iface", "KeyHasher", "key_shape", "random_keys"]
