"""A run of the lab: each experiment with each toolchain is a job; what fails in one job touches only that one."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from goxray import __version__
from goxray.core.errors import GoxrayError, UsageError
from goxray.core.lab_result import LabFault, MachineInfo
from goxray.lab import host
from goxray.lab.building import Builder, line_of, prune
from goxray.lab.catalogue import source_sha256
from goxray.lab.experiment import Experiment
from goxray.lab.keep import Header, Keeper, Section
from goxray.lab.needs import Needs
from goxray.lab.observed import Mode, Observed, Problem
from goxray.lab.observing import faults, loops, observed, spread
from goxray.lab.room import Room, Stopped
from goxray.lab.starter import starter
from goxray.lab.trials import Trials
from goxray.target.toolchains import Toolchain

_TURN = 0.2  # seconds between looks at whether the user has interrupted


@dataclass(frozen=True)
class Plan:
    """What to run and where to keep it. ``workers`` 0: one for each core."""

    experiments: Sequence[Experiment]
    toolchains: Sequence[Toolchain]
    mode: Mode
    results: Path
    cache: Path
    seed: int = 1
    resume: bool = False
    workers: int = 0


@dataclass
class Ran:
    """What a run gave: what was observed, in the order of the plan, and what went wrong."""

    observed: list[Observed] = field(default_factory=list)
    faults: list[LabFault] = field(default_factory=list)
    machine: MachineInfo = field(default_factory=host.machine)
    interrupted: bool = False


@dataclass(frozen=True)
class Job:
    """One experiment with one toolchain."""

    experiment: Experiment
    toolchain: Toolchain

    @property
    def name(self) -> str:
        """What progress calls it."""
        return f"{self.experiment.id} go{self.toolchain.version}"

    @property
    def alone(self) -> bool:
        """Whether it wants the machine for itself."""
        return self.experiment.run is not None and self.experiment.run.alone


class Judge(Protocol):
    """What of the judge a run needs: see :mod:`goxray.lab.judge`."""

    def looks(self, experiment: Experiment, mode: Mode) -> tuple[int, ...]:
        """Return the numbers of trials at which to look; the last is the most."""
        ...

    def settled(self, observed: Observed, look: int) -> bool:
        """Return whether more trials would decide nothing more."""
        ...


class Running:
    """Carries a plan out; :meth:`run` ends early, with what there is, when the user interrupts it."""

    def __init__(self, plan: Plan, judge: Judge, tell: Callable[[str, float], None]) -> None:
        self._plan = plan
        self._judge = judge
        self._tell = tell
        self._stop = threading.Event()
        self._machine = host.machine()
        self._needs = Needs(self._stop.is_set)
        self._room = Room(plan.cache / "locks", self._stop.is_set)
        self._ended = 0
        self._builds = plan.cache / "builds"
        self._jobs = [Job(each, toolchain) for each in plan.experiments for toolchain in plan.toolchains]
        self._results: dict[int, Section | LabFault | None] = {}
        self._shim = Path()

    def run(self) -> Ran:
        """Run every job: those that may share the machine on all cores, then those that want it alone, one by one.

        Raises:
            GoxrayError: results cannot be kept, or the lab's own starter cannot be built, so that nothing can run.
        """
        self._tell("the lab's starter", 0.0)
        _writable(self._plan.results)
        self._shim = starter(self._plan.toolchains[-1], self._plan.cache)
        shared = [at for at, job in enumerate(self._jobs) if not job.alone]
        single = [at for at, job in enumerate(self._jobs) if job.alone]
        workers = self._plan.workers or len(os.sched_getaffinity(0))
        interrupted = False
        try:
            self._all(shared, workers)
            self._all(single, 1)
        except KeyboardInterrupt:
            interrupted = True
        prune(self._builds)
        return self._gathered(interrupted)

    def _all(self, numbers: list[int], workers: int) -> None:
        pool = ThreadPoolExecutor(workers, thread_name_prefix="lab")
        try:
            waiting: set[Future[None]] = {pool.submit(self._job, number) for number in numbers}
            while waiting:
                done, waiting = wait(waiting, timeout=_TURN)
                for each in done:
                    each.result()
        except BaseException:
            self._stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _job(self, number: int) -> None:
        job = self._jobs[number]
        self._tell(job.name, self._ended / len(self._jobs))
        try:
            self._results[number] = self._measured(job)
        except Stopped:
            self._results[number] = None
        except GoxrayError as error:
            self._results[number] = self._fault(job, str(error))
        except Exception as error:
            self._results[number] = self._fault(job, f"a bug in goxray ({type(error).__name__}: {error})")
        self._ended += 1

    @staticmethod
    def _fault(job: Job, detail: str) -> LabFault:
        return LabFault(job.experiment.id, job.toolchain.version, "not-run", detail)

    def _measured(self, job: Job) -> Section:
        keeper = Keeper(self._plan.results, self._header(job))
        with keeper.held(resume=self._plan.resume, stopping=self._stop.is_set) as writer:
            trials = Trials(
                experiment=job.experiment,
                mode=self._plan.mode,
                looks=self._judge.looks(job.experiment, self._plan.mode),
                enough=lambda section, look: self._judge.settled(observed(job.experiment, section), look),
                shim=self._shim,
                room=self._room,
                stopping=self._stop.is_set,
            )
            if self._stop.is_set():
                return writer.section
            builder = Builder(job.experiment, job.toolchain, self._builds, self._needs, self._stop.is_set)
            with suppress(Stopped):  # what is kept by then counts
                trials.build(builder, writer)
                trials.run(writer)
            return writer.section

    def _header(self, job: Job) -> Header:
        return Header(
            experiment=job.experiment.id,
            source_sha256=source_sha256(job.experiment),
            go_version=job.toolchain.version,
            go_line=line_of(job.experiment, job.toolchain),
            goroot=str(job.toolchain.root),
            mode=self._plan.mode,
            seed=self._plan.seed,
            machine=self._machine,
            boot=host.boot(),
            goxray=__version__,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _nothing(self, job: Job, fault: LabFault) -> Observed:
        """What is observed of a job that failed as a whole: no figure, and why."""
        header = self._header(job)
        arms = job.experiment.run.arms if job.experiment.run else ()
        problems = {arm.name: Problem(fault.reason, fault.detail) for arm in arms}
        return replace(observed(job.experiment, Section(header)), problems=problems)

    def _gathered(self, interrupted: bool) -> Ran:
        found = Ran(interrupted=interrupted)
        calm: list[int] = []
        for number, job in enumerate(self._jobs):
            result = self._results.get(number)
            if isinstance(result, LabFault):
                found.faults.append(result)
                with suppress(OSError):  # the experiment's files may be what is gone
                    found.observed.append(self._nothing(job, result))
            elif result is not None and (result.builds or result.trials or result.finished):
                seen = observed(job.experiment, result)
                found.observed.append(seen)
                found.faults += faults(seen)
                calm += loops(result.trials)
        found.machine = replace(self._machine, noise=spread(calm))
        return found


def _writable(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return
    except OSError as error:
        hint = "give --results DIR a place that you may write to"
        raise UsageError(f"cannot write to {place}: {error.strerror}", hint=hint) from error
