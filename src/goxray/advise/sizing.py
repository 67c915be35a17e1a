"""Types of maps of which a snapshot knows only names: parsed where that is enough, else sized by what maps take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import GoxrayError
from goxray.goruntime.types import SLOTS_PER_UNIT, GoType, Kind
from goxray.maps.rows import UNKNOWN_NAME
from goxray.model.gotypes import parse_type
from goxray.model.gotypes_make import BASIC, Member, align_of, make_array, make_struct
from goxray.model.shapes import unit_of

if TYPE_CHECKING:
    from goxray.advise.evidence import I64
    from goxray.layout import RuntimeLayout
    from goxray.maps.rows import MapRows

_WORD = 8
_MOST_ROWS = 32
_PREALLOCATED_FROM = 4


@dataclass
class Sizer:
    """Finds the types of a snapshot's maps. ``guessed`` and ``unknown`` collect names that were not parsed.

    ``guessed`` are sized by the bytes that their maps take, with fields of no meaning; ``unknown`` could not be.
    """

    layout: RuntimeLayout
    guessed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def types(self, rows: MapRows) -> list[GoType | None]:
        """Return the type of each of ``rows.types``, None where it could not be sized."""
        return [self._type(rows, number) for number in range(len(rows.types))]

    def notes(self) -> list[str]:
        """Return what the reader should know of it."""
        said = []
        if self.guessed:
            said.append(
                f"{_names(self.guessed)}: the snapshot knows the names of these types alone; keys and elems are sized "
                "by the bytes that their maps take"
            )
        if self.unknown:
            said.append(f"{_names(self.unknown)}: nothing tells how large these are; their maps are not predicted")
        return said

    def _type(self, rows: MapRows, number: int) -> GoType | None:
        name, shape = rows.types[number].name, rows.types[number].map_shape
        units = _units(rows, np.flatnonzero(rows.type_of == number), self.layout)
        key, elem = self._parsed(shape.key.name), self._parsed(shape.elem.name)
        if key is None or elem is None:
            pair = _fitted(key, elem, units, _indirect_size(rows, number), self.layout)
            if pair is None:
                self.unknown.append(name)
                return None
            self.guessed.append(name)
            key, elem = pair
        unit = unit_of(key, elem, self.layout)
        if units and (unit.unit_size, unit.noscan) not in units:
            self.unknown.append(name)
            return None
        return GoType(("stored", name), Kind.MAP, _WORD, name, map_shape=lambda: unit)

    def _parsed(self, name: str) -> GoType | None:
        if name == UNKNOWN_NAME:
            return None
        try:
            return parse_type(name, self.layout)
        except (GoxrayError, ValueError, TypeError):
            return None


def _names(names: list[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(sorted(names)[:3]) + more


def _indirect_size(rows: MapRows, number: int) -> int:
    """Bytes of what each entry holds by pointer, 0 for nothing."""
    mine = rows.type_of == number
    entries, held = int(rows.full_slots[mine].sum()), int(rows.indirect_bytes[mine].sum())
    return held // entries if entries else 0


def _units(rows: MapRows, chosen: I64, layout: RuntimeLayout) -> set[tuple[int, bool]]:
    """Every (unit size, noscan) that explains the bytes of the maps to the byte; none where no map is plain enough."""
    chosen = chosen[np.argsort(-rows.slots[chosen], kind="stable")]
    detail = rows.detail(chosen)
    plain = _plain_swiss if rows.kind == "swiss" else _plain_classic
    found: set[tuple[int, bool]] | None = None
    seen = 0
    for place, row in enumerate(chosen.tolist()):
        arrays = plain({name: int(column[place]) for name, column in detail.items()}, int(rows.slots[row]), layout)
        if arrays is None:
            continue
        fits = _explain(int(rows.bytes[row]), arrays, layout)
        found = fits if found is None else found & fits
        seen += 1
        if seen == _MOST_ROWS:
            break
    return found or set()


@dataclass(frozen=True)
class _Arrays:
    """A map's bytes apart from its arrays of units, which are all alike: ``count`` of ``units`` units each.

    ``listed``: of a map without pointers in its units there would be more.
    """

    fixed: tuple[int, ...]
    units: int
    count: int
    listed: bool = False


def _plain_swiss(detail: dict[str, int], slots: int, layout: RuntimeLayout) -> _Arrays | None:
    header = layout.alloc_size(layout.size("internal/runtime/maps.Map"), False)
    if not slots:
        return None
    if detail["small"]:
        return _Arrays((header,), 1, 1)
    tables, groups = detail["tables"], detail["groups"]
    if not tables or (tables > 1 and groups != tables * layout.const("maxTableCapacity") // SLOTS_PER_UNIT):
        return None
    table = layout.alloc_size(layout.size("internal/runtime/maps.table"), False)
    directory = layout.alloc_size(_WORD * detail["dir_len"], False)
    return _Arrays((header + directory + tables * table,), groups // tables, tables)


def _plain_classic(detail: dict[str, int], slots: int, layout: RuntimeLayout) -> _Arrays | None:
    header = layout.alloc_size(layout.size("runtime.hmap"), False)
    extra = layout.alloc_size(layout.size("runtime.mapextra"), False)
    log2, overflow = detail["B"], detail["overflow_buckets"]
    if not slots or detail["old_buckets"]:
        return None
    if overflow:
        # Those that the preallocated ones suffice for take nothing more; pointer-free maps list them besides.
        if log2 < _PREALLOCATED_FROM or overflow > 1 << (log2 - _PREALLOCATED_FROM):
            return None
        return _Arrays((header + extra,), (1 << log2) + (1 << (log2 - _PREALLOCATED_FROM)), 1, listed=True)
    if log2 < _PREALLOCATED_FROM:
        return _Arrays((header, header + extra), 1 << log2, 1)
    return _Arrays((header + extra,), (1 << log2) + (1 << (log2 - _PREALLOCATED_FROM)), 1)


def _explain(held: int, arrays: _Arrays, layout: RuntimeLayout) -> set[tuple[int, bool]]:
    """Return every (unit size, noscan) with which arrays and fixed parts come to the bytes held."""
    most = SLOTS_PER_UNIT * 2 * layout.const("MapMaxKeyBytes") + 2 * _WORD
    sizes = np.arange(2 * _WORD, most + 1, _WORD, dtype=np.int64)
    found = set()
    for noscan in (False,) if arrays.listed else (False, True):
        each = layout.alloc_sizes(sizes * arrays.units, noscan) * arrays.count
        for fixed in arrays.fixed:
            found |= {(int(size), noscan) for size in sizes[each == held - fixed]}
    return found


def _fitted(
    key: GoType | None, elem: GoType | None, units: set[tuple[int, bool]], indirect: int, layout: RuntimeLayout
) -> tuple[GoType, GoType] | None:
    """Find sizes for what is not known, so that the unit comes to one that the maps' bytes allow."""
    if indirect and elem is None:
        elem = _blob(indirect, pointers=True)
        if key is not None:
            return key, elem
    for size, noscan in sorted(units):
        overhead = 2 * _WORD if layout.map_kind == "classic" else _WORD
        slot = (size - overhead) // SLOTS_PER_UNIT
        for made in _pairs(key, elem, slot, pointers=not noscan):
            unit = unit_of(*made, layout)
            if (unit.unit_size, unit.noscan) == (size, noscan):
                return made
    return None


