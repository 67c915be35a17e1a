"""What every kind of personal data offers, and small helpers that several kinds share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Span = tuple[int, int]
"""Where a value stands in a text: its first character and the one after its last."""

Accept = Callable[[str, re.Match[str]], Span | None]
"""Says where the value stands in what an expression matched in a text, or None: the expression is not all of a rule."""

LONG_NUMBER = re.compile(r"[0-9]{4}(?:[0-9]{9}|[ -][0-9]{4}[ -][0-9]|[0-9]{0,2}[ -][0-9]{6})")
"""The trigger that cards share: it is looked for once."""

_HEX = re.compile(r"[0-9A-Fa-f]{16,}")
_WINDOW = 64


@dataclass(frozen=True)
class Kind:
    """One kind of personal data.

    ``find`` yields where values of this kind stand in a text; ``trigger`` matches somewhere in each text in which it
    can find one. ``canonical`` gives all spellings of one value one form. ``partial`` hides most of a value and keeps
    its shape, or returns None where too little would be hidden.

    ``find`` yields nothing where none of ``begins`` matches. With ``accept``, it yields what that makes of their
    matches; without, it does more. Where ``any_digit`` is set, another digit in a digit's place changes nothing.
    """

    name: str
    find: Callable[[str], Iterator[Span]]
    canonical: Callable[[str], str]
    partial: Callable[[str], str | None]
    trigger: re.Pattern[str]
    begins: tuple[re.Pattern[str], ...]
    accept: Accept | None = None
    any_digit: bool = False


def matches(text: str, begins: Iterable[re.Pattern[str]], accept: Accept) -> Iterator[Span]:
    """Yield the values that stand anywhere in a text."""
    for pattern in begins:
        for match in pattern.finditer(text):
            span = accept(text, match)
            if span is not None:
                yield span


def digits_of(value: str) -> str:
    """Return the ASCII digits of a text."""
    return "".join(filter("0123456789".__contains__, value))


def starred(value: str, head: int, tail: int, hidden: str = "0123456789Xx") -> str:
    """Put ``*`` for each hidden character but the first ``head`` and the last ``tail`` of them; separators stay."""
    total = sum(1 for char in value if char in hidden)
    out, seen = [], 0
    for char in value:
        if char in hidden:
            out.append(char if seen < head or seen >= total - tail else "*")
            seen += 1
        else:
            out.append(char)
    return "".join(out)


def in_hex(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a longer hexadecimal word, such as a digest or a trace id: no number of a person."""
    left, right = start, end
    while left > max(0, start - _WINDOW) and text[left - 1].isascii() and text[left - 1].isalnum():
        left -= 1
    while right < min(len(text), end + _WINDOW) and text[right].isascii() and text[right].isalnum():
        right += 1
    word = text[left:right]
    return (left, right) != (start, end) and not word.isdigit() and _HEX.fullmatch(word) is not None
