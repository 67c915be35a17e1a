"""Raw results on disk: what each trial gave, one line a trial, written when it ends, so that nothing is lost.

``lab/results/EXPERIMENT/VERSION/SOURCE-MODE-MACHINE.jsonl`` under goxray's cache. A header line begins a section: a
run that starts anew. Later runs of the same mode append a section; a run that resumes appends trials to the last one.
A torn last line, which a killed run leaves, is not counted and is cut off before anything is appended.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import RawIOBase
from pathlib import Path
from typing import Any

from goxray.core.errors import UsageError
from goxray.core.lab_result import MachineInfo
from goxray.lab.building import Built
from goxray.lab.host import mark_of
from goxray.lab.observed import Mode
from goxray.lab.room import locked
from goxray.lab.trial import Printed, Process, Trial

_ASIDE = ".old"
_ROTATE = 32 << 20  # bytes above which a file is set aside when a new section begins


@dataclass(frozen=True)
class Header:
    """What a section's trials have in common. ``goroot`` is where the toolchain was, ``started`` UTC (ISO 8601)."""

    experiment: str
    source_sha256: str
    go_version: str
    go_line: str
    goroot: str
    mode: Mode
    seed: int
    machine: MachineInfo
    boot: str
    goxray: str
    started: str


_NOBODYS = Header("", "", "", "", "", "quick", 0, MachineInfo("", "", 0, 0), "", "", "")


@dataclass
class Section:
    """A header, the builds, and the whole trials, in their order.

    ``lacking`` says what the machine lacks that the programs need; nothing is run then.
    """

    header: Header
    builds: dict[str, Built] = field(default_factory=dict)
    symbols: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    finished: bool = False
    lacking: str = ""


class Keeper:
    """The results of one experiment with one toolchain, one mode and one machine, in a file under ``base``."""

    def __init__(self, base: Path, header: Header) -> None:
        self.header = header
        folder = base / header.experiment / header.go_version
        self.path = folder / f"{header.source_sha256[:16]}-{header.mode}-{mark_of(header.machine)}.jsonl"

    @contextmanager
    def held(self, *, resume: bool, stopping: Callable[[], bool] = lambda: False) -> Iterator[Writer]:
        """Give the file for one run; another run of the same waits.

        With ``resume`` the last section is gone on with, where there is one; without, a new one is begun.

        Raises:
            UsageError: the file cannot be written.
        """
        with locked(self.path.with_suffix(".lock"), shared=False, stopping=stopping):
            section = read(self.path) if resume else None
            with os.fdopen(self._open(anew=section is None), "ab", buffering=0) as out:
                writer = Writer(out, section or Section(self.header))
                if section is None:
                    writer.put({"header": asdict(self.header)})
                yield writer

    def _open(self, *, anew: bool) -> int:
        try:
            return self._opened(anew)
        except OSError as error:
            raise _cannot(error, str(self.path)) from error

    def _opened(self, anew: bool) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if anew and self.path.exists() and self.path.stat().st_size > _ROTATE:
            self.path.replace(self.path.with_suffix(_ASIDE))
        number = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        whole = _whole_lines(number)
        if whole is not None:
            os.ftruncate(number, whole)
        return number


class Writer:
    """Appends to a section, in the file and in memory."""

    def __init__(self, out: RawIOBase, section: Section) -> None:
        self._out = out
        self.section = section

    def put(self, line: dict[str, object]) -> None:
        """Append one line.

        Raises:
            UsageError: the disk is full, or the file cannot be written any more.
        """
        data = memoryview(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        try:
            while data:
                data = data[self._out.write(data) or 0 :]
        except OSError as error:
            raise _cannot(error, "the results") from error

    def built(self, built: Built, symbols: tuple[str, ...] = ()) -> None:
        """Keep a build's outcome; ``symbols`` are its functions, where a predicate looks at them."""
        if self.section.builds.get(built.name) != built or self.section.symbols.get(built.name, ()) != symbols:
            self.put({"build": asdict(built), "symbols": list(symbols)})
        self.section.builds[built.name] = built
        self.section.symbols[built.name] = symbols

    def trial(self, trial: Trial) -> None:
        """Keep a trial that has ended."""
        self.put({"trial": asdict(trial)})
        self.section.trials.append(trial)

    def lacks(self, what: str) -> None:
        """Say what the machine lacks, nothing where it lacks nothing."""
        if what != self.section.lacking:
            self.put({"lacking": what})
        self.section.lacking = what

    def finish(self) -> None:
        """Say that nothing more was to be measured."""
        if not self.section.finished:
            self.put({"finished": True})
        self.section.finished = True


def _cannot(error: OSError, what: str) -> UsageError:
    hint = "give --results DIR a place that you may write to"
    return UsageError(f"cannot write {what}: {error.strerror}", hint=hint)


def read(path: Path) -> Section | None:
    """Return the last section of a file in which anything came to an end, None where there is none.

    Lines that are damaged are passed over. Where the file has none, the one that was set aside for its size counts.
    """
    return _last(path) or _last(path.with_suffix(_ASIDE))


def _last(path: Path) -> Section | None:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return None
    sections = [Section(_NOBODYS)]  # of lines that no header stands before
    for line in lines[:-1]:  # what follows the last newline is torn
        try:
            _take(sections, json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    sections = [each for each in sections if each.header is not _NOBODYS]
    whole = [each for each in sections if each.trials or each.builds or each.finished]
    return whole[-1] if whole else None


def results_of(base: Path, experiment: str, source_sha256: str) -> Iterator[Section]:
    """Yield what is kept of an experiment's present source, by version and mode, in the order of the files' names."""
    for path in sorted(base.glob(f"{experiment}/*/{source_sha256[:16]}-*.jsonl")):
        section = read(path)
        if section is not None and section.header.source_sha256 == source_sha256:
            yield section


def _take(sections: list[Section], line: Any) -> None:
    if not isinstance(line, dict):
        return
    if "header" in line:
        sections.append(Section(_NOBODYS))  # whose header cannot be read, its trials are nobody's
        values = dict(line["header"])
        values["machine"] = MachineInfo(**values["machine"])
        sections[-1] = Section(Header(**values))
    elif "build" in line:
        built = Built(**line["build"])
        sections[-1].builds[built.name] = built
        sections[-1].symbols[built.name] = tuple(line["symbols"])
    elif "trial" in line:
        trial = _trial(line["trial"])
        kept = sections[-1].trials
        if trial.number == len(kept):
            kept.append(trial)
    elif "lacking" in line:
        sections[-1].lacking = str(line["lacking"])
    elif "finished" in line:
        sections[-1].finished = True


def _trial(values: Mapping[str, Any]) -> Trial:
    processes = []
    for each in values["processes"]:
        printed = tuple(Printed(**one) for one in each.pop("printed"))
        processes.append(Process(arms=tuple(each.pop("arms")), printed=printed, **each))
    return Trial(values["number"], tuple(processes))


def _whole_lines(number: int) -> int | None:
    """Return the bytes up to the last newline where something torn follows it, else None."""
    size = os.fstat(number).st_size
    at = size
    while at > 0:
        start = max(0, at - (1 << 16))
        data = os.pread(number, at - start, start)
        place = data.rfind(b"\n")
        if place >= 0:
            end = start + place + 1
            return end if end != size else None
        at = start
    return 0 if size else None
