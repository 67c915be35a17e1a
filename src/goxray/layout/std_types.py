"""Types of the standard library that people put into structs and maps, as Go declares them in each version.

Only what decides size, alignment and pointers is kept; methods, and types that only pointers lead to, are left out.
``tests/oracle/test_std_types.py`` compares every one of them with real programs of every version.
"""

from __future__ import annotations

from goxray.layout.version import GoVersion

_LINES = tuple[tuple[int, int], str]
_TYPES: dict[str, tuple[_LINES, ...]] = {
    "time": (((1, 21), "type Time struct { wall uint64; ext int64; loc *Location }; type Duration int64"),),
}
"""By import path: declarations in Go, each from the release line on that stands before it."""

_BY_NAME = {path.rpartition("/")[2]: path for path in _TYPES} | {"unsafe": "unsafe"}


def std_path(name: str) -> str | None:
    """Return the import path of the package that is called ``name`` where no import says otherwise."""
    return _BY_NAME.get(name)


def std_source(path: str, version: GoVersion) -> str | None:
    """Return a Go file with the known types of a package, None where none are known."""
    known = _TYPES.get(path)
    if known is None:
        return None
    found = [text for line, text in known if line <= version.line]
    return f"package {path.rpartition('/')[2]}\n{found[-1]}\n" if found else None
