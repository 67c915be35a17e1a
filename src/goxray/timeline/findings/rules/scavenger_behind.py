"""Idle memory of the heap stays with the process: the scavenger does not keep up, or may not work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import MIB, Facts, held
from goxray.timeline.findings.registry import Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.core.timeline_result import Series

_FEWEST = 5
_LASTING_S = 5.0
_EXTRA = 1.1
_LEAST = 32 * MIB
_SOON_S = 300.0


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find 32 MiB or more over what the scavenger means to keep, for 5 s and 5 looks, not gone within 5 minutes more.

    It means to keep 110% of what the heap will need at its next goal (gcPercentGoal and retainExtraPercent, runtime/
    mgcscavenge.go): heap in use, or the goal where that is higher. It gives back at 1% of the processors' time; at the
    speed seen, five minutes must do. Pages never touched are no memory: RSS bounds what there is to give. With
    GOGC=off and no memory limit there is no goal, and it never works.
    """
    inuse, idle, released = (facts.series(name) for name in ("heap_inuse", "heap_idle", "heap_released"))
    if inuse is None or idle is None or released is None or len(idle.t_s) < _FEWEST:
        return
    t_s = idle.t_s
    backed = idle.values - held(released, t_s)
    means = _EXTRA * np.fmax(held(inuse, t_s), _needed(facts, inuse, t_s))
    over = held(inuse, t_s) + backed - means
    rss = facts.at("rss", t_s)
    over = over if rss is None else np.fmin(over, rss - means)
    good = np.flatnonzero(~(over >= _LEAST))
    first = int(good[-1]) + 1 if len(good) else 0
    lasting = float(t_s[-1] - t_s[first]) if first < len(t_s) else 0.0
    if len(t_s) - first < _FEWEST or lasting < _LASTING_S:
        return
    speed = float(over[first] - over[-1]) / lasting
    if speed > 0 and over[-1] / speed < _SOON_S:
        return
    yield TimelineFinding(
        RULE.id,
        "warning",
        float(t_s[first]),
        float(t_s[-1]),
        {
            "over_bytes": float(over[-1]),
            "idle_bytes": float(idle.values[-1]),
            "backed_bytes": float(backed[-1]),
            "given_bytes": max(0.0, float(released.values[-1] - held(released, t_s[first : first + 1])[0])),
        },
    )


def _needed(facts: Facts, inuse: Series, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the memory that the heap needs at its goal: the goal, with what spans have over their objects now."""
    goal, alloc = facts.at("heap_goal", t_s), facts.at("heap_alloc", t_s)
    if goal is None:
        return np.zeros(len(t_s))
    over = held(inuse, t_s) / np.maximum(alloc, 1.0) if alloc is not None else np.ones(len(t_s))
    return goal * np.clip(np.nan_to_num(over, nan=1.0), 1.0, 2.0)


RULE = Rule("scavenger-behind", ("over_bytes", "idle_bytes", "backed_bytes", "given_bytes"), _judge)
