"""Each rule on made evidence: what it flags, what it leaves alone, and that its texts are whole in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from goxray.advise.evidence import Evidence, KeyBoxes, MapGroup, Strings
from goxray.advise.findings import find
from goxray.advise.forecast import forecast
from goxray.advise.prices import Prices, counted
from goxray.advise.registry import all_rules
from goxray.advise.rule import declared, field_of, number, plural, spelled, variable
from goxray.advise.sizing import _explain, _plain_classic
from goxray.core.advise_result import Finding, Forecast
from goxray.layout import RuntimeLayout
from goxray.model.builds import build_layout
from goxray.model.gotypes import parse_type
from tests.harness.made_advice import CLASSIC, SWISS, every_evidence, every_finding, group, site

DOCS = Path(__file__).parents[2] / "docs"
PLACEHOLDER = re.compile(r"\{(?!K\}|T\})[a-z_]+\}")


def found(rule: str, layout: RuntimeLayout, *groups: MapGroup, **more: object) -> list[Finding]:
    evidence = Evidence(layout, groups, **more)  # type: ignore[arg-type]
    return [finding for finding in find(evidence, Prices(layout)) if finding.rule == rule]


def test_rebuild_pays_from_half_a_map_up() -> None:
    assert found("rebuild-after-delete", SWISS, group(SWISS, "map[int64]int64", [100], [8192]))
    assert not found("rebuild-after-delete", SWISS, group(SWISS, "map[int64]int64", [5000], [8192]))
    assert not found("rebuild-after-delete", SWISS, group(SWISS, "map[int64]int64", [1], [128]))  # too few bytes
    assert not found("rebuild-after-delete", SWISS, group(SWISS, "map[int64]int64", [100], [8192], pooled=True))


def test_rebuilding_by_hand() -> None:
    """100 entries of 16 bytes: 128 slots, 16 groups of 136 bytes, a table and a directory, beside the header."""
    maps = group(SWISS, "map[int64]int64", [100], [1024], bytes_each=[20000])
    (finding,) = found("rebuild-after-delete", SWISS, maps)
    table = SWISS.alloc_size(SWISS.size("internal/runtime/maps.table"), False)
    header = SWISS.alloc_size(SWISS.size("internal/runtime/maps.Map"), False)
    fresh = header + 8 + table + SWISS.alloc_size(16 * 136, True)
    assert (finding.gain_bytes, finding.gain_low, finding.gain_high) == (20000 - fresh,) * 3
    assert finding.addr == 64


def test_the_sum_of_many_maps_has_a_narrower_range_than_its_parts() -> None:
    entries = [28_000] * 50
    many = found("rebuild-after-delete", SWISS, group(SWISS, "map[int64]int64", entries, [1 << 20] * 50))[0]
    one = found("rebuild-after-delete", SWISS, group(SWISS, "map[int64]int64", [28_000], [1 << 20]))[0]
    assert many.count == 50 and many.addr == 0
    assert many.gain_high - many.gain_low < 50 * (one.gain_high - one.gain_low)


@pytest.mark.parametrize("layout", [CLASSIC, SWISS])
def test_tiny_maps_by_hand(layout: RuntimeLayout) -> None:
    """2000 maps of 2 entries of 8 bytes: a slice of two pairs takes 16 bytes and 16 more in its header's place."""
    maps = group(layout, "map[int32]int32", [2] * 2000, [8] * 2000)
    (finding,) = found("many-tiny-maps", layout, maps)
    assert finding.gain_bytes == int(maps.bytes.sum()) - 2000 * (16 + 16)
    assert finding.count == 2000
    assert not found("many-tiny-maps", layout, group(layout, "map[int32]int32", [2] * 999, [8] * 999))
    assert not found("many-tiny-maps", layout, group(layout, "map[int32]int32", [9] * 2000, [16] * 2000))


