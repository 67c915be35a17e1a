"""Equal strings are masked whole and cut afterwards: no place of the cut shows a piece of a value or of a token."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.heap.contents import MASKED, SHOWN, Contents
from goxray.heap.duplicates import _text
from goxray.vault.mask.shown import Shown
from goxray.vault.mask.tokens import SHAPE

MOBILE, MAIL, CARD = "13800138000", "nobody@example.com", "4111111111111111"
MASK = Shown(("all",), bytes(32)).text
LONGEST_SHOWN = SHOWN + 48


def shown(text: str, keep: int = MASKED, *, masked: bool = True) -> str:
    whole = text.encode()
    none = np.zeros(0, np.int32)
    begin = np.array([0, min(len(whole), keep)])
    kept = np.frombuffer(whole[:keep], np.uint8)
    contents = Contents(none, none.astype(np.uint64), none, kept, begin, np.array([len(whole)]), 0)
    return _text(contents, 0, MASK if masked else None)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 140), st.sampled_from([MOBILE, MAIL, CARD]), st.sampled_from("xy é中"), st.integers(0, 900))
def test_no_place_of_a_value_lets_a_piece_of_it_through(before: int, value: str, filling: str, behind: int) -> None:
    text = shown(f"{filling * before} {value} {filling * behind}")
    assert value[:5] not in text and value[-5:] not in text
    assert len(text.rstrip("…")) <= LONGEST_SHOWN
    assert all(SHAPE.match(piece) for piece in re.findall(r"\[[a-z]+/.*?(?:\]|$)", text))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 30), st.sampled_from([MOBILE, MAIL, CARD]))
def test_a_value_that_what_was_read_ends_in_is_not_shown(inside: int, value: str) -> None:
    # So much of it becomes one token that the end of what was read would be in reach of what is shown.
    long = f"'{'a' * (MASKED - inside - 9)}'"
    head = f"name={long}"
    text = shown(f"{head} {value}" + " end" * 90)
    assert value[:5] not in text, "what was cut before it was masked must not be shown"
    assert shown(f"password={long} {value}" + " end" * 90).count(value[:5]) == 0


def test_short_ones_stay_whole_and_long_ones_are_cut_at_a_rune() -> None:
    assert shown("alice") == "alice" and shown("é" * 48) == "é" * 48
    assert shown("a" + "é" * 48) == "a" + "é" * 47 + "…"
    assert shown("a" * 97) == "a" * 96 + "…" == shown("a" * 97, masked=False) == shown("a" * 5000)
