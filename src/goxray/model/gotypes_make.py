"""Go types made from their parts, laid out as the compiler lays them out on 64-bit machines.

Source: cmd/compile/internal/types/size.go (CalcSize, CalcStructSize, CalcArraySize) and
cmd/compile/internal/typebits. What is made here has the origin ``made`` and a key of its spelling, so that two types
spelled alike are the same type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from goxray.goruntime.types import POINTER_SHAPED, GoType, Kind, MapShape, StructField

WORD = 8
"""Bytes of a pointer on the machines that are modelled."""

_SIZES = {
    Kind.BOOL: 1,
    Kind.INT: 8,
    Kind.INT8: 1,
    Kind.INT16: 2,
    Kind.INT32: 4,
    Kind.INT64: 8,
    Kind.UINT: 8,
    Kind.UINT8: 1,
    Kind.UINT16: 2,
    Kind.UINT32: 4,
    Kind.UINT64: 8,
    Kind.UINTPTR: 8,
    Kind.FLOAT32: 4,
    Kind.FLOAT64: 8,
    Kind.COMPLEX64: 8,
    Kind.COMPLEX128: 16,
    Kind.STRING: 16,
}
_ALIGNED_LIKE_HALF = frozenset({Kind.COMPLEX64, Kind.COMPLEX128})
_ALIASES = {"byte": "uint8", "rune": "int32"}


def _basics() -> dict[str, GoType]:
    found = {}
    for kind, size in _SIZES.items():
        name = kind.name.lower()
        found[name] = GoType(("made", name), kind, size, name)
    found["unsafe.Pointer"] = GoType(("made", "unsafe.Pointer"), Kind.UNSAFE_POINTER, WORD, "unsafe.Pointer")
    found["error"] = GoType(("made", "error"), Kind.INTERFACE, 2 * WORD, "error")
    found["any"] = GoType(("made", "interface {}"), Kind.INTERFACE, 2 * WORD, "interface {}", length=1)
    return found | {alias: found[name] for alias, name in _ALIASES.items()}


BASIC = _basics()
"""Every type that Go declares itself, by name, and ``unsafe.Pointer``."""


def align_of(go_type: GoType) -> int:
    """Return the bytes that values of the type are aligned to, 1 to 8 (Type.Align_).

    The marker ``align64`` of sync/atomic changes nothing where a word has 64 bits.
    """
    kind = go_type.kind
    if kind is Kind.STRUCT:
        return max((align_of(field.type) for field in go_type.fields), default=1)
    if kind is Kind.ARRAY:
        return align_of(go_type.elem)
    if kind in _ALIGNED_LIKE_HALF:
        return go_type.size // 2
    if kind in _SIZES and kind is not Kind.STRING:
        return go_type.size
    if kind is Kind.INVALID:  # nothing is known but the size
        return min(WORD, go_type.size & -go_type.size) or 1
    return WORD


def pointer_bytes(go_type: GoType) -> int:
    """Return the bytes up to the end of a value's last pointer, 0 where it holds none (Type.PtrBytes)."""
    kind = go_type.kind
    if kind is Kind.STRUCT:
        for field in reversed(go_type.fields):
            inside = pointer_bytes(field.type)
            if inside:
                return field.offset + inside
        return 0
    if kind is Kind.ARRAY:
        inside = pointer_bytes(go_type.elem) if go_type.length else 0
        return (go_type.length - 1) * go_type.elem.size + inside if inside else 0
    if kind is Kind.INTERFACE:
        return 2 * WORD
    return WORD if kind in POINTER_SHAPED or kind in (Kind.STRING, Kind.SLICE) else 0


