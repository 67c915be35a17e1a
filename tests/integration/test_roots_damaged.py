"""Roots of a target with flipped bits: some are missing or wrong, and nothing is raised, hangs or fills the memory."""

from __future__ import annotations

import time

import pytest

from goxray.goruntime.gcroots import collect_roots
from goxray.goruntime.runtime import Runtime
from goxray.target.open import open_target
from tests.harness.flipping import FlippingMemory
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import CLASSIC, SWISS, Variant, params

RATES = (300, 3000, 100_000, 1_000_000)
SECONDS = 20

pytestmark = pytest.mark.parametrize("variant", params((CLASSIC, SWISS)), indirect=True)


def test_flipped_bits_cost_roots_and_nothing_else(variant: Variant) -> None:
    noted = 0
    with (
        speaking(build("roots", Build(variant))) as program,
        open_target(str(program.pid), None) as target,
        target.freeze(),
    ):
        for seed in range(24):
            runtime = Runtime(target)
            runtime.refresh()
            flipping = FlippingMemory(runtime.memory, seed, RATES[seed % len(RATES)])
            runtime.memory = flipping
            for table in runtime.functions:
                table._memory = flipping
            start = time.process_time()
            roots = collect_roots(runtime)
            assert time.process_time() - start < SECONDS
            assert flipping.flipped
            assert (runtime.spans.locate(roots.value).span >= 0).all()
            noted += bool(roots.notes)
    assert noted
