"""Closed forms over the steps of a map's life, as far as they go.

Filling and filling on are a matter of closed forms. Deletes change no byte of either kind's structure: the arrays stay
(runtime/map.go, mapdelete; internal/runtime/maps/table.go, Delete). After clear the arrays are as new. What is inserted
after deletes depends on where the deleted entries were: only maps that never were larger than one bucket or group have
a closed form then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from goxray.goruntime.types import SLOTS_PER_UNIT

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.model.closed.classic import ClassicForms
    from goxray.model.closed.figures import Spread
    from goxray.model.closed.swiss import SwissForms
    from goxray.model.shape import ModelShape
    from goxray.model.steps import Step


State = TypeVar("State")


class _Forms(Protocol[State]):
    """What the closed forms of both kinds have in common."""

    indirect_objects: int
    """Objects that an entry keeps by pointer."""

    def made(self, hint: int) -> State:
        """A map fresh from make."""

    def filled(self, state: State, entries: int, since: int = 0) -> Spread:
        """The figures after so many inserts into an empty map in that state."""

    def cleared(self, state: State, entries: int, now: Spread) -> State | None:
        """The state after clear, None where there is no one state."""

    def is_growing(self, state: State, entries: int) -> bool:
        """Whether a delete may move what is left in old arrays."""


class ClosedForms:
    """What closed forms say of one map type in one build."""

    def __init__(self, layout: RuntimeLayout, shape: ModelShape) -> None:
        self._forms: _Forms[Any] = forms_of(layout, shape)

    def filled(self, entries: int, hint: int = 0) -> Spread:
        """The figures after ``make`` with a hint and ``entries`` inserts of distinct keys."""
        return self._forms.filled(self._forms.made(hint), entries)

    def life(self, steps: Sequence[Step], hint: int = 0) -> list[Spread]:
        """The figures after each step, up to the first step that has no closed form."""
        run = _Life(self._forms, hint)
        found = []
        for step in steps:
            spread = run.step(step)
            if spread is None:
                break
            found.append(spread)
        return found


def forms_of(layout: RuntimeLayout, shape: ModelShape) -> ClassicForms | SwissForms:
    """The closed forms of the build's kind of maps."""
    if layout.map_kind == "classic":
        from goxray.model.classic.sizes import Sizes as ClassicSizes
        from goxray.model.closed.classic import ClassicForms

        return ClassicForms(ClassicSizes(layout, shape))
    from goxray.model.closed.swiss import SwissForms
    from goxray.model.swiss.sizes import Sizes as SwissSizes

    return SwissForms(SwissSizes(layout, shape), layout, shape.unit.unit_size)


class _Life(Generic[State]):
    """One map on its way.

    ``_filled`` are the inserts since it was made or cleared, ``_live`` the entries, ``_gone`` the deletes, ``_most``
    the most entries that it ever had.
    """

    def __init__(self, forms: _Forms[State], hint: int) -> None:
        self._forms = forms
        self._state = forms.made(hint)
        self._most = hint
        self._filled = self._live = self._gone = 0
        self._now = forms.filled(self._state, 0)

    def step(self, step: Step) -> Spread | None:
        """Take one step; None when it has no closed form."""
        if step.kind == "clear":
            found = self._clear()
        else:
            found = self._insert(step.count) if step.kind == "insert" else self._delete(step.count)
        if found is not None:
            self._now = found
        return found

    def _insert(self, count: int) -> Spread | None:
        if not count:
            return replace(self._now, peak_bytes=self._now.bytes, growth=())
        self._live += count
        self._most = max(self._most, self._live)
        if not self._gone:
            before, self._filled = self._filled, self._filled + count
            return self._forms.filled(self._state, self._filled, before)
        if self._most > SLOTS_PER_UNIT:
            return None
        found = self._forms.filled(self._state, self._live, self._live)
        each = found.indirect_bytes // found.entries
        return replace(
            found,
            mallocs=found.mallocs.map(lambda n: n + self._gone * self._forms.indirect_objects),
            total_alloc=found.total_alloc.map(lambda n: n + self._gone * each),
        )

    def _delete(self, count: int) -> Spread | None:
        now = self._now
        if not count:
            return replace(now, peak_bytes=now.bytes, growth=())
        if self._forms.is_growing(self._state, self._filled):
            return None
        each = now.indirect_bytes // now.entries
        self._gone, self._live = self._gone + count, self._live - count
        detail = {name: value for name, value in now.detail.items() if name != "growth_left"}
        return replace(
            now,
            entries=self._live,
            peak_bytes=now.bytes,
            indirect_bytes=each * self._live,
            detail=detail,
            growth=(),
        )

    def _clear(self) -> Spread | None:
        now = self._now
        if not self._live and not self._gone:
            return replace(now, peak_bytes=now.bytes, growth=())
        if not self._live:
            return None  # clear leaves an emptied map as it is, or not: the versions differ
        state = self._forms.cleared(self._state, self._filled, now)
        if state is None:
            return None
        self._state = state
        self._filled = self._live = self._gone = 0
        return replace(self._forms.filled(state, 0), peak_bytes=now.bytes)
