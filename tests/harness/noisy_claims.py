"""Claims about noise whose truth is known, run as the runner runs them: look, go on or stop, look again.

Each family draws the figures of one claim whose truth lies exactly on the boundary (``effect`` 1), or off it by a
factor. A verdict that is sure is false on the boundary; off it the one that says the opposite is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.core.lab_result import VersionVerdict
from goxray.lab.experiment import Experiment, Figure, Predicate
from goxray.lab.judge import looks, settled, verdicts
from goxray.lab.observed import Mode
from tests.harness.made_observed import at_least, between, claim, experiment, observed

F64 = NDArray[np.float64]
Rng = np.random.Generator
Named = dict[tuple[str, str, str], F64]
Noise = Callable[[Rng, int], F64]


@dataclass(frozen=True)
class Family:
    """A claim and how to draw its figures: float64[N] by (arm, case, name), all multiplied by the effect."""

    made: Experiment
    draw: Callable[[Rng, int, float], Named]
    unit: str = "1"


def normal(spread: float) -> Noise:
    return lambda rng, n: np.exp(rng.normal(0, spread, n))


def student(freedom: float) -> Noise:
    return lambda rng, n: np.exp(np.clip(0.02 * rng.standard_t(freedom, n), -20, 20))


def bimodal(rng: Rng, n: int) -> F64:
    """Two modes as far apart as a page that is there and one that is not, equally often: the median lies between."""
    values: F64 = np.exp(np.where(rng.random(n) < 0.5, -0.1, 0.1) + rng.normal(0, 0.005, n))
    return values


def skewed(rng: Rng, n: int) -> F64:
    values: F64 = np.exp(0.1 * (rng.exponential(1, n) - np.log(2)))
    return values


def outliers(rng: Rng, n: int) -> F64:
    """One trial in ten was interrupted and took up to several times as long."""
    late: F64 = (rng.random(n) < 0.1) * rng.choice([-1, 1], n) * rng.exponential(1, n)
    return np.exp(rng.normal(0, 0.02, n) + late)


def alike(correlation: float, spread: float = 0.02) -> Noise:
    """Neighbouring trials hang together: an autoregressive process of the first order."""

    def draw(rng: Rng, n: int) -> F64:
        steps = rng.normal(0, spread * np.sqrt(1 - correlation**2), n)
        values = np.empty(n)
        values[0] = rng.normal(0, spread)
        for at in range(1, n):
            values[at] = correlation * values[at - 1] + steps[at]
        return np.exp(values)

    return draw


def warming(rng: Rng, n: int) -> F64:
    """The level leaves the truth over the run, by up to two standard deviations of the noise."""
    return np.exp(rng.uniform(0, 0.04) * np.linspace(0, 1, n) + rng.normal(0, 0.02, n))


def drifting(rng: Rng, n: int) -> F64:
    """A machine that gets slower and slower, or faster and faster, by up to half in all."""
    return np.exp(rng.uniform(-0.7, 0.7) * np.linspace(0, 1, n))


def wandering(rng: Rng, n: int) -> F64:
    return np.exp(np.cumsum(rng.normal(0, 0.1, n)))


def single(noise: Noise, unit: str = "1") -> Family:
    """A figure by itself against a bound."""
    made = experiment(claim(between("figure", 1.0, None)))
    return Family(made, lambda rng, n, effect: {("main", "", "figure"): effect * noise(rng, n)}, unit)


def pair(noise: Noise, machine: Noise | None = None) -> Family:
    """Two arms with noise of their own, in a machine whose own noise is in both."""

    def draw(rng: Rng, n: int, effect: float) -> Named:
        both = machine(rng, n) if machine is not None else np.ones(n)
        return {("a", "", "ns"): effect * both * noise(rng, n), ("b", "", "ns"): both * noise(rng, n)}

    return Family(experiment(claim(at_least("ns", 1.0, "a", "b")), arms=("a", "b")), draw, "ns")


def cases(count: int) -> Family:
    """Several cases, each on the boundary: more chances to be wrong."""
    names = [f"case {at}" for at in range(count)]
    return Family(
        experiment(claim(between("figure", 1.0, None))),
        lambda rng, n, effect: {("main", name, "figure"): effect * normal(0.05)(rng, n) for name in names},
    )


def level(count: int) -> Family:
    """A figure that is said to rise along cases in which it is the same."""
    names = tuple(f"case {at}" for at in range(count))
    rises = Predicate("monotone", Figure("figure"), along=names, direction="rising")
    return Family(
        experiment(claim(rises)),
        lambda rng, n, effect: {
            ("main", name, "figure"): effect**at * normal(0.05)(rng, n) for at, name in enumerate(names)
        },
    )


def near(tolerance: float) -> Family:
    """Two figures that are apart by just the tolerance within which they are said to be equal."""
    equal = Predicate("equals", Figure("figure", "a"), Figure("figure", "b"), tolerance=tolerance)

    def draw(rng: Rng, n: int, effect: float) -> Named:
        here = (1 + tolerance) / effect
        return {("a", "", "figure"): here * normal(0.03)(rng, n), ("b", "", "figure"): normal(0.03)(rng, n)}

    return Family(experiment(claim(equal), arms=("a", "b")), draw)


def coin(exact: bool = False) -> Family:
    """A coin, printed as a figure that is said to be 1; the program may even call it exact."""
    heads = Predicate("equals", Figure("heads"), value=1.0)
    made = experiment(claim(heads), exact=("heads",) if exact else ())

    def draw(rng: Rng, n: int, effect: float) -> Named:
        values = {("main", "", "heads"): (rng.random(n) < 0.5 * effect).astype(np.float64)}
        return values | {("main", "", "wall_s"): np.full(n, 0.01)}

    return Family(made, draw)


FAMILIES: Mapping[str, Family] = {
    "normal": single(normal(0.02)),
    "wide": single(normal(0.5)),
    "heavy tails": single(student(2)),
    "Cauchy": single(student(1)),
    "two modes": single(bimodal),
    "skewed": single(skewed),
    "outliers": single(outliers),
    "alike": single(alike(0.3)),
    "very alike": single(alike(0.6)),
    "a slow machine's time": single(alike(0.9), unit="ns"),
    "warming": single(warming),
    "pair": pair(normal(0.02)),
    "pair, heavy tails": pair(student(2)),
    "pair, two modes": pair(bimodal),
    "pair, outliers": pair(outliers),
    "pair, drifting": pair(normal(0.02), drifting),
    "pair, wandering": pair(normal(0.02), wandering),
    "pair, alike": pair(alike(0.5), alike(0.95, 0.3)),
    "four cases": cases(4),
    "level": level(4),
    "near": near(0.05),
    "coin": coin(),
    "coin called exact": coin(exact=True),
}


def judged(family: Family, rng: Rng, mode: Mode, effect: float = 1.0) -> VersionVerdict:
    """Return the verdict on one claim drawn from a family, after as many looks as the judge asks for."""
    plan = looks(family.made, mode)
    values = family.draw(rng, plan[-1], effect)
    for look in plan:
        shown = {key: [float(value) for value in each[:look]] for key, each in values.items()}
        seen = observed(family.made, shown, mode, unit=family.unit)
        if settled(seen, look):
            break
    return verdicts(seen)[0]


def false_verdict(found: VersionVerdict, effect: float) -> bool:
    """Whether a verdict contradicts the truth: ``effect`` above 1 makes the claim true, below 1 false."""
    if effect == 1:
        return found.verdict != "INCONCLUSIVE"
    return found.verdict not in ("INCONCLUSIVE", "SUPPORTED" if effect > 1 else "REFUTED")
