"""The manifest of a snapshot: what was looked at and when, the totals, and what each table holds.

It is the member ``manifest.json`` of the file: UTF-8 JSON, pretty, so that ``unzip -p FILE.gox manifest.json`` can be
read by people. Readers take what they know and ignore what they do not; a higher number in ``schema`` tells that what
they know has another meaning.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from goxray.core.errors import BadSnapshot
from goxray.core.heap_result import Reconcile
from goxray.core.result import BuildInfo, Consistency, Fault, MapTotals, TargetInfo
from goxray.core.snapshot_schema import SNAPSHOT_SCHEMA_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMA = re.compile(r"goxray\.snapshot/([0-9]{1,9})")
_FORMAT = int(SNAPSHOT_SCHEMA_ID.rsplit("/", 1)[1])


@dataclass(frozen=True)
class TableEntry:
    """One table: its name, the zip member that holds it, its rows, and the SHA-256 of the member's bytes.

    ``columns`` are (name, Arrow type in words, meaning).
    """

    name: str
    member: str
    rows: int
    sha256: str
    columns: tuple[tuple[str, str, str], ...]


@dataclass
class Manifest:
    """What a snapshot says of itself.

    ``taken_at`` is UTC, RFC 3339 (``2026-03-01T12:00:00Z``), ``freeze_ms`` how long the target stood still, 0.0 for
    cores. ``heap`` are the heap's totals, goxray's and the runtime's, and ``maps`` those of all maps. ``tables`` is
    filled in when the snapshot is written. ``extra`` holds small plain values of other commands, ready for JSON.
    """

    goxray: str
    taken_at: str
    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    unverified: bool
    heap: Reconcile
    maps: MapTotals
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    tables: tuple[TableEntry, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


def to_json(manifest: Manifest) -> bytes:
    """Return the manifest as the bytes of ``manifest.json``."""
    values: dict[str, Any] = {
        "schema": SNAPSHOT_SCHEMA_ID,
        "goxray": manifest.goxray,
        "taken_at": manifest.taken_at,
        "target": asdict(manifest.target),
        "build": {**asdict(manifest.build), "experiments": list(manifest.build.experiments)},
        "consistency": manifest.consistency,
        "freeze_ms": round(manifest.freeze_ms, 3),
        "unverified": manifest.unverified,
        "totals": {"heap": asdict(manifest.heap), "maps": asdict(manifest.maps)},
        "notes": manifest.notes,
        "faults": [asdict(fault) for fault in manifest.faults],
        "tables": [
            {
                **{key: value for key, value in asdict(entry).items() if key != "columns"},
                "columns": [{"name": n, "type": t, "meaning": m} for n, t, m in entry.columns],
            }
            for entry in manifest.tables
        ],
        "extra": manifest.extra,
    }
    # Names of a foreign program may be no UTF-8 at all: escaped as JSON has it, they survive.
    return json.dumps(values, indent=1, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def from_json(raw: bytes, shown: str) -> Manifest:
    """Read a manifest; ``shown`` names the file in errors.

    Raises:
        BadSnapshot: it is no manifest, lacks something, or was written by a newer goxray.
    """
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadSnapshot(f"{shown}: its manifest is no JSON", hint=_AGAIN) from error
    if not isinstance(values, dict):
        raise BadSnapshot(f"{shown}: its manifest is no JSON object", hint=_AGAIN)
    _check_schema(values.get("schema"), shown)
    return _Reader(shown).manifest(values)


_AGAIN = "the file is damaged: copy it again, or take the snapshot again"


def _check_schema(schema: object, shown: str) -> None:
    found = _SCHEMA.fullmatch(schema) if isinstance(schema, str) else None
    if found is None:
        raise BadSnapshot(f"{shown} is a zip file but no snapshot of goxray", hint="goxray snapshot PID -o FILE.gox")
    if int(found[1]) > _FORMAT:
        raise BadSnapshot(
            f"{shown} was written by a newer goxray (its format is {found[0]}, this goxray reads {SNAPSHOT_SCHEMA_ID})",
            hint="upgrade goxray, or take the snapshot with this one",
        )


class _Reader:
    """Takes values of the types expected out of parsed JSON."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def manifest(self, values: Mapping[str, Any]) -> Manifest:
        totals = self._get(values, "totals", dict)
        return Manifest(
            goxray=self._get(values, "goxray", str),
            taken_at=self._get(values, "taken_at", str),
            target=self._target(self._get(values, "target", dict)),
            build=self._build(self._get(values, "build", dict)),
            consistency=self._one_of(values, "consistency", Consistency),
            freeze_ms=float(self._get(values, "freeze_ms", (int, float))),
            unverified=self._get(values, "unverified", bool),
            heap=self._heap(self._get(totals, "heap", dict)),
            maps=MapTotals(**self._whole(self._get(totals, "maps", dict), MapTotals)),
            notes=[str(note) for note in self._get(values, "notes", list)],
            faults=[self._fault(fault) for fault in self._get(values, "faults", list)],
            tables=tuple(self._table(table) for table in self._get(values, "tables", list)),
            extra=self._get(values, "extra", dict),
        )

    def _get(self, values: Any, name: str, kind: type | tuple[type, ...]) -> Any:
        value = values.get(name) if isinstance(values, dict) else None
        wanted = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            raise BadSnapshot(f"{self._shown}: its manifest has no {name}, or not as it should be", hint=_AGAIN)
        return value

    def _one_of(self, values: Any, name: str, kind: Any) -> Any:
        value = self._get(values, name, str)
        if value not in get_args(kind):
            raise BadSnapshot(f"{self._shown}: its manifest has no {name}, or not as it should be", hint=_AGAIN)
        return value

    def _target(self, values: Any) -> TargetInfo:
        pid = values.get("pid")
        if pid is not None:
            self._get(values, "pid", int)
        kind = self._get(values, "kind", str)
        return TargetInfo("core" if kind == "core" else "process", pid, self._get(values, "exe", str))

    def _build(self, values: Any) -> BuildInfo:
        go_version, goos, goarch = (self._get(values, name, str) for name in ("go_version", "goos", "goarch"))
        return BuildInfo(go_version, goos, goarch, tuple(str(e) for e in self._get(values, "experiments", list)))

    def _whole(self, values: Any, kind: type) -> dict[str, Any]:
        return {name: self._get(values, name, int) for name in kind.__dataclass_fields__}  # type: ignore[attr-defined]

    def _heap(self, values: Any) -> Reconcile:
        unknown = {name: values.get(name) for name in _MAY_BE_UNKNOWN}
        known = {name: 0 for name, value in unknown.items() if value is None}
        figures = self._whole({**values, **known}, Reconcile)
        return Reconcile(**{**figures, **dict.fromkeys(known)})

    def _fault(self, values: Any) -> Fault:
        return Fault(self._get(values, "addr", int), self._get(values, "what", str), bool(values.get("violation")))

    def _table(self, values: Any) -> TableEntry:
        return TableEntry(
            name=self._get(values, "name", str),
            member=self._get(values, "member", str),
            rows=self._get(values, "rows", int),
            sha256=self._get(values, "sha256", str),
            columns=tuple(
                (self._get(c, "name", str), self._get(c, "type", str), self._get(c, "meaning", str))
                for c in self._get(values, "columns", list)
            ),
        )


_MAY_BE_UNKNOWN = ("runtime_live_objects", "runtime_live_bytes", "runtime_marked_bytes")
