"""What changed between two looks at a program: per owner, per type, and the maps of each owner and type.

Nothing is matched by address: the two may be different processes and builds. Owners and types are matched by their
text. A goroutine's number says nothing across a restart, so goroutines that run the same function are one owner,
``goroutine *: main.serve (stack)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goxray.core.heap_schema import DIFF_SCHEMA_ID, DIFF_TABLES, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

I64 = NDArray[np.int64]
_GOROUTINE = re.compile(r"\bgoroutine \d+: ")


@dataclass(frozen=True)
class Side:
    """One of the two: its whole tables, not cut to a limit.

    ``owners`` and ``types`` have at least the columns owner or type, objects and bytes (as in core/heap_schema.py);
    ``maps`` owner, type, entries and bytes, one row a map (as in core/schema.py).
    """

    owners: pa.Table
    types: pa.Table
    maps: pa.Table


def diff_tables(before: Side, after: Side) -> dict[str, pa.Table]:
    """Return the tables of ``DIFF_TABLES``: what each owner and type had in the first and has in the second.

    Rows are sorted by how much their bytes changed, up or down, then by name; what is the same comes last. ``change``
    is ``came`` or ``went`` for what only one of the two has; else ``grew`` or ``shrank`` by bytes, where these are
    equal by objects. For maps it is entries first, then bytes.
    """
    objects = ("objects", "bytes")
    counted = ("maps", "entries", "bytes")
    return {
        "owners": _compare("owners", ("owner",), objects, before.owners, after.owners, ("bytes", "objects")),
        "types": _compare("types", ("type",), objects, before.types, after.types, ("bytes", "objects")),
        "maps": _compare(
            "maps", ("owner", "type"), counted, _with_count(before.maps), _with_count(after.maps), counted[1:]
        ),
    }


def same_owner(text: str) -> str:
    """Return an owner's text without what differs from run to run: the numbers of goroutines."""
    return _GOROUTINE.sub("goroutine *: ", text)


def _with_count(maps: pa.Table) -> pa.Table:
    columns = maps.select(["owner", "type", "entries", "bytes"])
    return columns.append_column("maps", pa.array(np.ones(maps.num_rows, np.int64)))


def _compare(
    name: str,
    keys: tuple[str, ...],
    figures: tuple[str, ...],
    before: pa.Table,
    after: pa.Table,
    decisive: Sequence[str],
) -> pa.Table:
    first, second = _sums(before, keys, figures), _sums(after, keys, figures)
    every = list(dict.fromkeys([*first, *second]))
    nothing = (0,) * len(figures)
    columns: dict[str, I64] = {}
    for place, figure in enumerate(figures):
        was = np.array([first.get(key, nothing)[place] for key in every], np.int64)
        now = np.array([second.get(key, nothing)[place] for key in every], np.int64)
        columns |= {f"{figure}_before": was, f"{figure}_after": now, f"{figure}_delta": now - was}
    change = [_change(key, first, second, columns, row, decisive) for row, key in enumerate(every)]
    size = np.abs(columns["bytes_delta"])
    order = sorted(range(len(every)), key=lambda row: (-int(size[row]), change[row] == "same", every[row]))
    texts = {key: [every[row][place] for row in order] for place, key in enumerate(keys)}
    texts["change"] = [change[row] for row in order]
    return _table(name, texts, columns, np.array(order, np.int64))


def _sums(table: pa.Table, keys: tuple[str, ...], figures: tuple[str, ...]) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Return the sums of the figures by key; rows whose keys read the same once normalised are one."""
    if not table.num_rows:
        return {}
    codes = np.zeros(table.num_rows, np.int64)
    names: list[list[str]] = []
    for key in keys:
        code, words = _coded(table.column(key), same_owner if key == "owner" else str)
        codes = codes * len(words) + code
        names.append(words)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sums = [
        np.add.reduceat(_integers(table.column(figure))[order], starts, dtype=np.int64).tolist() for figure in figures
    ]
    found = {}
    for code, *values in zip(codes[order[starts]].tolist(), *sums, strict=True):
        parts = []
        for words in reversed(names):
            code, part = divmod(code, len(words))
            parts.append(words[part])
        found[tuple(reversed(parts))] = tuple(values)
    return found


def _coded(column: pa.ChunkedArray, normal: Callable[[str], str]) -> tuple[I64, list[str]]:
    """Return a column of names as numbers (int64) into a list of distinct normalised names."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    numbers: dict[str, int] = {}
    parts = []
    for chunk in column.chunks:
        words = [normal(word or "") for word in chunk.dictionary.to_pylist()]
        own = np.array([numbers.setdefault(word, len(numbers)) for word in [*words, ""]], np.int64)
        index = chunk.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        parts.append(own[index])
    return np.concatenate(parts), list(numbers)


def _integers(column: pa.ChunkedArray) -> I64:
    numbers: I64 = column.combine_chunks().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _change(
    key: tuple[str, ...],
    first: Mapping[tuple[str, ...], Any],
    second: Mapping[tuple[str, ...], Any],
    columns: Mapping[str, I64],
    row: int,
    decisive: Sequence[str],
) -> str:
    if key not in first:
        return "came"
    if key not in second:
        return "went"
    for figure in decisive:
        delta = columns[f"{figure}_delta"][row]
        if delta:
            return "grew" if delta > 0 else "shrank"
    return "same"


def _table(name: str, texts: dict[str, list[str]], columns: dict[str, I64], order: I64) -> pa.Table:
    schema = arrow_schema(DIFF_TABLES[name], DIFF_SCHEMA_ID)
    arrays = [
        pa.array(columns[field.name][order])
        if field.name in columns
        else pa.array(texts[field.name], pa.string()).dictionary_encode()
        for field in schema
    ]
    return pa.Table.from_arrays([a.cast(f.type) for a, f in zip(arrays, schema, strict=True)], schema=schema)
