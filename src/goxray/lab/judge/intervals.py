"""Intervals of the median over trials, made to be wrong rarely rather than to be narrow.

A verdict is false when an interval lies wholly on one side of a boundary although the truth does not. What makes a few
trials lie on one side by chance: plain noise, trials that hang together (a machine that is slow for a while), a drift
(one that warms up), two modes, outliers. No single interval withstands all of them with ten trials, so that this one
is the hull of several, and each is here for a reason:

- order statistics (the sign test turned round) promise the level for independent trials of any distribution at all;
- Student's interval of the winsorised mean on the scale of logarithms reaches beyond the values seen, which order
  statistics cannot, and is widened where neighbouring trials are alike: such trials count as fewer;
- the medians of eight batches of consecutive trials, from sixteen trials on: what hangs together for less than a
  batch is noise among them, what lasts longer drives them apart;
- a bootstrap of blocks of neighbouring trials keeps what hangs together in one piece. The percentile interval is too
  narrow with few trials, so its level is that which makes it as wide as Student's for normal values (an expanded
  percentile interval). A studentised bootstrap of a median is not used: with ten trials many resamples have no spread
  at all, and the interval is then as good as infinite;
- where the trials show a trend, the level at the beginning and that at the end: with a drift neither is the level.

How alike neighbours are is known badly from ten trials, so that the hull is widened by a third around the median: of
independent trials one look errs far more rarely than it may, and of trials with a correlation of 0.5 still no more
often. What remains beyond any interval is a level that wanders for longer than the whole run (a correlation of 0.9
over twenty trials). Ratios of arms that ran in one trial do not have it: the wandering is in both and cancels. A time
that is no ratio has it, see ``figures.estimate``.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from goxray.lab.judge.student import sign_rank, student_quantile

F64 = NDArray[np.float64]

LEAST_TRIALS = 8
"""Of fewer trials than this nothing noisy is judged: the range of eight misses the median in 1 of 128 cases."""

_RESAMPLES = 2000
_LIKELY_TREND = 0.05
_MOST_ALIKE = 0.92
_BATCHES = 8
_CAUTION = 4 / 3
_LEAST_SEEN = 0.15
_FARTHEST = 0.75
"""How far beyond the values seen an interval goes, in their range: farther out it excludes no more false verdicts."""


@dataclass(frozen=True)
class Interval:
    """A median and the ends of its interval; ``trials`` values made it. ``exact``: all were the same."""

    value: float
    low: float
    high: float
    trials: int

    @property
    def exact(self) -> bool:
        """Whether every trial gave the same value."""
        return self.low == self.high


def interval(values: F64, alpha: float) -> Interval:
    """Return the interval that the median leaves with a chance of about ``alpha`` at most.

    Args:
        values: float64[N], finite, in the order of the trials, N >= 1.
        alpha: the chance of being wrong, both sides together, this look's share already.
    """
    return _interval(values.astype(np.float64).tobytes(), alpha)


def middle(values: F64) -> float:
    """Return the median; of an even number the mean of the middle two, which cannot overflow."""
    ordered = np.sort(values)
    low, high = float(ordered[(len(ordered) - 1) // 2]), float(ordered[len(ordered) // 2])
    return low / 2 + high / 2 if abs(low) > 1e300 or abs(high) > 1e300 else (low + high) / 2


@lru_cache(maxsize=4096)
def _interval(content: bytes, alpha: float) -> Interval:
    """Return the interval of values by their bytes: each look judges again what was judged before."""
    values = np.frombuffer(content)
    value = middle(values)
    if np.all(values == values[0]):
        return Interval(float(values[0]), float(values[0]), float(values[0]), len(values))
    on_logs = bool(np.all(values > 0))
    scale = np.log(values) if on_logs else values.astype(np.float64)
    with np.errstate(all="ignore"):
        low, high = _hull(scale, alpha)
        centre = float(np.median(scale))
    low, high = centre - (centre - low) * _CAUTION, centre + (high - centre) * _CAUTION
    if not math.isfinite(high - low):  # figures too large to be squared: nothing is known of their spread
        low, high = -math.inf, math.inf
    if on_logs:
        low, high = _exp(low), _exp(high)
    return Interval(value, min(low, value), max(high, value), len(values))


def _hull(values: F64, alpha: float) -> tuple[float, float]:
    ends = [_order_statistics(values, alpha)]
    if len(values) >= 4:
        ends += [_student(values, alpha), _trend(values), _bootstrap(values, alpha)]
    if len(values) >= 2 * _BATCHES:
        ends.append(_batches(values, alpha))
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    reach = _FARTHEST * float(values.max() - values.min())
    return max(low, float(values.min()) - reach), min(high, float(values.max()) + reach)


def _exp(value: float) -> float:
    return math.exp(value) if value < 709 else math.inf


def _order_statistics(values: F64, alpha: float) -> tuple[float, float]:
    ordered = np.sort(values)
    # Where only two values occur (a coin printed as a figure), a single trial that disagrees is no outlier.
    rank = 1 if len(np.unique(values)) <= 2 else sign_rank(len(values), alpha)
    return float(ordered[rank - 1]), float(ordered[-rank])


def _student(values: F64, alpha: float) -> tuple[float, float]:
    """Return Tukey and McLaughlin's interval of the trimmed mean, a tenth off each end, for trials that hang together.

    The spread is that of the winsorised values. With a correlation r of neighbours that dies out by powers, the mean's
    variance is (1 + r) / (1 - r) times that of independent trials, while the spread among few trials comes out too
    small, as all of them wandered off together.
    """
    n = len(values)
    cut = n // 10
    ordered = np.sort(values)
    kept = ordered[cut : n - cut]
    winsorised = np.clip(values, kept[0], kept[-1])
    spread = float(winsorised.std(ddof=1)) * n / (n - 2 * cut)
    alike = _alike(winsorised)
    wider = (1 + alike) / (1 - alike)
    seen = max(_LEAST_SEEN, 1 - (wider - 1) / (n - 1))
    half = student_quantile(alpha, len(kept) - 1) * spread * math.sqrt(wider / seen / n)
    centre = float(kept.mean())
    return centre - half, centre + half


def _alike(values: F64) -> float:
    """Return the correlation of neighbouring trials that is assumed, 0 to 0.92.

    The plain estimate is too low by about (1 + 4 r) / N, which matters with ten trials (Kendall 1954). Half a standard
    error is added: what is not known is rather taken for alike.
    """
    n = len(values)
    off = values - values.mean()
    square = float(off @ off)
    if not square or n < 6:
        return 0.0
    plain = float(off[:-1] @ off[1:]) / square
    corrected = (n * plain + 1) / (n - 4)
    return min(_MOST_ALIKE, max(0.0, corrected + 0.5 / math.sqrt(n)))


def _batches(values: F64, alpha: float) -> tuple[float, float]:
    """Return the hull of the medians of eight batches of consecutive trials and of Student's interval of their mean."""
    medians = np.array([np.median(each) for each in np.array_split(values, _BATCHES)])
    centre = float(medians.mean())
    half = student_quantile(alpha, _BATCHES - 1) * float(medians.std(ddof=1)) / math.sqrt(_BATCHES)
    return min(float(medians.min()), centre - half), max(float(medians.max()), centre + half)


