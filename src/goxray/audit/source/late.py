"""Facts whose dear parts are worked out when a rule first asks for them, and kept then.

The facts of ``facts.py`` are plain data. Most rules look at one or two fields of most facts: a subclass made here gives
the others a price only where they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


class _Late:
    """A field that a function of the fact works out; its value then stands in the fact itself and hides this."""

    def __init__(self, name: str, make: Callable[[Any], object]) -> None:
        self._name = name
        self._make = make

    def __get__(self, fact: Any, owner: type) -> object:
        if fact is None:
            return self
        value = fact.__dict__[self._name] = self._make(fact)
        return value


def late(**makers: Callable[[Any], object]) -> Callable[[T], T]:
    """Give a subclass of a fact the functions that work out its fields."""

    def deck(cls: T) -> T:
        for name, make in makers.items():
            setattr(cls, name, _Late(name, make))
        return cls

    return deck
