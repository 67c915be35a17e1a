"""A machine of hypothesis that does to a modelled map and to a dict the same, and looks at both after each step."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from goxray.model import ClassicMap, SwissMap
from goxray.model.builds import build_layout
from tests.harness.go_dict import GoDict, Keys, Walk, all_elems, all_keys
from tests.harness.map_invariants import Account, check_classic, check_swiss

ASSIGN, DELETE = 0, 1
"""Operations of ``apply``, in both kinds of maps."""
NUMBERS = some.integers(0, 1500)
WALKS = 3


class MapMachine(RuleBasedStateMachine):
    """Iterations stay open from step to step, as loops of Go do whose bodies change the map."""

    builds: ClassVar[tuple[str, ...]]
    kind: ClassVar[type[ClassicMap] | type[SwissMap]]

    def __init__(self) -> None:
        super().__init__()
        self.elem = 0
        self.open: list[tuple[Walk, Iterator[tuple[object, object]]]] = []

    @initialize(seed=some.integers(0, 2**32))
    def make(self, seed: int) -> None:
        """Make both; all randomness comes from the seed."""
        chance = random.Random(seed)
        layout = build_layout(chance.choice(self.builds))
        self.keys: Keys = chance.choice(all_keys(layout))
        self.elems = chance.choice(all_elems(layout))
        hint = chance.choice([0, 0, 0, 5, 9, 100, 1000, 2000])
        self.account = Account()
        self.map = self.kind(
            f"map[{self.keys.go}]{self.elems.go}", layout, hint=hint, rng=chance,
            on_event=self.account.enter,
        )  # fmt: skip
        counts = layout.map_kind == "swiss" or layout.has("runtime.hmap", "clearSeq")
        self.dict = GoDict(self.keys, leaves_ghosts=not counts)

    def do(self, codes: list[int], numbers: list[int]) -> None:
        """Assign and delete in this order."""
        elems = list(range(self.elem, self.elem + len(codes)))
        self.elem += len(codes)
        values = [self.keys.value(n) for n in numbers]
        self.map.apply(np.array(codes, np.uint8), values, [self.elems.value(e) for e in elems])
        for code, n, e in zip(codes, numbers, elems, strict=True):
            if code == ASSIGN:
                self.dict.assign(n, e)
            else:
                self.dict.delete(n)

    @rule(n=NUMBERS)
    def assign(self, n: int) -> None:
        """One key."""
        self.map.assign(self.keys.value(n), self.elems.value(self.elem))
        self.dict.assign(n, self.elem)
        self.elem += 1

    @rule(n=NUMBERS)
    def delete(self, n: int) -> None:
        """One key."""
        self.map.delete(self.keys.value(n))
        self.dict.delete(n)

    @rule(low=NUMBERS, count=some.integers(1, 1800))
    def fill(self, low: int, count: int) -> None:
        """Many keys in a row."""
        self.do([ASSIGN] * count, list(range(low, low + count)))

    @rule(low=NUMBERS, count=some.integers(1, 900), step=some.integers(1, 5))
    def thin_out(self, low: int, count: int, step: int) -> None:
        """Each so-manieth key of a row goes."""
        numbers = list(range(low, low + count, step))
        self.do([DELETE] * len(numbers), numbers)

    @rule(seed=some.integers(0, 2**32), count=some.integers(1, 600), span=some.integers(1, 1500))
    def mix(self, seed: int, count: int, span: int) -> None:
        """Assign and delete by chance."""
        chance = random.Random(seed)
        self.do([int(chance.random() < 0.4) for _ in range(count)], [chance.randrange(span) for _ in range(count)])

    @rule(low=NUMBERS, count=some.integers(1, 300), width=some.integers(1, 200))
    def slide(self, low: int, count: int, width: int) -> None:
        """A window over the keys moves on."""
        numbers = [n for at in range(low, low + count) for n in (at, max(0, at - width))]
        self.do([ASSIGN, DELETE] * count, numbers)

    @rule()
    def clear(self) -> None:
        """All goes."""
        self.map.clear()
        self.dict.clear()

    @rule(low=NUMBERS, count=some.integers(1, 100))
    def look_up(self, low: int, count: int) -> None:
        """Keys that are there and keys that are not."""
        found = self.map.access_many([self.keys.value(n) for n in range(low, low + count)])
        for n, (elem, there) in zip(range(low, low + count), found, strict=True):
            wanted = self.dict.access(n)
            assert there == (wanted is not None)
            assert elem is None if wanted is None else self.elems.number(elem) == wanted

    @precondition(lambda self: len(self.open) < WALKS)
    @rule()
    def start_walk(self) -> None:
        """``range`` begins with its first entry; an iteration of an empty map is over at once, whatever comes."""
        walk = Walk(set(self.dict.held))
        self.dict.walks.append(walk)
        self.open.append((walk, self.map.iterate()))
        self.go_on(len(self.open) - 1, 1)

    @precondition(lambda self: bool(self.open))
    @rule(which=some.integers(0, WALKS - 1), count=some.integers(1, 400))
    def walk_on(self, which: int, count: int) -> None:
        """Some entries more; at the end all that stayed has come."""
        self.go_on(which % len(self.open), count)

    def go_on(self, which: int, count: int) -> None:
        """Take entries of an open iteration."""
        walk, entries = self.open[which]
        for _ in range(count):
            found = next(entries, None)
            if found is None:
                assert not walk.owed, f"{len(walk.owed)} entries that stayed were not shown"
                self.close(which)
                return
            self.dict.show(walk, found[0], self.elems.number(found[1]))

    @rule(seed=some.integers(0, 2**32), turns=some.integers(0, 12), clears=some.booleans())
    def range_over(self, seed: int, turns: int, clears: bool) -> None:
        """A whole loop whose body changes the map now and then, by chance as seeded."""
        chance = random.Random(seed)
        walk, entries = Walk(set(self.dict.held)), self.map.iterate()
        self.dict.walks.append(walk)
        moments = set(chance.sample(range(max(20, len(self.dict))), turns))
        for nth, (key, elem) in enumerate(entries):
            self.dict.show(walk, key, self.elems.number(elem))
            if nth in moments:
                self.mix(chance.getrandbits(32), chance.choice((3, 40, 500)), chance.choice((10, 200, 1800)))
            if clears and chance.random() < 0.02:
                self.clear()
        assert not walk.owed, f"{len(walk.owed)} entries that stayed were not shown"
        self.dict.walks.remove(walk)

    @precondition(lambda self: bool(self.open))
    @rule(which=some.integers(0, WALKS - 1))
    def leave(self, which: int) -> None:
        """``break``."""
        self.close(which % len(self.open))

    def close(self, which: int) -> None:
        """Drop an iteration."""
        walk, entries = self.open.pop(which)
        self.dict.walks.remove(walk)
        entries.close()  # type: ignore[attr-defined]

    @invariant()
    def in_order(self) -> None:
        """The arrays are consistent and the figures are theirs."""
        if not hasattr(self, "map"):
            return
        assert len(self.map) == len(self.dict)
        if isinstance(self.map, SwissMap):
            check_swiss(self.map, self.account)
        else:
            check_classic(self.map, self.account)

    def teardown(self) -> None:
        """At the end both hold the same."""
        while self.open:
            self.go_on(0, 1 << 30)
        if hasattr(self, "map"):
            shown = [self.dict.check(key, self.elems.number(elem)) for key, elem in self.map.iterate()]
            assert len(shown) == len(set(shown)) == len(self.dict)
