"""Which figures a predicate means among those that were measured, and what a figure is worth over the trials."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from goxray.core.lab_result import Reason
from goxray.lab.experiment import Figure
from goxray.lab.judge.intervals import F64, LEAST_TRIALS, Interval, interval, middle
from goxray.lab.observed import Key, Observed, Sample
from goxray.lab.sourcetext import value as source_value

OF_A_BUILD = frozenset({"compiled", "size_bytes", "static", "needed", "symtab", "dwarf", "functions", "same_bits"})
"""Figures of a build that one build settles: the same source and flags give the same again."""

TIMES = frozenset({"ns", "us", "ms", "s", "ops/s"})
OF_THE_MACHINE = 0.1
"""How far a time may be off because of the machine alone, whatever the trials agree on."""

LEAST_EXACT = 2
"""Trials after which a figure that is declared exact, and was the same in each, is believed."""


@dataclass(frozen=True)
class Unsure:
    """Why a figure decides nothing."""

    reason: Reason
    detail: str


@dataclass(frozen=True)
class Series:
    """A figure by trial: float64[N], NaN where a trial lacks it. ``settled``: one value is enough (builds, source)."""

    key: Key
    unit: str
    exact: bool
    values: F64
    settled: bool = False


@dataclass(frozen=True)
class Subject:
    """What a predicate is judged on once: a figure, the one it is held against, and the name of the case."""

    key: Key
    over: Key | None = None
    label: str = ""


@dataclass(frozen=True)
class Seen:
    """The figures of one observation by key, those that the source gives among them."""

    observed: Observed
    samples: dict[Key, Sample] = field(default_factory=dict)

    @classmethod
    def of(cls, observed: Observed) -> Seen:
        """Return the figures with those of ``[[source]]`` that nobody has read yet."""
        return cls(observed, {**_of_source(observed), **observed.samples})

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms of the experiment's run, in their order."""
        run = self.observed.experiment.run
        return tuple(arm.name for arm in run.arms) if run else ()

    def series(self, key: Key) -> Series | None:
        """Return a figure's values; None where no trial has it."""
        sample = self.samples.get(key)
        if sample is None:
            return None
        values = np.array([math.nan if each is None else each for each in sample.values], np.float64)
        values[~np.isfinite(values)] = math.nan
        if not np.any(np.isfinite(values)):
            return None
        settled = not key.arm or (key.name in OF_A_BUILD and key.arm in self._builds)
        return Series(key, sample.unit, sample.exact or settled, values, settled)

    def keys(self, figure: Figure) -> list[Key]:
        """Return the keys that were measured and that a figure means, in the order in which they were printed."""
        found = [
            key
            for key in self.samples
            if key.name == figure.measure
            and (not figure.arm or key.arm == figure.arm)
            and (not figure.case or key.case == figure.case)
        ]
        return [key for key in found if self.series(key) is not None]

    def subjects(self, figure: Figure, over: Figure | None) -> list[Subject]:
        """Return what a predicate is judged on: each arm and case that it leaves open and that was printed."""
        keys = self.keys(figure)
        if over is not None and not figure.arm and over.arm:
            # Every arm against one: that one is not held against itself.
            keys = [key for key in keys if key.arm != over.arm or key.name != over.measure or over.case] or keys
        several = len({key.arm for key in keys}) > 1
        return [Subject(key, _over(key, over), _label(key, several)) for key in keys]

    def missing(self, figure: Figure) -> Unsure:
        """Return why a figure was not measured."""
        name = _spelled(figure)
        for arm in [figure.arm] if figure.arm else self.arms:
            problem = self.observed.problems.get(arm)
            if problem is not None:
                return Unsure(problem.reason, problem.detail or f"{name} was not measured")
            build = self.observed.builds.get(self._build_of.get(arm, arm))
            if build is not None and build.ok is not True and figure.measure != "compiled":
                detail = build.detail or _first_line(build.text) or f"{build.name} was not built"
                return Unsure(build.reason or "build-failed", detail)
        if not self.observed.trials and self.arms:
            return Unsure("not-run", "no trial was run")
        return Unsure("not-measured", f"the program printed no {name}")

    def unfinished(self, figure: Figure) -> Unsure | None:
        """Return why cases may be lacking: an arm that has a problem and that never came to its end.

        What it printed before is all that is known, so that a predicate over all cases cannot be sure.
        """
        for arm in [figure.arm] if figure.arm else self.arms:
            problem = self.observed.problems.get(arm)
            if problem is None:
                continue
            ends = self.series(Key(arm, "", "exit_status"))
            if ends is None or not np.any(ends.values == 0):
                return Unsure(problem.reason, f"{arm}: {problem.detail}")
        return None

    @cached_property
    def _builds(self) -> frozenset[str]:
        return frozenset({"main", *(each.name for each in self.observed.experiment.builds)})

    @cached_property
    def _build_of(self) -> dict[str, str]:
        run = self.observed.experiment.run
        return {arm.name: arm.build for arm in run.arms} if run else {}


