"""The model against real Go: types x sizes x hints x lives, on every build that goxray knows.

Where the runtime leaves nothing to chance all figures must be equal. Where the hash's seed decides, the figures of real
maps, each with its own seed, and those of modelled maps must look like draws from one distribution. GOXRAY_GRID=all
runs every case.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goxray.layout import RuntimeLayout
from tests.harness.grid_cases import fills, huge_fills, lives
from tests.harness.grid_judge import Judge, modelled
from tests.harness.mapgrid import SHAPES, Case, Grid, grid, layout_of, shape_of, with_constants
from tests.harness.variants import BASELINES, CLASSIC, SWISS, Variant, params

BUILDS = (
    *BASELINES,
    Variant("1.24.11", ("noswissmap",)),
    Variant("1.25.5", ("noswissmap",)),
    Variant("1.27.3", ("mapsplitgroup",)),
)

FIGURES = ("entries", "slots", "tombstones", "bytes", "indirect_bytes", "mallocs", "total_alloc")
DETAIL = {
    "classic": ("B", "buckets", "overflow_buckets", "noverflow", "old_buckets", "nevacuate"),
    "swiss": ("tables", "groups", "dir_len", "global_depth", "growth_left", "small"),
}
SEEDS = 60
PEAKS = (1, 8, 9, 14, 29, 60, 105, 130, 209, 300, 449, 896, 897, 1200, 2000, 3700)


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Grid]:
    """The program of one build."""
    with grid(request.param) as program:
        yield program


def names(program: Grid) -> tuple[str, ...]:
    return (*FIGURES, *DETAIL[program.kind])


def judged(program: Grid, cases: Iterator[Case], seeds: int, layout: RuntimeLayout | None = None) -> Judge:
    judge = Judge()
    for case in cases:
        model = modelled(layout or layout_of(program.variant), shape_of(program.variant, case.shape), case, seeds)
        judge.case(case, program.run(case), model, names(program))
    return judge


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_types_are_laid_out_as_the_compiler_does(running: Grid) -> None:
    expected = {name: tuple(unit) for name, unit in running.units.items()}
    shapes = {name: shape_of(running.variant, name) for name in SHAPES}
    assert {name: (s.unit.unit_size, s.unit_ptrdata) for name, s in shapes.items()} == expected


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_filled_maps(running: Grid) -> None:
    judge = judged(running, fills(), 16)
    assert judge.verdict() == []
    assert judge.same_always > judge.compared / 3


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_maps_that_live(running: Grid) -> None:
    judge = judged(running, lives(), SEEDS)
    assert judge.verdict() == []
    assert sum(len(pool.place) for pool in judge.pools.values()) > 1000, "chance had no part in it"
