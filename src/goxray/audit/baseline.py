"""The baseline: findings that were there when the audit was taken up, by their fingerprints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from goxray.core.audit_result import AUDIT_SCHEMA_ID, AuditFinding
from goxray.core.errors import UsageError

SCHEMA_ID = "goxray.audit-baseline/1"

_LARGEST = 256 << 20
_HEX = re.compile(r"[0-9a-f]{8,64}")
_HINT = "write one: goxray audit PATH --write-baseline FILE"


@dataclass(frozen=True)
class Baseline:
    """Fingerprints that are accepted, and the file that they are from as it was named."""

    name: str
    fingerprints: frozenset[str]


def read_baseline(path: Path) -> Baseline:
    """Read a baseline; a report of an earlier run (``--format json``) is one too.

    Raises:
        UsageError: the file cannot be read, or is neither.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than any baseline", hint=_HINT)
        raw = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}", hint=_HINT) from error
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if schema not in (SCHEMA_ID, AUDIT_SCHEMA_ID):
        raise UsageError(f"{path} is neither a baseline nor a report of goxray audit", hint=_HINT)
    return Baseline(str(path), frozenset(_fingerprints(raw.get("findings"), path)))


def _fingerprints(rows: object, path: Path) -> Iterator[str]:
    for each in rows if isinstance(rows, list) else [None]:
        found = each.get("fingerprint") if isinstance(each, dict) else None
        if not isinstance(found, str) or not _HEX.fullmatch(found):
            raise UsageError(f"{path}: a finding without a fingerprint", hint=_HINT)
        yield found


def baseline_text(findings: Iterable[AuditFinding]) -> str:
    """Return the text of a baseline of these findings: those that neither a comment nor the policy accepts.

    One line a finding, in the order of the findings' paths, so that a later one differs only where findings do.
    """
    kept = [each for each in findings if each.suppressed is None or each.suppressed.by == "baseline"]
    rows = sorted({(each.place.path, each.rule, each.place.symbol, each.fingerprint) for each in kept})
    lines = (
        json.dumps({"fingerprint": fingerprint, "rule": rule, "path": path, "symbol": symbol})
        for path, rule, symbol, fingerprint in rows
    )
    return f'{{\n"schema": "{SCHEMA_ID}",\n"findings": [\n' + ",\n".join(lines) + "\n]\n}\n"
