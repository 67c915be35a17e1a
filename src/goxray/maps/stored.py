"""Rows of maps from a table that a snapshot keeps, so that they are grouped, sorted and shown like those just found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.types import GoType, Kind, MapShape
from goxray.maps.found import UNKNOWN
from goxray.maps.rows import FOUND_BY, NOT_REACHED, UNKNOWN_NAME, UNKNOWN_TYPE, MapRows, detail_names
from goxray.maps.units import I64

if TYPE_CHECKING:
    from typing import Literal

    import pyarrow as pa


def stored_rows(table: pa.Table) -> MapRows:
    """Return the rows of a table in ``MAP_COLUMNS``, in its order.

    The types know their names and no more: what needs memory of the target cannot be asked of them.
    """
    table = table.unify_dictionaries().combine_chunks()
    type_of, types = _coded(table, "type")
    owner_of, owners = _coded(table, "owner")
    found_by, words = _coded(table, "found_by")
    kinds = _coded(table, "kind")[1]
    kind: Literal["classic", "swiss"] = "classic" if kinds[:1] == ["classic"] else "swiss"
    return MapRows(
        kind=kind,
        addr=_numbers(table, "addr").view(np.uint64),
        type_of=_renumbered(type_of, types, UNKNOWN_TYPE),
        owner_of=_renumbered(owner_of, owners, NOT_REACHED),
        found_by=np.array([FOUND_BY.index(word) for word in words] or [0], np.int8)[found_by],
        entries=_numbers(table, "entries"),
        full_slots=_numbers(table, "full_slots"),
        slots=_numbers(table, "slots"),
        tombstones=_numbers(table, "tombstones").astype(np.int32),
        bytes=_numbers(table, "bytes"),
        indirect_bytes=_numbers(table, "indirect_bytes"),
        rebuilt_bytes=_numbers(table, "rebuilt_bytes"),
        detail=lambda chosen: {name: _numbers(table, name)[chosen] for name in detail_names(kind)},
        types=_types(table, type_of, types, kind),
        owners=[name for name in owners if name != NOT_REACHED],
    )


def _coded(table: pa.Table, name: str) -> tuple[I64, list[str]]:
    """Return a column of names as numbers (int64) and the list of names that they index."""
    column = table.column(name)
    if not column.num_chunks:
        return np.zeros(0, np.int64), []
    chunk = column.chunk(0)
    words = [word or "" for word in chunk.dictionary.to_pylist()]
    return chunk.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64), words


def _renumbered(codes: I64, words: list[str], unknown: str) -> NDArray[np.int32]:
    """Return numbers into the list without the word for what is unknown, which is -1."""
    numbers = np.full(len(words) + 1, UNKNOWN, np.int32)
    known = [place for place, word in enumerate(words) if word != unknown]
    numbers[known] = np.arange(len(known), dtype=np.int32)
    return numbers[codes]


def _numbers(table: pa.Table, name: str) -> I64:
    column = table.column(name)
    if not column.num_chunks:
        return np.zeros(0, np.int64)
    return column.chunk(0).fill_null(0).to_numpy(zero_copy_only=False).view(np.int64)  # type: ignore[no-any-return]


def _types(table: pa.Table, type_of: I64, names: list[str], kind: Literal["classic", "swiss"]) -> list[GoType]:
    """Return types of these names, with the names of their keys and elems as their maps' rows have them."""
    key_of, keys = _coded(table, "key")
    elem_of, elems = _coded(table, "elem")
    first = np.zeros(len(names), np.int64)
    first[type_of[::-1]] = np.arange(len(type_of))[::-1]
    found = []
    for number, name in enumerate(names):
        if name == UNKNOWN_TYPE:
            continue
        row = int(first[number])
        key, elem = (keys[key_of[row]], elems[elem_of[row]]) if len(type_of) else (UNKNOWN_NAME, UNKNOWN_NAME)
        found.append(_map_type(name, key, elem, kind))
    return found


def _map_type(name: str, key: str, elem: str, kind: Literal["classic", "swiss"]) -> GoType:
    of_key, of_elem = (GoType(("stored", part), Kind.INVALID, 0, part) for part in (key, elem))
    shape = MapShape(kind, of_key, of_elem, 0, 0, 0, 0, 0, False, False, False)
    return GoType(("stored", name), Kind.MAP, 8, name, map_shape=lambda: shape)
