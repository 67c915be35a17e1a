"""Maps that no typed path reaches: which of the program's map types their memory fits, and counting them by it.

Evidence, strongest first: the type that the allocator recorded with the bucket or group array; the array's size,
which only some map types make; the header's count, which only the right layout reproduces; the map variables of the
function whose frame holds it, as far as the map's pointer words and the hashes of its keys do not contradict them.
Where types are not to be had from DWARF, also what stands in the slots (:mod:`goxray.maps.evidence`): what then still
fits is named if it is one type or two, else by the part that they share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType
from goxray.maps import swiss
from goxray.maps.addresses import find
from goxray.maps.bucket_arrays import bucket_array
from goxray.maps.evidence import Evidence
from goxray.maps.found import UNKNOWN, FoundMaps
from goxray.maps.headers import Headers
from goxray.maps.judge import Judge
from goxray.maps.units import I64, SLOTS, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.census import Census

_SHAPE = "go.shape."
_TRIED = 24
_TRIED_ENTRIES = 10


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

    def __init__(self, runtime: Runtime, found: FoundMaps, census: Census, *, by_contents: bool = False) -> None:
        self._runtime = runtime
        self._found = found
        self._census = census
        self._known = self._map_types()
        self._evidence = self._contents if by_contents else None
        self.rejected = np.zeros(len(found.headers.addr), np.bool_)

    @cached_property
    def _contents(self) -> Evidence:
        return Evidence(self._runtime, self._census, Judge(self._runtime, self.could_be))

    def _map_types(self) -> list[_Known]:
        """The modules' map types."""
        found = [known for addr in self._runtime.types.map_type_addrs() if (known := self._at(addr)) is not None]
        # what generic code is compiled for: no map is made of such a type
        return [known for known in found if _SHAPE not in known.type.name]

    def learn(self, types: Sequence[GoType]) -> None:
        """Add map types that reflect made at run time and that the walk has met."""
        for go_type in types:
            key = go_type.key
            if isinstance(key, tuple) and key[0] == "runtime" and not self._runtime.types.in_modules(key[1]):
                known = self._at(key[1])
                if known is not None and known not in self._known:
                    self._known.append(known)

    def _at(self, addr: int) -> _Known | None:
        types = self._runtime.types
        try:
            go_type = types.at(addr)
            return _Known(go_type, types.unit_addr(addr)) if go_type.map_shape.unit_size else None
        except (MemoryFault, CorruptMemory):
            return None  # a type that reflect made, in memory that is missing: nothing can be counted by it

    def resolve(self, hints: Mapping[int, Sequence[GoType]]) -> None:
        """Count every untyped candidate; those that fit no map type are rejected as being no maps.

        ``hints`` gives, by candidate number, the map types that the holding function's variables have.
        """
        found = self._found
        unknown = np.flatnonzero((found.type_of == UNKNOWN) & ~found.denied & ~self._census.done & ~self.rejected)
        self.resolve_some(unknown, hints)

    def prepare(self) -> None:
        """Where contents are evidence: find what the program hashes with, by a few maps with enough entries."""
        evidence, found = self._evidence, self._found
        if evidence is None or evidence.hashes:
            return
        large = np.flatnonzero(found.headers.entries >= _TRIED_ENTRIES)
        chosen = large[np.linspace(0, len(large) - 1, min(_TRIED, len(large))).astype(np.int64)]
        tried = []
        for number in np.unique(chosen).tolist():
            header = found.headers.take(np.array([number]))
            types = self.fitting(header)
            sizes = sorted({t.map_shape.unit_size for t in types})
            tried += [(header, [t for t in types if t.map_shape.unit_size == size]) for size in sizes]
        evidence.find_hashes(tried)

    def resolve_some(self, unknown: I64, hints: Mapping[int, Sequence[GoType]]) -> None:
        """The same for the candidates numbered ``unknown``."""
        found = self._found
        for signature, numbers in self._by_signature(unknown, found.headers.take(unknown)):
            if signature is None:
                self._census.scan(numbers, SLOTS)
                continue
            self._fit(signature, numbers, hints)

    def fitting(self, header: Headers) -> list[GoType]:
        """The map types that the array of one map (one row) fits; empty where it has none on the heap."""
        return self.fittings(header)[0][1]

    def fittings(self, headers: Headers) -> list[tuple[I64, list[GoType]]]:
        """Rows of headers that are alike, and the map types that their arrays fit; none for those without an array."""
        groups = self._by_signature(np.arange(len(headers.addr)), headers)
        return [
            (rows, [known.type for known in self._known if self._fits(known, signature)] if signature else [])
            for signature, rows in groups
        ]

    def could_be(self, go_type: GoType, addrs: U64) -> NDArray[np.bool_]:
        """Which of ``addrs`` are headers of maps whose array fits a map type (bool, one an address)."""
        index = find(addrs, self._found.headers.addr)
        good: NDArray[np.bool_] = index >= 0
        here = np.flatnonzero(good)
        known = [each for each in self._known if each.type.name == go_type.name]
        for signature, rows in self._by_signature(here, self._found.headers.take(index[here])):
            if signature is not None:
                good[rows] = any(self._fits(each, signature) for each in known)
        return good

    def contradicted(self, go_type: GoType, headers: Headers) -> NDArray[np.bool_]:
        """Which maps (bool, one a header) cannot be of a map type that was guessed: their memory shows another."""
        arrays = self._arrays(headers)[0]
        wrong = self._contents.contradicts(go_type, headers, arrays)
        units = [known.unit_addr for known in self._known if known.type.name == go_type.name]
        if units:
            located = self._runtime.spans.locate(arrays)
            recorded = self._recorded_types(located.base, np.maximum(located.span, 0), located.size)
            wrong |= (recorded != 0) & ~np.isin(recorded, np.array(units, np.uint64))
        return wrong

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
            self._census.forget(left)
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
        if self._evidence is not None:
            self._name_by_contents(self._evidence, numbers, types)
            return
        self._name_by_hints(numbers, {t.name for t in types}, hints)

    def _name_by_hints(self, numbers: I64, names: set[str], hints: Mapping[int, Sequence[GoType]]) -> None:
        """Name maps by the variables of their holders; a word left over from another call may point to any map."""
        found, told = self._found, dict[str, tuple[GoType, list[int]]]()
        for number in sorted(hints.keys() & set(numbers.tolist())):
            hinted = the_one([t for t in hints[number] if t.name in names])
            if hinted is not None:
                told.setdefault(hinted.name, (hinted, []))[1].append(number)
        for hinted, rows in told.values():
            wrong = self.contradicted(hinted, found.headers.take(np.array(rows)))
            found.type_of[np.array(rows)[~wrong]] = found.type_index(hinted)

    def _name_by_contents(self, evidence: Evidence, numbers: I64, types: list[GoType]) -> None:
        """Name each map by the types that its slots allow; where none is left, or nothing fits, all stay possible."""
        if not len(numbers):
            return
        found = self._found
        headers = found.headers.take(numbers)
        fits = evidence.narrow(headers, self._arrays(headers)[0], types)
        fits[~fits.any(axis=1)] = True
        for row, which in _alike_rows(fits):
            left = [types[column] for column in np.flatnonzero(row).tolist()]
            known = the_one(left)
            if known is not None:
                found.type_of[numbers[which]] = found.type_index(known)
            else:
                found.leave_open(numbers[which], left)


def _alike_rows(fits: NDArray[np.bool_]) -> list[tuple[NDArray[np.bool_], I64]]:
    """The distinct rows, each with the numbers of those that are like it."""
    rows, inverse = np.unique(fits, axis=0, return_inverse=True)
    return [(row, np.flatnonzero(inverse.reshape(-1) == index)) for index, row in enumerate(rows)]


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
