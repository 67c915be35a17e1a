"""Keys and elems are spelled as the program that holds them says, and only where someone asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goxray import api
from goxray.goruntime.runtime import Runtime
from goxray.maps.plans import pointer_words
from goxray.target.open import open_target
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build, build
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import CLASSIC, SWISS, Variant, params

SHOWN = 5

pytestmark = pytest.mark.parametrize(
    "variant", params((Variant("1.21.13"), CLASSIC, SWISS, Variant("1.27.3", ("mapsplitgroup",)))), indirect=True
)


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[Speaker]:
    with speaking(build("values", Build(variant))) as running:
        yield running


@pytest.fixture(scope="module")
def shown(program: Speaker) -> dict[int, tuple[tuple[str, str], ...]]:
    result = api.maps(str(program.pid), group="none", show_keys=SHOWN, mask=None)
    return {sample.addr: sample.pairs for sample in result.keys}


def test_every_kind_is_spelled_as_go_does(program: Speaker, shown: dict[int, tuple[tuple[str, str], ...]]) -> None:
    expected = {int(addr): ((key, elem),) for addr, (key, elem) in program.said["keys"].items()}
    assert len(expected) > 25
    assert {addr: shown.get(addr) for addr in expected} == expected


def test_no_more_are_shown_than_asked_for(program: Speaker, shown: dict[int, tuple[tuple[str, str], ...]]) -> None:
    pairs = shown[program.said["hundred"]]
    assert len(set(pairs)) == SHOWN
    assert all(0 <= int(key) < 100 and int(elem) == -int(key) for key, elem in pairs)


def test_nothing_is_shown_that_nobody_asked_for(program: Speaker) -> None:
    assert inspect(program.pid).keys == []
    for form in ("table", "json", "csv"):
        done = command("maps", str(program.pid), "--group", "none", "--format", form)
        assert done.status == 0 and "large key" not in done.out


def test_pointer_words_are_those_of_the_collector(program: Speaker) -> None:
    masks = {int(addr): words for addr, words in program.said["masks"].items()}
    assert len(masks) == 8
    with open_target(str(program.pid), None) as target:
        types = Runtime(target).types
        assert {addr: sorted(pointer_words(types.at(addr))) for addr in masks} == masks
