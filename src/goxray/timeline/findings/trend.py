"""A straight line through noisy figures that depend on each other, and when it meets a limit, with an honest interval.

Neighbouring figures of a service are alike (traffic comes in waves), so an ordinary fit believes itself far too much.
The line is fitted after Prais and Winsten, with the noise as a first-order autoregression; its coefficient is corrected
for the bias that it has in short series with a trend, (2 + 4 rho) / n, and taken a standard error higher. As it nears 1
the fit becomes that of a random walk with drift. The moment at which the line meets a limit is a ratio of two
estimates: its interval is Fieller's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 12
"""So many figures at least make a line."""

_MOST = 96
_MOST_ALIKE = 0.98
_CARE = 1.0
"""Standard errors that the likeness is taken higher than estimated: with it 90% intervals hold for 87% to 96% of
synthetic services (tests/unit/test_findings_trend.py); without, for 75% where neighbours are 90% alike."""


@dataclass(frozen=True)
class Line:
    """A fitted line: ``level`` at ``origin_s`` (the last figure's time) and ``slope`` a second.

    ``level_var``, ``slope_var`` and ``both_var`` are their variances and covariance, ``freedom`` Student's.
    """

    origin_s: float
    level: float
    slope: float
    level_var: float
    slope_var: float
    both_var: float
    freedom: float

    @property
    def steepness(self) -> float:
        """Return the slope in units of its own error."""
        return self.slope / math.sqrt(self.slope_var) if self.slope_var > 0 else math.copysign(math.inf, self.slope)

    def rises(self, chance: float = 0.005) -> bool:
        """Return whether it rises, with at most this chance that it seems so without doing it."""
        return self.slope > 0 and self.steepness > student(1 - chance, self.freedom)


@dataclass(frozen=True)
class Meeting:
    """When a line meets a limit, in seconds after its origin: the best guess, and a 90% interval."""

    in_s: float
    earliest_s: float
    latest_s: float


def binned(t_s: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thin more than 96 figures out to medians of equal pieces of time: outliers weigh nothing then."""
    if len(t_s) <= _MOST:
        return t_s, values
    edges = np.linspace(t_s[0], t_s[-1], _MOST + 1)
    place = np.clip(np.searchsorted(edges, t_s, side="right") - 1, 0, _MOST - 1)
    used = np.unique(place)
    return (
        np.array([t_s[place == each].mean() for each in used]),
        np.array([np.median(values[place == each]) for each in used]),
    )


def fit(t_s: NDArray[np.float64], values: NDArray[np.float64]) -> Line | None:
    """Fit a line to float64[N] figures at rising times; None for fewer than 12 of them or all at one time."""
    count = len(t_s)
    if count < FEWEST or t_s[-1] <= t_s[0]:
        return None
    origin = float(t_s[-1])
    span = origin - float(t_s[0])
    design = np.stack([np.ones(count), (t_s - origin) / span], axis=1)
    residuals = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    alike = _alike(residuals)
    white_design, white = _whitened(design, alike), _whitened(values[:, None], alike)[:, 0]
    best = np.linalg.lstsq(white_design, white, rcond=None)[0]
    freedom = float(count - 2)
    noise = float(((white - white_design @ best) ** 2).sum()) / freedom
    cov = noise * np.linalg.inv(white_design.T @ white_design)
    # The coefficient of likeness is an estimate too: the figures tell as much as fewer independent ones would.
    freedom = max(4.0, freedom * (1 - alike) / (1 + alike))
    return Line(
        origin, float(best[0]), float(best[1]) / span, float(cov[0, 0]), float(cov[1, 1]) / span**2,
        float(cov[0, 1]) / span, freedom,
    )  # fmt: skip


def _alike(residuals: NDArray[np.float64]) -> float:
    """Estimate how much each residual repeats of the one before it, 0 to 0.98, corrected for bias."""
    total = float((residuals**2).sum())
    if total == 0:
        return 0.0
    raw = float((residuals[1:] * residuals[:-1]).sum()) / total
    count = len(residuals)
    corrected = raw + (2 + 4 * raw) / count
    careful = corrected + _CARE * math.sqrt(max(0.0, 1 - corrected**2) / count)
    return min(max(careful, 0.0), _MOST_ALIKE)


def _whitened(rows: NDArray[np.float64], alike: float) -> NDArray[np.float64]:
    first = rows[:1] * math.sqrt(1 - alike**2)
    return np.concatenate([first, rows[1:] - alike * rows[:-1]])


def meeting(line: Line, limit: float) -> Meeting | None:
    """Return when a rising line below a limit meets it; None where that, or its 90% interval, has no end."""
    short = limit - line.level
    if short <= 0 or line.slope <= 0:
        return None
    sure = student(0.95, line.freedom) ** 2
    square = line.slope**2 - sure * line.slope_var
    half = short * line.slope + sure * line.both_var
    rest = short**2 - sure * line.level_var
    if square <= 0:
        return None
    root = math.sqrt(max(0.0, half**2 - square * rest))
    return Meeting(short / line.slope, max(0.0, (half - root) / square), (half + root) / square)


def student(chance: float, freedom: float) -> float:
    """Return the quantile of Student's distribution, by its expansion around the normal one (0.1% off from 4 on)."""
    z = NormalDist().inv_cdf(chance)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))
