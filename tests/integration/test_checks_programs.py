"""One run of a real program, told by gctrace, its execution trace, two dumps and two heap profiles, compared."""

from __future__ import annotations

import pytest

from goxray.api_timeline import timeline
from goxray.timeline.checks import check
from goxray.timeline.pprof.reader import read
from goxray.timeline.pprof.sampling import measured
from tests.harness import told_program
from tests.harness.variants import Variant, params

ENDS = (Variant("1.25.5"), Variant("1.27.3"))
"""From Go 1.25 on a trace knows the wall clock: it is laid onto the other axes for certain."""

MB = 1 << 20


@pytest.mark.parametrize("variant", params(ENDS))
def test_sources_of_one_run_agree_or_say_why(variant: Variant) -> None:
    told = told_program.run_once(variant.version)
    (told.directory / "gctrace.txt").write_text(told.gctrace)
    names = ("gctrace.txt", "trace.out", "metrics.jsonl", "expvar.jsonl", "forced.pprof", "lagging.pprof")
    paths = [str(told.directory / name) for name in names]
    [joined] = timeline(paths, same_process=True).timelines
    forced, lagging = (measured(read(path)) for path in paths[-2:])
    assert forced is not None and lagging is not None
    found = check(joined, (forced, lagging))

    # Right after runtime.GC a profile is of that collection; later it is of the one before the last.
    # The two may show the very same: nothing was published in between but the garbage of it.
    prompt, late = (each for each in found if each.one == "profile")
    assert [prompt.value, late.value] == [forced.value, lagging.value]
    assert (late.verdict, late.why) == ("explained", "profile-lags")
    assert late.other_value >= 25_600_000  # 256 blocks of 100,000 bytes were allocated in between
    assert late.figures["before_bytes"] == pytest.approx(lagging.value, abs=MB + late.figures["error_bytes"])
    assert prompt.verdict == "agree" or prompt.why == "sampled"

    # Which of two sources comes first depends on how the axes were joined.
    verdicts = {(each.figure, frozenset((each.one, each.other))): each.verdict for each in found}
    for figure in ("gc_cycles", "gc_forced_cycles", "sys", "heap_inuse", "heap_released"):
        assert verdicts[figure, frozenset(("metrics", "expvar"))] in ("agree", "explained"), figure
    for figure, one, other in (
        ("gc_cycles", "gctrace", "metrics"),
        ("pauses", "expvar", "gctrace"),
        ("live_heap", "gctrace", "exec trace"),
        ("live_heap", "gctrace", "metrics"),
    ):
        assert verdicts[figure, frozenset((one, other))] in ("agree", "explained"), (figure, one, other)
