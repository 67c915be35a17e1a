"""Which of several map types a map can be of, by what stands in its slots.

The types that are left to choose from agree in the size of their unit. Told apart they are by the pointer words of the
array, by the hash that every key has left in its control byte or tophash, and by what keys and elems must point to
(:mod:`goxray.maps.judge`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hash_shapes import KeyShapes, process_keys
from goxray.goruntime.hashes import HashKeys, HashPlan, hash_keys
from goxray.goruntime.locate_hash import Trial, find_hash_keys
from goxray.goruntime.types import GoType, Kind, MapShape
from goxray.maps import swiss
from goxray.maps.headers import Headers
from goxray.maps.judge import Judge
from goxray.maps.object_masks import largest_masked, object_masks
from goxray.maps.plans import pointer_words
from goxray.maps.units import I64, SLOTS, U64, Units, slot_addresses

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.census import Census

Flags = NDArray[np.bool_]

_SLOTS_A_MAP = 16
_MAPS_AT_ONCE = 1 << 13
_LONGEST_STRING = 256
"""Bytes; longer keys are evidence enough by themselves, and what is no string can read as a very long one."""
_FLOATS_ENOUGH = {4: 8, 8: 3}
"""By bytes: so many plausible floats, and they are no integers."""
_FLOATS = frozenset({Kind.FLOAT32, Kind.FLOAT64})
_INTEGERS = frozenset({Kind.INT, Kind.INT32, Kind.INT64, Kind.UINT, Kind.UINT32, Kind.UINT64, Kind.UINTPTR})


@dataclass(frozen=True)
class Samples:
    """Full slots of a batch of maps, at most 16 of each: ``map_index`` (int64, ascending), unit address, slot, mark.

    ``mark`` (uint8) is the slot's control byte or tophash; ``seed`` (uint64) is that of its map.
    """

    map_index: I64
    unit: U64
    slot: I64
    mark: NDArray[np.uint8]
    seed: U64

    def take(self, index: I64 | Flags) -> Samples:
        """Return the chosen rows."""
        return Samples(*(column[index] for column in vars(self).values()))


def collect_samples(census: Census, headers: Headers, unit_size: int) -> Samples:
    """Read a few full slots of each map of a batch; ``unit_size`` is that of its buckets or groups in bytes."""
    seeds = headers.seed if isinstance(headers, swiss.SwissHeaders) else headers.hash0.astype(np.uint64)
    parts: list[Samples] = []
    taken = np.zeros(len(headers.addr), np.int64)

    def collect(_: object, units: Units) -> None:
        row, at = slot_addresses(units, units.full, 0, 1)
        owner = units.map_index[row]
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        rank = np.arange(len(owner)) - np.repeat(starts, np.diff(starts, append=len(owner)))
        keep = np.flatnonzero(rank + taken[owner] < _SLOTS_A_MAP)
        row, at, owner = row[keep], at[keep], owner[keep]
        slot = (at - units.addr[row]).astype(np.int64)
        mark = (units.word[row] >> (8 * slot).astype(np.uint64)).astype(np.uint8)
        parts.append(Samples(owner, units.addr[row], slot, mark, seeds[owner]))
        np.add.at(taken, owner, 1)

    census.occupancy(headers.first_units(), unit_size, np.arange(len(headers.addr)), collect)
    if not parts:
        none = np.zeros(0, np.int64)
        return Samples(none, none.astype(np.uint64), none, none.astype(np.uint8), none.astype(np.uint64))
    joined = [np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])]
    found = Samples(*joined)
    return found.take(np.argsort(found.map_index, kind="stable"))


class Evidence:
    """Narrows the types that maps can be of. ``judge`` looks at what keys and elems point to."""

    def __init__(self, runtime: Runtime, census: Census, judge: Judge) -> None:
        self._runtime = runtime
        self._census = census
        self._judge = judge
        self._shapes = KeyShapes(runtime)
        self._reader = self._shapes.reader()
        self._plans: dict[str, list[HashPlan]] = {}
        self._masked = largest_masked(runtime)
        self._keys: HashKeys | None = process_keys(runtime)

    @property
    def hashes(self) -> bool:
        """Whether the program's hashes can be computed."""
        return self._keys is not None

    def find_hashes(self, chosen: Sequence[tuple[Headers, Sequence[GoType]]]) -> None:
        """Find what the program hashes with, by maps that could each be of several types of one unit size."""
        runtime, trials = self._runtime, []
        for headers, types in chosen:
            samples = collect_samples(self._census, headers, types[0].map_shape.unit_size)
            for go_type in types:
                shape = go_type.map_shape
                raw, ok = self._values(
                    shape.key, samples, shape.keys_off, shape.key_stride, indirect=shape.indirect_key
                )
                if not ok.all() or not self._judge.fits(shape.key, raw).all() or shape.key.size == 0:
                    continue
                plans = self._plans_of(go_type)[:1]
                trials += [Trial(plan, raw, samples.seed, samples.mark) for plan in plans]
        ranges = [bounds for module in runtime.modules[:1] for bounds in (module.data[3], module.data[2])]
        self._keys = runtime.hash_keys = find_hash_keys(
            runtime.memory, runtime.layout, ranges, trials, self.marks, self._reader
        )

    def _plans_of(self, go_type: GoType) -> list[HashPlan]:
        plans = self._plans.get(go_type.name)
        if plans is None:
            plans = self._plans[go_type.name] = self._shapes.plans(go_type)
        return plans

    def narrow(self, headers: Headers, arrays: U64, types: Sequence[GoType]) -> Flags:
        """Return bool[maps, types]: what each map could be. All types have units of the same size.

        ``arrays`` (uint64, one a map) is where an array of units of each map stands.
        """
        found = np.stack([self._has_pointers_of(t.map_shape, arrays) for t in types], axis=1)
        size = types[0].map_shape.unit_size
        for first in range(0, len(found), _MAPS_AT_ONCE):
            part = np.arange(first, min(first + _MAPS_AT_ONCE, len(found)))
            samples = collect_samples(self._census, headers.take(part), size)
            hashed: dict[object, Flags] = {}
            for column, go_type in enumerate(types):
                found[part, column] &= self._could_be(go_type, samples, len(part), hashed)
            self._strictly(types, samples, found, part)
            self._floats_apart(types, samples, found, part)
        return found

    def contradicts(self, go_type: GoType, headers: Headers, arrays: U64) -> Flags:
        """Return bool[maps]: which maps cannot be of a map type; what fits can still be of another one.

        Only what is certain counts: the pointers of the array are elsewhere, or most of the keys looked at would have
        left other marks in their slots (not any of them: memory may be damaged or in the middle of a write).
        """
        shape = go_type.map_shape
        wrong = ~self._has_pointers_of(shape, arrays)
        left = np.flatnonzero(~wrong & (headers.entries > 0))
        for first in range(0, len(left) if self._keys is not None else 0, _MAPS_AT_ONCE):
            part = left[first : first + _MAPS_AT_ONCE]
            samples = collect_samples(self._census, headers.take(part), shape.unit_size)
            raw, ok = self._values(shape.key, samples, shape.keys_off, shape.key_stride, indirect=shape.indirect_key)
            samples = samples.take(ok)
            odd = samples.map_index[~self._hash_agrees(go_type, raw[ok], samples)]
            counts = [np.bincount(index, minlength=len(part)) for index in (odd, samples.map_index)]
            wrong[part[2 * counts[0] > counts[1]]] = True
        return wrong

    def _has_pointers_of(self, shape: MapShape, arrays: U64) -> Flags:
        """Which arrays have their pointer words where a unit of this shape has them; all where that is not known."""
        runtime = self._runtime
        located = runtime.spans.locate(arrays)
        scan = (located.span >= 0) & ((runtime.spans.span_class[located.span] & 1) == 0)
        good: Flags = (located.span < 0) | ((scan != shape.noscan) & (located.size >= shape.unit_size))
        known = np.flatnonzero(scan & (located.size <= self._masked) & (located.size >= shape.unit_size))
        if len(known):
            masks = object_masks(runtime, arrays[known], located.span[known], shape.unit_size // 8 * 8)
            good[known] = (masks == _unit_pointers(shape)[: masks.shape[1]]).all(axis=1)
        return good

    def _strictly(self, types: Sequence[GoType], samples: Samples, found: Flags, part: I64) -> None:
        """Where some types need no pointer into a larger object, only they stay."""
        several = found[part].sum(axis=1) > 1
        if not several.any():
            return
        self._judge.strict = True
        try:
            strict = found[part]
            for column in np.flatnonzero(strict[several].any(axis=0)).tolist():
                strict[:, column] &= self._could_be(types[column], samples, len(part), None)
        finally:
            self._judge.strict = False
        better = several & strict.any(axis=1)
        found[part[better]] = strict[better]

    def _could_be(self, go_type: GoType, samples: Samples, count: int, hashed: dict[object, Flags] | None) -> Flags:
        """Which maps of a batch could be of a type; ``hashed`` keeps what keys alike hash to, None leaves it out."""
        shape = go_type.map_shape
        good = np.ones(count, np.bool_)
        sides = (
            (shape.elem, shape.elems_off, shape.elem_stride, shape.indirect_elem),
            (shape.key, shape.keys_off, shape.key_stride, shape.indirect_key),
        )
        raw: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        for inner, offset, stride, indirect in sides:
            raw, ok = self._values(inner, samples, offset, stride, indirect=indirect)
            good[samples.map_index[~ok | ~self._judge.fits(inner, raw)]] = False
        if hashed is None:
            return good
        good[samples.map_index[~self._padding_is_zero(go_type, samples)]] = False
        if self._keys is not None and good.any():
            key = (tuple(self._plans_of(go_type)), shape.keys_off, shape.key_stride, shape.indirect_key)
            if key not in hashed:
                hashed[key] = self._hash_agrees(go_type, raw, samples)
            good[samples.map_index[~hashed[key]]] = False
        return good

    def _padding_is_zero(self, go_type: GoType, samples: Samples) -> Flags:
        """Which slots have nothing behind an elem without size: such a slot has a byte of padding or more."""
        shape = go_type.map_shape
        room = shape.elem_stride - (shape.elems_off - shape.keys_off)
        if (
            shape.elem.size
            or shape.kind == "classic"
            or shape.elems_off > shape.keys_off + shape.key_stride
            or not room
        ):
            return np.ones(len(samples.slot), np.bool_)
        at = samples.unit + (shape.elems_off + samples.slot * shape.elem_stride).astype(np.uint64)
        raw, _ = self._runtime.memory.read_many(at, room)
        return np.asarray((raw == 0).all(axis=1), np.bool_)

    def _values(
        self, inner: GoType, samples: Samples, offset: int, stride: int, *, indirect: bool
    ) -> tuple[NDArray[np.uint8], Flags]:
        at = samples.unit + (offset + samples.slot * stride).astype(np.uint64)
        fits = np.ones(len(at), np.bool_)
        if indirect:
            words, fits = self._runtime.memory.gather(at, [0])
            at = words[:, 0]
            fits &= self._judge.owned(inner, at)
        raw, ok = self._runtime.memory.read_many(at, inner.size)
        return raw, ok & fits

    def _hash_agrees(self, go_type: GoType, keys: NDArray[np.uint8], samples: Samples) -> Flags:
        """Which keys hash to the mark of their slot; all where their hash is not known."""
        assert self._keys is not None
        plans = self._plans_of(go_type)
        if not plans or not len(keys):
            return np.ones(len(keys), np.bool_)
        good = np.zeros(len(keys), np.bool_)
        for plan in plans:
            hashes, known = hash_keys(
                plan, keys, samples.seed, self._keys, self._reader, longest_string=_LONGEST_STRING
            )
            good |= ~known | (self.marks(hashes) == samples.mark)
        return good

    def marks(self, hashes: U64) -> NDArray[np.uint8]:
        """What a hash leaves in the slot: H2 (internal/runtime/maps), or the tophash (runtime/map.go)."""
        return hash_marks(self._runtime, hashes)

    def _floats_apart(self, types: Sequence[GoType], samples: Samples, found: Flags, part: I64) -> None:
        """Where a float fits all of a map's elems (or keys), and they are enough, they are not integers."""
        for side in ("key", "elem"):
            kinds = [getattr(t.map_shape, side).kind for t in types]
            if not (_FLOATS & set(kinds) and _INTEGERS & set(kinds)):
                continue
            for column, kind in enumerate(kinds):
                if kind not in _FLOATS:
                    continue
                inner = getattr(types[column].map_shape, side)
                shape = types[column].map_shape
                offset, stride = (
                    (shape.keys_off, shape.key_stride) if side == "key" else (shape.elems_off, shape.elem_stride)
                )
                raw, _ = self._values(inner, samples, offset, stride, indirect=False)
                counts = np.bincount(samples.map_index[(raw != 0).any(axis=1)], minlength=len(part))
                sure = found[part, column] & (counts >= _FLOATS_ENOUGH[inner.size])
                for other, its in enumerate(kinds):
                    if its in _INTEGERS and getattr(types[other].map_shape, side).size == inner.size:
                        found[part[sure], other] = False


def _unit_pointers(shape: MapShape) -> Flags:
    """Which words of a bucket or group hold pointers (bool, one a word)."""
    words = np.zeros(-(-shape.unit_size // 8), np.bool_)
    sides = (
        (shape.key, shape.keys_off, shape.key_stride, shape.indirect_key),
        (shape.elem, shape.elems_off, shape.elem_stride, shape.indirect_elem),
    )
    for inner, offset, stride, indirect in sides:
        inside = frozenset({0}) if indirect else pointer_words(inner)
        for slot in range(SLOTS):
            for word in inside:
                words[(offset + slot * stride) // 8 + word] = True
    if shape.kind == "classic":
        words[-1] = not shape.noscan  # the link to the next bucket is a pointer where there are others
    return words


def hash_marks(runtime: Runtime, hashes: U64) -> NDArray[np.uint8]:
    """The control byte (H2) or tophash that a full slot has whose key has this hash (uint64[N] to uint8[N])."""
    if runtime.layout.map_kind == "swiss":
        return (hashes & np.uint64(0x7F)).astype(np.uint8)
    least = runtime.layout.const("minTopHash")
    top = (hashes >> np.uint64(56)).astype(np.int64)
    return np.where(top < least, top + least, top).astype(np.uint8)
