"""Turns what filling maps cost in the model and in Go into rates, ratios, an exponent, and a table to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.measure import Cost

MILLION = 1e6

RATE = 20 * MILLION
"""Assigns a second that the step model is to reach at the largest size."""

PREDICT_SECONDS = 0.3
BYTES_APART = 0.02
"""What the model's bytes may differ from the real map's: hashes are others, and the heap is never quite still."""


@dataclass(frozen=True)
class Filled:
    """One map filled: its entries, CPU seconds for all of them, the map's bytes.

    Of the model also the memory that it took to know this, in bytes, and the map's kind.
    """

    entries: int
    seconds: float
    bytes: int
    memory: int = 0
    kind: str = ""

    @property
    def rate(self) -> float:
        """Assigns a second."""
        return self.entries / self.seconds

    @property
    def each(self) -> float:
        """Nanoseconds an assign."""
        return self.seconds / self.entries * 1e9


@dataclass(frozen=True)
class ModelTrial:
    """The same number of keys in the model and in a real map of the same Go version."""

    version: str
    model: Filled
    real: Filled

    @property
    def ratio(self) -> float:
        """How many times as fast as Go the model is."""
        return self.real.seconds / self.model.seconds

    @property
    def apart(self) -> float:
        """By what share the model's bytes differ from the real map's."""
        return self.model.bytes / self.real.bytes - 1

    @property
    def right(self) -> bool:
        """Whether both hold the same number of entries in about the same bytes."""
        return self.model.entries == self.real.entries and abs(self.apart) <= BYTES_APART


def exponent(fills: Sequence[Filled]) -> float:
    """Return the k of ``seconds ~ entries^k`` by least squares over the logarithms; 1 is linear."""
    points = [(math.log(one.entries), math.log(one.seconds)) for one in fills]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


HEADER = (
    f"{'Go':9} {'entries':>10} {'model M/s':>10} {'ns each':>8} {'Go M/s':>8} {'ns each':>8} {'model : Go':>11} "
    f"{'memory B/key':>13} {'map bytes, model : Go':>22}"
)


def row(trial: ModelTrial) -> str:
    """Return one trial as a line under ``HEADER``."""
    model, real = trial.model, trial.real
    verdict = "" if trial.right else "  wrong"
    return (
        f"{trial.version:9} {model.entries:10d} {model.rate / MILLION:10.1f} {model.each:8.1f} "
        f"{real.rate / MILLION:8.1f} {real.each:8.1f} {trial.ratio:10.2f}x {model.memory / model.entries:13.1f} "
        f"{trial.apart:+21.2%}{verdict}"
    )


def verdict_line(trials: Sequence[ModelTrial]) -> str:
    """Return the line on the largest size, and on how cost grows with size."""
    last = trials[-1]
    reached = "reached" if last.model.rate >= RATE else "missed"
    return (
        f"go{last.version}: {last.model.rate / MILLION:.1f} million assigns a second at {last.model.entries} entries "
        f"(to reach: {RATE / MILLION:.0f}, {reached}); cost ~ size^{exponent([one.model for one in trials]):.2f}, "
        f"Go's ~ size^{exponent([one.real for one in trials]):.2f}"
    )


def container_line(version: str, filled: Filled) -> str:
    """Return the line on a container that holds its keys and elems."""
    return (
        f"go{version}: {filled.kind.capitalize()}Map.assign_many, keys, elems and events kept: "
        f"{filled.rate / MILLION:.2f} million a second at {filled.entries} entries"
    )


def predict_line(command: str, cost: Cost, bare: Cost) -> str:
    """Return the line on a prediction by closed forms beside a command that does nothing."""
    reached = "reached" if cost.wall < PREDICT_SECONDS else "missed"
    return (
        f"{command}: {cost.wall * 1e3:.0f} ms, {cost.cpu * 1e3:.0f} ms of them CPU "
        f"(to reach: under {PREDICT_SECONDS * 1e3:.0f} ms, {reached}); goxray --help: {bare.wall * 1e3:.0f} ms"
    )
