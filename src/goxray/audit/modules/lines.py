"""The syntax that go.mod and go.work share: lines of words, blocks in parentheses, comments."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from goxray.core.errors import BadModuleFile

_WORD = re.compile(r'\s*(?:(?P<comment>//.*)|(?P<word>"(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|=>|,|\[|\]|[^\s"`,()\[\]]+))')
_BLANK = re.compile(r"\s*\Z")
_LARGEST = 16 << 20
_MOST_ABOVE = 1000
"""So many comment lines right above a directive are kept, the last ones."""


@dataclass(frozen=True)
class Line:
    """One directive: its verb, its words, the comment behind it and that above it; ``number`` from 1."""

    verb: str
    words: tuple[str, ...]
    number: int
    comment: str = ""
    above: str = ""

    @property
    def indirect(self) -> bool:
        """Whether the comment says that no package of the main module imports it (``// indirect``)."""
        return self.comment.removeprefix("//").strip().split(";")[0].strip() == "indirect"


def read_lines(text: str, name: str) -> list[Line]:
    """Return the directives of a file, those in blocks with the block's verb.

    Raises:
        BadModuleFile: a block is not closed, a quote is open, or a line has no verb; the message names the line.
    """
    if len(text) > _LARGEST:
        raise BadModuleFile(f"{name}: {len(text):,} characters are no go.mod")
    found: list[Line] = []
    block, opened = "", 0
    above: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        words, comment = _words(raw, name, number)
        if not words:
            above = [*above[-_MOST_ABOVE:], comment] if comment else []
            continue
        if block and words == [")"]:
            block, above = "", []
            continue
        if not block and len(words) == 2 and words[1] == "(":
            block, opened, above = words[0], number, []
            continue
        verb, rest = (block, words) if block else (words[0], words[1:])
        if verb in ("(", ")") or "(" in rest or (")" in rest):
            raise BadModuleFile(f"{name}:{number}: a parenthesis in the wrong place")
        said = "\n".join(above)
        found.append(Line(verb, tuple(_unquoted(word, name, number) for word in rest), number, comment, said))
        above = []
    if block:
        raise BadModuleFile(f"{name}:{opened}: the block '{block} (' is not closed")
    return found


def _words(raw: str, name: str, number: int) -> tuple[list[str], str]:
    words: list[str] = []
    at = 0
    while _BLANK.match(raw, at) is None:
        found = _WORD.match(raw, at)
        if found is None:
            raise BadModuleFile(f"{name}:{number}: a quote is not closed")
        if found["comment"] is not None:
            return words, found["comment"]
        word = found["word"]
        if "//" in word and word[0] not in '"`':
            # A comment may follow a word without a space between.
            word, _, comment = word.partition("//")
            return [*words, word] if word else words, "//" + comment + raw[found.end() :]
        words.append(word)
        at = found.end()
    return words, ""


def _unquoted(word: str, name: str, number: int) -> str:
    if word[0] == "`":
        return word[1:-1]
    if word[0] != '"':
        return word
    try:
        value = ast.literal_eval(word)
    except (ValueError, SyntaxError):
        raise BadModuleFile(f"{name}:{number}: {word} is no quoted text") from None
    return str(value)
