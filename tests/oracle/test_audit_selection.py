"""The build list against the go command's own: ``go list -m all`` over module graphs made by chance, offline.

The go command reads them from a proxy in a directory and keeps their go.mod files in a module cache, which goxray then
reads as it reads a user's.
"""

from __future__ import annotations

import os
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from goxray.audit.modules.advisories import Database
from goxray.audit.modules.cache import ModuleCache, escaped
from goxray.audit.modules.unit import Loader
from goxray.target import toolchains

GO = "1.27.3"
PATHS = [f"example.org/{name}" for name in ("a", "b", "c", "d", "Eee", "f/v2")]
OLD_LINES = ["", "1.15", "1.16"]
NEW_LINES = ["1.17", "1.20"]
SEEDS = 16


@dataclass
class World:
    """Modules by path and version, each with its go.mod; and how the main modules are written."""

    proxy: Path
    chance: random.Random
    versions: dict[str, list[str]] = field(default_factory=dict)

    def make(self, lines: list[str]) -> None:
        for path in PATHS:
            major = "v2" if path.endswith("/v2") else "v1"
            self.versions[path] = [f"{major}.{minor}.0" for minor in range(3)] + [f"{major}.10.0-rc.1"]
        for path, versions in self.versions.items():
            folder = self.proxy / escaped(path) / "@v"
            folder.mkdir(parents=True)
            (folder / "list").write_text("\n".join(versions) + "\n")
            for version in versions:
                (folder / f"{version}.mod").write_text(self.gomod(path, self.chance.choice(lines)))
                (folder / f"{version}.info").write_text(f'{{"Version":"{version}","Time":"2024-01-01T00:00:00Z"}}')

    def gomod(self, path: str, line: str, extra: str = "") -> str:
        others = [each for each in PATHS if each != path]
        chosen = self.chance.sample(others, self.chance.randint(0, 3))
        required = "".join(f"require {each} {self.chance.choice(self.versions[each])}\n" for each in chosen)
        return f"module {path}\n" + (f"go {line}\n" if line else "") + required + extra


def go(directory: Path, cache: Path, proxy: Path, flags: str) -> dict[str, str]:
    """Return what ``go list -m all`` prints, main modules aside."""
    toolchain = toolchains.install(GO)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cache),
        "GOPATH": str(cache),
        "GOMODCACHE": str(cache / "mod"),
        "GOCACHE": str(cache / "build"),
        "GOENV": "off",
        "GOPROXY": f"file://{proxy}",
        "GOSUMDB": "off",
        "GOFLAGS": f"-modcacherw {flags}".strip(),
        "GOTOOLCHAIN": "local",
        "GOVCS": "*:off",
    }
    command = [str(toolchain.go), "list", "-m", "-f", "{{.Path}} {{.Version}} {{.Main}}", "all"]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[0]: row[1] for row in rows if row[-1] == "false"}


def graph(directory: Path, cache: Path, *, workspace: bool = False) -> dict[str, str]:
    loader = Loader(directory, ModuleCache(cache / "mod"), Database())
    loaded = loader.workspace(directory) if workspace else loader.module(directory)
    assert loaded.unit is not None and not loaded.unhealthy
    listed = {each.path: each.version for each in loaded.unit.selected}
    assert listed.items() <= loaded.selection.graph.items()
    return loaded.selection.graph


@pytest.mark.parametrize("line", ["1.16", "1.20"])
def test_one_module(line: str, tmp_path: Path) -> None:
    """Unpruned and pruned mains over old and new modules, with replace, exclude and a directory as replacement."""
    pruned = set()
    for seed in range(SEEDS):
        place = tmp_path / str(seed)
        world = World(place / "proxy", random.Random(f"{line} {seed}"))
        world.make(OLD_LINES if line == "1.16" else OLD_LINES + NEW_LINES)
        main = place / "main"
        (main / "fork").mkdir(parents=True)
        (main / "fork" / "go.mod").write_text(world.gomod("example.org/f/v2", world.chance.choice(OLD_LINES)))
        extra = (
            "replace example.org/a v1.1.0 => example.org/b v1.0.0\nreplace example.org/f/v2 => ./fork\n",
            "exclude example.org/b v1.2.0\nreplace example.org/c => example.org/d v1.0.0\n",
            "exclude (\n\texample.org/a v1.2.0\n\texample.org/d v1.2.0\n)\n",
        )[seed % 3]
        (main / "go.mod").write_text(world.gomod("example.org/main", line, extra + "require example.org/a v1.0.0\n"))
        before = (main / "go.mod").read_text()
        expected = go(main, place / "cache", world.proxy, "-mod=mod")
        (main / "go.mod").write_text(before)
        assert graph(main, place / "cache") == expected, before
        pruned.add(len(expected))
    assert len(pruned) > 1, "the graphs differ"


def test_a_workspace(tmp_path: Path) -> None:
    for seed in range(SEEDS):
        place = tmp_path / str(seed)
        world = World(place / "proxy", random.Random(f"workspace {seed}"))
        world.make(OLD_LINES + NEW_LINES)
        main = place / "main"
        for name, line in (("one", "1.20"), ("two", world.chance.choice(["1.16", "1.20"]))):
            (main / name).mkdir(parents=True)
            extra = "replace example.org/a => example.org/b v1.1.0\nrequire example.org/a v1.0.0\n" if seed % 2 else ""
            (main / name / "go.mod").write_text(world.gomod(f"example.org/{name}", line, extra))
        own = "replace example.org/a => example.org/d v1.0.0\n" if seed % 3 == 0 else ""
        (main / "go.work").write_text(f"go 1.20\nuse (\n./one\n./two\n)\n{own}")
        expected = go(main, place / "cache", world.proxy, "")
        assert graph(main, place / "cache", workspace=True) == expected, seed
