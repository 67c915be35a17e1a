"""arm64's AES hash against its slow twin; tests/integration/test_cross_hashes.py holds it against Go itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.goruntime.hashes import HashKeys, Memory, hash_keys, plan_hash
from goxray.goruntime.hashes.aes import substituted_low
from goxray.goruntime.hashes.runs import RowRuns, spans_of
from tests.unit import hash_twin_arm64 as twin
from tests.unit.hash_twin import MASK, aesenc

LENGTHS = sorted({*range(0, 70), *range(94, 132), 143, 144, 145, 192, 193, 255, 256, 257, 384, 385, 1000})
words = st.integers(0, MASK)
key_bytes = st.binary(min_size=128, max_size=128)


def one(value: int) -> np.ndarray:
    return np.array([value], np.uint64)


def test_the_twins_instructions_are_the_standards() -> None:
    """FIPS 197, appendix B: what follows the key's addition in the first round, split as arm64 splits it."""
    start = bytes.fromhex("193de3bea0f4e22b9ac68d2ae9f84808")
    shifted = bytes.fromhex("d4bf5d30e0b452aeb84111f11e2798e5")
    mixed = bytes.fromhex("046681e5e0cb199a48f8d37a2806264c")
    assert twin.aese(start, bytes(16)) == shifted
    assert twin.aesmc(shifted) == mixed == aesenc(start, bytes(16))
    low, high = (np.frombuffer(half, np.uint64) for half in (start[:8], start[8:]))
    assert substituted_low(low, high).tobytes() == shifted[:8]


@pytest.mark.parametrize("length", LENGTHS)
def test_every_length(length: int) -> None:
    random = np.random.default_rng(length)
    rows = random.integers(0, 256, (20, length), np.uint8)
    seed, schedule = int(random.integers(0, 1 << 63)), random.bytes(128)
    keys = HashKeys.aes(schedule, "arm64")
    expected = [twin.mem(row.tobytes(), seed, schedule) for row in rows]
    assert np.broadcast_to(keys.runs(RowRuns(rows, 0, length), one(seed)), (20,)).tolist() == expected
    assert keys.strings(spans_of([row.tobytes() for row in rows]), one(seed)).tolist() == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=300), words), min_size=1, max_size=20), key_bytes)
def test_strings_of_mixed_lengths_with_a_seed_each(pairs: list[tuple[bytes, int]], schedule: bytes) -> None:
    seeds = np.array([seed for _, seed in pairs], np.uint64)
    found = HashKeys.aes(schedule, "arm64").strings(spans_of([text for text, _ in pairs]), seeds)
    assert found.tolist() == [twin.mem(text, seed, schedule) for text, seed in pairs]


@pytest.mark.parametrize("whole_seed", [False, True])
@settings(max_examples=40, deadline=None)
@given(values=st.lists(words, min_size=1, max_size=20), seed=words, schedule=key_bytes)
def test_words(values: list[int], seed: int, schedule: bytes, whole_seed: bool) -> None:
    keys = HashKeys.aes(schedule, "arm64", whole_seed=whole_seed)
    for size, mask in ((4, 0xFFFFFFFF), (8, MASK)):
        cut = [value & mask for value in values]
        expected = [twin.word(value, size, seed, schedule, whole_seed=whole_seed) for value in cut]
        assert keys.word(np.array(cut, np.uint64), size, one(seed)).tolist() == expected


def test_plans_reach_it() -> None:
    random = np.random.default_rng(7)
    rows, schedule = random.integers(0, 256, (30, 33), np.uint8), random.bytes(128)
    hashes, known = hash_keys(plan_hash(Memory(33), "runs"), rows, 5, HashKeys.aes(schedule, "arm64"))
    assert known.all()
    assert hashes.tolist() == [twin.mem(row.tobytes(), 5, schedule) for row in rows]


def test_other_machines_have_no_such_hash() -> None:
    with pytest.raises(ValueError, match="loong64"):
        HashKeys.aes(bytes(128), "loong64")
