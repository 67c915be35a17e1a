"""The rules on Swiss maps: silent on what the runtime's algorithms make, loud on any broken byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from swiss_twin import DELETED, EMPTY, SwissTwin, probe, views

from goxray.maps import verify_swiss
from goxray.maps.verify_rules import Report, Rule, Violation
from goxray.maps.verify_views import SmallGroups, SwissGroups, SwissMaps, SwissTables, SwissTally

MOST = 32
Views = tuple[SwissMaps, SwissTables, SwissGroups, SmallGroups]


def churn(twin: SwissTwin, first: int) -> None:
    for k in range(1000 + first, 1150 + first):
        twin.put(k)
        twin.delete(k - 20)


def clear(twin: SwissTwin, key: int) -> None:
    if key % 5 == 0:
        twin.clear()


STEPS: dict[str, Callable[[SwissTwin, int], object]] = {
    "put": SwissTwin.put,
    "nan": lambda twin, key: twin.put(-1 - key),
    "delete": SwissTwin.delete,
    "many": lambda twin, key: [twin.put(k) for k in range(key, key + 40)],
    "drop": lambda twin, key: [twin.delete(k) for k in range(key, key + 60)],
    "churn": churn,
    "clear": clear,
}

operations = st.lists(st.tuples(st.sampled_from(["put", "put", *STEPS]), st.integers(0, 400)), max_size=60)


def grown(seed: int, hint: int, prunes: bool, steps: list[tuple[str, int]]) -> SwissTwin:
    twin = SwissTwin(seed, hint, MOST, prunes)
    for what, key in steps:
        STEPS[what](twin, key)
    return twin


twins = st.builds(grown, st.integers(0, 1 << 30), st.sampled_from([0, 9, 30, 100]), st.booleans(), operations)


def check(seen: Views, parts: int = 1, limit: int = 16) -> Report:
    maps, tables, groups, small = seen
    report = Report(maps.used.size, limit)
    tally = SwissTally.of(maps)
    verify_swiss.check_maps(maps, report)
    sound = verify_swiss.check_tables(maps, tables, MOST, report)
    counts = tables.groups[groups.tables]
    first = np.cumsum(counts) - counts
    for part in np.array_split(np.arange(groups.tables.size), parts):
        part = part[sound[groups.tables[part]]]
        if part.size:
            rows = np.concatenate([np.arange(first[i], first[i] + counts[i]) for i in part])
            assert groups.hashes is not None and groups.known is not None
            some = SwissGroups(groups.tables[part], groups.ctrl[rows], groups.hashes[rows], groups.known[rows])
            verify_swiss.check_groups(maps, tables, some, tally, report)
    verify_swiss.check_small(small, tally, report)
    tally.partly_read[tables.map[~sound]] = True
    verify_swiss.check_totals(maps, tally, report)
    return report


@settings(max_examples=150, deadline=None)
@given(st.lists(twins, min_size=1, max_size=4), st.integers(1, 5))
def test_nothing_is_said_of_sound_maps(maps: list[SwissTwin], parts: int) -> None:
    report = check(views(maps), parts)
    assert report.violations == [] and not report.total.any()


def test_the_twin_reaches_every_state() -> None:
    """What the property above is worth: splits, repeated tables, tombstones, pruning and small maps all occur."""
    twin = grown(3, 0, True, [("many", 40 * k) for k in range(8)])
    assert len(twin.directory) > len(twin.tables()) > 4
    twin = grown(5, 0, True, [("many", 0), ("drop", 0), ("many", 100), ("drop", 90)])
    assert twin.tombstone_possible
    assert grown(5, 9, True, [("churn", 0)]).pruned > 0 and not grown(5, 9, False, [("churn", 0)]).pruned
    assert grown(5, 0, True, [("put", 1)]).group is not None and not grown(5, 30, True, []).group


@settings(max_examples=60, deadline=None)
@given(twins, st.data())
def test_any_changed_control_byte_is_noticed(twin: SwissTwin, data: st.DataObject) -> None:
    seen = views([twin])
    where = 2 if twin.directory else 3
    ctrl = seen[where].ctrl
    known = seen[where].known
    assert known is not None
    if not ctrl.size:
        return
    row = data.draw(st.integers(0, ctrl.shape[0] - 1))
    slot = data.draw(st.integers(0, 7))
    before = int(ctrl[row, slot])
    after = data.draw(st.integers(0, 255).filter(lambda value: value != before))
    if before < EMPTY and after < EMPTY and not known[row, slot]:
        return  # a NaN may carry any seven bits
    ctrl[row, slot] = after
    report = check(seen)
    assert report.total[0] >= 1
    if after > EMPTY and after != DELETED:
        assert any(v.rule is Rule.CONTROL_BYTE and v.slot.endswith(f"slot {slot}") for v in report.violations)
    elif before < EMPTY and after < EMPTY:
        assert [v.rule for v in report.violations] == [Rule.H2]


HEADER_FIELDS = ["used", "dir_len", "global_depth", "global_shift"]
TABLE_FIELDS = ["used", "capacity", "growth_left", "index", "local_depth", "groups", "repeats", "number"]


@settings(max_examples=60, deadline=None)
@given(twins, st.sampled_from(HEADER_FIELDS), st.integers(0, 63))
def test_any_changed_bit_of_a_header_is_noticed(twin: SwissTwin, name: str, bit: int) -> None:
    seen = views([twin])
    column = getattr(seen[0], name)
    column[0] ^= np.int64(1) << (bit if name in ("used", "dir_len") else bit % 8)
    assert check(seen).total[0] >= 1


@settings(max_examples=60, deadline=None)
@given(twins, st.sampled_from(TABLE_FIELDS), st.integers(0, 15), st.data())
def test_any_changed_bit_of_a_table_is_noticed(twin: SwissTwin, name: str, bit: int, data: st.DataObject) -> None:
    seen = views([twin])
    if not twin.directory:
        return
    table = data.draw(st.integers(0, seen[1].used.size - 1))
    getattr(seen[1], name)[table] ^= np.int64(1) << (bit % 8 if name == "local_depth" else bit)
    report = Report(1)
    sound = verify_swiss.check_tables(seen[0], seen[1], MOST, report)
    if sound.all() and name != "groups":
        report = check(seen)
    assert report.total[0] >= 1
    assert any(f"table {seen[1].number[table]}" in violation.slot for violation in report.violations)


def findable(twin: SwissTwin, table_at: int, row: int, slot: int, hashed: int) -> bool:
    """Whether a search by this hash would come to the slot and match its control byte."""
    table = twin.tables()[table_at]
    if twin.select(hashed) is not table or table.groups[row].ctrl[slot] != hashed & 0x7F:
        return False
    for at in probe(hashed, len(table.groups)):
        if at == row:
            return True
        if table.groups[at].first(EMPTY) is not None:
            return False
    raise AssertionError


@settings(max_examples=120, deadline=None)
@given(twins, st.integers(0, (1 << 64) - 1), st.data())
def test_a_key_is_reported_exactly_when_a_search_would_miss_it(twin: SwissTwin, mask: int, data: st.DataObject) -> None:
    seen = views([twin])
    groups = seen[2]
    assert groups.hashes is not None and groups.known is not None
    cells = np.argwhere(groups.known)
    if not cells.size:
        return
    row, slot = cells[data.draw(st.integers(0, len(cells) - 1))].tolist()
    keep = data.draw(st.sampled_from([0, 0x7F, ~0 & ~0xFF80, (1 << 64) - 1 << 56 | 0x7F]))
    hashed = int(groups.hashes[row, slot]) ^ (mask & ~keep & (1 << 64) - 1)
    groups.hashes[row, slot] = hashed
    firsts = np.cumsum(seen[1].groups) - seen[1].groups
    table_at = int(np.searchsorted(firsts, row, side="right")) - 1
    inside = int(row - firsts[table_at])
    report = check(seen)
    assert (not report.violations) == findable(twin, table_at, inside, slot, hashed)
    if report.violations:
        (violation,) = report.violations
        assert violation.slot == f"table {seen[1].number[table_at]} group {inside} slot {slot}"
        assert violation.rule in (Rule.WRONG_TABLE, Rule.H2, Rule.PROBE)


def one_table() -> Views:
    return views([grown(11, 0, True, [("many", 0)])])


def test_words_name_the_place_and_the_figures() -> None:
    seen = views([grown(11, 0, True, [("put", 1), ("put", 2)])])
    small = seen[3]
    seen[0].used[0] = 9
    small.ctrl[0, 5] = 0x93
    report = check(seen)
    assert report.violations == [
        Violation(0, "header", Rule.SMALL_MAP, "used is 9; without a directory this map holds at most 8"),
        Violation(0, "slot 5", Rule.CONTROL_BYTE, "control byte 0x93 is neither empty, deleted nor full"),
        Violation(0, "header", Rule.MAP_USED, "used is 9, full slots are 2"),
    ]


def test_a_tombstone_in_a_small_map_and_one_beside_an_empty_slot() -> None:
    seen = views([grown(11, 0, True, [("put", 1)])])
    seen[3].ctrl[0, 7] = DELETED
    rules = [violation.rule for violation in check(seen).violations]
    assert rules == [Rule.SMALL_TOMBSTONE, Rule.TOMBSTONE_FLAG]
    seen = one_table()
    row = int(np.flatnonzero((seen[2].ctrl == EMPTY).sum(axis=1) > 1)[0])
    seen[2].ctrl[row, int((seen[2].ctrl[row] == EMPTY).argmax())] = DELETED
    rules = [violation.rule for violation in check(seen).violations]
    assert rules == [Rule.MIXED_GROUP, Rule.GROWTH_LEFT, Rule.TOMBSTONE_FLAG]


def test_a_table_without_an_empty_slot() -> None:
    seen = one_table()
    seen[2].ctrl[:] = DELETED
    assert Rule.NO_EMPTY_SLOT in {violation.rule for violation in check(seen).violations}


def test_a_stale_table_and_one_that_stands_elsewhere() -> None:
    seen = views([grown(3, 0, True, [("many", 40 * k) for k in range(8)])])
    seen[1].index[2] = -1
    assert {v.rule for v in check(seen).violations} == {Rule.DIRECTORY_TABLE}
    seen[1].index[2] = seen[1].number[2]
    seen[1].number[2] += 1
    assert {v.rule for v in check(seen).violations} == {Rule.DIRECTORY_TABLE}


def test_maps_are_told_apart_limited_and_ignored() -> None:
    maps = [grown(seed, 0, True, [("many", 0), ("many", 100)]) for seed in range(3)]
    seen = views(maps)
    assert seen[2].hashes is not None
    spoilt = seen[1].map[np.repeat(np.arange(seen[1].map.size), seen[1].groups)] != 0
    seen[2].hashes[spoilt] ^= np.uint64(1)
    report = check(seen, limit=4)
    assert report.total.tolist() == [0, maps[1].used, maps[2].used]
    assert [sum(v.map == i for v in report.violations) for i in range(3)] == [0, 4, 4]
    ignoring = Report(3, ignore=np.array([False, True, False]))
    verify_swiss.check_groups(seen[0], seen[1], seen[2], SwissTally.of(seen[0]), ignoring)
    assert ignoring.total.tolist() == [0, 0, maps[2].used]
    assert {violation.map for violation in ignoring.violations} == {2}


def test_without_hashes_the_counts_are_still_checked() -> None:
    maps, tables, groups, small = one_table()
    tables.used[0] += 1
    report = Report(1)
    tally = SwissTally.of(maps)
    verify_swiss.check_groups(maps, tables, replace(groups, hashes=None, known=None), tally, report)
    verify_swiss.check_small(replace(small, hashes=None, known=None), tally, report)
    assert [violation.rule for violation in report.violations] == [Rule.TABLE_USED]
    assert tally.full[0] == maps.used[0]


def test_an_old_runtime_has_no_tombstone_flag() -> None:
    twin = grown(5, 0, False, [("many", 0), ("drop", 0), ("many", 100), ("drop", 90)])
    maps, tables, groups, small = views([twin])
    assert check((replace(maps, tombstone_possible=None), tables, groups, small)).violations == []
    report = check((replace(maps, tombstone_possible=np.array([False])), tables, groups, small))
    assert [violation.rule for violation in report.violations] == [Rule.TOMBSTONE_FLAG]


@pytest.mark.parametrize("rule", [rule for rule in Rule])
def test_rule_names_are_words(rule: Rule) -> None:
    assert rule.value == rule.name.lower().replace("_", "-")