def test_old_buckets_only_while_some_are_left() -> None:
    detail = {"B": [15], "buckets": [1 << 15], "old_buckets": [1 << 13], "nevacuate": [1 << 13],
              "overflow_buckets": [0], "noverflow": [0]}  # fmt: skip
    prices = Prices(CLASSIC)
    shape = prices.shape_of_map(parse_type("map[int64]int64", CLASSIC))
    assert shape is not None
    settled = prices.filled(shape, 110_000, 110_000).bytes.median
    old = prices.bucket_array(shape, 14)
    maps = group(CLASSIC, "map[int64]int64", [110_000], [1 << 18], bytes_each=[settled + old], detail=detail)
    (finding,) = found("old-buckets", CLASSIC, maps)
    assert finding.gain_low <= old <= finding.gain_high
    done = group(CLASSIC, "map[int64]int64", [110_000], [1 << 18], detail={**detail, "old_buckets": [0]})
    assert not found("old-buckets", CLASSIC, done)
    assert not found("old-buckets", SWISS, group(SWISS, "map[int64]int64", [110_000], [1 << 17]))


def test_a_hint_is_for_large_maps_that_are_full() -> None:
    assert found("right-hint", SWISS, group(SWISS, "map[int64]int64", [50_000], [65_536]))[0].gain_of == "allocated"
    assert not found("right-hint", SWISS, group(SWISS, "map[int64]int64", [500], [1024]))
    assert not found("right-hint", SWISS, group(SWISS, "map[int64]int64", [5_000], [65_536]))


def test_large_elems_from_129_bytes() -> None:
    assert found("large-elems", SWISS, group(SWISS, "map[int64][129]byte", [5000], [8192]))
    assert not found("large-elems", SWISS, group(SWISS, "map[int64][128]byte", [5000], [8192]))
    assert not found("large-elems", SWISS, group(SWISS, "map[int64][129]byte", [500], [1024]))


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("map[string]int64", True), ("map[string]*int64", True), ("map[int64]string", True), ("map[int64]*int", True),
        ("map[int64]int64", False), ("map[[16]byte]int64", False), ("map[any]int64", False),
        ("map[string][]byte", False), ("map[int64]time.Time", True), ("map[string]string", True),
    ],
)  # fmt: skip
def test_pointer_free_where_a_value_can_stand_for_the_pointer(text: str, flagged: bool) -> None:
    assert bool(found("pointer-free", SWISS, group(SWISS, text, [100_000], [131_072]))) == flagged
    assert not found("pointer-free", SWISS, group(SWISS, text, [1000], [2048]))


def test_only_classic_maps_are_huge() -> None:
    (finding,) = found("huge-map", CLASSIC, group(CLASSIC, "map[int64]int64", [500_000], [1 << 20]))
    # 2^18 buckets of 144 bytes and a sixteenth for overflow against 2^12 of them.
    assert finding.gain_bytes == CLASSIC.alloc_size(278_528 * 144, True) - CLASSIC.alloc_size(4352 * 144, True)
    assert not found("huge-map", CLASSIC, group(CLASSIC, "map[int64]int64", [50_000], [1 << 17]))
    assert not found("huge-map", SWISS, group(SWISS, "map[int64]int64", [500_000], [1 << 20]))


def test_pools_are_poisoned_by_empty_giants() -> None:
    assert found("pooled-maps", SWISS, group(SWISS, "map[int64]int64", [0], [65_536], pooled=True))
    assert not found("pooled-maps", SWISS, group(SWISS, "map[int64]int64", [50_000], [65_536], pooled=True))
    assert not found("pooled-maps", SWISS, group(SWISS, "map[int64]int64", [0], [65_536]))
    assert not found("pooled-maps", SWISS, group(SWISS, "map[int64]int64", [0], [8], pooled=True))


