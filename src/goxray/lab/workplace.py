"""The directory in which an experiment is compiled: its Go files, the supporting ones, a go.mod."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.lab.catalogue import SUPPORT
from goxray.lab.experiment import Build, Experiment

_LINE = re.compile(r"\d+\.\d+")
_FUNCTION = re.compile(r"^func (\w+)[(\[]", re.MULTILINE)
_NOT_CODE = frozenset({"claim.toml"})
_BUILDS = "builds"


def go_line(build: Build, go_version: str) -> str:
    """Return the ``go`` line of the build's go.mod: its own, or the toolchain's release line (``1.24`` of 1.24.11).

    That line decides more than syntax: loop variables, timers, and the defaults of GODEBUG follow it.
    """
    if build.go_line:
        return build.go_line
    match = _LINE.search(go_version)
    return match[0] if match else go_version


def lay_out(experiment: Experiment, build: Build, go_version: str, place: Path) -> None:
    """Write what is needed to compile a build into ``place``, which is made.

    The files of the build's folder come with their subfolders, without the experiment's other builds. The supporting
    files are beside them wherever the program calls one of their functions.

    Raises:
        UsageError: the build's folder is missing, or one of its files has the name of a supporting one.
    """
    for name, path in files_of(experiment, build).items():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    if not (place / "go.mod").exists():
        (place / "go.mod").write_text(f"module lab\n\ngo {go_line(build, go_version)}\n", "utf-8")


def by_hand(experiments: Sequence[Experiment], go_versions: Sequence[str], place: Path) -> None:
    """Write what each build is made of to ``place/EXPERIMENT/goVERSION/BUILD``: ``go run .`` runs it there.

    Raises:
        UsageError: a file cannot be written, or a build's folder is missing.
    """
    try:
        for experiment in experiments:
            builds = {"main": Build("main")} if any(experiment.folder.glob("*.go")) else {}
            builds |= {each.name: each for each in experiment.builds if not each.tool}
            for version in go_versions:
                for build in builds.values():
                    lay_out(experiment, build, version, place / experiment.id / f"go{version}" / build.name)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}", hint="name another directory") from error


def files_of(experiment: Experiment, build: Build) -> dict[str, Path]:
    """Return the files that a build is compiled from by their names in the workplace, in order.

    Raises:
        UsageError: see :func:`lay_out`.
    """
    folder = experiment.folder / build.folder
    if not folder.is_dir():
        raise UsageError(f"{experiment.id}: build {build.name} has no folder {build.folder}")
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and name not in _NOT_CODE and not (build.folder == "." and _is_other(name)):
            found[name] = path
    if _wants_support(folder, own=build.folder == "."):
        for path in sorted(SUPPORT.glob("*.go")):
            if path.name in found:
                raise UsageError(f"{experiment.id}: {path.name} is the name of a supporting file")
            found[path.name] = path
    return found


def _is_other(name: str) -> bool:
    return name.split("/", 1)[0] == _BUILDS


def _wants_support(folder: Path, *, own: bool) -> bool:
    if own:
        return True
    given = "|".join(sorted({name for path in SUPPORT.glob("*.go") for name in _FUNCTION.findall(path.read_text())}))
    calls = re.compile(rf"(?<![\w.])(?<!func )({given})\(")
    return any(calls.search(path.read_text("utf-8", "replace")) for path in sorted(folder.glob("*.go")))
