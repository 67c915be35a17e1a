"""When the trials of one job end: by the judge, by the budget, or by what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from goxray.core.lab_result import MachineInfo, Reason
from goxray.core.words import Words
from goxray.lab import trials
from goxray.lab.building import Built
from goxray.lab.experiment import Arm, Experiment, Run
from goxray.lab.keep import Header, Keeper, Section
from goxray.lab.observed import Mode
from goxray.lab.processes import Ended, Limits
from goxray.lab.room import Room
from goxray.lab.trials import Trials

LOOKS = (10, 14)
Enough = Callable[[Section, int], bool]


def go_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: Ended, *, mode: Mode = "quick",
    enough: Enough = lambda _section, _look: False, arms: tuple[Arm, ...] = (Arm("a"), Arm("b", separate=True)),
) -> tuple[Section, list[Limits]]:  # fmt: skip
    """Run the trials of an experiment all of whose processes end in one way; return them and the limits they had."""
    asked = []

    def run(_: Path, __: Sequence[str], ___: Mapping[str, str], ____: Path, limits: Limits) -> Ended:
        asked.append(limits)
        return ends

    monkeypatch.setattr(trials, "run", run)
    words = Words("a", "b")
    experiment = Experiment("made", "sync", words, words, tmp_path, (), Run(arms=arms, timeout_s=3))
    machine = MachineInfo("", "", 2, 1)
    header = Header("made", "ab", "1.27.3", "1.27", "", mode, 1, machine, "", "", "")
    how = Trials(experiment, mode, LOOKS, enough, Path("shim"), Room(tmp_path / "locks"))
    with Keeper(tmp_path, header).held(resume=False) as writer:
        writer.built(Built("main", True, "", "/x/program"))
        how.run(writer)
        return writer.section, asked


def ended(wall_s: float, *, status: int = 0, reason: Reason | None = None, detail: str = "") -> Ended:
    return Ended(status, wall_s, 0.0, 0, 0, "", "", "", reason, detail)


def test_the_judge_is_asked_at_each_look_and_may_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    def never(section: Section, look: int) -> bool:
        seen.append((len(section.trials), look))
        return False

    section, _ = go_through(tmp_path, monkeypatch, ended(0.001), enough=never)
    assert len(section.trials) == 14 and seen == [(10, 10)] and section.finished
    section, _ = go_through(tmp_path, monkeypatch, ended(0.001), enough=lambda _, look: look == 10)
    assert len(section.trials) == 10 and section.finished


# Two processes a trial: so many seconds each. The quick budget is 12 s, three times that before the first look.
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.1, 14),
        (0.61, 10),  # 12.2 s at the first look
        (0.59, 11),  # 11.8 s there
        (1.7, 10),  # 34 s there
        (1.9, 10),  # 34.2 s after nine
        (2.01, 9),  # 36.2 s after nine
        (5.0, 4),
        (100.0, 2),
    ],
)
def test_the_budget_ends_it_but_gives_noise_a_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, expected: int
) -> None:
    assert trials.BUDGET_S["quick"] == 12.0
    section, _ = go_through(tmp_path, monkeypatch, ended(seconds))
    assert len(section.trials) == expected


def test_what_times_out_is_not_tried_again_and_what_crashes_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section, _ = go_through(tmp_path, monkeypatch, ended(3.0, reason="timed-out", detail="too long"))
    assert len(section.trials) == 1
    section, _ = go_through(tmp_path, monkeypatch, ended(0.1, status=2))
    assert len(section.trials) == 2
    assert {each.reason for trial in section.trials for each in trial.processes} == {"crashed"}
    arms = (Arm("a", crash_expected=True),)
    section, _ = go_through(tmp_path, monkeypatch, ended(0.1, status=2), arms=arms)
    assert len(section.trials) == 14


def test_an_interrupted_trial_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section, _ = go_through(tmp_path, monkeypatch, ended(0.1, reason="not-run", detail="interrupted"))
    assert section.trials == [] and not section.finished


def test_thorough_programs_have_ten_times_as_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, quick = go_through(tmp_path, monkeypatch, ended(0.1))
    _, thorough = go_through(tmp_path, monkeypatch, ended(0.1), mode="thorough")
    assert {each.seconds for each in quick} == {3.0} and {each.seconds for each in thorough} == {30.0}
