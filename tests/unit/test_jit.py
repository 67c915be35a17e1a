"""Kernels on a host that has no numba."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, warnings
sys.modules["numba"] = None
warnings.simplefilter("error")
import numpy as np
from goxray.core.jit import COMPILED
from goxray.heap import bit_kernels, contents_kernels
from goxray.heap.warm import warm_up
assert not COMPILED
keys = np.zeros(8, np.uint64)
word = 0xC000012340
keys[((word * 0x9E3779B97F4A7C15 & 2**64 - 1) >> 32) % 8] = word
assert keys[bit_kernels.find_key(keys, np.uint64(word))] == word
out = np.zeros(1, np.uint64)
contents_kernels.hash_runs(np.full(20, 255, np.uint8), np.zeros(1, np.int64), np.full(1, 20), np.uint64(5), out)
warm_up(contents=True)
print(int(out[0]))
"""


def test_kernels_without_numba_say_nothing_and_give_the_same() -> None:
    import numpy as np

    from goxray.heap import contents_kernels

    out = np.zeros(1, np.uint64)
    contents_kernels.hash_runs(np.full(20, 255, np.uint8), np.zeros(1, np.int64), np.full(1, 20), np.uint64(5), out)
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    assert int(found.stdout) == int(out[0])
