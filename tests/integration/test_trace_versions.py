"""``goxray trace``: the events received are those that the program counted in itself, on every Go version."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.core.trace_result import TRIGGERS, TraceResult
from tests.harness import traced
from tests.harness.variants import BASELINES, Variant, params

CLASSIC_LATER = Variant("1.25.5", ("noswissmap",))
GROWTHS = {"map grow": "MapGrow", "table grow": "TableGrow", "table split": "TableSplit"}
COMMANDS = ("grow 9000", "churn 100", "clear 700", "storm 200 50", "gc 3", "alloc 4", "gc 1")


class Seen:
    """What the program said to each command, and what was recorded meanwhile."""

    def __init__(self, variant: Variant) -> None:
        with traced.running(traced.build(variant)) as program:
            self.kind = program.said["kind"]
            tracing = traced.Tracing(program.pid)
            self.said = {command: program.tell(command) for command in COMMANDS}
            self.result: TraceResult = tracing.end()
            self.still_answers = program.tell("small 10")["MapGrow"] == 10


@pytest.fixture(scope="module", params=params((*BASELINES, CLASSIC_LATER)))
def seen(request: pytest.FixtureRequest) -> Seen:
    """One process of each version, traced while it does everything."""
    return Seen(request.param)


def test_nothing_is_lost_and_the_target_goes_on(seen: Seen) -> None:
    assert seen.result.lost == 0
    assert seen.result.throttled == 0
    assert seen.result.ending == "interrupted"
    assert seen.still_answers


def test_growth_of_maps_by_every_inserting_function(seen: Seen) -> None:
    for command in ("grow 9000", "churn 100"):
        said = seen.said[command]
        assert said["MapGrow"] > 0
        for event, member in GROWTHS.items():
            assert len(traced.rows(seen.result, event, maps=said["Maps"])) == said[member], (command, event)
    swiss = seen.kind == "swiss"
    assert (seen.said["grow 9000"]["TableSplit"] > 0) == swiss
    assert (seen.said["churn 100"]["SameSize"] > 0) != swiss


def test_sizes_before_and_after(seen: Seen) -> None:
    events = seen.result.events
    for command in ("grow 9000", "churn 100"):
        said = seen.said[command]
        places = np.concatenate([traced.rows(seen.result, event, maps=said["Maps"]) for event in GROWTHS])
        assert events.new_slots[places].min() > 0
        assert events.new_slots[places].sum() == said["NewSlots"]
        assert events.old_slots[places].sum() == said["OldSlots"]
        assert (events.new_slots[places] == events.old_slots[places]).sum() == said["SameSize"]


def test_types_of_the_maps(seen: Seen) -> None:
    events = seen.result.events
    said = seen.said["grow 9000"]["Maps"]
    types = {
        addr: {events.types[place] for place in events.type[traced.rows(seen.result, "map grow", maps=[addr])].tolist()}
        for addr in said
    }
    names = ["map[int64]int", "map[int32]int", "map[string]int", "map[main.wide]int", "map[interface {}]int"]
    assert list(types.values()) == [{name} for name in names]


def test_clears(seen: Seen) -> None:
    assert len(traced.rows(seen.result, "clear", kind="map[int16]int")) == seen.said["clear 700"]["Clear"]


def test_a_storm_of_preemption_and_growing_stacks_is_counted_once_each(seen: Seen) -> None:
    places = traced.rows(seen.result, "map grow", kind="map[uint32]int")
    assert len(places) == seen.said["storm 200 50"]["MapGrow"] == 10_000
    assert set(seen.result.events.new_slots[places].tolist()) == {16}
    assert set(seen.result.events.old_slots[places].tolist()) == {8}


def test_collections(seen: Seen) -> None:
    cycles = sum(said["NumGC"] for said in seen.said.values())
    forced = sum(said["NumForcedGC"] for said in seen.said.values())
    assert cycles > forced > 0
    for event in ("gc start", "mark end", "sweep done"):
        assert len(traced.rows(seen.result, event)) == cycles, event
    triggers = seen.result.events.trigger[traced.rows(seen.result, "gc start")]
    assert (triggers == TRIGGERS.index("forced")).sum() == forced
    assert (triggers == TRIGGERS.index("heap")).sum() == cycles - forced


def test_collections_go_in_order(seen: Seen) -> None:
    events = seen.result.events
    times = {event: events.t_s[traced.rows(seen.result, event)] for event in ("gc start", "mark end", "sweep done")}
    assert (times["gc start"] < times["mark end"]).all()
    assert (times["mark end"] < times["sweep done"]).all()
    assert (times["sweep done"][:-1] < times["gc start"][1:]).all()


def test_buckets_are_evacuated_once_a_growth_in_classic_maps(seen: Seen) -> None:
    """A map grows again only when all buckets of its old array have been moved."""
    events = seen.result.events
    if seen.kind == "swiss":
        assert not len(traced.rows(seen.result, "evacuate"))
        return
    for addr in seen.said["grow 9000"]["Maps"]:
        growths = traced.rows(seen.result, "map grow", maps=[addr])
        moved = traced.rows(seen.result, "evacuate", maps=[addr])
        for growth, after in zip(growths, growths[1:], strict=False):
            buckets = events.bucket[moved[(moved > growth) & (moved < after)]]
            assert sorted(buckets.tolist()) == list(range(events.old_slots[growth] // 8))


def test_second_zero_is_the_start_of_the_program(seen: Seen) -> None:
    assert seen.result.zero == "program start"
    assert 0 < seen.result.start_s < seen.result.events.t_s[0]
    assert seen.result.events.t_s[-1] <= seen.result.end_s
    assert (np.diff(seen.result.events.t_s) >= 0).all()
