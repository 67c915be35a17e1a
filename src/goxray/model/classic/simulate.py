"""Many steps of a classic map's life with random keys: only the figures are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import UsageError
from goxray.model.classic import measure
from goxray.model.classic import state as st
from goxray.model.classic.machine import Machine
from goxray.model.classic.sizes import Sizes
from goxray.model.figures import MapFigures
from goxray.model.steps import Step

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.model.shape import ModelShape

_NOTHING = np.zeros(0, np.int64)


def simulate(layout: RuntimeLayout, shape: ModelShape, hint: int, steps: Sequence[Step], seed: int) -> list[MapFigures]:
    """Run a map made with ``hint`` through steps and return its figures after each one.

    Keys are fresh and their hashes uniform; ``seed`` decides on them, on what is deleted, and on noverflow from
    B = 16 up.

    Raises:
        UsageError: a step deletes more than there is.
        LayoutUnknown: the build has no classic maps.
    """
    life = _Life(Sizes(layout, shape), hint, np.random.default_rng(seed))
    return [life.step(step) for step in steps]


class _Life:
    """A map of hashes and the hashes that live in it."""

    def __init__(self, sizes: Sizes, hint: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._machine = Machine(sizes, max(0, hint), content=False, draws=int(rng.integers(1 << 62)))
        self._live = _NOTHING

    def step(self, step: Step) -> MapFigures:
        head = self._machine.head
        head[st.PEAK] = head[st.BYTES]
        if step.kind == "insert":
            fresh = self._rng.integers(0, 1 << 64, step.count, np.uint64).view(np.int64)
            self._run(st.ASSIGN, fresh)
            self._live = np.concatenate((self._live, fresh))
        elif step.kind == "delete":
            if step.count > len(self._live):
                raise UsageError(f"{step.text or step.kind}: the map has {len(self._live)} entries")
            order = self._rng.permutation(len(self._live))
            self._run(st.DELETE, self._live[order[: step.count]])
            self._live = self._live[order[step.count :]]
        else:
            self._machine.clear()
            self._live = _NOTHING
        return measure.figures(self._machine)

    def _run(self, op: int, hashes: st.I64) -> None:
        work = st.Work(np.full(len(hashes), op, np.uint8), hashes, hashes, _NOTHING, _NOTHING, _NOTHING)
        done = 0
        while done < len(hashes):
            done = self._machine.run(work, done)
