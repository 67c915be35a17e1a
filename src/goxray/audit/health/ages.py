"""Dependency age: how long ago the selected versions were published, by what this machine knows. Offline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from goxray.audit.modules.cache import escaped
from goxray.audit.modules.versions import newer, newest, order, pseudo, valid
from goxray.core.audit_result import Module

_SAFE = re.compile(r"[\w.~+!@/-]+")
_LARGEST = 4 << 20
_YEAR = 365.25


@dataclass(frozen=True)
class Age:
    """A dependency that is built: its version's date, and the newest release known here with its date."""

    path: str
    version: str
    published: date | None
    latest: str = ""
    latest_published: date | None = None

    @property
    def behind_years(self) -> float | None:
        """Libyears: from this version's date to the newest release's; 0 if it is the newest, None if not known."""
        if self.published is None or not self.latest:
            return None
        if not newer(self.latest, self.version):
            return 0.0
        if self.latest_published is None:
            return None
        return max(0.0, (self.latest_published - self.published).days / _YEAR)


@dataclass(frozen=True)
class Releases:
    """Directories in the layout of a module proxy (``<module>/@v/list`` and ``<version>.info``), asked in order.

    The module cache is one: ``$GOMODCACHE/cache/download``. They are read only; no go command is run.
    """

    roots: tuple[Path, ...]

    def published(self, path: str, version: str) -> date | None:
        """Return the day (UTC) on which a version was made: a pseudo-version's own time, else that of its .info file.

        Source: Go modules reference, "Pseudo-versions" (the commit's time, UTC) and "GOPROXY protocol" (``Time``).
        """
        made = pseudo(version)
        if made is not None:
            return _day_of(made.time)
        for text in self._texts(path, f"{escaped(version)}.info"):
            try:
                raw = json.loads(text)
            except (ValueError, RecursionError):
                continue
            found = _day(raw.get("Time")) if isinstance(raw, dict) else None
            if found is not None:
                return found
        return None

    def latest(self, path: str, than: str) -> str:
        """Return the newest release that a list or an .info file here names; empty if there is none.

        Pre-releases do not count, nor does ``+incompatible`` for a module that is used without it.
        """
        names: set[str] = set()
        for text in self._texts(path, "list"):
            names.update(text.split())
        for folder in self._folders(path):
            names.update(_unescaped(each.name.removesuffix(".info")) for each in folder.glob("*.info"))
        loose = than.endswith("+incompatible")
        return newest(
            [each for each in names if valid(each) and order(each)[2] and (loose or not each.endswith("+incompatible"))]
        )

    def _texts(self, path: str, name: str) -> Iterable[str]:
        for folder in self._folders(path):
            if not _SAFE.fullmatch(name):
                continue
            try:
                with (folder / name).open("rb") as stream:
                    yield stream.read(_LARGEST).decode("utf-8", "replace")
            except OSError:
                continue

    def _folders(self, path: str) -> Iterable[Path]:
        name = escaped(path)
        if not _SAFE.fullmatch(name) or {"", ".", ".."} & set(name.split("/")):
            return
        for root in self.roots:
            folder = root / name / "@v"
            if folder.is_dir():
                yield folder


def ages(modules: Sequence[Module], releases: Releases) -> list[Age]:
    """Return the dependencies of a build list that have a version, with their dates; replacements stand for theirs."""
    found = []
    for module in modules:
        path, _, version = module.replaced_by.partition(" ")
        if module.main or (module.replaced_by and not version):
            continue
        path, version = (path, version) if version else (module.path, module.version)
        if not valid(version):
            continue
        latest = releases.latest(path, version)
        when = releases.published(path, latest) if latest else None
        found.append(Age(path, version, releases.published(path, version), latest, when))
    return found


def median_days(found: Sequence[Age], today: date) -> float | None:
    """Return the median of the known ages in days; None where no date is known."""
    known = [max(0, (today - each.published).days) for each in found if each.published is not None]
    return float(median(known)) if known else None


def libyears(found: Sequence[Age]) -> tuple[float, int]:
    """Return the years by which dependencies are behind their newest known releases, summed, and how many are known."""
    known = [each.behind_years for each in found if each.behind_years is not None]
    return sum(known), len(known)


def _day_of(stamp: str) -> date | None:
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").date()
    except ValueError:
        return None


def _day(text: object) -> date | None:
    """Return the UTC day of an RFC 3339 time; fractions may have nine digits, which Python does not read."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"\.\d+", "", text)).astimezone(UTC).date()
    except (ValueError, OverflowError):
        return None


def _unescaped(name: str) -> str:
    return re.sub(r"!([a-z])", lambda found: found[1].upper(), name)
