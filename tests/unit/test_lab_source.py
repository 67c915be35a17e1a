"""Looking into a toolchain's source: globs, patterns, figures, and nothing outside GOROOT/src."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from goxray.core.errors import UsageError
from goxray.lab.experiment import Figure, Predicate, SourceValue
from goxray.lab.judge import measured, verdicts
from goxray.lab.sourcetext import files, matches, value
from goxray.target import toolchains
from tests.harness.made_observed import claim, experiment, observed

MAP = """package runtime

const (
\tbucketCntBits = 3
\tmaxKeySize   = 0x80
\tlarge = 1 << 16 // entries
\tshare = 6.5
\tmode = 0o17
\tmany = 1_000
)

type hmap struct {
\tcount int
}
"""


@pytest.fixture
def goroot(tmp_path: Path) -> Path:
    runtime = tmp_path / "go" / "src" / "runtime"
    runtime.mkdir(parents=True)
    (runtime / "map.go").write_text(MAP)
    (runtime / "map_fast.go").write_text("package runtime\n\nfunc mapassign_fast64() {}\n")
    (tmp_path / "go" / "VERSION").write_text("go9.9\n")
    (tmp_path / "secret.go").write_text("package secret\n")
    return tmp_path / "go"


def test_globs_name_files_below_the_source(goroot: Path) -> None:
    assert files(goroot, ["runtime/map*.go"]) == ("runtime/map.go", "runtime/map_fast.go")
    assert files(goroot, ["runtime/map_fast.go", "**/*.go"]) == ("runtime/map_fast.go", "runtime/map.go")
    assert files(goroot, ["internal/runtime/maps/*.go"]) == ()


@pytest.mark.parametrize("glob", ["../VERSION", "runtime/../../VERSION", "/etc/passwd", ""])
def test_nothing_outside_is_looked_at(goroot: Path, glob: str) -> None:
    with pytest.raises(UsageError):
        files(goroot, [glob])


def test_links_that_lead_out_are_left_alone(goroot: Path, tmp_path: Path) -> None:
    (goroot / "src" / "runtime" / "map_out.go").symlink_to(tmp_path / "secret.go")
    (goroot / "src" / "outside").symlink_to(tmp_path)
    (goroot / "src" / "runtime" / "map_in.go").symlink_to(goroot / "src" / "runtime" / "map.go")
    assert files(goroot, ["runtime/map*.go", "outside/*.go"]) == (
        "runtime/map.go",
        "runtime/map_fast.go",
        "runtime/map_in.go",
    )


def test_a_match_says_where(goroot: Path) -> None:
    (found,) = matches(goroot, ["runtime/*.go"], r"^\s*count\s+int$")
    assert str(found) == "runtime/map.go:13: count int"
    (first, *_) = matches(goroot, ["runtime/*.go"], r"\n\nfunc mapassign")
    assert (first.file, first.line) == ("runtime/map_fast.go", 3)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"bucketCntBits\s*= (\d+)", 3),
        (r"maxKeySize\s*= (\w+)", 128),
        (r"large = ([\d <]+\d)", 65536),
        (r"share = (\S+)", 6.5),
        (r"mode = (\S+)", 15),
        (r"many = (\S+)", 1000),
        (r"type (hmap) struct", 1),
    ],
)
def test_figures_as_go_spells_them(goroot: Path, pattern: str, wanted: float) -> None:
    found = value(goroot, SourceValue("figure", ("no/such.go", "runtime/map.go"), pattern))
    assert found is not None and found[0] == wanted


def source_verdict(goroot: Path | None, kind: str, where: str, pattern: str) -> tuple[str, str]:
    predicate = Predicate("present" if kind == "present" else "absent", where=f"source:{where}", pattern=pattern)
    seen = replace(observed(experiment(claim(predicate)), {}), goroot=goroot)
    found = verdicts(seen)[0]
    assert found.method == "source"
    return found.verdict, found.parts[0].evidence


def test_a_claim_about_the_source(goroot: Path) -> None:
    assert source_verdict(goroot, "present", "runtime/map.go", "type hmap") == (
        "SUPPORTED",
        "runtime/map.go:12: type hmap struct {",
    )
    assert source_verdict(goroot, "absent", "runtime/map.go", "type hmap")[0] == "REFUTED"
    assert source_verdict(goroot, "present", "runtime/map.go", "freebuckets") == (
        "REFUTED",
        "not found in 1 file of go1.24.11",
    )


def test_a_file_that_is_not_there(goroot: Path) -> None:
    there = source_verdict(goroot, "present", "runtime/mapx.go", "type hmap")
    assert there == ("REFUTED", "no such file in go1.24.11: runtime/mapx.go")
    assert source_verdict(goroot, "absent", "runtime/mapx.go", "type hmap")[0] == "SUPPORTED"


def test_a_toolchain_without_source_decides_nothing(tmp_path: Path) -> None:
    assert source_verdict(tmp_path, "present", "runtime/map.go", "hmap")[0] == "INCONCLUSIVE"
    assert source_verdict(None, "absent", "runtime/map.go", "hmap")[0] == "INCONCLUSIVE"


def test_source_values_are_figures(goroot: Path) -> None:
    made = experiment(claim(Predicate("equals", Figure("bits"), value=3)))
    made = replace(
        made,
        sources=(
            SourceValue("bits", ("runtime/map.go",), r"bucketCntBits = (\d)"),
            SourceValue("missing", ("runtime/map.go",), r"noSuch = (\d)"),
            SourceValue("word", ("runtime/map.go",), r"(noSuchWord)", "text"),
        ),
    )
    seen = replace(observed(made, {}), goroot=goroot)
    found = verdicts(seen)[0]
    assert (found.verdict, found.method) == ("SUPPORTED", "source")
    assert {(each.name, each.median) for each in measured(seen)} == {("bits", 3), ("word", 0)}


@pytest.mark.parametrize(
    ("version", "file"), [("1.21.13", "runtime/map.go"), ("1.27.3", "internal/runtime/maps/group.go")]
)
def test_the_source_of_real_toolchains_is_found(version: str, file: str) -> None:
    root = toolchains.find(version).root
    assert files(root, ["runtime/map.go", "internal/runtime/maps/group.go"])[-1] == file
