"""Turns measurements of ``goxray heap`` into figures per GB and per 20 million objects, a slope, and lines to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.measure import Cost
from bench.programs import Heap

GB = 1e9
MB = 1e6
OBJECTS = 20_000_000

CPU_ALLOWED = 2.0
"""CPU seconds allowed for each GB or each 20 million objects, whichever is more; start-up is left out."""
RSS_SHARE = 0.25


@dataclass(frozen=True)
class Look:
    """One run of ``goxray heap``: what it cost and what it said of itself."""

    cost: Cost
    freeze_ms: float
    live_objects: int
    live_bytes: int
    runtime_bytes: int
    faults: int


@dataclass(frozen=True)
class HeapTrial:
    """One heap measured: ``start`` is what a program with next to nothing on its heap costs."""

    version: str
    shape: str
    heap: Heap
    look: Look
    start: Look

    @property
    def gigabytes(self) -> float:
        """The heap's live bytes in GB (1e9)."""
        return self.heap.heap_alloc / GB

    @property
    def cpu(self) -> float:
        """CPU seconds beyond start-up."""
        return self.look.cost.cpu - self.start.cost.cpu

    @property
    def per_gb(self) -> float:
        """CPU seconds beyond start-up per GB."""
        return self.cpu / self.gigabytes

    @property
    def per_objects(self) -> float:
        """CPU seconds beyond start-up per 20 million objects."""
        return self.cpu * OBJECTS / self.heap.objects

    @property
    def rss_share(self) -> float:
        """Peak memory beyond start-up's, as a share of the heap."""
        return (self.look.cost.peak_rss - self.start.cost.peak_rss) / self.heap.heap_alloc

    @property
    def complete(self) -> bool:
        """Whether goxray found what the runtime counts, to the byte, and no fault."""
        return self.look.live_bytes == self.look.runtime_bytes and self.look.faults == 0

    @property
    def misses(self) -> list[str]:
        """What this trial falls short of."""
        short = []
        if min(self.per_gb, self.per_objects) > CPU_ALLOWED:
            short.append("cpu")
        if self.rss_share > RSS_SHARE:
            short.append("rss")
        if not self.complete:
            short.append("count")
        return short


HEADER = (
    f"{'Go':8} {'shape':6} {'heap GB':>8} {'objects':>11} {'CPU s':>7} {'s/GB':>7} {'s/20M':>7} {'frozen ms':>10} "
    f"{'RSS MB':>7} {'RSS/heap':>9}  verdict"
)


def row(trial: HeapTrial) -> str:
    """Return one trial as a line under ``HEADER``."""
    verdict = "misses " + ", ".join(trial.misses) if trial.misses else "reached"
    return (
        f"{trial.version:8} {trial.shape:6} {trial.gigabytes:8.3f} {trial.heap.objects:11d} {trial.look.cost.cpu:7.2f} "
        f"{trial.per_gb:7.2f} {trial.per_objects:7.2f} {trial.look.freeze_ms:10.1f} "
        f"{trial.look.cost.peak_rss / MB:7.0f} {trial.rss_share:9.1%}  {verdict}"
    )


def start_line(version: str, start: Look) -> str:
    """Return the line on start-up for one Go version."""
    return (
        f"start-up on a net/http program, go{version}: {start.cost.cpu:.2f} CPU-s, {start.freeze_ms:.1f} ms frozen, "
        f"peak RSS {start.cost.peak_rss / MB:.0f} MB"
    )


def peer_row(name: str, trial: HeapTrial, cost: Cost) -> str:
    """Return another tool's run on the same process, as multiples of goxray's; start-up counts for both."""
    ours = trial.look.cost
    return (
        f"         {name} on the same process: {cost.cpu:.1f} CPU-s ({cost.cpu / trial.gigabytes:.1f} per GB), "
        f"{cost.cpu / ours.cpu:.1f} times goxray's; {cost.wall:.1f} s; "
        f"peak RSS {cost.peak_rss / MB:.0f} MB, {cost.peak_rss / ours.peak_rss:.1f} times"
    )


def slope(trials: Sequence[HeapTrial]) -> float:
    """Return the exponent k of ``CPU ~ size^k`` by least squares over the logarithms; NaN where nothing can be said."""
    points = [(math.log(trial.gigabytes), math.log(trial.cpu)) for trial in trials if trial.cpu > 0]
    if len(points) < max(2, len(trials)):
        return math.nan
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def slope_line(trials: Sequence[HeapTrial]) -> str:
    """Return the line on how cost grows with the heap for one version and shape."""
    exponent = slope(trials)
    told = f"~ size^{exponent:.2f}" if math.isfinite(exponent) else "too close to start-up's to tell a slope"
    sizes = " to ".join(f"{trial.gigabytes:.3g}" for trial in trials)
    return f"go{trials[0].version} {trials[0].shape}: CPU beyond start-up {told} from {sizes} GB"
