"""The hash kernels agree with their slow twins, for every length class and every way the bytes may lie."""

from __future__ import annotations

import os

import hash_twin as twin
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.goruntime.hashes import (
    Array,
    Complex,
    Field,
    Float,
    HashKeys,
    Held,
    Interface,
    Memory,
    MemoryKeyReader,
    String,
    Struct,
    hash_keys,
    is_regular,
    plan_hash,
)
from goxray.goruntime.hashes.aes import aesenc, aesenc_low
from goxray.goruntime.hashes.plan import FloatStep, MemStep, RepeatStep, StringStep
from goxray.goruntime.hashes.runs import RowRuns, spans_of

LENGTHS = sorted({*range(0, 70), *range(94, 132), 143, 144, 145, 192, 193, 255, 256, 257, 384, 385, 1000, 70000})
words = st.integers(0, twin.MASK)
key_bytes = st.binary(min_size=128, max_size=128)


def one(value: int) -> np.ndarray:
    return np.array([value], np.uint64)


def both(schedule: bytes) -> list[tuple[HashKeys, object]]:
    """Keys of both kinds and the twin's memhash for each."""
    keys = [int.from_bytes(schedule[8 * k : 8 * k + 8], "little") for k in range(4)]
    return [
        (HashKeys.aes(schedule), lambda data, seed: twin.mem_aes(data, seed, schedule)),
        (HashKeys.portable(schedule[:32], salted=False), lambda data, seed: twin.mem_portable(data, seed, keys)),
    ]


def test_one_aes_round_is_the_standards() -> None:
    """FIPS 197, appendix B: the first round of the worked example."""
    state = bytes.fromhex("193de3bea0f4e22b9ac68d2ae9f84808")
    key = bytes.fromhex("a0fafe1788542cb123a339392a6c7605")
    after = bytes.fromhex("a49c7ff2689f352b6b5bea43026a5049")
    assert twin.aesenc(state, key) == after
    halves = [np.frombuffer(half, np.uint64) for text in (state, key) for half in (text[:8], text[8:])]
    low, high = aesenc(*halves)
    assert low.tobytes() + high.tobytes() == after
    assert aesenc_low(*halves[:3]).tobytes() == after[:8]


@pytest.mark.parametrize("length", LENGTHS)
def test_every_length(length: int) -> None:
    random = np.random.default_rng(length)
    count = 3 if length > 5000 else 20
    rows = random.integers(0, 256, (count, length), np.uint8)
    seed = int(random.integers(0, 1 << 63))
    for keys, memhash in both(random.bytes(128)):
        expected = [memhash(row.tobytes(), seed) for row in rows]
        got = np.broadcast_to(keys.runs(RowRuns(rows, 0, length), one(seed)), (count,))
        assert got.tolist() == expected
        assert keys.strings(spans_of([row.tobytes() for row in rows]), one(seed)).tolist() == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=300), words), min_size=1, max_size=30), key_bytes)
def test_strings_of_mixed_lengths_with_a_seed_each(pairs: list[tuple[bytes, int]], schedule: bytes) -> None:
    spans = spans_of([text for text, _ in pairs])
    seeds = np.array([seed for _, seed in pairs], np.uint64)
    for keys, memhash in both(schedule):
        assert keys.strings(spans, seeds).tolist() == [memhash(text, seed) for text, seed in pairs]


@settings(max_examples=60, deadline=None)
@given(st.lists(words, min_size=1, max_size=20), words, key_bytes)
def test_words(values: list[int], seed: int, schedule: bytes) -> None:
    keys = [int.from_bytes(schedule[8 * k : 8 * k + 8], "little") for k in range(4)]
    portable = HashKeys.portable(schedule[:32], salted=False)
    for size, mask in ((4, 0xFFFFFFFF), (8, twin.MASK)):
        cut = [value & mask for value in values]
        array = np.array(cut, np.uint64)
        assert HashKeys.aes(schedule).word(array, size, one(seed)).tolist() == [
            twin.word_aes(value, seed, schedule) for value in cut
        ]
        assert portable.word(array, size, one(seed)).tolist() == [
            twin.word_portable(value, size, seed, keys) for value in cut
        ]


