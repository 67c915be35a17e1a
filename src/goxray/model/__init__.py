"""An executable model of Go's maps, allocator and garbage collector: what the runtime would do, without running it.

It shares the layout data and the hash functions with the parts that look at real programs, and nothing else: what is
predicted here and what is observed there can be held against each other.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.model.classic.map import ClassicMap
    from goxray.model.gotypes import parse_file, parse_type
    from goxray.model.swiss.map import SwissMap

__all__ = ["ClassicMap", "SwissMap", "parse_file", "parse_type"]

_LAZY = {
    "ClassicMap": "goxray.model.classic.map",
    "SwissMap": "goxray.model.swiss.map",
    "parse_file": "goxray.model.gotypes",
    "parse_type": "goxray.model.gotypes",
}


def __getattr__(name: str) -> object:
    """Import what loads a compiler or a parser only when it is asked for."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
