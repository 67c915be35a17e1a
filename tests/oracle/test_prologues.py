"""The place of a probe in every function of real programs, against the runtime's own table of stack depths.

pcsp (runtime/symtab.go) says how deep the stack is at each instruction: nothing is pushed in front of the place, and
one word is behind it.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from goxray.target.binary import Binary
from goxray.target.prologue import LONGEST, behind_check
from goxray.timeline.uprobes.events import SOURCES
from goxray.timeline.uprobes.place import Program, place_all
from tests.harness import traced
from tests.harness.variants import Variant

WORD = 8


@pytest.fixture(scope="module")
def program(variant: Variant) -> Program:
    return Program(Binary(str(traced.build(variant))))


def test_the_stack_is_untouched_before_and_one_word_deep_behind(program: Program) -> None:
    table = program.functions
    found: Counter[str] = Counter()
    for entry, after in zip(table.entries.tolist(), table.entries[1:].tolist(), strict=False):
        place = behind_check(program.binary.read(entry, min(LONGEST, after - entry)) or b"")
        found[place.how.rpartition("(")[2]] += 1
        if place.offset >= 0:
            address = entry + place.offset
            assert table.frame_size(address) == 0, table.name(entry)
            assert table.frame_size(address + 1) == WORD, table.name(entry)
    assert found["small frame)"] > 1000
    assert found["large frame)"] > 100
    assert found["huge frame)"] > 0


def test_every_source_of_the_programs_kind_of_maps_has_its_place(program: Program) -> None:
    placed, notes = place_all(program, {source.event for source in SOURCES})
    assert notes == []
    classic = program.layout.map_kind == "classic"
    assert {each.source.function for each in placed} == {
        source.function for source in SOURCES if program.has(source.function)
    }
    assert program.has("runtime.hashGrow") == classic
    assert len(placed) == (12 if classic else 8)
    starts = np.array([each.address for each in placed])
    assert len(set(starts.tolist())) == len(placed)


def test_the_runtimes_start_is_found_without_symbols(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    symbol = program.binary.symbol("runtime.runtimeInitTime")
    assert symbol is not None
    assert program.start_variable() == symbol.addr
    monkeypatch.setattr(program.binary, "symbol", lambda name: None)
    assert program.start_variable() == symbol.addr


def test_the_probes_stand_at_instructions(program: Program) -> None:
    """Where a place is not a push, the depth of the stack there is that of the function's body."""
    for each in place_all(program, {"map grow", "sweep done"})[0]:
        depth = program.functions.frame_size(each.address)
        assert (depth == 0) == (each.source.where == "push"), each
        assert depth % WORD == 0
