"""The pacer's and the scavenger's formulas against values worked out by hand from mgcpacer.go and mgcscavenge.go."""

from __future__ import annotations

import pytest

from goxray.layout.starts import limit_retained
from goxray.model.builds import build_layout
from goxray.model.gc.answer import run_on
from goxray.model.gc.pacer import NEVER, NO_LIMIT, OFF, Memory, Pacer, retain_goal
from goxray.model.gc.scenario import parse

MIB = 1 << 20
NOTHING = Memory(0, 0, 0)


def pacer(memory: Memory = NOTHING, version: str = "1.27") -> Pacer:
    return Pacer(build_layout(version), lambda: memory)


@pytest.mark.parametrize(("percent", "least"), [(100, 4 * MIB), (50, 2 * MIB), (200, 8 * MIB), (25, MIB), (0, 0)])
def test_the_smallest_goal_is_4_mib_by_gogc(percent: int, least: int) -> None:
    found = pacer()
    found.set_percent(percent)
    found.commit(heap_live=0, sweep_done=True)
    assert found.goal() == least


@pytest.mark.parametrize(
    ("percent", "goal"),
    [(100, 22 * MIB), (50, 16 * MIB), (200, 34 * MIB), (0, 10 * MIB), (33, 10 * MIB + 12 * MIB * 33 // 100)],
)
def test_the_goal_leaves_room_for_stacks_and_globals_too(percent: int, goal: int) -> None:
    """Since Go 1.18: live + (live + stacks + globals) * GOGC / 100, here of 10, 1 and 1 MiB."""
    found = pacer()
    found.heap_marked, found.stack_scan, found.globals_scan = 10 * MIB, MIB, MIB
    found.set_percent(percent)
    found.commit(heap_live=10 * MIB, sweep_done=True)
    assert found.goal() == goal


def test_off_has_no_goal() -> None:
    found = pacer()
    found.set_percent(OFF)
    found.commit(heap_live=0, sweep_done=True)
    assert found.percent_goal == NEVER
    assert found.goal() > NO_LIMIT // 2


def test_the_trigger_lies_between_45_and_61_64ths_of_the_way() -> None:
    found = pacer()
    found.heap_marked = 10 * MIB
    found.commit(heap_live=10 * MIB, sweep_done=True)
    step = 10 * MIB // 64  # 163840
    assert found.goal() == 20 * MIB
    assert found.trigger() == (10 * MIB + 61 * step, 20 * MIB)  # 20480000: later than 4 MiB before the goal
    assert found.lowest_trigger() == 10 * MIB + 45 * step  # 17858560
    found.runway = 2 * MIB
    assert found.trigger() == (18 * MIB, 20 * MIB)
    found.runway = 9 * MIB
    assert found.trigger() == (10 * MIB + 45 * step, 20 * MIB)


def test_sweeping_gets_a_mib_before_the_next_collection() -> None:
    found = pacer()
    found.commit(heap_live=4 * MIB, sweep_done=False)
    assert found.goal() == 5 * MIB
    found.commit(heap_live=4 * MIB, sweep_done=True)
    assert found.goal() == 4 * MIB


@pytest.mark.parametrize(
    ("limit", "memory", "marked", "goal"),
    [
        # 100 - (60 - 5 - 40) = 85 MiB = 89128960, less 3%: 891289 * 3 = 2673867
        (100 * MIB, Memory(5 * MIB, 40 * MIB, 60 * MIB), 0, 89128960 - 2673867),
        # other 25 MiB, over by 20 MiB: 55 MiB = 57671680, less 576716 * 3 = 1730148
        (100 * MIB, Memory(5 * MIB, 90 * MIB, 120 * MIB), 0, 57671680 - 1730148),
        # the same, but more than that is alive
        (100 * MIB, Memory(5 * MIB, 90 * MIB, 120 * MIB), 60 * MIB, 60 * MIB),
        # 3% of 10 MiB are less than 1 MiB
        (20 * MIB, Memory(0, 0, 10 * MIB), 0, 9 * MIB),
        # 1.5 MiB, less 1 MiB, would be below the headroom itself
        (20 * MIB, Memory(0, 0, 18 * MIB + MIB // 2), 0, MIB),
        # all is spent on other things
        (20 * MIB, Memory(0, 0, 20 * MIB), 7 * MIB, 7 * MIB),
    ],
)
def test_the_goal_of_a_memory_limit(limit: int, memory: Memory, marked: int, goal: int) -> None:
    found = pacer(memory)
    found.limit, found.heap_marked = limit, marked
    assert found.limit_goal() == goal
    found.set_percent(OFF)
    found.commit(heap_live=marked, sweep_done=True)
    assert found.goal() == goal


def test_the_lower_of_both_goals_counts() -> None:
    found = pacer(Memory(5 * MIB, 40 * MIB, 60 * MIB))
    found.limit, found.heap_marked = 100 * MIB, 20 * MIB
    found.commit(heap_live=20 * MIB, sweep_done=True)
    assert found.goal() == 40 * MIB
    found.heap_marked = 80 * MIB
    found.commit(heap_live=80 * MIB, sweep_done=True)
    assert found.goal() == 89128960 - 2673867


@pytest.mark.parametrize(
    ("in_use", "goal", "last_goal", "kept"),
    [
        (100 * MIB, 50 * MIB, 100 * MIB, 55 * MIB),  # half, and a tenth of that
        (10_000_000, 30, 40, 8_253_440),  # 8250000, up to whole pages of 4096: 2015
        (100 * MIB, 100 * MIB, 100 * MIB, 110 * MIB),
        (100 * MIB, 4 * MIB, 0, None),  # before the first collection nothing is known
    ],
)
def test_the_scavenger_leaves_a_tenth_more_than_the_goal_asks_for(
    in_use: int, goal: int, last_goal: int, kept: int | None
) -> None:
    assert retain_goal(in_use, goal, last_goal) == kept


def test_the_scavenger_keeps_5_percent_below_the_limit_since_it_can() -> None:
    """Go 1.21 multiplies the limit by 95, so that it is never reached."""
    assert limit_retained(build_layout("1.21")) == 95.0
    assert [limit_retained(build_layout(version)) for version in ("1.22", "1.27")] == [0.95, 0.95]


# --- whole cycles -----------------------------------------------------------------------------------------------------


def test_a_steady_program_collects_every_time_its_room_is_used_up() -> None:
    """40 MiB live and GOGC=100: the trigger is 61/64 of the way from 40 to 80 MiB; 366 MiB of garbage make nine."""
    text = "alloc keep 5 x 8MiB as base; gc; alloc garbage 4e6 x 96B"
    run = run_on(build_layout("1.27"), parse(text), stopped=True)
    before = sum(1 for cycle in run.cycles if cycle.step <= 2)
    room = 40 * MIB * 61 / 64
    assert len(run.cycles) - before == int(4e6 * 96 // room)


@pytest.mark.parametrize(("gogc", "cycles"), [(50, 20), (100, 10), (200, 5)])
def test_gogc_halves_and_doubles_how_often(gogc: int, cycles: int) -> None:
    text = f"gogc {gogc}; alloc keep 5 x 8MiB as base; gc; alloc garbage 4e6 x 96B"
    run = run_on(build_layout("1.23"), parse(text), stopped=True)
    before = sum(1 for cycle in run.cycles if cycle.step <= 3)
    assert abs(len(run.cycles) - before - cycles) <= 1


def test_a_forced_collection_s_line_is_gctrace_s() -> None:
    """Collections begin at 4 MiB and, with a goal of 8 MiB, at the eighth object; the others are forced."""
    run = run_on(build_layout("1.27"), parse("alloc keep 10 x 1MiB as a; gc; drop a; gc"), stopped=True)
    assert run.cycles[-1].trace == (
        "gc 4 @?s ?%: ?+?+? ms clock, ?+?/?/?+? ms cpu, 10->10->0 MB, 20 MB goal, "
        "0 MB stacks, 0 MB globals, 1 P (forced)"
    )