def test_sets_are_padded_on_swiss_maps_only() -> None:
    (finding,) = found("empty-struct-elems", SWISS, group(SWISS, "map[int64]struct{}", [48_000], [65_536]))
    assert finding.gain_bytes == 64 * (SWISS.alloc_size(128 * 136, True) - SWISS.alloc_size(128 * 80, True))
    assert not found("empty-struct-elems", CLASSIC, group(CLASSIC, "map[int64]struct{}", [48_000], [65_536]))
    assert not found("empty-struct-elems", SWISS, group(SWISS, "map[int64]bool", [48_000], [65_536]))
    split = build_layout("1.27:mapsplitgroup")
    assert not found("empty-struct-elems", split, group(split, "map[int64]struct{}", [48_000], [65_536]))


def test_interface_keys_of_one_type() -> None:
    maps = group(SWISS, "map[any]int64", [5000], [8192])
    ints = KeyBoxes("main.m", "int", 2500, 40_000)
    (finding,) = found("interface-keys", SWISS, maps, boxes=(ints,))
    assert "map[int]" in finding.title and "map[int]int64" in finding.change
    texts = KeyBoxes("main.m", "string", 5000, 80_000)
    assert not found("interface-keys", SWISS, maps, boxes=(ints, texts))
    assert not found("interface-keys", SWISS, maps, boxes=(KeyBoxes("main.m", "main.T", 5000, 80_000),))
    assert not found("interface-keys", SWISS, maps, boxes=(KeyBoxes("main.other", "int", 2500, 40_000),))
    assert not found("interface-keys", SWISS, maps)


def test_pinned_strings_by_hand() -> None:
    """100 strings of 10 bytes in arrays of 4096: copies take 16 bytes each."""
    (finding,) = found("pinned-strings", SWISS, strings=(Strings("main.s[...]", 100, 1000, 409_600),))
    assert finding.gain_bytes == 409_600 - 1600
    assert not found("pinned-strings", SWISS, strings=(Strings("main.s[...]", 100, 300_000, 409_600),))
    assert not found("pinned-strings", SWISS, strings=(Strings("main.s[...]", 1, 10, 4096),))


def test_short_lived_maps_by_size_and_share() -> None:
    pool = site(sizes={18_432: 500, 9_216: 10})
    hint = site(sizes={2048: 2500, 1024: 2500, 512: 5000})
    small = site(made_objects=50_000, made_bytes=2 << 20, grown_bytes=8 << 20, sizes={144: 58_000})
    changes = [found("short-lived-maps", SWISS, sites=(one,))[0].change for one in (pool, hint, small)]
    assert "sync.Pool" in changes[0] and "make(map[K]V, n)" in changes[1] and "nil" in changes[2]
    assert not found("short-lived-maps", SWISS, sites=(site(inuse_bytes=1 << 20, inuse_objects=5),))
    assert not found("short-lived-maps", SWISS, sites=(site(grown_bytes=1000),))


def test_a_lifetime_where_the_profile_tells_its_time() -> None:
    """Little's law: 10 of 1000 objects made in 30 s live at a time, so each lives 0.3 s."""
    dropped = site(inuse_objects=10, inuse_bytes=1000, sizes={18_432: 500})
    assert "about 0.3 s" in found("short-lived-maps", SWISS, sites=(dropped,), seconds=30.0)[0].why
    assert "live for" not in found("short-lived-maps", SWISS, sites=(dropped,))[0].why


def test_churn_and_growth_are_told_apart() -> None:
    grown = site(inuse_bytes=5 << 20, inuse_objects=9)
    churned = site(inuse_bytes=1 << 20, inuse_objects=9)
    assert found("right-hint", SWISS, sites=(grown,)) and not found("map-churn", SWISS, sites=(grown,))
    assert found("map-churn", SWISS, sites=(churned,)) and not found("right-hint", SWISS, sites=(churned,))


def test_the_upgrade_is_said_up_or_down() -> None:
    def row(there: int) -> Forecast:
        return Forecast("go1.27.3", "map[int]int", "main.m", 1, 10, 1000, there, there, there)

    for there, word in ((700, "less"), (1300, "more")):
        (finding,) = [
            finding
            for finding in find(
                Evidence(CLASSIC, forecast=(row(there),), newer="go1.27.3"), Prices(CLASSIC), min_gain=-9999
            )
            if finding.rule == "upgrade"
        ]
        assert word in finding.title and finding.gain_bytes == 1000 - there
    assert not found("upgrade", CLASSIC, forecast=(row(700),))


