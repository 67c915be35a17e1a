"""Classic maps in the middle of growth: what each holds is what comes back when it is dropped and collected.

Evacuation clears an old bucket and with it the link to its overflow buckets, but none of those that came with the old
array (runtime/map.go, evacuate, makeBucketArray): overflow buckets linked to these stay until the growth ends. The
program chooses keys by their hashes so that some of its maps have such ones.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.harness import compare
from tests.harness.inspect import inspect
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import VARIANTS, Variant, params

CLASSIC = tuple(variant for variant in VARIANTS if variant.kind == "classic")

NANS = "map[float64]*int"
"""The type whose keys are NaN: no hash of theirs can be chosen."""

SURE = 4
"""Two maps of each other type have two such overflow buckets each, at least."""

STRAY = 64
"""Bytes of an object that the runtime itself may allocate or free meanwhile, once in a while."""


@pytest.mark.parametrize("variant", params(CLASSIC))
def test_half_grown_maps_hold_what_comes_back(variant: Variant) -> None:
    wrong: list[str] = []
    stray, kept, growing = 0, Counter[str](), 0
    with speaking(build("halfgrown", Build(variant))) as program:
        rows = compare.by_address(compare.rows_of(inspect(program.pid)))
        for number, (name, header, behind) in enumerate(program.said["maps"]):
            held, old = rows[header]["bytes"], rows[header]["old_buckets"]
            assert isinstance(held, int) and isinstance(old, int)
            kept[name] += behind
            growing += old > 0
            back = program.tell(str(number))["back"]
            if back != held:
                stray += abs(back - held) <= STRAY
                wrong.append(f"{number}: {name}, {old} old buckets, {behind} kept: {back}, not {held}")
    assert wrong == [] or (len(wrong) == stray == 1), wrong
    assert growing > len(rows) / 2
    assert all(number >= SURE for name, number in kept.items() if name != NANS), kept
