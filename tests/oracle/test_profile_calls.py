"""Which map a call is about: read from the code that Go's compiler makes for each machine, without running it."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.target.binary import Binary
from goxray.timeline.pprof.calls import FILLING, MAKING, Calls
from goxray.timeline.pprof.maptypes import MapTypes
from goxray.timeline.pprof.profile import Labels, Lists, Locations, Mapping, Profile, ValueType
from goxray.timeline.pprof.shapes import shapes_of
from tests.harness.programs import Build, build
from tests.harness.variants import CLASSIC, SWISS, Variant

MACHINES = [
    pytest.param(variant, arch, id=f"{variant}-{arch}", marks=pytest.mark.xdist_group(str(variant)))
    for variant in (CLASSIC, SWISS)
    for arch in ("amd64", "arm64", "loong64")
]
TYPED = {
    "main.growByID": ("map[int64]int64", FILLING),
    "main.growByName": ("map[string]*main.node", FILLING),
    "main.makeHinted": ("map[int64]int64", MAKING),
}


def everywhere(binary: Binary, function: str) -> Profile:
    """A profile that has a sample at every place of a function, as if a call ended there."""
    symbol = binary.symbol(function)
    assert symbol is not None
    load = next(each for each in binary.elf.loads() if each["vaddr"] <= symbol.addr < each["vaddr"] + each["filesz"])
    start, size = int(load["vaddr"]), int(load["filesz"])
    places = np.arange(symbol.addr, symbol.addr + symbol.size, dtype=np.uint64)
    nothing, starts = np.zeros(0, np.int64), np.zeros(len(places) + 1, np.int64)
    return Profile(
        types=(ValueType("inuse_space", "bytes"),),
        values=np.zeros((0, 1), np.int64),
        stacks=Lists(np.zeros(1, np.int64), np.zeros(0, np.int32)),
        labels=Labels(np.zeros(1, np.int64), nothing, nothing, nothing, nothing),
        locations=Locations(
            address=places,
            mapping=np.zeros(len(places), np.int32),
            lines=Lists(starts, np.zeros(0, np.int32)),
            line=nothing,
            folded=np.zeros(len(places), np.bool_),
        ),
        functions=(),
        mappings=(Mapping(start, start + size, int(load["offset"]), "/srv/profiles", ""),),
    )


@pytest.mark.parametrize(("variant", "arch"), MACHINES)
def test_the_calls_of_maps_and_their_types(variant: Variant, arch: str) -> None:
    binary = Binary(str(build("profiles", Build(variant, goarch=arch))))
    try:
        for function, (name, wanted) in TYPED.items():
            profile = everywhere(binary, function)
            calls = Calls(binary, profile)
            types = MapTypes(binary, calls)
            found = [at for at in range(len(profile.locations)) if calls.callee(at) in wanted]
            assert found, function
            told = [types.of(at) for at in found if calls.callee(at) != "runtime.makemap_small"]
            assert {each.name for each in told if each is not None} == {name} and None not in told, function
    finally:
        binary.close()


@pytest.mark.parametrize("variant", [pytest.param(each, id=str(each)) for each in (CLASSIC, SWISS)])
def test_arrays_by_their_size(variant: Variant) -> None:
    """By hand: map[int64]int64 has buckets of 8 + 64 + 64 + 8 bytes, groups of 8 + 8 x 16."""
    binary = Binary(str(build("profiles", Build(variant))))
    try:
        profile = everywhere(binary, "main.makeHinted")
        calls = Calls(binary, profile)
        types = MapTypes(binary, calls)
        (go_type,) = {types.of(at) for at in range(len(profile.locations)) if calls.callee(at) == "runtime.makemap"}
        layout = types.layout
        assert go_type is not None and layout is not None
        shapes = shapes_of(go_type.map_shape, layout)
    finally:
        binary.close()
    if variant.kind == "classic":
        assert [shapes[size] for size in (144, 1152, 2688, 5376)] == [
            ("buckets", 1), ("buckets", 8), ("buckets", 16), ("buckets", 32)  # 17 x 144, 34 x 144 rounded up
        ]  # fmt: skip
        assert shapes[48] == ("header", 1)
        pages = -(-(4096 + 256) * 144 // 8192) * 8192
        assert shapes[pages] == ("buckets", 4096)
    else:
        assert [shapes[size] for size in (144, 1152, 18432)] == [("groups", 1), ("groups", 8), ("groups", 128)]
        assert shapes[48] == ("header", 1) and shapes[256] == ("directory", 32)
