"""Maps in pools: which variables a function takes from a sync.Pool or puts back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.audit.rules._maps import is_map

if TYPE_CHECKING:
    from goxray.audit.facts import Call, SourceUnit


def puts(unit: SourceUnit) -> list[Call]:
    """Return the calls that put something into a sync.Pool."""
    return [call for call in unit.calls("(sync.Pool).Put") if call.args and not unit.is_test(call.place)]


def pooled(unit: SourceUnit) -> set[tuple[str, str, str]]:
    """Return (file, function, variable) of what is taken from a sync.Pool or put into one."""
    found = {(call.place.path, call.function, call.args[0].text.lstrip("&")) for call in puts(unit)}
    taking = {(call.place.path, call.place.line) for call in unit.calls("(sync.Pool).Get")}
    for each in unit.assignments() if taking else ():
        gets = each.kind == "define" and "Get" in each.value.text
        if gets and (each.place.path, each.place.line) in taking:
            found.add((each.place.path, each.function, each.target))
    return found


def map_fields(unit: SourceUnit) -> dict[str, list[str]]:
    """Return the map fields of the package's structs by qualified type."""
    found = {}
    for struct in unit.structs():
        names = [field.name for field in struct.fields if is_map(field.type)]
        if names:
            found[f".{struct.name}"] = names
    return found
