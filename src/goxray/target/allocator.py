"""Giving freed memory back to the system, so that a look at a large heap stays small itself."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


@functools.cache
def _trimmer() -> Callable[[int], int] | None:
    """Glibc's malloc_trim(3), None with another C library."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None


def give_back() -> None:
    """Return freed pages to the kernel. Big temporaries leave holes that malloc would keep."""
    trim = _trimmer()
    if trim is not None:
        trim(0)
