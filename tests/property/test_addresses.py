"""Sets of addresses behave like Python's sets, however they grow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goxray.maps import addresses
from goxray.maps.addresses import AddressSet, Frontier, distinct, find, member

near = st.integers(0, 300)
far = st.integers(0, (1 << 64) - 1)
batches = st.lists(st.lists(near | far, max_size=40), max_size=12)


def array(values: list[int]) -> NDArray[np.uint64]:
    return np.array(values, np.uint64)


@given(st.lists(near | far))
def test_distinct(values: list[int]) -> None:
    before = array(values)
    assert distinct(before).tolist() == sorted(set(values))
    assert before.tolist() == values


@given(st.lists(st.integers(-5, 5)))
def test_distinct_keeps_the_sign(values: list[int]) -> None:
    assert distinct(np.array(values, np.int32)).tolist() == sorted(set(values))


@given(st.lists(near | far), st.sets(near | far))
def test_find(wanted: list[int], held: set[int]) -> None:
    among = sorted(held)
    assert find(array(wanted), array(among)).tolist() == [among.index(a) if a in held else -1 for a in wanted]
    assert member(array(wanted), array(among)).tolist() == [a in held for a in wanted]


@given(batches, st.sampled_from((1, 3, 10, 4096)))
def test_a_set_tells_what_is_new(parts: list[list[int]], recent: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_RECENT", recent)
        growing, known = AddressSet(), set[int]()
        for part in parts:
            ordered = sorted(set(part))
            assert growing.add(array(ordered)).tolist() == [a not in known for a in ordered]
            known.update(part)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 9000), st.integers(1, 7)), max_size=12))
def test_large_batches_too(parts: list[tuple[int, int, int]]) -> None:
    growing, known = AddressSet(), set[int]()
    for start, count, step in parts:
        part = np.arange(start, start + count * step, step, dtype=np.uint64)
        new = growing.add(part)
        assert part[new].tolist() == [a for a in part.tolist() if a not in known]
        known.update(part.tolist())


@given(batches)
def test_a_frontier_gives_each_once(parts: list[list[int]]) -> None:
    waiting = Frontier()
    for part in parts:
        waiting.add(array(part))
    assert waiting.drain().tolist() == sorted({a for part in parts for a in part})


def test_a_frontier_of_many_repeats_stays_small() -> None:
    waiting = Frontier()
    part = np.arange(1 << 18, dtype=np.uint64)
    for _ in range(40):
        waiting.add(part)
        assert sum(map(len, waiting._parts)) <= (1 << 20) + len(part)
    assert waiting.drain().tolist() == part.tolist()