def pointer_mask(go_type: GoType) -> tuple[bool, ...]:
    """Tell for each word of a value, up to the last pointer, whether the collector follows it.

    Long ``pointer_bytes(go_type) // 8``, so empty for a type without pointers. The first word of an interface names a
    type or an itab, which the collector need not follow (cmd/compile/internal/typebits, set). The second word is
    followed whatever it holds.
    """
    mask = [False] * (pointer_bytes(go_type) // WORD)
    _mark(go_type, 0, mask)
    return tuple(mask)


def _mark(go_type: GoType, offset: int, mask: list[bool]) -> None:
    kind = go_type.kind
    if kind is Kind.STRUCT:
        for field in go_type.fields:
            _mark(field.type, offset + field.offset, mask)
    elif kind is Kind.ARRAY:
        if go_type.length and pointer_bytes(go_type.elem):
            for index in range(go_type.length):
                _mark(go_type.elem, offset + index * go_type.elem.size, mask)
    elif kind is Kind.INTERFACE:
        mask[offset // WORD + 1] = True
    elif pointer_bytes(go_type):
        mask[offset // WORD] = True


def round_up(offset: int, align: int) -> int:
    """Return the next multiple of ``align``, a power of two."""
    return (offset + align - 1) & -align


@dataclass(frozen=True)
class Member:
    """A struct's field before it has a place: ``tag`` as it stands between the quotes."""

    name: str
    type: GoType
    embedded: bool = False
    tag: str = ""


def place_fields(members: Sequence[Member]) -> tuple[tuple[StructField, ...], int]:
    """Return the fields at their offsets and the struct's size, both as CalcStructSize gives them.

    A struct whose last field has no size gets a byte more, so that the field's address lies inside the struct.
    """
    offset, align = 0, 1
    fields = []
    for member in members:
        own = align_of(member.type)
        align = max(align, own)
        offset = round_up(offset, own)
        fields.append(StructField(member.name, offset, member.type, member.embedded))
        offset += member.type.size
    if offset and not members[-1].type.size:
        offset += 1
    return tuple(fields), round_up(offset, align)


def make_struct(members: Sequence[Member], name: str | None = None) -> GoType:
    """Return a struct of these fields, called ``name`` or by its own spelling."""
    fields, size = place_fields(members)
    spelled = name or spell_struct(members)
    return GoType(("made", spelled), Kind.STRUCT, size, spelled, fields=lambda: fields)


def spell_struct(members: Sequence[Member]) -> str:
    """Return how the runtime spells a struct type without a name (reflect.Type.String)."""
    if not members:
        return "struct {}"
    parts = []
    for member in members:
        text = member.type.name if member.embedded else f"{member.name} {member.type.name}"
        parts.append(f"{text} {quote(member.tag)}" if member.tag else text)
    return "struct { " + "; ".join(parts) + " }"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quote(text: str) -> str:
    """Return a Go string literal of the text (strconv.Quote, as far as tags need it)."""
    return '"' + "".join(_ESCAPES.get(char, char) for char in text) + '"'


def make_pointer(elem_name: str, elem: Callable[[], GoType], name: str | None = None) -> GoType:
    """Return a pointer; what it points to is looked up when someone asks."""
    spelled = name or f"*{elem_name}"
    return GoType(("made", spelled), Kind.POINTER, WORD, spelled, elem=elem)


def make_slice(elem_name: str, elem: Callable[[], GoType], name: str | None = None) -> GoType:
    """Return a slice; its elem is looked up when someone asks."""
    spelled = name or f"[]{elem_name}"
    return GoType(("made", spelled), Kind.SLICE, 3 * WORD, spelled, elem=elem)


def make_array(length: int, elem: GoType, name: str | None = None) -> GoType:
    """Return an array of ``length`` elems."""
    spelled = name or f"[{length}]{elem.name}"
    return GoType(("made", spelled), Kind.ARRAY, length * elem.size, spelled, length=length, elem=lambda: elem)


def make_chan(spelled: str, elem: Callable[[], GoType]) -> GoType:
    """Return a channel; its elem is looked up when someone asks."""
    return GoType(("made", spelled), Kind.CHAN, WORD, spelled, elem=elem)


def make_func(spelled: str) -> GoType:
    """Return a function type, of which only the spelling is kept."""
    return GoType(("made", spelled), Kind.FUNC, WORD, spelled)


def make_interface(spelled: str, methods: bool) -> GoType:
    """Return an interface type: with methods (runtime.iface) or without (runtime.eface)."""
    return GoType(("made", spelled), Kind.INTERFACE, 2 * WORD, spelled, length=0 if methods else 1)


def make_map(spelled: str, shape: Callable[[], MapShape]) -> GoType:
    """Return a map type; its key, elem and unit are looked up when someone asks."""
    return GoType(("made", spelled), Kind.MAP, WORD, spelled, map_shape=shape)


def renamed(under: GoType, name: str) -> GoType:
    """Return the type ``name`` whose underlying type is ``under`` (``type name under``)."""
    kind = under.kind
    return GoType(
        ("made", name),
        kind,
        under.size,
        name,
        length=under.length,
        elem=(lambda: under.elem) if kind in _WITH_ELEM else None,
        fields=(lambda: under.fields) if kind is Kind.STRUCT else None,
        map_shape=(lambda: under.map_shape) if kind is Kind.MAP else None,
    )


_WITH_ELEM = frozenset({Kind.POINTER, Kind.SLICE, Kind.ARRAY, Kind.CHAN})
