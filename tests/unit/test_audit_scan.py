"""The scan of source: packages in order, health of every file, mistakes of one rule kept to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goxray.audit import scan_package
from goxray.audit.facts import SourceUnit
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit, Rule
from goxray.audit.scan import PackageFiles, PackageScan, scan

_GET = 'package a\n\nimport "net/http"\n\nfunc get(u string) { _, _ = http.Get(u) }\n'
_CLEAN = "package a\n\nfunc one() int { return 1 }\n"


def _made(root: Path, files: dict[str, str | bytes]) -> list[PackageFiles]:
    folders: dict[Path, list[str]] = {}
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)
        folders.setdefault(place.parent, []).append(place.name)
    return [PackageFiles(d.relative_to(root).as_posix(), d, tuple(sorted(n))) for d, n in sorted(folders.items())]


def _scan(packages: list[PackageFiles]) -> list[PackageScan]:
    return list(scan(packages, Policy(), jobs=1))


def test_packages_come_in_the_order_given_with_paths_from_the_root(tmp_path: Path) -> None:
    made = _made(tmp_path, {"z/a.go": _GET, "a.go": _GET, "b/a.go": _CLEAN})
    found = list(scan(made[::-1], Policy(), jobs=1))
    assert [each.path for each in found] == ["z", "b", "."]
    assert [[hit.place.path for rule, hit in each.hits if rule == "NET001"] for each in found] == [
        ["z/a.go"],
        [],
        ["a.go"],
    ]


def test_counts_lines_and_bytes_of_what_was_read(tmp_path: Path) -> None:
    (found,) = _scan(_made(tmp_path, {"a.go": _CLEAN, "b.go": "package a"}))
    assert (found.lines, found.bytes) == (4, len(_CLEAN) + 9)
    assert [(each.path, each.status) for each in found.health] == [("a.go", "parsed"), ("b.go", "parsed")]


def test_files_of_one_folder_with_other_package_clauses_do_not_share_names(tmp_path: Path) -> None:
    """A generator beside a package declares names of its own: ``limit`` is five seconds there alone."""
    generator = "//go:build ignore\n\npackage main\n\nconst limit = 5\n\nfunc main() {}\n"
    client = 'package a\n\nimport "net/http"\n\nconst limit = 0\n\nvar c = http.Client{Timeout: limit}\n'
    (found,) = _scan(_made(tmp_path, {"gen.go": generator, "a.go": client}))
    assert [hit.place.path for rule, hit in found.hits if rule == "NET002"] == ["a.go"]


def test_a_rule_that_fails_costs_its_own_hits_of_that_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
        if unit.path == "b":
            raise IndexError("no such thing")
        yield from ()

    net001 = next(rule for rule in all_rules() if rule.info.id == "NET001")
    broken = replace(net001, info=replace(net001.info, id="AAA001"), source=failing)
    rules: tuple[Rule, ...] = (broken, *all_rules())
    monkeypatch.setattr(scan_package, "all_rules", lambda: rules)
    first, second = _scan(_made(tmp_path, {"a/a.go": _GET, "b/b.go": _GET}))
    assert all(each.status == "parsed" for each in first.health)
    assert [each.detail for each in second.health if each.path == "b"] == [
        "AAA001 failed here and found nothing: IndexError: no such thing"
    ]
    assert "NET001" in [rule for rule, _ in second.hits]


def test_rules_are_those_of_the_profile_that_the_policy_leaves_on(tmp_path: Path) -> None:
    sha = 'package a\n\nimport "crypto/sha256"\n\nfunc sum(b []byte) [32]byte { return sha256.Sum256(b) }\n'
    made = _made(tmp_path, {"a.go": sha})
    ids = {p: {r for s in scan(made, Policy(profile=p), jobs=1) for r, _ in s.hits} for p in ("default", "gm")}
    assert ids == {"default": set(), "gm": {"CRY002"}}
    assert not next(scan(made, Policy(profile="gm", disabled=frozenset({"CRY002"})), jobs=1)).hits


def test_tells_imported_cryptography_and_the_names_asked_for_without_tests(tmp_path: Path) -> None:
    text = (
        'package a\n\nimport (\n\tsum "crypto/md5"\n\t"golang.org/x/text/language"\n\t"net/http"\n)\n\n'
        "func f(http string, s *nethttp) { sum.Sum(nil); language.Parse(http); http.Get() }\n"
    )
    test = 'package a\n\nimport (\n\t"crypto/sha1"\n\t"net/http"\n)\n\nfunc g() { sha1.New(); http.Get("u") }\n'
    wanted = frozenset({"golang.org/x/text/language.Parse", "golang.org/x/text/language.Make", "net/http.Get"})
    (found,) = scan(_made(tmp_path, {"a.go": text, "a_test.go": test}), Policy(), jobs=1, wanted=wanted)
    assert found.crypto_imports == {"crypto/md5"}
    assert found.references == {"golang.org/x/text/language.Parse"}


def test_progress_counts_every_package(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = _made(tmp_path, {"a/a.go": _CLEAN, "b/a.go": _CLEAN})
    list(scan(made, Policy(), jobs=1, progress=lambda done, of: told.append((done, of))))
    assert told == [(1, 2), (2, 2)]
