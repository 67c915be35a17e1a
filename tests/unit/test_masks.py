"""Pointer words of types, worked out by hand, and read from a type's own mask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from goxray.goruntime.types import GoType, Kind, StructField
from goxray.heap.bit_kernels import find_key
from goxray.heap.masks import Masks, pointer_words
from tests.harness.plain_memory import PAGE, PlainMemory

INT = GoType("int", Kind.INT, 8, "int")
BYTE = GoType("byte", Kind.UINT8, 1, "uint8")
STRING = GoType("string", Kind.STRING, 16, "string")
ANY = GoType("any", Kind.INTERFACE, 16, "interface {}", length=1)
POINTER = GoType("*int", Kind.POINTER, 8, "*int", elem=lambda: INT)
SLICE = GoType("[]int", Kind.SLICE, 24, "[]int", elem=lambda: INT)


def array(elem: GoType, length: int) -> GoType:
    return GoType((elem.key, length), Kind.ARRAY, elem.size * length, "array", length=length, elem=lambda: elem)


def struct(*fields: tuple[int, GoType], size: int) -> GoType:
    made = tuple(StructField(f"f{offset}", offset, go_type) for offset, go_type in fields)
    return GoType(object(), Kind.STRUCT, size, "struct", fields=lambda: made)


PAIR = struct((0, INT), (8, POINTER), (16, BYTE), (24, STRING), size=40)


@pytest.mark.parametrize(
    ("go_type", "words"),
    [
        (INT, []),
        (POINTER, [0]),
        (STRING, [0]),
        (SLICE, [0]),
        (ANY, [1]),  # the type word is no pointer to the collector
        (PAIR, [1, 3]),
        (struct((0, PAIR), (40, ANY), (56, PAIR), size=96), [1, 3, 6, 8, 10]),
        (array(PAIR, 3), [1, 3, 6, 8, 11, 13]),
        (array(PAIR, 0), []),
        (array(array(INT, 4), 4), []),
        (array(array(ANY, 2), 2), [1, 3, 5, 7]),
        (struct((0, array(BYTE, 8)), (8, array(POINTER, 2)), size=24), [1, 2]),
        (GoType("f", Kind.FUNC, 8, "func()"), [0]),
        (GoType("c", Kind.CHAN, 8, "chan int", elem=lambda: INT), [0]),
        (GoType("m", Kind.MAP, 8, "map[int]int"), [0]),
        (GoType("u", Kind.UNSAFE_POINTER, 8, "unsafe.Pointer"), [0]),
        (GoType("uintptr", Kind.UINTPTR, 8, "uintptr"), []),
    ],
)
def test_pointer_words(go_type: GoType, words: list[int]) -> None:
    found = pointer_words(go_type)
    assert found.dtype == np.int32
    assert found.tolist() == words


# A type descriptor as these tests lay it out; where its fields are is the layout's business.
OFFSETS = {"Size_": 0, "PtrBytes": 8, "TFlag": 20, "GCData": 32}
ON_DEMAND = 16
BASE, MASKS = 0x10000, 0x20000


class Descriptors:
    """Type descriptors in a memory of two pages: descriptors from BASE on, masks from MASKS on."""

    def __init__(self) -> None:
        self._types, self._masks = bytearray(PAGE), bytearray(PAGE)
        self._used = 0
        self.known: dict[int, GoType] = {}

    def mask(self, raw: bytes) -> int:
        """Store bytes among the masks; return their address."""
        at, self._used = self._used, self._used + 8 * (len(raw) // 8 + 1)
        self._masks[at : at + len(raw)] = raw
        return MASKS + at

    def add(self, number: int, size: int, pointers: int, data: int, flag: int = 0) -> int:
        """Store a descriptor; return its address."""
        at = 64 * number
        for name, value in (("Size_", size), ("PtrBytes", pointers), ("GCData", data)):
            self._types[at + OFFSETS[name] : at + OFFSETS[name] + 8] = value.to_bytes(8, "little")
        self._types[at + OFFSETS["TFlag"]] = flag
        return BASE + at

    def masks(self, *, on_demand: bool = True) -> Masks:
        """Return the masks of a runtime with this memory."""
        layout = SimpleNamespace(
            offset=lambda struct, name: OFFSETS[name],
            has_const=lambda name: on_demand and name == "TFlagGCMaskOnDemand",
            const=lambda name: ON_DEMAND,
        )
        memory = PlainMemory({BASE: bytes(self._types), MASKS: bytes(self._masks)})
        types = SimpleNamespace(at=self.known.__getitem__)
        runtime: Any = SimpleNamespace(memory=memory, layout=layout, types=types)
        return Masks(runtime)


def learned(masks: Masks, addr: int) -> tuple[int, list[int]] | None:
    """Return words and pointer words of a learned type, looked up as kernels do."""
    at = int(find_key(masks.keys, np.uint64(addr)))
    if at < 0:
        return None
    number = int(masks.numbers[at])
    assert masks.addrs[number] == addr
    return int(masks.size[number]), masks.words[masks.start[number] : masks.start[number + 1]].tolist()


def test_a_mask_is_read_bit_by_bit_up_to_the_last_pointer() -> None:
    made = Descriptors()
    addr = made.add(1, 12 * 8, 10 * 8, made.mask(bytes([0b10000001, 0b11111110])))
    noscan = made.add(2, 64, 0, 0)
    masks = made.masks()
    masks.add(np.array([addr, noscan, addr, 0], np.uint64))
    assert learned(masks, addr) == (12, [0, 7, 9])  # bits from the tenth on are not the type's
    assert learned(masks, noscan) == (8, [])
    assert len(masks.addrs) == 2 and masks.unreadable == 0


def test_types_learned_later_leave_the_earlier_ones_in_place() -> None:
    made = Descriptors()
    addrs = [made.add(n, 8 * (n + 1), 8, made.mask(b"\1")) for n in range(40)]
    masks = made.masks()
    for addr in addrs:
        masks.add(np.array([addr], np.uint64))
    assert [learned(masks, addr) for addr in addrs] == [(n + 1, [0]) for n in range(40)]
    assert learned(masks, addrs[-1] + 64) is None


def test_a_mask_on_demand_that_is_there_is_used() -> None:
    made = Descriptors()
    cell = made.mask(made.mask(b"\6").to_bytes(8, "little"))
    addr = made.add(0, 24, 24, cell, ON_DEMAND)
    masks = made.masks()
    masks.add(np.array([addr], np.uint64))
    assert learned(masks, addr) == (3, [1, 2])


def test_a_mask_on_demand_that_nobody_has_demanded_is_worked_out() -> None:
    made = Descriptors()
    addr = made.add(0, 3 * 40, 3 * 40, made.mask(bytes(8)), ON_DEMAND)
    made.known[addr] = array(PAIR, 3)
    masks = made.masks()
    masks.add(np.array([addr], np.uint64))
    assert learned(masks, addr) == (15, [1, 3, 6, 8, 11, 13])


def test_without_the_constant_the_bit_means_something_else() -> None:
    made = Descriptors()
    addr = made.add(0, 24, 24, made.mask(b"\5"), ON_DEMAND)
    masks = made.masks(on_demand=False)
    masks.add(np.array([addr], np.uint64))
    assert learned(masks, addr) == (3, [0, 2])


@pytest.mark.parametrize(
    ("size", "pointers", "data"), [(12, 8, MASKS), (16, 24, MASKS), (1 << 40, 8, MASKS), (8, 8, 64)]
)
def test_what_is_no_type_has_no_pointers_and_is_counted(size: int, pointers: int, data: int) -> None:
    made = Descriptors()
    addr = made.add(0, size, pointers, data)
    masks = made.masks()
    masks.add(np.array([addr, 0xDEAD000], np.uint64))
    assert learned(masks, addr) == (0, [])
    assert learned(masks, 0xDEAD000) == (0, [])
    assert masks.unreadable == 2
