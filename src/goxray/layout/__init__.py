"""Floor 1: Go's facts as data, keyed by version, architecture and GOEXPERIMENT.

The only place where a Go version is compared. All else asks :class:`RuntimeLayout` for a field, a constant or a
shape. The data files are written by ``tools/gen_layout.py`` from real toolchains.
"""

from __future__ import annotations

from goxray.layout.choose import layout_for
from goxray.layout.data import Field, MapKind, Struct
from goxray.layout.runtime import DwarfStruct, RuntimeLayout
from goxray.layout.version import GoVersion
from goxray.layout.versions import VERSIONS, VersionRow

__all__ = [
    "VERSIONS",
    "DwarfStruct",
    "Field",
    "GoVersion",
    "MapKind",
    "RuntimeLayout",
    "Struct",
    "VersionRow",
    "layout_for",
]
