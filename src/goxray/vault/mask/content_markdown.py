"""Markdown: text, and tables whose columns are fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from goxray.vault.mask.cells import Cells
from goxray.vault.mask.masker import Masker
from goxray.vault.mask.rules import Rules
from goxray.vault.mask.sniff import lines_of, text_of
from goxray.vault.mask.stats import Stats

_RULE = re.compile(r"\s*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?\s*")
_PIPE = re.compile(r"(?<!\\)\|")


def parts(file: BinaryIO, name: str, rules: Rules, key: bytes, stats: Stats) -> Iterator[bytes]:
    """Yield masked lines.

    Raises:
        GoxrayError: a line is too long, or in another encoding.
    """
    masker = Masker(rules, key)
    masker.stats = stats
    with text_of(file, name, rules) as text:
        for line in _masked(lines_of(text, name), masker):
            yield line.encode("utf-8", "backslashreplace")


def _masked(lines: Iterator[str], masker: Masker) -> Iterator[str]:
    cells = Cells(masker)
    before = ""
    names: list[str] | None = None
    for line in lines:
        if "|" not in line:
            names = None
        elif names is None and "|" in before and _RULE.fullmatch(line):
            names = [cell.strip() for cell in _PIPE.split(before)]
        elif names is not None:
            yield _row(cells, names, line)
            continue
        before = line
        masker.stats.lines += 1
        masker.stats.text += 1
        body = line.rstrip("\r\n")
        yield cells.text(body) + line[len(body) :]


def _row(cells: Cells, names: list[str], line: str) -> str:
    """Mask a row of a table; spaces around values stay."""
    values = _PIPE.split(line)
    done = cells.row(names, [value.strip().replace("\\|", "|") for value in values])
    if done is None:
        return ""
    return "|".join(map(_placed, values, done))


def _placed(old: str, new: str) -> str:
    """Put a masked value where the old one stood between its spaces."""
    shown = new.replace("|", "\\|")
    return old if old.strip() == shown else old.replace(old.strip(), shown, 1)
