"""What ``gc phases`` says of a map's memory, against what the program measures of itself (tests/programs/phases).

The program counts its own large objects and cycles (runtime/metrics) and brackets each of its acts by CLOCK_MONOTONIC.
It goes on only after several looks, so that counts of cycles must be exact; times must have a moment in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.phases_run import Watched, watch
from tests.harness.variants import BASELINES, Variant, params

GONE = ("replace", "drop", "natural", "second", "reuse", "return")
_watched: dict[str, Watched] = {}


@pytest.fixture(params=params(BASELINES))
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One run of all steps for each Go version."""
    variant: Variant = request.param
    if str(variant) not in _watched:
        directory: Path = tmp_path_factory.mktemp("phases")
        _watched[str(variant)] = watch(variant, directory)
    yield _watched[str(variant)]


def test_the_whole_run_is_seen(watched: Watched) -> None:
    result = watched.result
    assert result.ended == "target ended"
    assert result.exit_code == 0
    assert len(watched.records) == 11
    numbers = [cycle.n for cycle in result.cycles]
    assert numbers == list(range(1, numbers[-1] + 1))
    assert numbers[-1] >= max(record["freed_gc"] for record in watched.records.values())
    assert result.settings["gogc"] in (100, -1)


@pytest.mark.parametrize("step", [*GONE, "hasty"])
def test_cycles_until_reusable_are_the_programs_own(watched: Watched, step: str) -> None:
    record = watched.records[step]
    generation = watched.generation(step, "dropped", "replaced")
    window = generation.window("until reusable")
    assert window is not None
    assert record["act_gc"][0] == record["act_gc"][1]
    measured = record["freed_gc"] - record["act_gc"][0]
    if step == "natural":  # swept in the background, and not waited for: in the cycle in which it was seen to be gone,
        least = max(1, record["seen_gc"] - record["act_gc"][0])  # or in that in which it was last seen
        assert window.cycles_least <= measured
        assert least <= window.cycles
    else:
        assert (window.cycles_least, window.cycles) == (measured, measured)
        assert generation.found_dead_least == generation.found_dead_by == record["freed_gc"]


@pytest.mark.parametrize("step", [*GONE, "hasty"])
def test_the_windows_lie_where_the_program_says(watched: Watched, step: str) -> None:
    record = watched.records[step]
    generation = watched.generation(step, "dropped", "replaced")
    events = {event.name: event for event in generation.events}
    assert watched.overlap(events["let go"], *record["act"])
    if step == "natural":  # the program sees only the large blocks go; small ones may be swept later
        assert watched.bracket(events["reusable"])[1] >= record["freed"][0]
    else:
        assert watched.overlap(events["reusable"], *record["freed"])
    start, end = watched.bracket(events["gc start"]), watched.bracket(events["mark end"])
    assert start[1] <= end[1]
    assert record["act"][0] <= start[1]
    assert end[0] <= record["freed"][1]
    if step not in ("natural", "second"):  # the runtime dates both, and the program forced the cycle
        assert {events["gc start"].source, events["mark end"].source} == {"runtime"}
        assert record["freed"][0] - 1000 <= start[1] <= end[0] + 2000 <= record["freed"][1] + 3000


@pytest.mark.parametrize("step", [*GONE, "hasty"])
def test_the_map_is_the_programs_own(watched: Watched, step: str) -> None:
    record = watched.records[step]
    generation = watched.generation(step, "dropped", "replaced")
    assert generation.addr == record["addr"]
    assert generation.entries_before == record["entries"]
    arrays = sum(generation.parts.get(name, 0) for name in ("buckets", "old buckets", "groups"))
    assert arrays == record["large"]
    assert generation.bytes.freed == generation.bytes.blocks
    assert generation.bytes.alive == generation.bytes.unswept == 0


@pytest.mark.parametrize(("step", "cause"), [("most", "deleted"), ("all", "emptied"), ("clear", "cleared")])
def test_an_emptied_map_keeps_its_memory(watched: Watched, step: str, cause: str) -> None:
    record = watched.records[step]
    assert record["freed_gc"] == -1, "the program itself saw no large object go"
    held = [
        each
        for each in watched.result.generations
        if each.cause == cause and each.outcome == "held" and each.addr == record["addr"]
    ]
    assert len(held) == 1
    generation = held[0]
    assert generation.event("reusable") is None
    assert generation.bytes.alive == generation.bytes.blocks
    assert generation.entries_before == record["entries"]
    assert generation.entries_after == (0 if step != "most" else record["entries"] // 20)
    arrays = sum(generation.parts.get(name, 0) for name in ("buckets", "groups"))
    assert arrays == record["large"]
    event = generation.event("let go")
    assert event is not None and watched.overlap(event, *record["act"])


def test_what_growth_left_behind_goes_with_the_next_cycle(watched: Watched) -> None:
    record = watched.records["grown"]
    low, high = record["act"]
    grown = [
        each
        for each in watched.result.generations
        if each.cause == "outgrown" and (event := each.event("let go")) and watched.overlap(event, low, high)
    ]
    assert grown
    for generation in grown:
        assert generation.found_dead_least is not None and generation.found_dead_by is not None
        assert generation.found_dead_least <= record["freed_gc"] <= generation.found_dead_by
        assert generation.bytes.freed == generation.bytes.blocks


def test_memory_is_out_of_rss_when_the_program_gave_it_back(watched: Watched) -> None:
    """Go 1.21 and 1.22 may keep some free memory from FreeOSMemory: then the program's own count says so too."""
    record = watched.records["return"]
    generation = watched.generation("return", "dropped")
    figures = generation.bytes
    # What goxray sees as kept, the runtime counts as free and not released; 1 in 100 may be left when the story ends.
    left = figures.blocks // 100
    assert figures.kept <= max(record["free"], left)
    assert figures.resident <= max(figures.kept, left)
    assert figures.resident_before > figures.blocks // 2
    assert figures.scavenged + figures.kept + figures.reused + figures.in_slots >= figures.blocks
    if figures.kept > figures.blocks // 100:
        assert record["free"] > 0 and generation.event("out of rss") is None
        return
    assert generation.outcome == "returned"
    for name in ("scavenged", "out of rss"):  # at the latest: the scavenger may have been there before
        event = generation.event(name)
        assert event is not None
        assert watched.bracket(event)[0] <= record["returned"][1]
    window = generation.window("until out of rss")
    assert window is not None
    assert window.cycles >= 1
    assert window.cycles_least <= 2, "one that found it dead, one that FreeOSMemory ran"


def test_memory_is_used_again_when_the_program_does(watched: Watched) -> None:
    """Where new blocks come to lie is the allocator's choice: lower free addresses first, if there are any."""
    record = watched.records["reuse"]
    generation = watched.generation("reuse", "dropped")
    event = generation.event("reused")
    if event is None:
        assert generation.bytes.reused == 0
        return
    assert watched.bracket(event)[0] <= record["returned"][1]


def test_another_reference_is_found(watched: Watched) -> None:
    record = watched.records["second"]
    assert watched.result.notes == (f"the map at {record['addr']:#x} went on to be held by main.second",)
