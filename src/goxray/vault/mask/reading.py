"""JSON read and written twice over: by orjson where that is sure to give the same, by the standard library elsewhere.

orjson reads and writes several times as fast. It differs from the standard library in a few things, each of which is
looked for here: a key that comes twice is not told, a number that no word of 64 bits holds becomes a float, and the
written form of a float is lost. Not every host has orjson: there everything goes the other way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from goxray.vault.mask.numbers import Real, plain, real

try:
    import orjson
except ImportError:
    QUICK = False
else:
    QUICK = True

Pairs = Callable[[list[tuple[str, object]]], dict[str, object]]
_AFTER = re.compile(rb"[\s,}\]]")


class Uncertain(Exception):
    """The quick way might give something else than the other."""


def reader(pairs: Pairs) -> json.JSONDecoder:
    """Return the standard library's reader, which tells of every pair and keeps how a large number is written."""
    return json.JSONDecoder(object_pairs_hook=pairs, parse_float=real)


_writer = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_ascii = json.JSONEncoder(check_circular=False, separators=(",", ":"))


def written(value: object) -> str:
    """Return a value as JSON without spaces."""
    return _writer.encode(value)


def encoded(value: object) -> bytes:
    """Return a value as JSON in UTF-8; in ASCII where it holds a lone surrogate, which only an escape can write."""
    try:
        return _writer.encode(value).encode()
    except UnicodeEncodeError:
        return _ascii.encode(value).encode()


def quick_read(line: bytes) -> object:
    """Read a line by orjson.

    Raises:
        ValueError: it cannot be read this way.
    """
    return orjson.loads(line)


def quick_written(value: object) -> bytes:
    """Write a value by orjson.

    Raises:
        Uncertain: it cannot be written this way.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise Uncertain from error


def tiny(value: float) -> object:
    """Return what ``quick_written`` writes as the standard library does: it has other exponents than orjson."""
    return orjson.Fragment(repr(value))


def keys(line: bytes) -> int:
    """Count the keys of all objects in valid JSON, also those that come twice; -1 where that is not certain.

    A key ends with a quote and a colon. Such a pair stands in a text where a backslash is before the quote, which is
    subtracted, or where the text begins with a colon: then the count is too large.
    """
    line = line.translate(None, b" \t\r\n")
    found = line.count(b'":')
    if b"\\" in line:
        if b'\\\\":' in line:
            return -1
        found -= line.count(b'\\":')
    return found


def large(line: bytes, key: str, value: float) -> Real:
    """Return a large number as it is written in a line of which it is the only one that is large and no integer.

    Raises:
        Uncertain: behind that key stand other digits than the float's own.
    """
    digits = repr(value)
    for sign in (b'":', b'": '):
        wanted = b'"%b%b%b' % (key.encode(), sign, digits.encode())
        at = line.find(wanted)
        if at >= 0 and "e" not in digits and _AFTER.match(line, at + len(wanted)):
            made = Real(value)
            made.written = plain(digits)
            return made
    raise Uncertain
