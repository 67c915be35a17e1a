"""What comes back when maps are rebuilt: twenty maps of a real program that have lived, each copied and replaced.

``goxray maps`` says what each map holds and would hold when rebuilt. The difference is what the program's heap must
shrink by: exactly, or by what the closed forms give for the copy where the hash decides.
"""

from __future__ import annotations

import pytest

from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout, layout_for
from goxray.model.closed.chances import Chances
from goxray.model.closed.life import ClosedForms
from goxray.model.gotypes import parse_type
from goxray.model.shapes import map_shape
from tests.harness import compare
from tests.harness.inspect import inspect
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import BASELINES, Variant, params

BUILDS = (
    *BASELINES,
    Variant("1.24.11", ("noswissmap",)),
    Variant("1.25.5", ("noswissmap",)),
    Variant("1.27.3", ("mapsplitgroup",)),
)
MAPS = 20
NEVER = 1e-7
"""No copy costs less or more than these quantiles."""

STRAY = 64
"""Bytes of an object that the runtime itself may allocate or free meanwhile, once in a while."""

WIDEST, WIDEST_OF_LARGE, LARGE = 2, 1.2, 1000
"""No range is wider, and none of more entries than that wider than the second."""

CERTAIN = {"classic": 4, "swiss": 10}
"""So many of the twenty copies at least leave nothing to chance."""


def copy_of(layout: RuntimeLayout, name: str, entries: int) -> Chances:
    """What a copy costs, by the closed forms."""
    pair = parse_type("struct{A, B int32; C int64}", layout)
    declared: dict[str, GoType] = {"pair": pair}
    shape = map_shape(parse_type(name, layout, declared), layout)
    return ClosedForms(layout, shape).filled(entries, entries).bytes


@pytest.mark.parametrize("variant", params(BUILDS))
def test_what_comes_back_is_what_was_said(variant: Variant) -> None:
    layout = layout_for(f"go{variant.version}", "amd64", variant.experiments)
    wrong, stray, certain, gained = [], 0, 0, 0
    with speaking(build("comeback", Build(variant))) as program:
        rows = compare.by_address(compare.rows_of(inspect(program.pid)))
        for number, (name, header) in enumerate(program.said["maps"]):
            entries, held, rebuilt = (rows[header][column] for column in ("entries", "bytes", "rebuilt_bytes"))
            assert isinstance(entries, int) and isinstance(held, int) and isinstance(rebuilt, int)
            back, fresh = program.tell(str(number))["back"], copy_of(layout, name, entries)
            least, most = fresh.quantile(NEVER), fresh.quantile(1 - NEVER)
            assert least <= rebuilt <= most <= least * (WIDEST_OF_LARGE if entries > LARGE else WIDEST)
            certain += least == most
            gained += back > held / 2
            if not least <= held - back <= most:
                stray += least - STRAY <= held - back <= most + STRAY
                wrong.append(f"{number}: {name}, {entries} entries: {back}, not {held - most} to {held - least}")
    assert len(program.said["maps"]) == MAPS
    assert wrong == [] or (len(wrong) == stray == 1), wrong
    assert gained > MAPS / 2
    assert certain >= CERTAIN[variant.kind]
