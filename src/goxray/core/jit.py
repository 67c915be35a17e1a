"""Array kernels, compiled just in time where numba is there and plain Python where it is not.

A kernel is a pure function over arrays. numba has no wheels for every host that goxray runs on (loong64): there the
same source runs uncompiled, slower and with the same results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

try:
    import numba
except ImportError:
    numba = None  # type: ignore[assignment]

COMPILED = numba is not None
"""Whether kernels are compiled on this host."""


def plain(function: Callable[P, R]) -> Callable[P, R]:
    """Let a kernel run uncompiled: sums of words are meant modulo 2**64, of which numpy would warn."""
    quiet: Callable[P, R] = np.errstate(over="ignore")(function)
    return quiet


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function when it is first called; the machine code is kept on disk for the next run."""
    if numba is None:
        return plain(function)
    compiled: Callable[P, R] = numba.njit(cache=True, nogil=True)(function)
    return compiled


def part(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a piece of kernels that is compiled into each place that calls it.

    A call of its own would count references of every array that it is handed, which costs more than small pieces do.
    """
    if numba is None:
        return function
    compiled: Callable[P, R] = numba.njit(inline="always")(function)
    return compiled


def bare_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel that makes no array of its own: references to those that it is handed are not counted.

    With arrays in named tuples numba would count one at each use, which costs more than the work.
    """
    if numba is None:
        return plain(function)
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    compiled: Callable[P, R] = numba.njit(**options)(function)
    return compiled


def twin(function: Callable[P, R]) -> Callable[P, R]:
    """Return the uncompiled twin of a kernel, for property tests."""
    uncompiled: Callable[P, R] = getattr(function, "py_func", function)
    return uncompiled
