"""What the toolchain is kept from in a hostile module, and what is said where it cannot help."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray.audit.types import command
from goxray.audit.types import toolchain as finding
from goxray.audit.types.gather import exact_types, exact_types_of
from goxray.core.errors import ToolchainError
from goxray.target import toolchains
from tests.harness.exact_types import callees, lay, state, toolchain

NEW, OLD = toolchains.VERSIONS[-1], toolchains.VERSIONS[0]

GET = "(net/http.Client).Get"


@pytest.fixture
def fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put programs in the way that a download or a tool would run, and settings that would let them."""
    ran = tmp_path / "ran"
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("git", "hg", "svn", "pkg-config", "gcc", "cc", "clang", "compile-with"):
        (trap / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {ran}\nexit 1\n')
        (trap / name).chmod(0o755)
    (tmp_path / "env").write_text(f"GOFLAGS=-toolexec={trap}/compile-with\nGOPROXY=direct\nGONOPROXY=*\n")
    monkeypatch.setenv("PATH", f"{trap}:{os.environ['PATH']}")
    monkeypatch.setenv("GOENV", str(tmp_path / "env"))
    monkeypatch.setenv("GOFLAGS", f"-toolexec={trap}/compile-with -mod=mod")
    for name, value in (("GOPRIVATE", "*"), ("GOPROXY", "direct"), ("GOTOOLCHAIN", "auto"), ("CGO_ENABLED", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOCACHEPROG", str(trap / "compile-with"))
    yield ran


def test_nothing_is_run_fetched_or_changed_and_what_can_be_told_is(tmp_path: Path, fetching: Path) -> None:
    root = lay(
        tmp_path / "hostile",
        {
            "go.mod": "module example.com/hostile\n\ngo 1.21\ntoolchain go1.99.9\n\n"
            "require git.example.com/private/thing.git v1.2.3\n",
            "go.sum": "",
            ".git/config": "[core]\n\tfsmonitor = touch ran\n",
            "a/a.go": '//go:generate touch ran\npackage a\n\nimport (\n\t"net/http"\n\n'
            '\t"git.example.com/private/thing.git"\n)\n\nfunc f() {\n\tg().Get("")\n\tthing.Do().More()\n'
            "\tundefined()\n}\n\nfunc g() *http.Client { return nil }\n",
            "b/b.go": 'package b\n\n// #cgo pkg-config: evil\n// #cgo CFLAGS: -fplugin=evil.so\nimport "C"\n',
            "c/c.go": "package c\n\nfunc broken( {\n",
            "d/d.go": 'package d\n\nimport "example.com/hostile/d"\n\nvar x = "whole"\n',
        },
    )
    before = state(root)
    found = exact_types(root, toolchain=toolchain(NEW))
    assert state(root) == before
    assert not fetching.exists()
    assert callees(root / "a", "a.go", found)[:2] == [GET, ".g"]
    assert found.partial
    text = " ".join(note.en for note in found.notes)
    assert "packages do not type-check whole" in text and "what the source says" in text
    assert str(root) not in text


@pytest.mark.parametrize(
    ("name", "value", "ran"),
    [
        ("GOPRIVATE", "*", "/git "),
        ("GOFLAGS", "-toolexec={}", "/compile-with "),
        ("GOCACHEPROG", "{}", "/compile-with "),
    ],
    ids=["fetching", "toolexec", "cache-program"],
)
def test_each_of_these_ways_is_one(tmp_path: Path, fetching: Path, name: str, value: str, ran: str) -> None:
    """The go command as it comes, under one of the settings alone, runs what lies in its way."""
    found = toolchain(NEW)
    source = 'package a\n\nimport _ "git.example.com/private/thing.git"\n'
    root = lay(tmp_path / "plain", {"go.mod": "module example.com/plain\n\ngo 1.21\n", "a.go": source})
    env = found.environment(extra={"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOCACHE": str(tmp_path / "cache")})
    env |= {name: value.format(tmp_path / "trap" / "compile-with"), "GIT_TERMINAL_PROMPT": "0"}
    words = [str(found.go), "list", "-e", "-deps", "-export", "./..."]
    subprocess.run(words, cwd=root, env=env, capture_output=True, timeout=60)
    assert ran in fetching.read_text()


def test_a_workspace_is_read_and_its_sums_stay_as_they_are(tmp_path: Path) -> None:
    root = lay(
        tmp_path,
        {
            "go.work": "go 1.21\n\nuse (\n\t./one\n\t./two\n)\n\nreplace example.com/gone => ./three\n",
            "one/go.mod": "module example.com/one\n\ngo 1.21\n\nrequire example.com/gone v1.0.0\n",
            "one/one.go": 'package one\n\nimport (\n\t"example.com/gone"\n\t"example.com/two"\n)\n\n'
            'func f() {\n\ttwo.Client().Get("")\n\tgone.Client().Head("")\n}\n',
            "two/go.mod": "module example.com/two\n\ngo 1.21\n",
            "two/two.go": 'package two\n\nimport "net/http"\n\nfunc Client() *http.Client { return nil }\n',
            "three/go.mod": "module example.com/gone\n\ngo 1.21\n",
            "three/t.go": 'package gone\n\nimport "net/http"\n\nfunc Client() *http.Client { return nil }\n',
        },
    )
    before = state(root)
    found = exact_types_of([root / "one"], str(toolchain(NEW)))
    assert [each for each in callees(root / "one", "one.go", found) if "http" in each] == [
        GET, "(net/http.Client).Head"
    ]  # fmt: skip
    assert found.notes == () and not found.partial and state(root) == before


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.go": "package a\n"}, "go.mod"),
        ({"go.mod": "module m\n\ngo 1.99\n", "a.go": "package a\n"}, "1.99"),
        ({"go.mod": "modul m\n", "a.go": "package a\n"}, "modul"),
        ({"go.mod": "module m\n\ngo 1.21\n"}, "matched no packages"),
    ],
    ids=["no-module", "newer-go", "broken-module", "empty"],
)
def test_a_module_that_the_go_command_refuses_is_told_in_one_line(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    found = exact_types(lay(tmp_path, files), toolchain=toolchain(NEW))
    assert found.packages == {} and found.partial
    (note,) = found.notes
    assert says in note.en and "\n" not in note.en and str(tmp_path) not in note.en


def test_a_pipe_with_a_go_files_name_does_not_make_anybody_wait(tmp_path: Path) -> None:
    lay(tmp_path, {"go.mod": "module m\n\ngo 1.21\n"})
    os.mkfifo(tmp_path / "pipe.go")
    found = exact_types(tmp_path, toolchain=toolchain(NEW))
    assert "pipe.go is no regular file" in found.notes[0].en and found.partial


def test_a_source_that_takes_the_type_checkers_memory_costs_its_own_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_MOST_MEMORY", 300 << 20)
    doubled = "".join(f"const s{n} = s{n - 1} + s{n - 1}\n" for n in range(1, 48))
    root = lay(
        tmp_path,
        {
            "go.mod": "module m\n\ngo 1.21\n",
            "a/a.go": "package a\n\nfunc f() { g() }\n\nfunc g() {}\n",
            "z/z.go": f'package z\n\nconst s0 = "0123456789abcdef"\n{doubled}\nvar x [len(s47)]byte\n',
        },
    )
    found = exact_types(root, toolchain=toolchain(OLD))  # newer ones know a limit themselves
    assert callees(root / "a", "a.go", found) == [".g"]
    assert found.partial and "the type checker: " in found.notes[-1].en and found.package(root / "z") is None


def test_without_a_toolchain_one_line_says_so_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "everywhere", lambda: [])
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("GOROOT", raising=False)
    with pytest.raises(ToolchainError, match="^--types needs a Go toolchain, and this machine has none$") as raised:
        exact_types_of([])
    assert raised.value.exit_code == 3
    assert "--go" in raised.value.hint and "PATH" in raised.value.hint


def test_the_toolchain_is_the_named_one_then_goroot_then_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    new, old = toolchain(NEW), toolchain(OLD)
    monkeypatch.setenv("GOROOT", str(old.root))
    monkeypatch.setenv("PATH", str(new.root / "bin"))
    assert finding.chosen().version == OLD
    assert finding.chosen("1.22").version.startswith("1.22.")
    assert finding.chosen(str(new.go)).version == NEW
    assert finding.chosen(str(new.root)).version == NEW
    monkeypatch.setenv("GOROOT", str(tmp_path))
    assert finding.chosen().version == NEW
    with pytest.raises(ToolchainError, match="is no Go toolchain"):
        finding.chosen(str(tmp_path))