def test_keys_of_the_wrong_size_are_refused() -> None:
    with pytest.raises(ValueError, match="128"):
        HashKeys.aes(bytes(64))
    with pytest.raises(ValueError, match="32"):
        HashKeys.portable(bytes(31), salted=True)


def test_rows_wider_than_the_key_and_not_their_own_array() -> None:
    random = np.random.default_rng(5)
    groups = random.integers(0, 256, (40, 200), np.uint8)
    schedule = random.bytes(128)
    rows = groups[::2, 33:97]
    plan = plan_hash(Memory(24), "runs")
    hashes, known = hash_keys(plan, rows, 77, HashKeys.aes(schedule))
    assert known.all()
    assert hashes.tolist() == [twin.mem_aes(row[:24].tobytes(), 77, schedule) for row in rows]


def test_more_rows_than_one_chunk_with_a_seed_each() -> None:
    random = np.random.default_rng(6)
    rows = random.integers(0, 256, (20000, 8), np.uint8)
    seeds = random.integers(0, 1 << 63, 20000, dtype=np.uint64)
    schedule = random.bytes(128)
    hashes, known = hash_keys(plan_hash(Memory(8), "runs"), rows, seeds, HashKeys.aes(schedule))
    assert known.all()
    for at in (0, 1, 8191, 8192, 16384, 19999):
        value = int.from_bytes(rows[at].tobytes(), "little")
        assert int(hashes[at]) == twin.word_aes(value, int(seeds[at]), schedule)


def test_zeros_hash_alike_and_nan_is_not_known() -> None:
    values = np.array([0.0, -0.0, 1.0, np.nan, np.inf], np.float64)
    rows = values.view(np.uint8).reshape(-1, 8)
    hashes, known = hash_keys(plan_hash(Float(8), "runs"), rows, 3, HashKeys.aes(os.urandom(128)))
    assert known.tolist() == [True, True, True, False, True]
    assert hashes[0] == hashes[1] == np.uint64(23344194077549503 * (33054211828000289 ^ 3) & twin.MASK)
    assert len(set(hashes[[0, 2, 4]].tolist())) == 3


class FakeMemory:
    """Memory at made-up addresses: one block at 0x1000; all else cannot be read."""

    def __init__(self, data: bytes) -> None:
        self.words = np.frombuffer(data + bytes(-len(data) % 8), np.uint64)

    def gather(self, addrs: np.ndarray, offsets: object) -> tuple[np.ndarray, np.ndarray]:
        assert offsets == [0]
        index = (addrs - np.uint64(0x1000)) >> np.uint64(3)
        ok = (index < np.uint64(self.words.size)) & (addrs % np.uint64(8) == 0)
        return np.where(ok, self.words[np.where(ok, index, 0).astype(np.int64)], 0)[:, None], ok


def string_rows(*headers: tuple[int, int]) -> np.ndarray:
    return np.array(headers, np.uint64).view(np.uint8).reshape(-1, 16)


def test_strings_are_fetched_and_lost_ones_are_not_known() -> None:
    data = os.urandom(4000)
    schedule = os.urandom(128)
    reader = MemoryKeyReader(FakeMemory(data), lambda word, empty: None)
    headers = [(0x1003, 21), (0x1000, 0), (0, 0), (0x1100, 300), (0x1F00, 4000), (0x9000, 1), (0x1001, 1 << 62)]
    hashes, known = hash_keys(
        plan_hash(String(), "runs"), string_rows(*headers), 11, HashKeys.aes(schedule), reader, longest_string=5000
    )
    assert known.tolist() == [True, True, True, True, False, False, False]
    texts = [data[3:24], b"", b"", data[0x100 : 0x100 + 300]]
    assert hashes[:4].tolist() == [twin.mem_aes(text, 11, schedule) for text in texts]
    alone, known = hash_keys(plan_hash(String(), "runs"), string_rows(*headers), 11, HashKeys.aes(schedule))
    assert known.tolist() == [False, True, True, False, False, False, False]
    assert alone[1] == hashes[1]


