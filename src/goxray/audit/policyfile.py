"""``goxray.toml``: what the organisation demands, read strictly."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

from goxray.audit.modules.versions import within
from goxray.audit.policy import Acceptance, Allowed, Policy
from goxray.core.audit_result import PROFILES, SEVERITIES, Profile, Severity
from goxray.core.errors import UsageError
from goxray.core.toml_table import Table

NAME = "goxray.toml"
_LARGEST = 1 << 20
_HINT = "docs/audit.md lists every key of goxray.toml"
_SEVERITIES: dict[str, Severity] = {name: name for name in SEVERITIES}
_PROFILES: dict[str, Profile] = {name: name for name in PROFILES}
_LINKAGE = ("", "static", "dynamic")


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        UsageError: the file cannot be read or is no TOML, a key is unknown or of the wrong kind, a date is none, an
            acceptance has no reason or end, a range is none.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise UsageError(f"{path} has more than {_LARGEST:,} bytes: no policy is so long", hint=_HINT)
        values = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint=_HINT) from error
    except RecursionError:
        raise UsageError(f"{path} is not TOML: nested too deep", hint=_HINT) from None
    except ValueError as error:
        raise UsageError(f"{path} is not TOML: {error}", hint=_HINT) from error
    table = Table(values, path.name, _HINT)
    found = _policy(table)
    table.finish()
    return replace(found, path=str(path))


def find_policy(directory: Path) -> Path | None:
    """Return the goxray.toml of a directory, or of the nearest one above it up to the root of its repository."""
    for each in (directory, *directory.parents):
        if (each / NAME).is_file():
            return each / NAME
        if (each / ".git").exists():
            return None
    return None


def _policy(table: Table) -> Policy:
    return Policy(
        profile=profile(table, table.text("profile", "default")),
        disabled=frozenset(table.texts("disabled")),
        severities={rule: _severity(table, rule, word) for rule, word in table.pairs("severities").items()},
        accepted=tuple(_accepted(each) for each in table.tables("accept")),
        modules=tuple(_allowed(each) for each in table.tables("modules")),
        endpoints=table.texts("endpoints"),
        personal_names=table.texts("personal_names"),
        linkage=_linkage(table),
        platforms=table.texts("platforms"),
        arches=table.texts("arches"),
        clock_source=table.text("clock_source", ""),
        signer_id=table.text("signer_id", Policy().signer_id),
        retention_days=_days(table),
        gm_tls=table.flag("gm_tls"),
        exclude=table.texts("exclude"),
    )


def profile(table: Table, word: str) -> Profile:
    """Return a profile by its name, or raise UsageError that lists them."""
    if word not in _PROFILES:
        raise table.wrong(f"profile is one of {', '.join(_PROFILES)}")
    return _PROFILES[word]


def _severity(table: Table, rule: str, word: str) -> Severity:
    if word not in _SEVERITIES:
        raise table.wrong(f"severities.{rule} is one of {', '.join(_SEVERITIES)}")
    return _SEVERITIES[word]


def _linkage(table: Table) -> str:
    word = table.text("linkage", "")
    if word not in _LINKAGE:
        raise table.wrong("linkage is static or dynamic")
    return word


def _days(table: Table) -> int:
    days = table.number("retention_days", Policy().retention_days)
    if days != int(days) or days < 1:
        raise table.wrong("retention_days is a number of whole days")
    return int(days)


def _accepted(table: Table) -> Acceptance:
    found = Acceptance(
        rule=table.text("rule"),
        path=table.text("path", "**"),
        reason=table.text("reason").strip(),
        until=table.text("until"),
        symbol=table.text("symbol", ""),
    )
    if not found.reason:
        raise table.wrong("an acceptance needs a reason")
    try:
        date.fromisoformat(found.until)
    except ValueError:
        raise table.wrong(f"until is a date such as 2027-06-30, not {found.until!r}") from None
    return found


def _allowed(table: Table) -> Allowed:
    found = Allowed(table.text("path"), table.text("versions", ""), table.text("certificate", ""))
    try:
        within("v0.0.0", found.versions)
    except ValueError as error:
        raise table.wrong(str(error)) from None
    return found
