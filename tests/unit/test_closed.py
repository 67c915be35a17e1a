"""Closed forms against hand calculation from the runtime's sources, and against plain sums over binomials."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from goxray.layout import RuntimeLayout
from goxray.model.builds import build_layout
from goxray.model.closed.chances import Chances, counted, mixture, normal
from goxray.model.closed.evacuation import buckets_left, evacuated_below
from goxray.model.closed.life import ClosedForms
from goxray.model.closed.overflow import overflow_chances
from goxray.model.closed.rebuilt import Rebuilder
from goxray.model.closed.splits import above_chances, entries_for, expected_above
from goxray.model.gotypes import parse_type
from goxray.model.shape import ModelShape
from goxray.model.shapes import map_shape
from goxray.model.steps import Step

LIMIT = 896  # 7/8 of a table of 1024 slots


def shape_for(text: str, build: str) -> tuple[RuntimeLayout, ModelShape]:
    layout = build_layout(build)
    return layout, map_shape(parse_type(text, layout), layout)


def forms(text: str, build: str) -> ClosedForms:
    return ClosedForms(*shape_for(text, build))


# ---- classic: hmap 48, bucket of map[string]*int 8 + 8*16 + 8*8 + 8 = 208, its own size class; arrays by hand


@pytest.mark.parametrize(
    ("n", "held", "peak", "mallocs", "total", "slots"),
    [
        (0, 48, 48, 1, 48, 0),
        (1, 48 + 208, 256, 2, 256, 8),
        (8, 48 + 208, 256, 2, 256, 8),
        # two buckets of 208 are 416, a size class; the old bucket is held beside them for a moment
        (9, 48 + 416, 48 + 208 + 416, 3, 48 + 208 + 416, 16),
        # four buckets: 832 and the malloc header's 8 go into the class of 896
        (14, 48 + 896, 48 + 416 + 896, 4, 48 + 208 + 416 + 896, 32),
    ],
)
def test_a_small_classic_map(n: int, held: int, peak: int, mallocs: int, total: int, slots: int) -> None:
    spread = forms("map[string]*int", "1.23").filled(n)
    assert (spread.bytes.values[0], spread.peak_bytes.values[0]) == (held, peak)
    assert (spread.mallocs.values[0], spread.total_alloc.values[0], spread.slots.values[0]) == (mallocs, total, slots)
    assert spread.exact == (n <= 8)


def test_a_classic_map_of_16_buckets_brings_spare_ones() -> None:
    """16 + 1 buckets of 208 and the malloc header's 8 are 3544, in the class of 4096: 19 buckets fit."""
    spread = forms("map[string]*int", "1.23").filled(0, hint=60)
    assert spread.exact
    assert spread.bytes.values.tolist() == [48 + 24 + 4096]
    assert spread.detail["B"] == 4
    assert spread.mallocs.values.tolist() == [3]
    assert spread.scan_bytes.median <= 48 + 24 + 4096


@pytest.mark.parametrize(("build", "n", "log2"), [("1.21", 12, 1), ("1.21", 13, 2), ("1.23", 13, 1), ("1.23", 14, 2)])
def test_the_load_factor_was_six_up_to_1_21(build: str, n: int, log2: int) -> None:
    assert forms("map[int]int", build).filled(n).detail["B"] == log2
    assert forms("map[int]int", build).filled(0, hint=n).detail["B"] == log2


def test_a_hint_is_the_b_of_its_load() -> None:
    """6.5 * 2^17 = 851968 entries fit into 2^17 buckets."""
    assert forms("map[int]int", "1.23").filled(0, hint=851_968).detail["B"] == 17
    assert forms("map[int]int", "1.23").filled(0, hint=851_969).detail["B"] == 18


def test_a_hint_that_could_not_be_addressed_is_no_hint() -> None:
    assert forms("map[int]int", "1.23").filled(0, hint=10**13).bytes.values.tolist() == [48]
    assert forms("map[int]int", "1.27").filled(0, hint=10**13).bytes.values.tolist() == [48]


# ---- Swiss: Map 48, group of map[string]*int 8 + 8*24 = 200 in the class of 208, table struct 32


