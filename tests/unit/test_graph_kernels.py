"""Warming up compiles every kernel of the graph analysis; an analysis after it compiles nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from goxray.core.jit import COMPILED

REPO = Path(__file__).parents[2]
SCRIPT = """
from bench.graph_kernels import analyse, heap_like
from goxray.heap import dominators_kernels, kernels, paths_kernels, retained_kernels, suspects_kernels

def compiled():
    modules = (dominators_kernels, retained_kernels, suspects_kernels, paths_kernels)
    named = [(name, f) for module in modules for name, f in vars(module).items() if hasattr(f, "py_func")]
    return {f"{f.__module__}.{name}": len(f.signatures) for name, f in named if not name.startswith("_")}

graph = heap_like(20_000, scattered=True)
kernels.warm_up()
warm = compiled()
assert len(warm) > 20, warm
missing = [name for name, count in warm.items() if count != 1]
assert not missing, missing
analyse(graph)
assert compiled() == warm, compiled()
"""


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled here")
def test_warming_up_leaves_nothing_to_compile() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=REPO, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
