"""Snapshots of real programs: maps as on the live target, their parts as the program itself sees them, and restarts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goxray import api
from goxray.store.snapshot import open_snapshot
from tests.harness.inspect import command
from tests.harness.programs import Build
from tests.harness.truth import Truth, TruthMap, TruthProgram
from tests.harness.variants import Variant

SETS = ("shapes", "reach", "stacks")
BOTH_KINDS = (Variant("1.21.13"), Variant("1.24.11"))


def take(pid: int, path: Path) -> Path:
    done = command("snapshot", str(pid), "-o", str(path))
    assert done.status == 0, done.err
    assert done.out == "" and path.stat().st_mode & 0o777 == 0o600
    return path


@dataclass(frozen=True)
class Taken:
    """A snapshot, what the program says of itself, and what ``goxray maps`` says of it while it runs."""

    path: Path
    truth: Truth
    live: dict[str, Any]


@pytest.fixture(scope="module")
def taken(variant: Variant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    directory = tmp_path_factory.mktemp("snapshots")
    with TruthProgram(Build(variant), "-pieces", sets=SETS) as program:
        path = take(program.pid, directory / "a.gox")
        live = {
            group: json.loads(command("maps", str(program.pid), "--group", group, "--format", "json").out)
            for group in ("owner", "type", "none")
        }
        yield Taken(path, program.truth, live)


def parts_of(path: Path) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with open_snapshot(str(path)) as opened:
        for row in opened.table("tables_or_buckets").to_pylist():
            found[row["map"]].append(row)
    return found


def differs(known: TruthMap, parts: list[dict[str, Any]]) -> list[str]:
    """Return what the parts of a map have otherwise than the program that owns it."""

    def total(name: str, *kinds: str) -> int:
        return sum(part[name] for part in parts if not kinds or part["kind"] in kinds)

    figures, detail = known.figures, known.detail
    pairs = {
        "slots": (total("slots"), figures["slots"]),
        "used": (total("used"), figures["full_slots"]),
        "tombstones": (total("tombstones"), figures["tombstones"]),
    }
    if known.kind == "swiss":
        pairs |= {
            "tables": (sum(p["kind"] == "table" for p in parts), detail["tables"]),
            "groups": (total("units"), detail["groups"]),
            "growth left": (sum(p["growth_left"] or 0 for p in parts), detail["growth_left"]),
            "directory": (sum(p["directory_slots"] or 0 for p in parts), detail["dir_len"]),
        }
    else:
        pairs |= {
            "buckets": (total("units", "current"), detail["buckets"]),
            "overflow": (total("units", "overflow"), detail["overflow_buckets"]),
            "old": (total("units", "old"), detail["old_buckets"]),
        }
    return [f"{known.label}: {name} {ours}, not {theirs}" for name, (ours, theirs) in pairs.items() if ours != theirs]


def test_the_parts_of_every_map_are_what_the_program_sees(taken: Taken) -> None:
    parts = parts_of(taken.path)
    wrong = [line for known in taken.truth.maps for line in differs(known, parts[known.addr])]
    assert wrong == []
    kinds = Counter(part["kind"] for of_map in parts.values() for part in of_map)
    swiss = taken.truth.maps[0].kind == "swiss"
    assert set(kinds) == ({"table", "group"} if swiss else {"current", "old", "overflow"})


def test_the_parts_lie_where_the_program_has_them(taken: Taken) -> None:
    """Every part's array is an object of the map; with the header and what else it owns they make up its bytes."""
    parts = parts_of(taken.path)
    checked = 0
    for known in taken.truth.maps:
        sizes = dict(known.pieces)
        if not sizes or known.on_stack:
            continue
        for part in parts[known.addr]:
            if part["addr"] is not None and part["bytes"]:
                # An object with pointers may begin with a word that names its type (runtime/malloc.go).
                assert {part["addr"], part["addr"] - 8} & set(sizes), known.label
        assert sum(part["bytes"] for part in parts[known.addr]) < known.figures["bytes"]
        checked += 1
    assert checked > 100


