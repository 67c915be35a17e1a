"""Which words of a value hold pointers, and how they are spelled: arrays in structs in arrays, counted by hand."""

from __future__ import annotations

import pytest

from goxray.goruntime.types import GoType
from goxray.heap.graph import NONE
from goxray.heap.slots import HeapTypes, SlotKind
from goxray.heap.typetable import TypeTable
from goxray.model.builds import build_layout
from goxray.model.gotypes import parse_type

ONE, MANY, BOX = SlotKind.ONE, SlotKind.MANY, SlotKind.BOX
Words = dict[int, tuple[SlotKind, str]]

LAYOUT = build_layout("1.27")
MIXED = "struct{A *int; B int; C [2]*string}"
"""Four words: A, B, C[0], C[1]."""


def laid_out(text: str) -> tuple[Words, TypeTable]:
    """Each pointer word of a type with its slot's kind and expression."""
    go_type: GoType = parse_type(text, LAYOUT)
    table = TypeTable(LAYOUT)
    number = table.number(HeapTypes(LAYOUT, lambda _: False).value(go_type))
    assert table.words_of(number) == go_type.size // 8
    found = {word: table.slot_of(number, word) for word in range(go_type.size // 8)}
    return {w: (table.slots[n].kind, table.slots[n].form) for w, n in found.items() if n != NONE}, table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[3]*int", {0: (ONE, "{p}[...]"), 1: (ONE, "{p}[...]"), 2: (ONE, "{p}[...]")}),
        ("[2]string", {0: (MANY, "{p}[...]"), 2: (MANY, "{p}[...]")}),
        ("[2]any", {1: (BOX, "{p}[...]"), 3: (BOX, "{p}[...]")}),
        ("[2][3]*int", dict.fromkeys(range(6), (ONE, "{p}[...][...]"))),
        ("[2][2]string", dict.fromkeys(range(0, 8, 2), (MANY, "{p}[...][...]"))),
        (
            f"[2]{MIXED}",
            {
                0: (ONE, "{p}[...].A"), 2: (ONE, "{p}[...].C[...]"), 3: (ONE, "{p}[...].C[...]"),
                4: (ONE, "{p}[...].A"), 6: (ONE, "{p}[...].C[...]"), 7: (ONE, "{p}[...].C[...]"),
            },
        ),
        (
            f"struct{{N int; In [1][2]{MIXED}; End *int}}",
            {
                1: (ONE, "{p}.In[...][...].A"), 3: (ONE, "{p}.In[...][...].C[...]"),
                4: (ONE, "{p}.In[...][...].C[...]"), 5: (ONE, "{p}.In[...][...].A"),
                7: (ONE, "{p}.In[...][...].C[...]"), 8: (ONE, "{p}.In[...][...].C[...]"), 9: (ONE, "{p}.End"),
            },
        ),
        ("struct{A [0]*int; B *int}", {0: (ONE, "{p}.B")}),
        ("[5]int", {}),
    ],
)  # fmt: skip
def test_pointer_words(text: str, expected: Words) -> None:
    assert laid_out(text)[0] == expected


def test_a_large_array_has_few_slots() -> None:
    words, table = laid_out("[60000]struct{A *int; B string; C int}")
    # 65536 words at most: those of 32768 elements
    assert set(words) == {4 * n for n in range(32_768)} | {4 * n + 1 for n in range(32_768)}
    assert len(table.slots) <= 3


def test_a_struct_stops_behind_the_largest_number_of_words() -> None:
    words, _ = laid_out("struct{A [65536]*int; B *int}")
    assert set(words) == set(range(65_536))
