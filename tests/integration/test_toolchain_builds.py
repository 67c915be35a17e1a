"""Real toolchains build what they are asked to, and pass on what the compiler says."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray.core.errors import ToolchainError
from goxray.target.binary import Binary
from tests.harness.variants import CLASSIC, SWISS, Variant, params

PROGRAM = """package main

import "os"

var word = "plain"

func main() { os.Stdout.WriteString(word) }
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "source"
    directory.mkdir()
    (directory / "go.mod").write_text("module example.com/probe\n\ngo 1.21\n")
    (directory / "main.go").write_text(PROGRAM)
    (directory / "tagged.go").write_text('//go:build tagged\n\npackage main\n\nfunc init() { word = "tagged" }\n')
    return directory


@pytest.mark.parametrize("variant", params((CLASSIC, SWISS, Variant("1.24.11", ("noswissmap",)))))
def test_every_option_reaches_the_build(variant: Variant, source: Path, tmp_path: Path) -> None:
    go = variant.toolchain()
    plain = go.build(source, tmp_path / "deep" / "down" / "plain", experiments=variant.experiments)
    binary = Binary(str(plain))
    assert binary.go_version == f"go{variant.version}"
    assert binary.experiments == variant.experiments
    assert (binary.is_pie, binary.build_settings["CGO_ENABLED"]) == (False, "0")
    assert "-tags" not in binary.build_settings
    options = go.build(
        source,
        tmp_path / "options",
        experiments=variant.experiments,
        pie=True,
        ldflags="-X main.word=linked",
        gcflags="-N -l",
        tags=("tagged", "other"),
    )
    settings = Binary(str(options)).build_settings
    assert Binary(str(options)).is_pie
    assert settings["-tags"] == "tagged,other"
    assert settings["-gcflags"] == "-N -l"
    assert settings["-ldflags"] == "-X main.word=linked"


def test_what_the_compiler_says_is_passed_on(source: Path, tmp_path: Path) -> None:
    (source / "wrong.go").write_text("package main\n\nfunc wrong() { missing() }\n")
    with pytest.raises(ToolchainError, match=r"(?s)go1\.27\.3 cannot build .*wrong\.go:3:16: undefined: missing"):
        SWISS.toolchain().build(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_fetched_for_a_build(source: Path, tmp_path: Path) -> None:
    (source / "go.mod").write_text("module example.com/probe\n\ngo 1.21\n\nrequire example.com/other v1.0.0\n")
    (source / "main.go").write_text('package main\n\nimport _ "example.com/other"\n\nfunc main() {}\n')
    with pytest.raises(ToolchainError, match="GOPROXY=off"):
        SWISS.toolchain().build(source, tmp_path / "out")
