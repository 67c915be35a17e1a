"""How far a sampled heap profile may be off, from its rate alone.

The runtime samples so that each byte allocated is hit with the same chance, one in ``rate`` on average
(runtime/malloc.go, nextSample: an exponential distance). So an object of s bytes is sampled with p = 1 - exp(-s/rate),
and runtime/pprof divides what it saw by p. Objects are sampled one by one and independently: what stands in the profile
for n objects has variance n (1 - p) / p.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.timeline.pprof.profile import I64, Profile

SURE = 1.959963984540054
"""Standard deviations that hold 95% of a normal distribution."""


@dataclass(frozen=True)
class Measured:
    """A figure of a profile: ``value``, and ``error``, what it may be off by either way at 95%.

    ``seen`` is how many objects were sampled for it.
    """

    value: float
    error: float
    seen: float


def variances(objects: I64, space: I64, rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the variance of each sample's bytes, and how many objects were sampled for it (both float64[N]).

    Args:
        objects: objects as scaled up, int64[N].
        space: their bytes, int64[N].
        rate: the profile's rate in bytes; 1 or less: every object was seen.
    """
    count = np.abs(objects).astype(np.float64)
    size = np.divide(np.abs(space).astype(np.float64), count, out=np.zeros(len(count)), where=count > 0)
    if rate <= 1:
        return np.zeros(len(count)), count
    chance = -np.expm1(-size / rate)
    missing = np.divide(1 - chance, chance, out=np.zeros(len(count)), where=chance > 0)
    return size * size * count * missing, count * chance


def error_of(variance: float, rate: int) -> float:
    """Return what a sum of sampled bytes may be off by at 95%, from its variance as the samples tell it.

    The upper half of the score interval of a Poisson variable, of which one sample stands for ``rate`` bytes: it leaves
    room for small objects that no sample hit, of which the samples' own variance knows nothing (none seen: 3.84
    samples' worth).
    """
    if rate <= 1:
        return 0.0
    return SURE**2 / 2 * rate + SURE * float(np.sqrt(variance + (SURE / 2 * rate) ** 2))


def measured(profile: Profile, what: str = "inuse_space") -> Measured | None:
    """Return a heap profile's total of ``inuse_space`` or ``alloc_space`` and its sampling error.

    None where the profile has no such figures. What is in use is as of the end of the last collection but one: the
    runtime publishes a cycle's figures when the next one has finished (runtime/mprof.go).
    """
    return measured_part(profile, np.arange(len(profile)), what)


def measured_part(profile: Profile, samples: I64, what: str) -> Measured | None:
    """Return the sum of some of a profile's samples and its sampling error."""
    space, objects = profile.column(what), profile.column(what.replace("space", "objects"))
    if space is None or objects is None:
        return None
    values = profile.values[samples]
    spread, seen = variances(values[:, objects], values[:, space], profile.rate)
    return Measured(float(values[:, space].sum()), error_of(float(spread.sum()), profile.rate), float(seen.sum()))
