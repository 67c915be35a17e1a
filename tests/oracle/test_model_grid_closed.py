"""The closed forms against real Go: what they call exact every real map has, the rest is distributed as said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from goxray.model.closed.chances import Chances
from goxray.model.closed.figures import Spread
from goxray.model.closed.life import ClosedForms
from tests.harness.grid_cases import fills, huge_fills
from tests.harness.grid_judge import Judge
from tests.harness.mapgrid import I64, Case, Grid, grid, layout_of, model_steps, shape_of
from tests.harness.variants import params
from tests.oracle.test_model_grid import BUILDS, PEAKS

DRAWS = 200
OVERFLOW = ("slots", "overflow_buckets", "noverflow")
"""What differs although the bytes are sure: overflow buckets that a classic map's array has room for."""

SPREAD = ("bytes", "mallocs", "total_alloc", "slots")


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Grid]:
    with grid(request.param) as program:
        yield program


def said(program: Grid, case: Case) -> Spread:
    """The closed forms' answer."""
    forms = ClosedForms(layout_of(program.variant), shape_of(program.variant, case.shape))
    return forms.life(model_steps(case), max(case.hint, 0))[-1]


def draws(chances: Chances, case: Case) -> I64:
    return np.random.default_rng(case.seed()).choice(chances.values, DRAWS, p=chances.weights / chances.weights.sum())


def not_equal(case: Case, spread: Spread, real: dict[str, I64]) -> list[str]:
    """What of an exact answer one of the real maps does not have."""
    wanted = {name: getattr(spread, name).median for name in SPREAD}
    wanted |= {"entries": spread.entries, "indirect_bytes": spread.indirect_bytes, **spread.detail}
    return [
        f"{case}: {name} is {sorted(set(real[name].tolist()))}, not {value}"
        for name, value in wanted.items()
        if not (spread.kind == "classic" and name in OVERFLOW) and (real[name] != value).any()
    ]


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_filled_maps_are_as_the_closed_forms_say(running: Grid) -> None:
    judge, wrong, exact = Judge(), [], 0
    for case in (*fills(running.kind), *huge_fills()):
        spread, real = said(running, case), running.run(case).at(0)
        if spread.exact:
            exact += 1
            wrong += not_equal(case, spread, real)
        for name in OVERFLOW[:1] if spread.exact else SPREAD:
            judge.figure(f"{case}, {name}", name, real[name], draws(getattr(spread, name), case))
    assert wrong == []
    assert judge.verdict() == []
    assert exact > 20


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_peaks_are_as_the_closed_forms_say(running: Grid) -> None:
    judge = Judge()
    for n in PEAKS:
        case = Case("string-pointer", -1, (f"i{n}p",), 16)
        spread, real = said(running, case), running.run(case).at(0)
        if spread.exact:
            assert set(real["peak_bytes"].tolist()) == {spread.peak_bytes.median}, case
        judge.figure(str(case), "peak_bytes", real["peak_bytes"], draws(spread.peak_bytes, case))
    assert judge.verdict() == []
