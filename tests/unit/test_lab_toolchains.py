"""Which toolchains the lab finds on a machine, which one a word means, and how they are listed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from goxray import api_lab
from goxray.core.errors import ToolchainError
from goxray.core.lab_result import ToolchainInfo, ToolchainList
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.render.words import Lang
from goxray.target import toolchains
from goxray.ui.cli.main import main


def goroot(place: Path, version: str, *, command: bool = True) -> Path:
    """Make what looks like a GOROOT."""
    (place / "bin").mkdir(parents=True)
    (place / "VERSION").write_text(f"{version}\ntime 2025-01-01T00:00:00Z\n")
    if command:
        (place / "bin" / "go").write_text("#!/bin/sh\n")
        (place / "bin" / "go").chmod(0o755)
    return place


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any Go, a cache without any, and a PATH without one."""
    for name in ("GOROOT", "GOPATH", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOXRAY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(toolchains, "_SYSTEM", tmp_path / "usr-local-go")
    (tmp_path / "bin").mkdir()
    return tmp_path


def in_cache(machine: Path, version: str) -> Path:
    return goroot(machine / "cache" / "toolchains" / version / "go", f"go{version}")


def found() -> list[tuple[str, str]]:
    return [(source, each.version) for source, each in toolchains.everywhere()]


def test_each_place_is_looked_at_and_each_goroot_counts_once(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found() == []
    for version in ("1.21.13", "1.9.7"):
        in_cache(machine, version)
    goroot(machine / "home" / "sdk" / "go1.22.1", "go1.22.1")
    goroot(machine / "usr-local-go", "go1.26.8")
    module = machine / "home" / "go" / "pkg" / "mod" / "golang.org" / "toolchain@v0.0.1-go1.25.2.linux-amd64"
    goroot(module, "go1.25.2")
    monkeypatch.setenv("GOROOT", str(goroot(machine / "mine", "go1.28-devel_abc")))
    (machine / "bin" / "go").symlink_to(goroot(machine / "elsewhere", "go1.24.4") / "bin" / "go")
    assert found() == [
        ("cache", "1.9.7"), ("cache", "1.21.13"), ("GOROOT", "1.28-devel_abc"), ("sdk", "1.22.1"), ("local", "1.26.8"),
        ("module", "1.25.2"), ("PATH", "1.24.4"),
    ]  # fmt: skip
    (machine / "bin" / "go").unlink()
    (machine / "bin" / "go").symlink_to(machine / "usr-local-go" / "bin" / "go")
    assert [source for source, _ in found()] == ["cache", "cache", "GOROOT", "sdk", "local", "module"]


def test_what_is_no_toolchain_is_not_listed(machine: Path) -> None:
    goroot(machine / "home" / "sdk" / "go1.22.1", "go1.22.1", command=False)
    goroot(machine / "home" / "sdk" / "go1.22.2", "something else")
    (machine / "home" / "sdk" / "gopher").mkdir()
    (machine / "bin" / "go").write_text("#!/bin/sh\n")
    (machine / "bin" / "go").chmod(0o755)
    (machine / "cache" / "toolchains" / ".1.23.9-partial" / "go").mkdir(parents=True)
    assert found() == []


def test_a_go_command_that_is_a_wrapper_is_asked_for_its_goroot(machine: Path) -> None:
    root = goroot(machine / "wrapped", "go1.22.3")
    (machine / "bin" / "go").write_text(f'#!/bin/sh\n[ "$*$GOTOOLCHAIN" = "env GOROOTlocal" ] && echo "{root}"\n')
    (machine / "bin" / "go").chmod(0o755)
    assert found() == [("PATH", "1.22.3")]


def test_a_line_means_its_newest_release_and_a_path_its_goroot(machine: Path) -> None:
    for version in ("1.21.9", "1.21.13", "1.2.2", "1.23.9"):
        in_cache(machine, version)
    assert toolchains.matching("1.21").version == "1.21.13"
    assert toolchains.matching("go1.21.9").version == "1.21.9"
    assert toolchains.matching("1.2").version == "1.2.2", "1.2 is not 1.21"
    own = goroot(machine / "own", "go1.21.13")
    assert toolchains.matching(str(own)).root == own
    assert toolchains.matching("1.21").root != own


@pytest.mark.parametrize(("wanted", "release"), [("1.21", "1.21.13"), ("1.23.1", "1.23.1"), ("1.30", "1.30")])
def test_a_missing_one_says_how_to_get_it(machine: Path, wanted: str, release: str) -> None:
    in_cache(machine, "1.27.3")
    with pytest.raises(ToolchainError, match=f"Go {wanted} is not installed") as caught:
        toolchains.matching(wanted)
    assert caught.value.hint == f"goxray lab toolchains --install {release}"
    done = CliRunner().invoke(main, ["lab", "run", "map-hint", "--go", wanted])
    assert done.exit_code == 3 and "is not installed" in done.stderr


@pytest.mark.parametrize("wanted", ["one", "1", "/nowhere", "./nowhere", "1.21; rm"])
def test_a_word_that_means_no_version_is_refused(machine: Path, wanted: str) -> None:
    with pytest.raises(ToolchainError):
        toolchains.matching(wanted)


def test_by_default_the_lab_takes_what_is_there_of_its_four_lines(machine: Path) -> None:
    with pytest.raises(ToolchainError, match="none of Go 1.21, 1.23, 1.24, 1.27 is installed"):
        api_lab.run(["map-hint"])
    in_cache(machine, "1.25.5")
    with pytest.raises(ToolchainError, match="none of"):
        api_lab.run(["map-hint"])


def test_the_list_names_what_is_missing(machine: Path) -> None:
    in_cache(machine, "1.24.11")
    goroot(machine / "usr-local-go", "go1.26.8")
    listed = api_lab.toolchains()
    assert listed.cache == str(machine / "cache" / "toolchains")
    assert [(each.version, each.source, each.verified) for each in listed.toolchains][:2] == [
        ("1.24.11", "cache", True), ("1.26.8", "local", False),
    ]  # fmt: skip
    missing = [each.version for each in listed.toolchains if not each.root]
    assert missing == [version for version in toolchains.VERSIONS if version != "1.24.11"]


LISTED = ToolchainList(
    (
        ToolchainInfo("1.24.11", "cache", "/home/u/.cache/goxray/toolchains/1.24.11/go", True),
        ToolchainInfo("1.28-\x1b[31mdevel", "GOROOT", "/opt/a\nb", False),
        ToolchainInfo("1.27.3", "", "", True),
    ),
    "/home/u/.cache/goxray/toolchains",
)


def text(lang: Lang = "en", width: int = 100) -> str:
    out = io.BytesIO()
    write(LISTED, "table", out, RenderOptions(lang=lang, width=width), "lab-toolchains")
    return out.getvalue().decode()


def test_the_table_says_where_what_is_and_what_to_do_next() -> None:
    lines = text().splitlines()
    assert lines[0] == "2 Go toolchains here"
    row = next(line.split() for line in lines if "1.24.11" in line)
    assert row == ["1.24.11", "goxray's", "cache", "yes", "/home/u/.cache/goxray/toolchains/1.24.11/go"]
    assert any("1.27.3" in line and "not installed" in line for line in lines)
    assert "  get one: goxray lab toolchains --install 1.27.3" in lines
    assert "\x1b" not in text() and not any("/opt/a" in line and line.endswith("/opt/a") for line in lines)
    assert "未安装" in text("zh")
    assert all(len(line) <= 60 for line in text(width=60).splitlines() if "/" in line)


def test_the_command_lists_and_installs(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def install(version: str) -> toolchains.Toolchain:
        asked.append(version)
        return toolchains.Toolchain(version, in_cache(machine, version))

    monkeypatch.setattr(toolchains, "install", install)
    done = CliRunner().invoke(main, ["lab", "toolchains", "--install", "1.23.9", "--format", "json"])
    assert done.exit_code == 0 and asked == ["1.23.9"]
    assert "go1.23.9 is in" in done.stderr
    report = json.loads(done.stdout)
    assert report["toolchains"][0]["version"] == "1.23.9"
    CliRunner().invoke(main, ["lab", "toolchains"])
    assert asked == ["1.23.9"], "nothing is fetched by itself"
