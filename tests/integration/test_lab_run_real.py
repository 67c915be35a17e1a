"""Whole runs of the lab on real toolchains, with experiments made for each trouble."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from goxray import api_lab
from goxray.core.lab_result import LabResult, Measured, VersionVerdict
from goxray.lab import keep
from goxray.lab.experiment import Experiment
from goxray.lab.keep import Section
from goxray.lab.observed import Mode, Observed
from goxray.target import toolchains
from tests.harness.lab_made import EMITS_ONE, RUN_EXACT, write_experiment

OLD, NEW = "1.23.9", "1.27.3"


def lab(base: Path, name: str, *go: str) -> LabResult:
    """Run one experiment of ``base`` quickly; results are kept below it too."""
    return api_lab.run([name], go=go or (NEW,), mode="quick", folders=[base], results=base / "results")


def kept(base: Path, name: str, version: str = NEW) -> Section:
    """Return the newest section of what is kept."""
    (path,) = (base / "results" / name / version).glob("*.jsonl")
    section = keep.read(path)
    assert section is not None
    return section


def verdict(result: LabResult, claim: str = "Z000-01", version: str = NEW) -> VersionVerdict:
    (found,) = [each for each in result.verdicts if each.claim == claim and each.go_version == version]
    return found


def test_two_versions_from_source_to_verdict(tmp_path: Path) -> None:
    write_experiment(tmp_path, "whole", EMITS_ONE, how=RUN_EXACT)
    told: list[tuple[str, float]] = []
    result = api_lab.run(
        ["whole"], go=["1.23", "1.27"], mode="quick", folders=[tmp_path], results=tmp_path / "results",
        progress=lambda phase, share: told.append((phase, share)),
    )  # fmt: skip
    assert result.versions == (OLD, NEW) and not result.faults and not result.interrupted
    assert {(each.go_version, each.go_line, each.verdict) for each in result.verdicts} == {
        (OLD, "1.23", "SUPPORTED"), (NEW, "1.27", "SUPPORTED"),
    }  # fmt: skip
    assert {phase for phase, _ in told} >= {f"whole go{OLD}", f"whole go{NEW}"}
    assert all(0 <= share <= 1 for _, share in told)
    later = api_lab.found(["whole"], folders=[tmp_path], results=tmp_path / "results")
    assert later.verdicts == result.verdicts and later.measured == result.measured and later.mode == "kept"
    known = api_lab.catalogue(["whole"], folders=[tmp_path], results=tmp_path / "results")
    assert known.known == result.verdicts and "main.go" in known.sources


def test_a_second_run_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_experiment(tmp_path, "again", EMITS_ONE, how=RUN_EXACT)
    first = lab(tmp_path, "again")
    built = kept(tmp_path, "again").builds["main"]
    program = Path(built.binary)
    before = program.stat()
    from goxray.lab import building

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the go command was asked")

    monkeypatch.setattr(building, "go", refuse)
    second = lab(tmp_path, "again")
    assert program.stat().st_mtime_ns == before.st_mtime_ns and program.stat().st_ino == before.st_ino
    assert [each.verdict for each in first.verdicts] == [each.verdict for each in second.verdicts] == ["SUPPORTED"]
    (tmp_path / "again" / "main.go").write_text("package main\n" + EMITS_ONE + "\n// changed\n")
    changed = lab(tmp_path, "again")
    assert changed.verdicts[0].verdict == "INCONCLUSIVE" and "the go command was asked" in changed.faults[0].detail


def test_the_go_line_is_the_toolchains_own_or_the_builds(tmp_path: Path) -> None:
    loop = """
import "time"

