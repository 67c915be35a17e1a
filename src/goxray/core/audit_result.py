"""What ``goxray audit``, ``sbom`` and ``binary`` say: findings with clause, evidence and fix. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from goxray.core.words import Words

AUDIT_SCHEMA_ID = "goxray.audit/1"

Severity = Literal["info", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")

Confidence = Literal["low", "medium", "high"]

Evidence = Literal["source", "binary", "module", "config"]
"""Where a rule looks: S, B, M, C of the catalogue."""

Profile = Literal["default", "gm", "mlps3", "strict"]
PROFILES: tuple[Profile, ...] = ("default", "gm", "mlps3", "strict")


@dataclass(frozen=True)
class Clause:
    """The clause of a standard that a rule serves; ``policy`` where there is none, and none is invented.

    ``standard`` is ``GB/T 22239-2019``, ``GB/T 39786``, ``GM/T 0009`` ...; ``number`` its clause (``8.1.4.4``) or
    empty.
    ``title`` is the clause's short title. The standards' own texts were not at hand when the catalogue was written;
    ``certain`` is true only where number and title were checked against one.
    """

    standard: str
    number: str = ""
    title: Words = Words("", "")
    certain: bool = False

    def __str__(self) -> str:
        """Return it as findings print it: ``GB/T 22239-2019 8.1.4.4`` or ``policy``."""
        return f"{self.standard} {self.number}".strip()


POLICY = Clause("policy", title=Words("the organisation's own policy", "单位自身策略"), certain=True)


@dataclass(frozen=True)
class RuleInfo:
    """A rule as the catalogue shows it. ``bad`` and ``good`` are Go (or configuration) as an example."""

    id: str
    title: Words
    what: Words
    why: Words
    fix: Words
    clause: Clause
    severity: Severity
    evidence: tuple[Evidence, ...]
    bad: str
    good: str
    profiles: tuple[Profile, ...] = PROFILES


@dataclass(frozen=True)
class Place:
    """Where: ``path`` relative to the audited root with ``/``; ``line`` and ``column`` from 1, 0 where there is none.

    ``column`` counts bytes, as Go's tools do; ``utf16`` is the same column in UTF-16 code units, as editors count it,
    and 0 where that is no other number. ``symbol`` is the function around it, a binary's function or library, a
    module's path.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    symbol: str = ""
    utf16: int = 0


@dataclass(frozen=True)
class Step:
    """One step of the evidence: where a value came from, or what was read there."""

    place: Place
    says: Words


@dataclass(frozen=True)
class Suppressed:
    """A finding that somebody accepts: by a comment, the policy or the baseline, with a reason and until when.

    ``until`` is an ISO date; empty only for the baseline.
    """

    by: Literal["comment", "policy", "baseline"]
    reason: str
    until: str = ""


@dataclass(frozen=True)
class AuditFinding:
    """One finding. ``fingerprint`` (hex) stays the same when lines move; it is made of rule, path, symbol and text."""

    rule: str
    severity: Severity
    confidence: Confidence
    place: Place
    message: Words
    clause: str
    fix: Words
    fingerprint: str
    steps: tuple[Step, ...] = ()
    suppressed: Suppressed | None = None
    new: bool = True
    """``--diff``: the finding is not in the revision that is compared with."""


@dataclass(frozen=True)
class FileHealth:
    """What became of a file: ``parsed`` whole, ``partial`` (syntax errors; the rest was looked at), ``failed``."""

    path: str
    kind: Evidence
    status: Literal["parsed", "partial", "failed"]
    detail: str = ""


@dataclass(frozen=True)
class FileCounts:
    """How many files were looked at, by what became of them, with lines and bytes of source."""

    parsed: int = 0
    partial: int = 0
    failed: int = 0
    lines: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Module:
    """A module of the build list. ``wanted_by`` are the modules that require the selected version."""

    path: str
    version: str
    sum: str = ""
    main: bool = False
    indirect: bool = False
    replaced_by: str = ""
    retracted: str = ""
    licence: str = ""
    wanted_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Certificate:
    """The certificate number that the policy's list gives for a module in the version that is built in."""

    module: str
    version: str
    number: str


@dataclass(frozen=True)
class PlatformFit:
    """Whether a binary runs on a platform of the matrix (its id: ``kylin-v10-sp3``), and why or why not."""

    platform: str
    arch: str
    fits: bool
    why: Words = Words("", "")
    name: Words = Words("", "")


@dataclass(frozen=True)
class BinaryFacts:
    """What a Go binary is. None or empty where the file does not tell; ``libraries`` are DT_NEEDED and the like.

    ``glibc`` is the newest GLIBC_x.y that it asks for. ``static`` means: no shared library is needed.
    ``crypto`` are algorithms whose code is linked, which does not mean that it is used.
    """

    path: str
    format: Literal["elf", "pe", "macho"]
    arch: str
    os: str
    go_version: str
    main_path: str
    modules: tuple[Module, ...]
    settings: dict[str, str]
    experiments: tuple[str, ...] = ()
    cgo: bool | None = None
    static: bool | None = None
    interpreter: str = ""
    libraries: tuple[str, ...] = ()
    glibc: str = ""
    pie: bool | None = None
    relro: Literal["none", "partial", "full"] | None = None
    nx: bool | None = None
    symtab: bool | None = None
    dwarf: bool | None = None
    build_id: str = ""
    functions: int = 0
    crypto: tuple[str, ...] = ()
    size: int = 0
    sha256: str = ""
    platforms: tuple[PlatformFit, ...] = ()
    notes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Versions of symbols asked of libraries, as ``libc.so.6:GLIBC_2.34``."""
    gnu_build_id: str = ""
    """In hexadecimal; ``build_id`` is Go's own."""


@dataclass(frozen=True)
class Debt:
    """One of the five figures of technical debt, from real inputs; ``value`` is None where the input is missing."""

    name: Literal["dependency_age", "uncovered_branches", "config_drift", "vulnerable_density", "api_drift"]
    value: float | None
    unit: str
    detail: Words
    inputs: tuple[str, ...] = ()
    trend: tuple[tuple[str, float], ...] = ()
    """Earlier values by ISO date, oldest first."""


@dataclass(frozen=True)
class AuditResult:
    """A run of the audit: everything that a report shows. Findings are in a stable order."""

    roots: tuple[str, ...]
    profile: Profile
    rules: tuple[RuleInfo, ...]
    findings: tuple[AuditFinding, ...]
    files: FileCounts
    unhealthy: tuple[FileHealth, ...] = ()
    modules: tuple[Module, ...] = ()
    binaries: tuple[BinaryFacts, ...] = ()
    debts: tuple[Debt, ...] = ()
    database_date: str = ""
    database: bool = False
    """Whether there was one: its advisories may all be without a date."""
    policy: str = ""
    notes: tuple[Words, ...] = ()
    reused: int = 0
    """Files whose facts came from the cache of an earlier run."""
    toolchain: str = ""
    """``--types``: the toolchain that gave exact types."""
    compared: str = ""
    """``--diff``: the revision that was compared with."""
    certificates: tuple[Certificate, ...] = ()
