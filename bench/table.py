"""Turns the benchmark's measurements into figures per GB, a slope, and a table to read."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.measure import Baseline, Inspection
from bench.programs import Heap

GB = 1e9
MB = 1e6

CPU_PER_GB = 0.5
START_UP = 1.0
RSS_BASE = 300 * MB
RSS_SHARE = 0.05


@dataclass(frozen=True)
class StartUp:
    """What goxray costs on a net/http program with next to nothing on its heap: CPU at its least, the median freeze."""

    version: str
    cpu: float
    freeze_ms: float
    peak_rss: int
    baseline_cpu: float


@dataclass(frozen=True)
class Trial:
    """One heap measured: the program's word for it, goxray's run and the plain read."""

    start: StartUp
    shape: str
    heap: Heap
    inspection: Inspection
    baseline: Baseline

    @property
    def heap_gb(self) -> float:
        """The heap's live bytes in GB (1e9)."""
        return self.heap.heap_alloc / GB

    @property
    def cpu_per_gb(self) -> float:
        """CPU-seconds per GB of heap beyond start-up."""
        return (self.inspection.cost.cpu - self.start.cpu) / self.heap_gb

    @property
    def freeze_per_gb(self) -> float:
        """Milliseconds frozen per GB of heap, start-up's share included."""
        return self.inspection.freeze_ms / self.heap_gb

    @property
    def read_per_gb(self) -> float:
        """CPU-seconds per GB that the plain read took beyond its own start."""
        return (self.baseline.cost.cpu - self.start.baseline_cpu) / (self.baseline.bytes_read / GB)

    @property
    def ratio(self) -> float:
        """How many times the plain read's CPU per GB goxray takes; NaN where either is lost in start-up's noise."""
        return self.cpu_per_gb / self.read_per_gb if min(self.cpu_per_gb, self.read_per_gb) > 0 else math.nan

    @property
    def rss_limit(self) -> float:
        """Bytes that goxray may hold at most on this heap: 300 MB and 5% of it."""
        return RSS_BASE + RSS_SHARE * self.heap.heap_alloc

    @property
    def complete(self) -> bool:
        """Whether goxray found at least the maps and entries that the program built, and no fault."""
        found = self.inspection
        return found.maps >= self.heap.maps and found.entries >= self.heap.entries and found.faults == 0

    @property
    def misses(self) -> list[str]:
        """What this trial falls short of."""
        short = []
        if self.cpu_per_gb > CPU_PER_GB:
            short.append("cpu")
        if self.inspection.cost.peak_rss > self.rss_limit:
            short.append("rss")
        if not self.complete:
            short.append("incomplete")
        return short


def slope(trials: Sequence[Trial]) -> float:
    """Return the exponent k of ``cost ~ size^k`` by least squares over the logarithms; 1 is linear.

    NaN where a trial cost no more than start-up, so that nothing can be said.
    """
    points = [(math.log(t.heap_gb), math.log(c)) for t in trials if (c := t.inspection.cost.cpu - t.start.cpu) > 0]
    if len(points) < max(2, len(trials)):
        return math.nan
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


HEADER = (
    f"{'Go':9} {'shape':6} {'heap GB':>8} {'maps':>9} {'entries':>11} {'CPU s':>7} {'CPU s/GB':>9} "
    f"{'frozen ms':>10} {'ms/GB':>8} {'RSS MB':>7} {'limit':>6} {'read s/GB':>10} {'ratio':>6}  verdict"
)


def row(trial: Trial) -> str:
    """Return one trial as a line under ``HEADER``."""
    found = trial.inspection
    return (
        f"{trial.start.version:9} {trial.shape:6} {trial.heap_gb:8.3f} {found.maps:9d} {found.entries:11d} "
        f"{found.cost.cpu:7.2f} {trial.cpu_per_gb:9.3f} {found.freeze_ms:10.1f} {trial.freeze_per_gb:8.1f} "
        f"{found.cost.peak_rss / MB:7.0f} {trial.rss_limit / MB:6.0f} {trial.read_per_gb:10.3f} "
        f"{trial.ratio:6.1f}  "
        f"{'misses ' + ', '.join(trial.misses) if trial.misses else 'reached'}"
    )


def start_line(start: StartUp) -> str:
    """Return the line on start-up for one Go version."""
    verdict = "reached" if start.cpu <= START_UP else "missed"
    return (
        f"start-up on a net/http program, go{start.version}: {start.cpu:.2f} CPU-s "
        f"(to reach: {START_UP:.0f}, {verdict}), {start.freeze_ms:.1f} ms frozen, peak RSS {start.peak_rss / MB:.0f} MB"
    )


def slope_line(trials: Sequence[Trial]) -> str:
    """Return the line on how cost grows with the heap for one version and shape."""
    exponent = slope(trials)
    told = f"~ size^{exponent:.2f}" if math.isfinite(exponent) else "too close to start-up's to tell a slope"
    marginal = ", ".join(
        f"{(b.inspection.cost.cpu - a.inspection.cost.cpu) / (b.heap_gb - a.heap_gb):.3f}"
        for a, b in itertools.pairwise(trials)
    )
    sizes = " to ".join(f"{trial.heap_gb:.3g}" for trial in trials)
    start = f"go{trials[0].start.version} {trials[0].shape}"
    return f"{start}: CPU beyond start-up {told}; CPU-s per GB added from {sizes} GB: {marginal}"
