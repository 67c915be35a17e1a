"""The model against real Go: types x sizes x hints x lives, on every build that goxray knows.

Where the runtime leaves nothing to chance all figures must be equal. Where the hash's seed decides, the figures of real
maps, each with its own seed, and those of modelled maps must look like draws from one distribution. GOXRAY_GRID=all
runs every case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from goxray.layout import RuntimeLayout
from tests.harness.grid_cases import fills, huge_fills, lives
from tests.harness.grid_judge import Judge, modelled, overlooked
from tests.harness.mapgrid import KEYS_THERE_ARE, SHAPES, Case, Grid, grid, layout_of, shape_of, with_constants
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
FEW_SEEDS = 10
SEEDS = 60
MANY = 15
"""From so many cases on in which chance has a part, a model that is 2% wrong in a figure is found out."""

PEAK_SHAPES = ("int64-int64", "string-pointer", "int-nothing", "strings3-int5")
PEAKS = (1, 8, 9, 14, 29, 60, 105, 130, 209, 300, 449, 896, 897, 1200)


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Grid]:
    """The program of one build."""
    with grid(request.param) as program:
        yield program


def names(program: Grid) -> tuple[str, ...]:
    return (*FIGURES, *DETAIL[program.kind])


def judged(program: Grid, cases: Iterable[Case], layout: RuntimeLayout | None = None) -> Judge:
    """Compare as many modelled maps as real ones, more where real ones are dear."""
    judge = Judge()
    for case in cases:
        shape = shape_of(program.variant, case.shape)
        model = modelled(layout or layout_of(program.variant), shape, case, max(case.maps, FEW_SEEDS))
        judge.case(case, program.run(case).figures, model, names(program))
    return judge


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_types_are_laid_out_as_the_compiler_does(running: Grid) -> None:
    expected = {name: tuple(unit) for name, unit in running.units.items()}
    shapes = {name: shape_of(running.variant, name) for name in SHAPES}
    assert {name: (s.unit.unit_size, s.unit_ptrdata) for name, s in shapes.items()} == expected


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_bytes_are_what_the_runtime_says_is_on_its_heap(running: Grid) -> None:
    """All that a map adds to HeapAlloc, the garbage collected, are its bytes and those of keys and elems by pointer.

    The runtime's own goroutines may allocate an object meanwhile: one of the three maps may be off. This comes before
    the program has made millions of keys, which each collection looks at.
    """
    wrong = []
    for index, shape in enumerate(SHAPES):
        n = min((9, 130, 1000, 3000)[index % 4], KEYS_THERE_ARE.get(shape, 3000))
        case = Case(shape, -1, (f"i{n}g",), 3)
        real = running.run(case).at(0)
        beside = real["heap_alloc"] - real["bytes"] - real["indirect_bytes"]
        if np.median(beside):
            wrong.append(f"{case}: {beside} bytes more")
    assert wrong == []


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_filled_maps(running: Grid) -> None:
    judge = judged(running, fills(running.kind))
    assert judge.verdict() == []
    assert judge.same_always > judge.compared / 3


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_maps_that_live(running: Grid) -> None:
    """The same cases show what the test is worth: a model that is wrong by 2% in one figure, or by 1, would fail it."""
    judge = judged(running, lives())
    assert judge.verdict() == []
    chances = [name for name in names(running) if len(judge.pairs[name]) >= MANY]
    assert {"bytes", "slots", "tombstones", "mallocs", "total_alloc"} <= set(chances), "chance had no part in it"
    assert [missed for name in chances for missed in overlooked(judge, name)] == []


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_huge_maps(running: Grid) -> None:
    """Up to two million entries: a case takes a second, so there are few of them without GOXRAY_GRID."""
    assert judged(running, huge_fills()).verdict() == []


def peaking(program: Grid) -> Iterator[Case]:
    for index, shape in enumerate(PEAK_SHAPES):
        for n in PEAKS[index % 2 :: 2]:
            for hint in (-1, n // 2):
                yield Case(shape, hint, (f"i{n}p",))
        for n in (20, 130, 900):
            half = n // 2
            yield Case(shape, -1, (f"i{n}p", f"d{half}p", f"i{half}p", f"d{n - 2}p", f"i{n}p", "c", f"i{n}p"))


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_the_most_that_maps_hold_while_they_change(running: Grid) -> None:
    judge = Judge()
    for case in peaking(running):
        model = modelled(layout_of(running.variant), shape_of(running.variant, case.shape), case, SEEDS)
        watched = [step for step, word in enumerate(case.steps) if word != "c"]
        judge.case(case, running.run(case).figures, model, ("peak_bytes",), watched)
    assert judge.verdict() == []
    assert running.kind == "swiss" or overlooked(judge, "peak_bytes") == []


@pytest.mark.parametrize("running", params(BUILDS), indirect=True)
def test_what_the_collector_has_to_scan(running: Grid) -> None:
    """Where a map has let go of nothing, all that the runtime has counted as scannable is the map's."""
    judge = Judge()
    for shape in SHAPES:
        known = shape_of(running.variant, shape)
        beside = sum(
            size
            for size, indirect in (
                (known.full_key_ptrdata, known.unit.indirect_key),
                (known.full_elem_ptrdata, known.unit.indirect_elem),
            )
            if indirect
        )
        for n in (0, 1, 8, 14, 100, 250):
            case = Case(shape, n, (f"i{n}",), 16)
            model = modelled(layout_of(running.variant), known, case, SEEDS)
            real = running.run(case).figures
            if all((f["total_alloc"] == f["bytes"] + f["indirect_bytes"]).all() for f in (real, model)):
                judge.figure(str(case), "scan_bytes", real["scan_alloc"][:, 0] - n * beside, model["scan_bytes"][:, 0])
    assert judge.verdict() == []
    assert judge.compared > 4 * len(SHAPES)


def wrongly(variant: Variant) -> dict[str, RuntimeLayout]:
    """Layouts of models that are a little wrong."""
    layout = layout_of(variant)
    if layout.map_kind == "classic":
        other = {12: 13, 13: 12}[layout.const("loadFactorNum")]
        return {"the other load factor": with_constants(layout, loadFactorNum=other)}
    assert layout.swiss is not None
    other_rules = layout_of(Variant("1.24.11") if layout.swiss.pruning else SWISS).swiss
    return {"the other rule on tombstones": replace(layout, swiss=other_rules)}


@pytest.mark.parametrize(
    "running", params((Variant("1.21.13"), CLASSIC, Variant("1.24.11"), Variant("1.25.5"), SWISS)), indirect=True
)
def test_a_model_that_is_a_little_wrong_is_found_out(running: Grid) -> None:
    """The tests above are worth something: 6.0 in the place of 6.5, or tombstones that are (not) pruned, fail them."""
    for what, layout in wrongly(running.variant).items():
        assert judged(running, lives(), layout).verdict() != [], what
