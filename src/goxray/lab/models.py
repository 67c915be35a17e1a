"""What goxray's model says of the figures of an experiment: from Go's rules and layout alone, nothing measured."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from goxray.core.errors import GoxrayError, UsageError
from goxray.lab.experiment import Experiment, ModelValue
from goxray.lab.observed import Key

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.model.figures import MapFigures
    from goxray.model.shape import ModelShape
    from goxray.model.steps import Step, StepKind

_SEEDS = 11
_SEED = 0x1AB
_MOST_STEPS = 2_000_000
"""Operations of one life: a quick run has a few seconds for everything."""

_KINDS: dict[str, StepKind] = {"i": "insert", "d": "delete", "c": "clear"}
_SINCE_START = frozenset({"num_gc", "mallocs", "frees"})
"""Figures of a scenario that count from the program's start; what the scenario itself adds is wanted."""


def predicted(experiment: Experiment, go_version: str) -> dict[Key, float]:
    """Return what the model says of figures, by key, for one Go version; figures it knows nothing of are left out.

    A figure that names no arm is that of each arm.
    """
    return predictions(experiment, go_version)[0]


def predictions(experiment: Experiment, go_version: str) -> tuple[dict[Key, float], tuple[str, ...]]:
    """Return what :func:`predicted` does, and for each ``[[model]]`` that gives no figure a line that says why."""
    found: dict[Key, float] = {}
    notes = []
    arms = [arm.name for arm in experiment.run.arms] if experiment.run else ["main"]
    for each in experiment.models:
        try:
            value = _value(each, go_version)
        except (GoxrayError, ValueError, OverflowError, KeyError) as error:
            notes.append(f"no model of {each.measure}: {error}")
            continue
        for arm in [each.arm] if each.arm else arms:
            found[Key(arm, each.case, each.measure)] = value
    return found, tuple(notes)


def _value(wanted: ModelValue, go_version: str) -> float:
    if wanted.gc:
        return _of_scenario(wanted.gc, wanted.figure, go_version)
    return median(_figure(each, wanted.figure) for each in _lives(wanted.map, wanted.hint, wanted.steps, go_version))


@lru_cache(maxsize=512)
def _lives(map_type: str, hint: int, words: tuple[str, ...], go_version: str) -> tuple[MapFigures, ...]:
    """Return a map's figures after its steps, once for each seed: several figures of one map cost one simulation."""
    from goxray.model.builds import build_layout

    layout = build_layout(go_version)
    steps = _steps(words)
    if not any(step.count for step in steps):
        return (_life(layout, _shape(map_type, layout), hint, steps, _SEED),)  # chance has no part in it
    return tuple(_life(layout, _shape(map_type, layout), hint, steps, _SEED + seed) for seed in range(_SEEDS))


def _life(layout: RuntimeLayout, shape: ModelShape, hint: int, steps: Sequence[Step], seed: int) -> MapFigures:
    if layout.map_kind == "classic":
        from goxray.model.classic.simulate import simulate as classic

        return classic(layout, shape, hint, steps, seed)[-1]
    from goxray.model.swiss.simulate import simulate as swiss

    return swiss(layout, shape, hint, steps, seed)[-1]


def _shape(map_type: str, layout: RuntimeLayout) -> ModelShape:
    from goxray.model.gotypes_simple import simple_map
    from goxray.model.shapes import map_shape, shape_of

    simple = simple_map(map_type.strip())
    if simple is not None:
        return shape_of(*simple, layout)
    from goxray.model.gotypes import parse_type

    return map_shape(parse_type(map_type, layout, None), layout)


def _steps(words: Sequence[str]) -> list[Step]:
    from goxray.model.steps import Step

    found = []
    present = 0
    for word in words:
        kind, count = _KINDS.get(word[:1]), word[1:]
        if kind is None or (kind == "clear") != (not count) or not (count or "0").isdecimal():
            raise UsageError(f"{word!r} is no step", hint="write i1000, d10 or c")
        number = int(count or 0)
        if kind == "delete" and number > present:
            raise UsageError(f"{word!r} deletes more than the {present} entries there are")
        present = 0 if kind == "clear" else present + (number if kind == "insert" else -number)
        found.append(Step(kind, number, word))
    if sum(step.count for step in found) > _MOST_STEPS:
        raise UsageError(f"more than {_MOST_STEPS:,} steps are not simulated beside a measurement")
    return found or [Step("insert", 0, "make")]


def _figure(figures: MapFigures, name: str) -> float:
    if name in figures.detail:
        return float(figures.detail[name])
    found = getattr(figures, name, None)
    if isinstance(found, bool) or not isinstance(found, int):
        raise UsageError(f"the model of a map has no figure {name!r}")
    return float(found)


@lru_cache(maxsize=256)
def _of_scenario(text: str, figure: str, go_version: str) -> float:
    """Return a figure of the last step of a collector's scenario (docs/model-gc.md)."""
    from goxray.model.gc.answer import model_gc

    run = model_gc(text, go=[go_version]).runs[0]
    last, first = getattr(run.steps[-1], figure, None), getattr(run.steps[0], figure, None)
    if not isinstance(last, int) or not isinstance(first, int):
        raise UsageError(f"the model of the collector has no figure {figure!r}")
    return float(last - first if figure in _SINCE_START else last)
