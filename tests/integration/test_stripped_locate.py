"""The runtime's variables found by their shape stand where the symbol table says, in every version, static and PIE."""

from __future__ import annotations

import pytest

from goxray.goruntime.locate import Locator
from goxray.layout import layout_for
from goxray.target.open import open_target
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.truth import TruthProgram
from tests.harness.variants import VARIANTS, Variant, params

NAMES = ("runtime.firstmoduledata", "runtime.mheap_", "runtime.memstats", "runtime.allgs")


def located_and_named(pid: int) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """Addresses by shape, and by symbol."""
    with open_target(str(pid)) as target:
        binary = target.binary
        layout = layout_for(binary.go_version, binary.arch, binary.experiments)
        locator = Locator(target.memory, binary, target.bias, layout)
        symbols = {name: binary.symbol(name) for name in NAMES}
        named = {name: None if s is None else s.addr + target.bias for name, s in symbols.items()}
        return {name: locator.find(name) for name in NAMES}, named


@pytest.mark.parametrize("pie", [False, True], ids=["static", "pie"])
@pytest.mark.parametrize("variant", params(VARIANTS), indirect=True)
def test_every_variable_is_where_its_symbol_is(variant: Variant, pie: bool) -> None:
    with TruthProgram(Build(variant, pie=pie), sets=("none",)) as program:
        located, named = located_and_named(program.pid)
    assert None not in named.values()
    assert located == named


@pytest.mark.parametrize("variant", params((Variant("1.21.13"), Variant("1.27.3"))), indirect=True)
def test_a_generation_of_counters_without_content_does_not_mislead(variant: Variant) -> None:
    """After a collection one of the three generations is empty: the sums are then right at two places."""
    with speaking(build("chains", Build(variant))) as program:
        located, named = located_and_named(program.pid)
    assert located == named


def test_what_has_no_known_shape_is_not_guessed() -> None:
    with TruthProgram(Build(Variant("1.27.3")), sets=("none",)) as program, open_target(str(program.pid)) as target:
        binary = target.binary
        layout = layout_for(binary.go_version, binary.arch, binary.experiments)
        assert Locator(target.memory, binary, target.bias, layout).find("runtime.sched") is None
