"""What the lab keeps of builds: the go line, the files of a build, and how the kept ones make room."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from goxray import api_lab
from goxray.core.errors import UsageError
from goxray.lab import building
from goxray.lab.building import Builder, Built, prune
from goxray.lab.catalogue import SUPPORT
from goxray.lab.experiment import Build
from goxray.lab.needs import Needs
from goxray.lab.reading import read
from goxray.lab.workplace import files_of, go_line, lay_out
from goxray.target.toolchains import Toolchain
from tests.harness.lab_made import EMITS_ONE, RUN_EXACT, write_experiment


@pytest.mark.parametrize(
    ("version", "own", "line"),
    [
        ("1.24.11", "", "1.24"), ("1.27rc1", "", "1.27"), ("1.28-devel_abc Fri", "", "1.28"), ("1.21.0", "", "1.21"),
        ("1.27.3", "1.21", "1.21"),
    ],
)  # fmt: skip
def test_the_go_line_is_the_toolchains_release_line(version: str, own: str, line: str) -> None:
    assert go_line(Build("main", go_line=own), version) == line


def test_a_build_has_its_own_files_and_the_supporting_ones_where_it_calls_them(tmp_path: Path) -> None:
    folder = write_experiment(tmp_path, "files", EMITS_ONE, how=RUN_EXACT)
    for name, text in {
        "helper.go": "package main\n", "data/a.txt": "x", "builds/plain/main.go": "package main\n\nfunc main() {}\n",
        "builds/lab/main.go": 'package main\n\nfunc main() { emit("", "n", 1, "1") }\n',
        "builds/lab/inner/x.go": "package inner\n",
    }.items():  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    made = read(folder)
    shared = sorted(path.name for path in SUPPORT.glob("*.go"))
    assert "lab.go" in shared
    assert list(files_of(made, Build("main"))) == ["data/a.txt", "helper.go", "main.go", *shared]
    assert list(files_of(made, Build("p", folder="builds/plain"))) == ["main.go"]
    assert list(files_of(made, Build("l", folder="builds/lab"))) == ["inner/x.go", "main.go", *shared]
    lay_out(made, Build("l", folder="builds/lab"), "1.23.9", tmp_path / "place")
    assert (tmp_path / "place" / "go.mod").read_text() == "module lab\n\ngo 1.23\n"
    assert (tmp_path / "place" / "inner" / "x.go").read_text() == "package inner\n"
    with pytest.raises(UsageError, match="no folder"):
        files_of(made, Build("q", folder="builds/none"))
    (folder / "lab.go").write_text("package main\n")
    with pytest.raises(UsageError, match="supporting"):
        files_of(made, Build("main"))


def kept_build(cache: Path, name: str, hours_ago: float, size: int) -> Path:
    place = cache / name
    place.mkdir(parents=True)
    (place / "program").write_bytes(bytes(size))
    used = time.time() - 3600 * hours_ago
    os.utime(place, (used, used))
    return place


def test_builds_not_used_for_longest_make_room_and_those_in_use_stay(tmp_path: Path) -> None:
    old, middle, young, now = (
        kept_build(tmp_path, name, hours, 1000) for name, hours in (("aa", 90), ("0b", 50), ("c1", 8), ("dd", 0))
    )
    (tmp_path / ".making-x").mkdir()
    prune(tmp_path, 4000)
    assert all(each.exists() for each in (old, middle, young, now))
    prune(tmp_path, 2500)
    assert not old.exists() and not middle.exists() and young.exists() and now.exists()
    prune(tmp_path, 0)
    assert not young.exists() and now.exists() and (tmp_path / ".making-x").exists()


def test_results_that_cannot_be_kept_are_told_before_anything_runs(tmp_path: Path) -> None:
    write_experiment(tmp_path, "made", EMITS_ONE, how=RUN_EXACT)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        api_lab.run(["made"], go=["1.27"], folders=[tmp_path], results=tmp_path / "file" / "results")


def fake_toolchain(place: Path, script: str) -> Toolchain:
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "go").write_text(f"#!/bin/sh\n{script}\n")
    (place / "bin" / "go").chmod(0o755)
    return Toolchain("1.27.3", place)


def built_by(tmp_path: Path, script: str, *, stopping: bool = False) -> Built:
    folder = write_experiment(tmp_path, "made", EMITS_ONE, how=RUN_EXACT)
    toolchain = fake_toolchain(tmp_path / "go", script)
    return Builder(read(folder), toolchain, tmp_path / "kept", Needs(), lambda: stopping).build("main")


def test_what_the_compiler_refuses_is_kept_and_not_tried_again(tmp_path: Path) -> None:
    script = f'echo x >> {tmp_path}/asked; echo "# lab"; echo "./main.go:3: undefined: y" >&2; exit 1'
    built = built_by(tmp_path, script)
    assert built.ok is False and built.reason is None and built.binary == ""
    assert "undefined: y" in built.text and built.facts["compiled"] == 0.0
    toolchain = Toolchain("1.27.3", tmp_path / "go")
    again = Builder(read(tmp_path / "made"), toolchain, tmp_path / "kept", Needs()).build("main")
    assert again == built and (tmp_path / "asked").read_text() == "x\n"


@pytest.mark.parametrize("said", ["link: write: no space left on device", "compile: signal: killed"])
def test_a_machine_that_fails_is_no_refusal_and_is_tried_again(tmp_path: Path, said: str) -> None:
    built = built_by(tmp_path, f'echo "{said}"; exit 1')
    assert built.ok is None and built.reason == "build-failed" and said in built.detail
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_go_command_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_TIMEOUT_S", 4.0)
    built = built_by(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    assert built.ok is None and "4 s" in built.detail
    state = Path("/proc") / (tmp_path / "child").read_text().strip() / "stat"
    for _ in range(600):
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] in "ZX":
            return
        time.sleep(0.1)
    raise AssertionError("its child runs on")


def test_an_interrupted_build_is_not_kept(tmp_path: Path) -> None:
    built = built_by(tmp_path, "sleep 600", stopping=True)
    assert built.ok is None and built.detail == "interrupted"
    assert list((tmp_path / "kept").iterdir()) == []