def test_every_text_is_whole_in_both_languages() -> None:
    findings = every_finding()
    seen = {
        (rule.id, draft.variant)
        for evidence in every_evidence()
        for rule in all_rules()
        for draft in rule.judge(evidence, Prices(evidence.layout))
    }
    assert seen == {(rule.id, variant) for rule in all_rules() for variant in rule.texts}
    for finding in findings:
        assert finding.chinese is not None
        for said in (finding, finding.chinese):
            for text in (said.title, said.why, said.change, said.cost, said.when_wrong):
                assert text and not PLACEHOLDER.search(text), (finding.rule, text)
        assert re.search(r"[\u4e00-\u9fff]", finding.chinese.title), finding.rule
        english = finding.title + finding.why + finding.change + finding.cost + finding.when_wrong
        assert not re.search(r"[\u4e00-\u9fff]", english), finding.rule


def test_a_rule_is_one_file_named_after_it_and_has_its_section_in_the_docs() -> None:
    from goxray.advise import rules

    files = {path.stem for path in Path(rules.__path__[0]).glob("*.py")} - {"__init__"}
    assert {rule.id for rule in all_rules()} == {name.replace("_", "-") for name in files}
    for page in ("advise.md", "advise.zh-CN.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        assert [rule.id for rule in all_rules() if f"### {rule.id}\n" not in text] == [], page


def test_ranges_hold_their_middle_and_the_biggest_comes_first() -> None:
    findings = every_finding()
    assert all(finding.gain_low <= finding.gain_bytes <= finding.gain_high for finding in findings)
    some = find(Evidence(SWISS, (group(SWISS, "map[int64]int64", [0], [8192]),)), Prices(SWISS), min_gain=1 << 30)
    assert some == []


def test_unknown_types_are_left_alone() -> None:
    """A map whose type is not known is judged by the figures that the table has."""
    known = group(SWISS, "map[int64]int64", [100], [8192])
    unknown = MapGroup(**{**vars(known), "type": None, "name": "map[?]?"})
    rules = {finding.rule for finding in find(Evidence(SWISS, (unknown,)), Prices(SWISS))}
    assert rules == {"rebuild-after-delete"}


def test_many_entry_counts_keep_their_sum() -> None:
    rng = np.random.default_rng(3)
    entries = rng.integers(0, 1 << 20, 5000)
    rows = counted(entries)
    assert sum(count for _, count in rows) == 5000 and len(rows) < 700
    assert abs(sum(n * count for n, count in rows) - int(entries.sum())) < 5000
    assert counted(np.array([3, 3, 7])) == [(3, 2), (7, 1)]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("main.users", "users"), ("example.com/shop/cart.store.items", "store.items"), ("main.users[...].tags", "m"),
        ("goroutines: main.main (stack)", "m"), ("main.m.(*main.T)", "m"),
    ],
)  # fmt: skip
def test_owners_as_go_code(owner: str, name: str) -> None:
    assert variable(owner) == name
    assert declared("store.items") == "items"


def test_types_and_counts_as_people_write_them() -> None:
    assert spelled("map[interface {}]*example.com/a/b.T") == "map[any]*b.T"
    assert spelled("map[string]main.T") == "map[string]T"
    assert (plural(1, "map"), plural(2000, "map")) == ("1 map", "2,000 maps")


