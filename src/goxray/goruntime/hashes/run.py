"""Hashes of many keys at once: a plan's steps over rows of key bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hashes.fetch import Held, KeyReader, rows_of
from goxray.goruntime.hashes.keys import HashKeys
from goxray.goruntime.hashes.plan import (
    FloatStep,
    HashPlan,
    InterfaceStep,
    MemStep,
    RepeatStep,
    Step,
    StringStep,
    plan_hash,
)
from goxray.goruntime.hashes.runs import Ints, RowRuns

Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

CHUNK = 1 << 13  # rows at a time: the temporaries of a round stay in the processor's cache
LONGEST_STRING = 1 << 20  # bytes; a longer key is left unknown rather than hashed
_BATCH_BYTES = 8 << 20  # string bytes held at one time
_DEEPEST = 16  # interfaces inside what interfaces hold; corrupt memory could nest for ever

# c0 and c1 of runtime/alg.go on 64-bit targets.
_C0 = np.uint64(33054211828000289)
_C1 = np.uint64(23344194077549503)


def hash_keys(
    plan: HashPlan,
    rows: Bytes,
    seeds: int | Words,
    keys: HashKeys,
    reader: KeyReader | None = None,
    *,
    longest_string: int = LONGEST_STRING,
) -> tuple[Words, Flags]:
    """The hash of every key, as the map's own hasher gives it.

    Args:
        plan: from :func:`goxray.goruntime.hashes.plan.plan_hash`.
        rows: uint8[n, plan.size or wider], the bytes of one key a row; the last axis contiguous.
        seeds: the map's seed (hmap.hash0, Map.seed), or uint64[n] when the keys come from several maps.
        keys: what the process hashes with.
        reader: reads strings and what interfaces hold; without one such keys are unknown.
        longest_string: strings of more bytes than this make the key unknown.

    Returns:
        uint64[n] and bool[n]. The second is False where the hash cannot be known: a NaN (it hashes at random),
        memory that cannot be read, a type that cannot be resolved. The hash there means nothing.
    """
    seed_words = np.array([seeds], np.uint64) if isinstance(seeds, int) else seeds
    count = rows.shape[0]
    hashes = np.empty(count, np.uint64)
    known = np.ones(count, np.bool_)
    run = _Run(keys, reader, longest_string)
    for first in range(0, count, CHUNK):
        part = slice(first, min(first + CHUNK, count))
        chunk_seeds = seed_words if seed_words.size == 1 else seed_words[part]
        hashes[part] = run.steps(plan.steps, rows[part], 0, chunk_seeds, known[part], 0)
    return hashes, known


@dataclass(frozen=True)
class _Run:
    """One call's settings. Every method takes rows, a seed per row (or one), and clears ``known`` in place."""

    keys: HashKeys
    reader: KeyReader | None
    longest: int

    def steps(self, steps: tuple[Step, ...], rows: Bytes, base: int, seeds: Words, known: Flags, depth: int) -> Words:
        """Take the steps one after another; offsets count from ``base``."""
        for step in steps:
            at = base + step.offset
            match step:
                case MemStep():
                    seeds = self._memory(step, rows, at, seeds)
                case FloatStep():
                    seeds = self._float(step, rows, at, seeds, known)
                case StringStep():
                    seeds = self._strings(rows, at, seeds, known)
                case InterfaceStep():
                    seeds = self._interface(step.empty, rows, at, seeds, known, depth)
                case RepeatStep():
                    for turn in range(step.count):
                        seeds = self.steps(step.steps, rows, at + turn * step.stride, seeds, known, depth)
        return seeds

    def _memory(self, step: MemStep, rows: Bytes, at: int, seeds: Words) -> Words:
        if step.word:
            return self.keys.word(_word(rows, at, step.size), step.size, seeds)
        return self.keys.runs(RowRuns(rows, at, step.size), seeds)

    def _float(self, step: FloatStep, rows: Bytes, at: int, seeds: Words, known: Flags) -> Words:
        """What f32hash and f64hash do: zeros by a formula, NaN not at all, the rest as memory."""
        values = rows[:, at : at + step.size].view(np.float32 if step.size == 4 else np.float64)[:, 0]
        known &= values == values
        return np.where(values == 0, _C1 * (_C0 ^ seeds), self.keys.runs(RowRuns(rows, at, step.size), seeds))

    def _strings(self, rows: Bytes, at: int, seeds: Words, known: Flags) -> Words:
        addrs, sizes = _word(rows, at, 8), _word(rows, at + 8, 8)
        usable = known & (sizes <= np.uint64(self.longest))
        if self.reader is None:
            usable &= sizes == 0
        out = np.zeros(rows.shape[0], np.uint64)
        known &= usable
        for index in _batches(np.flatnonzero(usable), sizes):
            out[index] = self._batch(addrs[index], sizes[index].astype(np.int64), _pick(seeds, index), known, index)
        return out

    def _batch(self, addrs: Words, sizes: Ints, seeds: Words, known: Flags, index: Ints) -> Words:
        if self.reader is None:
            return self.keys.runs(RowRuns(np.zeros((index.size, 0), np.uint8), 0, 0), seeds)
        spans, ok = self.reader.strings(addrs, sizes)
        known[index[~ok]] = False
        return self.keys.strings(spans, seeds)

    def _interface(self, empty: bool, rows: Bytes, at: int, seeds: Words, known: Flags, depth: int) -> Words:
        """What interhash and nilinterhash do: nil keeps the seed, all else is hashed by its own type."""
        words = _word(rows, at, 8)
        out = np.array(np.broadcast_to(seeds, words.shape))
        for word in np.unique(words[known]).tolist():
            if word == 0:
                continue
            index = np.flatnonzero(known & (words == np.uint64(word)))
            held = self.reader.held(word, empty) if self.reader is not None and depth < _DEEPEST else None
            if held is None:
                known[index] = False
                continue
            still = known[index]
            out[index] = _C1 * self._held(held, rows[index], at + 8, _pick(seeds, index) ^ _C0, still, depth)
            known[index] = still
        return out

    def _held(self, held: Held, rows: Bytes, at: int, seeds: Words, known: Flags, depth: int) -> Words:
        plan = plan_hash(held.shape, "typehash")
        if held.direct:
            return self.steps(plan.steps, rows, at, seeds, known, depth + 1)
        assert self.reader is not None
        out = np.zeros(rows.shape[0], np.uint64)
        addrs = _word(rows, at, 8)
        sizes = np.full(rows.shape[0], plan.size, np.uint64)
        for index in _batches(np.arange(rows.shape[0]), sizes):
            spans, ok = self.reader.strings(addrs[index], sizes[index].astype(np.int64))
            known[index] &= ok
            values, still = rows_of(spans, plan.size), known[index]
            out[index] = self.steps(plan.steps, values, 0, _pick(seeds, index), still, depth + 1)
            known[index] = still
        return out


def _word(rows: Bytes, at: int, size: int) -> Words:
    """The ``size`` (4 or 8) bytes at ``at`` of every row as a word."""
    if size == 4:
        return rows[:, at : at + 4].view(np.uint32)[:, 0].astype(np.uint64)
    return np.ascontiguousarray(rows[:, at : at + 8]).view(np.uint64)[:, 0]


def _pick(seeds: Words, index: Ints) -> Words:
    return seeds if seeds.size == 1 else seeds[index]


def _batches(index: Ints, sizes: Words) -> list[Ints]:
    """The rows of ``index`` cut so that each part's sizes sum to about :data:`_BATCH_BYTES` at most."""
    if not index.size:
        return []
    running = np.cumsum(sizes[index].astype(np.int64)) // _BATCH_BYTES
    return np.split(index, np.flatnonzero(np.diff(running)) + 1)
