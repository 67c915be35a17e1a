"""Notes of predictions and advice in the reader's language: each known one is recognised, others stay."""

from __future__ import annotations

import re

import pytest

from goxray.render import advise_story, predict_story
from goxray.render.told_notes import Known, told
from goxray.render.words import CATALOGUE

KNOWN: list[Known] = [advise_story._NOTES, predict_story._NOTES]
NAMED = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize(("pattern", "key"), [pair for known in KNOWN for pair in known])
def test_a_note_is_recognised_by_its_own_english_and_keeps_its_figures(pattern: re.Pattern[str], key: str) -> None:
    english, chinese = CATALOGUE[key]
    assert set(NAMED.findall(english)) == set(NAMED.findall(chinese)) == set(pattern.groupindex)
    values = {name: str(7 + place) for place, name in enumerate(pattern.groupindex)}
    assert told([english.format(**values)], [(pattern, key)], "en") == [english.format(**values)]
    assert told([english.format(**values)], [(pattern, key)], "zh") == [chinese.format(**values)]


def test_a_note_that_nobody_has_translated_stays_as_it_is() -> None:
    assert told(["something else {x}"], KNOWN[0], "zh") == ["something else {x}"]


def test_every_note_of_advice_in_the_source_is_known() -> None:
    """The sentences that api_advise and its sizing put down, as they stand there, with figures in place of names."""
    said = [
        "maps whose type is not known well enough to predict anything: 47,961, which take 12.9 MiB",
        "from the snapshot /a b.gox, taken at 2026-11-21T14:00:00Z",
        "main.a, main.b: nothing tells how large these are; their maps are not predicted",
        "/bin/x has been built anew since the profile was taken: it is not used",
        "/bin/x is taken for the profile's executable: the profile holds no build id to compare",
    ]
    assert not set(told(said, KNOWN[0], "zh")) & set(said)
