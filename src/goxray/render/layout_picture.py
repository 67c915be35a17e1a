"""A struct's bytes as a picture: one line a word, one letter a byte."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING

from rich.text import Text

from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.layout_result import FieldLayout
    from goxray.render.options import RenderOptions

POINTER = "*"
"""The mark behind a word that the collector follows."""

_WORD = 8
_ALPHABET = ascii_lowercase + ascii_uppercase + digits
_COLORS = ("green", "magenta", "blue", "yellow", "cyan", "red")
_FOLD = 4  # words that look alike are told in one line when there are more of them
_MOST = 1 << 12  # words that are looked at; what lies behind them is counted


def padding_mark(options: RenderOptions) -> str:
    """Return the character of an unused byte."""
    return "." if options.ascii_only else "·"


def letters(names: Sequence[str]) -> list[str]:
    """Return a letter for each field: its own first one where that is free, else the next that is."""
    taken: set[str] = set()
    found = []
    for place, name in enumerate(names):
        own = [char for char in (name[:1].lower(), name[:1].upper()) if char in _ALPHABET and char]
        free = [char for char in (*own, *_ALPHABET) if char not in taken]
        found.append(free[0] if free else _ALPHABET[place % len(_ALPHABET)])
        taken.add(found[-1])
    return found


def picture(fields: Sequence[FieldLayout], marks: Sequence[str], size: int, options: RenderOptions) -> list[Text]:
    """Return the lines of the picture: the word's offset, its bytes, and a star where it is a pointer.

    Many words that look alike are one line that counts them.
    """
    shown = min(size, _MOST * _WORD)
    cells = [padding_mark(options)] * shown
    colors = ["dim"] * shown
    pointers: set[int] = set()
    for place, (field, mark) in enumerate(zip(fields, marks, strict=True)):
        end = min(field.offset + field.size, shown)
        for at in range(field.offset, end):
            cells[at] = mark
            colors[at] = _COLORS[place % len(_COLORS)]
        pointers.update(field.pointer_words)
    width = len(str(max(size - 1, 0)))
    words = [(at, "".join(cells[at : at + _WORD]), at in pointers) for at in range(0, shown, _WORD)]
    lines: list[Text] = []
    for _, group in groupby(words, lambda word: word[1:]):
        alike = list(group)
        kept = alike if len(alike) <= _FOLD else alike[:2]
        lines += [_line(word, width, colors) for word in kept]
        if len(kept) < len(alike):
            lines.append(_folded(len(alike) - len(kept), width, options))
    if shown < size:
        lines.append(_folded((size - shown + _WORD - 1) // _WORD, width, options))
    return lines


def _line(word: tuple[int, str, bool], width: int, colors: Sequence[str]) -> Text:
    at, text, pointer = word
    line = Text(f"{at:>{width}}  ", style="dim")
    for place, char in enumerate(text):
        line.append(char, style=colors[at + place])
    if pointer:
        line.append(" " * (_WORD - len(text)) + f" {POINTER}", style="bold")
    return line


def _folded(count: int, width: int, options: RenderOptions) -> Text:
    mark = "..." if options.ascii_only else "…"
    return Text(f"{mark:>{width}}  {say('l.picture.more', options.lang, n=count)}", style="dim")