def test_a_classic_map_that_never_grew_needs_no_hint() -> None:
    """Growth leaves the number of old buckets in nevacuate (runtime/map.go, advanceEvacuationMark)."""
    for nevacuate, old, flagged in ((0, 0, False), (4096, 0, True), (100, 4096, True)):
        detail = {"buckets": [8192], "old_buckets": [old], "nevacuate": [nevacuate], "B": [13]}
        maps = group(CLASSIC, "map[int64]int64", [50_000], [65_536], detail=detail)
        assert [finding.title.startswith("main.m grew") for finding in found("right-hint", CLASSIC, maps)] == (
            [True] if flagged else []
        )
    (finding,) = found("right-hint", SWISS, group(SWISS, "map[int64]int64", [50_000], [65_536]))
    assert "unless it was made with a hint" in finding.title and "nothing in a Swiss map" in finding.when_wrong


def test_small_maps_are_not_taken_out_of_the_scan_one_by_one() -> None:
    """4 MiB in maps of one group each: what would stand for their pointers takes more than they do."""
    tiny = group(SWISS, "map[string]string", [1] * 20_000, [8] * 20_000)
    assert int(tiny.bytes.sum()) > 4 << 20
    assert not found("pointer-free", SWISS, tiny)
    assert [finding.rule for finding in find(Evidence(SWISS, (tiny,)), Prices(SWISS))] == ["many-tiny-maps"]


def test_what_a_rebuild_takes_is_not_counted_again() -> None:
    """A map that is nearly empty: its padding, its scanning, its growth and its old buckets go with the rebuild."""
    detail = {"B": [19], "buckets": [1 << 19], "old_buckets": [1 << 10], "nevacuate": [1], "overflow_buckets": [0],
              "noverflow": [0]}  # fmt: skip
    for layout, text, more in (
        (SWISS, "map[int64]struct{}", None), (SWISS, "map[string]int", None), (CLASSIC, "map[int64]int64", detail),
        (CLASSIC, "map[string]int", detail),
    ):  # fmt: skip
        emptied = group(layout, text, [5000], [1 << 22], detail=more)
        rules = {finding.rule for finding in find(Evidence(layout, (emptied,)), Prices(layout))}
        assert rules == {"rebuild-after-delete"}, (text, rules)


def test_copies_of_short_strings_share_blocks_or_do_not() -> None:
    """Of 9 bytes two do not fit into 16, of 5 three do, of 20 each has a slot of 24."""
    for mean, each, least, most in ((9, 16, 9, 18), (5, 5, 5, 16), (20, 24, 20, 40)):
        (finding,) = found("pinned-strings", SWISS, strings=(Strings("main.s", 10_000, mean * 10_000, 4 << 20),))
        assert (4 << 20) - finding.gain_bytes == each * 10_000, mean
        assert ((4 << 20) - finding.gain_high, (4 << 20) - finding.gain_low) == (least * 10_000, most * 10_000)


def test_samples_of_a_profile_widen_the_range() -> None:
    """One sample for each 512 KiB: of 10 MiB there are 20, and 90% of such counts are within 1.645 times their root."""
    dropped = site(sizes={18_432: 500})
    (exact,) = found("short-lived-maps", SWISS, sites=(dropped,))
    (sampled,) = found("short-lived-maps", SWISS, sites=(dropped,), rate=512 << 10)
    missed = 1.645 * 20**0.5 * (512 << 10)
    assert abs(exact.gain_low - sampled.gain_low - missed) < 2
    assert abs(sampled.gain_high - exact.gain_high - missed) < 2