def _trend(values: F64) -> tuple[float, float]:
    """Return the ends of the straight line through the trials where it likely rises or falls, else its centre."""
    n = len(values)
    time = np.arange(n) - (n - 1) / 2
    centre = float(np.median(values))
    slope = float(time @ values) / float(time @ time)
    rest = values - values.mean() - slope * time
    error = math.sqrt(float(rest @ rest) / (n - 2) / float(time @ time))
    if abs(slope) <= student_quantile(_LIKELY_TREND, n - 2) * error:
        return centre, centre
    centre, reach = float(values.mean()), abs(slope) * (n / 2)
    return centre - reach, centre + reach


def _bootstrap(values: F64, alpha: float) -> tuple[float, float]:
    """Return the expanded percentile interval of the median, resampling blocks of neighbouring trials.

    Not done where order statistics take the whole range: no resampled median lies outside it.
    """
    n = len(values)
    if sign_rank(n, alpha) == 1:
        return float(np.median(values)), float(np.median(values))
    block = max(1, round(n ** (1 / 3)))
    rng = np.random.default_rng(_seed(values))
    starts = rng.integers(0, n, (_RESAMPLES, -(-n // block)))
    places = (starts[:, :, None] + np.arange(block)).reshape(_RESAMPLES, -1)[:, :n] % n
    medians = np.median(values[places], axis=1)
    wide = math.sqrt(n / (n - 1)) * student_quantile(alpha, n - 1)
    share = max(NormalDist().cdf(-wide), 1 / _RESAMPLES)
    low, high = np.quantile(medians, [share, 1 - share])
    return float(low), float(high)


def _seed(values: F64) -> int:
    """Return a seed that depends on the values alone: the same trials give the same report."""
    return int.from_bytes(hashlib.sha256(np.sort(values).tobytes()).digest()[:8], "little")
