"""A pprof profile on a time axis: its totals are points at the time at which it was taken."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.timeline_result import Interval, Moment, Series, Timeline

if TYPE_CHECKING:
    from goxray.core.timeline_result import Unit
    from goxray.timeline.pprof.profile import Profile

_SERIES: dict[str, tuple[str, Unit]] = {
    "inuse_space": ("heap_live", "bytes"),
    "inuse_objects": ("heap_objects", "count"),
    "goroutine": ("goroutines", "count"),
}
"""What a profile's totals are estimates of. Heap profiles show the heap as the cycle before the last one left it
(runtime/mprof.go: mProf.cycle)."""


def timeline_of(path: str, profile: Profile) -> Timeline:
    """Return a profile's totals as points.

    Second 0 is the profile's own time (``time_nanos``), whose wall clock it tells unless it is 0. That is when a
    profile of the CPU began (runtime/pprof/proto.go, newProfileBuilder) and when any other was taken; what was recorded
    over a time beside those are differences (net/http/pprof, ``?seconds=``), whose totals are no figures of the heap.
    """
    totals = dict(zip((kind.type for kind in profile.types), profile.totals(), strict=True))
    units = {kind.type: kind.unit for kind in profile.types}
    lasts = profile.seconds
    begins = 0.0 if "cpu" in totals else -lasts
    series = [
        Series(name, unit, "profile", np.array([0.0]), np.array([float(totals[kind])]))
        for kind, (name, unit) in _SERIES.items()
        if kind in totals and lasts == 0
    ]
    detail = {
        f"{name}_{units[name]}" if units[name] == "bytes" else name: float(total) for name, total in totals.items()
    }
    return Timeline(
        process=os.path.basename(path),
        zero="first record",
        zero_unix_s=profile.time_ns / 1e9 if profile.time_ns > 0 else None,
        series=tuple(series),
        intervals=(Interval("os", "profile", begins, begins + lasts, "profile", detail),) if lasts else (),
        moments=() if lasts else (Moment("os", "profile", 0.0, "profile", detail),),
    )
