"""What ``goxray lab`` says: claims, what was measured, the verdict on each with each Go version. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from goxray.core.words import Words

LAB_SCHEMA_ID = "goxray.lab/1"

Verdict = Literal["SUPPORTED", "REFUTED", "CONDITIONAL", "INCONCLUSIVE"]

Method = Literal["run", "build", "source", "none"]
"""What decided: a program that ran, a build (and its output), the text of the toolchain's source, or nothing."""

Outcome = Literal["holds", "fails", "unsure"]

Reason = Literal[
    "noise",  # the interval of the figure holds what the claim says and what it does not
    "few-trials",  # too few trials for a figure that is not declared exact
    "not-measured",  # the program printed no such figure
    "build-failed",
    "crashed",
    "timed-out",
    "no-tool",  # a C compiler, a race detector, a kernel feature is missing here
    "no-source",  # the toolchain's source has no such file
    "check-failed",  # the experiment's own check on itself failed
    "cannot",  # cannot be tested on one machine
    "other-versions",  # over all versions: the claim speaks of none of those that ran
    "not-run",  # interrupted or over the budget before the first trial
]
"""Why a verdict is INCONCLUSIVE; the words are the renderer's."""


@dataclass(frozen=True)
class Saying:
    """What one predicate of a claim says, for people and for the lines of a plot.

    ``kind`` and the other members are those of :class:`goxray.lab.experiment.Predicate`; ``over`` is the figure (name,
    arm, case) that the first is compared to or divided by. ``low`` and ``high`` are the ends of what the claim allows,
    None where it has no such end: of ``equals`` with a ``tolerance`` of nothing both are the value. ``check`` marks the
    experiment's check on itself.
    """

    kind: str
    name: str = ""
    arm: str = ""
    case: str = ""
    over: tuple[str, str, str] | None = None
    low: float | None = None
    high: float | None = None
    along: tuple[str, ...] = ()
    direction: str = ""
    where: str = ""
    pattern: str = ""
    build: str = ""
    says: Words | None = None
    tolerance: float = 0.0
    check: bool = False


@dataclass(frozen=True)
class ClaimInfo:
    """A published claim, in our words. ``cannot`` says why it, or a part of it, cannot be tested on one machine."""

    id: str
    experiment: str
    topic: str
    article: str
    section: str
    text: Words
    refuted_by: Words
    speaks_of: str
    cannot: Words | None = None
    needs: Words | None = None
    sayings: tuple[Saying, ...] = ()


@dataclass(frozen=True)
class Deciding:
    """The one figure that decides: its median over the trials and the ends of its interval, in ``unit``.

    ``low == high == value`` for a figure that was the same in every trial. ``predicted`` is what goxray's model says of
    the same figure, where it applies.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    arm: str = ""
    case: str = ""
    predicted: float | None = None


@dataclass(frozen=True)
class Part:
    """What one predicate came to, in one case (``case`` is empty where the figure has none).

    ``text`` is the predicate in the toolchain's or the program's terms, ``evidence`` what was found: a figure with its
    interval, or the line of the source or output that matched.
    """

    kind: str
    text: str
    outcome: Outcome
    evidence: str
    case: str = ""
    reason: Reason | None = None
    says: Words | None = None


@dataclass(frozen=True)
class VersionVerdict:
    """The verdict on one claim with one toolchain.

    ``condition`` lists the cases in which a CONDITIONAL claim holds, ``otherwise`` those in which it does not.
    ``reason`` and ``detail`` say why it is INCONCLUSIVE. ``go_line`` is the ``go`` line of the go.mod it was built
    with. ``part_only`` marks a verdict on the part of a claim that can be tested here. ``spoken_of`` is false where the
    claim speaks of other versions than this: it then does not count for the verdict over all of them.
    """

    claim: str
    experiment: str
    go_version: str
    go_line: str
    verdict: Verdict
    method: Method
    trials: int
    source_sha256: str
    condition: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    deciding: Deciding | None = None
    parts: tuple[Part, ...] = ()
    part_only: bool = False
    spoken_of: bool = True


@dataclass(frozen=True)
class OverallVerdict:
    """The verdict over all versions: theirs where they agree, else CONDITIONAL on the version.

    ``holds_on``, ``fails_on`` and ``unsure_on`` are the versions by what they said, oldest first.
    ``reason`` is why it is INCONCLUSIVE, or else why the versions of ``unsure_on`` are.
    """

    claim: str
    experiment: str
    verdict: Verdict
    holds_on: tuple[str, ...] = ()
    fails_on: tuple[str, ...] = ()
    conditional_on: tuple[str, ...] = ()
    unsure_on: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True)
class Measured:
    """One figure of one arm and case with one toolchain: a value a trial, in the order of the trials.

    ``low`` and ``high`` are the ends of the interval of the median; ``predicted`` is the model's value, where it
    applies.
    """

    experiment: str
    go_version: str
    arm: str
    case: str
    name: str
    unit: str
    exact: bool
    values: tuple[float, ...]
    median: float
    low: float
    high: float
    predicted: float | None = None


@dataclass(frozen=True)
class ExperimentInfo:
    """An experiment of the catalogue; ``title`` and ``about`` (how it measures) for people."""

    id: str
    topic: str
    title: Words
    about: Words
    claims: tuple[str, ...]
    arms: tuple[str, ...]
    method: Method
    source_sha256: str


@dataclass(frozen=True)
class MachineInfo:
    """Where and how calm: ``noise`` is the relative spread (interquartile range / median) of a fixed loop's time."""

    kernel: str
    cpu: str
    cores: int
    memory_bytes: int
    noise: float | None = None


@dataclass(frozen=True)
class LabFault:
    """What went wrong with one experiment on one version; nothing else is touched by it."""

    experiment: str
    go_version: str
    reason: Reason
    detail: str


@dataclass(frozen=True)
class LabResult:
    """A run of the lab, or what earlier runs left: everything that a report shows.

    ``kept_in`` is the directory of the raw results. ``mode`` is ``kept`` where they come from earlier runs.
    """

    mode: str
    versions: tuple[str, ...]
    claims: tuple[ClaimInfo, ...]
    experiments: tuple[ExperimentInfo, ...]
    verdicts: tuple[VersionVerdict, ...]
    overall: tuple[OverallVerdict, ...]
    measured: tuple[Measured, ...]
    machine: MachineInfo
    started: str
    seconds: float
    faults: tuple[LabFault, ...] = ()
    interrupted: bool = False
    kept_in: str = ""


@dataclass(frozen=True)
class Catalogue:
    """What ``goxray lab list`` and ``lab show`` tell without running anything; ``known`` is what earlier runs found."""

    experiments: tuple[ExperimentInfo, ...]
    claims: tuple[ClaimInfo, ...]
    known: tuple[VersionVerdict, ...] = ()
    overall: tuple[OverallVerdict, ...] = ()
    measured: tuple[Measured, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    """``lab show``: the experiment's files by name."""


@dataclass(frozen=True)
class ToolchainInfo:
    """A Go toolchain: ``source`` is ``cache``, ``GOROOT`` or ``PATH``; ``root`` is empty where it is not installed."""

    version: str
    source: str
    root: str
    verified: bool


@dataclass(frozen=True)
class ToolchainList:
    """What ``goxray lab toolchains`` tells."""

    toolchains: tuple[ToolchainInfo, ...]
    cache: str