def test_slots_tell_how_many_entries_there_were() -> None:
    """Classic: 2^13 buckets stand for 6.5 * 2^12 + 1 to 6.5 * 2^13. Swiss: 246 tables, each half of 896."""
    for layout, slots, least, most in ((CLASSIC, 1 << 16, 26_625, 53_248), (SWISS, 251_904, 117_000, 122_000)):
        prices = Prices(layout)
        shape = prices.shape_of_map(parse_type("map[int64]int64", layout))
        assert shape is not None
        low, high = prices.entries_of(shape, slots)
        if layout is CLASSIC:
            assert abs(low - least) <= 64 and high == most
        else:
            assert least < low < high < most
            assert prices.outgrown(shape, (low + high) // 2).slots.median == pytest.approx(slots, rel=0.02)


def test_an_emptied_map_is_forecast_to_take_what_it_takes_where_maps_are_the_same() -> None:
    """1.26 and 1.27 have the same maps: an upgrade changes nothing, whatever was deleted."""
    for slots, entries in ((251_904, 4800), (1 << 18, 4800), (1 << 18, 120_000), (1024, 3), (8, 0)):
        maps = group(SWISS, "map[int64]int64", [entries], [slots], bytes_each=[_swiss_bytes(slots)])
        (row,) = forecast([maps], Prices(SWISS), [build_layout("1.26")])
        assert row.low <= row.bytes_now <= row.high, (slots, row)
        assert abs(row.bytes_there - row.bytes_now) <= 0.02 * row.bytes_now, (slots, row)


def _swiss_bytes(slots: int) -> int:
    """Header, tables with their directory, and groups of 8 + 8 * 16 bytes; a small map has one group alone."""
    header = SWISS.alloc_size(SWISS.size("internal/runtime/maps.Map"), False)
    if slots <= 8:
        return header + SWISS.alloc_size(136, True)
    tables = max(slots // 1024, 1)
    table = SWISS.alloc_size(SWISS.size("internal/runtime/maps.table"), False)
    directory = SWISS.alloc_size(8 * (1 << (tables - 1).bit_length()), False)
    return header + directory + tables * (table + SWISS.alloc_size(slots // tables // 8 * 136, True))


def test_numbers_in_code_are_numbers_of_go() -> None:
    assert [number(count) for count in (999, 9999, 10_000, 1_234_567)] == ["999", "9999", "10_000", "1_234_567"]
    owners = ("main.users.byName[...].Tags", "main.sets[...]", "goroutines: f (stack)")
    assert [field_of(owner) for owner in owners] == ["Tags", "sets", "m"]


@pytest.mark.parametrize("layout", [CLASSIC, SWISS])
def test_many_different_maps_cost_what_each_costs(layout: RuntimeLayout) -> None:
    """Maps are put together with alike ones, never over an edge at which one would double or drop its old array."""
    prices = Prices(layout)
    shape = prices.shape_of_map(parse_type("map[int64]int64", layout))
    assert shape is not None
    entries = np.arange(70, 2200, 9)
    each = sum(prices.figure(shape, n, 0, "bytes").mean for n in entries.tolist())
    rows = counted(entries)
    assert len(rows) < len(entries) // 2
    assert prices.sum(shape, ((n, 0, count) for n, count in rows)).mid == pytest.approx(each, rel=0.01)


def test_a_snapshot_sizes_classic_maps_with_overflow_buckets() -> None:
    """Of 2^13 buckets the preallocated 2^9 overflow buckets suffice: the array explains the bytes."""
    shape = {"old_buckets": 0, "overflow_buckets": 400, "B": 13}
    arrays = _plain_classic(shape, 8592 * 8, CLASSIC)
    assert arrays is not None
    array = CLASSIC.alloc_size((8192 + 512) * 272, False)
    held = array + CLASSIC.alloc_size(CLASSIC.size("runtime.hmap"), False)
    held += CLASSIC.alloc_size(CLASSIC.size("runtime.mapextra"), False)
    found = _explain(held, arrays, CLASSIC)
    assert (272, False) in found and not any(noscan for _, noscan in found)
    assert _plain_classic({**shape, "overflow_buckets": 513}, 8592 * 8, CLASSIC) is None


def test_a_forecast_tells_what_it_is_at() -> None:
    """Seven builds of many maps take seconds: somebody waits."""
    told: list[tuple[str, float]] = []
    there = [build_layout("1.26"), build_layout("1.23")]
    rows = list(
        forecast([group(SWISS, "map[int]int", [9], [16])], Prices(SWISS), there, lambda *said: told.append(said))
    )
    assert told == [("go1.26.6", 0.0), ("go1.23.9", 0.5)]
    assert [row.go_version for row in rows] == ["go1.26.6", "go1.23.9"]
