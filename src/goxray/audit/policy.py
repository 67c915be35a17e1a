"""What the organisation demands: ``goxray.toml``. Rules ask it; they never read a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from goxray.core.audit_result import Profile, Severity


@dataclass(frozen=True)
class Allowed:
    """A module that may be used: path (a trailing ``/...`` covers what is below), version range, certificate number."""

    path: str
    versions: str = ""
    certificate: str = ""


@dataclass(frozen=True)
class Acceptance:
    """Findings that are accepted: by rule, path pattern and, where given, symbol; reason and end date are required."""

    rule: str
    path: str
    reason: str
    until: str
    symbol: str = ""


@dataclass(frozen=True)
class Policy:
    """The policy of a run; the defaults are those without a file.

    ``endpoints`` are hosts that the service may speak to. ``personal_names`` extend the names that stand for personal
    data. ``linkage`` is ``static``, ``dynamic`` or empty (no demand); ``platforms`` are ids of the platform matrix.
    ``clock_source`` names the declared source of time. ``signer_id`` is the SM2 signer's ID.
    ``gm_tls`` asks for GM TLS (TLCP or RFC 8998) whatever the profile; the profile ``gm`` asks for it anyway.
    """

    profile: Profile = "default"
    path: str = ""
    disabled: frozenset[str] = frozenset()
    severities: dict[str, Severity] = field(default_factory=dict)
    accepted: tuple[Acceptance, ...] = ()
    modules: tuple[Allowed, ...] = ()
    endpoints: tuple[str, ...] = ()
    personal_names: tuple[str, ...] = ()
    linkage: str = ""
    platforms: tuple[str, ...] = ()
    arches: tuple[str, ...] = ()
    clock_source: str = ""
    signer_id: str = "1234567812345678"
    retention_days: int = 184
    gm_tls: bool = False
    exclude: tuple[str, ...] = ()
