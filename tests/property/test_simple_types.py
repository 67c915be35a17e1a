"""Plain map types are read without Go's grammar as they are with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.model.builds import build_layout
from goxray.model.gotypes import parse_type
from goxray.model.gotypes_make import BASIC
from goxray.model.gotypes_simple import simple_map
from goxray.model.shape import ModelShape
from goxray.model.shapes import map_shape, shape_of

BUILDS = ("1.21", "1.24", "1.27:mapsplitgroup")
BASICS = st.sampled_from(sorted(name for name in BASIC if "." not in name))
KEYS = st.builds(
    lambda lengths, name: "".join(f"[{length}]" for length in lengths) + name,
    st.lists(st.integers(1, 40), max_size=2),
    st.one_of(BASICS, st.just("*T"), BASICS.map(lambda name: f"*{name}")),
)
ELEMS = st.recursive(
    st.one_of(BASICS, st.sampled_from(["struct{}", "*T", "[]Session", "*K_1"])),
    lambda inner: st.one_of(
        inner.map(lambda text: f"*{text}"),
        inner.map(lambda text: f"[]{text}"),
        st.builds(lambda length, text: f"[{length}]{text}", st.integers(1, 300), inner),
    ),
    max_leaves=4,
)


def facts(shape: ModelShape) -> object:
    """What two shapes have to have in common: all figures, and the spelling, kind and size of key and elem."""
    types = [(each.key, each.kind, each.size, each.name, each.length) for each in (shape.unit.key, shape.unit.elem)]
    return replace(shape, unit=replace(shape.unit, key=BASIC["int"], elem=BASIC["int"])), types


@settings(max_examples=150, deadline=None)
@given(KEYS, ELEMS)
def test_plain_types_are_what_the_grammar_says(key: str, elem: str) -> None:
    text = f"map[{key}]{elem}"
    simple = simple_map(text)
    assert simple is not None
    for build in BUILDS:
        layout = build_layout(build)
        assert facts(shape_of(*simple, layout)) == facts(map_shape(parse_type(text, layout), layout))


@settings(max_examples=300, deadline=None)
@given(st.text("map[]{}*sTuint8 strgc.0123,;/_", max_size=24))
def test_what_is_no_type_is_left_to_the_grammar(rest: str) -> None:
    """Whatever is taken for a plain type, the grammar takes for the same one."""
    text = f"map[{rest}"
    simple = simple_map(text)
    if simple is not None:
        layout = build_layout("1.27")
        assert facts(shape_of(*simple, layout)) == facts(map_shape(parse_type(text, layout), layout))


@pytest.mark.parametrize(
    "text",
    [
        "map[string]T", "map[T]int", "map[[]int]int", "map[string]*func", "map[string]*t", "map[string][010]int",
        "map[string][0]int", "map[string][999999][999999]int", "map[string]unsafe.Pointer", "map[string]*pkg.T",
        "map[string]map[int]int", "map[string]int; x", "map[string]int // x", "map[string]", "", "map[string]*",
        "map[struct{}]int", "map[string]\u00e9", "map[string]*\u00c9", "map[string]int\n", "map[a b]int", "string",
    ],
)  # fmt: skip
def test_all_else_is_left_to_the_grammar(text: str) -> None:
    assert simple_map(text) is None
