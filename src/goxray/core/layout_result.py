"""What ``goxray layout`` says: how types lie in memory. Plain data only; all sizes are in bytes."""

from __future__ import annotations

from dataclasses import dataclass

LAYOUT_SCHEMA_ID = "goxray.layout/1"


@dataclass(frozen=True)
class FieldLayout:
    """One field of a struct. ``padding`` are the unused bytes that follow it, ``pointer_words`` its pointers' offsets.

    The offsets in ``pointer_words`` count from the struct's start, in bytes.
    """

    name: str
    type: str
    offset: int
    size: int
    align: int
    padding: int
    embedded: bool
    pointer_words: tuple[int, ...]


@dataclass(frozen=True)
class BetterOrder:
    """The same fields in the order that takes least: the smallest size and, at that size, the fewest pointer bytes.

    ``fields`` are the fields as they would lie then, ``order`` their places in the struct as it is, from 0.
    ``saved_heap_bytes`` is what one object on the heap takes less, rounded to size classes.
    """

    fields: tuple[FieldLayout, ...]
    order: tuple[int, ...]
    size: int
    padding: int
    pointer_bytes: int
    heap_bytes: int
    saved_bytes: int
    saved_heap_bytes: int
    saved_pointer_bytes: int


@dataclass(frozen=True)
class UnitLayout:
    """A map's unit of eight slots, a bucket or a group.

    ``keys_off`` and ``elems_off`` are where the first key and elem stand, the strides what lies between one and the
    next. ``padding`` are unused bytes. ``heap_bytes`` is what one unit alone takes on the heap, ``pointer_bytes`` what
    the collector scans of it. ``fast`` names the functions that the compiler calls (``str``, ``64ptr``; empty: the
    generic ones).
    """

    kind: str
    size: int
    keys_off: int
    key_stride: int
    elems_off: int
    elem_stride: int
    indirect_key: bool
    indirect_elem: bool
    padding: int
    pointer_bytes: int
    heap_bytes: int
    fast: str


@dataclass(frozen=True)
class TypeLayout:
    """How one type lies in memory, for the builds in ``go_versions``, which agree on all of it.

    ``padding`` are the unused bytes between and behind a struct's own fields, ``inner_padding`` those inside its
    fields. ``pointer_bytes`` is how far the collector scans a value (0: not at all). ``heap_bytes`` is the slot of one
    object on the heap, ``malloc_header`` of which are its header and ``class_waste`` what the value does not use.
    ``kept`` tells why no better order is looked for: ``host layout``, or empty. ``blank_bytes`` are those of blank
    fields, often padding that someone put there on purpose. ``tiny`` tells that objects of the type share blocks of 16
    bytes (runtime/malloc.go, the tiny allocator).
    """

    go_versions: tuple[str, ...]
    goarch: str
    type: str
    kind: str
    size: int
    align: int
    padding: int
    inner_padding: int
    pointer_bytes: int
    heap_bytes: int
    malloc_header: int
    class_waste: int
    fields: tuple[FieldLayout, ...] = ()
    better: BetterOrder | None = None
    unit: UnitLayout | None = None
    blank_bytes: int = 0
    kept: str = ""
    tiny: bool = False


@dataclass(frozen=True)
class LayoutResult:
    """Everything that one run of ``goxray layout`` says; a type stands more than once where builds differ."""

    types: tuple[TypeLayout, ...]
    notes: tuple[str, ...] = ()
