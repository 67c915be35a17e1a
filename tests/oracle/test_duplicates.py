"""Equal strings of a program that knows how often it holds each, and only where they were asked for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from goxray import api
from goxray.core.errors import UsageError
from goxray.heap import take
from tests.harness import programs
from tests.harness.variants import Variant

MARKS = ("held by", "sixteen", "one array", "no string", "different", "left over", "unique", "near")

# What the program makes: content, bytes of it, how often. The slot is what runtime/sizeclasses.go gives to so many
# bytes, whole pages of 8 KiB for the large ones.
EXPECTED = {
    ("held by slots", 40, 1000, 48),
    ("held by structs", 5000, 10, 5376),
    ("held by an array", 100 << 10, 3, 13 << 13),
    ("held by a map", 25, 20, 32),
    ("held by interfaces", 60, 7, 64),
    ("held by variables", 90, 2, 96),
    ("sixteen", 16, 30, 16),
    ("left over", 300, 6, 416),
}


@contextmanager
def running(variant: Variant) -> Iterator[str]:
    """Run the program; yield its pid."""
    exe = programs.build("equalstrings", programs.Build(variant))
    process = subprocess.Popen([exe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield str(process.pid)
    finally:
        process.kill()
        process.communicate()


def test_every_equal_string_is_counted(variant: Variant) -> None:
    with running(variant) as pid:
        result = api.heap(pid, duplicates=True, mask=None)
    rows = [row for row in result.tables["duplicates"].to_pylist() if row["text"].startswith(MARKS)]
    found = {(row["text"].rstrip("=…"), row["length"], row["count"], row["bytes"] // row["count"]) for row in rows}
    assert found == EXPECTED
    assert len(rows) == len(EXPECTED)
    for row in rows:
        assert row["wasted_bytes"] * row["count"] == row["bytes"] * (row["count"] - 1)
        assert row["text"] == row["text"].rstrip("=…").ljust(min(row["length"], 96), "=") + "…" * (row["length"] > 96)
    wasted = result.tables["duplicates"]["wasted_bytes"].to_pylist()
    assert wasted == sorted(wasted, reverse=True)


def test_contents_are_read_only_when_asked_for(variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("contents were read")

    monkeypatch.setattr(take, "read_contents", never)
    with running(variant) as pid:
        result = api.heap(pid)
        assert "duplicates" not in result.tables
        with pytest.raises(AssertionError, match="contents were read"):
            api.heap(pid, duplicates=True)


def test_a_snapshot_holds_no_contents(tmp_path: Path, variant: Variant) -> None:
    snapshot = tmp_path / "equal.gox"
    with running(variant) as pid, snapshot.open("wb") as out:
        api.snapshot(pid, out)
    assert b"held by" not in snapshot.read_bytes()
    with pytest.raises(UsageError, match="holds no contents"):
        api.heap(str(snapshot), duplicates=True)
