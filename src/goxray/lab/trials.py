"""One experiment with one toolchain: its builds, then trial after trial until the judge has seen enough."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from goxray.lab.binaryfacts import functions
from goxray.lab.building import Builder
from goxray.lab.experiment import Arm, Experiment, Run
from goxray.lab.keep import Section, Writer
from goxray.lab.observed import Mode
from goxray.lab.processes import Limits, clean_environment, run
from goxray.lab.room import Room
from goxray.lab.trial import Process, Trial, figures

BUDGET_S: Mapping[Mode, float] = {"quick": 12.0, "normal": 90.0, "thorough": 900.0}
"""Seconds of running programs after which no further trial of one experiment with one toolchain is begun.

Before the first look it may take three times as long: below that nothing that is noise can be judged.
"""

_LEAST_TRIALS = 2
_UNTIL_FIRST_LOOK = 3
_MOST_FAILURES = 2
_THOROUGH = 10  # a thorough run's programs do so many times more work: see scale in support/lab.go
_MEMORY = 1 << 30  # bytes resident at which a program is ended; the catalogue's keep below 300 MB
_SANITIZED_MEMORY = 4 << 30  # with the race detector, whose shadow is several times the program


@dataclass
class Group:
    """Arms that share a process: the same program, environment and arguments."""

    arms: list[Arm]
    program: str
    failures: int = 0


@dataclass(frozen=True)
class Trials:
    """How one job is run.

    ``enough`` is asked at each number of trials in ``looks`` and may stop it; ``shim`` is the starter; ``stopping``
    says that the run was interrupted.
    """

    experiment: Experiment
    mode: Mode
    looks: tuple[int, ...]
    enough: Callable[[Section, int], bool]
    shim: Path
    room: Room
    stopping: Callable[[], bool] = lambda: False

    def build(self, builder: Builder, writer: Writer) -> None:
        """Make all builds of the experiment and keep their outcomes; see whether what its programs need is there."""
        if self.experiment.run is not None:
            with self.room.beside():
                lacking = builder.lacking(self.experiment.run.needs)
            if self.stopping():
                return
            writer.lacks(lacking)
        names = [each.name for each in self.experiment.builds]
        if "main" not in names and any(self.experiment.folder.glob("*.go")):
            names.insert(0, "main")
        for name in names:
            with self.room.beside():
                built = builder.build(name)
            if self.stopping():  # what was cut short says nothing of the program
                return
            looked_at = f"symbols:{name}" in _places(self.experiment) and bool(built.binary)
            writer.built(built, functions(Path(built.binary)) if looked_at else ())

    def run(self, writer: Writer) -> None:
        """Go on with the trials from where the section stands until the judge, the budget or the user ends it."""
        section = writer.section
        how = self.experiment.run
        groups = groups_of(how, section) if how is not None and not section.lacking else []
        spent = 0.0
        with tempfile.TemporaryDirectory(prefix="goxray-lab-", ignore_cleanup_errors=True) as scratch:
            while groups and how is not None and len(section.trials) < self.looks[-1] and not self.stopping():
                done = len(section.trials)
                if done in self.looks and self.enough(section, done):
                    break
                if self._overdrawn(done, spent):
                    break
                trial = self._trial(done, how, groups, section.header.seed, Path(scratch))
                if trial is None:
                    return
                spent += sum(process.wall_s for process in trial.processes)
                writer.trial(trial)
                groups = [each for each in groups if each.failures < _MOST_FAILURES]
        if not self.stopping():
            writer.finish()

    def _overdrawn(self, done: int, spent: float) -> bool:
        budget = BUDGET_S[self.mode]
        if done < self.looks[0]:
            return done >= _LEAST_TRIALS and spent > _UNTIL_FIRST_LOOK * budget
        return spent > budget

    def _trial(self, number: int, how: Run, groups: list[Group], seed: int, place: Path) -> Trial | None:
        """Run each group once; the order of groups and of arms in them depends on seed and trial only."""
        header = f"{seed}/{self.experiment.id}/{number}"
        rng = random.Random(header)
        order = rng.sample(groups, len(groups))
        found: list[Process] = []
        held: AbstractContextManager[None] = self.room.alone() if how.alone else nullcontext()
        with held:
            for group in order:
                arms = rng.sample(group.arms, len(group.arms))
                with nullcontext() if how.alone else self.room.beside():
                    process = self._process(how, group, arms, place / f"{number}-{len(found)}")
                if process.reason == "not-run":
                    return None
                if process.reason is not None:
                    group.failures += _MOST_FAILURES if process.reason == "timed-out" else 1
                found.append(process)
        return Trial(number, tuple(found))

    def _process(self, how: Run, group: Group, arms: list[Arm], place: Path) -> Process:
        names = tuple(arm.name for arm in arms)
        first = arms[0]
        own = {"LAB_ARMS": ",".join(names)}
        if self.mode == "thorough":
            own["LAB_THOROUGH"] = "1"
        memory = _SANITIZED_MEMORY if "race" in how.needs or self._races(first.build) else _MEMORY
        longer = _THOROUGH if self.mode == "thorough" else 1
        place.mkdir()
        limits = Limits(how.timeout_s * longer, memory, self.stopping)
        env = clean_environment({"TMPDIR": str(place), **own, **first.env})
        ended = run(self.shim, [group.program, *first.args], env, place, limits)
        shutil.rmtree(place, ignore_errors=True)  # no process finds what another left
        reason, detail = ended.reason, ended.detail
        if reason is None and ended.status != 0 and not first.crash_expected:
            reason, detail = "crashed", _why(ended.status, ended.stderr)
        return Process(
            arms=names,
            status=ended.status,
            wall_s=ended.wall_s,
            cpu_s=ended.cpu_s,
            max_rss=ended.max_rss,
            loop_ns=ended.loop_ns,
            printed=figures(ended.lines),
            stdout=ended.stdout,
            stderr=ended.stderr,
            reason=reason,
            detail=detail,
        )

    def _races(self, build: str) -> bool:
        return any(each.name == build and "-race" in each.flags for each in self.experiment.builds)


def groups_of(how: Run, section: Section) -> list[Group]:
    """Return the groups of arms whose program is there, in the order of the file."""
    found: dict[tuple[object, ...], Group] = {}
    for arm in how.arms:
        built = section.builds.get(arm.build)
        if built is None or not built.binary:
            continue
        key = (
            arm.build,
            tuple(sorted(arm.env.items())),
            arm.args,
            arm.crash_expected,
            arm.name if arm.separate else "",
        )
        found.setdefault(key, Group([], built.binary)).arms.append(arm)
    return list(found.values())


def _places(experiment: Experiment) -> set[str]:
    return {each.where for claim in experiment.claims for each in (*claim.predicates, *claim.checks)}


def _why(status: int, stderr: str) -> str:
    """Return what a reader wants to know of a crash: the line that names it, else its status."""
    said = [line.strip() for line in stderr.splitlines() if line.strip()]
    named = [line for line in said if line.startswith(("panic:", "fatal error:", "lab:", "runtime:"))]
    return (named or said[-1:] or [f"it ended with status {status}"])[0]
