"""Comments that accept a finding: ``//goxray:ignore RULE[,RULE] until=2027-01-31 reason``, ``#`` in configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

WORD = "goxray:ignore"

_GO_TOKEN = re.compile(
    r'(?P<comment>//[^\n]*)|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"?|`[^`]*`?|\'(?:\\.|[^\'\\\n])*\'?', re.DOTALL
)
_MARK = re.compile(rf"(?://|#|;)\s*{WORD}\b[ \t]*(?P<rest>.*)", re.DOTALL)
_CONFIG = re.compile(rf"(?:^|\s)(?:#|;)\s*{WORD}\b[^\n]*")
_RULES = re.compile(r"[A-Za-z]+\d{3}(?:\s*,\s*[A-Za-z]+\d{3})*,?(?=\s|$)")
_UNTIL = re.compile(r"(?:^|\s)until=(\S*)")


@dataclass(frozen=True)
class Mark:
    """One such comment: ``line`` is where it stands, ``meant`` the line that it speaks of.

    ``wrong`` says what is missing or is no date (empty: nothing); ``until`` is a date where it is empty.
    """

    path: str
    line: int
    meant: int
    rules: tuple[str, ...]
    until: str
    reason: str
    wrong: str = ""


def marks_in(text: bytes, path: str) -> tuple[Mark, ...]:
    """Return the marks of a file: Go source and go.mod by Go's comments, other files by ``#`` and ``;``."""
    if WORD.encode() not in text:
        return ()
    decoded = text.decode("utf-8", "replace").replace("\r\n", "\n")
    go = path.endswith((".go", "go.mod", "go.work"))
    spans = _go_comments(decoded) if go else [each.span() for each in _CONFIG.finditer(decoded)]
    return tuple(
        _made(decoded, [(start, end) for start, end in spans if _MARK.match(decoded[start:end].strip())], path)
    )


def _go_comments(text: str) -> list[tuple[int, int]]:
    return [each.span() for each in _GO_TOKEN.finditer(text) if each["comment"] is not None]


def _made(text: str, spans: Iterable[tuple[int, int]], path: str) -> list[Mark]:
    """Make marks of comments; one that has its line for itself speaks of the next line that is no mark."""
    placed: list[tuple[int, bool, str]] = []
    for start, end in spans:
        comment = text[start:end]
        begin = start + len(comment) - len(comment.lstrip())
        alone = not text[text.rfind("\n", 0, begin) + 1 : begin].strip()
        placed.append((text.count("\n", 0, begin) + 1, alone, comment.strip()))
    standing = {line for line, alone, _ in placed if alone}
    found = []
    for line, alone, comment in placed:
        meant = line
        while alone and meant in standing:
            meant += 1
        found.append(_read(comment, path, line, meant))
    return found


def _read(comment: str, path: str, line: int, meant: int) -> Mark:
    match = _MARK.match(comment)
    rest = match["rest"].strip() if match else ""
    named = _RULES.match(rest)
    rules = tuple(each.strip().upper() for each in named[0].split(",") if each.strip()) if named else ()
    rest = rest[named.end() :] if named else rest
    ends = _UNTIL.search(rest)
    until = ends[1] if ends else ""
    reason = " ".join((_UNTIL.sub(" ", rest, count=1) if ends else rest).split())
    return Mark(path, line, meant, rules, until, reason, _wrong(rules, until, reason))


def _wrong(rules: tuple[str, ...], until: str, reason: str) -> str:
    if not rules:
        return "rule"
    if not until:
        return "until"
    try:
        date.fromisoformat(until)
    except ValueError:
        return "date"
    return "" if reason else "reason"
