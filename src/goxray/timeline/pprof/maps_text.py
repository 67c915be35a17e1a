"""The memory map at the end of old profiles, in the format of /proc/PID/maps or shorter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.pprof.profile import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goxray.timeline.pprof.profile import I32, U64

SENTINELS = ("--- Memory map: ---", "MAPPED_LIBRARIES:")
_HEX = r"(?:0x)?([0-9a-fA-F]{1,16})"
_RANGE = rf"\s*{_HEX}[\s-]?\s*{_HEX}:?"
_LONG = re.compile(rf"{_RANGE}\s+([-rwxps]+)\s+([0-9a-fA-F]+)\s+[0-9a-fA-F]+:[0-9a-fA-F]+\s+\d+(?:\s+(\S+))?")
_SHORT = re.compile(rf"{_RANGE}(?:\s+(\S+))?(?:\s+\(@([0-9a-fA-F]+)\))?")
_LIBRARY = re.compile(r"[.]so$|[.]so[._][0-9]+")
_WHOLE = (1 << 64) - 1


def mappings_of(lines: Iterable[str]) -> tuple[Mapping, ...]:
    """Return the executable mappings that the lines tell of, the program itself first; other lines are passed over."""
    found: list[Mapping] = []
    for line in lines:
        mapping = _mapping(line)
        if mapping is None:
            continue
        last = found[-1] if found else None
        if last is not None and last.limit == mapping.start and last.filename == mapping.filename:
            found[-1] = Mapping(last.start, mapping.limit, last.offset, last.filename, "")
        else:
            found.append(mapping)
    main = next((at for at, each in enumerate(found) if _is_program(each.filename)), 0)
    if main:
        found[0], found[main] = found[main], found[0]
    return tuple(found)


def _is_program(filename: str) -> bool:
    return bool(filename) and not filename.startswith("[") and _LIBRARY.search(filename) is None


def _mapping(line: str) -> Mapping | None:
    long = _LONG.match(line)
    if long is not None:
        if "x" not in long[3]:
            return None
        return Mapping(int(long[1], 16), int(long[2], 16), int(long[4], 16), long[5] or "", "")
    short = _SHORT.match(line)
    if short is None or not short[3] or set(short[3]) <= set("-rwxps"):
        return None
    return Mapping(int(short[1], 16), int(short[2], 16), int(short[4] or "0", 16), short[3], "")


def mapped(addresses: U64, mappings: Sequence[Mapping]) -> I32:
    """Return the number of each address's mapping, -1 for none (int32)."""
    found = np.full(len(addresses), -1, np.int32)
    for number, mapping in enumerate(mappings):
        limit = np.uint64(min(mapping.limit, _WHOLE))
        inside = (addresses >= np.uint64(mapping.start)) & (addresses < limit) & (found < 0)
        found[inside] = number
    return found