func main() {
	lab(map[string]func(){"main": func() {
		var first *int
		each := 0.0
		for i := 0; i < 2; i++ {
			if first == nil {
				first = &i
			} else if first != &i {
				each = 1 // from the line 1.22 on each round has a variable of its own
			}
		}
		emit("", "figure", each, "1")
		_ = time.Now
	}})
}
"""
    write_experiment(tmp_path, "own", loop, how=RUN_EXACT)
    older = RUN_EXACT + '[[build]]\nname = "main"\ngo_line = "1.21"\n'
    write_experiment(tmp_path, "older", loop, how=older)
    own, other = lab(tmp_path, "own"), lab(tmp_path, "older")
    assert (verdict(own).verdict, verdict(own).go_line) == ("SUPPORTED", "1.27")
    assert (verdict(other).verdict, verdict(other).go_line) == ("REFUTED", "1.21")


ARMS = """
func main() {
	lab(map[string]func(){"main": func() { emit("", "figure", 1, "1") }})
}
"""


def test_arms_come_in_an_order_that_the_seed_decides(tmp_path: Path) -> None:
    how = '[run]\narms = ["a", "b with a blank", "c", "d"]\n'
    write_experiment(tmp_path, "order", ARMS, how=how)
    api_lab.run(["order"], go=[NEW], mode="quick", folders=[tmp_path], results=tmp_path / "one", seed=5)
    api_lab.run(["order"], go=[NEW], mode="quick", folders=[tmp_path], results=tmp_path / "two", seed=5)
    api_lab.run(["order"], go=[NEW], mode="quick", folders=[tmp_path], results=tmp_path / "three", seed=6)
    orders = []
    for place in ("one", "two", "three"):
        (path,) = (tmp_path / place / "order" / NEW).glob("*.jsonl")
        section = keep.read(path)
        assert section is not None and len(section.trials) >= 8
        processes = [each for trial in section.trials for each in trial.processes]
        assert len(processes) == len(section.trials), "arms of one program share its process"
        for each in processes:
            assert each.arms == tuple(figure.arm for figure in each.printed), "they ran in that very order"
            assert sorted(each.arms) == ["a", "b with a blank", "c", "d"]
        orders.append([each.arms for each in processes])
    assert orders[0] == orders[1] and orders[0] != orders[2] and len(set(orders[0])) > 2


def test_separate_arms_have_processes_of_their_own_and_their_order_varies(tmp_path: Path) -> None:
    how = "[run]\n" + "".join(f'[[run.arm]]\nname = "{name}"\nseparate = true\n' for name in "abc")
    write_experiment(tmp_path, "apart", ARMS, how=how)
    lab(tmp_path, "apart")
    trials = kept(tmp_path, "apart").trials
    assert all(sorted(each.arms for each in trial.processes) == [("a",), ("b",), ("c",)] for trial in trials)
    assert len({tuple(each.arms for each in trial.processes) for trial in trials}) > 1


def test_garbage_and_torn_lines_cost_only_themselves(tmp_path: Path) -> None:
    noisy = r"""
import (
	"fmt"
	"os"
)

func main() {
	lab(map[string]func(){"main": func() {
		fmt.Print("\xff\xfe\x00 {\"arm\": \n{}\n{\"arm\":\"main\",\"name\":\"figure\",")
		fmt.Print("\"value\":\"x\",\"unit\":\"1\"}\n")
		emit("", "figure", 1, "1")
		fmt.Print("{\"arm\":\"main\",\"name\":\"figure\",\"value\":7,\"un")
		os.Exit(0)
	}})
}
"""
    write_experiment(tmp_path, "noisy", noisy, how=RUN_EXACT)
    result = lab(tmp_path, "noisy")
    assert verdict(result).verdict == "SUPPORTED" and not result.faults


def test_a_crash_concerns_the_arm_that_crashed(tmp_path: Path) -> None:
    crashing = """
func main() {
	lab(map[string]func(){
		"good": func() { emit("", "figure", 1, "1") },
		"bad":  func() { panic("on purpose") },
	})
}
"""
    how = RUN_EXACT + "".join(f'[[run.arm]]\nname = "{name}"\nseparate = true\n' for name in ("good", "bad"))
    figure = '[[claim.predicate]]\nkind = "equals"\nmeasure = "figure"\narm = "{}"\nvalue = 1\n'
    write_experiment(tmp_path, "crashing", crashing, how=how, predicate=figure.format("good"))
    result = lab(tmp_path, "crashing")
    assert verdict(result).verdict == "SUPPORTED"
    assert [(each.reason, "panic: on purpose" in each.detail) for each in result.faults] == [("crashed", True)]
    write_experiment(tmp_path, "judged", crashing, how=how, predicate=figure.format("bad"))
    found = verdict(lab(tmp_path, "judged"))
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "crashed")
    assert len([each for trial in kept(tmp_path, "judged").trials for each in trial.processes if each.reason]) == 2, (
        "a program that crashes is tried once more, not for ever"
    )


def test_what_is_meant_to_crash_may_crash(tmp_path: Path) -> None:
    how = '[run]\nexact = ["*"]\n[[run.arm]]\nname = "main"\ncrash_expected = true\n'
    text = '[[claim.predicate]]\nkind = "present"\nwhere = "stderr:main"\npattern = "concurrent map writes"\n'
    source = """
import "os"

func main() {
	println("fatal error: concurrent map writes")
	os.Exit(2)
}
"""
    write_experiment(tmp_path, "meant", source, how=how, predicate=text)
    result = lab(tmp_path, "meant")
    assert verdict(result).verdict == "SUPPORTED" and not result.faults


def test_what_hangs_is_ended_and_not_tried_for_ever(tmp_path: Path) -> None:
    hanging = """
import "time"

