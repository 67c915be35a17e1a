"""Swiss maps of real programs, byte for byte: seeds, hash keys and addresses from the process, all else from the model.

Nothing of the header, the directory, the tables and the groups is left out, nor what slots point to; after deletes,
clears and moves the bytes that nobody reads any more count too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.harness.swiss_replay import Twin, World, operations, world
from tests.harness.variants import VARIANTS, Variant, params

SWISS = tuple(each for each in VARIANTS if each.kind == "swiss" and "greenteagc" not in each.experiments)
SHAPES = (
    "word", "half", "wide", "text", "set", "pointer", "record", "small", "float", "any", "bigkey", "bigelem", "both",
)  # fmt: skip
STATES = (
    ("small", "a0,5,0"),
    ("small with holes", "d1,4,2 a5,7,3"),
    ("full small", "a0,8,1"),
    ("known key in a full small map", "a3,4,9"),
    ("first table", "a8,9,0"),
    ("grown", "a9,600,2"),
    ("overwritten", "a0,90,77"),
    ("split", "a600,2600,0"),
    ("tombstones", "d0,2600,3"),
    ("refilled", "a0,700,5"),
    ("moving window", "w2600,4600,800"),
    ("cleared", "c"),
    ("few", "a0,12,0"),
    ("few cleared", "c"),
    ("full again", "a0,1500,1"),
    ("emptied by deletes", "d0,1500,1"),
    ("cleared with tombstones only", "c"),
    ("after new seeds", "a100,160,0 d100,160,1 a0,300,4"),
)


@pytest.fixture(scope="module", params=params(SWISS))
def running(request: pytest.FixtureRequest) -> Iterator[World]:
    """The program running, for each build with Swiss maps."""
    chosen: Variant = request.param
    with world(chosen) as found:
        yield found


@pytest.mark.parametrize("name", SHAPES)
def test_memory_is_the_models(running: World, name: str) -> None:
    twin = Twin(running, name)
    seen = set()
    for state, steps in STATES:
        twin.do(*steps.split())
        assert twin.compare() >= 48, state
        figures = twin.model.figures()
        assert (figures.mallocs, figures.total_alloc) == (twin.mallocs, twin.bytes), state
        seen.add((figures.detail["small"], figures.detail["tables"] > 1, figures.tombstones > 0))
    assert seen >= {(1, False, False), (0, False, False), (0, True, False), (0, True, True)}


@pytest.mark.parametrize("hint", [8, 9, 14, 15, 300, 897, 3000])
def test_hints(running: World, hint: int) -> None:
    for name in ("text", "small"):
        twin = Twin(running, name, hint)
        twin.compare()
        assert twin.model.figures().total_alloc == twin.bytes
        twin.do("a0,400,0")
        twin.compare()


def test_keys_that_are_not_equal_to_themselves(running: World) -> None:
    """Their hashes are random: the control bytes that came of it are handed over, in a group where nothing else can."""
    twin = Twin(running, "float")
    steps = ("a2,5,0", "a5990,5993,1", "d5990,5993,1", "a5993,5995,0")
    twin.do(steps[0])
    twin.world.speaker.tell(" ".join(["float", "do", *steps[1:]]))
    full = [each for each in twin.controls() if each < 0x80]
    twin.model.hasher.rng = HandedOver([*full[2:5], 0, 0, 0, *full[5:]])
    for step in steps[1:]:
        twin.replay(operations(step))
    twin.compare()
    assert len(twin.model) == 7


class HandedOver(random.Random):
    """Random words that were drawn elsewhere."""

    def __init__(self, words: list[int]) -> None:
        super().__init__()
        self._words = iter(words)

    def getrandbits(self, k: int) -> int:
        """The next of them."""
        return next(self._words)


@pytest.mark.parametrize("name", ["word", "text", "bigkey"])
@pytest.mark.parametrize(
    ("before", "meanwhile"),
    [
        ("a0,6,0", "a6,7,0 d0,2,1"),
        ("a0,7,0", "a7,40,0 d2,20,3"),
        ("a0,300,0", ""),
        ("a0,300,0", "d0,300,2 a300,420,1"),
        ("a0,420,0", "a420,2400,0"),
        ("a0,1700,0 d0,1700,3", "a1700,3400,0 d1,1700,2 a0,900,3"),
        ("a0,1700,0", "d0,900,1 c a100,400,1"),
        ("a0,40,0", "d0,40,1 a0,60,0"),
    ],
    ids=["small", "small grows", "still", "deletes", "grows", "splits", "clear", "emptied"],
)
def test_iteration_of_a_changing_map(running: World, name: str, before: str, meanwhile: str) -> None:
    twin = Twin(running, name)
    twin.do(*before.split())
    for _ in range(3):
        real, shown = twin.walk(*meanwhile.split())
        assert [twin.key(each) for each in real] == shown
        twin.compare()
