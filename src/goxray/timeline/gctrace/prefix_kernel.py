"""The sums of :func:`goxray.timeline.gctrace.prefix.keys_of`, compiled, for logs of millions of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.jit import bare_kernel, part
from goxray.timeline.gctrace import prefix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

_PRIME, _BASE, _NAMES = prefix.PRIME, prefix.BASE, b"".join(prefix.NAMES)
_SPACE, _TAB, _ESC, _HASH, _EQUALS = 32, 9, 27, 35, 61


@bare_kernel
def _behind_colour(buf: Bytes, at: int, end: int) -> int:
    """Return where the next byte stands that is no part of a colour (ESC [ ... letter)."""
    while at < end and buf[at] == _ESC:
        at += 1
        while at < end and not (65 <= buf[at] <= 90 or 97 <= buf[at] <= 122):
            at += 1
        at = min(at + 1, end)
    return at


@bare_kernel
def _is_name_of_time(buf: Bytes, start: int, end: int) -> bool:
    """Return whether a word is a month or a weekday as syslog writes them."""
    if end - start != 3:
        return False
    for name in range(0, len(_NAMES), 3):
        if buf[start] == _NAMES[name] and buf[start + 1] == _NAMES[name + 1] and buf[start + 2] == _NAMES[name + 2]:
            return True
    return False


@bare_kernel
def _is_time(buf: Bytes, start: int, end: int) -> bool:
    """Return whether a word is a time, a date, a number: digits and what stands between them; or a name of one."""
    start = _behind_colour(buf, start, end)
    if _is_name_of_time(buf, start, end):
        return True
    digits = False
    at = start
    while at < end:
        c = buf[at]
        if 48 <= c <= 57:
            digits = True
        elif c != _ESC and not (43 <= c <= 47 or c == 58) and not _among(c):
            return False
        at = _behind_colour(buf, at if c == _ESC else at + 1, end)
    return digits


@part
def _among(c: int) -> bool:
    """Return whether it is one of T Z " [ ] ( )."""
    return c == 84 or c == 90 or c == 34 or c == 91 or c == 93 or c == 40 or c == 41


@bare_kernel
def keys_of(buf: Bytes, start: int, end: int) -> tuple[int, int]:
    """See :func:`goxray.timeline.gctrace.prefix.keys_of`."""
    exact, loose = 0, 0
    at = start
    while at < end:
        word = value = at
        while at < end and buf[at] != _SPACE and buf[at] != _TAB:
            if buf[at] == _EQUALS:
                value = at + 1
            at += 1
        word = _behind_colour(buf, word, at)
        if word < at and not _is_time(buf, value, at):
            exact, loose = (exact * _BASE + _SPACE) % _PRIME, (loose * _BASE + _SPACE) % _PRIME
            number = False
            while word < at:
                c = int(buf[word])
                exact = (exact * _BASE + c) % _PRIME
                is_digit = 48 <= c <= 57
                if not is_digit:
                    loose = (loose * _BASE + c) % _PRIME
                elif not number:
                    loose = (loose * _BASE + _HASH) % _PRIME
                number = is_digit
                word = _behind_colour(buf, word + 1, at)
        at += 1
    return exact, loose
