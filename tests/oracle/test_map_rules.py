"""The rules say nothing of real maps: programs print the raw state of their own maps between random operations."""

from __future__ import annotations

import json
import subprocess
from collections import Counter

import numpy as np

from goxray.maps import verify_classic, verify_swiss
from goxray.maps.verify_links import OverflowSeen
from goxray.maps.verify_rules import Report
from goxray.maps.verify_views import (
    ClassicBuckets,
    ClassicMaps,
    OverflowLinks,
    SmallGroups,
    SwissGroups,
    SwissMaps,
    SwissTables,
    SwissTally,
)
from tests.harness.programs import Build, build
from tests.harness.variants import Variant

LOOKS = 100
STATES = {
    "classic": ("overflow", "emptyOne", "growing", "lateral", "iterator", "nan"),
    "swiss": ("tombstones", "split", "small", "tables", "nan"),
}
"""What the programs must have gone through for the test to be worth anything."""

TABLE_COLUMNS = ("number", "repeats", "used", "capacity", "growth_left", "index", "local_depth", "groups")

WITHOUT_TOMBSTONE_FLAG = "1.24.11"


def looks_at(variant: Variant) -> list[dict]:
    command = [str(build("mapstates", Build(variant))), str(LOOKS), str(sum(map(ord, str(variant))))]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in told.splitlines()]


def one(value: int) -> np.ndarray:
    return np.array([value], np.int64)


def units_of(look: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    units = look["units"] or []
    words = np.array([unit["word"] for unit in units], np.uint64)
    hashes = np.array([unit["hashes"] for unit in units], np.uint64).reshape(-1, 8)
    known = np.array([unit["known"] for unit in units], np.bool_).reshape(-1, 8)
    return words.view(np.uint8).reshape(-1, 8), hashes, known


def column(look: dict, name: str) -> np.ndarray:
    return np.array([unit.get(name, 0) for unit in look["units"] or []])


def swiss_report(look: dict, has_flag: bool, seen: Counter[str]) -> Report:
    head = look["header"]
    maps = SwissMaps(
        *(one(head[name]) for name in ("used", "dir_len", "global_depth", "global_shift")),
        has_dir=np.array([bool(head["has_dir"])]),
        tombstone_possible=np.array([bool(head["tombstone_possible"])]) if has_flag else None,
    )
    figures = np.array(look["tables"] or [], np.int64).reshape(-1, len(TABLE_COLUMNS))
    tables = SwissTables(np.zeros(len(figures), np.int64), *figures.T)
    report, tally = Report(1), SwissTally.of(maps)
    ctrl, hashes, known = units_of(look)
    verify_swiss.check_maps(maps, report)
    assert verify_swiss.check_tables(maps, tables, 1024, report).all()
    if len(figures):
        groups = SwissGroups(np.arange(len(figures)), ctrl, hashes, known)
        verify_swiss.check_groups(maps, tables, groups, tally, report)
    elif len(ctrl):
        verify_swiss.check_small(SmallGroups(one(0), ctrl, hashes, known), tally, report)
    verify_swiss.check_totals(maps, tally, report)
    seen["tombstones"] += int(tally.tombstones[0])
    seen["split"] += int(head["dir_len"] > 1)
    seen["repeated"] += int((tables.repeats > 1).any())
    seen["small"] += int(head["dir_len"] == 0 and len(ctrl) == 1)
    seen["tables"] += int(head["dir_len"] == 1)
    seen["nan"] += int(((ctrl < 0x80) & ~known).sum()) if len(ctrl) else 0
    return report


def classic_report(look: dict, seen: Counter[str]) -> Report:
    head = look["header"]
    maps = ClassicMaps(
        *(one(head[name]) for name in ("count", "flags", "b", "noverflow", "nevacuate")),
        has_buckets=np.array([head["buckets"] != 0]),
        has_old=np.array([head["old"] != 0]),
    )
    report = Report(1)
    sound = verify_classic.check_maps(maps, report)
    tally = verify_classic.start(maps, sound)
    marks, hashes, known = units_of(look)
    old, bucket, depth = column(look, "old").astype(np.bool_), column(look, "bucket"), column(look, "depth")
    for rows in (np.flatnonzero(old), np.flatnonzero(~old)):
        part = ClassicBuckets(
            np.zeros(rows.size, np.int64), old[rows], bucket[rows], depth[rows], marks[rows], hashes[rows], known[rows]
        )
        verify_classic.check_buckets(maps, part, tally, report)
    verify_classic.check_totals(maps, tally, report)
    check_sharing(look, head, old, bucket, depth, report)
    seen["overflow"] += int(tally.overflow[0])
    seen["emptyOne"] += int((marks[~old] == 1).sum())
    seen["growing"] += int(head["old"] != 0 and not head["flags"] & 8)
    seen["lateral"] += int(head["old"] != 0 and head["flags"] & 8 != 0)
    seen["iterator"] += int(head["flags"] & 1)
    seen["nan"] += int(((marks >= 5) & ~known).sum())
    return report


def check_sharing(
    look: dict, head: dict, old: np.ndarray, bucket: np.ndarray, depth: np.ndarray, report: Report
) -> None:
    linked = np.flatnonzero(depth > 0)
    count = linked.size
    links = OverflowLinks(
        map=np.zeros(count, np.int64),
        old=old[linked],
        bucket=bucket[linked],
        depth=depth[linked] - 1,
        addr=column(look, "addr").astype(np.uint64)[linked],
        array=np.where(old[linked], head["old"], head["buckets"]).astype(np.uint64),
        buckets=np.full(count, 1 << head["b"]),
        array_bytes=np.full(count, 1 << 40),
        bucket_size=np.full(count, head["bucket_size"]),
        slot_start=np.ones(count, np.bool_),
    )
    found = OverflowSeen()
    assert found.follow(links, report).all()
    found.finish(report)


def test_real_maps_keep_the_rules(variant: Variant) -> None:
    seen: Counter[str] = Counter()
    for look in looks_at(variant):
        if variant.kind == "classic":
            report = classic_report(look, seen)
        else:
            report = swiss_report(look, variant.version != WITHOUT_TOMBSTONE_FLAG, seen)
        assert report.violations == [], (look["name"], look["step"])
    assert all(seen[state] for state in STATES[variant.kind]), seen
