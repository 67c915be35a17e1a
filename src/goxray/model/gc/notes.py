"""What a reader of ``goxray model gc`` has to know about its figures, by the scenario that was run."""

from __future__ import annotations

from collections.abc import Sequence

from goxray.layout import RuntimeLayout
from goxray.model.gc.scenario import Statement

CONCURRENT = "concurrent"
STOPPED = "stopped"
SLICES = "slices"
RANDOM_BASE = "random base"
SCAVENGER = "scavenger"
MAPS = "maps"


def notes_for(statements: Sequence[Statement], layouts: Sequence[RuntimeLayout], stopped: bool) -> tuple[str, ...]:
    """Return the names of the notes that apply; their sentences stand in the catalogue of words."""
    found = [STOPPED if stopped else CONCURRENT]
    kinds = {each.kind for each in statements}
    if "keep" in kinds:
        found.append(SLICES)
    if any("randomizedheapbase64" in layout.active for layout in layouts):
        found.append(RANDOM_BASE)
    if "sleep" in kinds:
        found.append(SCAVENGER)
    if "map" in kinds:
        found.append(MAPS)
    return tuple(found)
