"""What ``goxray advise`` says: findings, the biggest gain first. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ADVISE_SCHEMA_ID = "goxray.advise/1"

Gain = Literal["heap", "peak", "allocated", "scan", "at once"]
"""What ``gain_bytes`` counts: bytes that stay on the heap, the most held while a map grows, bytes allocated in all
(work for the collector, not memory held), bytes that each collection looks through, or bytes that one write allocates.
"""


@dataclass(frozen=True)
class Wording:
    """What a finding says in one language. ``change`` is Go code, its comments apart."""

    title: str
    why: str
    change: str
    cost: str
    when_wrong: str


@dataclass(frozen=True)
class Finding:
    """One thing to change.

    ``rule`` is its stable id. ``owner`` is the Go expression that holds the memory and ``addr`` the address of the one
    object meant (0: several, or none). ``gain_bytes`` is what the change saves by prediction, ``gain_low`` to
    ``gain_high`` the 5th to 95th percentile; negative where a change would cost (the upgrade forecast says both).
    ``title`` says what is the matter in one line, ``why`` with which figures, ``change`` is the code change in Go,
    ``cost`` what it costs, ``when_wrong`` when the advice does not hold. ``count`` is how many maps or objects it is
    about, ``gain_of`` what the gain counts. ``chinese`` says the same in Chinese.
    """

    rule: str
    owner: str
    addr: int
    gain_bytes: int
    gain_low: int
    gain_high: int
    title: str
    why: str
    change: str
    cost: str
    when_wrong: str
    count: int = 1
    gain_of: Gain = "heap"
    chinese: Wording | None = None


@dataclass(frozen=True)
class Forecast:
    """All live maps of one type re-run on another Go version: bytes now and there (5th to 95th percentile)."""

    go_version: str
    type: str
    owner: str
    count: int
    entries: int
    bytes_now: int
    bytes_there: int
    low: int
    high: int


@dataclass(frozen=True)
class AdviseResult:
    """Everything that one run of ``goxray advise`` says; ``source`` is process, core, snapshot or profile.

    ``findings_total`` is how many findings there are without the limit asked for. ``go_version`` and ``goarch`` are
    empty for a profile, which does not tell them.
    """

    target: str
    source: Literal["process", "core", "snapshot", "profile"]
    go_version: str
    goarch: str
    findings: list[Finding] = field(default_factory=list)
    forecast: list[Forecast] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unverified: bool = False
    findings_total: int = 0
