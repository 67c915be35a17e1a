"""All events of a trace by time, and how they are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.exectrace.decode import Decoder
from goxray.timeline.exectrace.formats import STW_BEGIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.timeline.exectrace.wire import WireTrace


@dataclass(frozen=True, eq=False)
class Told:
    """All events: ``kind`` uint8[N], ``t_s`` float64[N] rising seconds since ``zero``, others as in Events.

    ``stops`` is what the world was stopped for, by the row of its STW_BEGIN; empty where the trace lacks the text.
    """

    kind: NDArray[np.uint8]
    t_s: NDArray[np.float64]
    goroutine: NDArray[np.int64]
    one: NDArray[np.uint64]
    two: NDArray[np.uint64]
    stops: dict[int, str]
    broken: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", cache(self.rows))

    def rows(self, *kinds: int) -> NDArray[np.int64]:
        """Return the rows of these kinds, in order."""
        return np.flatnonzero(np.isin(self.kind, kinds))

    def last(self, kind: int, row: int, back: int = 1) -> float | None:
        """Return the value of the last event of a kind before a row, or of one ``back`` events earlier than that."""
        rows = self.rows(kind)
        place = int(np.searchsorted(rows, row)) - back
        return float(self.one[rows[place]]) if place >= 0 else None


def tell(wire: WireTrace, zero: int, units_per_second: int) -> Told:
    """Decode all generations and put their events in order of time."""
    decoder = Decoder(wire)
    pieces, names = [], []
    for generation in wire.generations:
        events = decoder.events(generation)
        pieces.append(events)
        stopping = events.kind == STW_BEGIN
        names += [generation.strings.get(key, "") for key in events.one[stopping].tolist()]
    kind, units, goroutine, one, two = (np.concatenate(column) for column in zip(*pieces, strict=True))
    named = dict(zip(np.flatnonzero(kind == STW_BEGIN).tolist(), names, strict=True))
    order = np.argsort(units, kind="stable")
    stops = {place: named[int(order[place])] for place in np.flatnonzero(kind[order] == STW_BEGIN).tolist()}
    t_s = (units[order] - zero) / units_per_second
    return Told(kind[order], t_s, goroutine[order], one[order], two[order], stops, decoder.broken)
