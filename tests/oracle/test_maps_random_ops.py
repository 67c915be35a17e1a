"""On random sequences of operations, done in a real Go program, goxray and the program agree."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.harness import compare
from tests.harness.inspect import inspect
from tests.harness.programs import Build
from tests.harness.truth import Truth, TruthProgram
from tests.harness.variants import Variant

BATCHES = [(1, 10), (2, 60), (3, 400), (4, 3000), (5, 3000), (6, 20000), (7, 60000)]
RANDOM_BATCHES = 5


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[TruthProgram]:
    with TruthProgram(Build(variant), sets=("ops",)) as running:
        yield running


def check(program: TruthProgram, truth: Truth) -> list[str]:
    rows = compare.rows_of(inspect(program.pid))
    assert compare.listed_twice(rows) == []
    return compare.differences(truth, rows) + compare.differences(truth, rows, compare.ownership)


@pytest.mark.parametrize(("seed", "operations"), BATCHES)
def test_after_each_batch_of_operations_both_agree(program: TruthProgram, seed: int, operations: int) -> None:
    truth = program.tell(f"ops {seed} {operations}")
    assert check(program, truth) == []


def test_sequences_that_no_run_has_seen_before(program: TruthProgram) -> None:
    for _ in range(RANDOM_BATCHES):
        seed, operations = random.randrange(1 << 40), random.randrange(1, 5000)
        truth = program.tell(f"ops {seed} {operations}")
        assert check(program, truth) == [], f"ops {seed} {operations}"
