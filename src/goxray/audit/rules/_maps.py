"""How rules see maps: where they are made, what makes a new one, whether a name is of the package or of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.audit.facts import Assignment, SourceUnit, Value


def is_map(typed: str) -> bool:
    """Whether a qualified type is a map or a pointer to one."""
    return typed.lstrip("*").startswith("map[")


def made_empty(value: Value) -> bool:
    """Whether a value is a new map without a hint: ``make(map[K]V)``, ``make(map[K]V, 0)``, ``map[K]V{}``."""
    if value.literal is not None:
        return is_map(value.literal.type) and not value.literal.fields and not value.literal.elements
    call = value.call
    if call is None or call.callee != "builtin.make" or not is_map(value.type):
        return False
    return len(call.args) == 1 or (len(call.args) == 2 and call.args[1].constant == 0)


def is_new_map(value: Value) -> bool:
    """Whether a value is a new map, with or without a hint or elements, or nil."""
    if value.kind == "nil":
        return True
    if value.literal is not None:
        return is_map(value.literal.type)
    return value.call is not None and value.call.callee == "builtin.make" and is_map(value.type)


def locals_of(unit: SourceUnit, names: frozenset[str]) -> dict[tuple[str, str, str], list[Assignment]]:
    """Return the definitions of some names inside functions by (file, function, name)."""
    found: dict[tuple[str, str, str], list[Assignment]] = {}
    for each in unit.assignments(names=names):
        if each.kind == "define" and each.function:
            found.setdefault((each.place.path, each.function, each.target), []).append(each)
    return found
