"""The floors hold: every import goes down, as .importlinter says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[2]


def run_lint_imports(cwd: Path, pythonpath: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the ``goxray`` package under ``pythonpath`` with the contracts in ``cwd``."""
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=cwd,
        env={"PYTHONPATH": str(pythonpath), "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_every_contract_is_kept() -> None:
    result = run_lint_imports(REPO, REPO / "src")
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


def make_package(root: Path) -> Path:
    """Make an empty ``goxray`` with every room that exists, to plant imports in; return its directory."""
    package = root / "goxray"
    real = REPO / "src" / "goxray"
    rooms = [path.parent.name for path in real.glob("*/__init__.py")]
    for room in rooms:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    (package / "__init__.py").touch()
    for facade in real.glob("api*.py"):
        (package / facade.name).touch()
    (root / ".importlinter").write_text((REPO / ".importlinter").read_text())
    return package


def test_the_contracts_notice_what_they_forbid(tmp_path: Path) -> None:
    """Each planted import breaks a contract; heap -> maps, the one arrow on a floor, does not."""
    package = make_package(tmp_path)
    heap = package / "heap" / "__init__.py"
    heap.write_text("from goxray import maps\n")
    allowed = run_lint_imports(tmp_path, tmp_path)
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    planted = {
        "maps": "from goxray import model",
        "model": "from goxray import maps",
        "timeline": "from goxray import heap",
        "core": "from goxray import layout",
        "layout": "from goxray import target",
        "target": "import numba",
        "render": "from goxray import heap",
        "store": "from goxray import maps",
        "goruntime": "import mmap",
        "api": "from goxray import ui",
    }
    for room, line in planted.items():
        path = package / "api.py" if room == "api" else package / room / "__init__.py"
        path.write_text(line + "\n")
        result = run_lint_imports(tmp_path, tmp_path)
        assert result.returncode != 0, f"nobody noticed {line!r} in {room}"
        assert "BROKEN" in result.stdout, result.stdout + result.stderr
        path.write_text("")