@pytest.mark.parametrize(
    ("n", "hint", "held", "peak", "mallocs", "total"),
    [
        (0, 0, 48, 48, 1, 48),
        (8, 0, 48 + 208, 256, 2, 256),
        # two groups are 400, in the class of 416; directory 8; the small group is held until the table is filled
        (9, 0, 48 + 8 + 32 + 416, 48 + 208 + 8 + 32 + 416, 5, 48 + 208 + 8 + 32 + 416),
        (14, 0, 504, 712, 5, 712),
        # four groups are 800 and the header's 8: 896
        (15, 0, 48 + 8 + 32 + 896, 48 + 8 + 32 + 416 + 32 + 896, 7, 712 + 32 + 896),
        (0, 9, 504, 504, 4, 504),
        (9, 9, 504, 504, 4, 504),
        (15, 15, 984, 984, 4, 984),
    ],
)
def test_a_small_swiss_map(n: int, hint: int, held: int, peak: int, mallocs: int, total: int) -> None:
    spread = forms("map[string]*int", "1.27").filled(n, hint)
    assert spread.exact
    figures = (spread.bytes, spread.peak_bytes, spread.mallocs, spread.total_alloc)
    assert [figure.values.tolist() for figure in figures] == [[held], [peak], [mallocs], [total]]


def test_one_table_is_exact_up_to_896_entries() -> None:
    """1024 slots are 128 groups of 200: 25600 and a malloc header's 8 in the class of 27264."""
    closed = forms("map[string]*int", "1.27")
    assert closed.filled(LIMIT).exact and not closed.filled(LIMIT + 1).exact
    assert closed.filled(LIMIT).bytes.values.tolist() == [48 + 8 + 32 + 27264]
    assert closed.filled(LIMIT + 1).bytes.median == 48 + 16 + 2 * (32 + 27264)
    # the old table and the old directory are held beside the two new ones
    assert closed.filled(LIMIT + 1).peak_bytes.median == 48 + 8 + 16 + 3 * (32 + 27264)


def test_the_hint_of_a_directory() -> None:
    """make(map, 5e6): 5714285 slots, 8192 tables (5581 rounded up) of 697 rounded up to 1024."""
    spread = forms("map[string]*int", "1.27").filled(0, hint=5_000_000)
    assert spread.exact
    assert spread.bytes.values.tolist() == [48 + 8 * 8192 + 8192 * (32 + 27264)]
    assert spread.detail["tables"] == spread.detail["dir_len"] == 8192
    assert spread.mallocs.values.tolist() == [2 + 2 * 8192]


def test_what_hangs_on_by_pointer_is_counted_apart() -> None:
    """A key of 130 bytes takes the class of 144."""
    for build in ("1.23", "1.27"):
        spread = forms("map[[130]byte]int", build).filled(5)
        assert spread.indirect_bytes == 5 * 144
        assert spread.mallocs.values.tolist() == [2 + 5]
        assert spread.total_alloc.values[0] == spread.bytes.values[0] + 5 * 144


# ---- chances


def test_overflow_of_two_buckets_is_a_binomial() -> None:
    """13 entries in two buckets: an overflow bucket where one gets nine or more."""
    expected = Fraction(sum(2 * math.comb(13, k) for k in range(9, 14)), 2**13)
    found = overflow_chances(13, 2)
    assert found.values.tolist() == [0, 1]
    assert found.weights[1] == pytest.approx(float(expected), rel=1e-9)


