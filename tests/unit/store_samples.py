"""Snapshot files made by hand, every figure written down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from goxray.core.heap_result import Reconcile
from goxray.core.result import BuildInfo, Fault, MapTotals, TargetInfo
from goxray.core.snapshot_schema import PUBLIC_TABLES, public_schema
from goxray.store.manifest import Manifest
from goxray.store.snapshot import write_snapshot

Rows = Sequence[tuple[Any, ...]]


def manifest(taken_at: str = "2026-03-01T12:00:00Z", live: int = 4096, **more: Any) -> Manifest:
    values: dict[str, Any] = {
        "goxray": "0.1.0",
        "taken_at": taken_at,
        "target": TargetInfo("process", 4242, "/srv/shop/bin/sessions"),
        "build": BuildInfo("go1.24.11", "linux", "amd64", ("synctest",)),
        "consistency": "stopped",
        "freeze_ms": 12.345,
        "unverified": False,
        "heap": Reconcile(7, live, 7, live, 6, live - 96, None, 20, 3),
        "maps": MapTotals(2, 30, 48, 1000, 100),
        "notes": ["a note"],
        "faults": [Fault(0xC000010000, "a fault")],
    }
    return Manifest(**{**values, **more})


def public(name: str, rows: Rows = (), columns: Sequence[str] | None = None) -> pa.Table:
    """Return a public table; columns that are not named are null."""
    names = columns or [c.name for c in PUBLIC_TABLES[name]]
    values = {
        c.name: [row[names.index(c.name)] if c.name in names else None for row in rows] for c in PUBLIC_TABLES[name]
    }
    return pa.Table.from_pydict(values, schema=public_schema(name))


OWNERS = (
    ("main.cache", "global", 4, 3000, 3500),
    ("main.orders", "global", 1, 500, 500),
    ("goroutine 18: main.serve (stack)", "goroutine", 1, 500, 500),
)
TYPES = (("[]byte", 5, 3500, 3500), ("main.order", 1, 500, 500))
MAPS = (
    (0xC000010000, "swiss", "map[string]int", "string", "int", 20, 20, 32, 0, 20 / 32, 700, 0, 700, 0, "main.cache"),
    (0xC000020000, "swiss", "map[int]bool", "int", "bool", 10, 10, 16, 1, 10 / 16, 300, 0, 200, 100, "main.orders"),
)
MAP_NAMES = [c.name for c in PUBLIC_TABLES["maps"]][:15]


def tables(owners: Rows = OWNERS, types: Rows = TYPES, maps: Rows = MAPS) -> list[tuple[str, pa.Table]]:
    return [
        ("maps", public("maps", maps, MAP_NAMES)),
        ("tables_or_buckets", public("tables_or_buckets")),
        ("objects_by_type", public("objects_by_type", types)),
        ("owners", public("owners", owners)),
    ]


def write(path: Path, made: list[tuple[str, Any]] | None = None, about: Manifest | None = None) -> Path:
    with path.open("wb") as out:
        write_snapshot(out, about or manifest(), tables() if made is None else made)
    return path
