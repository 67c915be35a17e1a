"""Of what kind content is, by its name and its first bytes; what cannot be masked is refused here, with a way out."""

from __future__ import annotations

import codecs
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO, Literal, get_args

from goxray.core.errors import GoxrayError, UsageError
from goxray.vault.mask.masker import MAX_LINE
from goxray.vault.mask.rules import Rules

Form = Literal["lines", "json", "csv", "html", "markdown", "snapshot"]
"""``lines`` is a log: each line JSON or text. ``json`` is one document, or several, over many lines."""

FORMS = tuple(form for form in get_args(Form) if form != "snapshot")
HEAD = 1 << 16
"""Bytes that are looked at."""
LARGEST = 64 << 20
"""Bytes at most of what is held in memory as a whole: a JSON document, a page."""

_SUFFIXES: Mapping[str, Form] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".log": "lines",
    ".jsonl": "lines",
    ".ndjson": "lines",
}
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"\x04\x22\x4d\x18")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_ZIP, _SEALED = b"PK\x03\x04", b"GOXSEAL"
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_MANIFEST = "manifest.json"
_CELL = 64


def head_of(file: BinaryIO) -> tuple[bytes, bool]:
    """Read the first line that is not blank, and what comes with it; say also whether that is all there is."""
    read = getattr(file, "read1", file.read)
    head = b""
    while len(head) < HEAD and b"\n" not in head.lstrip():
        data = read(HEAD - len(head))
        if not data:
            return head, True
        head += data
    return head, False


def form_of(head: bytes, name: str, rules: Rules, *, whole: bool) -> Form:
    """Return the kind of what begins with ``head``; ``whole`` says that nothing follows.

    Raises:
        UsageError: it cannot be masked.
    """
    _refuse(head, name)
    if head.startswith(_ZIP):
        return "snapshot"
    named = _SUFFIXES.get(PurePath(name).suffix.lower())
    if named:
        return named
    if _PAGE.match(head.removeprefix(codecs.BOM_UTF8)):
        return "html"
    text = head.decode(encoding_of(head, rules), "replace").lstrip("\ufeff \t\r\n")
    first, ended, _ = text.partition("\n")
    if first[:1] in ("{", "["):
        return "json" if _goes_on(first, whole=bool(ended) or whole) and not _second_is_json(text) else "lines"
    return "csv" if is_header(first, rules) else "lines"


def _goes_on(line: str, *, whole: bool) -> bool:
    """Whether a line is right JSON to its end, and only its end is missing; it may be the beginning of one alone."""
    line = line.rstrip()
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        return error.pos >= len(line) or (not whole and error.pos > _CELL)
    except (ValueError, RecursionError):
        return True
    return False


def _second_is_json(text: str) -> bool:
    """Whether the second line is a whole JSON value though the first opens more than a list: that is a broken line."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and lines[0] != "[" and lines[1][:1] in ("{", "[") and _json(lines[1])


def is_header(line: str, rules: Rules) -> bool:
    """Whether a line is nothing but names of columns, and a rule knows one of them."""
    for sign in (",", "\t"):
        cells = [cell.strip().strip('"') for cell in line.rstrip("\r").split(sign)]
        if len(cells) > 1 and all(0 < len(cell) <= _CELL and not set(cell) & set("=:{}[]") for cell in cells):
            return any(rules.named(cell) is not None for cell in cells)
    return False


@contextmanager
def text_of(file: BinaryIO, name: str, rules: Rules) -> Iterator[io.TextIOWrapper]:
    """Give a stream as text in the encoding that its beginning has.

    Raises:
        GoxrayError: something further on is in another encoding.
    """
    peek = getattr(file, "peek", None)
    text = io.TextIOWrapper(file, encoding_of(peek(HEAD) if peek else b"", rules), newline="")
    try:
        yield text
    except UnicodeDecodeError as error:
        raise broken(name, "further on", f"not {error.encoding}") from error
    finally:
        text.detach()


def lines_of(text: io.TextIOWrapper, name: str, number: int = 1) -> Iterator[str]:
    """Yield lines with their ends; ``number`` is that of the first one.

    Raises:
        GoxrayError: one is longer than ``MAX_LINE`` characters.
    """
    while line := text.readline(MAX_LINE):
        if len(line) >= MAX_LINE and not line.endswith("\n"):
            raise broken(name, f"line {number:,}", f"longer than {MAX_LINE:,} characters")
        yield line
        number += 1


def encoding_of(head: bytes, rules: Rules) -> str:
    """Return the first of the rules' encodings that the first bytes are in; the first one where they are in none."""
    for encoding in rules.encodings:
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return encoding
    return rules.encodings[0]


def check_snapshot(file: BinaryIO, name: str) -> None:
    """Refuse a zip file that is no snapshot of goxray, and leave the position as it is.

    Raises:
        UsageError: it is none, or comes through a pipe, where that cannot be told.
    """
    if not file.seekable():
        raise UsageError(f"{name} is a zip file that comes through a pipe", hint="name the file")
    at = file.tell()
    try:
        with zipfile.ZipFile(file) as packed:
            names = packed.namelist()
            about = json.loads(packed.read(_MANIFEST)) if _MANIFEST in names else {}
            tables = {table["member"] for table in about["tables"]} if "tables" in about else set()
            good = str(about.get("schema", "")).startswith("goxray.snapshot/") and {*tables, _MANIFEST} == set(names)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, RecursionError, NotImplementedError):
        good = False
    file.seek(at)
    if not good:
        raise UsageError(
            f"{name} is a zip file, and packed data cannot be masked", hint="unpack it, and mask the files"
        )


def read_all(file: BinaryIO, name: str, rules: Rules, hint: str) -> str:
    """Return all of a document as text.

    Raises:
        UsageError: it is larger than ``LARGEST``; ``hint`` is the way out.
        GoxrayError: it is in none of the rules' encodings.
    """
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UsageError(f"{name} is one document of more than {LARGEST >> 20} MiB", hint=hint)
    for encoding in rules.encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            wrong = error
    raise broken(name, f"byte {wrong.start:,}", f"not {' or '.join(rules.encodings)}") from wrong


def broken(name: str, where: str, what: str, hint: str = "") -> GoxrayError:
    """Return the error for content that breaks the rules of its kind."""
    return GoxrayError(
        f"{name}: {where}: {what}; it is not masked",
        hint=hint or "mend it, or mask it line by line: goxray mask --as lines",
    )


def _refuse(head: bytes, name: str) -> None:
    if head.startswith(_PACKED):
        raise UsageError(f"{name} is compressed, and packed data cannot be masked", hint="decompress it first")
    if head.startswith(_SEALED):
        raise UsageError(f"{name} is a sealed bundle", hint="`goxray vault open` opens it for a recipient")
    if head.startswith(_WIDE):
        raise UsageError(f"{name} is UTF-16 or UTF-32", hint="make it UTF-8 first: iconv -f UTF-16 -t UTF-8")
    if b"\0" in head and not head.startswith(_ZIP):
        raise UsageError(
            f"{name} is binary, and no rule knows where persons stand in it",
            hint="write it as JSON, CSV or HTML and mask that, or seal it without --mask for few recipients",
        )


def _json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
