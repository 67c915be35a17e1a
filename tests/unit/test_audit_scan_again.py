"""A scan's memory and its processes: the second run parses nothing, and shared-out work gives what one process does."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from goxray.audit import scan_package, scan_store, scan_workers
from goxray.audit.policy import Acceptance, Policy
from goxray.audit.scan import scan
from goxray.audit.scan_workers import Task
from goxray.audit.scanned import PackageFiles, PackageScan
from goxray.audit.source.files import SourceFile, checked
from goxray.core.audit_result import FileHealth

_GET = 'package a\n\nimport "net/http"\n\n'
_GET += "/* 取 */ func get(u string) { _, _ = http.Get(u) } //goxray:ignore NET001 until=2030-01-01 x\n"
_MAP = "package a\n\nfunc f(ks []string) {\n\tm := map[string]int{}\n\tfor _, k := range ks { m[k] = 1 }\n}\n"
_BROKEN = 'package a\n\nimport "crypto/md5"\n\nfunc broken( {\n'


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are parsed from now on."""
    told: list[str] = []

    def counting(text: bytes, shown: str) -> SourceFile | FileHealth:
        told.append(shown)
        return checked(text, shown)

    monkeypatch.setattr(scan_package, "checked", counting)
    return told


@pytest.fixture
def tree(tmp_path: Path) -> list[PackageFiles]:
    """Three packages: with a hit and a mark, with a hit that has a step, with a file that does not parse."""
    made = []
    for name, text in (("a", _GET), ("b", _MAP), ("c", _BROKEN)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.go").write_text(text)
        (tmp_path / name / "x_test.go").write_text("package a\n")
        made.append(PackageFiles(name, tmp_path / name, ("gone.go", "x.go", "x_test.go"), f"m.org/{name}", "1.24"))
    return made


_WANTED = frozenset({"net/http.Get"})


def _scan(
    tree: list[PackageFiles], cache: Path | None, policy: Policy | None = None, wanted: frozenset[str] = _WANTED
) -> list[PackageScan]:
    return list(scan(tree, policy or Policy(), jobs=1, cache=cache, wanted=wanted))


def _without_reused(found: list[PackageScan]) -> list[PackageScan]:
    return [replace(each, reused=0) for each in found]


def test_the_second_scan_parses_nothing_and_finds_the_same(
    tree: list[PackageFiles], tmp_path: Path, parses: list[str]
) -> None:
    cache = tmp_path / "cache"
    first = _scan(tree, cache)
    assert sorted(parses) == [f"{name}/{file}" for name in "abc" for file in ("x.go", "x_test.go")]
    assert [rule for each in first for rule, _ in each.hits][:2] == ["NET001", "MAP001"]
    assert first[0].marks and first[1].hits[0][1].steps and first[2].health[1].status == "partial"
    assert set(first[0].references) == {"net/http.Get"}
    assert set(first[2].crypto_imports) == {"crypto/md5"}
    parses.clear()
    second = _scan(tree, cache)
    assert parses == []
    assert _without_reused(second) == first
    assert [each.reused for each in second] == [3, 3, 3]


def test_only_a_package_with_a_changed_file_is_scanned_again(
    tree: list[PackageFiles], tmp_path: Path, parses: list[str]
) -> None:
    cache = tmp_path / "cache"
    before = _scan(tree, cache)
    (tree[1].directory / "x.go").write_text(_GET)
    parses.clear()
    after = _scan(tree, cache)
    assert parses == ["b/x.go", "b/x_test.go"]
    assert [each.reused for each in after] == [3, 0, 3]
    assert [rule for rule, _ in after[1].hits] == ["NET001"]
    (tree[1].directory / "gone.go").write_text("package a\n")
    assert [each.reused for each in _scan(tree, cache)] == [3, 0, 3]
    assert _without_reused(after)[0] == before[0]


@pytest.mark.parametrize(
    ("policy", "wanted", "same"),
    [
        (Policy(profile="gm"), _WANTED, False),
        (Policy(disabled=frozenset({"NET001", "X"})), _WANTED, False),
        (Policy(), frozenset({"net/http.Post"}), False),
        (Policy(path="elsewhere.toml", severities={"NET001": "low"}), _WANTED, True),
        (Policy(accepted=(Acceptance("NET001", "**", "x", "2030-01-01"),)), _WANTED, True),
    ],
    ids=["profile", "disabled", "wanted", "severities", "accepted"],
)
def test_what_the_rules_are_asked_is_part_of_the_key(
    tree: list[PackageFiles], tmp_path: Path, policy: Policy, wanted: frozenset[str], same: bool
) -> None:
    cache = tmp_path / "cache"
    _scan(tree, cache)
    again = _scan(tree, cache, policy, wanted=wanted)
    assert [each.reused for each in again] == ([3, 3, 3] if same else [0, 0, 0])


def test_other_code_of_ours_knows_nothing(
    tree: list[PackageFiles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _scan(tree, tmp_path / "cache")
    monkeypatch.setattr(scan_store, "_version", lambda: "of another day")
    assert [each.reused for each in _scan(tree, tmp_path / "cache")] == [0, 0, 0]


def _spoil(place: Path, how: str) -> None:
    text = place.read_text()
    table = json.loads(text)
    scan = table["scan"]
    changed = {
        "empty": "",
        "cut": text[: len(text) // 2],
        "null": "null",
        "list": "[]",
        "deep": "[" * 100_000,
        "no-utf-8": None,
        "no-hits": json.dumps({**table, "scan": {**scan, "hits": None}}),
        "lines": json.dumps({**table, "scan": {**scan, "lines": "4"}}),
        "severity": text.replace('"severity":null', '"severity":"dire"'),
        "confidence": text.replace('"confidence":"', '"confidence":"un'),
        "health": text.replace('"parsed"', '"fine"'),
    }[how]
    place.write_bytes(b"\xff\xfe" if changed is None else changed.encode())


@pytest.mark.parametrize(
    "how",
    ["empty", "cut", "null", "list", "deep", "no-utf-8", "no-hits", "lines", "severity", "confidence", "health"],
)
def test_a_broken_memory_is_passed_over_and_made_anew(tree: list[PackageFiles], tmp_path: Path, how: str) -> None:
    cache = tmp_path / "cache"
    first = _scan(tree[:1], cache)
    (place,) = cache.iterdir()
    whole = place.read_bytes()
    _spoil(place, how)
    assert place.read_bytes() != whole
    assert _scan(tree[:1], cache) == first
    assert place.read_bytes() == whole


def test_the_memory_is_its_owners_and_holds_one_file_a_directory(tree: list[PackageFiles], tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    _scan(tree, cache)
    (tree[0].directory / "x.go").write_text(_MAP)
    _scan(tree, cache)
    assert len(list(cache.iterdir())) == 3
    assert {stat.S_IMODE(each.stat().st_mode) for each in cache.iterdir()} == {0o600}
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_without_a_place_to_keep_it_a_scan_is_a_scan(tree: list[PackageFiles], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert _scan(tree, tmp_path / "file" / "cache") == _scan(tree, None)


def test_processes_find_what_one_process_finds_in_order(
    tree: list[PackageFiles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = _scan(tree, None)
    monkeypatch.setattr(scan_workers, "_ALONE", 0)
    monkeypatch.setattr(scan_workers, "_BATCH", 0)
    told: list[tuple[int, int]] = []
    shared = list(
        scan(tree, Policy(), jobs=2, cache=tmp_path / "cache", wanted=_WANTED, progress=lambda *done: told.append(done))
    )
    assert shared == alone
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [each.reused for each in _scan(tree, tmp_path / "cache")] == [3, 3, 3]


@dataclass(frozen=True)
class _Deadly(Task):
    """A task during which the process dies in one directory."""

    def scan(self, given: PackageFiles) -> PackageScan:
        if given.path == "b":
            os._exit(9)
        return super().scan(given)


def test_a_process_that_dies_costs_the_directory_it_was_in(
    tree: list[PackageFiles], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_workers, "_ALONE", 0)
    found = list(scan_workers.several(_Deadly(Policy(), frozenset(), None), tree, 2))
    assert [each.path for each in found] == ["a", "b", "c"]
    assert [rule for rule, _ in found[0].hits] == ["NET001"]
    assert {each.status for each in found[1].health} == {"failed"}
    assert [each.path for each in found[1].health] == ["b/gone.go", "b/x.go", "b/x_test.go"]
    assert "died" in found[1].health[0].detail
    assert found[2].health[1].status == "partial"


def test_where_no_process_can_begin_this_one_does_all(
    tree: list[PackageFiles], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_workers, "_ALONE", 0)
    monkeypatch.setattr(scan_workers, "_works", lambda _begun: False)
    assert list(scan(tree, Policy(), jobs=2, wanted=_WANTED)) == _scan(tree, None)


def test_little_is_scanned_here(tree: list[PackageFiles], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pool(*_: object) -> Iterator[PackageScan]:
        raise AssertionError("a process for a few lines")

    monkeypatch.setattr(scan_workers, "_shared_out", no_pool)
    assert len(list(scan(tree, Policy(), jobs=2))) == 3
