"""What a profile is of, told by what it counts (runtime/pprof writes no other name into it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.timeline.pprof.profile import Profile


def kind_of(profile: Profile) -> str:
    """Return ``heap``, ``allocs``, ``cpu``, ``contention``, or what it shows first (``goroutine``)."""
    names = [kind.type for kind in profile.types]
    if profile.is_heap or names == ["objects", "space"]:
        return "allocs" if profile.default_type == "alloc_space" else "heap"
    if names == ["samples", "cpu"]:
        return "cpu"
    if names == ["contentions", "delay"]:
        return "contention"
    return names[profile.default_column] or "other"
