"""Results of ``goxray model gc`` made by hand, for the tests of what shows them."""

from __future__ import annotations

from goxray.core.gc_result import GcCycle, GcMoment, GcResult, GcRun, GcStep, Span

MIB = 1 << 20
TRACE = "gc {} @?s ?%: ?+?+? ms clock, ?+?/?/?+? ms cpu, {}, 0 MB stacks, 0 MB globals, 1 P{}"


def _step(number: int, text: str, inuse: int, released: int, sys: int, **more: object) -> GcStep:
    values = {
        "heap_alloc": inuse - MIB // 4,
        "heap_goal": 2 * inuse,
        "live": inuse - MIB // 2,
        "num_gc": number,
        "mallocs": 1000 * number,
        "frees": 10 * number,
        "released_at_goal": released + MIB,
        **more,
    }
    return GcStep(
        step=number, text=text, heap_inuse=inuse, heap_idle=sys - inuse, heap_released=released, heap_sys=sys,
        sys=sys + 3 * MIB, **values,  # type: ignore[arg-type]
    )  # fmt: skip


def gc_run(version: str = "go1.27.3") -> GcRun:
    steps = (
        _step(0, "", MIB, 3 * MIB, 4 * MIB, heap_goal=4 * MIB, num_gc=0),
        _step(
            1, "alloc keep 1e5 x 64B scan as users", 8 * MIB, 2 * MIB, 12 * MIB,
            ranges={
                "heap_released": Span(2 * MIB, 4 * MIB), "num_gc": Span(1, 3), "heap_inuse": Span(8 * MIB, 9 * MIB)
            },
        ),
        _step(2, "gogc off", 8 * MIB, 2 * MIB, 12 * MIB, heap_goal=(1 << 64) - 1),
        _step(3, "drop users; <b>&", 2 * MIB, 10 * MIB, 12 * MIB),
    )  # fmt: skip
    cycles = (
        GcCycle(1, 1, False, 3 * MIB, 3 * MIB, 3 * MIB, 4 * MIB, 6 * MIB, 0, 100_000,
                TRACE.format(1, "3->3->3 MB, 4 MB goal", "")),
        GcCycle(2, 3, True, 8 * MIB, 8 * MIB, 2 * MIB, 6 * MIB, 4 * MIB, 0, 100_000,
                TRACE.format(2, "8->8->2 MB, 6 MB goal", " (forced)")),
    )  # fmt: skip
    picture = (
        GcMoment(MIB, MIB, 4 * MIB, 0),
        GcMoment(4 * MIB, 4 * MIB, 4 * MIB, 1),
        GcMoment(4 * MIB, 3 * MIB, 6 * MIB, 1),
        GcMoment(9 * MIB, 8 * MIB, 6 * MIB, 3),
        GcMoment(9 * MIB, 2 * MIB, 4 * MIB, 3),
    )
    return GcRun(version, "amd64", steps, cycles, picture, 1, 3)


def gc_result() -> GcResult:
    """Two versions, ranges, GOGC off, a statement with signs that HTML reads as its own."""
    texts = tuple(step.text for step in gc_run().steps[1:])
    return GcResult(texts, (gc_run("go1.23.9"), gc_run()), ("concurrent", "slices", "random base"))


def quiet_gc() -> GcResult:
    """One step and no collection at all."""
    step = _step(0, "", MIB, 3 * MIB, 4 * MIB, num_gc=0)
    only = _step(1, "sleep 1s", MIB, 3 * MIB, 4 * MIB, num_gc=0)
    run = GcRun("go1.21.13", "amd64", (step, only), (), (GcMoment(MIB, MIB, 4 * MIB, 0),), 0, 0)
    return GcResult(("sleep 1s",), (run,), ("stopped",))
