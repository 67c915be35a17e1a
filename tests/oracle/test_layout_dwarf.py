"""The layout data equals what drgn reads from the DWARF of freshly built programs, struct by struct."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import drgn
import pytest

from goxray.layout import layout_for
from tests.harness.programs import Build, build
from tests.harness.variants import VARIANTS, Variant, params

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
    *("runtime.moduledata", "internal/abi.Type", "maptype", "itab", "map"),
)


@dataclass(frozen=True)
class Seen:
    size: int
    fields: dict[str, tuple[int, int]]


@cache
def structs(executable: Path) -> dict[str, Seen]:
    """Return every struct that can be reached from the type of a variable."""
    program = drgn.Program()
    module = program.extra_module("exe", create=True)
    module.address_ranges = [(0x400000, 1 << 47)]
    module.try_file(str(executable))
    queue = []
    for symbol in program.symbols():
        if symbol.kind == drgn.SymbolKind.OBJECT:
            try:
                queue.append(program.variable(symbol.name).type_)
            except LookupError:
                continue
    found: dict[str, Seen] = {}
    while queue:
        held = queue.pop()
        if held.kind in (drgn.TypeKind.POINTER, drgn.TypeKind.ARRAY, drgn.TypeKind.TYPEDEF):
            queue.append(held.type)
        elif held.kind == drgn.TypeKind.STRUCT and held.tag not in found and held.members is not None:
            fields = {m.name: (m.bit_offset // 8, drgn.sizeof(m.type)) for m in held.members if m.name != "_"}
            found[held.tag] = Seen(held.size, fields)
            queue += [member.type for member in held.members]
    return found


@pytest.mark.parametrize("variant", params(ALL))
def test_data_agrees_with_dwarf(variant: Variant) -> None:
    layout = layout_for(f"go{variant.version}", "amd64", variant.experiments)
    seen = structs(build("truth", Build(variant)))
    essential = {layout.facts.aliases.get(name, name) for name in EVERYWHERE}
    assert essential <= seen.keys()
    compared = [name for name in layout.facts.structs if name in seen]
    assert len(compared) > 90
    for name in compared:
        assert layout.size(name) == seen[name].size, name
        assert {f: (x.offset, x.size) for f, x in layout.struct(name).fields.items()} == seen[name].fields, name
    assert layout.patch_verified
    assert layout.with_dwarf(seen.get) is layout
    assert layout.map_kind == variant.kind
    assert ("runtime.hmap" in seen) == (variant.kind == "classic")


def test_an_unverified_version_takes_what_dwarf_says() -> None:
    """Read as if nobody had verified it, 1.26 gets its own offsets out of its DWARF, not those of the newest data."""
    variant = Variant("1.25.5")
    own = layout_for("go1.25.5", "amd64", ())
    seen = structs(build("truth", Build(variant)))
    guessed = layout_for("go1.99.0", "amd64", (), allow_unverified=True)
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