@pytest.mark.parametrize("group", ["owner", "type", "none"])
def test_maps_of_a_snapshot_are_those_of_the_live_program(taken: Taken, group: str) -> None:
    done = command("maps", str(taken.path), "--group", group, "--format", "json")
    assert done.status == 0, done.err
    stored = json.loads(done.out)
    live = taken.live[group]
    assert stored["notes"][0].startswith(f"from the snapshot {taken.path}, taken at 20")
    for told in (stored, live):
        told.pop("notes", None)
        told.pop("freeze_ms")
        told["maps"].sort(key=json.dumps)
    # The program's own goroutines and timers may allocate and free between two looks.
    assert abs(stored.pop("heap")["live_bytes"] - live.pop("heap")["live_bytes"]) < 1 << 20
    assert stored == live


@pytest.mark.parametrize("variant", BOTH_KINDS, indirect=True)
def test_options_of_maps_mean_the_same_on_a_snapshot(taken: Taken) -> None:
    for options in (
        ("--sort", "entries", "--limit", "3"),
        ("--min-bytes", "64KiB"),
        ("--sort", "load", "--group", "type"),
    ):
        rows = json.loads(command("maps", str(taken.path), "--format", "json", *options).out)
        every = json.loads(command("maps", str(taken.path), "--format", "json", "--group", rows_group(options)).out)
        if "--limit" in options:
            assert [r["entries"] for r in rows["maps"]] == sorted((r["entries"] for r in every["maps"]), reverse=True)[
                :3
            ]
            assert rows["rows_total"] == len(every["maps"])
        if "--min-bytes" in options:
            assert len(rows["maps"]) == sum(r["bytes"] >= 1 << 16 for r in every["maps"]) > 0
        if "load" in options:
            loads = [r["load"] for r in rows["maps"] if r["load"] is not None]
            assert loads == sorted(loads)
    for option in (("--verify",), ("--show-keys", "1"), ("--no-freeze",), ("--exe", "x")):
        done = command("maps", str(taken.path), *option)
        assert done.status == 2 and option[0] in done.err and "no memory contents" in done.err
    for form, begin in (("table", "goxray maps"), ("csv", '"count"'), ("html", "<!doctype html>")):
        done = command("maps", str(taken.path), "--format", form)
        assert done.status == 0 and done.out.lower().startswith(begin)


def rows_group(options: tuple[str, ...]) -> str:
    return "type" if "type" in options else "owner"


def test_owners_and_types_survive_a_restart_and_a_rebuild(tmp_path: Path) -> None:
    """The same program started again, and built by another Go: what it holds is matched by name, and is the same.

    A few of its maps are grown until they have a shape that hangs on the hash seed: those may differ, and it says so.
    """
    taken, entries = [], []
    for name, version in (("a", "1.24.11"), ("b", "1.24.11"), ("c", "1.21.13")):
        with TruthProgram(Build(Variant(version)), sets=SETS) as program:
            taken.append(str(take(program.pid, tmp_path / f"{name}.gox")))
            held = Counter[str]()
            for known in program.truth.maps:
                held.update(dict.fromkeys(known.owners, known.figures["entries"]))
            entries.append(held)
    for other, theirs in zip(taken[1:], entries[1:], strict=True):
        moved = {owner for owner, count in entries[0].items() if theirs[owner] != count}
        rows = api.diff(taken[0], other).tables["maps"].to_pylist()
        ours = [row for row in rows if row["owner"].startswith("main.") and row["maps_before"] and row["maps_after"]]
        lost = [row for row in rows if row["owner"].startswith("main.") and row["change"] in ("came", "went")]
        assert len(ours) > 100 and len(lost) <= len(ours) // 8 and len(moved) <= len(ours) // 8, lost
        differ = {row["owner"] for row in ours if row["maps_delta"] or row["entries_delta"]}
        assert differ == moved & {row["owner"] for row in ours}
    restarted = api.diff(taken[0], taken[1])
    assert restarted.notes == [] or not any("build" in note for note in restarted.notes)
    stacks = [r["owner"] for r in restarted.tables["maps"].to_pylist() if "goroutine" in r["owner"]]
    assert stacks and all(owner.startswith("goroutine *: ") for owner in stacks)
