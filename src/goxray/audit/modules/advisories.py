"""Known vulnerabilities from a directory on this machine: OSV files, one an advisory.

The Go vulnerability database and osv.dev export them so. Nothing is fetched; the database's date goes on the report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from goxray.audit.facts import Advisory
from goxray.audit.modules.plain_file import read_text
from goxray.audit.modules.versions import go_order, newer, valid
from goxray.core.audit_result import FileHealth
from goxray.core.errors import UsageError
from goxray.core.words import Words

_LARGEST = 8 << 20
STANDARD_LIBRARY = frozenset({"stdlib", "toolchain"})
"""Module paths by which the Go vulnerability database names the standard library and the go command."""


@dataclass(frozen=True)
class Range:
    """Versions from ``introduced`` on, before ``fixed`` or up to ``last``; empty texts for open ends."""

    introduced: str
    fixed: str = ""
    last: str = ""

    def holds(self, module: str, version: str) -> bool:
        """Whether a version of a module is in the range; releases of Go are told as ``1.24.3``."""
        if module in STANDARD_LIBRARY:
            return _go_between(version, self.introduced, self.fixed, self.last)
        if not valid(version) or (self.introduced not in ("", "0") and newer(f"v{self.introduced}", version)):
            return False
        if self.last and newer(version, f"v{self.last}"):
            return False
        return not self.fixed or newer(f"v{self.fixed}", version)


@dataclass(frozen=True)
class Affected:
    """One module that an advisory concerns, in these ranges of its versions."""

    module: str
    ranges: tuple[Range, ...]
    symbols: tuple[str, ...]
    goos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One advisory of the database."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: str
    affected: tuple[Affected, ...]


@dataclass
class Database:
    """All advisories by module; ``date`` is when the database was changed last (ISO, UTC).

    Go's own database says so in ``index/db.json``; else the newest modification of an advisory counts.
    """

    by_module: dict[str, list[tuple[Entry, Affected]]] = field(default_factory=dict)
    date: str = ""
    unhealthy: list[FileHealth] = field(default_factory=list)
    entries: int = 0

    def concerning(self, module: str, version: str) -> Iterator[Advisory]:
        """Give the advisories that a module's version is open to. Standard library: ``stdlib`` and ``1.24.3``."""
        for entry, affected in self.by_module.get(module, ()):
            hit = next((each.fixed for each in affected.ranges if each.holds(module, version)), None)
            if hit is not None:
                yield Advisory(
                    id=entry.id,
                    aliases=entry.aliases,
                    summary=entry.summary,
                    module=module,
                    version=version,
                    fixed=hit,
                    symbols=affected.symbols,
                    severity=entry.severity,
                    goos=affected.goos,
                )


def read_database(directory: Path) -> Database:
    """Read every .json file below a directory that is an OSV advisory; broken ones are told, the rest counts.

    Raises:
        UsageError: the directory does not exist, or holds no advisory at all.
    """
    if not directory.is_dir():
        raise UsageError(f"no such directory: {directory}", hint="give a directory with OSV files")
    found = Database(date=_said(directory))
    dated = bool(found.date)
    for path in sorted(directory.rglob("*.json")):
        if "index" in path.relative_to(directory).parts[:1]:
            continue
        try:
            raw = json.loads(_text(path))
            entry = _entry(raw)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            found.unhealthy.append(FileHealth(str(path.relative_to(directory)), "module", "failed", str(error)[:200]))
            continue
        if entry is None or raw.get("withdrawn"):
            continue
        found.entries += 1
        if not dated:
            found.date = max(found.date, _dated(str(raw.get("modified") or raw.get("published") or "")))
        for affected in entry.affected:
            found.by_module.setdefault(affected.module, []).append((entry, affected))
    if not found.entries and not found.unhealthy:
        raise UsageError(f"{directory} holds no advisory", hint="it needs OSV files: one JSON file an advisory")
    return found


STALE_DAYS = 30
"""Go's database gets new advisories every week; after this many days its silence tells little."""


