"""What a map would cost if its live entries were copied into ``make(map[K]V, entries)`` on the same runtime.

The closed forms of a map made with a hint and filled up to it, for the shapes found in real programs. Where the
hash decides (overflow buckets, splits) the expected value under a uniform hash is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.model.closed.chances import I64
from goxray.model.closed.classic import ClassicForms
from goxray.model.closed.life import forms_of
from goxray.model.shape import ModelShape

if TYPE_CHECKING:
    from goxray.goruntime.types import MapShape
    from goxray.layout import RuntimeLayout
    from goxray.model.closed.swiss import SwissForms


class Rebuilder:
    """``rebuilt_bytes`` for one build; results are remembered by (unit, entries)."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self._layout = layout
        self._forms: dict[tuple[int, bool], ClassicForms | SwissForms] = {}
        self._known: dict[tuple[int, bool, int], int] = {}

    def bytes(self, shape: MapShape, entries: I64) -> I64:
        """Expected bytes of maps of this shape, rebuilt with ``entries`` (int64[N]) each."""
        values, inverse = np.unique(entries, return_inverse=True)
        sizes = [self._one(shape, int(n)) for n in values.tolist()]
        return np.array(sizes, np.int64)[inverse] if sizes else np.zeros(0, np.int64)

    def _one(self, shape: MapShape, entries: int) -> int:
        key = (shape.unit_size, shape.noscan, entries)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = round(_expected(self._forms_for(shape), max(entries, 0)))
        return known

    def _forms_for(self, shape: MapShape) -> ClassicForms | SwissForms:
        unit = (shape.unit_size, shape.noscan)
        if unit not in self._forms:
            self._forms[unit] = forms_of(self._layout, _bare(shape))
        return self._forms[unit]


def _expected(forms: ClassicForms | SwissForms, entries: int) -> float:
    if isinstance(forms, ClassicForms):
        return forms.expected_bytes(forms.made(entries), entries)
    return forms.expected_bytes(forms.made(entries), entries)


def _bare(shape: MapShape) -> ModelShape:
    """A shape of which only the unit's size and whether it has pointers count, as they do for bytes."""
    key, elem = shape.key, shape.elem
    return ModelShape(
        name="",
        unit=shape,
        key_size=shape.key_stride,
        elem_size=shape.elem_stride,
        full_key_size=key.size,
        full_elem_size=elem.size,
        key_ptrdata=0,
        elem_ptrdata=0,
        full_key_ptrdata=0,
        full_elem_ptrdata=0,
        unit_ptrdata=0 if shape.noscan else shape.unit_size,
        needs_key_update=False,
        reflexive=True,
        may_panic=False,
        fast="",
    )
