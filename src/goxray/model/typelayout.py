"""How a type lies in memory, what of it is waste, and in which order its fields would take least.

Sources: cmd/compile/internal/types/size.go for values, runtime/malloc.go (mallocgc) for objects on the heap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from goxray.core.layout_result import BetterOrder, FieldLayout, TypeLayout, UnitLayout
from goxray.goruntime.types import SLOTS_PER_UNIT, GoType, Kind, StructField
from goxray.model.builds import build_name
from goxray.model.gotypes_make import WORD, Member, align_of, place_fields, pointer_bytes, pointer_mask
from goxray.model.shapes import map_shape

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

_HOST_LAYOUT = "structs.HostLayout"


def type_layout(go_type: GoType, layout: RuntimeLayout) -> TypeLayout:
    """Return how values of the type lie in memory in one build.

    Raises:
        UsageError: a map's keys cannot be compared.
        GoSyntaxError: a map's key or elem is not declared.
    """
    pointers = pointer_bytes(go_type)
    heap, header = heap_bytes(go_type.size, pointers, layout)
    fields: tuple[FieldLayout, ...] = ()
    kept = ""
    if go_type.kind is Kind.STRUCT:
        fields = field_layouts(go_type.fields, go_type.size)
        kept = "host layout" if any(field.type.name == _HOST_LAYOUT for field in go_type.fields) else ""
    return TypeLayout(
        go_versions=(build_name(layout),),
        goarch=layout.goarch,
        type=go_type.name,
        kind=go_type.kind.name.lower(),
        size=go_type.size,
        align=align_of(go_type),
        padding=sum(field.padding for field in fields),
        inner_padding=_padding(go_type) - sum(field.padding for field in fields),
        pointer_bytes=pointers,
        heap_bytes=heap,
        malloc_header=header,
        class_waste=heap - header - go_type.size,
        fields=fields,
        better=None if kept or not fields else better_order(go_type, layout),
        unit=_unit(go_type, layout) if go_type.kind is Kind.MAP else None,
        blank_bytes=sum(field.size for field in fields if field.name == "_"),
        kept=kept,
        tiny=0 < go_type.size < layout.const("maxTinySize") and not pointers,
    )


def heap_bytes(size: int, pointers: int, layout: RuntimeLayout) -> tuple[int, int]:
    """Return the bytes that one object takes on the heap, and those of them that are its malloc header.

    Source: runtime/malloc.go (mallocgc, heapSetTypeSmallHeader); larger objects keep their type in the span.
    """
    taken = layout.alloc_size(size, not pointers)
    if not pointers or not layout.has_const("mallocHeaderSize"):
        return taken, 0
    header = layout.const("mallocHeaderSize")
    small = layout.const("minSizeForMallocHeader") < size <= layout.const("maxSmallSize") - header
    return taken, header if small else 0


def field_layouts(fields: Sequence[StructField], size: int) -> tuple[FieldLayout, ...]:
    """Return the fields of a struct of ``size`` bytes with the padding behind each."""
    ends = [*(field.offset for field in fields[1:]), size]
    return tuple(
        FieldLayout(
            name=field.name,
            type=field.type.name,
            offset=field.offset,
            size=field.type.size,
            align=align_of(field.type),
            padding=end - field.offset - field.type.size,
            embedded=field.embedded,
            pointer_words=tuple(
                field.offset + WORD * at for at, is_set in enumerate(pointer_mask(field.type)) if is_set
            ),
        )
        for field, end in zip(fields, ends[: len(fields)], strict=True)
    )


def _padding(go_type: GoType) -> int:
    """Return all unused bytes of a value, those inside its fields and elems included."""
    if go_type.kind is Kind.STRUCT:
        used = sum(field.type.size - _padding(field.type) for field in go_type.fields)
        return go_type.size - used
    if go_type.kind is Kind.ARRAY:
        return go_type.length * _padding(go_type.elem)
    return 0


# ---- the better order


def order_of(members: Sequence[Member]) -> list[int]:
    """Return the order of fields that makes the smallest struct and, at that size, the fewest pointer bytes.

    Fields without size come first, where none of them can be the last and cost a byte. Then those with pointers, all of
    them aligned to words: no padding can arise between them, and the one with most bytes behind its last pointer comes
    last, so that the pointer bytes are the sum of their sizes without those. Then the rest, the strictest alignment
    first: every size is a multiple of its alignment, so there is padding at the end alone, and no order has less.
    Fields that are alike stay in the order they were in.
    """
    every = range(len(members))
    empty = [at for at in every if not members[at].type.size]
    held = [at for at in every if members[at].type.size and pointer_bytes(members[at].type)]
    rest = [at for at in every if members[at].type.size and at not in held]
    if held:
        last = max(held, key=lambda at: (members[at].type.size - pointer_bytes(members[at].type), at))
        held.remove(last)
        held.append(last)
    return [*empty, *held, *sorted(rest, key=lambda at: -align_of(members[at].type))]


def better_order(go_type: GoType, layout: RuntimeLayout) -> BetterOrder | None:
    """Return the order of a struct's fields that takes least, None where the struct has such an order already."""
    members = [Member(field.name, field.type, field.embedded) for field in go_type.fields]
    order = order_of(members)
    fields, size = place_fields([members[at] for at in order])
    pointers = max(
        (field.offset + pointer_bytes(field.type) for field in fields if pointer_bytes(field.type)), default=0
    )
    before = pointer_bytes(go_type)
    if (size, pointers) >= (go_type.size, before):
        return None
    heap, _ = heap_bytes(size, pointers, layout)
    placed = field_layouts(fields, size)
    return BetterOrder(
        fields=placed,
        order=tuple(order),
        size=size,
        padding=sum(field.padding for field in placed),
        pointer_bytes=pointers,
        heap_bytes=heap,
        saved_bytes=go_type.size - size,
        saved_heap_bytes=heap_bytes(go_type.size, before, layout)[0] - heap,
        saved_pointer_bytes=before - pointers,
    )


# ---- maps


def _unit(map_type: GoType, layout: RuntimeLayout) -> UnitLayout:
    shape = map_shape(map_type, layout)
    unit = shape.unit
    words = 2 * WORD if unit.kind == "classic" else WORD  # tophash and the overflow pointer, or the control word
    return UnitLayout(
        kind=unit.kind,
        size=unit.unit_size,
        keys_off=unit.keys_off,
        key_stride=unit.key_stride,
        elems_off=unit.elems_off,
        elem_stride=unit.elem_stride,
        indirect_key=unit.indirect_key,
        indirect_elem=unit.indirect_elem,
        padding=unit.unit_size - words - SLOTS_PER_UNIT * (shape.key_size + shape.elem_size),
        pointer_bytes=shape.unit_ptrdata,
        heap_bytes=heap_bytes(unit.unit_size, shape.unit_ptrdata, layout)[0],
        fast=shape.fast,
    )


def merged(layouts: Sequence[TypeLayout]) -> tuple[TypeLayout, ...]:
    """Return the layouts with those that agree in all but the build put together, in the order in which they came."""
    found: dict[TypeLayout, tuple[str, ...]] = {}
    for each in layouts:
        bare = replace(each, go_versions=())
        found[bare] = (*found.get(bare, ()), *each.go_versions)
    return tuple(replace(bare, go_versions=versions) for bare, versions in found.items())
