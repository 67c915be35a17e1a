"""The catalogue: both languages say the same things."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from goxray.core.schema import GROUP_COLUMNS, MAP_COLUMNS
from goxray.render.words import CATALOGUE, LANGS, PARTS, say

CHINESE = re.compile("[\u4e00-\u9fff]")
PUNCTUATION = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_each_key_stands_in_one_part() -> None:
    assert len(CATALOGUE) == sum(map(len, PARTS))


@pytest.mark.parametrize("key", CATALOGUE)
def test_both_languages_take_the_same_values(key: str) -> None:
    english, chinese = CATALOGUE[key]
    assert english and chinese
    assert fields(english) - {"n"} == fields(chinese) - {"n"}
    assert not CHINESE.search(english)
    assert not PUNCTUATION.search(chinese), "half-width punctuation beside a Chinese character"


def test_one_and_many_differ_where_the_catalogue_says_so() -> None:
    assert say("table.more", "en", n=1) == "… and 1 more row; --limit 0 shows all"
    assert say("table.more", "en", n=1200) == "… and 1,200 more rows; --limit 0 shows all"
    assert say("table.more", "zh", n=1200) == "……另有 1,200 行；--limit 0 显示全部"


def test_a_singular_has_a_plural() -> None:
    for key in CATALOGUE:
        if key.endswith(".one"):
            assert key.removesuffix(".one") in CATALOGUE


def test_every_column_that_is_shown_has_a_meaning() -> None:
    stable = {column.name for column in (*MAP_COLUMNS, *GROUP_COLUMNS)}
    labels = {key.removeprefix("col.") for key in CATALOGUE if key.startswith("col.")}
    assert labels == {key.removeprefix("meaning.") for key in CATALOGUE if key.startswith("meaning.")}
    assert labels - stable == {"spread"}
    assert len(LANGS) == 2
