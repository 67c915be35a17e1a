"""From what is kept of a run to what the judge looks at; the same for a run that has just ended and for an old one."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from goxray.core.lab_result import LabFault, Reason
from goxray.lab.experiment import Experiment, Run
from goxray.lab.keep import Section
from goxray.lab.observed import BuildOutcome, Key, Observed, Problem, Sample
from goxray.lab.trial import Process, Trial

_BUILD_UNITS = {"build_s": "s", "size_bytes": "bytes"}
_PROCESS_UNITS = {"exit_status": "1", "max_rss": "bytes", "wall_s": "s", "cpu_s": "s"}
_MOST_TEXT = 1 << 20  # characters of one arm's text over all trials
_ENOUGH_LOOPS = 4


def observed(experiment: Experiment, section: Section, *, predicted: dict[Key, float] | None = None) -> Observed:
    """Return what a section says of an experiment."""
    header = section.header
    goroot = Path(header.goroot)
    return Observed(
        experiment=experiment,
        go_version=header.go_version,
        go_line=header.go_line,
        source_sha256=header.source_sha256,
        mode=header.mode,
        trials=len(section.trials),
        goroot=goroot if (goroot / "src").is_dir() else None,
        samples=_samples(experiment, section) | _sources(experiment, goroot),
        texts=_texts(section),
        builds=_outcomes(section),
        problems=problems(experiment, section),
        predicted=predicted or {},
        noise=spread(loops(section.trials)),
    )


def loops(trials: list[Trial]) -> list[int]:
    """Return the fixed loop's time before each process, in nanoseconds."""
    return [each.loop_ns for trial in trials for each in trial.processes if each.loop_ns]


def spread(values: list[int]) -> float | None:
    """Return the relative spread (interquartile range / median) of the fixed loop's times; None for too few."""
    if len(values) < _ENOUGH_LOOPS:
        return None
    from statistics import quantiles

    low, middle, high = quantiles(values, n=4)
    return (high - low) / middle


def _samples(experiment: Experiment, section: Section) -> dict[Key, Sample]:
    run = experiment.run or Run()
    seen: dict[Key, str] = {}
    rows: list[dict[Key, float]] = []
    for trial in section.trials:
        values: dict[Key, list[float]] = {}
        for process in trial.processes:
            for key, value, unit in _figures(process):
                seen.setdefault(key, unit)
                values.setdefault(key, []).append(value)
        rows.append({key: median(several) for key, several in values.items()})
    found = {
        key: Sample(key, unit, _exact(run, key), tuple(row.get(key) for row in rows)) for key, unit in seen.items()
    }
    for built in section.builds.values():
        for name, value in built.facts.items():
            key = Key(built.name, "", name)
            found[key] = Sample(key, _BUILD_UNITS.get(name, "1"), name != "build_s", (value,))
    return found


def _sources(experiment: Experiment, goroot: Path) -> dict[Key, Sample]:
    """Return the figures read from the toolchain's source; one that no file has counts 0."""
    found = {}
    if experiment.sources and (goroot / "src").is_dir():
        from goxray.lab.sourcetext import value

        for each in experiment.sources:
            place = value(goroot, each)
            key = Key("", "", each.name)
            found[key] = Sample(key, each.unit, True, (place[0] if place is not None else 0.0,))
    return found


def _figures(process: Process) -> list[tuple[Key, float, str]]:
    found = [(Key(each.arm, each.case, each.name), each.value, each.unit) for each in process.printed]
    own = {
        "exit_status": process.status,
        "max_rss": process.max_rss,
        "wall_s": process.wall_s,
        "cpu_s": process.cpu_s,
    }
    if process.reason in ("timed-out", "not-run"):
        return found
    for arm in process.arms:
        found += [(Key(arm, "", name), float(value), _PROCESS_UNITS[name]) for name, value in own.items()]
    return found


def _exact(run: Run, key: Key) -> bool:
    """Whether a figure is declared exact; ``*`` means what the program prints, not what the kernel tells of it."""
    if key.name in run.exact:
        return True
    return key.name == "exit_status" or ("*" in run.exact and key.name not in _PROCESS_UNITS)


def _texts(section: Section) -> dict[str, str]:
    """Return all that was written by place; what several trials wrote alike stands there once."""
    parts: dict[str, dict[str, None]] = {}
    for trial in section.trials:
        for process in trial.processes:
            for arm in process.arms:
                parts.setdefault(f"stdout:{arm}", {}).setdefault(process.stdout)
                parts.setdefault(f"stderr:{arm}", {}).setdefault(process.stderr)
    found = {place: "\n".join(filter(None, texts))[:_MOST_TEXT] for place, texts in parts.items()}
    found.update({f"build:{built.name}": built.text for built in section.builds.values() if built.ok is not None})
    return found


def _outcomes(section: Section) -> dict[str, BuildOutcome]:
    return {
        built.name: BuildOutcome(
            name=built.name,
            ok=built.ok,
            text=built.text,
            binary=Path(built.binary) if built.binary else None,
            symbols=section.symbols.get(built.name, ()),
            reason=built.reason,
            detail=built.detail,
        )
        for built in section.builds.values()
    }


def problems(experiment: Experiment, section: Section) -> dict[str, Problem]:
    """Return why an arm gave no figures, or not in all trials: its build, its needs, or how its process ended."""
    found: dict[str, Problem] = {}
    for arm in experiment.run.arms if experiment.run else ():
        if section.lacking:
            found[arm.name] = Problem("no-tool", section.lacking)
            continue
        built = section.builds.get(arm.build)
        if built is not None and not built.binary:
            reason: Reason = built.reason or "build-failed"
            found[arm.name] = Problem(reason, built.detail or built.text.strip())
    for trial in section.trials:
        for process in trial.processes:
            if process.reason is not None:
                for name in touched(process):
                    found.setdefault(name, Problem(process.reason, process.detail))
    return found


def touched(process: Process) -> tuple[str, ...]:
    """Return the arms that a process' bad end concerns: those before the last that printed anything had ended."""
    printed = {each.arm for each in process.printed}
    last = max((at for at, arm in enumerate(process.arms) if arm in printed), default=0)
    return process.arms[last:]


def faults(seen: Observed) -> list[LabFault]:
    """Return what went wrong, one line for each different thing."""
    found: dict[tuple[Reason, str], None] = {}
    for arm, problem in seen.problems.items():
        line = _line(problem.detail)
        found.setdefault((problem.reason, f"{arm}: {line}" if len(seen.problems) < 2 else line))
    for name, built in seen.builds.items():
        if built.ok is None and built.reason is not None:
            found.setdefault((built.reason, f"build {name}: {_line(built.detail)}"))
    return [LabFault(seen.experiment.id, seen.go_version, reason, detail) for reason, detail in found]


def _line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0] if lines else ""
