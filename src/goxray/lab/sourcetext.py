"""What a toolchain's own source says: files under GOROOT/src by globs, searched by regular expressions.

Nothing outside GOROOT/src is ever read: a glob with ``..`` or an absolute one is refused, and what a symbolic link
leads out to is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from goxray.core.errors import UsageError
from goxray.lab.experiment import SourceValue

_MOST_FILES = 4000
_MOST_BYTES = 8 << 20
_MOST_MATCHES = 1000
_NUMBER = re.compile(r"[+-]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|\d[\d_]*(\.\d*)?([eE][+-]?\d+)?)")
_SHIFT = re.compile(r"(\d+)\s*<<\s*(\d+)")


@dataclass(frozen=True)
class Match:
    """Where a pattern matched: the file below GOROOT/src, the line from 1, that line's text without its indent."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return it as compilers do: ``runtime/map.go:87: loadFactorNum = 13``."""
        return f"{self.file}:{self.line}: {self.text}"


def files(goroot: Path, globs: Sequence[str]) -> tuple[str, ...]:
    """Return the files below GOROOT/src that any of the globs matches, in order of the globs, then of their names.

    Raises:
        UsageError: a glob is absolute or holds ``..``.
    """
    found: dict[str, None] = {}
    for glob in globs:
        found.update(dict.fromkeys(_matching(goroot, glob)))
    return tuple(found)


@lru_cache(maxsize=1024)
def _matching(goroot: Path, glob: str) -> tuple[str, ...]:
    place = PurePosixPath(glob)
    if not glob or place.is_absolute() or ".." in place.parts or "\0" in glob:
        raise UsageError(f"source:{glob} does not lie below GOROOT/src", hint="write it as runtime/map*.go")
    source = goroot / "src"
    root = source.resolve()
    names = []
    for path in source.glob(glob):
        real = path.resolve()
        if real.is_relative_to(root) and real.is_file():
            names.append(path.relative_to(source).as_posix())
        if len(names) >= _MOST_FILES:
            break
    return tuple(sorted(names))


@lru_cache(maxsize=512)
def _text(goroot: Path, name: str) -> str:
    """Return a file's text; empty where it cannot be read or is no source (too large)."""
    path = goroot / "src" / name
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size <= _MOST_BYTES else ""
    except OSError:
        return ""


def matches(goroot: Path, globs: Sequence[str], pattern: str) -> tuple[Match, ...]:
    """Return where a regular expression (multi-line) matches in the files that the globs name, at most 1,000 places.

    Raises:
        UsageError: a glob leads out of GOROOT/src.
    """
    found: list[Match] = []
    for name, match in _each(goroot, globs, pattern):
        found.append(_place(name, _text(goroot, name), match.start()))
        if len(found) >= _MOST_MATCHES:
            break
    return tuple(found)


def value(goroot: Path, wanted: SourceValue) -> tuple[float, Match] | None:
    """Return the figure that the first group of a pattern holds in the first file that has it, and where it stands.

    Go's spelling of whole numbers counts (``0x8``, ``1_000``, ``1 << 16``), decimal fractions too. A group that is no
    number counts 1: the text is there. None where no file has it.

    Raises:
        UsageError: a glob leads out of GOROOT/src.
    """
    for name, match in _each(goroot, wanted.files, wanted.pattern):
        number = _number(match.group(1) or "")
        return (1.0 if number is None else number), _place(name, _text(goroot, name), match.start(1))
    return None


def _each(goroot: Path, globs: Sequence[str], pattern: str) -> Iterator[tuple[str, re.Match[str]]]:
    searched = re.compile(pattern, re.MULTILINE)
    for name in files(goroot, globs):
        for match in searched.finditer(_text(goroot, name)):
            yield name, match


def _place(name: str, text: str, at: int) -> Match:
    at = max(at, 0)
    while at < len(text) and text[at] == "\n":  # a pattern may begin with the end of the line before
        at += 1
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : end if end >= 0 else len(text)]
    return Match(name, text.count("\n", 0, at) + 1, " ".join(line.split())[:160])


def _number(text: str) -> float | None:
    text = text.strip()
    shift = _SHIFT.fullmatch(text)
    if shift is not None and int(shift[2]) < 64:
        return float(int(shift[1]) << int(shift[2]))
    if not _NUMBER.fullmatch(text):
        return None
    plain = text.replace("_", "")
    try:
        return float(int(plain, 0))
    except ValueError:
        pass
    try:
        # Go's old octal, 017; else a decimal fraction.
        return float(int(plain, 8)) if re.fullmatch(r"[+-]?0[0-7]+", plain) else float(plain)
    except (ValueError, OverflowError):
        return None
