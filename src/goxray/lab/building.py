"""The builds of an experiment, kept by what they are made of: a second run of the same sources builds nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.core.lab_result import Reason
from goxray.lab import binaryfacts
from goxray.lab.experiment import Build, Experiment
from goxray.lab.gocommand import Said, go
from goxray.lab.needs import Needs
from goxray.lab.workplace import files_of, go_line, lay_out
from goxray.target.toolchains import Toolchain

_FORMAT = 1  # counts up when what is kept means something else
_TIMEOUT_S = 300.0
MOST_KEPT = 4 << 30  # bytes; the catalogue on four versions takes about 1.5 GiB
_IN_USE_S = 6 * 3600.0
_MATTERS = ("CC", "CXX", "CGO_CFLAGS", "CGO_LDFLAGS", "PATH")
_NOT_THE_PROGRAM = ("no space left on device", "cannot allocate memory", "signal: killed", "too many open files")
"""What the go command says where the machine failed, not the program."""


@dataclass(frozen=True)
class Built:
    """What a build came to: see :class:`goxray.lab.observed.BuildOutcome`. ``facts`` by the names predicates use."""

    name: str
    ok: bool | None
    text: str = ""
    binary: str = ""
    facts: dict[str, float] = field(default_factory=dict)
    reason: Reason | None = None
    detail: str = ""


class Builder:
    """Builds one experiment with one toolchain; ``cache`` is where finished builds are kept."""

    def __init__(
        self,
        experiment: Experiment,
        toolchain: Toolchain,
        cache: Path,
        needs: Needs,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._experiment = experiment
        self._toolchain = toolchain
        self._cache = cache
        self._needs = needs
        self._stopping = stopping
        self._done: dict[str, Built] = {}
        self._known = {"main": Build("main")} | {each.name: each for each in experiment.builds}

    def build(self, name: str) -> Built:
        """Return the outcome of a build, made now where it is not kept; it never raises for what the program is."""
        if name not in self._done:
            self._done[name] = self._build(self._known[name])
        return self._done[name]

    def lacking(self, needs: tuple[str, ...]) -> str:
        """Return why the first of what an experiment needs is missing; empty where all is there."""
        return self._needs.missing(needs, self._toolchain)

    def _build(self, build: Build) -> Built:
        lacking = self.lacking(build.needs)
        if lacking:
            return Built(build.name, None, reason="no-tool", detail=lacking)
        of = self._of(build)
        if of is not None and not of.binary:
            return Built(build.name, None, reason="build-failed", detail=f"it looks at {of.name}, which is not there")
        try:
            key = self._key(build, of)
        except UsageError as error:
            return Built(build.name, None, reason="build-failed", detail=str(error))
        kept = self._cache / key
        return self._read(build, kept) or self._make(build, kept, of)

    def _of(self, build: Build) -> Built | None:
        """The outcome of the build whose binary a tool looks at; None where it looks at none."""
        wants = any("{binary}" in word for word in build.tool)
        return self.build(build.of) if wants and build.of != build.name else None

    def _key(self, build: Build, of: Built | None) -> str:
        digest = hashlib.sha256()
        command = self._toolchain.go.stat()
        identity = [_FORMAT, self._toolchain.version, str(self._toolchain.root), command.st_size, command.st_mtime_ns]
        settings = {name: os.environ.get(name, "") for name in _MATTERS}
        digest.update(json.dumps([identity, asdict(build), settings, of.binary if of else ""]).encode())
        for name, path in files_of(self._experiment, build).items():
            content = path.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:40]

    def _read(self, build: Build, kept: Path) -> Built | None:
        try:
            values = json.loads((kept / "outcome.json").read_text("utf-8"))
            os.utime(kept)  # it was used: see prune
            binary = kept / "program"
            if values["ok"] and not build.tool and not binary.is_file():
                return None
            path = str(binary) if binary.is_file() else ""
            return Built(build.name, values["ok"], values["text"], path, values["facts"], None, values["detail"])
        except (OSError, ValueError, KeyError):
            return None

    def _make(self, build: Build, kept: Path, of: Built | None) -> Built:
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".making-", dir=self._cache) as name:
                place = Path(name)
                found = self._compile(build, place, of)
                if found.ok is None:
                    return found
                kept_facts = {"ok": found.ok, "text": found.text, "facts": found.facts, "detail": found.detail}
                (place / "outcome.json").write_text(json.dumps(kept_facts), "utf-8")
                shutil.rmtree(place / "work", ignore_errors=True)
                self._keep(place, kept)
        except OSError as error:
            return Built(build.name, None, reason="build-failed", detail=f"{error.strerror}: {error.filename}")
        return self._read(build, kept) or Built(
            build.name, None, reason="build-failed", detail=f"{kept} disappeared while it was made"
        )

    @staticmethod
    def _keep(place: Path, kept: Path) -> None:
        """Give a finished build its name; where another run was faster its build is as good."""
        whole = kept.with_name(f".{kept.name}-{place.name}")
        whole.mkdir()
        for path in place.iterdir():
            path.rename(whole / path.name)
        try:
            whole.rename(kept)
        except OSError:
            if not (kept / "outcome.json").is_file():
                shutil.rmtree(kept, ignore_errors=True)
                whole.rename(kept)
            shutil.rmtree(whole, ignore_errors=True)

    def _compile(self, build: Build, place: Path, of: Built | None) -> Built:
        work = place / "work" / "lab"
        lay_out(self._experiment, build, self._toolchain.version, work)
        program = place / "program"
        if build.tool:
            words = [word.replace("{binary}", of.binary if of else "") for word in build.tool]
            said = self._go(words, work, build)
        else:
            said = self._go(["build", "-o", str(program), *build.flags, "."], work, build)
        if said.status is None or (said.status != 0 and any(word in said.text for word in _NOT_THE_PROGRAM)):
            return Built(build.name, None, said.text, reason="build-failed", detail=_last(said.text))
        values = {"compiled": float(said.status == 0), "build_s": said.seconds}
        detail = ""
        if program.is_file():
            facts = binaryfacts.facts(program)
            values |= facts.values
            detail = facts.why
        if build.twice and said.status == 0 and not build.tool:
            same = self._again(build, place, program)
            if isinstance(same, Said):
                return Built(build.name, None, same.text, reason="build-failed", detail=_last(same.text))
            values["same_bits"] = float(same)
        return Built(build.name, said.status == 0, said.text, str(program), values, None, detail)

    def _again(self, build: Build, place: Path, program: Path) -> bool | Said:
        """Build once more from another directory with another Go cache: nothing but the sources is shared.

        That cache serves second builds only, so that all in it was compiled apart from what the first builds use, and
        the standard library need not be compiled each time.
        """
        work = place / "work" / "another place" / "of the same lab"
        lay_out(self._experiment, build, self._toolchain.version, work)
        second = place / "work" / "second"
        apart = {"GOCACHE": str(self._cache.parent / "second-go-build")}
        said = self._go(["build", "-o", str(second), *build.flags, "."], work, build, apart)
        if said.status != 0:
            return said
        return program.read_bytes() == second.read_bytes()

    def _go(self, words: list[str], work: Path, build: Build, extra: dict[str, str] | None = None) -> Said:
        env = {**build.env, **(extra or {})}
        return go(self._toolchain, words, work, env=env, timeout_s=_TIMEOUT_S, stopping=self._stopping)


def prune(cache: Path, most_bytes: int = MOST_KEPT) -> None:
    """Remove the builds that were not used for longest, until the rest takes no more than ``most_bytes``.

    What was used within the last hours stays: another run may be at it.
    """
    found = []
    for kept in cache.glob("[0-9a-f]*"):
        with suppress(OSError):
            size = sum(path.stat().st_size for path in kept.iterdir())
            found.append((kept.stat().st_mtime, size, kept))
    total = sum(size for _, size, _ in found)
    for used, size, kept in sorted(found):
        if total <= most_bytes or time.time() - used < _IN_USE_S:
            return
        shutil.rmtree(kept, ignore_errors=True)
        total -= size


def line_of(experiment: Experiment, toolchain: Toolchain) -> str:
    """Return the ``go`` line that the experiment's main build has with a toolchain."""
    own = next((each for each in experiment.builds if each.name == "main"), Build("main"))
    return go_line(own, toolchain.version)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "the go command said nothing"