func main() { time.Sleep(time.Hour) }
"""
    write_experiment(tmp_path, "hanging", hanging, how='[run]\ntimeout_s = 0.5\nexact = ["*"]\n')
    result = lab(tmp_path, "hanging")
    assert (verdict(result).verdict, verdict(result).reason) == ("INCONCLUSIVE", "timed-out")
    assert len(kept(tmp_path, "hanging").trials) == 1


def test_a_build_that_is_refused_touches_only_its_arms(tmp_path: Path) -> None:
    how = (
        '[run]\nexact = ["*"]\n[[run.arm]]\nname = "main"\n[[run.arm]]\nname = "other"\nbuild = "wrong"\n'
        '[[build]]\nname = "wrong"\nfolder = "builds/wrong"\n'
    )
    folder = write_experiment(tmp_path, "refused", EMITS_ONE, how=how, predicate="""
[[claim.predicate]]
kind = "compiles"
build = "wrong"
value = 0
[[claim.predicate]]
kind = "present"
where = "build:wrong"
pattern = "undefined: nothing"
[[claim.predicate]]
kind = "equals"
measure = "figure"
arm = "main"
value = 1
""")  # fmt: skip
    (folder / "builds" / "wrong").mkdir(parents=True)
    (folder / "builds" / "wrong" / "main.go").write_text("package main\n\nfunc main() { nothing() }\n")
    result = lab(tmp_path, "refused")
    assert verdict(result).verdict == "SUPPORTED", verdict(result)


def test_without_a_c_compiler_the_rest_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_experiment(tmp_path, "plain", EMITS_ONE, how=RUN_EXACT)
    write_experiment(tmp_path, "with-c", EMITS_ONE, how=RUN_EXACT + 'needs = ["cc"]\n', claim="Z000-02")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("CC", str(tmp_path / "nothing" / "cc"))
    result = api_lab.run(["plain", "with-c"], go=[NEW], mode="quick", folders=[tmp_path], results=tmp_path / "results")
    assert verdict(result).verdict == "SUPPORTED"
    found = verdict(result, "Z000-02")
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "no-tool")


def test_a_bug_in_one_job_touches_only_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from goxray.lab import judge

    write_experiment(tmp_path, "fine", EMITS_ONE, how=RUN_EXACT)
    write_experiment(tmp_path, "odd", EMITS_ONE, how=RUN_EXACT, claim="Z000-02")
    write_experiment(tmp_path, "odder", EMITS_ONE, how=RUN_EXACT, claim="Z000-03")
    looks, measured = judge.looks, judge.measured

    def odd_looks(experiment: Experiment, mode: Mode) -> tuple[int, ...]:
        assert experiment.id != "odd", "a bug"
        return looks(experiment, mode)

    def odd_measured(observed: Observed) -> tuple[Measured, ...]:
        assert observed.experiment.id != "odder", "a bug"
        return measured(observed)

    monkeypatch.setattr(judge, "looks", odd_looks)
    monkeypatch.setattr(judge, "measured", odd_measured)
    result = api_lab.run(
        ["fine", "odd", "odder"], go=[NEW], mode="quick", folders=[tmp_path], results=tmp_path / "results"
    )
    assert verdict(result).verdict == "SUPPORTED"
    assert verdict(result, "Z000-02").verdict == "INCONCLUSIVE"
    assert [(each.experiment, "a bug in goxray" in each.detail) for each in result.faults] == [
        ("odd", True), ("odder", True),
    ]  # fmt: skip


@pytest.mark.parametrize(("needs", "lacks"), [("sh", False), ("/proc/self/stat", False), ("no-such-tool", True)])
def test_a_need_is_a_command_or_a_file(tmp_path: Path, needs: str, lacks: bool) -> None:
    write_experiment(tmp_path, "needy", EMITS_ONE, how=RUN_EXACT + f'needs = ["{needs}"]\n')
    found = verdict(lab(tmp_path, "needy"))
    assert found.reason == ("no-tool" if lacks else None) and (needs in found.detail) == lacks


# ---- the command


def command(*words: str, base: Path) -> list[str]:
    own = ["--experiments", str(base), "--results", str(base / "results"), "--go", NEW]
    return [sys.executable, "-m", "goxray", "lab", "run", *words, *own]


def wait_for_trials(base: Path, name: str, count: int) -> Path:
    """Wait until so many trials are on disk; return the file."""
    for _ in range(1200):
        for path in (base / "results" / name / NEW).glob("*.jsonl"):
            section = keep.read(path)
            if section is not None and len(section.trials) >= count:
                return path
        time.sleep(0.05)
    raise AssertionError(f"no {count} trials came")


SLOWLY = """
import "time"