def _pairs(key: GoType | None, elem: GoType | None, slot: int, *, pointers: bool) -> list[tuple[GoType, GoType]]:
    """Key and elem that fill a slot of so many bytes: what is unknown takes what is left."""
    if key is not None and elem is None:
        return [(key, _blob(slot - key.size, pointers=pointers, align=align_of(key)))] if slot >= key.size else []
    if elem is not None and key is None:
        return [(_blob(slot - elem.size, pointers=pointers, align=align_of(elem)), elem)] if slot >= elem.size else []
    half = max(slot // 2 // _WORD * _WORD, min(slot, _WORD))
    return [(_blob(half, pointers=pointers), _blob(slot - half, pointers=pointers))]


def _blob(size: int, *, pointers: bool, align: int = _WORD) -> GoType:
    """Return a struct of so many bytes, of pointers or of numbers."""
    if pointers and size >= _WORD and size % _WORD == 0:
        return make_struct([Member("_", make_array(size // _WORD, BASIC["unsafe.Pointer"]))])
    step = next(step for step in (_WORD, 4, 2, 1) if size % step == 0 and step <= align)
    number = {8: "uint64", 4: "uint32", 2: "uint16", 1: "uint8"}[step]
    return make_struct([Member("_", make_array(size // step, BASIC[number]))])
