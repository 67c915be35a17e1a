"""JSON that is no log: one document, or several one after the other, each over as many lines as it likes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from goxray.vault.mask import stream
from goxray.vault.mask.masker import Masker
from goxray.vault.mask.rules import Rules
from goxray.vault.mask.sniff import LARGEST, broken, read_all
from goxray.vault.mask.stats import Stats

_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_INDENT = re.compile(r"[{\[]\r?\n([ \t]+)")
_SPACED = re.compile(r"\"[ \t]*:[ \t]")
_SHALLOW = 256
_NO_LINES = "if it is a log with long lines: goxray mask --as lines; of one long list jq -c '.[]' makes lines"


def parts(file: BinaryIO, name: str, rules: Rules, key: bytes, stats: Stats) -> Iterator[bytes]:
    """Yield each document masked, with the indent that it had.

    Raises:
        UsageError: it is larger than is held in memory.
        GoxrayError: it is no JSON, or nested too deeply.
    """
    masker = Masker(replace(rules, encodings=("utf-8",)), key, LARGEST)
    masker.stats = stats
    text = read_all(file, name, rules, _NO_LINES)
    reader = json.JSONDecoder()
    at = _space(text, 0)
    begin = at
    while at < len(text):
        try:
            _, end = reader.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            if at == begin and _broken_at(text, at, error) == text.count("\n", 0, at) + 1:  # a log that begins badly
                yield stream.mask_piece(masker, text.encode())
                return
            raise broken(name, f"line {_broken_at(text, at, error):,}", "broken JSON") from error
        yield _document(text[at:end], masker, name, text.count("\n", 0, at) + 1)
        at = _space(text, end)
        yield b"\n" if at < len(text) or "\n" in text[end:] else b""


def _document(text: str, masker: Masker, name: str, line: int) -> bytes:
    before = masker.stats.dropped.copy()
    done = masker.line(text.encode("utf-8", "surrogatepass"))
    if done is None:
        reason = next(iter(masker.stats.dropped - before), "error")
        raise broken(name, f"the document that begins in line {line:,}", reason, "only JSON lines can be left out")
    indent = _INDENT.match(text)
    if indent is None and not _SPACED.search(text, 0, _SHALLOW):
        return done
    made = json.dumps(json.loads(done), indent=indent and indent[1], ensure_ascii=done.isascii())
    return made.encode()


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _broken_at(text: str, at: int, error: Exception) -> int:
    """Return the line in which the JSON that begins at ``at`` breaks."""
    return text.count("\n", 0, error.pos if isinstance(error, json.JSONDecodeError) else at) + 1
