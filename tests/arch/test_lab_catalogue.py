"""The lab's catalogue: every experiment can be read, compiles with each toolchain, and needs nothing but Go."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray.api_lab import DEFAULT_GO
from goxray.lab.catalogue import SHIPPED, SUPPORT, all_experiments
from goxray.lab.experiment import Build, Experiment
from goxray.lab.room import locked
from goxray.lab.workplace import files_of
from goxray.target import toolchains

OLDEST = toolchains.VERSIONS[0]
VERSIONS = [version for line in DEFAULT_GO for version in toolchains.VERSIONS if version.startswith(f"{line}.")]
CHINESE = re.compile("[\u4e00-\u9fff]")
IMPORTS = re.compile(r"^import\s+(?:\((.*?)^\)|(\S+\s+)?(\"[^\"]+\"|`[^`]+`))", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"^\s*(?:[\w.]+\s+)?\"([^\"]+)\"", re.MULTILINE)
SHIM = SHIPPED.parent / "shim"
CLAIMS_OF = {"C000": 70, "C001": 44, "C002": 31, "C003": 48, "C004": 20}
"""How many claims each of the five articles makes; they are numbered from 01."""


@pytest.fixture(scope="module")
def experiments() -> tuple[Experiment, ...]:
    return all_experiments()


@pytest.fixture(scope="module")
def module(experiments: tuple[Experiment, ...]) -> Iterator[Path]:
    """One module in which each experiment's main program is a package: one go command looks at all of them.

    It stands at one place, because Go's cache knows a package by its directory too: only what changed is compiled.
    """
    place = toolchains.cache_dir() / "lab" / "catalogue-check"
    place.parent.mkdir(parents=True, exist_ok=True)
    with locked(place.with_suffix(".lock"), shared=False):
        shutil.rmtree(place, ignore_errors=True)
        write_module(place, experiments)
        yield place


def write_module(place: Path, experiments: tuple[Experiment, ...]) -> None:
    (place / "shim").mkdir(parents=True)
    (place / "go.mod").write_text("module lab\n\ngo 1.21\n")
    for each in experiments:
        if any(each.folder.glob("*.go")):
            for name, path in files_of(each, Build("main")).items():
                target = place / each.id / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    shutil.copyfile(SHIM / "main.go", place / "shim" / "main.go")


def toolchain(version: str) -> toolchains.Toolchain:
    found = toolchains.find(version)
    assert found is not None, "run `make toolchains`"
    return found


def go(version: str, place: Path, *words: str) -> str:
    """Run the go command; return what it said, and fail with that where it failed."""
    found = toolchain(version)
    done = subprocess.run(
        [str(found.go), *words], cwd=place, env=found.environment(), capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def go_files() -> list[Path]:
    return sorted([*SHIPPED.rglob("*.go"), *SUPPORT.glob("*.go"), *SHIM.glob("*.go")])


def test_every_folder_is_an_experiment(experiments: tuple[Experiment, ...]) -> None:
    assert [each.id for each in experiments] == sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())


def test_each_claim_of_the_five_articles_has_its_experiment(experiments: tuple[Experiment, ...]) -> None:
    found = [claim.id for each in experiments for claim in each.claims]
    expected = {f"{article}-{number + 1:02}" for article, count in CLAIMS_OF.items() for number in range(count)}
    assert len(expected) == 213
    assert (expected - set(found), set(found) - expected, len(found)) == (set(), set(), len(expected))


def test_what_cannot_be_tested_says_what_it_would_need(experiments: tuple[Experiment, ...]) -> None:
    for each in experiments:
        for claim in each.claims:
            assert (claim.cannot is None) == (claim.needs is None), claim.id
            assert claim.predicates or claim.cannot, claim.id


def test_every_program_compiles_with_each_toolchain(module: Path) -> None:
    for version in VERSIONS:
        listed = go(version, module, "list", "-export", "-f", "{{if not .Export}}{{.ImportPath}}{{end}}", "./...")
        assert listed.split() == [], version
    assert len(VERSIONS) == len(DEFAULT_GO)


def test_vet_is_silent(module: Path) -> None:
    go(OLDEST, module, "vet", "./...")


def test_every_program_is_formatted() -> None:
    gofmt = toolchain(VERSIONS[-1]).root / "bin" / "gofmt"
    done = subprocess.run([str(gofmt), "-l", *map(str, go_files())], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


def imported(source: str) -> set[str]:
    """The packages that a Go file imports."""
    found = set()
    for block, _, single in IMPORTS.findall(source):
        found |= set(QUOTED.findall(block)) if block else {single.strip('"`')}
    return found


def test_programs_import_the_standard_library_alone() -> None:
    foreign = {
        f"{path.parent.name}/{path.name}": strange
        for path in go_files()
        if (strange := {name for name in imported(path.read_text()) if "." in name.split("/")[0]})
    }
    assert foreign == {}


def test_a_foreign_import_is_noticed() -> None:
    source = 'package main\n\nimport "fmt"\nimport x "a.org/x"\nimport (\n\t_ "b.org/y"\n\tz "net/http" // c\n)\n'
    assert imported(source) == {"fmt", "a.org/x", "b.org/y", "net/http"}


def test_each_text_is_written_in_its_language(experiments: tuple[Experiment, ...]) -> None:
    texts = [(each.id, words) for each in experiments for words in (each.title, each.about)]
    for each in experiments:
        for claim in each.claims:
            own = (claim.text, claim.refuted_by, claim.cannot, claim.needs)
            texts += [(claim.id, words) for words in own if words is not None]
            texts += [(claim.id, said.says) for said in (*claim.predicates, *claim.checks) if said.says is not None]
    assert [(name, words.en) for name, words in texts if CHINESE.search(words.en)] == []
    assert [(name, words.zh) for name, words in texts if not CHINESE.search(words.zh)] == []


def test_no_build_lacks_its_folder_and_no_file_is_left_over(experiments: tuple[Experiment, ...]) -> None:
    for each in experiments:
        used = set()
        for build in (Build("main"), *each.builds):
            used |= set(files_of(each, build).values())
        files = {path for path in each.folder.rglob("*") if path.is_file()} - {each.folder / "claim.toml"}
        assert files <= used, each.id