def test_mean_overflow_is_that_of_binomial_loads() -> None:
    for entries, log2 in ((52, 3), (416, 6), (5000, 10), (100_000, 14), (10**6, 18)):
        buckets = 1 << log2
        share = 1 / buckets
        logs = [
            math.lgamma(entries + 1) - math.lgamma(k + 1) - math.lgamma(entries - k + 1)
            + k * math.log(share) + (entries - k) * math.log1p(-share)
            for k in range(min(entries, 80) + 1)
        ]  # fmt: skip
        mean = buckets * sum(math.exp(log) * max(0, -(-k // 8) - 1) for k, log in enumerate(logs))
        assert overflow_chances(entries, buckets).mean == pytest.approx(mean, rel=2e-3, abs=1e-6)


def test_evacuation_of_four_buckets_by_hand() -> None:
    """The first write takes two; the second one more, and the last too if it hits the other one: half the time."""
    assert buckets_left(4, 0).values.tolist() == [4]
    assert buckets_left(4, 1).values.tolist() == [2]
    second = buckets_left(4, 2)
    assert dict(zip(second.values.tolist(), second.weights.tolist(), strict=True)) == pytest.approx({0: 0.5, 1: 0.5})
    assert buckets_left(4, 3).values.tolist() == [0]


def test_evacuation_takes_between_half_as_many_writes_and_as_many() -> None:
    for buckets in (8, 64, 256, 1 << 12, 1 << 20):
        assert buckets_left(buckets, buckets // 2 - 1).values.min() > 0
        assert buckets_left(buckets, buckets).values.tolist() == [0]
        early = buckets_left(buckets, round(buckets * math.log(2) - 1.2 * math.sqrt(buckets)))
        late = buckets_left(buckets, round(buckets * math.log(2) + 1.2 * math.sqrt(buckets)))
        assert early.values.min() > 0 or early.weights[0] < 1e-4
        assert late.weights[late.values == 0].sum() > 1 - 1e-4
    assert evacuated_below(1 << 20, 1 << 20, 0) == 0
    assert evacuated_below(1 << 20, 0, 1 << 20) == 1 << 20


@pytest.mark.parametrize("writes", [100, 300, 600, 680, 700, 705, 709, 712, 718, 726])
def test_the_normal_law_is_that_of_the_chain(writes: int) -> None:
    """1024 buckets are past the size from which the law is taken: against the chain itself, written out here."""
    buckets = 1024
    chain = np.zeros(buckets + 1)
    chain[buckets] = 1.0
    left = np.arange(buckets + 1)
    for _ in range(writes):
        after = np.zeros_like(chain)
        np.add.at(after, np.maximum(left - 1, 0), chain * (1 - left / buckets))
        np.add.at(after, np.maximum(left - 2, 0), chain * (left / buckets))
        chain = after
    said = buckets_left(buckets, writes)
    mean = float(chain @ left)
    assert said.mean == pytest.approx(mean, abs=0.25)
    assert math.sqrt(said.variance) == pytest.approx(math.sqrt(float(chain @ (left - mean) ** 2)), abs=0.25)
    assert float(said.weights[said.values == 0].sum()) == pytest.approx(float(chain[0]), abs=0.03)


def test_two_cells_share_by_a_binomial() -> None:
    entries, limit = 1750, LIMIT
    one_sided = sum(math.comb(entries, k) for k in range(limit + 1, entries + 1))
    expected = float(Fraction(2 * one_sided, 2**entries))
    found = above_chances(entries, 2, limit)
    assert found.mean == pytest.approx(expected, rel=1e-6)
    assert expected_above(entries, 2, limit) == pytest.approx(expected, rel=1e-6)


def test_many_cells_keep_their_binomial_mean() -> None:
    for cells in (4, 16, 32, 1024, 1 << 20):
        for load in (850, 896, 930):
            entries = cells * load
            assert above_chances(entries, cells, LIMIT).mean == pytest.approx(
                expected_above(entries, cells, LIMIT), rel=0.01, abs=1e-3
            )


def test_exact_and_local_limit_agree_where_one_takes_over() -> None:
    """16 cells are convolved exactly, 32 weighed by a normal law: the spread grows by the root of two."""
    exact, weighed = above_chances(16 * 896, 16, LIMIT), above_chances(32 * 896, 32, LIMIT)
    assert weighed.mean / 2 == pytest.approx(exact.mean, rel=0.02)
    assert weighed.variance / 2 == pytest.approx(exact.variance, rel=0.05)


def test_when_the_first_of_many_tables_splits() -> None:
    for cells in (2, 64, 4096):
        at = entries_for(cells, LIMIT, 0.6931)
        assert expected_above(at, cells, LIMIT) == pytest.approx(0.6931, rel=0.35)


def test_quantiles_and_sums_of_chances() -> None:
    die = Chances(np.arange(1, 7, dtype=np.int64), np.full(6, 1 / 6))
    both = die.plus(die)
    assert (both.values.tolist(), both.median, both.quantile(0.05), both.quantile(0.95)) == (
        list(range(2, 13)),
        7,
        3,
        11,
    )
    assert both.variance == pytest.approx(35 / 6)
    assert die.map(lambda n: n // 4).weights.tolist() == pytest.approx([0.5, 0.5])
    assert mixture([(0.25, Chances.sure(1)), (0.75, Chances.sure(5))]).mean == 4
    assert normal(1e9, 1e12).quantile(0.95) == pytest.approx(1e9 + 1.645e6, rel=1e-4)
    few = counted(2.0, 1.0, 100)  # binomial with four trials of one half
    assert few.weights[:5].tolist() == pytest.approx([1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16], rel=1e-6)
    assert counted(3.0, 3.0, 100).weights[0] == pytest.approx(math.exp(-3), rel=1e-6)


# ---- lives


@pytest.mark.parametrize("build", ["1.23", "1.27"])
def test_deletes_and_clear_leave_the_arrays(build: str) -> None:
    steps = [Step("insert", 700), Step("delete", 600), Step("clear", 0), Step("insert", 700)]
    filled, deleted, cleared, again = forms("map[string]*int", build).life(steps)
    assert deleted.bytes is filled.bytes
    assert deleted.entries == 100
    # a classic map lets go of overflow buckets beyond the spare ones, and gets new ones when it is filled again
    assert cleared.bytes.median <= filled.bytes.values[0]
    assert again.bytes.median == filled.bytes.median
    assert again.growth == ()
    assert again.mallocs.median == pytest.approx(filled.mallocs.median, abs=30)


def test_inserts_after_deletes_have_no_closed_form_but_in_the_smallest_maps() -> None:
    closed = forms("map[[130]byte]int", "1.27")
    assert len(closed.life([Step("insert", 500), Step("delete", 5), Step("insert", 5)])) == 2
    last = closed.life([Step("insert", 8), Step("delete", 5), Step("insert", 5)])[-1]
    assert (last.exact, last.entries, last.indirect_bytes) == (True, 8, 8 * 144)
    assert last.mallocs.values.tolist() == [2 + 13]


def test_a_delete_that_may_evacuate_has_no_closed_form() -> None:
    closed = forms("map[string]*int", "1.23")
    assert len(closed.life([Step("insert", 54), Step("delete", 5)])) == 1
    assert len(closed.life([Step("insert", 100), Step("delete", 5)])) == 2


@pytest.mark.parametrize("build", ["1.23", "1.27"])
def test_filling_in_two_steps_comes_to_the_same(build: str) -> None:
    closed = forms("map[string]*int", build)
    first, second = closed.life([Step("insert", 300), Step("insert", 4700)])
    whole = closed.filled(5000)
    assert second.bytes.values.tolist() == whole.bytes.values.tolist()
    assert second.total_alloc.median == whole.total_alloc.median
    assert [*first.growth, *second.growth] == list(whole.growth)


@pytest.mark.parametrize("build", ["1.21", "1.23", "1.24", "1.27", "1.25:noswissmap"])
@pytest.mark.parametrize("text", ["map[string]*int", "map[int]int", "map[int32]struct{}"])
def test_rebuilt_bytes_are_the_mean_of_the_closed_form(text: str, build: str) -> None:
    layout, shape = shape_for(text, build)
    entries = np.array([0, 5, 9, 13, 100, 897, 1792, 13_312, 100_000, 917_504, 5])
    found = Rebuilder(layout).bytes(shape.unit, entries)
    for n, size in zip(entries.tolist(), found.tolist(), strict=True):
        assert size == pytest.approx(ClosedForms(layout, shape).filled(n, n).bytes.mean, rel=3e-5, abs=1)
    assert found[1] == found[-1]
    assert len(Rebuilder(layout).bytes(shape.unit, np.zeros(0, np.int64))) == 0
