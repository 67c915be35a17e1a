"""What one experiment gave with one toolchain: what the runner hands to the judge. Raw facts, no verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from goxray.core.lab_result import Reason
from goxray.lab.experiment import Experiment

Mode = Literal["quick", "normal", "thorough"]


class Key(NamedTuple):
    """Which figure: what the program calls it, in which case, of which arm (or build)."""

    arm: str
    case: str
    name: str


@dataclass(frozen=True)
class Sample:
    """One figure: a value a trial, in the order of the trials; None where a trial did not print it.

    A trial that prints a figure several times counts with the median. ``exact``: the experiment declares that every
    right run gives the same value.
    """

    key: Key
    unit: str
    exact: bool
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class BuildOutcome:
    """What a build came to: ``text`` is what the go command wrote. ``reason`` is None where it worked or was refused.

    ``ok`` is None where the build was not tried (a tool is missing); ``reason`` says so.
    """

    name: str
    ok: bool | None
    text: str
    binary: Path | None = None
    symbols: tuple[str, ...] = ()
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True)
class Problem:
    """Why an arm gave no figures, or gave them in some trials only."""

    reason: Reason
    detail: str


@dataclass(frozen=True)
class Observed:
    """Everything that was seen of one experiment with one toolchain.

    ``samples`` holds the program's figures, and of its own: for each arm ``exit_status``, ``max_rss`` (bytes, of its
    process), ``wall_s``, ``cpu_s``; for each build (as the arm of the key) ``compiled``, ``build_s``, ``size_bytes``,
    ``static``, ``needed`` (shared libraries), ``symtab``, ``dwarf``, ``functions`` (names in pclntab), ``same_bits``
    (``twice``); for each ``[[source]]`` its value under the arm ``""``. ``texts`` is by place: ``stdout:ARM``,
    ``stderr:ARM``, ``build:NAME``. ``goroot`` is where ``source:`` looks; None where the toolchain has no source.
    ``predicted`` is the model's word on a figure. ``noise`` is the machine's during the trials (see MachineInfo).
    """

    experiment: Experiment
    go_version: str
    go_line: str
    source_sha256: str
    mode: Mode
    trials: int
    goroot: Path | None
    samples: dict[Key, Sample] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    builds: dict[str, BuildOutcome] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    predicted: dict[Key, float] = field(default_factory=dict)
    noise: float | None = None
