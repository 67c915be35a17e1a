"""What maps would cost otherwise, and what hangs on them by pointer.

How a map is sized is the model's knowledge: whoever puts a look together hands it in as a :class:`Rebuilder`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from numpy.typing import NDArray

from goxray.maps.units import I64

if TYPE_CHECKING:
    import numpy as np

    from goxray.goruntime.types import MapShape
    from goxray.layout import RuntimeLayout


class Rebuilder(Protocol):
    """Says what maps would cost if their live entries were copied into ``make(map[K]V, entries)``."""

    def bytes(self, shape: MapShape, entries: I64) -> I64:
        """Expected bytes of maps of this shape, rebuilt with ``entries`` (int64[N]) each."""


def indirect_bytes(shape: MapShape, full_slots: I64, layout: RuntimeLayout) -> NDArray[np.int64]:
    """Heap bytes of the keys and elems that full slots hold by pointer, each in a slot of its own."""
    from goxray.goruntime.dwarf_types import has_pointers

    each = 0
    for indirect, go_type in ((shape.indirect_key, shape.key), (shape.indirect_elem, shape.elem)):
        if indirect:
            each += layout.alloc_size(go_type.size, not has_pointers(go_type))
    return full_slots * each
