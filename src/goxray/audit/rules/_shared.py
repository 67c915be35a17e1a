"""What several rules ask of facts: words in names, fields that helpers set, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.audit.facts import Composite, SourceUnit, Value

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d+){3}|\[?::1\]?)(?::.*)?", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a Go name in small letters: ``newSessionID`` is new, session, id."""
    return tuple(word.lower() for word in _WORD.findall(name))


def words_of(names: Iterable[str]) -> frozenset[str]:
    """Return all words of several names."""
    return frozenset(word for name in names for word in words(name))


def is_zero(value: Value | None) -> bool:
    """Whether a field is missing or holds a constant zero or nil. An unknown value is not zero."""
    if value is None or value.kind == "nil":
        return True
    return value.kind == "constant" and not isinstance(value.constant, str | bool) and value.constant == 0


def helper_sets(unit: SourceUnit, made: Composite, *fields: str) -> bool:
    """Whether the variable that a literal is given to goes to a function of the package that mentions a field."""
    if not made.variable:
        return False
    setting = {
        each.name for each in unit.functions() if any(f".{field}" in each.text for field in fields) and each.params
    }
    if not setting:
        return False
    given = {made.variable, f"&{made.variable}"}
    return any(
        call.function == made.place.symbol
        and call.callee.rpartition(".")[2] in setting
        and any(arg.text in given for arg in call.args)
        for call in unit.calls(".*", "(.*).*")
    )


def copied_over(unit: SourceUnit, made: Composite) -> bool:
    """Whether the variable that a literal is given to takes another one's fields: ``*c = *other``."""
    if not made.variable:
        return False
    return any(
        (each.place.path, each.function) == (made.place.path, made.place.symbol)
        for each in unit.assignments(names=frozenset({f"*{made.variable}"}))
    )


def is_loopback(address: str) -> bool:
    """Whether a host, with or without a port, is this machine alone."""
    return _LOOPBACK.fullmatch(address) is not None


def text_constant(value: Value | None) -> str | None:
    """Return a value's text where it is a constant text."""
    return value.constant if value is not None and isinstance(value.constant, str) else None
