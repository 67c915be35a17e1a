"""What ``claim.toml`` of an experiment holds. Nothing here says what is true: verdicts come from measurements."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from goxray.core.words import Words

PredicateKind = Literal["equals", "between", "ratio_at_least", "monotone", "absent", "present", "compiles"]

TOPICS = (
    "map-layout",
    "map-growth",
    "map-delete",
    "map-gc",
    "gc-log",
    "hash-abi",
    "heap-profile",
    "sync",
    "goroutines",
    "network",
    "queues",
    "control",
    "encoding",
    "builds",
    "crypto",
)
"""What ``--topic`` takes."""


@dataclass(frozen=True)
class Build:
    """One way to compile: ``main`` is the experiment's own folder with no flags.

    ``folder`` is relative to the experiment (``.`` or ``builds/<name>``). ``env`` goes to the ``go`` command
    (CGO_ENABLED, GOARCH, GOOS, GOEXPERIMENT), ``flags`` after ``go build``. ``twice`` builds a second time from another
    directory and cache, and compares the bits. ``tool`` replaces ``go build`` by another ``go`` subcommand whose output
    is kept as the build's text (``vet .``, ``tool nm {binary}``); ``of`` names the build whose binary it gets.
    ``needs`` names what the machine must have: ``cc``, ``race``. ``go_line`` is go.mod's ``go`` line; empty: the
    toolchain's own.
    """

    name: str
    folder: str = "."
    flags: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    twice: bool = False
    tool: tuple[str, ...] = ()
    of: str = "main"
    needs: tuple[str, ...] = ()
    go_line: str = ""


@dataclass(frozen=True)
class Arm:
    """One of the things compared. Arms with equal build, env and args share a process unless they are ``separate``.

    ``crash_expected``: the program may end with a failure; what it wrote is looked at all the same.
    """

    name: str
    build: str = "main"
    env: dict[str, str] = field(default_factory=dict)
    args: tuple[str, ...] = ()
    separate: bool = False
    crash_expected: bool = False


@dataclass(frozen=True)
class Run:
    """How ``main.go`` runs. ``exact`` names figures that are the same in every right run (``*``: all of them).

    ``quick`` and ``thorough`` are the most trials of each mode; 0: the runner's own choice. ``timeout_s`` is that of
    one process. ``tight`` is the relative half-width of the deciding interval at which a thorough run may stop.
    ``alone`` keeps other work off the machine while it runs (times); false where only counts and bytes are measured.
    """

    arms: tuple[Arm, ...] = (Arm("main"),)
    exact: tuple[str, ...] = ()
    quick: int = 0
    thorough: int = 0
    timeout_s: float = 20.0
    tight: float = 0.02
    alone: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceValue:
    """A figure read from the toolchain's source: the first group of ``pattern`` in the first file that has it.

    ``files`` are globs under GOROOT/src, tried in order. ``text`` values count 1 where found, else 0.
    """

    name: str
    files: tuple[str, ...]
    pattern: str
    unit: str = "1"


@dataclass(frozen=True)
class ModelValue:
    """What goxray's model says of a figure: the median over many seeds of ``figure`` after ``steps``.

    ``map`` is Go's spelling (``map[int64]int64``), ``steps`` words such as ``i1000`` (assign so many new keys), ``d10``
    (delete so many), ``c`` (clear). It stands beside ``measure`` of ``arm`` and ``case``. ``gc`` takes the place of
    ``map`` and ``steps``: a scenario of the collector's model (docs/model-gc.md), of whose last step ``figure`` is told
    (GcStep; num_gc, mallocs and frees as they grew since the start of main).
    """

    measure: str
    map: str
    figure: str
    hint: int = 0
    steps: tuple[str, ...] = ()
    arm: str = ""
    case: str = ""
    gc: str = ""


@dataclass(frozen=True)
class Figure:
    """Which figure: a measure of an arm in a case; an empty ``arm`` or ``case`` means each that was printed."""

    measure: str
    arm: str = ""
    case: str = ""


@dataclass(frozen=True)
class Predicate:
    """What the claim says of a figure, a text or a build.

    - ``equals``: ``figure`` is ``value`` (or equals the figure ``over``); ``tolerance`` is relative.
    - ``between``: ``low <= figure <= high``; either may be absent.
    - ``ratio_at_least``: ``figure / over >= value``, paired trial by trial.
    - ``monotone``: ``figure`` rises (``direction = "rising"``), falls, or never falls / never rises (``not-falling``,
      ``not-rising``) along ``along``, a list of cases.
    - ``present``/``absent``: ``pattern`` (a regular expression, multi-line) is (not) found in ``where``: one of
      ``stdout:ARM``, ``stderr:ARM``, ``build:NAME`` (what the go command wrote), ``symbols:NAME`` (function names in
      the binary's pclntab), ``source:GLOB`` (under GOROOT/src; several globs separated by spaces).
    - ``compiles``: build ``build`` compiles (``value = 1``, the default) or is refused (``value = 0``).
    """

    kind: PredicateKind
    figure: Figure | None = None
    over: Figure | None = None
    value: float | None = None
    tolerance: float = 0.0
    low: float | None = None
    high: float | None = None
    along: tuple[str, ...] = ()
    direction: str = ""
    where: str = ""
    pattern: str = ""
    build: str = ""
    says: Words | None = None


@dataclass(frozen=True)
class Claim:
    """One published claim; all ``predicates`` must hold for it to hold, all ``checks`` for it to be judged.

    A predicate whose figure names no case is judged in each case that the program printed: where it holds in some of
    them only, the claim is CONDITIONAL on those. ``decided_by`` is the figure that is shown; without it the first
    predicate's.
    """

    id: str
    section: str
    text: Words
    refuted_by: Words
    predicates: tuple[Predicate, ...]
    checks: tuple[Predicate, ...] = ()
    decided_by: Figure | None = None
    decided_over: Figure | None = None
    speaks_of: str = ""
    cannot: Words | None = None
    needs: Words | None = None

    @property
    def article(self) -> str:
        """The number of the article: ``000`` of ``C000-04``."""
        return self.id[1:4]


@dataclass(frozen=True)
class Experiment:
    """A folder of the catalogue. ``run`` is None where nothing is executed."""

    id: str
    topic: str
    title: Words
    about: Words
    folder: Path
    claims: tuple[Claim, ...]
    run: Run | None
    builds: tuple[Build, ...] = ()
    sources: tuple[SourceValue, ...] = ()
    models: tuple[ModelValue, ...] = ()
