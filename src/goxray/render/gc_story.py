"""What text and page of ``goxray model gc`` have in common: figures with their ranges, sentences, the drawn curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.units import format_bytes
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.gc_result import GcMoment, GcResult, GcRun, GcStep
    from goxray.render.words import Lang

BYTES = ("heap_alloc", "heap_inuse", "heap_idle", "heap_released", "heap_sys", "sys", "heap_goal")
"""The columns of bytes, in the order in which they are shown."""


_NO_GOAL = 1 << 60


def figure(step: GcStep, name: str, dash: str = "–") -> str:
    """Return a figure as people read it; low and high where it depends on timing enough to be seen."""
    value = getattr(step, name)
    spread = step.ranges.get(name)
    if name == "heap_goal" and value > _NO_GOAL:
        return "off"
    form = str if name == "num_gc" else format_bytes
    if spread is None:
        return form(value)
    low, high = form(spread.low), form(spread.high)
    return low if low == high else f"{low}{dash}{high}"


def tell(run: GcRun, lang: Lang) -> str:
    """Return the sentence that sums a run up."""
    last = run.steps[-1]
    known = {"sys": figure(last, "heap_sys"), "released": figure(last, "heap_released")}
    if run.fewest_cycles == run.most_cycles:
        return say("g.story.exact", lang, cycles=run.most_cycles, **known)
    return say("g.story.range", lang, low=run.fewest_cycles, high=run.most_cycles, **known)


def notes(result: GcResult, lang: Lang) -> list[str]:
    """Return the sentences of the notes."""
    return [say(f"g.note.{name}", lang) for name in result.notes]


def columns(picture: Sequence[GcMoment], width: int) -> list[tuple[int, int]]:
    """Return heap and goal at ``width`` places of the picture: the highest of each in its piece of the x axis.

    Between two moments the heap grows in a straight line with what is allocated, and the goal stays.
    """
    if not picture:
        return []
    whole = max(picture[-1].allocated, 1)
    found = [(0, 0)] * width

    def put(place: int, heap: int, goal: int) -> None:
        found[place] = max(found[place][0], heap), max(found[place][1], goal)

    for before, after in zip(picture, picture[1:], strict=False):
        first = min(before.allocated * width // whole, width - 1)
        last = min(after.allocated * width // whole, width - 1)
        for place in range(first, last + 1):
            share = (place - first) / (last - first) if last > first else 1.0
            put(place, int(before.heap + (after.heap - before.heap) * share), before.goal)
    put(width - 1, picture[-1].heap, picture[-1].goal)
    return found


def widest(steps: Sequence[GcStep]) -> int:
    """Return the bytes of a full bar: the largest heap, or a goal that is not more than half as large again."""
    largest = max(max(step.heap_sys for step in steps), 1)
    return max([largest, *(step.heap_goal for step in steps if step.heap_goal <= largest * 3 // 2)])


def bars(steps: Sequence[GcStep], width: int) -> list[tuple[int, int, int, int]]:
    """Return the heap after each step in cells of which ``width`` are a full bar (:func:`widest`).

    Each is cells in use, cells idle and backed by memory, cells released, and the cell of the goal, -1 where it lies
    outside. A use that is there at all has a cell.
    """
    whole = widest(steps)

    def place(size: int) -> int:
        return -(-size * width // whole)

    found = []
    for step in steps:
        used = place(step.heap_inuse)
        backed = max(place(step.heap_sys - step.heap_released), used)
        goal = min(step.heap_goal * width // whole, width - 1) if step.heap_goal <= whole else -1
        found.append((used, backed - used, max(place(step.heap_sys) - backed, 0), goal))
    return found
