"""What ``gc phases`` concludes from looks: cycles between them, marks that say something of each other, holders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from goxray.core.errors import MemoryFault
from goxray.target.memory import Memory
from goxray.timeline.phases.cycles import Cycles
from goxray.timeline.phases.pages import pages_of
from goxray.timeline.phases.places import ALIVE, GONE, SLOT_FREE, SLOT_REUSED, UNSWEPT, Heap, Places
from goxray.timeline.phases.probe import Tick
from goxray.timeline.phases.story import _amount, _overlaps, _settled
from goxray.timeline.phases.subject import ChainHolder, Level, PathHolder, WordsHolder
from goxray.timeline.phases.tracker import Mark, Tracker
from goxray.timeline.phases.watch import Activity, Pace, Samples, _note


def tick(at: int, num_gc: int, *, started: int | None = None, mark_start: int = 0, last_gc: int = 0, forced: int = 0,
         sweep_gen: int | None = None) -> Tick:  # fmt: skip
    return Tick(
        at, at + 10, num_gc, num_gc if started is None else started, forced,
        2 * num_gc if sweep_gen is None else sweep_gen, mark_start, last_gc, 0, 0, 0, np.zeros(0, np.uint64), True,
    )  # fmt: skip


class Words(Memory):
    """A memory of single words."""

    def __init__(self, words: dict[int, int]) -> None:
        super().__init__()
        self.words = words

    def _fill(self, starts: Any, sizes: Any, out: Any) -> list[Any]:
        raise NotImplementedError

    def _copy(self, addr: int, out: Any) -> int:
        if addr not in self.words:
            return 0
        out[:] = np.frombuffer(self.words[addr].to_bytes(8, "little"), np.uint8)
        return 8

    def regions(self) -> list[Any]:
        return []


# ---- cycles


def test_a_cycle_between_two_looks_has_the_runtimes_own_times() -> None:
    cycles = Cycles()
    cycles.update(tick(1000, 4), tick(2000, 5, mark_start=1500, last_gc=1600))
    start, end = cycles.start(5), cycles.end(5)
    assert start is not None and end is not None
    assert (start.low, start.high, start.exact) == (1500, 1500, True)
    assert (end.low, end.high) == (1600, 1600)
    assert not cycles.seen[5].forced


def test_of_two_cycles_between_two_looks_only_the_last_has_exact_times() -> None:
    cycles = Cycles()
    cycles.update(tick(1000, 4, forced=1), tick(2000, 6, mark_start=1800, last_gc=1900, forced=2))
    first, last = cycles.start(5), cycles.start(6)
    assert first is not None and last is not None
    assert (first.low, first.high) == (1000, 2010)
    assert (last.low, last.high) == (1800, 1800)
    assert not cycles.seen[5].forced and cycles.seen[6].forced


def test_a_cycle_that_is_running_has_a_start_and_no_end() -> None:
    cycles = Cycles()
    cycles.update(tick(1000, 4), tick(2000, 4, started=5, mark_start=1999))
    assert cycles.end(5) is None
    cycles.update(tick(2000, 4, started=5, mark_start=1999), tick(3000, 5, mark_start=1999, last_gc=2500))
    start, end = cycles.start(5), cycles.end(5)
    assert start is not None and start.low == 1999
    assert end is not None and end.low == 2500


def test_without_the_runtimes_times_the_looks_enclose_a_cycle() -> None:
    cycles = Cycles()
    cycles.update(tick(1000, 4), tick(2000, 5))
    start, end = cycles.start(5), cycles.end(5)
    assert start is not None and (start.low, start.high) == (1000, 2010)
    assert end is not None and (end.low, end.high) == (1000, 2010)


# ---- trackers


def places(count: int, size: int = 8192) -> Places:
    base = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(size)
    figures = np.full(count, size, np.int64)
    return Places(base, figures, base, np.zeros(count, np.int64), base, figures // 8192, np.zeros(count, np.uint8))


class Judged:
    """A heap whose verdicts are given: one list a question."""

    def __init__(self, *verdicts: Sequence[int], gen: int = 0) -> None:
        self._verdicts = list(verdicts)
        self.gen = gen

    def judge(self, asked: Places, sweep_gen: int) -> Any:
        self.gen = max(self.gen, sweep_gen)
        found = np.array(self._verdicts.pop(0), np.uint8)
        assert len(found) == len(asked)
        return found

    def sweep_gen(self) -> int:
        return self.gen

    def moment(self) -> tuple[int, int]:
        return 10**15, self.gen // 2


class NoPages:
    """Pages that nobody looks at."""

    size = 8192

    def states(self, pages: Any) -> Any:
        raise MemoryFault(0, 0)

    def resident(self, pages: Any) -> Any:
        return np.zeros(len(pages), np.int64)


def follow(tracker: Tracker, heap: Judged, *ticks: Tick) -> None:
    for now in ticks:
        tracker._next_judge = 0
        tracker.update(now, Cycles(), cast(Heap, heap), cast(Any, NoPages()))


def dropped(count: int, last: Tick, now: Tick, *, same: bool = True, cause: Any = "dropped") -> Tracker:
    started = (last.started, now.started)
    return Tracker(cause, 0xC000, places(count), Mark.between(last, now), started, last.sweep_gen, lambda: same)


def test_what_the_next_cycle_sweeps_is_found_dead_by_it() -> None:
    tracker = dropped(2, tick(0, 3), tick(100, 3))
    follow(tracker, Judged([UNSWEPT, GONE], [SLOT_FREE]), tick(200, 4), tick(300, 4))
    assert tracker.found_dead == (4, 4)
    assert tracker.freed.all()
    assert (tracker.marks["reusable"].num_gc_low, tracker.marks["reusable"].num_gc_high) == (4, 4)


def test_nothing_is_asked_before_a_marking_has_ended() -> None:
    tracker = dropped(1, tick(0, 3), tick(100, 3))
    follow(tracker, Judged(), tick(200, 3), tick(300, 3, started=4))
    assert tracker.outcome() == "waiting"


def test_a_block_that_survives_one_cycle_is_found_dead_by_a_later_one() -> None:
    tracker = dropped(1, tick(0, 3), tick(100, 3, started=4))
    follow(tracker, Judged([ALIVE], [GONE]), tick(200, 4), tick(300, 5))
    assert tracker.found_dead == (5, 5)


def test_a_sweep_that_may_belong_to_two_cycles_leaves_two_open() -> None:
    tracker = dropped(1, tick(0, 3), tick(100, 3))
    follow(tracker, Judged([UNSWEPT], [GONE]), tick(200, 4), tick(300, 5))
    assert tracker.found_dead == (4, 5)


def test_a_cycle_that_ends_while_blocks_are_read_is_not_taken_for_certain() -> None:
    heap = Judged([GONE], gen=10)
    tracker = dropped(1, tick(0, 3), tick(100, 3))
    follow(tracker, heap, tick(200, 4))
    assert tracker.found_dead == (4, 5)


def test_after_two_markings_what_is_alive_may_be_another_object() -> None:
    for same, freed in ((True, False), (False, True)):
        tracker = dropped(1, tick(0, 3), tick(100, 3), same=same)
        follow(tracker, Judged([ALIVE], [SLOT_REUSED]), tick(200, 5))
        assert bool(tracker.freed.all()) is freed
    assert tracker.found_dead == (4, 5)


def test_a_map_is_held_once_a_cycle_that_began_after_the_deletes_found_all_of_it() -> None:
    tracker = dropped(2, tick(0, 3), tick(100, 3, started=4), cause="deleted")
    follow(tracker, Judged([ALIVE, ALIVE], [ALIVE, ALIVE]), tick(200, 4, started=4))
    assert not tracker.swept_alive, "cycle 4 had begun before"
    follow(tracker, Judged([ALIVE, ALIVE]), tick(300, 5))
    assert tracker.swept_alive and tracker.complete
    assert tracker.bytes().alive == tracker.bytes().blocks == 16384


def test_what_was_freed_and_taken_again_counts_as_reused() -> None:
    tracker = dropped(2, tick(0, 3), tick(100, 3))
    tracker.prepare(cast(Any, NoPages()))
    follow(tracker, Judged([SLOT_REUSED, SLOT_FREE], [SLOT_REUSED, SLOT_REUSED]), tick(200, 4))
    assert tracker.bytes().in_slots == 16384
    assert tracker.bytes().reused == 16384


# ---- marks


def settled(let_go: Mark, dead: tuple[int, int], **marks: Mark) -> dict[str, Mark]:
    tracker = dropped(1, tick(0, 3), tick(100, 3))
    tracker.marks = {"let go": let_go, **{name.replace("_", " "): mark for name, mark in marks.items()}}
    tracker.found_dead = dead
    return _settled(tracker)


def test_a_reference_that_went_between_two_looks_with_its_cycle_went_before_that_began() -> None:
    marks = settled(
        Mark(0, 1000, 3, 4), (4, 4), gc_start=Mark(400, 400, 3, 3, "runtime"), mark_end=Mark(500, 500, 4, 4, "runtime"),
        reusable=Mark(0, 1000, 3, 4),
    )  # fmt: skip
    assert (marks["let go"].low, marks["let go"].high) == (0, 400)
    assert (marks["let go"].num_gc_low, marks["let go"].num_gc_high) == (3, 3)
    assert (marks["reusable"].low, marks["reusable"].high) == (500, 1000)
    assert (marks["reusable"].num_gc_low, marks["reusable"].num_gc_high) == (4, 4)


def test_where_two_cycles_are_open_the_count_stays_open() -> None:
    marks = settled(Mark(0, 1000, 3, 4), (4, 5))
    assert (marks["let go"].num_gc_low, marks["let go"].num_gc_high) == (3, 4)


# ---- holders


def test_a_way_through_pointers_is_followed_anew_where_it_changes() -> None:
    memory = Words({0x1000: 0x2000, 0x2008: 0x3000, 0x3010: 0xC000, 0x5008: 0x3000})
    way = PathHolder("main.a.b.c", 0x1000, [0, 8, 16])
    assert way.addresses() == (0x1000,)
    assert way.value([0x2000], memory) == 0xC000
    assert way.addresses() == (0x1000, 0x2008, 0x3010)
    assert way.value([0x2000, 0x3000, 0xC000], memory) == 0xC000
    assert way.value([0x2000, 0x3000, 0xD000], memory) == 0xD000, "another map"
    assert way.value([0x5000, 0x3000, 0xC000], memory) == 0xC000, "the same map by another way"
    assert way.addresses() == (0x1000, 0x5008, 0x3010)
    assert way.value([0, 0x3000, 0xC000], memory) == 0
    assert way.addresses() == (0x1000,)


def test_a_way_into_nothing_holds_nothing() -> None:
    assert PathHolder("main.a.b", 0x1000, [0, 8]).value([0x9000], Words({})) == 0
    assert PathHolder("main.a.b", 0x1000, [0, 8]).value([0x9001], Words({})) == 0
    assert PathHolder("main.m", 0x1000, [0]).value([0xC000], Words({})) == 0xC000


def test_words_hold_while_one_of_them_does() -> None:
    holder = WordsHolder(0xC000, [0x10, 0x20], ["a", "b"])
    assert holder.value([0, 0xC000], Words({})) == 0xC000
    assert holder.value([0, 0xC008], Words({})) == 0


def test_a_chain_holds_while_no_level_is_cut() -> None:
    levels = [Level((0x10,), ((0xC000, 0xC001),)), Level((0x20, 0x28), ((0x8, 0x18), (0x40, 0x50)))]
    chain = ChainHolder(0xC000, levels, ["main.a[...].b"])
    assert chain.addresses() == (0x10, 0x20, 0x28)
    assert chain.value([0xC000, 0, 0x48], Words({})) == 0xC000, "an interior pointer holds too"
    assert chain.value([0xC000, 0, 0x18], Words({})) == 0, "just behind the object"
    assert chain.value([0, 0x8, 0x8], Words({})) == 0


# ---- small things


def test_pages_of_blocks_are_each_there_once() -> None:
    page = 8192
    base = np.array([page, page + 48, 4 * page], np.uint64)
    size = np.array([48, 48, 2 * page + 1], np.int64)
    some = Places(base, size, base, size, base, size, np.zeros(3, np.uint8))
    pages, block, index = pages_of(some, page)
    assert (pages // page).tolist() == [1, 4, 5, 6]
    assert list(zip(block.tolist(), index.tolist(), strict=True)) == [(0, 0), (1, 0), (2, 1), (2, 2), (2, 3)]


def test_what_falls_into_a_phase_is_shared_out_by_time() -> None:
    assert _amount([Activity(0, 100, 50)], [(50, 100)]) == 25
    assert _amount([Activity(0, 100, 50)], [(0, 200), (100, 300)]) == 50
    assert _amount([Activity(0, 100, 50)], [(200, 300)]) == 0
    assert _overlaps([(10, 20)], [(0, 11), (20, 30), (5, 40)]) == 2


def test_activity_from_look_to_look_is_one() -> None:
    kept: list[Activity] = []
    _note(kept, tick(0, 0), tick(100, 0), 5)
    _note(kept, tick(100, 0), tick(200, 0), 7)
    _note(kept, tick(200, 0), tick(300, 0), 0)
    _note(kept, tick(300, 0), tick(400, 0), 1)
    assert [(each.low, each.high, each.amount, each.times) for each in kept] == [(0, 210, 12, 2), (300, 410, 1, 1)]


def test_samples_keep_the_ends_of_what_stays_the_same() -> None:
    samples = Samples()
    for at, value in enumerate([1, 1, 1, 1, 2, 2, 1]):
        samples.put("x", at, value)
    assert samples.at["x"] == [0, 3, 4, 5, 6]
    assert samples.value["x"] == [1, 1, 2, 2, 1]


def test_a_long_watch_keeps_a_bounded_number_of_points() -> None:
    samples = Samples()
    kept: list[Activity] = []
    for at in range(30_000):
        samples.put("x", at, at)
        samples.thin()
        _note(kept, tick(100 * at, 0), tick(100 * at + 50, 0), 2)
    assert len(samples.at["x"]) <= 20_001 and len(kept) <= 20_001
    assert samples.at["x"] == sorted(samples.at["x"])
    assert sum(each.amount for each in kept) == 60_000
    assert sum(each.times for each in kept) == 30_000


@pytest.mark.parametrize("number", [0, 5])
def test_a_look_can_be_cut_to_its_words(number: int) -> None:
    whole = Tick(0, 1, 2, 2, 0, 4, 0, 0, 0, 0, 0, np.arange(10, dtype=np.uint64), True)
    assert whole.of(number, 3).words.tolist() == [number, number + 1, number + 2]


def test_one_dear_search_does_not_put_off_the_next_one() -> None:
    """What a search loads or compiles it does once; a heap that is dear to search is searched less often."""
    pace = Pace(0.1)
    second = 1_000_000_000
    assert pace.due(0)
    pace.searched(0, 5 * second)
    assert not pace.due(second // 10 - 1) and pace.due(second // 10)
    pace.searched(10 * second, second // 100)
    pace.searched(11 * second, 5 * second)
    assert pace.due(11 * second + second // 10)
    pace.searched(20 * second, 4 * second)
    assert not pace.due(28 * second - 1) and pace.due(28 * second)


def test_a_search_that_costs_nothing_is_made_at_every_look() -> None:
    pace = Pace(0.0)
    pace.searched(5, 100)
    pace.searched(6, 100)
    assert pace.due(6)
