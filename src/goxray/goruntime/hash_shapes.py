"""What the hash functions ask of a target: its random words, the shapes of its key types, and what interfaces hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.hashes import (
    AES_MACHINES,
    Array,
    Complex,
    Field,
    Float,
    HashKeys,
    HashPlan,
    Held,
    Interface,
    KeyShape,
    Memory,
    MemoryKeyReader,
    String,
    Struct,
    plan_hash,
)
from goxray.goruntime.types import GoType, Kind

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_PACKAGES = ("runtime.", "internal/runtime/maps.")
_AES_FLAG = ("useAeshash", "UseAeshash")
_SCHEDULE_BYTES = 128
_HASHKEY_BYTES = 32

_UNHASHABLE = frozenset({Kind.INVALID, Kind.FUNC, Kind.MAP, Kind.SLICE})
_LARGEST = 1 << 20  # bytes of a key whose shape is believed
_MOST_PARTS = 1 << 12  # fields and elems of a shape, all levels together: each costs a step of hashing
_DEEPEST = 64


def process_keys(runtime: Runtime) -> HashKeys | None:
    """Return the random words that the target hashes with; None where its variables are missing or unreadable.

    Without symbols they are what :attr:`Runtime.hash_keys` holds, found by trying
    (:mod:`goxray.goruntime.locate_hash`).
    Source: runtime/alg.go, alginit, which moved to internal/runtime/maps.
    """
    if not runtime.target.binary.has_symtab:
        return runtime.hash_keys
    try:
        flag = _variable(runtime, _AES_FLAG, 1)
        if flag is not None and flag[0]:
            schedule = _variable(runtime, ("aeskeysched",), _SCHEDULE_BYTES)
            if schedule is None or runtime.layout.goarch not in AES_MACHINES:
                return None
            return HashKeys.aes(schedule, runtime.layout.goarch, whole_seed=runtime.layout.hashing.whole_seed)
        words = _variable(runtime, ("hashkey",), _HASHKEY_BYTES)
    except MemoryFault:
        return None
    return None if words is None else HashKeys.portable(words, salted=runtime.layout.hashing.salted)


def _variable(runtime: Runtime, names: tuple[str, ...], size: int) -> bytes | None:
    for package in _PACKAGES:
        for name in names:
            symbol = runtime.target.binary.symbol(package + name)
            if symbol is not None:
                return runtime.memory.read(symbol.addr + runtime.target.bias, size)
    return None


class KeyShapes:
    """Shapes and hash plans of one target's key types."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._by_name: dict[str, list[GoType]] = {}
        for addr in runtime.types.map_type_addrs():
            described = runtime.types.at(addr)
            self._by_name.setdefault(described.name, []).append(described)

    def reader(self) -> MemoryKeyReader:
        """Return what reads strings and what interfaces hold."""
        return MemoryKeyReader(self._runtime.memory, self._held)

    def shape(self, go_type: GoType) -> KeyShape | None:
        """Return the shape of a key type; None for what has no hash or makes no sense.

        What the runtime's descriptors say of structs and arrays goes before the compiler's rule: reflect has its own.
        """
        try:
            return _Shaper(self._runtime).shape(go_type, 0)
        except (CorruptMemory, MemoryFault, RecursionError):
            return None

    def plans(self, map_type: GoType) -> list[HashPlan]:
        """Return the ways in which the keys of a map type may be hashed, the likeliest first; empty if unknown.

        More than one where a name stands for several types (local types of different functions), or where a map could
        be of a type that reflect.MapOf made: such maps hash by the runtime's walk over the type.
        """
        named = self._by_name.get(map_type.name, [])
        alike = [each for each in (*named, map_type) if each.map_shape.key.size == map_type.map_shape.key.size]
        if len(named) > 1:  # nothing tells which of them it is: ask the type itself first
            alike.sort(key=lambda each: each is not map_type)
        found: dict[HashPlan, None] = {}
        shapes = [(each, shape) for each in alike if (shape := self.shape(each.map_shape.key)) is not None]
        compiled = self._runtime.layout.hashing.dialect
        for each, shape in shapes:
            found.setdefault(plan_hash(shape, "typehash" if self._is_made(each) else compiled))
        for _, shape in shapes:
            found.setdefault(plan_hash(shape, "typehash"))
        return list(found)

    def _is_made(self, go_type: GoType) -> bool:
        addr = _descriptor(go_type)
        return addr is not None and not self._runtime.types.in_modules(addr)

    def _held(self, word: int, empty: bool) -> Held | None:
        runtime = self._runtime
        try:
            addr = word if empty else runtime.memory.read_u64(word + runtime.itab_type_offset)
            shape = self.shape(runtime.types.at(addr))
            return None if shape is None else Held(shape, runtime.types.is_direct_iface(addr))
        except (CorruptMemory, MemoryFault, RecursionError):
            return None


def _descriptor(go_type: GoType) -> int | None:
    """The address of the runtime's descriptor of a type; None where the type comes from elsewhere."""
    key = go_type.key
    if go_type.origin != "runtime" or not isinstance(key, tuple):
        return None
    return int(key[1])


class _Shaper:
    """Makes one shape, within bounds that corrupt memory cannot break."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._parts = 0

    def shape(self, go_type: GoType, depth: int) -> KeyShape | None:
        kind, size = go_type.kind, go_type.size
        self._parts += 1
        if kind in _UNHASHABLE or size > _LARGEST or depth > _DEEPEST or self._parts > _MOST_PARTS:
            return None
        if kind is Kind.STRUCT:
            return self._struct(go_type, depth)
        if kind is Kind.ARRAY:
            return self._array(go_type, depth)
        return _leaf(kind, size, empty=bool(go_type.length))

    def _struct(self, go_type: GoType, depth: int) -> KeyShape | None:
        fields = []
        for field in go_type.fields:
            shape = self.shape(field.type, depth + 1)
            blank = field.name == "_"
            if shape is None and not blank:
                return None
            if field.offset + field.type.size > go_type.size:
                return None
            fields.append(Field(field.offset, shape or Memory(field.type.size), blank))
        return Struct(go_type.size, tuple(fields), self._regular(go_type))

    def _array(self, go_type: GoType, depth: int) -> KeyShape | None:
        elem = self.shape(go_type.elem, depth + 1)
        if elem is None or elem.size * go_type.length != go_type.size:
            return None
        regular = self._regular(go_type)
        if not isinstance(elem, Memory):
            self._parts += go_type.length
            if self._parts > _MOST_PARTS and not regular:
                return None
        return Array(go_type.length, elem, regular)

    def _regular(self, go_type: GoType) -> bool | None:
        addr = _descriptor(go_type)
        return None if addr is None else self._runtime.types.is_regular_memory(addr)


def _leaf(kind: Kind, size: int, *, empty: bool) -> KeyShape:
    match kind:
        case Kind.FLOAT32:
            return Float(4)
        case Kind.FLOAT64:
            return Float(8)
        case Kind.COMPLEX64:
            return Complex(8)
        case Kind.COMPLEX128:
            return Complex(16)
        case Kind.STRING:
            return String()
        case Kind.INTERFACE:
            return Interface(empty)
    return Memory(size)


def is_steady(shape: KeyShape) -> bool:
    """Whether only unreadable memory can keep a key of this shape from being hashed: no floats, no interfaces."""
    match shape:
        case Float() | Complex() | Interface():
            return False
        case Struct():
            return all(field.blank or is_steady(field.shape) for field in shape.fields)
        case Array():
            return not shape.count or is_steady(shape.elem)
    return True
