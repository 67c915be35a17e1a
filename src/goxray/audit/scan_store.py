"""What a scan found in a directory, kept for the next run: one JSON file a directory, good as long as its key is.

The key is a digest of the files' bytes, the policy, the names asked for, what the toolchain said, and our own rules
and facts. A file that is broken, or of another key, is passed over; one that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import cast

from goxray import audit
from goxray.audit.marks import Mark
from goxray.audit.policy import Policy
from goxray.audit.rule import Hit
from goxray.audit.scan_package import Contents
from goxray.audit.scanned import PackageFiles, PackageScan
from goxray.core.audit_result import SEVERITIES, Confidence, FileHealth, Place, Severity, Step
from goxray.core.words import Words

_NOT_IN_KEY = frozenset({"path", "severities", "accepted"})
"""Parts of a policy that no rule of source sees: they are applied to findings afterwards."""

_CONFIDENCES: dict[str, Confidence] = {"low": "low", "medium": "medium", "high": "high"}
_SEVERITIES: dict[str, Severity] = {each: each for each in SEVERITIES}


class Store:
    """The folder of what was found before. It may be shared by runs at the same time: files are put there whole."""

    def __init__(self, folder: Path, policy: Policy, wanted: frozenset[str]) -> None:
        self._folder = folder
        self._prefix = f"{_version()}\n{_said(policy)}\n{sorted(wanted)}\n".encode()

    @property
    def exists(self) -> bool:
        """Whether anything may have been kept."""
        return self._folder.is_dir()

    def key(self, given: PackageFiles, contents: Contents) -> str:
        """Return the digest of all that a directory's scan depends on."""
        found = hashlib.sha256(self._prefix)
        types = given.exact.digest if given.exact is not None else ""
        found.update(repr((given.path, given.import_path, given.go_line, types)).encode())
        for name, text in zip(given.files, contents, strict=True):
            said = text.detail if isinstance(text, FileHealth) else hashlib.sha256(text).hexdigest()
            found.update(repr((name, isinstance(text, FileHealth), said)).encode())
        return found.hexdigest()

    def find(self, given: PackageFiles, key: str) -> PackageScan | None:
        """Return what was found in a directory with this key; None where that is not known."""
        try:
            kept = json.loads(self._place(given).read_bytes())
            if kept["key"] != key:
                return None
            return replace(_scan_of(kept["scan"]), reused=len(given.files))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            return None

    def keep(self, given: PackageFiles, key: str, scan: PackageScan) -> None:
        """Keep what was found; the file is written beside its place and renamed, and only its owner may read it."""
        place = self._place(given)
        text = json.dumps({"key": key, "scan": _plain(scan)}, separators=(",", ":"))
        with suppress(OSError):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
            try:
                with os.fdopen(number, "w", encoding="ascii") as out:
                    out.write(text)
                os.replace(name, place)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise

    def _place(self, given: PackageFiles) -> Path:
        where = f"{os.path.abspath(given.directory)}\n{given.path}"
        return self._folder / f"{hashlib.sha256(os.fsencode(where)).hexdigest()[:40]}.json"


@cache
def _version() -> str:
    """Return a digest of our own code that hits depend on, and of the parser's version."""
    root = Path(audit.__file__).parent
    found = hashlib.sha256()
    for path in sorted(each for each in root.rglob("*") if each.suffix in (".py", ".toml")):
        found.update(f"{path.relative_to(root).as_posix()}\n".encode())
        found.update(path.read_bytes())
    parsers = [f"{name} {metadata.version(name)}" for name in ("tree-sitter", "tree-sitter-go")]
    return f"{found.hexdigest()} {' '.join(parsers)}"


def _said(policy: Policy) -> str:
    """Return a policy as text: the same one for the same policy, whatever order its sets have."""
    parts = {each.name: getattr(policy, each.name) for each in fields(policy) if each.name not in _NOT_IN_KEY}
    return repr({name: sorted(part) if isinstance(part, frozenset) else part for name, part in parts.items()})


def _plain(scan: PackageScan) -> dict[str, object]:
    return {
        "path": scan.path,
        "hits": [[rule, asdict(hit)] for rule, hit in scan.hits],
        "health": [[each.path, each.status, each.detail] for each in scan.health],
        "lines": scan.lines,
        "bytes": scan.bytes,
        "crypto_imports": sorted(scan.crypto_imports),
        "references": sorted(scan.references),
        "marks": [asdict(each) for each in scan.marks],
    }


def _scan_of(kept: Mapping[str, object]) -> PackageScan:
    return PackageScan(
        path=_text(kept["path"]),
        hits=tuple((_text(rule), _hit_of(_table(hit))) for rule, hit in map(_list, _list(kept["hits"]))),
        health=tuple(_health_of(_list(each)) for each in _list(kept["health"])),
        lines=_number(kept["lines"]),
        bytes=_number(kept["bytes"]),
        crypto_imports=frozenset(map(_text, _list(kept["crypto_imports"]))),
        references=frozenset(map(_text, _list(kept["references"]))),
        marks=tuple(_mark_of(_table(each)) for each in _list(kept["marks"])),
    )


def _hit_of(kept: Mapping[str, object]) -> Hit:
    severity, fix = kept["severity"], kept["fix"]
    return Hit(
        place=_place_of(_table(kept["place"])),
        message=_words_of(_table(kept["message"])),
        text=_text(kept["text"]),
        confidence=_CONFIDENCES[_text(kept["confidence"])],
        severity=None if severity is None else _SEVERITIES[_text(severity)],
        fix=None if fix is None else _words_of(_table(fix)),
        steps=tuple(
            Step(_place_of(_table(each["place"])), _words_of(_table(each["says"])))
            for each in map(_table, _list(kept["steps"]))
        ),
    )


def _place_of(kept: Mapping[str, object]) -> Place:
    line, column, end, utf16 = (_number(kept[name]) for name in ("line", "column", "end_line", "utf16"))
    return Place(_text(kept["path"]), line, column, end, _text(kept["symbol"]), utf16)


def _words_of(kept: Mapping[str, object]) -> Words:
    return Words(_text(kept["en"]), _text(kept["zh"]))


def _health_of(kept: Sequence[object]) -> FileHealth:
    path, status, detail = map(_text, kept)
    return replace(_HEALTHS[status], path=path, detail=detail)


_HEALTHS = {
    "parsed": FileHealth("", "source", "parsed"),
    "partial": FileHealth("", "source", "partial"),
    "failed": FileHealth("", "source", "failed"),
}


def _mark_of(kept: Mapping[str, object]) -> Mark:
    return Mark(
        path=_text(kept["path"]),
        line=_number(kept["line"]),
        meant=_number(kept["meant"]),
        rules=tuple(map(_text, _list(kept["rules"]))),
        until=_text(kept["until"]),
        reason=_text(kept["reason"]),
        wrong=_text(kept["wrong"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("no number")
    return value


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise ValueError("no list")
    return value


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("no table")
    return cast("Mapping[str, object]", value)
