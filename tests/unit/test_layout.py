"""Choosing a layout, asking it, and holding it against DWARF."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.errors import LayoutMismatch, LayoutUnknown, UnsupportedArch, UnsupportedGo
from goxray.layout import VERSIONS, GoVersion, RuntimeLayout, layout_for
from goxray.target import toolchains


@dataclass
class Dwarf:
    """A struct as DWARF might have it."""

    size: int
    fields: dict[str, tuple[int, int]] = field(default_factory=dict)


def dwarf_of(layout: RuntimeLayout) -> dict[str, Dwarf]:
    """Return DWARF that agrees with the layout."""
    return {
        name: Dwarf(struct.size, {key: (each.offset, each.size) for key, each in struct.fields.items()})
        for name, struct in layout.facts.structs.items()
    }


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go1.24.11", GoVersion(1, 24, 11)),
        ("1.24.11", GoVersion(1, 24, 11)),
        ("go1.21", GoVersion(1, 21, 0)),
        ("go1.24.11 X:noswissmap", GoVersion(1, 24, 11)),
        ("go1.24.11-X:noswissmap", GoVersion(1, 24, 11)),
        ("go1.25.5-vendor3", GoVersion(1, 25, 5)),
        ("go1.27rc1", GoVersion(1, 27, -1)),
        ("go1.27beta2", GoVersion(1, 27, -1)),
        ("devel go1.28-3f9a1b2c Tue Feb 3", GoVersion(1, 28, -1)),
        ("go1.28-devel_3f9a1b2c Tue Feb 3", GoVersion(1, 28, -1)),
    ],
)
def test_versions_are_read(text: str, version: GoVersion) -> None:
    assert GoVersion.parse(text) == version


@pytest.mark.parametrize("text", ["", "devel +3f9a1b2c", "unknown", "go"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UnsupportedGo, match="not a Go version"):
        GoVersion.parse(text)


def test_versions_are_ordered_and_written_as_go_does() -> None:
    texts = ["go1.21.13", "go1.22.0", "go1.27rc1", "go1.27.0", "go1.27.10"]
    assert sorted(texts, key=GoVersion.parse) == texts
    assert [str(GoVersion.parse(text)) for text in ("go1.27.10", "go1.27rc1")] == ["go1.27.10", "go1.27-devel"]


@pytest.mark.parametrize("text", ["go1.20.14", "go1.4", "go1.20rc1"])
@pytest.mark.parametrize("allow", [False, True])
def test_old_versions_are_always_refused(text: str, allow: bool) -> None:
    with pytest.raises(UnsupportedGo, match=rf"{text} is too old: .* Go 1\.21 or newer"):
        layout_for(text, "amd64", (), allow_unverified=allow)


@pytest.mark.parametrize("text", ["go1.28.0", "go1.27rc1", "devel go1.28-3f9a1b2c", "go2.0.0"])
def test_unverified_versions_are_refused_unless_allowed(text: str) -> None:
    with pytest.raises(UnsupportedGo, match=f"nobody has verified goxray with {text}") as caught:
        layout_for(text, "amd64", ())
    assert "--allow-unverified" in caught.value.hint
    layout = layout_for(text, "amd64", (), allow_unverified=True)
    assert not layout.verified
    assert layout.size("runtime.mspan") == layout_for("go1.27.3", "amd64", ()).size("runtime.mspan")


def test_other_architectures_are_refused() -> None:
    with pytest.raises(UnsupportedArch, match="riscv64") as caught:
        layout_for("go1.24.11", "riscv64", ())
    assert "amd64, arm64, loong64" in caught.value.hint


@pytest.mark.parametrize("goarch", ["amd64", "arm64", "loong64"])
def test_every_version_of_the_table_has_data_and_a_toolchain(goarch: str) -> None:
    assert [row.line for row in VERSIONS] == sorted({row.line for row in VERSIONS})
    lines = {GoVersion.parse(version).line for version in toolchains.VERSIONS}
    assert lines == {row.line for row in VERSIONS}
    for version in toolchains.VERSIONS:
        layout = layout_for(version, goarch, ())
        assert layout.verified and layout.patch_verified
        assert layout.page_size == 8192  # Go's own, whatever the kernel's is


def test_what_differs_between_machines() -> None:
    """As internal/goarch and runtime/malloc.go of Go 1.27 have it."""
    names = ("arenaBaseOffset", "heapAddrBits", "MinFrameSize", "StackAlign", "PCQuantum", "framepointer_enabled")
    known = {
        "amd64": (0xFFFF_8000_0000_0000, 48, 0, 8, 1, 1),
        "arm64": (0, 48, 8, 16, 4, 1),
        "loong64": (0, 48, 8, 8, 4, 0),
    }
    for goarch, values in known.items():
        layout = layout_for("go1.27.3", goarch, ())
        assert tuple(layout.const(name) for name in names) == values


def test_another_patch_release_is_known_but_not_verified_itself() -> None:
    layout = layout_for("go1.24.99", "amd64", ())
    assert layout.verified
    assert not layout.patch_verified


@pytest.mark.parametrize(
    ("version", "experiments", "kind"),
    [
        ("go1.21.13", (), "classic"),
        ("go1.23.9", (), "classic"),
        ("go1.24.11", (), "swiss"),
        ("go1.24.11", ("noswissmap",), "classic"),
        ("go1.25.5", ("noswissmap", "greenteagc"), "classic"),
        ("go1.26.6", (), "swiss"),
        ("go1.27.3", ("mapsplitgroup",), "swiss"),
    ],
)
def test_the_kind_of_maps_follows_the_build(version: str, experiments: tuple[str, ...], kind: str) -> None:
    layout = layout_for(version, "amd64", experiments)
    assert layout.map_kind == kind
    assert layout.has("map", "B") == (kind == "classic")
    assert layout.has("map", "dirPtr") == (kind == "swiss")
    assert layout.has("maptype", "Bucket") == (kind == "classic")
    assert layout.has("maptype", "Group") == (kind == "swiss")
    assert layout.has_struct("runtime.hmap") == (kind == "classic")


def test_a_classic_build_of_a_swiss_version_has_classic_constants() -> None:
    classic, swiss = (layout_for("go1.25.5", "amd64", names) for names in (("noswissmap",), ()))
    older = layout_for("go1.23.9", "amd64", ())
    for name in ("MapIndirectKey", "MapIndirectElem", "MapBucketCount", "loadFactorNum", "emptyOne", "minTopHash"):
        assert classic.const(name) == older.const(name)
    for name in ("maxTableCapacity", "ctrlEmpty", "MapGroupSlots"):
        assert swiss.has_const(name) and not classic.has_const(name)


def test_experiments_that_say_the_default_or_change_no_layout_are_fine() -> None:
    plain = layout_for("go1.25.5", "amd64", ())
    same = layout_for("go1.25.5", "amd64", ("swissmap", "NoGreenTeaGC", " jsonv2 ", ""))
    assert same.facts == plain.facts
    assert same.experiments == {"swissmap", "nogreenteagc", "jsonv2"}
    assert same.active == plain.active | {"jsonv2"}
    assert "swissmap" not in layout_for("go1.25.5", "amd64", ("noswissmap",)).active


def test_an_unknown_experiment_is_refused_unless_allowed() -> None:
    with pytest.raises(UnsupportedGo, match="go1.24.11 with GOEXPERIMENT=mapsplitgroup"):
        layout_for("go1.24.11", "amd64", ("mapsplitgroup",))
    assert not layout_for("go1.24.11", "amd64", ("mapsplitgroup",), allow_unverified=True).verified


def test_experiments_that_change_the_same_struct_are_refused_together() -> None:
    for name in ("greenteagc", "staticlockranking"):
        assert layout_for("go1.25.5", "amd64", (name,)).verified
    with pytest.raises(UnsupportedGo, match="greenteagc,staticlockranking together"):
        layout_for("go1.25.5", "amd64", ("greenteagc", "staticlockranking"))


def test_green_tea_marks_are_there_when_the_build_has_them() -> None:
    builds = {
        ("go1.25.5", ()): False,
        ("go1.25.5", ("greenteagc",)): True,
        ("go1.26.6", ()): True,
        ("go1.26.6", ("nogreenteagc",)): False,
    }
    for (version, experiments), expected in builds.items():
        layout = layout_for(version, "amd64", experiments)
        assert layout.has("runtime.spanInlineMarkBits", "marks") == expected


def test_dotted_fields_add_up() -> None:
    layout = layout_for("go1.24.11", "amd64", ())
    sched, pointer = layout.offset("runtime.g", "sched"), layout.offset("runtime.gobuf", "sp")
    assert layout.offset("runtime.g", "sched.sp") == sched + pointer
    assert layout.field("runtime.mheap", "central").count == layout.const("numSpanClasses")
    assert layout.field_size("runtime.mspan", "npages") == 8


def test_what_is_not_there_is_named() -> None:
    layout = layout_for("go1.24.11", "amd64", ())
    for name, path in (("runtime.hmap", "B"), ("runtime.g", "nothing"), ("runtime.g", "sched.sp.lo")):
        assert not layout.has(name, path)
        with pytest.raises(LayoutUnknown, match="go1.24.11 has no"):
            layout.offset(name, path)
    with pytest.raises(LayoutUnknown, match="no constant emptyRest"):
        layout.const("emptyRest")
    with pytest.raises(LayoutUnknown, match="no struct main.T"):
        layout.size("main.T")


def test_constants_keep_their_names_over_the_versions() -> None:
    for version in toolchains.VERSIONS:
        layout = layout_for(version, "amd64", ())
        assert layout.const("_Gdead") == layout.const("Gdead")
        assert layout.page_size == layout.const("pageSize") == 1 << layout.const("pageShift")
        assert layout.const("heapArenaBytes") == layout.const("pagesPerArena") * layout.page_size
        assert layout.has_const("KindDirectIface") != layout.has_const("TFlagDirectIface")
        assert layout.has_const("emptyRest") == (layout.map_kind == "classic")
        assert layout.has_const("maxTableCapacity") or layout.map_kind == "classic"
        flags = [layout.const(f"Map{name}") for name in ("IndirectKey", "IndirectElem", "NeedKeyUpdate")]
        assert flags == ([1, 2, 8] if layout.map_kind == "classic" else [4, 8, 1])
        kinds = [layout.const(f"Kind{name}") for name in ("Invalid", "Bool", "Int", "Uint8", "Map", "UnsafePointer")]
        assert kinds == sorted(kinds) and max(kinds) == layout.const("KindUnsafePointer") <= layout.const("KindMask")


def test_a_verified_layout_refuses_dwarf_that_disagrees() -> None:
    layout = layout_for("go1.24.11", "amd64", ())
    assert layout.with_dwarf(dwarf_of(layout).get) is layout
    assert layout.with_dwarf(lambda name: None) is layout
    offset = layout.offset("runtime.mspan", "npages")
    for place in ((offset + 8, 8), (offset, 4), None):
        dwarf = dwarf_of(layout)
        if place is None:
            del dwarf["runtime.mspan"].fields["npages"]
        else:
            dwarf["runtime.mspan"].fields["npages"] = place
        with pytest.raises(LayoutMismatch, match=r"runtime\.mspan\.npages: go1\.24\.11"):
            layout.with_dwarf(dwarf.get)
    dwarf = dwarf_of(layout)
    dwarf["runtime.mspan"].size += 8
    with pytest.raises(LayoutMismatch, match=r"runtime\.mspan: go1\.24\.11 has \d+ bytes"):
        layout.with_dwarf(dwarf.get)


def test_another_patch_release_takes_what_dwarf_says() -> None:
    layout = layout_for("go1.24.99", "amd64", ())
    dwarf = dwarf_of(layout)
    moved = layout.offset("runtime.m", "procid") + 24
    dwarf["runtime.m"] = Dwarf(layout.size("runtime.m") + 24, {"procid": (moved, 8), "new.inner": (16, 8)})
    del dwarf["runtime.hchan"]
    taken = layout.with_dwarf(dwarf.get)
    assert taken.offset("runtime.m", "procid") == moved
    assert taken.size("runtime.m") == layout.size("runtime.m") + 24
    assert not taken.has("runtime.m", "curg")
    assert taken.offset("runtime.m", "new.inner") == 16
    assert taken.size("runtime.hchan") == layout.size("runtime.hchan")
    assert taken.verified


def test_an_unverified_layout_keeps_only_what_dwarf_vouches_for() -> None:
    layout = layout_for("go1.30.0", "amd64", (), allow_unverified=True)
    dwarf = dwarf_of(layout)
    del dwarf["runtime.hchan"]
    start = layout.offset("runtime.g", "sched")
    dwarf["runtime.g"].fields["sched"] = (start + 64, 56)
    taken = layout.with_dwarf(dwarf.get)
    assert not taken.has_struct("runtime.hchan")
    assert taken.offset("runtime.g", "sched.sp") == start + 64 + layout.offset("runtime.gobuf", "sp")
    assert taken.map_kind == "swiss" and not taken.verified
    dwarf["runtime.hmap"] = Dwarf(48, {})
    assert layout.with_dwarf(dwarf.get).map_kind == "classic"


@settings(deadline=None)  # the first example imports numpy
@given(
    size=st.integers(0, 1 << 22),
    noscan=st.booleans(),
    version=st.sampled_from(toolchains.VERSIONS),
)
def test_a_slot_holds_what_it_was_taken_for(size: int, noscan: bool, version: str) -> None:
    layout = layout_for(version, "amd64", ())
    slot = layout.alloc_size(size, noscan)
    assert slot >= size
    assert layout.alloc_size(size + 1, noscan) >= slot
    assert layout.alloc_size(size, False) >= layout.alloc_size(size, True)
    assert slot % layout.page_size == 0 if slot > layout.const("maxSmallSize") else slot in layout.size_classes


def test_sizes_are_taken_as_arrays_too() -> None:
    layout = layout_for("go1.27.3", "amd64", ())
    sizes = np.array([[0, 1, 512], [513, 32768, 100_000]])
    noscan = np.array([True, False, True])
    expected = [[layout.alloc_size(int(n), bool(flag)) for n, flag in zip(row, noscan, strict=True)] for row in sizes]
    assert layout.alloc_sizes(sizes, noscan).tolist() == expected
    assert layout.alloc_sizes(sizes, True).dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        layout.size_classes[0] = 1


def test_choosing_a_layout_loads_no_numpy() -> None:
    program = (
        "import sys; from goxray.layout import layout_for;"
        "layout_for('go1.27.3', 'amd64', []).offset('runtime.g', 'm');"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
