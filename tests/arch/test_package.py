"""What ``pip install .`` brings is all that goxray needs, and nothing that it does not use."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "src" / "goxray"
PROVIDED_BY = {
    "OpenSSL": "pyopenssl",
    "google": "protobuf",
    "tree_sitter": "tree-sitter",
    "tree_sitter_go": "tree-sitter-go",
    "yaml": "pyyaml",
}
"""Packages whose name is not that of what is imported."""


def project() -> dict[str, object]:
    """Return the ``[project]`` table of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    return table


def imported() -> set[str]:
    """Return the top-level name of everything that the package imports, the standard library and itself left out."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return {PROVIDED_BY.get(name, name) for name in names - set(sys.stdlib_module_names) - {"goxray"}}


def test_the_dependencies_are_those_that_are_imported() -> None:
    declared = project()["dependencies"]
    assert isinstance(declared, list)
    names = [re.split(r"[^A-Za-z0-9_-]", requirement)[0] for requirement in declared]
    assert set(names) == imported()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel built from this tree."""
    where = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(where), str(REPO)], check=True, timeout=120)
    (built,) = where.glob("goxray-*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_every_committed_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(["git", "ls-files", "src/goxray"], cwd=REPO, capture_output=True, text=True, check=True)
    committed = {name.removeprefix("src/") for name in listed.stdout.splitlines() if (REPO / name).exists()}
    assert "goxray/py.typed" in committed
    assert any(name.startswith("goxray/layout/data/") for name in committed)
    assert committed - set(wheel.namelist()) == set()


def test_the_wheel_names_its_command_version_and_licence(wheel: zipfile.ZipFile) -> None:
    from goxray import __version__

    def member(name: str) -> str:
        return wheel.read(next(entry for entry in wheel.namelist() if entry.endswith(name))).decode()

    assert "goxray = goxray.ui.cli.main:main" in member("entry_points.txt")
    assert f"\nVersion: {__version__}\n" in member("METADATA")
    assert member("licenses/LICENSE") == (REPO / "LICENSE").read_text()


def test_the_changelog_knows_this_version() -> None:
    from goxray import __version__

    changelog = (REPO / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[{re.escape(__version__)}\]", changelog, re.MULTILINE)
