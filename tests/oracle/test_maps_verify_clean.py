"""``--verify`` finds nothing wrong in healthy maps, of whatever key type and history, on every Go build."""

from __future__ import annotations

from tests.harness.inspect import inspect
from tests.harness.programs import Build
from tests.harness.truth import TruthProgram
from tests.harness.variants import Variant


def test_every_map_of_the_program_verifies_clean(variant: Variant) -> None:
    with TruthProgram(Build(variant)) as program:
        first = inspect(program.pid, verify=True)
        program.tell("gc")
        later = inspect(program.pid, verify=True)
    for result in (first, later):
        assert result.faults == []
        assert result.verified_maps == result.totals.maps > 170
