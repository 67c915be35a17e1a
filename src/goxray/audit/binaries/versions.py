"""Version numbers of C libraries, kernels and Go releases, compared as numbers."""

from __future__ import annotations

import re


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers, which compare as versions do: ``go1.24.3`` is (1, 24, 3), ``2.28`` is (2, 28)."""
    return tuple(int(each) for each in re.findall(r"\d+", version))
