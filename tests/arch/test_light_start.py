"""Starting is cheap: heavy packages are loaded only by what needs them."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numba", "llvmlite", "duckdb", "pyarrow", "drgn", "textual", "plotly", "numpy", "elftools")

STARTS = {
    "import": "import goxray",
    "help": "from goxray.ui.cli.main import main; main(['--help'], standalone_mode=False)",
    "maps-help": "from goxray.ui.cli.main import main; main(['maps', '--help'], standalone_mode=False)",
    "version": "from goxray.ui.cli.main import main; main(['--version'], standalone_mode=False)",
}

PROGRAM = """
import atexit, sys
atexit.register(lambda: print("loaded:" + ",".join(m for m in {heavy!r} if m in sys.modules)))
try:
    {start}
except SystemExit as end:
    assert not end.code, end.code
"""


def loaded_by(start: str) -> str:
    """Run a statement in a fresh interpreter; return the heavy packages that it loaded, joined by commas."""
    program = PROGRAM.format(heavy=HEAVY, start=start)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1].removeprefix("loaded:")


@pytest.mark.parametrize("start", STARTS)
def test_no_heavy_package_is_loaded(start: str) -> None:
    assert loaded_by(STARTS[start]) == ""


def test_the_check_sees_a_heavy_package() -> None:
    """The test above is only worth something if a load shows up."""
    assert loaded_by("import numpy") == "numpy"
