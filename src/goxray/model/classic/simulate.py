"""Many steps of a classic map's life with random keys: only the figures are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import UsageError
from goxray.model.classic import measure
from goxray.model.classic import state as st
from goxray.model.classic.lean import U32
from goxray.model.classic.machine import LeanMachine
from goxray.model.classic.sizes import Sizes
from goxray.model.figures import MapFigures
from goxray.model.steps import Step

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.model.shape import ModelShape

_BATCH = 1 << 14
"""Hashes that are drawn at once: they stay in cache until they are assigned."""


def simulate(layout: RuntimeLayout, shape: ModelShape, hint: int, steps: Sequence[Step], seed: int) -> list[MapFigures]:
    """Run a map made with ``hint`` through steps and return its figures after each one.

    Keys are fresh and their hashes uniform; ``seed`` decides on them, on what is deleted, and on noverflow from
    B = 16 up.

    Raises:
        UsageError: a step deletes more than there is.
        LayoutUnknown: the build has no classic maps.
    """
    life = _Life(Sizes(layout, shape), hint, np.random.default_rng(seed))
    return [life.step(step, any(later.kind == "delete" for later in steps[place:])) for place, step in enumerate(steps)]


class _Life:
    """A map of hashes and, where some are to be deleted, the lower halves of those that live in it."""

    def __init__(self, sizes: Sizes, hint: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._machine = LeanMachine(sizes, max(0, hint), draws=int(rng.integers(1 << 62)))
        self._live: list[U32] = []

    def step(self, step: Step, deletes_follow: bool) -> MapFigures:
        head = self._machine.head
        head[st.PEAK] = head[st.BYTES]
        if step.kind == "insert":
            self._insert(step.count, deletes_follow)
        elif step.kind == "delete":
            self._delete(step)
        else:
            self._machine.clear()
            self._live = []
        return measure.lean_figures(self._machine)

    def _insert(self, count: int, keep: bool) -> None:
        for done in range(0, count, _BATCH):
            fresh = self._rng.integers(0, 1 << 64, min(_BATCH, count - done), np.uint64)
            self._machine.insert(fresh)
            if keep:
                self._live.append(fresh.astype(np.uint32))

    def _delete(self, step: Step) -> None:
        entries = int(self._machine.head[st.COUNT])
        if step.count > entries:
            raise UsageError(f"{step.text or step.kind}: the map has {entries} entries")
        order = self._rng.permutation(entries)
        live = np.concatenate(self._live)[order] if entries else np.zeros(0, np.uint32)
        for done in range(0, step.count, _BATCH):
            self._machine.delete(live[done : min(done + _BATCH, step.count)].astype(np.uint64))
        self._live = [live[step.count :].copy()]
