"""Closed forms against real Go: 30 maps each with its own seed, their own fields and MemStats."""

from __future__ import annotations

import pytest

from goxray.model.closed.life import ClosedForms
from tests.harness.against_chances import Against
from tests.harness.mapgrid import Case, Grid, grid, layout_of, shape_of
from tests.harness.variants import Variant, params

BUILDS = (Variant("1.21.13"), Variant("1.23.9"), Variant("1.24.11"), Variant("1.27.3"))
SHAPES = ("int64-int64", "string-pointer", "int-nothing", "int-big", "strings3-int5", "any-int")
SIZES = (0, 5, 9, 14, 27, 54, 60, 208, 225, 500, 897, 1793, 3584, 5000, 14_000)
FIGURES = ("bytes", "mallocs", "total_alloc", "slots")


def compare(program: Grid) -> Against:
    judge = Against()
    for shape in SHAPES:
        closed = ClosedForms(layout_of(program.variant), shape_of(program.variant, shape))
        for n in SIZES:
            for hint in (-1, n):
                case = Case(shape, hint, (f"i{n}",), 30)
                real, said = program.run(case).at(0), closed.filled(n, max(hint, 0))
                for name in FIGURES:
                    exact = said.exact and name == "bytes"
                    judge.case(str(case), name, real[name], getattr(said, name), exact=exact)
                assert set(real["indirect_bytes"].tolist()) == {said.indirect_bytes}, str(case)
    return judge


@pytest.mark.parametrize("variant", params(BUILDS), indirect=True)
def test_real_maps_look_like_draws_from_the_closed_forms(variant: Variant) -> None:
    with grid(variant) as program:
        judge = compare(program)
    assert judge.verdict() == []
    assert judge.certain >= 4 * len(SHAPES)
    assert len(judge.z) > 10, "chance had no part in it"
