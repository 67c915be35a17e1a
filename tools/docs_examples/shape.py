"""Compares the output shown in a document with a real one by shape: words count, figures do not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.docs_examples.markdown import ELISION

_ADDRESS = re.compile(r"\b0x[0-9a-f]+\b")
_ID = re.compile(r"\b[0-9a-f]{8}(?:[0-9a-f]{24})?\b")
_UNIT = re.compile(r"\b(?:[KMGT]i?B|kB|B|ms)\b|毫秒")
_FIGURE = re.compile(r"(?<![A-Za-z_.])[-+]?\d[\d,._]*[kMGT]?%?(?![A-Za-z])")
_PATH = re.compile(r"(?<![\w.])/(?:[\w.+-]+/)+(?=[\w.+-])")
_BAR = re.compile(r"[▏▎▍▌▋▊▉█]+")
_SPACE = re.compile(r"\s+")
_CUT = "…"  # goxray shortens a name where the terminal is narrow, here in one place and there in another
_LONGEST_CUT = 120
_IN_COMMON = ("(mixed)", "map[?]?")

# Said only where other maps waste something too, and the requests in flight decide that from one moment to the next.
_SOMETIMES = re.compile(r"Thatis#ofwhatall#mapswaste\.|这是全部#个map所浪费内存的#。")


def shape(text: str) -> str:
    """Return text with addresses, random ids and figures (and units) as ``#``, without directories, bars and blanks.

    Blanks go because a sentence is broken into lines elsewhere when its figures have other widths.
    """
    text = _PATH.sub("", text)
    text = _ID.sub("#", _ADDRESS.sub("#", text))
    text = _FIGURE.sub("#", _UNIT.sub("", text))
    return _SPACE.sub("", _BAR.sub("", text))


def _pattern(text: str) -> str:
    """Return a regular expression for shown text's shape, in which a shortened name stands for any name.

    So does what a group of maps has in common: garbage comes and goes, and with it that its types are all the same.
    """
    words = [_CUT if _CUT in word or word in _IN_COMMON else word for word in text.split()]
    shaped = _SOMETIMES.sub("", shape(" ".join(words)))
    return f".{{1,{_LONGEST_CUT}}}?".join(re.escape(part) for part in shaped.split(_CUT))


def _units(shown: Sequence[str]) -> list[str]:
    """Return what is compared as a whole: each line of a table, and each paragraph of text."""
    units: list[str] = []
    flowing = False
    for line in shown:
        text = bool(line.strip()) and line.strip() != ELISION and not line.startswith((" ", "▸"))
        if text and flowing:
            units[-1] += f" {line}"
        elif line.strip() not in ("", ELISION):
            units.append(line)
        flowing = text
    return units


def missing(shown: Sequence[str], real: str) -> list[str]:
    """Return what is shown and the real output does not have; empty where the document tells the truth."""
    whole = _SOMETIMES.sub("", shape(real))
    return [unit for unit in _units(shown) if not re.search(_pattern(unit), whole)]
