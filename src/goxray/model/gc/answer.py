"""What ``goxray model gc`` answers: one scenario on several Go versions, with what depends on timing as ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goxray.core.errors import UsageError
from goxray.core.gc_result import GcResult, GcRun, GcStep, Span
from goxray.layout import RuntimeLayout
from goxray.model.builds import build_layout
from goxray.model.gc.emit import program_of
from goxray.model.gc.maps import Shared, shape_of
from goxray.model.gc.notes import notes_for
from goxray.model.gc.pacer import NO_LIMIT
from goxray.model.gc.run import Player
from goxray.model.gc.runtime import Manner, ModelRuntime
from goxray.model.gc.scenario import ScenarioError, Statement, parse

DEFAULT_BUILDS = ("1.23", "1.27")
_RANDOM_BASE = "randomizedheapbase64"
TIME_SLICE = 4 << 20
"""Bytes that a program allocates in 10 ms, at 400 MB/s: the scheduler's time slice (forcePreemptNS).

The collector's worker may have to wait for one before it comes to mark at all.
"""
_NAMES = ("heap_alloc", "heap_inuse", "heap_idle", "heap_released", "heap_sys", "sys", "heap_goal", "live", "num_gc")


def model_gc(
    scenario: str,
    *,
    go: Sequence[str] = DEFAULT_BUILDS,
    gogc: int | None = None,
    memlimit: int | None = None,
    stopped: bool = False,
) -> GcResult:
    """Run a scenario through the model of Go's allocator and collector.

    Args:
        scenario: its text, in the language of docs/model-gc.md.
        go: the builds, as :func:`goxray.model.builds.build_layout` takes them.
        gogc: GOGC at the start, -1 for off; None: 100.
        memlimit: GOMEMLIMIT at the start, bytes; None: off.
        stopped: predict a program that is stopped while the collector marks and sweeps (gcstoptheworld=2).

    Raises:
        ScenarioError: a line of the scenario makes no sense.
        UsageError: a build's name makes no sense.
        UnsupportedGo: the model does not know the version.
        LayoutUnknown: nobody has measured how programs of that build begin.
    """
    statements = parse(scenario)
    settings = _settings(gogc, memlimit)
    layouts = [build_layout(name) for name in go]
    _check_maps(statements, layouts)
    runs = tuple(run_on(layout, [*settings, *statements], len(settings), stopped) for layout in layouts)
    return GcResult(tuple(each.text for each in statements), runs, notes_for(statements, layouts, stopped))


def emit_go(scenario: str, *, gogc: int | None = None, memlimit: int | None = None, file: str = "main.go") -> str:
    """Return a Go program that runs a scenario and prints the runtime's own figures after each step.

    Args:
        scenario: its text.
        gogc: GOGC at the start, -1 for off; None: as the environment has it.
        memlimit: GOMEMLIMIT at the start, bytes; None: as the environment has it.
        file: the name under which the program is kept, for its comment.

    Raises:
        ScenarioError: a line of the scenario makes no sense.
    """
    return program_of(parse(scenario), file, _settings(gogc, memlimit))


def _check_maps(statements: Sequence[Statement], layouts: Sequence[RuntimeLayout]) -> None:
    """Refuse a map of a type that is none before anything runs."""
    for statement in statements:
        if statement.kind != "map":
            continue
        try:
            for layout in layouts:
                shape_of(statement.type, layout)
        except UsageError as error:
            hint = "types are built in, or built from such: a scenario declares none"
            raise ScenarioError(f"line {statement.line}: {error}", hint=hint) from error


def _settings(gogc: int | None, memlimit: int | None) -> list[Statement]:
    found = []
    if gogc is not None:
        found.append(Statement("gogc", f"gogc {gogc}", 0, percent=gogc))
    if memlimit is not None:
        found.append(Statement("memlimit", f"memlimit {memlimit}", 0, size=min(memlimit, NO_LIMIT)))
    return found


def run_on(layout: RuntimeLayout, statements: Sequence[Statement], settings: int = 0, stopped: bool = False) -> GcRun:
    """Run a scenario on one build; the first ``settings`` statements belong to the start of main."""
    shared: dict[str, Shared] = {}
    ways = [Manner(concurrent=not stopped), *_manners(layout, stopped)]
    first, *others = [_play(ModelRuntime(layout, way), statements, settings, shared) for way in ways]
    counts = [len(each.cycles) for each in (first, *others)]
    return GcRun(
        go_version=str(layout.version),
        goarch=layout.goarch,
        steps=tuple(_ranged(steps) for steps in zip(first.steps, *(each.steps for each in others), strict=True)),
        cycles=tuple(first.cycles),
        picture=tuple(first.picture),
        fewest_cycles=min(counts),
        most_cycles=max(counts),
    )


def _play(runtime: ModelRuntime, statements: Sequence[Statement], settings: int, shared: dict[str, Shared]) -> Player:
    player = Player(runtime, shared)
    player.play(statements, settings)
    return player


def _manners(layout: RuntimeLayout, stopped: bool) -> list[Manner]:
    """Return the ways to go that bound all others."""
    base = Manner(concurrent=not stopped)
    found = [replace(base, scavenging=True), replace(base, one_more_thread=True)]
    if _RANDOM_BASE in layout.active:
        pages = layout.const("pallocChunkPages")
        chunks = layout.const("heapArenaBytes") // layout.page_size // pages
        found.append(replace(base, pad_chunks=chunks - 1, pad_pages=pages - 1))
    if not stopped:
        found += [replace(base, early=True, scavenging=True), replace(base, early=True, paced=True)]
        found.append(replace(base, early=True, paced=True, scavenging=True))
        found.append(replace(base, paced=True, overrun=TIME_SLICE))
    return found


def _ranged(steps: Sequence[GcStep]) -> GcStep:
    """Return the first with the ranges that all of them span."""
    ranges = {}
    for name in _NAMES:
        low = min(each.ranges[name].low if name in each.ranges else getattr(each, name) for each in steps)
        high = max(each.ranges[name].high if name in each.ranges else getattr(each, name) for each in steps)
        if low != high:
            ranges[name] = Span(low, high)
    return replace(steps[0], ranges=ranges)
