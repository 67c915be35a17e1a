"""Compares the output shown in a document with a real one by shape: words count, figures do not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.docs_examples.markdown import ELISION

_ADDRESS = re.compile(r"\b0x[0-9a-f]+\b")
_FIGURE = re.compile(r"(?<![A-Za-z_.])[-+]?\d[\d,._]*(?:\s?(?:[kMGT]i?B|B|ms|s|%)(?![A-Za-z]))?")
_PATH = re.compile(r"(?<![\w.])/(?:[\w.+-]+/)+(?=[\w.+-])")
_SPACE = re.compile(r"\s+")
_RULE = re.compile(r"[─━═┄-]{3,}")


def shape(line: str) -> str:
    """Return a line with addresses and figures (and units) replaced by ``#``, directories cut and blanks folded."""
    line = _PATH.sub("", line)
    line = _ADDRESS.sub("#", line)
    line = _FIGURE.sub("#", line)
    return _SPACE.sub(" ", _RULE.sub("-", line)).strip()


def missing(shown: Sequence[str], real: str) -> list[str]:
    """Return the shown lines whose shape no line of the real output has; empty where the document tells the truth."""
    shapes = {shape(line) for line in real.splitlines()}
    return [line for line in shown if line.strip() not in ("", ELISION) and shape(line) not in shapes]
