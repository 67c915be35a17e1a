"""What becomes of files that are no ordinary Go: each is told in one line, and the rest is looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from goxray.audit import scan_workers
from goxray.audit.policy import Policy
from goxray.audit.scan import PackageFiles, PackageScan, scan
from goxray.audit.scan_package import Contents, read_package
from goxray.audit.source import files
from goxray.core.audit_result import FileHealth

_GET = 'package a\n\nimport "net/http"\n\nfunc get(u string) { _, _ = http.Get(u) }\n'


def _scan(root: Path, *names: str, cache: Path | None = None) -> PackageScan:
    (found,) = scan([PackageFiles(".", root, names)], Policy(), jobs=1, cache=cache)
    return found


def _told(found: PackageScan) -> dict[str, tuple[str, str]]:
    return {each.path: (each.status, each.detail) for each in found.health}


def _gets(found: PackageScan) -> list[tuple[str, int]]:
    return [(hit.place.path, hit.place.line) for rule, hit in found.hits if rule == "NET001"]


def test_a_file_over_the_limit_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", len(_GET))
    (tmp_path / "a.go").write_text(_GET)
    (tmp_path / "b.go").write_text(_GET + "\n")
    found = _scan(tmp_path, "a.go", "b.go")
    detail = f"larger than {len(_GET)} bytes, the limit for a Go file: not looked at"
    assert _told(found) == {"a.go": ("parsed", ""), "b.go": ("failed", detail)}
    assert _gets(found) == [("a.go", 5)]
    assert found.bytes == len(_GET)


def test_the_limit_is_over_every_file_of_the_go_distribution() -> None:
    """cmd/compile/internal/ssa/opGen.go is the largest Go file there: 3.9 MB."""
    assert 4 << 20 < files.LARGEST <= 16 << 20


def test_a_syntax_error_is_told_by_its_line_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.go").write_text(_GET + "\nfunc broken( {\n\nfunc again(u string) { _, _ = http.Get(u) }\n")
    found = _scan(tmp_path, "a.go")
    assert _told(found) == {"a.go": ("partial", "line 7: not understood; the rest was looked at")}
    assert ("a.go", 5) in _gets(found)


@pytest.mark.parametrize(
    ("text", "status", "detail"),
    [
        (b"package a\n\n// caf\xe9\n", "partial", "line 3: no UTF-8; the rest was looked at"),
        (b"package a\n\x00\n", "failed", "it holds zero bytes: no Go source"),
        (b"\x7fELF\x01\x02", "partial", "line 1: not understood; the rest was looked at"),
        (b"", "parsed", ""),
        (b"\xef\xbb\xbfpackage a\n", "parsed", ""),
    ],
    ids=["latin-1", "zero-byte", "executable", "empty", "byte-order-mark"],
)
def test_bytes_that_are_no_go(tmp_path: Path, text: bytes, status: str, detail: str) -> None:
    (tmp_path / "a.go").write_bytes(text)
    (tmp_path / "b.go").write_text(_GET)
    found = _scan(tmp_path, "a.go", "b.go")
    assert _told(found) == {"a.go": (status, detail), "b.go": ("parsed", "")}
    assert _gets(found) == [("b.go", 5)]


def _nested(kind: str, depth: int) -> str:
    return {
        "parentheses": "var x = " + "(" * depth + "http.DefaultClient" + ")" * depth,
        "calls": "var x = " + "string(" * depth + '"a"' + ")" * depth,
        "sum": "var x = " + " + ".join(['"a"'] * depth),
        "blocks": "func f() " + "{" * depth + "}" * depth,
        "literals": "var x = " + "[]any{" * depth + "}" * depth,
        "types": "var x " + "[]" * depth + "int",
    }[kind]


_KINDS = ("parentheses", "calls", "sum", "blocks", "literals", "types")


def _deep(root: Path, kind: str, depth: int) -> PackageScan:
    shell = 'package a\n\nimport (\n\t"crypto/tls"\n\t"net/http"\n)\n\n'
    trigger = 'var m = map[string]int{"password": 1}\nfunc g() { m["k"]++; go g(); _ = "redis://u:p@h/0" }\n'
    (root / "a.go").write_text(shell + trigger + _nested(kind, depth) + "\n")
    (root / "b.go").write_text(_GET)
    return _scan(root, "a.go", "b.go")


@pytest.mark.parametrize("kind", _KINDS)
def test_what_people_nest_is_looked_at(tmp_path: Path, kind: str) -> None:
    """As deep as the deepest file of the Go distribution, a table of x/text that is one concatenation."""
    found = _deep(tmp_path, kind, 1000)
    assert _told(found) == {"a.go": ("parsed", ""), "b.go": ("parsed", "")}
    assert ("b.go", 5) in _gets(found)


@pytest.mark.parametrize("kind", _KINDS)
def test_nested_without_end_is_told_and_ends_no_scan(tmp_path: Path, kind: str) -> None:
    found = _deep(tmp_path, kind, 100_000 if kind == "parentheses" else 20_000)
    detail = "nested more than 3,000 levels deep, as no people write: not looked at"
    assert _told(found) == {"a.go": ("failed", detail), "b.go": ("parsed", "")}
    assert _gets(found) == [("b.go", 5)]


def test_what_is_no_ordinary_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "dir.go").mkdir()
    os.mkfifo(tmp_path / "pipe.go")
    (tmp_path / "loop.go").symlink_to("loop.go")
    (tmp_path / "z.go").write_text(_GET)
    found = _scan(tmp_path, "dir.go", "gone.go", "loop.go", "pipe.go", "z.go")
    assert _told(found) == {
        "dir.go": ("failed", "Is a directory"),
        "gone.go": ("failed", "No such file or directory"),
        "loop.go": ("failed", "Too many levels of symbolic links"),
        "pipe.go": ("failed", "no ordinary file"),
        "z.go": ("parsed", ""),
    }
    assert _gets(found) == [("z.go", 5)]


def test_a_file_that_changes_meanwhile_is_what_was_read_and_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept has the key of the bytes that were read, not of those that stand there afterwards."""
    place, cache = tmp_path / "a.go", tmp_path / "cache"
    place.write_text(_GET)

    def read_and_change(given: PackageFiles) -> Contents:
        contents = read_package(given)
        place.write_text("package a\n")
        return contents

    monkeypatch.setattr(scan_workers, "read_package", read_and_change)
    assert _gets(_scan(tmp_path, "a.go", cache=cache)) == [("a.go", 5)]
    monkeypatch.undo()
    again = _scan(tmp_path, "a.go", cache=cache)
    assert (_gets(again), again.reused) == ([], 0)


def test_health_stands_for_every_file_once(tmp_path: Path) -> None:
    for name in ("a.go", "a_test.go", "b.go"):
        (tmp_path / name).write_text(_GET)
    found = _scan(tmp_path, "a.go", "a_test.go", "b.go")
    assert found.health == tuple(FileHealth(name, "source", "parsed") for name in ("a.go", "a_test.go", "b.go"))
    assert _gets(found) == [("a.go", 5), ("b.go", 5)]
