"""Names for the places of a profile in text that have none: Go's comments leave the runtime's own frames out.

The executable's table of functions knows them (pclntab). It is believed only where it gives the places that the
comments do name the same names: a position-independent executable was moved, and a profile in text does not say where.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import GoxrayError
from goxray.goruntime.pclntab import FunctionTable
from goxray.layout import layout_for
from goxray.target.image import ImageMemory
from goxray.timeline.pprof.profile import Function, Lists, Profile

if TYPE_CHECKING:
    from goxray.target.binary import Binary

_ENOUGH = 0.9
_ERRORS = (GoxrayError, ValueError, IndexError, OverflowError)


def named(profile: Profile, binary: Binary) -> Profile:
    """Return the profile with the names that its executable has for places without one; as it is where none fits."""
    table = _table(binary)
    lines = profile.locations.lines
    nameless = np.flatnonzero(lines.lengths == 0)
    if table is None or not len(nameless) or not _fits(profile, table):
        return profile
    functions = {function.name: at for at, function in reversed(list(enumerate(profile.functions)))}
    rows = [lines.of(place) for place in range(len(lines))]
    numbers = [profile.locations.line[lines.starts[at] : lines.starts[at + 1]].tolist() for at in range(len(lines))]
    for place in nameless.tolist():
        name = _name(table, int(profile.locations.address[place]))
        if name:
            rows[place], numbers[place] = [functions.setdefault(name, len(functions))], [0]
    known = {at: function for at, function in enumerate(profile.functions)}
    everything = {**{at: Function(name, name, "", 0) for name, at in functions.items()}, **known}
    locations = replace(
        profile.locations,
        lines=Lists(
            np.array([0, *np.cumsum([len(row) for row in rows])], np.int64),
            np.array([number for row in rows for number in row], np.int32),
        ),
        line=np.array([number for row in numbers for number in row], np.int64),
    )
    functions_now = tuple(everything[at] for at in sorted(everything))
    return replace(profile, locations=locations, functions=functions_now, hides_runtime=False)


def _table(binary: Binary) -> FunctionTable | None:
    symbol = binary.symbol("runtime.firstmoduledata")
    if symbol is None:
        return None
    try:
        layout = layout_for(binary.go_version, binary.arch, binary.experiments)
        return FunctionTable(ImageMemory(binary), layout, symbol.addr)
    except _ERRORS:
        return None


def _fits(profile: Profile, table: FunctionTable) -> bool:
    """Whether the places that have names have the same in the executable; inlined calls belong to the outermost."""
    lines = profile.locations.lines
    told = np.flatnonzero(lines.lengths > 0)[:1000].tolist()
    same = sum(
        profile.functions[int(lines.items[lines.starts[place + 1] - 1])].name
        == _name(table, int(profile.locations.address[place]))
        for place in told
    )
    return bool(told) and same >= _ENOUGH * len(told)


def _name(table: FunctionTable, address: int) -> str:
    try:
        name = table.name(address) if table.covers(address) else ""
    except _ERRORS:
        return ""
    # Go prints the types of generic functions as dots (runtime/symtab.go, funcNameForPrint).
    first, last = name.find("["), name.rfind("]")
    return f"{name[:first]}[...]{name[last + 1 :]}" if 0 <= first < last else name
