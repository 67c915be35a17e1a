"""Keys and elems are masked whole and cut afterwards: no place of the cut shows a piece of a value or of a token."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.result import KeySample
from goxray.maps.keys import masked
from goxray.vault.mask import rules
from goxray.vault.mask.cells import Cells
from goxray.vault.mask.masker import Masker
from goxray.vault.mask.tokens import SHAPE

MOBILE, MAIL = "13800138000", "nobody@example.com"
MASK = Cells(Masker(rules.default(), bytes(32))).text
LONGEST_SHOWN = 120 + 48


def shown(key: str, elem: str) -> tuple[str, str]:
    [sample] = masked([KeySample(1, "main.cache", ((key, elem),))], MASK)
    [pair] = sample.pairs
    return pair


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 300), st.sampled_from([MOBILE, MAIL]), st.sampled_from("xy é中"))
def test_no_place_of_a_value_lets_a_piece_of_it_through(before: int, value: str, filling: str) -> None:
    body = f"{filling * before} {value} {filling * 200}"
    for text in shown(f'"{body}"', f'main.T{{Note: "{body}", N: 7}}'):
        assert value[:5] not in text and value[-5:] not in text
        for quoted in re.findall(r'"([^"]*)"', text):
            assert len(quoted) <= LONGEST_SHOWN
            assert all(SHAPE.match(piece) for piece in re.findall(r"\[[a-z]+/.*?(?:\]|$)", quoted))


def test_short_ones_stay_whole() -> None:
    assert shown('"alice"', "0xc000012340") == ('"alice"', "0xc000012340")
    assert shown("42", 'main.T{A: 1, B: "two \\" three"}') == ("42", 'main.T{A: 1, B: "two \\" three"}')


def test_a_cut_leaves_no_half_of_an_escape() -> None:
    key, _ = shown('"' + "a" * 119 + "\\n" + "b" * 50 + '"', "1")
    assert key == '"' + "a" * 119 + '"…'
    key, _ = shown('"' + "a" * 118 + "\\n" + "b" * 50 + '"', "1")
    assert key == '"' + "a" * 118 + '\\n"…'


def test_a_key_says_what_its_elem_is() -> None:
    key, elem = shown('"name"', '"张三"')
    assert key == '"name"' and re.fullmatch(r'"\[name/[a-p]{8}/[a-p]{24}\]"', elem)
    key, elem = shown(f'"{MOBILE}"', f'"{MOBILE}"')
    assert key == elem and SHAPE.fullmatch(key.strip('"'))


def test_fields_of_structs_are_masked_by_their_names() -> None:
    _, elem = shown("1", 'main.Customer{Name: "Jane", CustomerName: "Eve Jones", Password: "hunter2", Visits: 13}')
    assert not any(secret in elem for secret in ("Jane", "Eve", "hunter2")) and "Visits: 13}" in elem
