"""Notes come from below in English: each report has the texts that say the known ones in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goxray.render.words import Lang

Known: TypeAlias = Sequence[tuple[re.Pattern[str], str]]
"""What a note is recognised by, and its key in the catalogue; the pattern's named groups are the text's."""


def told(notes: Iterable[str], known: Known, lang: Lang) -> list[str]:
    """Return notes in a language; one that nobody has translated stays as it is."""
    return [_told(note, known, lang) for note in notes]


def _told(note: str, known: Known, lang: Lang) -> str:
    matches = ((pattern.fullmatch(note), key) for pattern, key in known)
    match, key = next(((match, key) for match, key in matches if match is not None), (None, ""))
    return note if match is None else say(key, lang, **match.groupdict())