def staleness(database: Database, today: date) -> Words | None:
    """Return what a reader should know of an old database, None for one that is not older than :data:`STALE_DAYS`."""
    try:
        days = (today - date.fromisoformat(database.date[:10])).days
    except ValueError:
        return Words(
            "The vulnerability database does not say how old it is.",
            "漏洞库没有说明其日期。",
        )
    if days <= STALE_DAYS:
        return None
    return Words(
        f"The vulnerability database is {days} days old ({database.date[:10]}): what was published since is not in it.",
        f"漏洞库已有 {days} 天未更新({database.date[:10]}):此后公布的漏洞不在其中。",
    )


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError("no ordinary file")
    if path.stat().st_size > _LARGEST:
        raise ValueError("larger than any advisory")
    return path.read_text("utf-8")


def _said(directory: Path) -> str:
    """Return when a database in the layout of Go's own was changed last, by its index; empty for another layout."""
    try:
        raw = json.loads(read_text(directory / "index" / "db.json", _LARGEST))
        return _dated(str(raw["modified"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ""


def _dated(text: str) -> str:
    """Return a date; exports that know none have that of Go's zero time, the year 1."""
    return text if text > "1970" else ""


def _entry(raw: Mapping[str, object]) -> Entry | None:
    """Return an advisory that concerns Go; None for those of other ecosystems."""
    if not isinstance(raw, dict) or "id" not in raw:
        return None
    affected = tuple(each for part in _list(raw, "affected") for each in _affected(part))
    if not affected:
        return None
    specific = raw.get("database_specific")
    severity = str(specific.get("severity", "")) if isinstance(specific, dict) else ""
    aliases = tuple(dict.fromkeys(_texts(raw, "aliases")))
    return Entry(
        str(raw["id"]), aliases, str(raw.get("summary") or raw.get("details") or ""), severity.lower(), affected
    )


def _affected(part: Mapping[str, object]) -> Iterator[Affected]:
    package = part.get("package")
    if not isinstance(package, dict) or package.get("ecosystem") != "Go":
        return
    ranges: list[Range] = []
    for each in _list(part, "ranges"):
        if each.get("type") == "SEMVER":
            ranges += _events(_list(each, "events"))
    specific = part.get("ecosystem_specific")
    imports = _list(specific, "imports") if isinstance(specific, dict) else []
    symbols = [symbol for each in imports for symbol in _symbols(each)]
    systems = [tuple(_texts(each, "goos")) for each in imports]
    goos = tuple(sorted({name for each in systems for name in each})) if systems and all(systems) else ()
    yield Affected(str(package.get("name")), tuple(ranges), tuple(symbols), goos)


def _symbols(imported: Mapping[str, object]) -> list[str]:
    """Return a package's symbols; where none are named the whole package is concerned (OSV of Go, "symbols")."""
    path = str(imported.get("path"))
    return [f"{path}.{name}" for name in _texts(imported, "symbols")] or [f"{path}.*"]


def _events(events: list[dict[str, object]]) -> list[Range]:
    """Return the ranges that a list of events opens and closes."""
    found: list[Range] = []
    low: str | None = None
    for each in events:
        if "introduced" in each:
            low = str(each["introduced"])
        elif low is not None and ("fixed" in each or "last_affected" in each):
            found.append(Range(low, str(each.get("fixed", "")), str(each.get("last_affected", ""))))
            low = None
    return [*found, Range(low)] if low is not None else found


def _go_between(release: str, low: str, fixed: str, last: str) -> bool:
    at = go_order(_go(release))
    if low not in ("", "0") and at < go_order(_go(low)):
        return False
    return (not fixed or at < go_order(_go(fixed))) and (not last or at <= go_order(_go(last)))


def _go(text: str) -> str:
    """Turn the database's ``1.22.0-rc.1`` into Go's ``1.22rc1``."""
    number, dash, pre = text.removeprefix("go").partition("-")
    if not dash:
        return number
    return number.removesuffix(".0") + pre.replace(".", "").replace("0", "", 1 if pre == "0" else 0)


def _list(raw: Mapping[str, object], name: str) -> list[dict[str, object]]:
    found = raw.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _texts(raw: Mapping[str, object], name: str) -> list[str]:
    found = raw.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []
