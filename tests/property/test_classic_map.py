"""The model of classic maps behaves as a dict does, whatever is done to it, while it is ranged over too.

Lives of any kind, with all arrays recounted after each step; and a million and a half operations in bulk.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from goxray.model import ClassicMap
from goxray.model.classic import growth, kernels
from goxray.model.classic import state as st
from tests.harness.map_bulk import live
from tests.harness.map_machine import MapMachine
from tests.harness.uncompiled import uncompiled

BUILDS = ("1.21", "1.23", "1.25:noswissmap")
OPS = some.lists(some.tuples(some.sampled_from("aaaddcr"), some.integers(0, 60)), max_size=300)


def key_of(go_type: str, number: int) -> object:
    return f"k{number}" if "string]" in go_type else number


@pytest.mark.parametrize("go", BUILDS)
@pytest.mark.parametrize("go_type", ["map[int]int", "map[string]int"])
@settings(max_examples=25, deadline=None)
@given(ops=OPS, seed=some.integers(0, 2**32 - 1))
def test_it_holds_what_a_dict_holds(go: str, go_type: str, ops: list[tuple[str, int]], seed: int) -> None:
    tested = ClassicMap(go_type, go, rng=random.Random(seed))
    known: dict[object, int] = {}
    for nth, (op, number) in enumerate(ops):
        key = key_of(go_type, number)
        if op == "a":
            tested.assign(key, nth)
            known[key] = nth
        elif op == "d":
            tested.delete(key)
            known.pop(key, None)
        elif op == "c":
            tested.clear()
            known.clear()
        else:
            assert tested.access(key) == (known.get(key), key in known)
        assert len(tested) == len(known)
    met = list(tested.iterate())
    assert len(met) == len(known) and dict(met) == known
    assert tested.figures().entries == len(known)


@settings(max_examples=40, deadline=None)
@given(ops=OPS, seed=some.integers(0, 2**32 - 1), size=some.integers(1, 60))
def test_ranging_meets_what_stays_exactly_once(ops: list[tuple[str, int]], seed: int, size: int) -> None:
    tested = ClassicMap("map[int]int", rng=random.Random(seed))
    tested.assign_many(np.arange(size))
    stays, todo, met = set(range(size)), list(ops), []
    for key, _ in tested.iterate():
        assert key in tested
        met.append(key)
        for op, number in todo[:5]:
            if op == "a":
                tested.assign(number, 1)
            elif op == "d":
                tested.delete(number)
                stays.discard(number)
        del todo[:5]
    assert stays <= set(met)
    assert all(met.count(key) == 1 for key in stays)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(ops=OPS, seed=some.integers(0, 2**32 - 1), width=some.integers(1, 20))
def test_the_compiled_kernels_do_what_their_source_does(ops: list[tuple[str, int]], seed: int, width: int) -> None:
    stretched = [(op, number + more) for op, number in ops for more in range(0, 61 * width, 61)]
    codes = np.array(["ad".find(op) if op in "ad" else st.ACCESS for op, _ in stretched], np.uint8)
    keys = np.array([number for _, number in stretched], np.int64)
    compiled = ClassicMap("map[int]int", rng=random.Random(seed))
    plain = ClassicMap("map[int]int", rng=random.Random(seed))
    answers = compiled.apply(codes, keys, keys)
    with uncompiled(kernels, growth):
        assert plain.apply(codes, keys, keys) == answers
    assert (compiled.machine.head == plain.machine.head).all()
    assert compiled.events == plain.events
    for one, other in zip(compiled.machine.cur.buckets, plain.machine.cur.buckets, strict=True):
        assert (one == other).all()


class ClassicMachine(MapMachine):
    """All builds with classic maps."""

    builds = ("1.21", "1.22", "1.23", "1.24:noswissmap", "1.25:noswissmap")
    kind = ClassicMap


TestClassicMachine = ClassicMachine.TestCase
TestClassicMachine.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize(
    ("go", "key", "elem", "total"),
    [
        ("1.21", "int64", "int64", 500_000),
        ("1.22", "string", "int64", 500_000),
        ("1.23", "float64", "string", 500_000),
        ("1.24:noswissmap", "any", "any", 150_000),
        ("1.25:noswissmap", "[20]int64", "[17]int64", 25_000),
    ],
)
def test_hundreds_of_thousands_of_operations(go: str, key: str, elem: str, total: int) -> None:
    assert live(ClassicMap, go, key, elem, total, seed=4) >= total
