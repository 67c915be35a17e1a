"""Swiss maps that only count, under hashes that chance would never give, and as simulations run them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from goxray.model.steps import Step
from goxray.model.swiss.simulate import LeanMap, simulate
from tests.property.test_swiss_kernels import BUILDS, Exact, Hashes, fresh, full_hashes, lean_words, shape_of, upper

SHAPES = {
    "uniform": (0xFFFFFFFF, 0, 1),
    "skewed": (0xFFFFFFFF, 0, 2),
    "very skewed": (0xFFFFFFFF, 0, 3),
    "two groups": (0xFFFFFF81, 0x00000024, 1),
    "eight groups, skewed": (0xFFFFFF87, 0x00000050, 2),
}
"""By name: which bits of the 32 that count are drawn, what the others are, and how many draws have to agree on a 1.

The lowest seven bits select the group, the others the table.
"""


def drawn(rng: np.random.Generator, count: int, shape: str, used: set[int]) -> Hashes:
    """Hashes of one shape that have not come before."""
    free, fixed, draws = SHAPES[shape]
    words = np.bitwise_and.reduce(rng.integers(0, 1 << 32, size=(draws, count), dtype=np.uint32))
    hashes = full_hashes(words & np.uint32(free) | np.uint32(fixed))
    return hashes[fresh(upper(hashes), used)]


def same(exact: Exact, counted: LeanMap) -> None:
    """The figures of both, and the tombstones."""
    found = counted.figures()
    assert exact.figures() == (
        found.entries, found.slots, found.bytes, found.peak_bytes, found.scan_bytes, found.mallocs,
        found.total_alloc, found.detail["tables"], found.detail["dir_len"], found.detail["growth_left"],
    )  # fmt: skip
    assert exact.tombstones() == found.tombstones


@settings(max_examples=30, deadline=None)
@given(
    some.sampled_from(BUILDS),
    some.lists(some.sampled_from(sorted(SHAPES)), min_size=1, max_size=3),
    some.sampled_from([0, 0, 100, 3000]),
    some.lists(some.tuples(some.sampled_from("iiid"), some.integers(1, 6000)), min_size=1, max_size=5),
    some.integers(0, 1 << 30),
)
def test_counting_is_stepping_whatever_the_hashes(
    go: str, shapes: list[str], hint: int, steps: list[tuple[str, int]], seed: int
) -> None:
    layout, shape = shape_of(go, "map[uint64]uint64")
    rng, used = np.random.default_rng(seed), set[int]()
    exact, counted = Exact(layout, shape, hint), LeanMap(layout, shape, hint)
    for nth, (kind, count) in enumerate(steps):
        exact.ledger.start_step()
        counted.ledger.start_step()
        if kind == "i":
            hashes = drawn(rng, count, shapes[nth % len(shapes)], used)
            exact.insert(hashes)
            counted.insert(lean_words(hashes))
        else:
            before = counted.live()
            counted.delete(count, seed)
            exact.delete(full_hashes(rng.permutation(np.setdiff1d(before, counted.live()))))
        same(exact, counted)


def test_one_path_is_split_to_its_end() -> None:
    """1500 keys whose upper 12 bits agree: with the 897th the directory doubles until a 13th bit tells them apart.

    Allocated: the header; one group; a table, its groups and the directory; six times a larger table; in each of 13
    splits two tables, and a directory.
    """
    layout, shape = shape_of("1.27", "map[uint64]uint64")
    counted = LeanMap(layout, shape)
    words = np.arange(1500, dtype=np.uint32) * np.uint32(0x9E3779B1) >> np.uint32(12) | np.uint32(0xABC00000)
    assert len(np.unique(words)) == 1500
    counted.insert(words.astype(np.uint64) << np.uint64(32))
    found = counted.figures()
    assert (found.entries, found.slots) == (1500, 14 * 1024)
    assert (found.detail["dir_len"], found.detail["tables"]) == (1 << 13, 14)
    assert found.mallocs == 1 + 1 + 3 + 6 * 2 + 13 * (4 + 1)


@pytest.mark.parametrize("go", ["1.24", "1.27"])
def test_a_simulation_is_the_step_engine_with_its_hashes(go: str) -> None:
    """The hashes of a simulation's inserts are numpy's with its seed, in one stream; tables were sorted on the way."""
    layout, shape = shape_of(go, "map[uint64]uint64")
    steps = [Step("insert", 9), Step("insert", 60_000), Step("insert", 5_000)]
    found = simulate(layout, shape, 70, steps, 19)
    rng, exact = np.random.default_rng(19), Exact(layout, shape, 70)
    for step, figures in zip(steps, found, strict=True):
        exact.ledger.start_step()
        hashes = rng.integers(0, 1 << 64, size=step.count, dtype=np.uint64)
        # The 7 bits that the counting engine takes for the group stand elsewhere in a runtime's hash.
        words = (hashes >> np.uint64(32)).astype(np.uint32)
        exact.insert(full_hashes(words))
        ours = exact.figures()
        assert (figures.entries, figures.slots, figures.bytes, figures.peak_bytes) == ours[:4]
        assert (figures.scan_bytes, figures.mallocs, figures.total_alloc) == ours[4:7]
        assert (figures.detail["tables"], figures.detail["dir_len"], figures.detail["growth_left"]) == ours[7:]
