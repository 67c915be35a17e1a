"""What the judge is given: figures by trial, which of them are exact, texts, and whom a bad end concerns."""

from __future__ import annotations

from pathlib import Path

from goxray.core.lab_result import MachineInfo, Reason
from goxray.core.words import Words
from goxray.lab.building import Built
from goxray.lab.experiment import Arm, Build, Experiment, Run, SourceValue
from goxray.lab.keep import Header, Section
from goxray.lab.observed import Key, Problem
from goxray.lab.observing import faults, observed, spread, touched
from goxray.lab.trial import Printed, Process, Trial

WORDS = Words("a", "b")
MACHINE = MachineInfo("Linux", "CPU", 2, 1 << 30)


def experiment(
    *arms: Arm, exact: tuple[str, ...] = (), builds: tuple[Build, ...] = (), sources: tuple[SourceValue, ...] = ()
) -> Experiment:
    run = Run(arms=arms or (Arm("a"), Arm("b")), exact=exact)
    return Experiment("made", "sync", WORDS, WORDS, Path("made"), (), run, builds, sources)


def section(*trials: tuple[Process, ...], goroot: Path = Path("/nowhere")) -> Section:
    header = Header("made", "ab", "1.23.9", "1.23", str(goroot), "quick", 1, MACHINE, "", "1.0", "")
    built = Built("main", True, "", "/x/program", {"compiled": 1.0, "build_s": 0.5, "size_bytes": 9.0})
    return Section(header, {"main": built}, {}, [Trial(at, each) for at, each in enumerate(trials)])


def process(*printed: Printed, arms: tuple[str, ...] = ("a", "b"), status: int = 0, stdout: str = "", stderr: str = "",
            reason: Reason | None = None, detail: str = "") -> Process:  # fmt: skip
    return Process(arms, status, 0.5, 0.25, 8192, 100, printed, stdout, stderr, reason, detail)


def figure(arm: str, value: float, name: str = "bytes") -> Printed:
    return Printed(arm, "", name, value, "bytes")


def test_each_trial_has_its_place_and_several_prints_their_median() -> None:
    trials = (
        (process(figure("a", 5), figure("a", 1), figure("a", 2), figure("b", 7)),),
        (process(figure("b", 8)),),
        (process(figure("a", 3), figure("b", 9)),),
    )
    seen = observed(experiment(), section(*trials))
    assert seen.trials == 3 and seen.go_line == "1.23" and seen.goroot is None
    assert seen.samples[Key("a", "", "bytes")].values == (2.0, None, 3.0)
    assert seen.samples[Key("b", "", "bytes")].values == (7.0, 8.0, 9.0)
    assert seen.samples[Key("a", "", "max_rss")].values == (8192.0,) * 3
    assert seen.samples[Key("main", "", "size_bytes")].values == (9.0,)
    assert seen.samples[Key("main", "", "size_bytes")].unit == "bytes"


def exact_figures(*declared: str) -> set[str]:
    trial = (process(figure("a", 1), figure("a", 1, "objects")),)
    return {
        key.name for key, each in observed(experiment(exact=declared), section(trial)).samples.items() if each.exact
    }


def test_only_what_is_declared_is_exact_and_times_never_are_by_a_star() -> None:
    always = {"exit_status", "compiled", "size_bytes"}
    assert exact_figures() == always
    assert exact_figures("objects") == always | {"objects"}
    assert exact_figures("*") == always | {"objects", "bytes"}
    assert exact_figures("*", "max_rss") == always | {"objects", "bytes", "max_rss"}


def test_texts_of_all_trials_count_and_the_same_one_once() -> None:
    trials = [
        (process(arms=("a",), stdout="x\n", stderr=text),) for text in ("", "WARNING: DATA RACE\n", "", "other\n")
    ]
    seen = observed(experiment(Arm("a")), section(*trials))
    assert seen.texts["stdout:a"] == "x\n"
    assert seen.texts["stderr:a"] == "WARNING: DATA RACE\n\nother\n"
    assert seen.texts["build:main"] == ""


def test_a_bad_end_concerns_the_arm_in_which_it_came_and_those_behind_it() -> None:
    arms = ("a", "b", "c")
    assert touched(process(arms=arms)) == arms
    assert touched(process(figure("a", 1), arms=arms)) == arms
    assert touched(process(figure("a", 1), figure("b", 1), arms=arms)) == ("b", "c")
    bad = process(figure("a", 1), figure("b", 1), arms=("a", "b"), reason="crashed", detail="panic: it", status=2)
    seen = observed(experiment(), section((process(),), (bad,)))
    assert seen.problems == {"b": Problem("crashed", "panic: it")}
    assert [(each.reason, each.detail) for each in faults(seen)] == [("crashed", "b: panic: it")]


def test_a_process_that_was_ended_has_no_status_time_or_peak_of_its_own() -> None:
    seen = observed(experiment(), section((process(figure("a", 1), reason="timed-out", status=137),)))
    assert {key.name for key in seen.samples if key.arm in ("a", "b")} == {"bytes"}


def test_arms_whose_build_is_not_there_say_why() -> None:
    kept = section((process(arms=("a",)),))
    kept.builds["c"] = Built("c", None, reason="no-tool", detail="no C compiler works here")
    kept.builds["bad"] = Built("bad", False, "# lab\n./main.go:3:1: undefined: x\n")
    made = experiment(Arm("a"), Arm("b", "c"), Arm("d", "bad"), builds=(Build("c"), Build("bad")))
    seen = observed(made, kept)
    assert seen.problems["b"] == Problem("no-tool", "no C compiler works here")
    assert seen.problems["d"].reason == "build-failed"
    assert seen.builds["c"].ok is None and seen.builds["bad"].ok is False
    assert "build:c" not in seen.texts and "undefined" in seen.texts["build:bad"]
    assert ("build-failed", "./main.go:3:1: undefined: x") in [(each.reason, each.detail) for each in faults(seen)]


def test_source_values_come_from_the_toolchain_and_count_nothing_where_no_file_has_them(tmp_path: Path) -> None:
    (tmp_path / "src" / "runtime").mkdir(parents=True)
    (tmp_path / "src" / "runtime" / "map.go").write_text("const (\n\tbucketCnt = 1 << 3\n)\n")
    values = (
        SourceValue("cells", ("runtime/map*.go",), r"bucketCnt\s*=\s*(\d+ << \d+)"),
        SourceValue("gone", ("runtime/map*.go",), r"noSuch\s*=\s*(\d+)"),
    )
    made = experiment(sources=values)
    seen = observed(made, section(goroot=tmp_path))
    assert seen.goroot == tmp_path
    assert seen.samples[Key("", "", "cells")].values == (8.0,)
    assert seen.samples[Key("", "", "gone")].values == (0.0,)
    assert not any(key.name == "cells" for key in observed(made, section()).samples)


def test_the_machines_noise_is_the_spread_of_the_fixed_loop() -> None:
    assert spread([1, 2, 3]) is None
    assert spread([100] * 8) == 0.0
    # statistics.quantiles of 1..7: quartiles 2, 4 and 6
    assert spread([1, 2, 3, 4, 5, 6, 7]) == 1.0
