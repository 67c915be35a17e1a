"""What making a map allocates at once for a hint (maps.NewMap, runtime.makemap)."""

from __future__ import annotations

from goxray.model.swiss import state as s


def start(hint: int, unit_size: int) -> tuple[int, int]:
    """Return how many tables a new map has, and the capacity of each; 0 and 0 where the hint allocates nothing."""
    if hint <= s.SLOTS:
        return 0, 0
    capacity = hint * s.SLOTS // 7
    tables = _up((capacity + s.MAX_CAPACITY - 1) // s.MAX_CAPACITY)
    if capacity >= 1 << 64 or tables * s.MAX_CAPACITY * unit_size > s.LARGEST_HEAP:
        return 0, 0  # a hint that is obviously too large
    return tables, _up(max(capacity // tables, s.SLOTS))


def _up(n: int) -> int:
    return 1 << (n - 1).bit_length()
