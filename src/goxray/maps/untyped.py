"""Maps that no typed path reaches: which of the program's map types their memory fits, and counting them by it.

Evidence, strongest first: the type that the allocator recorded with the bucket or group array; the array's size,
which only some map types make; the header's count, which only the right layout reproduces; the map variables of the
function whose frame holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType
from goxray.maps import swiss
from goxray.maps.found import UNKNOWN, FoundMaps
from goxray.maps.headers import Headers
from goxray.maps.rebuild import bucket_array
from goxray.maps.units import I64, SLOTS, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.census import Census

_WRITTEN_HEADER = 8


@dataclass(frozen=True)
class Signature:
    """What the allocator tells of a map's array: its slot's bytes, whether it may hold pointers, how many units.

    ``named`` is the type descriptor recorded with it, 0 for none. ``log2`` is a classic map's B.
    """

    slot: int
    noscan: bool
    units: int
    log2: int
    named: int


@dataclass(frozen=True)
class _Known:
    type: GoType
    unit_addr: int


class Resolver:
    """Types and counts the untyped candidates of ``found``; see the module."""

    def __init__(self, runtime: Runtime, found: FoundMaps, census: Census) -> None:
        self._runtime = runtime
        self._found = found
        self._census = census
        self._known = self._map_types()
        self.rejected = np.zeros(len(found.headers.addr), np.bool_)

    def _map_types(self) -> list[_Known]:
        """The modules' map types, and those that reflect made at run time and that the walk has met."""
        types = self._runtime.types
        addrs = dict.fromkeys(types.map_type_addrs())
        for go_type in self._found.types:
            if isinstance(go_type.key, tuple) and go_type.key[0] == "runtime":
                addrs.setdefault(go_type.key[1])
        known = []
        for addr in addrs:
            try:
                go_type = types.at(addr)
                if go_type.map_shape.unit_size:
                    known.append(_Known(go_type, types.unit_addr(addr)))
            except (MemoryFault, CorruptMemory):
                continue  # a type that reflect made, in memory that is missing: nothing can be counted by it
        return known

    def resolve(self, hints: Mapping[int, Sequence[GoType]]) -> None:
        """Count every untyped candidate; those that fit no map type are rejected as being no maps.

        ``hints`` gives, by candidate number, the map types that the holding function's variables have.
        """
        found = self._found
        unknown = np.flatnonzero((found.type_of == UNKNOWN) & ~found.denied & ~self._census.done)
        for signature, numbers in self._by_signature(unknown, found.headers.take(unknown)):
            if signature is None:
                self._census.scan(numbers, SLOTS)
                continue
            self._fit(signature, numbers, hints)

    def fitting(self, header: Headers) -> list[GoType]:
        """The map types that the array of one map (one row) fits; empty where it has none on the heap."""
        signature = self._by_signature(np.zeros(1, np.int64), header)[0][0]
        return [known.type for known in self._known if self._fits(known, signature)] if signature else []

    def _by_signature(self, numbers: I64, headers: Headers) -> list[tuple[Signature | None, I64]]:
        """Group maps by signature, with their numbers; None stands for maps without any array."""
        array, units, log2 = self._arrays(headers)
        located = self._runtime.spans.locate(array)
        span = np.maximum(located.span, 0)
        noscan = self._runtime.spans.span_class[span] & 1
        named = self._recorded_types(located.base, span, located.size)
        columns = np.stack([located.size, noscan.astype(np.int64), units, log2, named.view(np.int64)])
        rows, inverse = np.unique(columns, axis=1, return_inverse=True)
        groups: list[tuple[Signature | None, I64]] = []
        for index, row in enumerate(rows.T.tolist()):
            signature = Signature(row[0], bool(row[1]), row[2], row[3], row[4] & (1 << 64) - 1) if row[0] else None
            groups.append((signature, numbers[inverse.reshape(-1) == index]))
        return groups

    def _arrays(self, headers: Headers) -> tuple[U64, I64, I64]:
        """Address, unit count and B of one array of each map: its buckets, its group, or its first table's groups."""
        zero = np.zeros(len(headers.addr), np.int64)
        if not isinstance(headers, swiss.SwissHeaders):
            shift = np.minimum(headers.B, 40)
            return headers.buckets, np.where(headers.buckets != 0, np.int64(1) << shift, 0), headers.B.astype(np.int64)
        array, units = headers.dir_ptr.copy(), np.where(headers.dir_ptr != 0, 1, 0)
        large = np.flatnonzero(headers.dir_len > 0)
        memory, layout = self._runtime.memory, self._runtime.layout
        table, _ = memory.gather(headers.dir_ptr[large], [0])
        at = layout.offset(swiss.TABLE, "groups")
        inner = "internal/runtime/maps.groupsReference"
        offsets = [at + layout.offset(inner, "data"), at + layout.offset(inner, "lengthMask")]
        words, _ = memory.gather(table[:, 0], offsets)
        array[large] = words[:, 0]
        units[large] = words[:, 1].view(np.int64) + 1
        return array, units, zero

    def _recorded_types(self, base: U64, span: I64, size: I64) -> U64:
        spans, layout = self._runtime.spans, self._runtime.layout
        named = np.where(size > 0, spans.large_type[span], 0).astype(np.uint64)
        if layout.has_const("mallocHeaderSize"):
            small = layout.const("minSizeForMallocHeader")
            scan = (spans.span_class[span] & 1) == 0
            headed = np.flatnonzero((size > small) & scan & (spans.span_class[span] >= 2) & (named == 0))
            words, ok = self._runtime.memory.gather(base[headed], [0])
            named[headed] = np.where(ok, words[:, 0], 0)
        return named

    def _fits(self, known: _Known, signature: Signature) -> bool:
        shape, layout = known.type.map_shape, self._runtime.layout
        if shape.noscan != signature.noscan or (signature.named and known.unit_addr != signature.named):
            return False
        units = signature.units
        if layout.map_kind == "classic":
            units = bucket_array(signature.log2, shape.unit_size, shape.noscan, layout)[1]
        return layout.alloc_size(units * shape.unit_size, shape.noscan) == signature.slot

    def _fit(self, signature: Signature, numbers: I64, hints: Mapping[int, Sequence[GoType]]) -> None:
        """Try the layouts that the signature allows until the counts agree with the headers."""
        fitting = [known for known in self._known if self._fits(known, signature)]
        left = numbers
        for unit_size in sorted({known.type.map_shape.unit_size for known in fitting}):
            if not len(left):
                return
            self._census.done[left] = False
            self._census.scan(left, unit_size)
            wrong = np.isin(left, self._census.disagreeing(left))
            here = [known.type for known in fitting if known.type.map_shape.unit_size == unit_size]
            self._found.unit_size[left[~wrong]] = unit_size
            self._name(left[~wrong], here, hints)
            left = left[wrong]
        for number in left.tolist():
            self._census.faults.pop(number, None)
        # What nothing holds may be dead, and its parts in other use already: only what is held can be at fault.
        held = (self._found.owner[left] != UNKNOWN) & bool(signature.named) & bool(fitting)
        for number in left[held].tolist():
            self._census.faults[number] = "the header's count and the slots found full disagree"
        self.rejected[left[~held]] = True

    def _name(self, numbers: I64, types: list[GoType], hints: Mapping[int, Sequence[GoType]]) -> None:
        known = the_one(types)
        if known is not None:
            self._found.type_of[numbers] = self._found.type_index(known)
            return
        names = {t.name for t in types}
        for number in hints.keys() & set(numbers.tolist()):
            hinted = the_one([t for t in hints[number] if t.name in names])
            if hinted is not None:
                self._found.type_of[number] = self._found.type_index(hinted)


def unit_sizes(found: FoundMaps, default: int) -> NDArray[np.int64]:
    """Unit size of each candidate's type, ``default`` where the type is not known."""
    sizes = np.array([t.map_shape.unit_size for t in found.types] + [default], np.int64)
    return sizes[found.type_of]


def the_one(types: Sequence[GoType]) -> GoType | None:
    """The only type there is; of a literal map type and its named kin the literal one, None where types differ."""
    names = {t.name: t for t in types}
    if len(names) == 1:
        return types[0]
    if len({(t.map_shape.key.name, t.map_shape.elem.name) for t in types}) != 1:
        return None
    return next((t for name, t in names.items() if name.startswith("map[")), None)
