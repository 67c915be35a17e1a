"""Types parsed from text are laid out as Go's own compiler lays them out: random ones, maps, the standard library's."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from goxray.goruntime.types import GoType, Kind
from goxray.layout import RuntimeLayout, layout_for
from goxray.layout.std_types import std_names
from goxray.model.gotypes import align_of, parse_type, pointer_bytes, pointer_mask
from goxray.model.shapes import map_shape
from tests.harness.go_types import ask_go, random_key, random_struct, random_type
from tests.harness.variants import BASELINES, Variant, params

ENDS = (Variant("1.21.13"), Variant("1.24.11"), Variant("1.27.3"))
MAPS = (*ENDS, Variant("1.25.5", ("noswissmap",)), Variant("1.27.3", ("mapsplitgroup",)))
NOT_ASKED = ("net/http.", "github.com/")
"""Not of the library, or too much to build: a map of slices and an interface."""


def random_structs() -> list[str]:
    rng = random.Random(4)
    return [random_struct(rng, 2) for _ in range(250)] + [random_type(rng) for _ in range(50)]


def random_maps() -> list[str]:
    rng = random.Random(5)
    elems = ("struct{}", "bool", "*int", "[128]byte", "[129]byte", "[17]*int", "string", "any")
    return [
        f"map[{random_key(rng, 2)}]{rng.choice(elems) if rng.random() < 0.6 else random_type(rng, 2)}"
        for _ in range(200)
    ]


def layout_of(variant: Variant) -> RuntimeLayout:
    return layout_for(f"go{variant.version}", "amd64", variant.experiments)


def same(text: str, go_type: GoType, told: dict[str, Any]) -> None:
    said = (go_type.size, align_of(go_type), pointer_bytes(go_type))
    assert said == (told["Size"], told["Align"], told["PtrBytes"]), text
    if go_type.kind is Kind.STRUCT:
        assert [field.offset for field in go_type.fields] == (told["Offsets"] or []), text
    if told["Mask"]:
        bits = int.from_bytes(bytes.fromhex(told["Mask"]), "little")
        assert pointer_mask(go_type) == tuple(bool(bits >> at & 1) for at in range(told["PtrBytes"] // 8)), text


@pytest.mark.parametrize("variant", params(ENDS))
def test_random_types_lie_as_the_compiler_lays_them(variant: Variant) -> None:
    layout, texts = layout_of(variant), random_structs()
    answers = ask_go(variant, [*texts, *random_maps()])[: len(texts)]
    for text, told in zip(texts, answers, strict=True):
        same(text, parse_type(text, layout), told)
    assert sum(bool(told["Mask"]) for told in answers) > 100
    assert sum(told["PtrBytes"] < told["Size"] for told in answers) > 80


@pytest.mark.parametrize("variant", params(MAPS))
def test_units_and_flags_of_maps_are_the_compilers(variant: Variant) -> None:
    layout, texts = layout_of(variant), random_maps()
    answers = ask_go(variant, [*random_structs(), *texts])[-len(texts) :]
    for text, told in zip(texts, answers, strict=True):
        shape = map_shape(parse_type(text, layout), layout)
        unit = struct.unpack("<QQ", bytes.fromhex(told["Unit"]))
        assert (shape.unit.unit_size, shape.unit_ptrdata) == unit, text
        assert shape.unit.noscan == (unit[1] == 0)
        descriptor = bytes.fromhex(told["Raw"])
        (classic if layout.map_kind == "classic" else swiss)(text, shape, descriptor, layout)


def word(descriptor: bytes, layout: RuntimeLayout, field: str) -> int:
    place = layout.field("maptype", field)
    return int.from_bytes(descriptor[place.offset : place.offset + place.size], "little")


def classic(text: str, shape: Any, descriptor: bytes, layout: RuntimeLayout) -> None:
    """Flags by runtime/type.go: indirect key 1, indirect elem 2, reflexive 4, need key update 8, may panic 16."""
    elem_size = "ValueSize" if layout.has("maptype", "ValueSize") else "ElemSize"
    said = (shape.key_size, shape.elem_size, shape.unit.unit_size)
    assert said == tuple(word(descriptor, layout, name) for name in ("KeySize", elem_size, "BucketSize")), text
    flags = (
        shape.unit.indirect_key * 1
        + shape.unit.indirect_elem * 2
        + shape.reflexive * 4
        + shape.needs_key_update * 8
        + shape.may_panic * 16
    )
    assert flags == word(descriptor, layout, "Flags"), text


def swiss(text: str, shape: Any, descriptor: bytes, layout: RuntimeLayout) -> None:
    """Flags by internal/abi/map_swiss.go: need key update 1, may panic 2, indirect key 4, indirect elem 8."""
    unit = shape.unit
    if layout.has("maptype", "KeysOff"):
        names = ("KeysOff", "KeyStride", "ElemsOff", "ElemStride")
        said = (unit.keys_off, unit.key_stride, unit.elems_off, unit.elem_stride)
    else:
        names = ("SlotSize", "ElemOff")
        said = (unit.key_stride, unit.elems_off - unit.keys_off)
    assert said == tuple(word(descriptor, layout, name) for name in names), text
    flags = shape.needs_key_update * 1 + shape.may_panic * 2 + unit.indirect_key * 4 + unit.indirect_elem * 8
    assert flags == word(descriptor, layout, "Flags"), text


@pytest.mark.parametrize("variant", params(BASELINES))
def test_types_of_the_standard_library_lie_as_in_this_version(variant: Variant) -> None:
    layout = layout_of(variant)
    names = [name for name in std_names(layout.version) if not name.startswith(NOT_ASKED)]
    paths = tuple(sorted({name.rpartition(".")[0] for name in names}))
    texts = [name.rpartition("/")[2] + ("int]" if name.endswith("[") else "") for name in names]
    answers = ask_go(variant, texts, paths)
    assert len(texts) > 75
    for text, told in zip(texts, answers, strict=True):
        same(text, parse_type(text, layout), told)
