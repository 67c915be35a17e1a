"""However a program is linked, its maps are read alike."""

from __future__ import annotations

import pytest

from tests.harness import compare
from tests.harness.inspect import inspect
from tests.harness.programs import Build
from tests.harness.truth import TruthProgram
from tests.harness.variants import Variant, params

SETS = ("shapes", "reach", "stacks")
LINKED = [
    pytest.param({"cgo": True}, id="cgo"),
    pytest.param({"pie": True}, id="pie"),
    pytest.param({"cgo": True, "pie": True}, id="cgo-pie"),
]
VERSIONS = tuple(map(Variant, ("1.21.13", "1.23.9", "1.24.11", "1.27.3")))


@pytest.mark.parametrize("how", LINKED)
@pytest.mark.parametrize("variant", params(VERSIONS), indirect=True)
def test_every_linkage_is_read_exactly(variant: Variant, how: dict[str, bool]) -> None:
    with TruthProgram(Build(variant, **how), sets=SETS) as program:
        truth = program.truth
        result = inspect(program.pid)
    assert truth.meta["linkage"] == ("cgo" if how.get("cgo") else "go")
    rows = compare.rows_of(result)
    assert compare.differences(truth, rows) == []
    assert compare.differences(truth, rows, compare.ownership) == []
    assert result.faults == []
