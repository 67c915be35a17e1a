"""Real maps beside modelled ones: what differs although it cannot, and what differs more than chance allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from goxray.layout import RuntimeLayout
from goxray.model.figures import MapFigures
from goxray.model.shape import ModelShape
from goxray.model.steps import Step
from tests.harness.grid_cases import EVERYTHING
from tests.harness.mapgrid import I64, Case, columns, model_steps
from tests.harness.two_samples import Pool, ks_p, normal_p

FALSE_ALARMS = 5e-5
"""How often the whole suite may call a right model wrong."""

COMPARISONS = 5_000_000 if EVERYTHING else 400_000
"""More than the suite makes: each may take its share of the false alarms."""

LIMIT = FALSE_ALARMS / COMPARISONS

FEW = 8
"""Of fewer real maps than this the means are compared."""

MOST_ERRORS = 12.0
"""How many standard errors these may be apart: twelve at 11 degrees of freedom happen once in ten million times."""

Simulate = Callable[[RuntimeLayout, ModelShape, int, Sequence[Step], int], list[MapFigures]]


def simulate_of(layout: RuntimeLayout) -> Simulate:
    """Return the model of a build's kind of map."""
    if layout.map_kind == "classic":
        from goxray.model.classic.simulate import simulate as classic

        return classic
    from goxray.model.swiss.simulate import simulate as swiss

    return swiss


def modelled(layout: RuntimeLayout, shape: ModelShape, case: Case, seeds: int) -> dict[str, I64]:
    """Let as many modelled maps live as there are seeds: figures by name, a row a seed, a column a step."""
    simulate, steps, hint = simulate_of(layout), model_steps(case), max(case.hint, 0)
    return columns([simulate(layout, shape, hint, steps, case.seed(which)) for which in range(seeds)])


@dataclass
class Judge:
    """Compares case by case, and all cases of a figure together at the end."""

    wrong: list[str] = field(default_factory=list)
    compared: int = 0
    same_always: int = 0
    pools: dict[str, Pool] = field(default_factory=lambda: defaultdict(Pool))
    pairs: dict[str, list[tuple[I64, I64]]] = field(default_factory=lambda: defaultdict(list))
    """What was compared in which chance had a part, by figure: a pair a case, real and modelled, a column a step."""

    def case(
        self,
        case: Case,
        real: Mapping[str, I64],
        model: Mapping[str, I64],
        names: Sequence[str],
        steps: Sequence[int] | None = None,
    ) -> None:
        """Compare figures of one case after each of its steps, or after some: a row a map, a column a step."""
        chosen = range(len(case.steps)) if steps is None else steps
        for name in names:
            wheres = [f"{case}, {name} after step {step}" for step in chosen]
            self.maps(wheres, name, real[name][:, list(chosen)], model[name][:, list(chosen)])

    def figure(self, where: str, name: str, real: I64, model: I64) -> None:
        """Compare one figure of real maps with that of modelled ones; figures of one name are pooled.

        These maps must not come with the same name again: figures that hang together belong into one :meth:`case`.
        """
        self.maps([where], name, real[:, None], model[:, None])

    def maps(self, wheres: Sequence[str], name: str, real: I64, model: I64) -> None:
        """Compare one figure of the same maps at several times.

        Each time is compared for itself. All times in which chance has a part go into the pool as one pair: figures of
        one map at two times are no two independent witnesses.
        """
        chance = [at for at, where in enumerate(wheres) if not self._equal(where, name, real[:, at], model[:, at])]
        if chance:
            self.pools[name].add(real[:, chance], model[:, chance])
            self.pairs[name].append((real[:, chance], model[:, chance]))

    def _equal(self, where: str, name: str, real: I64, model: I64) -> bool:
        """Compare one figure at one time; return whether nothing was left to chance: then both must be equal."""
        self.compared += 1
        if real.min() == real.max() and model.min() == model.max():
            self.same_always += 1
            if real[0] != model[0]:
                self.wrong.append(f"{where}: always {real[0]}, modelled always {model[0]}")
            return True
        if ks_p(real, model) < LIMIT or far_apart(real, model):
            self.wrong.append(f"{where}: {_summary(real)}, modelled {_summary(model)}")
        return False

    def verdict(self) -> list[str]:
        """Return all that is wrong, the figures that depart a little in many cases among it."""
        found = list(self.wrong)
        for name, pool in sorted(self.pools.items()):
            for kind, z in pool.z().items():
                if normal_p(z) < LIMIT:
                    found.append(f"{name}: {kind} is {z:.1f} standard deviations away in {len(pool.place)} cases")
        return found


def far_apart(real: I64, model: I64) -> bool:
    """Whether the means of few maps are further apart than sums over many buckets or tables ever are.

    Ranks say little of three maps. Such maps are so large that their figures are as good as normal.
    """
    if len(real) >= FEW:
        return False
    total = len(real) + len(model)
    spread = float(((real - real.mean()) ** 2).sum() + ((model - model.mean()) ** 2).sum()) / (total - 2)
    error = (spread * (1 / len(real) + 1 / len(model))) ** 0.5
    return bool(abs(real.mean() - model.mean()) > MOST_ERRORS * error + 1)


def overlooked(judge: Judge, name: str) -> list[str]:
    """Return which wrong models of a figure would not be found out, among the cases in which chance had a part.

    The wrong models are the judge's own with that figure 2% higher or lower, by at least 1.
    """
    missed = []
    for what, sign in (("more", 1), ("less", -1)):
        other = Judge()
        for real, model in judge.pairs[name]:
            wrong = model + sign * np.maximum(1, np.ceil(model * 0.02).astype(np.int64))
            other.maps([name] * real.shape[1], name, real, wrong)
        if not other.verdict():
            missed.append(f"{name}: 2% {what}")
    return missed


def _summary(values: I64) -> str:
    if values.min() == values.max():
        return f"always {values[0]}"
    low, middle, high = (int(v) for v in np.percentile(values, (5, 50, 95), method="nearest"))
    return f"{middle} ({low} to {high})"
