"""The runtime's own type descriptors (internal/abi/type.go), read from the target's memory.

They exist in every Go program, stripped or not, for every type that is ever boxed, allocated or hashed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import POINTER_SHAPED, SLOTS_PER_UNIT, GoType, Kind, MapShape, StructField

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

_KIND_MASK = 0x1F
_MAX_NAME = 1 << 16
_MAX_FIELDS = 1 << 14
_KIND_STRUCT = {
    Kind.ARRAY: "internal/abi.ArrayType",
    Kind.CHAN: "internal/abi.ChanType",
    Kind.FUNC: "internal/abi.FuncType",
    Kind.INTERFACE: "internal/abi.InterfaceType",
    Kind.MAP: "maptype",
    Kind.POINTER: "internal/abi.PtrType",
    Kind.SLICE: "internal/abi.SliceType",
    Kind.STRUCT: "internal/abi.StructType",
}


class TypeRegion:
    """One module's read-only type data: ``[start, end)`` in the target, held as bytes."""

    def __init__(self, start: int, data: bytes) -> None:
        self.start = start
        self.end = start + len(data)
        self.data = data


class RuntimeTypes:
    """Type descriptors by address, parsed when first asked for.

    ``regions`` are the ``[types, etypes)`` ranges of the modules (runtime/symtab.go, moduledata); descriptors
    made at run time by reflect lie on the heap and are read one by one.
    """

    def __init__(self, memory: Memory, layout: RuntimeLayout, regions: list[TypeRegion]) -> None:
        self._memory = memory
        self._layout = layout
        self._regions = regions
        self._by_addr: dict[int, GoType] = {}
        self._named: dict[tuple[int, str], list[int]] = {}
        self._size_off = layout.offset("internal/abi.Type", "Size_")
        self._ptr_off = layout.offset("internal/abi.Type", "PtrBytes")
        self._kind_off = layout.offset("internal/abi.Type", "Kind_")
        self._tflag_off = layout.offset("internal/abi.Type", "TFlag")
        self._str_off = layout.offset("internal/abi.Type", "Str")
        self._type_size = layout.size("internal/abi.Type")
        self._unit_field = next(name for name in ("Group", "Bucket", "group", "bucket") if layout.has("maptype", name))

    def at(self, addr: int) -> GoType:
        """Return the type whose descriptor stands at ``addr``.

        Raises MemoryFault where it cannot be read, CorruptMemory where it is no type descriptor.
        """
        found = self._by_addr.get(addr)
        if found is None:
            found = self._parse(addr)
            self._by_addr[addr] = found
        return found

    def pointer_bytes(self, addr: int) -> int:
        """Return Type.PtrBytes of the descriptor at ``addr``: 0 for a type without pointers."""
        return self._u64(addr + self._ptr_off)

    def in_modules(self, addr: int) -> bool:
        """Whether the descriptor at ``addr`` is one that the compiler wrote, and not one that reflect made."""
        return any(region.start <= addr < region.end for region in self._regions)

    def is_regular_memory(self, addr: int) -> bool:
        """Whether the descriptor at ``addr`` says that values are hashed as plain memory (TFlagRegularMemory)."""
        return bool(self._read(addr + self._tflag_off, 1)[0] & self._layout.const("TFlagRegularMemory"))

    def is_direct_iface(self, addr: int) -> bool:
        """Whether the descriptor at ``addr`` says that an interface holds such a value in its data word itself."""
        if self._layout.has_const("TFlagDirectIface"):
            return bool(self._read(addr + self._tflag_off, 1)[0] & self._layout.const("TFlagDirectIface"))
        return bool(self._read(addr + self._kind_off, 1)[0] & self._layout.const("KindDirectIface"))

    def is_direct(self, go_type: GoType) -> bool:
        """Whether an interface holds a value of the type in its data word itself."""
        key = go_type.key
        if isinstance(key, tuple) and key[0] == "runtime":
            return self.is_direct_iface(key[1])
        return go_type.is_direct

    def map_type_addrs(self) -> list[int]:
        """Return the address of every map type descriptor in the modules' type data, found by its shape.

        typelinks would miss named map types, so the whole region is scanned: a map is one pointer word
        (size and pointer bytes 8, alignment 8) of kind map.
        """
        addrs: list[int] = []
        align_off = self._layout.offset("internal/abi.Type", "Align_")
        for region in self._regions:
            usable = len(region.data) - self._layout.size("maptype")
            if usable <= 0:
                continue
            raw = np.frombuffer(region.data, dtype=np.uint8)
            at = np.arange(0, usable, 8)
            at = at[(raw[at + self._kind_off] & _KIND_MASK) == Kind.MAP]
            at = at[(raw[at + align_off] == 8) & (raw[at + align_off + 1] == 8)]
            for offset in at.tolist():
                addr = region.start + offset
                if self._u64(addr) == 8 and self._u64(addr + self._ptr_off) == 8 and self._is_map(addr):
                    addrs.append(addr)
        return addrs

    def unit_addr(self, map_type_addr: int) -> int:
        """Return the address of the bucket or group type that a map type descriptor names."""
        return self._u64(map_type_addr + self._layout.offset("maptype", self._unit_field))

    def _is_map(self, addr: int) -> bool:
        try:
            shape = self.at(addr).map_shape
        except (CorruptMemory, MemoryFault, UnicodeDecodeError):
            return False
        return 8 <= shape.unit_size < 1 << 16 and shape.elems_off < shape.unit_size + 1

    def _read(self, addr: int, size: int) -> bytes:
        for region in self._regions:
            if region.start <= addr and addr + size <= region.end:
                return region.data[addr - region.start : addr - region.start + size]
        return self._memory.read(addr, size)

    def _u64(self, addr: int) -> int:
        value: int = struct.unpack("<Q", self._read(addr, 8))[0]
        return value

    def _u32(self, addr: int) -> int:
        value: int = struct.unpack("<I", self._read(addr, 4))[0]
        return value

    def _name_at(self, addr: int) -> tuple[str, int]:
        """Decode an abi.Name: (text, flag bits). Source: internal/abi/type.go, Name."""
        if addr == 0:
            return "", 0
        head = self._read(addr, 6)
        length = shift = 0
        used = 1
        for byte in head[1:]:
            length |= (byte & 0x7F) << shift
            shift += 7
            used += 1
            if not byte & 0x80:
                break
        if length > _MAX_NAME:
            raise CorruptMemory(f"a type name of {length} bytes at {addr:#x}")
        return self._read(addr + used, length).decode("utf-8", "replace"), head[0]

    def _name_offset(self, addr: int, offset: int) -> str:
        for region in self._regions:
            if region.start <= addr < region.end:
                return self._name_at(region.start + offset)[0] if offset else ""
        return ""

    def _parse(self, addr: int) -> GoType:
        kind_number = self._read(addr + self._kind_off, 1)[0] & _KIND_MASK
        if not Kind.BOOL <= kind_number <= Kind.UNSAFE_POINTER:
            raise CorruptMemory(f"no type descriptor at {addr:#x} (kind {kind_number})")
        kind = Kind(kind_number)
        size = self._u64(addr + self._size_off)
        tflag = self._read(addr + self._tflag_off, 1)[0]
        name = self._type_name(addr, kind, tflag)
        length = 0
        if kind is Kind.ARRAY:
            length = self._u64(addr + self._layout.offset("internal/abi.ArrayType", "Len"))
        elif kind is Kind.INTERFACE:
            methods = self._layout.offset("internal/abi.InterfaceType", "Methods")
            length = int(self._u64(addr + methods + 8) == 0)
        return GoType(
            ("runtime", addr),
            kind,
            size,
            name,
            origin="runtime",
            length=length,
            elem=lambda: self._elem(addr, kind),
            fields=(lambda: self._fields(addr)) if kind is Kind.STRUCT else None,
            map_shape=(lambda: self._map_shape(addr)) if kind is Kind.MAP else None,
        )

    def _type_name(self, addr: int, kind: Kind, tflag: int) -> str:
        """The type's name with full package paths, as the compiler writes it into DWARF."""
        text = self._name_offset(addr, self._u32(addr + self._str_off))
        if tflag & self._layout.const("TFlagExtraStar"):
            text = text[1:]
        if tflag & self._layout.const("TFlagNamed"):
            return self._distinct(addr, self._qualified(addr, kind, tflag, text))
        if kind is Kind.POINTER:
            return "*" + self._elem(addr, kind).name
        if kind is Kind.SLICE:
            return "[]" + self._elem(addr, kind).name
        if kind is Kind.ARRAY:
            length = self._u64(addr + self._layout.offset("internal/abi.ArrayType", "Len"))
            return f"[{length}]{self._elem(addr, kind).name}"
        if kind is Kind.MAP:
            key = self.at(self._u64(addr + self._layout.offset("maptype", "Key")))
            elem = self.at(self._u64(addr + self._layout.offset("maptype", "Elem")))
            return f"map[{key.name}]{elem.name}"
        return text or self._spelled(addr, kind)

    def _distinct(self, addr: int, name: str) -> str:
        """Tell local types of several functions apart: the descriptor names them alike.

        The first keeps the name, others get a number that is not the compiler's own (``T·2``), which only DWARF has.
        """
        module = next((i for i, region in enumerate(self._regions) if region.start <= addr < region.end), -1)
        known = self._named.setdefault((module, name), [])
        if addr not in known:
            known.append(addr)
        number = known.index(addr) + 1
        return name if number == 1 else f"{name}#{number}"

    def _spelled(self, addr: int, kind: Kind) -> str:
        """Spell a type made at run time, whose own name only a table of reflect's leads to (runtime, reflectOffs)."""
        if kind is Kind.STRUCT:
            fields = "; ".join(f"{field.name} {field.type.name}" for field in self._fields(addr))
            return f"struct {{ {fields} }}"
        if kind is Kind.CHAN:
            return f"chan {self._elem(addr, kind).name}"
        return f"{kind.name.lower()} at {addr:#x}"

    def _qualified(self, addr: int, kind: Kind, tflag: int, text: str) -> str:
        if not tflag & self._layout.const("TFlagUncommon"):
            return text
        struct_name = _KIND_STRUCT.get(kind)
        size = self._layout.size(struct_name) if struct_name else self._type_size
        path_off = self._u32(addr + (size + 7 & ~7 if kind is not Kind.FUNC else size))
        path = self._name_offset(addr, path_off)
        bracket = text.find("[")
        head = text if bracket < 0 else text[:bracket]
        dot = head.rfind(".")
        return f"{path}.{text[dot + 1 :]}" if path and dot >= 0 else text

    def _elem(self, addr: int, kind: Kind) -> GoType:
        struct_name = _KIND_STRUCT[kind]
        return self.at(self._u64(addr + self._layout.offset(struct_name, "Elem")))

    def _fields(self, addr: int) -> tuple[StructField, ...]:
        fields_off = self._layout.offset("internal/abi.StructType", "Fields")
        base, count = self._u64(addr + fields_off), self._u64(addr + fields_off + 8)
        if count > _MAX_FIELDS:
            raise CorruptMemory(f"a struct type of {count} fields at {addr:#x}")
        step = self._layout.size("internal/abi.StructField")
        name_off = self._layout.offset("internal/abi.StructField", "Name")
        type_off = self._layout.offset("internal/abi.StructField", "Typ")
        offset_off = self._layout.offset("internal/abi.StructField", "Offset")
        fields = []
        for at in range(base, base + count * step, step):
            name, bits = self._name_at(self._u64(at + name_off))
            fields.append(
                StructField(name, self._u64(at + offset_off), self.at(self._u64(at + type_off)), bool(bits & 8))
            )
        return tuple(fields)

    def _map_shape(self, addr: int) -> MapShape:
        offset = self._layout.offset
        key = self.at(self._u64(addr + offset("maptype", "Key")))
        elem = self.at(self._u64(addr + offset("maptype", "Elem")))
        unit = self._u64(addr + offset("maptype", self._unit_field))
        flags = self._u32(addr + offset("maptype", "Flags"))
        noscan = self.pointer_bytes(unit) == 0
        unit_size = self._u64(unit + self._size_off)
        if self._layout.map_kind == "classic":
            key_size = self._read(addr + offset("maptype", "KeySize"), 1)[0]
            elem_size = self._read(addr + offset("maptype", self._classic_elem_size()), 1)[0]
            indirect = (bool(flags & 1), bool(flags & 2))
            figures = (8, key_size, 8 + SLOTS_PER_UNIT * key_size, elem_size)
            return MapShape("classic", key, elem, unit_size, *figures, *indirect, noscan)
        indirect = (bool(flags & 4), bool(flags & 8))
        if self._layout.has("maptype", "KeysOff"):
            names = ("KeysOff", "KeyStride", "ElemsOff", "ElemStride")
            keys_off, key_stride, elems_off, elem_stride = (self._u64(addr + offset("maptype", n)) for n in names)
            return MapShape(
                "swiss", key, elem, unit_size, keys_off, key_stride, elems_off, elem_stride, *indirect, noscan
            )
        slot_size = self._u64(addr + offset("maptype", "SlotSize"))
        elem_off = self._u64(addr + offset("maptype", "ElemOff"))
        return MapShape("swiss", key, elem, unit_size, 8, slot_size, 8 + elem_off, slot_size, *indirect, noscan)

    def _classic_elem_size(self) -> str:
        return "ValueSize" if self._layout.has("maptype", "ValueSize") else "ElemSize"


def is_pointer_word(go_type: GoType) -> bool:
    """Whether a value of the type is a single pointer word."""
    return go_type.kind in POINTER_SHAPED
