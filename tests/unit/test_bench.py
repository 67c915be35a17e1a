"""The benchmark's own instruments: what they measure is so."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from bench.measure import Baseline, Cost, Inspection, read_sequentially, run
from bench.programs import Heap, build, running
from bench.table import StartUp, Trial, row, slope

REPO = Path(__file__).parents[2]
MIB = 1 << 20
START = StartUp("1.27.3", cpu=0.5, freeze_ms=1.0, peak_rss=100 * MIB, baseline_cpu=0.05)


def trial(gigabytes: float, cpu: float, *, entries: int = 10, faults: int = 0, rss: int = 100 * MIB) -> Trial:
    """A trial on a program with 10 entries in one map."""
    heap = Heap(pid=1, go_version="go1.27.3", heap_alloc=int(gigabytes * 1e9), maps=1, entries=10)
    found = Inspection(Cost(cpu, cpu, rss), 20.0 * gigabytes, 5, entries, heap.heap_alloc, faults)
    return Trial(START, "one", heap, found, Baseline(Cost(0.05 + 0.1 * gigabytes, 0.0, 0), heap.heap_alloc))


def test_cost_is_that_of_the_child() -> None:
    """A child that burns half a second of CPU and touches 64 MiB is seen to do both.

    It is measured from a small process, as the benchmark is: the kernel lets a child start with its parent's peak.
    """
    burn = "import time; b = b'x' * (64 << 20)\nwhile time.process_time() < 0.5: pass\nprint(len(b))"
    program = (
        "import json, sys; from bench.measure import run\n"
        f"cost, out = run([sys.executable, '-c', {burn!r}])\n"
        "print(json.dumps([cost.cpu, cost.wall, cost.peak_rss, int(out)]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPO, capture_output=True, text=True, check=True)
    cpu, wall, peak_rss, said = json.loads(done.stdout)
    assert said == 64 * MIB
    assert 0.5 <= cpu < 2.0
    assert wall >= 0.5
    assert 64 * MIB <= peak_rss < 256 * MIB


def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        run([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_the_plain_read_reads_what_is_resident_and_not_what_is_only_reserved() -> None:
    program = (
        "import mmap, sys; a = mmap.mmap(-1, 96 << 20); a.write(b'x' * (96 << 20)); b = mmap.mmap(-1, 512 << 20,"
        "flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); c = b'y' * (32 << 20); print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        read = read_sequentially(child.pid).bytes_read
        child.kill()
    assert 32 * MIB <= read < 256 * MIB


def test_the_program_builds_what_it_says(tmp_path: Path) -> None:
    executable = build("1.27.3", tmp_path)
    for shape, maps in (("server", 0), ("one", 1), ("small", 7812), ("mix", 1 + 2 * 226)):
        with running(executable, shape, 16 * MIB) as heap:
            assert heap.maps == maps
            assert heap.go_version == "go1.27.3"
            if maps:
                assert 8 * MIB < heap.heap_alloc < 40 * MIB


def test_slope_tells_linear_from_quadratic() -> None:
    linear = [trial(size, 0.5 + 0.3 * size) for size in (0.25, 1, 4)]
    quadratic = [trial(size, 0.5 + 0.3 * size**2) for size in (0.25, 1, 4)]
    assert slope(linear) == pytest.approx(1.0)
    assert slope(quadratic) == pytest.approx(2.0)
    assert math.isnan(slope([trial(0.25, 0.4), *linear[1:]]))


def test_figures_per_gigabyte_leave_start_up_out() -> None:
    measured = trial(2.0, 1.3)
    assert measured.cpu_per_gb == pytest.approx(0.4)
    assert measured.read_per_gb == pytest.approx(0.1)
    assert measured.ratio == pytest.approx(4.0)
    assert math.isnan(trial(2.0, 0.4).ratio)
    assert measured.freeze_per_gb == pytest.approx(20.0)
    assert measured.rss_limit == pytest.approx(400e6)


@pytest.mark.parametrize(
    ("measured", "word"),
    [
        (trial(1.0, 0.9), "reached"),
        (trial(1.0, 1.1), "misses cpu"),
        (trial(1.0, 0.9, rss=900 * MIB), "misses rss"),
        (trial(1.0, 0.9, entries=9), "misses incomplete"),
        (trial(1.0, 0.9, faults=1), "misses incomplete"),
    ],
)
def test_the_verdict_says_what_is_missed(measured: Trial, word: str) -> None:
    assert row(measured).endswith(word)