def test_an_interface_that_holds_itself_ends_unknown() -> None:
    """Corrupt memory: the data word leads back to the interface."""
    block = np.array([0x77, 0x1000], np.uint64).tobytes()
    held = Held(Struct(16, (Field(0, Interface(True)),)), direct=False)
    reader = MemoryKeyReader(FakeMemory(block), lambda word, empty: held)
    rows = string_rows((0x77, 0x1000), (0, 0))
    hashes, known = hash_keys(plan_hash(Interface(True), "runs"), rows, 9, HashKeys.aes(bytes(128)), reader)
    assert known.tolist() == [False, True]
    assert hashes[1] == 9


def test_a_type_is_asked_for_once() -> None:
    asked = []

    def resolve(word: int, empty: bool) -> Held | None:
        asked.append((word, empty))
        return Held(Memory(8), direct=True) if word == 0x80 else None

    reader = MemoryKeyReader(FakeMemory(b""), resolve)
    rows = string_rows((0x80, 5), (0x90, 5), (0x80, 6))
    for _ in range(2):
        _, known = hash_keys(plan_hash(Interface(False), "runs"), rows, 9, HashKeys.aes(bytes(128)), reader)
        assert known.tolist() == [True, False, True]
    assert sorted(asked) == [(0x80, False), (0x90, False)]


PAIR = Struct(8, (Field(0, Memory(4)), Field(4, Memory(4))))
PADDED = Struct(16, (Field(0, Memory(1)), Field(8, Memory(8))))


def test_what_counts_as_plain_memory() -> None:
    assert (
        is_regular(PAIR) and is_regular(Array(3, PAIR)) and is_regular(Array(0, String())) and is_regular(Struct(0, ()))
    )
    assert (
        not is_regular(PADDED) and not is_regular(Array(2, PADDED)) and not is_regular(Struct(4, (Field(0, Float(4)),)))
    )
    assert not is_regular(Struct(4, (Field(0, Memory(4), blank=True),)))
    assert is_regular(Struct(16, (Field(0, String()),), regular=True)) and not is_regular(
        Struct(8, PAIR.fields, regular=False)
    )


def test_the_dialects_part_where_memory_runs_meet() -> None:
    shape = Struct(32, (Field(0, PAIR), Field(8, Memory(8)), Field(16, String())))
    text = StringStep(16)
    assert plan_hash(shape, "typehash").steps == (MemStep(0, 8, True), MemStep(8, 8, True), text)
    assert plan_hash(shape, "runs").steps == (MemStep(0, 16, False), text)
    assert plan_hash(shape, "signature").steps == (MemStep(0, 16, False), text)
    inside = Struct(24, (Field(0, PADDED), Field(16, Memory(4))))
    assert plan_hash(inside, "runs").steps == (MemStep(0, 1, False), MemStep(8, 8, False), MemStep(16, 4, False))
    assert plan_hash(inside, "signature").steps == (MemStep(0, 1, False), MemStep(8, 12, False))
    empty = Struct(0, ())
    assert plan_hash(empty, "typehash").steps == (MemStep(0, 0, False),)
    assert plan_hash(empty, "runs").steps == plan_hash(empty, "signature").steps == ()


def test_arrays_are_loops_and_the_newer_compiler_unrolls_them() -> None:
    five = Array(5, String())
    assert plan_hash(five, "runs").steps == (RepeatStep(0, 5, 16, (StringStep(0),)),)
    assert plan_hash(five, "signature").steps == (
        StringStep(0),
        RepeatStep(16, 2, 32, (StringStep(0), StringStep(16))),
    )
    assert plan_hash(Array(3, Complex(16)), "signature").steps == (
        FloatStep(0, 8),
        FloatStep(8, 8),
        FloatStep(16, 8),
        FloatStep(24, 8),
        FloatStep(32, 8),
        FloatStep(40, 8),
    )
