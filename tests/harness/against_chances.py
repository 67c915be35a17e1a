"""Do figures that were seen come from a predicted distribution? One sample against what closed forms say."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from goxray.model.closed.chances import Chances

I64 = NDArray[np.int64]

FALSE_ALARM = 1e-7
"""How often one comparison may call a right distribution wrong."""

MOST_Z = 5.3
"""How many standard deviations the sum over all cases may be off: as rare as a false alarm."""

_EXPECTED_OFF_MODE = 2.0


def ks_distance(seen: I64, predicted: Chances) -> float:
    """Return the greatest distance between the empirical distribution and the predicted one."""
    points = np.unique(np.concatenate([seen, predicted.values]))
    empirical = np.searchsorted(np.sort(seen), points, side="right") / len(seen)
    below = np.concatenate([[0.0], np.cumsum(predicted.weights)])
    return float(np.abs(empirical - below[np.searchsorted(predicted.values, points, side="right")]).max())


def ks_limit(count: int) -> float:
    """Return the distance that ``count`` draws exceed no oftener than a false alarm (Dvoretzky, Kiefer, Wolfowitz)."""
    return sqrt(log(2 / FALSE_ALARM) / (2 * count))


@dataclass
class Against:
    """Compares case by case, and the means of all cases together."""

    wrong: list[str] = field(default_factory=list)
    apart: dict[str, list[float]] = field(default_factory=dict)
    certain: int = 0

    @property
    def z(self) -> list[float]:
        """How far off each case's means are, in standard deviations: the figures of one case move together."""
        return [sum(figures) / len(figures) for figures in self.apart.values()]

    def case(self, where: str, figure: str, seen: I64, predicted: Chances, *, exact: bool) -> None:
        """Compare one figure of one case; an exact one must be the same in every run."""
        name, where = where, f"{where} {figure}"
        if exact:
            self.certain += 1
            if len(predicted.values) != 1 or (seen != predicted.values[0]).any():
                self.wrong.append(f"{where}: exactly {predicted.values.tolist()}, seen {sorted(set(seen.tolist()))}")
            return
        distance = ks_distance(seen, predicted)
        if distance > ks_limit(len(seen)):
            self.wrong.append(
                f"{where}: distance {distance:.2f}, median {np.median(seen)} seen, {predicted.median} said"
            )
        if len(seen) * (1 - predicted.weights.max()) >= _EXPECTED_OFF_MODE:
            off = (float(seen.mean()) - predicted.mean) / sqrt(predicted.variance / len(seen))
            self.apart.setdefault(name, []).append(off)

    def verdict(self) -> list[str]:
        """Return what is wrong."""
        together = sum(self.z) / sqrt(max(len(self.z), 1))
        drift = [f"all means together are {together:+.1f} standard deviations off"] if abs(together) > MOST_Z else []
        return self.wrong + drift