func main() {
	lab(map[string]func(){"main": func() {
		time.Sleep(50 * time.Millisecond)
		emit("", "figure", 1+float64(time.Now().UnixNano()%1000)/1e6, "1")
	}})
}
"""
BETWEEN = '[[claim.predicate]]\nkind = "between"\nmeasure = "figure"\nlow = 0.5\nhigh = 1.0005\n'


def test_a_run_that_was_killed_is_gone_on_with_and_loses_no_trial(tmp_path: Path) -> None:
    write_experiment(tmp_path, "slowly", SLOWLY, how="[run]\nthorough = 30\n", predicate=BETWEEN)
    with subprocess.Popen(command("slowly", "--thorough", base=tmp_path), stdout=subprocess.DEVNULL) as process:
        path = wait_for_trials(tmp_path, "slowly", 3)
        process.kill()
    before = path.read_bytes()
    whole = before[: before.rfind(b"\n") + 1]
    trials = kept(tmp_path, "slowly").trials
    assert 3 <= len(trials) < 30
    done = subprocess.run(command("slowly", "--thorough", "--format", "json", base=tmp_path), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes().startswith(whole)
    section = kept(tmp_path, "slowly")
    assert section.trials[: len(trials)] == trials and len(section.trials) > len(trials)
    assert [each.number for each in section.trials] == list(range(len(section.trials)))
    assert json.loads(done.stdout)["verdicts"][0]["trials"] == len(section.trials)


def test_an_interrupted_run_says_so_and_shows_what_there_is(tmp_path: Path) -> None:
    write_experiment(tmp_path, "slowly", SLOWLY, how="[run]\nthorough = 400\n", predicate=BETWEEN)
    words = command("slowly", "--thorough", "--format", "json", base=tmp_path)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for_trials(tmp_path, "slowly", 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 4, err
    report = json.loads(out)
    assert report["interrupted"] is True and "Traceback" not in err
    assert report["verdicts"][0]["trials"] == len(kept(tmp_path, "slowly").trials) >= 2


def test_two_runs_at_once_do_not_spoil_each_other(tmp_path: Path) -> None:
    write_experiment(tmp_path, "both", EMITS_ONE, how=RUN_EXACT)
    runs = [subprocess.Popen(command("both", "--quick", base=tmp_path), stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [each.wait(timeout=240) for each in runs] == [0, 0]
    (path,) = (tmp_path / "results" / "both" / NEW).glob("*.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    heads = [at for at, line in enumerate(lines) if "header" in line]
    assert len(heads) == 2
    for section in (lines[: heads[1]], lines[heads[1] :]):
        assert [each["trial"]["number"] for each in section if "trial" in each] == list(range(len(section) - 3))
        assert "finished" in section[-1]


def test_some_that_failed_end_with_four_and_say_what(tmp_path: Path) -> None:
    write_experiment(tmp_path, "fine", EMITS_ONE, how=RUN_EXACT)
    write_experiment(tmp_path, "wrong", "\nfunc main() { nothing() }\n", how=RUN_EXACT, claim="Z000-02")
    done = subprocess.run(
        command("fine", "wrong", "--quick", "--format", "json", base=tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 4 and "undefined: nothing" in done.stderr and "Traceback" not in done.stderr
    found = {each["claim"]: each["verdict"] for each in json.loads(done.stdout)["verdicts"]}
    assert found == {"Z000-01": "SUPPORTED", "Z000-02": "INCONCLUSIVE"}


def test_sources_that_are_kept_run_by_hand(tmp_path: Path) -> None:
    write_experiment(tmp_path, "by-hand", EMITS_ONE, how=RUN_EXACT)
    api_lab.run(
        ["by-hand"], go=[NEW], mode="quick", folders=[tmp_path], results=tmp_path / "results",
        keep_build=tmp_path / "try",
    )  # fmt: skip
    place = tmp_path / "try" / "by-hand" / f"go{NEW}" / "main"
    found = toolchains.find(NEW)
    assert found is not None and (place / "go.mod").read_text().endswith("go 1.27\n")
    done = subprocess.run(
        [str(found.go), "run", "."], cwd=place, env=found.environment(), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"arm": "main", "name": "figure", "value": 1, "unit": "1"}


def test_a_goroot_of_ones_own_is_used(tmp_path: Path) -> None:
    found = toolchains.find(NEW)
    assert found is not None
    own = tmp_path / "my go"
    own.mkdir()
    for path in found.root.iterdir():
        os.symlink(path, own / path.name)
    write_experiment(tmp_path, "mine", EMITS_ONE, how=RUN_EXACT)
    result = lab(tmp_path, "mine", str(own))
    assert verdict(result).verdict == "SUPPORTED" and kept(tmp_path, "mine").header.goroot == str(own)
    shutil.rmtree(own)