def estimate(series: Series, alpha: float, *, judged: bool = False) -> Interval | Unsure:
    """Return a figure's median and interval, or why there are too few trials for it.

    A figure that is declared exact and is not the same in each trial is noise like any other. Where none of the values
    is negative the interval does not reach below 0. ``judged``: a time that is not held against another of the same
    trial is widened by a tenth each way, because it says as much about the machine of this hour as about Go.
    """
    present = series.values[np.isfinite(series.values)]
    found = estimate_values(present, series.exact, series.settled, alpha)
    if isinstance(found, Unsure) or found.exact or np.any(present < 0):
        return found
    slack = OF_THE_MACHINE if judged and series.unit in TIMES else 0.0
    return replace(found, low=max(0.0, found.low) / (1 + slack), high=found.high * (1 + slack))


def estimate_values(values: F64, exact: bool, settled: bool, alpha: float) -> Interval | Unsure:
    """Return the interval over values without gaps; ``settled`` means that one is enough."""
    count = len(values)
    if not count:
        return Unsure("not-measured", "no trial has it")
    if not np.all(np.isfinite(values)):
        return Unsure("not-measured", "it is too large for a number")
    same = bool(np.all(values == values[0]))
    if same and exact:
        if count >= LEAST_EXACT or settled:
            return Interval(float(values[0]), float(values[0]), float(values[0]), count)
        return Unsure("few-trials", f"{count} trial of at least {LEAST_EXACT}")
    if count < LEAST_TRIALS:
        differs = " (it is declared exact and differs between trials)" if exact else ""
        return Unsure("few-trials", f"{count} trials of at least {LEAST_TRIALS}{differs}")
    return interval(values, alpha)


def as_seen(series: Series) -> Interval:
    """Return a figure's median and range: what is shown where there are too few trials for an interval."""
    present = series.values[np.isfinite(series.values)]
    return Interval(middle(present), float(present.min()), float(present.max()), len(present))


def paired(first: Series, second: Series) -> tuple[F64, F64, bool, bool]:
    """Return two figures trial by trial where both are there, whether both are exact, whether one value is enough.

    What a trial does to both alike (a slow machine, a warm cache, a drift from trial to trial) is then in both, and
    gone from their ratio. A figure that has one value for all trials stands beside each.
    """
    a, b = first.values, second.values
    if first.settled and len(a) == 1:
        a = np.repeat(a, len(b))
    if second.settled and len(b) == 1:
        b = np.repeat(b, len(a))
    least = min(len(a), len(b))
    a, b = a[:least], b[:least]
    both = np.isfinite(a) & np.isfinite(b)
    return a[both], b[both], first.exact and second.exact, first.settled and second.settled


def ratio(first: Series, second: Series, alpha: float) -> Interval | Unsure:
    """Return the interval of ``first / second``, paired trial by trial."""
    a, b, exact, settled = paired(first, second)
    return ratio_of(a, b, exact, settled, alpha)


def ratio_of(a: F64, b: F64, exact: bool, settled: bool, alpha: float) -> Interval | Unsure:
    """Return the interval of the ratios of two figures without gaps.

    Where the lower one is 0 in some trial the other way round is looked at and turned over: the ratio's interval then
    reaches to infinity. 0 / 0 says nothing.
    """
    if np.any(b == 0):
        if not len(a) or np.any(a == 0):
            return Unsure("not-measured", "0 / 0 is no ratio")
        parts = b / a
        turned = estimate_values(parts, exact, settled, alpha)
        if isinstance(turned, Unsure):
            return turned
        low = max(0.0, turned.low) if np.all(parts >= 0) else turned.low
        if low < 0 < turned.high:
            return Interval(_inverse(turned.value), -math.inf, math.inf, turned.trials)
        ends = sorted((_inverse(low), _inverse(turned.high)))
        return Interval(_inverse(turned.value), ends[0], ends[1], turned.trials)
    return estimate_values(a / b, exact, settled, alpha)


def _inverse(value: float) -> float:
    return 1 / value if value else math.inf


def _over(key: Key, over: Figure | None) -> Key | None:
    return None if over is None else Key(over.arm or key.arm, over.case or key.case, over.measure)


def _label(key: Key, several_arms: bool) -> str:
    if not several_arms:
        return key.case
    return f"{key.arm}: {key.case}" if key.case else key.arm


def _spelled(figure: Figure) -> str:
    where = ", ".join(each for each in (figure.arm, figure.case) if each)
    return f"{figure.measure} ({where})" if where else figure.measure


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0][:200] if lines else ""


def _of_source(observed: Observed) -> dict[Key, Sample]:
    if observed.goroot is None:
        return {}
    found = {}
    for wanted in observed.experiment.sources:
        read = source_value(observed.goroot, wanted)
        key = Key("", "", wanted.name)
        if read is not None:
            found[key] = Sample(key, wanted.unit, True, (read[0],))
        elif wanted.unit == "text":
            found[key] = Sample(key, wanted.unit, True, (0.0,))
    return found
