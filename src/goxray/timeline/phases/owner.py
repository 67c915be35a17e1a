"""From a Go expression, such as ``main.cache.byUser``, to the words that lead to the map that it denotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType, Kind
from goxray.timeline.phases.subject import PathHolder

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime


def resolve(runtime: Runtime, text: str) -> tuple[PathHolder, GoType] | None:
    """Return the way to a map that a variable holds, itself or in fields of structs behind pointers, and its type.

    None where the expression is not of that form, is no map, or the variable's type is not known (no DWARF).
    """
    for each in runtime.globals():
        rest = text.removeprefix(each.name)
        if len(rest) < len(text) and (not rest or rest.startswith(".")):
            try:
                found = _steps(each.type, rest.split(".")[1:])
            except (MemoryFault, CorruptMemory, TypeError):
                continue
            if found is not None:
                return PathHolder(text, each.addr, found[0]), found[1]
    return None


def _steps(go_type: GoType, fields: list[str]) -> tuple[list[int], GoType] | None:
    steps: list[int] = []
    offset = 0
    for name in fields:
        while go_type.kind is Kind.POINTER:
            steps.append(offset)
            go_type, offset = go_type.elem, 0
        field = go_type.field(name) if go_type.kind is Kind.STRUCT else None
        if field is None:
            return None
        go_type, offset = field.type, offset + field.offset
    while go_type.kind is Kind.POINTER:
        steps.append(offset)
        go_type, offset = go_type.elem, 0
    return ([*steps, offset], go_type) if go_type.kind is Kind.MAP else None
