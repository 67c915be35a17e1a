"""Go types of any shape: printed and parsed again they are the same, and no order of fields is better."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.goruntime.types import GoType, Kind
from goxray.model.builds import build_layout
from goxray.model.gotypes import align_of, parse_type, pointer_bytes, pointer_mask
from goxray.model.gotypes_make import BASIC, Member, place_fields
from goxray.model.typelayout import better_order

LAYOUT = build_layout("1.27")
BASICS = st.sampled_from([*sorted(set(BASIC) - {"unsafe.Pointer"}), "unsafe.Pointer", "time.Time", "sync.Mutex"])
KEYS = st.sampled_from(["int8", "string", "[4]uint8", "any", "struct{ a int8; b string }"])


def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map("*{}".format),
        inner.map("[]{}".format),
        inner.map("chan {}".format),
        inner.map("<-chan ({})".format),
        st.builds("[{}]{}".format, st.integers(0, 4), inner),
        st.builds("map[{}]{}".format, KEYS, inner),
        st.builds("func({}, ...{}) ({}, error)".format, inner, inner, inner),
        st.lists(st.tuples(inner, st.sampled_from(["", "", ' "a:\\"b\\""'])), max_size=5).map(struct_text),
    )


def struct_text(fields: list[tuple[str, str]]) -> str:
    return "struct{ " + "; ".join(f"f{at} {text}{tag}" for at, (text, tag) in enumerate(fields)) + " }"


TYPES = st.recursive(BASICS, wrapped, max_leaves=8)
FIELDS = st.lists(
    st.sampled_from(
        ["bool", "int16", "int32", "int64", "[3]uint8", "string", "*int", "any", "[]int", "struct{}", "[0]int64",
         "struct{ p *int; n [2]int64 }", "struct{ n int64; p *int }", "[2]string", "complex64",
         "struct{ s string; b bool }"]
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@given(TYPES)
@settings(max_examples=150, deadline=None)
def test_what_is_printed_parses_to_the_same_type(text: str) -> None:
    first = parse_type(text, LAYOUT)
    again = parse_type(first.name, LAYOUT)
    assert (again.key, again.name, again.kind, again.size) == (first.key, first.name, first.kind, first.size)
    assert (align_of(again), pointer_mask(again)) == (align_of(first), pointer_mask(first))


@given(TYPES)
@settings(max_examples=150, deadline=None)
def test_sizes_keep_the_invariants(text: str) -> None:
    go_type = parse_type(text, LAYOUT)
    align, pointers, mask = align_of(go_type), pointer_bytes(go_type), pointer_mask(go_type)
    assert align in (1, 2, 4, 8) and go_type.size % align == 0
    assert pointers % 8 == 0 and pointers <= go_type.size and len(mask) == pointers // 8
    assert not mask or (mask[-1] and align == 8)
    end = 0
    for field in go_type.fields:
        assert field.offset % align_of(field.type) == 0 and end <= field.offset < end + 8
        end = field.offset + field.type.size
    assert go_type.kind is not Kind.STRUCT or end <= go_type.size <= end + 8


def cost(types: tuple[GoType, ...]) -> tuple[int, int]:
    """Size and pointer bytes of a struct with fields of these types in this order."""
    fields, size = place_fields([Member(f"f{at}", each) for at, each in enumerate(types)])
    ends = [field.offset + pointer_bytes(field.type) for field in fields if pointer_bytes(field.type)]
    return size, max(ends, default=0)


@given(FIELDS)
@settings(max_examples=120, deadline=None)
def test_no_order_of_the_fields_is_better(texts: list[str]) -> None:
    go_type = parse_type(struct_text([(text, "") for text in texts]), LAYOUT)
    types = tuple(field.type for field in go_type.fields)
    best = min(cost(order) for order in permutations(types))
    found = better_order(go_type, LAYOUT)
    if found is None:
        assert (go_type.size, pointer_bytes(go_type)) == best
    else:
        assert (found.size, found.pointer_bytes) == best < (go_type.size, pointer_bytes(go_type))
        assert sorted(found.order) == list(range(len(types)))
        assert [field.type for field in found.fields] == [types[at].name for at in found.order]
