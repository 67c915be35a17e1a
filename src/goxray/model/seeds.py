"""Predictions from simulated lives: the steps run through the model once for each seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.predict_result import Prediction
from goxray.model.steps import Step

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.model.figures import MapFigures
    from goxray.model.shape import ModelShape

_WORK = 25_000_000
"""Operations to spend on one build where nobody says how many seeds."""

_LEAST_SEEDS, _MOST_SEEDS = 11, 31
_MOST_WORK = 1 << 27
"""Operations to spend on one build where someone does."""

_LEAST_SIZE = 1 << 16
"""Operations of one life that are always simulated whole."""

_SEED = 0x676F
_SHARES = (0.05, 0.5, 0.95)

Life = Callable[["RuntimeLayout", "ModelShape", int, Sequence[Step], int], "list[MapFigures]"]


def simulated(
    layout: RuntimeLayout,
    shape: ModelShape,
    name: str,
    hint: int,
    steps: Sequence[Step],
    seeds: int | None,
    tell: Callable[[float], None] = lambda _share: None,
) -> list[Prediction]:
    """Predict each step by simulated lives.

    A map too large for that is simulated at a power of two less: B, and the depth of the directory, fall by as many,
    and every bucket and table lives the same life. Figures are scaled up, their distance from the median by the square
    root, as sums over independent buckets and tables differ.

    Args:
        layout: the build.
        shape: the map type as that build lays it out.
        name: the build's name for the results.
        hint: the hint of ``make``.
        steps: what happens.
        seeds: how many lives; None for as many as are quick.
        tell: is called with the share done, 0 to 1.
    """
    work = sum(step.count for step in steps)
    most = _WORK // _LEAST_SEEDS if seeds is None else max(_MOST_WORK // seeds, _LEAST_SIZE)
    halvings = max(0, math.ceil(math.log2(work / most))) if work > most else 0
    small = [Step(step.kind, step.count >> halvings, step.text) for step in _consistent(steps, halvings)]
    number = seeds or max(_LEAST_SEEDS, min(_MOST_SEEDS, _WORK // max(work >> halvings, 1)))
    run = _runner(layout)
    lives = []
    for seed in range(number):
        tell(seed / number)
        lives.append(run(layout, shape, hint >> halvings, small, _SEED + seed))
    how = f"{number} seeds" if number != 1 else "1 seed"
    if halvings:
        how += f" at 1/{1 << halvings} of the size"
    found = []
    present = 0
    for place, step in enumerate(steps):
        present = 0 if step.kind == "clear" else present + step.count * (1 if step.kind == "insert" else -1)
        about: dict[str, str | int] = {
            "go_version": name,
            "goarch": layout.goarch,
            "type": shape.name,
            "hint": hint,
            "how": how,
        }
        found.append(_prediction([life[place] for life in lives], place, step, present, 1 << halvings, about))
    return found


def _consistent(steps: Sequence[Step], halvings: int) -> list[Step]:
    """The steps with counts that never delete more than there is, once halved so often."""
    present, found = 0, []
    for step in steps:
        count = step.count >> halvings
        if step.kind == "delete":
            count = min(count, present)
        present = 0 if step.kind == "clear" else present + (count if step.kind == "insert" else -count)
        found.append(Step(step.kind, count << halvings, step.text))
    return found


def _runner(layout: RuntimeLayout) -> Life:
    if layout.map_kind == "classic":
        from goxray.model.classic.simulate import simulate as classic

        return classic
    from goxray.model.swiss.simulate import simulate as swiss

    return swiss


def _prediction(
    drawn: Sequence[MapFigures], place: int, step: Step, present: int, scale: int, about: dict[str, str | int]
) -> Prediction:
    def middle(name: str) -> int:
        return _quantiles(np.array([getattr(each, name) for each in drawn], np.float64), scale)[1]

    low, median, high = _quantiles(np.array([each.bytes for each in drawn], np.float64), scale)
    each_indirect = drawn[0].indirect_bytes / drawn[0].entries if drawn[0].entries else 0
    detail = {name: _detail(name, [each.detail[name] for each in drawn], scale) for name in drawn[0].detail}
    return Prediction(
        go_version=str(about["go_version"]),
        goarch=str(about["goarch"]),
        kind=drawn[0].kind,
        type=str(about["type"]),
        step=place,
        step_text=step.text,
        n=present,
        hint=int(about["hint"]),
        exact=False,
        bytes=median,
        low=low,
        high=high,
        indirect_bytes=round(each_indirect * present),
        peak_bytes=max(_peak(drawn, median, middle("peak_bytes")), median),
        scan_bytes=middle("scan_bytes"),
        mallocs=middle("mallocs"),
        total_alloc=middle("total_alloc"),
        slots=middle("slots"),
        how=str(about["how"]),
        detail=detail,
    )


def _peak(drawn: Sequence[MapFigures], median: int, scaled: int) -> int:
    """The median of the peak: old bucket arrays grow with the map, a table beside its successors does not."""
    if drawn[0].kind == "classic":
        return scaled
    return median + round(float(np.median([each.peak_bytes - each.bytes for each in drawn])))


def _quantiles(drawn: NDArray[np.float64], scale: int) -> list[int]:
    values = np.quantile(drawn, _SHARES)
    middle = float(values[1]) * scale
    return [round(middle + (float(value) - float(values[1])) * math.sqrt(scale)) for value in values]


def _detail(name: str, drawn: Sequence[int], scale: int) -> int:
    """The median; what is a logarithm grows by the scale's, what is a flag not at all."""
    middle = round(float(np.median(drawn)))
    if name in ("B", "global_depth"):
        return middle + scale.bit_length() - 1
    return middle if name in ("small", "noverflow") else middle * scale
