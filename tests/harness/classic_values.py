"""The keys and elems of the Go program ``classicreplay``, as goxray's model takes them."""

from __future__ import annotations

import struct

from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout
from goxray.model.encode import Iface
from goxray.model.gotypes import parse_type

ELEMS = 251
NANS_FROM = 5000
NAN: float = struct.unpack("<d", (0x7FF8000000000001).to_bytes(8, "little"))[0]
"""math.NaN()."""

NAMED = "struct { number int32; name string }"
BIG_NAMED = "struct { number int64; name string; more [16]int64 }"
POINT = "struct { x, y int32 }"
STRINGER = "interface { String() string }"

TYPES = {
    "int64-int64": "map[int64]int64",
    "uint32-uint16": "map[uint32]uint16",
    "int32-pointer": "map[int32]*int64",
    "string-int64": "map[string]int64",
    "string-nothing": "map[string]struct{}",
    "pointer-string": "map[*int64]string",
    "point-string": f"map[{POINT}]string",
    "float64-int64": "map[float64]int64",
    "any-int64": "map[any]int64",
    "stringer-int64": f"map[{STRINGER}]int64",
    "named-pointer": f"map[{NAMED}]*int64",
    "big-int64": "map[[20]int64]int64",
    "int64-big": "map[int64][17]int64",
    "bignamed-bignamed": f"map[{BIG_NAMED}]{BIG_NAMED}",
    "int16-nothing": "map[int16]struct{}",
    "complex128-bool": "map[complex128]bool",
    "names-byte": "map[[2]string]byte",
}
"""Shapes of the program and their types; shapes.go there has the values."""


def floating(i: int) -> float:
    if i >= NANS_FROM:
        return NAN
    return -0.0 if i == 7 else max(0, i - 8) / 3


class Values:
    """Keys and elems of one shape by number, as shapes.go makes them."""

    def __init__(self, layout: RuntimeLayout, cells: int) -> None:
        self._layout = layout
        self._cells = cells

    def of(self, name: str, i: int, *, key: bool) -> object:
        """One value of the type that stands in a shape's name, as a key or as an elem."""
        if name in ("any", "stringer"):
            return self._held(name, i)
        plain: dict[str, object] = {
            "int64": i,
            "string": f"elem {i}",
            "pointer": self._cells + 8 * i,
            "nothing": None,
            "float64": floating(i),
            "complex128": complex(i, -float(i)),
            "names": [f"first {i}", f"second {i}"],
            "named": (i, f"name {i}"),
            "bignamed": (i, f"{'big' if key else 'elem'} {i}", [0] * 16),
            "point": (i, -i),
            "uint16": i + 1,
            "bool": i % 2 == 0,
            "big": [0, 0, 0, i, *[0] * 16] if key else [i, *[0] * 15, 1],
        }
        return plain.get(name, i)

    def key(self, shape: str, i: int) -> object:
        """Key number i."""
        match shape:
            case "int64-int64":
                return i * 7919 - 5000
            case "uint32-uint16":
                return i * 2654435761 % 2**32
            case "int32-pointer":
                return i - 300
            case "string-int64":
                return f"key {i} {'x' * (i % 40)}"
            case "string-nothing":
                return f"k{i}"
            case "int64-big":
                return i << 20
        return self.of(shape.partition("-")[0], i, key=True)

    def elem(self, shape: str, j: int) -> object:
        """Elem number j."""
        return self.of(shape.partition("-")[2], j, key=False)

    def _held(self, name: str, i: int) -> Iface:
        def typed(text: str) -> GoType:
            return parse_type(text, self._layout)

        if name == "stringer":
            return Iface(typed("int64"), i + 1000) if i % 2 == 0 else Iface(typed("string"), f"title {i}")
        match i % 5:
            case 0:
                return Iface(typed("int64"), i + 1000)
            case 1:
                return Iface(typed("string"), f"any {i}")
            case 2:
                return Iface(typed("float64"), i + 0.5)
            case 3:
                return Iface(typed(POINT), (i, 7))
        return Iface(typed("*int64"), self._cells + 8 * i)
