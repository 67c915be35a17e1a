"""The layout data equals what drgn reads from the DWARF of freshly built programs, struct by struct."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import drgn
import pytest

from goxray.layout import layout_for
from tests.harness.programs import Build, build
from tests.harness.variants import BASELINES, VARIANTS, Variant

ALL = (
    *VARIANTS,
    Variant("1.22.10", ("noallocheaders",)),
    Variant("1.25.5", ("greenteagc", "noswissmap")),
    Variant("1.26.6", ("nogreenteagc",)),
    Variant("1.27.3", ("nogreenteagc",)),
)
EVERYWHERE = (
    *("runtime.mheap", "runtime.mspan", "runtime.mcache", "runtime.heapArena", "runtime.special", "runtime.bitvector"),
    *("runtime.g", "runtime.m", "runtime.p", "runtime.gobuf", "runtime.hchan", "runtime.sudog", "runtime._defer"),
    *("runtime.mstats", "runtime.heapStatsDelta", "runtime.consistentHeapStats", "runtime.gcControllerState"),
    *("runtime.workType", "runtime.cpuStats", "runtime.sweepdata", "runtime.schedt", "runtime.gcCPULimiterState"),
    *("runtime.moduledata", "internal/abi.Type", "maptype", "itab", "map"),
)


@dataclass(frozen=True)
class Seen:
    size: int
    fields: dict[str, tuple[int, int]]


def size_of(held: drgn.Type) -> int:
    """Return a type's bytes. Go's DWARF writes a func value, which is a pointer, as the function itself."""
    while held.kind == drgn.TypeKind.TYPEDEF:
        held = held.type
    if held.kind == drgn.TypeKind.ARRAY:
        return (held.length or 0) * size_of(held.type)
    return 8 if held.kind == drgn.TypeKind.FUNCTION else drgn.sizeof(held)


@cache
def types(executable: Path) -> dict[str, drgn.Type]:
    """Return every struct that can be reached from a variable or a function's parameter, by name.

    drgn knows neither complex numbers nor arrays of functions: what holds them is not followed further.
    """
    program = drgn.Program()
    module = program.extra_module("exe", create=True)
    module.address_ranges = [(0x400000, 1 << 47)]
    module.try_file(str(executable))
    queue: list[drgn.Type] = []
    for symbol in program.symbols():
        with suppress(LookupError, TypeError, drgn.BadDataError):
            if symbol.kind == drgn.SymbolKind.OBJECT:
                queue.append(program.variable(symbol.name).type_)
            elif symbol.kind == drgn.SymbolKind.FUNC and symbol.name.startswith("runtime."):
                queue += [parameter.type for parameter in program.function(symbol.name).type_.parameters]
    found: dict[str, drgn.Type] = {}
    while queue:
        held = queue.pop()
        if held.kind in (drgn.TypeKind.POINTER, drgn.TypeKind.ARRAY, drgn.TypeKind.TYPEDEF):
            queue.append(held.type)
        elif held.kind == drgn.TypeKind.STRUCT and held.tag not in found:
            found[held.tag] = held
            for member in held.members or ():
                with suppress(TypeError, drgn.BadDataError):
                    queue.append(member.type)
    return found


def structs(executable: Path, wanted: Iterable[str]) -> dict[str, Seen]:
    """Return the structs of these names that the program has."""
    found = types(executable)
    return {
        name: Seen(
            found[name].size,
            {m.name: (m.bit_offset // 8, size_of(m.type)) for m in found[name].members if m.name != "_"},
        )
        for name in wanted
        if name in found and found[name].members is not None
    }


CASES = [
    pytest.param(variant, goarch, id=f"{variant}-{goarch}", marks=pytest.mark.xdist_group(str(variant)))
    for goarch in ("amd64", "arm64", "loong64")
    for variant in (ALL if goarch == "amd64" else BASELINES)
]


@pytest.mark.parametrize(("variant", "goarch"), CASES)
def test_data_agrees_with_dwarf(variant: Variant, goarch: str) -> None:
    layout = layout_for(f"go{variant.version}", goarch, variant.experiments)
    executable = build("truth", Build(variant, goarch="" if goarch == "amd64" else goarch))
    seen = structs(executable, layout.facts.structs)
    essential = {layout.facts.aliases.get(name, name) for name in EVERYWHERE}
    assert essential <= seen.keys()
    assert len(seen) > 90
    for name, there in seen.items():
        known = layout.struct(name)
        assert Seen(known.size, {f: (x.offset, x.size) for f, x in known.fields.items()}) == there, name
    assert layout.patch_verified
    assert layout.with_dwarf(seen.get) is layout
    assert layout.map_kind == variant.kind
    assert ("runtime.hmap" in types(executable)) == (variant.kind == "classic")


def test_an_unverified_version_takes_what_dwarf_says() -> None:
    """Read as if nobody had verified it, 1.25 gets its own offsets out of its DWARF, not those of the newest data."""
    own = layout_for("go1.25.5", "amd64", ())
    guessed = layout_for("go1.99.0", "amd64", (), allow_unverified=True)
    seen = structs(build("truth", Build(Variant("1.25.5"))), guessed.facts.structs)
    assert guessed.size("runtime.g") != own.size("runtime.g")
    taken = guessed.with_dwarf(seen.get)
    shared = [name for name in taken.facts.structs if own.has_struct(name)]
    assert len(shared) > 80
    for name in shared:
        assert taken.size(name) == own.size(name)
        assert {f: taken.offset(name, f) for f in own.struct(name).fields} == {
            f: own.offset(name, f) for f in own.struct(name).fields
        }
    assert taken.offset("runtime.g", "sched.sp") == own.offset("runtime.g", "sched.sp")
    assert not taken.verified
