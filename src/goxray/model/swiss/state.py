"""The state of one Swiss map as arrays, which the kernels of the engine change.

Every slot holds what identifies its key (``kid``: equal for keys that are == in Go, ``ODD`` for one that is not even
equal to itself) and two stored values: ``kv`` and ``ev`` number what stands in the key's and the elem's bytes. 0 stands
for zero bytes, nil for what is kept by pointer; other numbers are the caller's. What stands in a slot after a delete or
a clear is what the runtime leaves there.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout
from goxray.model.shape import ModelShape

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
T = TypeVar("T", bound=np.generic)

SLOTS = 8
EMPTY = 0x80
DELETED = 0xFE
MAX_CAPACITY = 1024
MAX_GROUPS = MAX_CAPACITY // SLOTS
ODD = -1
"""The identity of a key that is not equal to itself, in a map whose keys are not reflexive; the bits of a NaN."""

# Scalars: Store.scalar[...]
USED, DIR_LEN, DEPTH, TOMBSTONES, CLEAR_SEQ = 0, 1, 2, 3, 4
SMALL = 5  # group of a small map, -1 while it has none
TABLES, TOP = 6, 7  # first table row and first group never used so far
FREE_TABLE = 8  # chain of free table rows, -1 at its end
KEPT = 9  # iterations going on: what they may look at is not used again
ROWS = 10  # event rows written
KEYS_BY_POINTER, ELEMS_BY_POINTER = 11, 12  # objects made so far
RANDOM = 13  # state of the random hashes of keys that are not equal to themselves
FREE_GROUPS = 14  # eight chains of free arrays of 1, 2, 4 .. 128 groups
SCALARS = FREE_GROUPS + 8

# Columns of Store.tables
BASE, CAPACITY, COUNT, GROWTH_LEFT, LOCAL_DEPTH, INDEX, STATE, LINK = 0, 1, 2, 3, 4, 5, 6, 7
UNUSED, LIVE, RETIRED = 0, 1, 2
TABLE_COLUMNS = 8

# Rules: Store.rules[...]
PRUNES, FINDS_FIRST, CLEARING, SPARSE_ALWAYS = 0, 1, 2, 3
UPDATES_KEY, REFLEXIVE, CLEARS_KEY, KEY_BY_POINTER, ELEM_BY_POINTER = 4, 5, 6, 7, 8
RULES = 9
CLEARS_ALL, CLEARS_FULL, CLEARS_SPARSE = 0, 1, 2

# Kinds of event rows: Store.rows[n] is (op, kind, a, b)
ROW_SMALL = 0  # the small group
ROW_TABLE = 1  # the small map's first table
ROW_GROW = 2  # a: old capacity, b: new one
ROW_SPLIT = 3  # a: old capacity, b: local depth of both halves
ROW_DIRECTORY = 4  # a: old length, b: new one
ROW_PRUNE = 5  # a: tombstones that are no more
ROW_COLUMNS = 4

LARGEST_HEAP = 1 << 48
"""runtime.maxAlloc of a 64-bit build: hints that ask for more are taken for 0."""


class Store(NamedTuple):
    """One map. Groups of all tables stand in one arena; a table is a row that knows its first group.

    ``ctrl`` uint8[groups * 8]; ``hash`` uint64, ``kid``, ``kv``, ``ev`` int64, alike. ``directory`` int64[>= length]
    holds table rows. ``key_object`` and ``elem_object`` hold what the objects kept by pointer contain.
    """

    scalar: I64
    rules: I64
    directory: I64
    tables: I64
    ctrl: U8
    hash: U64
    kid: I64
    kv: I64
    ev: I64
    key_object: I64
    elem_object: I64
    rows: I64


def rules(layout: RuntimeLayout, shape: ModelShape) -> I64:
    """Return what the engine has to know of a build and a map type, int64[RULES].

    Raises:
        ValueError: the build's maps are no Swiss maps.
    """
    known = layout.swiss
    if known is None or shape.unit.kind != "swiss":
        raise ValueError(f"{layout.version} has no Swiss maps")
    out = np.zeros(RULES, np.int64)
    out[PRUNES] = shape.fast in known.pruning
    out[FINDS_FIRST] = known.finds_first
    out[CLEARING] = ("all", "full", "sparse").index(known.clearing)
    slot = shape.unit.key_stride
    if "mapsplitgroup" in layout.active:
        slot += shape.unit.elem_stride
    out[SPARSE_ALWAYS] = slot > 32  # table.Clear
    out[UPDATES_KEY] = shape.needs_key_update
    out[REFLEXIVE] = shape.reflexive
    out[CLEARS_KEY] = shape.unit.indirect_key or shape.key_ptrdata > 0
    out[KEY_BY_POINTER] = shape.unit.indirect_key
    out[ELEM_BY_POINTER] = shape.unit.indirect_elem
    return out


def empty_store(known: I64, random_state: int, groups: int = 4 * MAX_GROUPS) -> Store:
    """Return a map that has nothing but its header."""
    scalar = np.zeros(SCALARS, np.int64)
    scalar[[SMALL, FREE_TABLE]] = -1
    scalar[FREE_GROUPS:] = -1
    scalar[RANDOM] = random_state | 1
    scalar[[KEYS_BY_POINTER, ELEMS_BY_POINTER]] = 1
    slots = groups * SLOTS
    return Store(
        scalar, known, np.zeros(4, np.int64), np.zeros((4, TABLE_COLUMNS), np.int64),
        np.full(slots, EMPTY, np.uint8), np.zeros(slots, np.uint64),
        np.zeros(slots, np.int64), np.zeros(slots, np.int64), np.zeros(slots, np.int64),
        np.zeros(16, np.int64), np.zeros(16, np.int64), np.zeros((64, ROW_COLUMNS), np.int64),
    )  # fmt: skip


def with_room(store: Store, groups: int, tables: int, directory: int, ops: int) -> Store:
    """Return the map with room for that many more groups and tables, such a directory, and ``ops`` objects and rows."""
    scalar = store.scalar
    slots = _grown(len(store.ctrl), (int(scalar[TOP]) + groups) * SLOTS)
    rows = _grown(len(store.tables), int(scalar[TABLES]) + tables)
    return store._replace(
        directory=_longer(store.directory, _grown(len(store.directory), directory)),
        tables=_longer(store.tables, rows),
        ctrl=_longer(store.ctrl, slots), hash=_longer(store.hash, slots), kid=_longer(store.kid, slots),
        kv=_longer(store.kv, slots), ev=_longer(store.ev, slots),
        key_object=_longer(store.key_object, _grown(len(store.key_object), int(scalar[KEYS_BY_POINTER]) + ops)),
        elem_object=_longer(store.elem_object, _grown(len(store.elem_object), int(scalar[ELEMS_BY_POINTER]) + ops)),
    )  # fmt: skip


def _grown(have: int, need: int) -> int:
    return have if need <= have else max(need, 2 * have)


def _longer(array: NDArray[T], length: int) -> NDArray[T]:
    if length == len(array):
        return array
    out = np.zeros((length, *array.shape[1:]), array.dtype)
    out[: len(array)] = array
    return out
