"""Swiss maps of real programs, byte for byte: seeds, hash keys and addresses from the process, all else from the model.

Nothing of the header, the directory, the tables and the groups is left out, nor what slots point to; after deletes,
clears and moves the bytes that nobody reads any more count too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from tests.harness.swiss_replay import KEYS, Twin, World, operations, world
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
    ("few left", "d12,1500,1"),
    ("few left and cleared", "c"),
    ("full once more", "a0,1500,2"),
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


TABLES = (
    (128, 0, 0.8), (1024, 0, 0.8), (256, 0, 0.5), (128, 0, 0.02), (128, 0.1, 0.8), (128, 0.3, 0.8), (128, 0.5, 0.4),
    (256, 0.2, 0.9), (1024, 0.1, 0.8), (1024, 0.2, 0.8), (1024, 0.3, 0.5),
)  # fmt: skip
"""Capacity, part of the groups that are crowded, part of the keys that go: the first three can be pruned for sure."""


def tombstone_life(
    twin: Twin, capacity: int, crowded: float, gone: float, chance: random.Random
) -> tuple[list[str], ...]:
    """Steps that fill the one table of a map by its keys' homes, delete some, and assign where no tombstone lies.

    Most groups are filled by keys of their own; the crowded ones have two keys too many, which must go on to another
    group and need the tombstones that they pass. No room is left then, and some groups are empty: a key of theirs finds
    no tombstone to take, and the table is pruned, or grows where too little would come of it.
    """
    groups = capacity // 8
    hashes = twin.model.hasher.hash_many([twin.key(i) for i in range(KEYS)], twin.model.seed)
    homes = [np.flatnonzero(hashes >> np.uint64(7) & np.uint64(groups - 1) == home).tolist() for home in range(groups)]
    filled, left = groups * 7 // 8, capacity * 7 // 8
    order = chance.sample(range(groups), groups)
    fill, dropped = [], []
    for group in order[:filled]:
        for nth in range(min(left, 10 if chance.random() < crowded else 8)):
            key = homes[group].pop()
            fill.append(f"a{key},{key + 1},{nth}")
            left -= 1
            if nth < 8 and chance.random() < gone:
                dropped.append(key)
    assert not left
    again = [f"a{key},{key + 1},9" for group in order[filled:] for key in homes[group][:3]]
    return fill, [f"d{key},{key + 1},1" for key in chance.sample(dropped, len(dropped))], again


@pytest.mark.parametrize("name", ["word", "half", "pointer", "text", "small"])
def test_tombstones_are_pruned_as_in_the_real_map(running: World, name: str) -> None:
    """All bytes before and after; which assigns prune at all differs between the builds."""
    chance = random.Random(f"{name} {running.layout.version}")
    pruned: list[bool] = []
    for capacity, crowded, gone in TABLES:
        twin = Twin(running, name, capacity * 7 // 8)
        fill, delete, again = tombstone_life(twin, capacity, crowded, gone, chance)
        for steps in (fill, delete, again[:1], again[1:]):
            twin.do(*steps)
            twin.compare()
        figures = twin.model.figures()
        assert (figures.mallocs, figures.total_alloc) == (twin.mallocs, twin.bytes)
        pruned.append(any(event.kind == "prune" for event in twin.model.events))
    rules = running.layout.swiss
    assert rules is not None
    prunes = twin.model.shape.fast in rules.pruning
    assert pruned[:4] == [prunes, prunes, prunes, False]
    assert prunes or not any(pruned)


def random_steps(chance: random.Random) -> str:
    """A few hundred operations: a row of keys, a window over them, each so-manieth of them away, or single ones."""
    span = chance.choice((30, 700, 3000))
    low, kind = chance.randrange(1000, 2000), chance.randrange(5)
    high = low + chance.randrange(span)
    if kind == 0:
        return f"a{low},{high},{chance.randrange(199)}"
    if kind == 1:
        return f"w{low},{high},{chance.choice((2, 20, 400, 900))}"
    if kind == 2:
        return f"d{low},{high},{chance.choice((1, 2, 3))}"
    singles = []
    for _ in range(300):
        key = 1000 + chance.randrange(span)
        singles.append(f"d{key},{key + 1},1" if chance.random() < 0.5 else f"a{key},{key + 1},{chance.randrange(199)}")
    return " ".join([*singles, "c"] if chance.random() < 0.1 else singles)


@pytest.mark.parametrize("name", ["word", "text", "small"])
def test_lives_by_chance(running: World, name: str) -> None:
    """A hundred thousand operations and more on each build; all memory is compared every so often, and at the end."""
    chance = random.Random(f"{name} {running.layout.version}")
    done = 0
    for _ in range(4):
        twin = Twin(running, name, chance.choice((0, 0, 12, 900)))
        for nth in range(40):
            steps = random_steps(chance).split()
            twin.do(*steps)
            done += sum(len(operations(step)) for step in steps)
            if nth % 5 == 4:
                twin.compare()
        assert twin.model.figures().total_alloc == twin.bytes
    assert done > 40_000


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


WALKS = {
    "small": ("a0,6,0", "a6,7,0 d0,2,1"),
    "small grows": ("a0,7,0", "a7,40,0 d2,20,3"),
    "still": ("a0,300,0", ""),
    "deletes": ("a0,300,0", "d0,300,2 a300,420,1"),
    "grows": ("a0,420,0", "a420,1250,0"),
    "splits": ("a0,1000,0 d0,1000,3", "a1000,2000,0 d1,1000,2"),
    "clear": ("a0,1000,0", "d0,400,1 c a100,300,1"),
    "emptied": ("a0,40,0", "d0,40,1 a0,60,0"),
}
LONG = ("small grows", "deletes")
"""Long keys are hashed slowly one by one."""


@pytest.mark.parametrize(
    ("name", "walk"),
    [(name, walk) for name in ("word", "text") for walk in WALKS] + [("bigkey", walk) for walk in LONG],
)
def test_iteration_of_a_changing_map(running: World, name: str, walk: str) -> None:
    before, meanwhile = WALKS[walk]
    twin = Twin(running, name)
    twin.do(*before.split())
    for _ in range(2):
        real, shown = twin.walk(*meanwhile.split())
        assert [twin.key(each) for each in real] == shown
        twin.compare()
