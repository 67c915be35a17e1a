"""What advice says of code that it does not know: types that stay open, what holds maps, maps of Go's own packages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goxray.advise.evidence import Evidence, KeyBoxes, MapGroup
from goxray.advise.findings import find
from goxray.advise.prices import Prices
from goxray.advise.rule import spelled
from goxray.core.advise_result import Finding
from goxray.goruntime.types import GoType, Kind
from tests.harness.made_advice import CLASSIC, SWISS, group


def found(rule: str, maps: MapGroup, *boxes: KeyBoxes) -> list[Finding]:
    evidence = Evidence(CLASSIC if maps.kind == "classic" else SWISS, (maps,), boxes=boxes)
    return [finding for finding in find(evidence, Prices(evidence.layout)) if finding.rule == rule]


def test_the_maps_inside_a_sync_map_are_nobodys_to_declare() -> None:
    maps = group(CLASSIC, "map[any]*int64", [5000], [8192])
    assert maps.type is not None
    shape = maps.type.map_shape
    inner = replace(shape, elem=GoType("entry", Kind.POINTER, 8, "*sync.entry"))
    its_own = replace(maps, type=GoType("inner", Kind.MAP, 8, maps.name, map_shape=lambda: inner))
    boxes = KeyBoxes("main.m", "int", 2500, 40_000)
    assert found("interface-keys", maps, boxes)
    assert not found("interface-keys", its_own, boxes)


@pytest.mark.parametrize(
    ("owner", "line"),
    [
        ("main.users[...].Tags", "var Tags []pair"),
        ("main.s.byTenant[...]", "type pairs []pair // byTenant[...]"),  # a map of maps, or a slice: that it stays
        ("bss+0x828[...]", "type pairs []pair // m[...]"),
        ("bss+0x828", "var pairs []pair"),
    ],
)
def test_what_tiny_maps_become_is_declared_where_they_stand(owner: str, line: str) -> None:
    maps = replace(group(SWISS, "map[int32]int32", [2] * 2000, [8] * 2000), owner=owner)
    (finding,) = found("many-tiny-maps", maps)
    assert finding.chinese is not None
    assert finding.change.split("\n")[-1] == finding.chinese.change.split("\n")[-1] == line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("map[?]?", "map[K]V"),
        ("map[int64]?", "map[int64]V"),
        ("map[?]*main.T", "map[K]*T"),
        ("map[int]int or map[int64]int64", "map[K]V"),
        ("?", "T"),
        ("map[[2]int]map[string]main.T", "map[[2]int]map[string]T"),
    ],
)
def test_types_that_are_not_known_are_letters_in_code(name: str, text: str) -> None:
    assert spelled(name) == text
