"""What stands before a trace line in its log: a collector's time stamp, a container's name, a unit and its pid.

Words that are times are left out, so that the rest is the same for each line of one process: it tells processes apart
where it does, and does no harm where it does not (:mod:`.processes` asks the counters too).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from goxray.core.jit import bare_kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8] | bytes

_PRIME = 36028797018963913  # below 2**55: a step of the sum stays within an int64
_BASE = 131
_SPACE, _TAB, _ESC, _HASH, _EQUALS, _BAR = 32, 9, 27, 35, 61, 124
_NAMES = b"JanFebMarAprMayJunJulAugSepOctNovDecMonTueWedThuFriSatSun"


@bare_kernel
def _is_time(buf: Bytes, start: int, end: int) -> bool:
    """Return whether a word is a time, a date, a number: digits and what stands between them; or a month or weekday."""
    if end - start == 3:
        for name in range(0, len(_NAMES), 3):
            if buf[start] == _NAMES[name] and buf[start + 1] == _NAMES[name + 1] and buf[start + 2] == _NAMES[name + 2]:
                return True
    digits = False
    for at in range(start, end):
        c = buf[at]
        if 48 <= c <= 57:
            digits = True
        elif not (
            c == 84 or c == 90 or c == 34 or c == 91 or c == 93 or c == 40 or c == 41 or 43 <= c <= 47 or c == 58
        ):
            return False
    return digits


@bare_kernel
def keys_of(buf: Bytes, start: int, end: int) -> tuple[int, int]:
    """Return two sums of the prefix ``buf[start:end]`` without its times: as it is, and with # for each run of digits.

    Both are 0 where nothing else is left. ``key=`` before a time and colours (ESC [ ... letter) count for nothing.
    """
    exact, loose = 0, 0
    at = start
    while at < end:
        word = at
        value = at
        while at < end and buf[at] != _SPACE and buf[at] != _TAB:
            if buf[at] == _EQUALS:
                value = at + 1
            at += 1
        if word < at and not _is_time(buf, value, at):
            exact, loose = (exact * _BASE + _SPACE) % _PRIME, (loose * _BASE + _SPACE) % _PRIME
            number = False
            while word < at:
                c = int(buf[word])
                if c == _ESC:
                    while word < at and not (65 <= buf[word] <= 90 or 97 <= buf[word] <= 122):
                        word += 1
                    word += 1
                    continue
                exact = (exact * _BASE + c) % _PRIME
                is_digit = 48 <= c <= 57
                if not is_digit:
                    loose = (loose * _BASE + c) % _PRIME
                elif not number:
                    loose = (loose * _BASE + _HASH) % _PRIME
                number = is_digit
                word += 1
        at += 1
    return exact, loose


_WORD = re.compile(rb"\S+")
_COLOUR = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def name_of(prefix: bytes) -> str:
    """Return what of a prefix names its process: the words that are no times, without a bar at the end."""
    bare = _COLOUR.sub(b"", prefix)
    words = [m.group() for m in _WORD.finditer(bare)]
    kept = [word for word in words if not _is_time(word, word.rfind(b"=") + 1, len(word))]
    return b" ".join(kept).decode("utf-8", "replace").rstrip(" |:")
