"""What stands before a trace line in its log: a collector's time stamp, a container's name, a unit and its pid.

Words that are times are left out, so that the rest is the same for each line of one process: it tells processes apart
where it does, and does no harm where it does not (:mod:`.processes` asks the counters too).
"""

from __future__ import annotations

import re
from datetime import datetime

PRIME = 36028797018963913  # below 2**55: a step of a sum stays within an int64
BASE = 131
NAMES = tuple(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun".split())
"""Months and weekdays, as syslog writes them."""

COLOUR = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-B])")
"""A terminal's control sequence."""

_ESCAPE = re.compile(rb"\x1b[^A-Za-z]*[A-Za-z]?")
_WORD = re.compile(rb"[^ \t]+")
_TIME = re.compile(rb'[0-9TZ"\[\]()+,\-./:]*')
_DIGITS = re.compile(rb"[0-9]+")
_CLOCK = re.compile(rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|z|[+-]\d\d:\d\d)")


def keys_of(text: bytes, start: int, end: int) -> tuple[int, int]:
    """Return two sums of the prefix ``text[start:end]`` without its times: as it is, and with # for a run of digits.

    Both are 0 where nothing else is left. ``key=`` before a time and colours count for nothing.
    """
    if start == end:
        return 0, 0
    exact = loose = 0
    for word in _words(text[start:end]):
        exact = _add(exact, b" " + word)
        loose = _add(loose, b" " + _DIGITS.sub(b"#", word))
    return exact, loose


def _add(total: int, text: bytes) -> int:
    for byte in text:
        total = (total * BASE + byte) % PRIME
    return total


def _words(prefix: bytes) -> list[bytes]:
    """Return the words of a prefix that are no times, without colours."""
    found = []
    for match in _WORD.finditer(prefix):
        raw = match.group()
        word = _ESCAPE.sub(b"", raw)
        if word and not _is_time(_ESCAPE.sub(b"", raw[raw.rfind(b"=") + 1 :])):
            found.append(word)
    return found


def _is_time(word: bytes) -> bool:
    """Return whether a word is a time, a date, a number: digits and what stands between them; or a name of one."""
    return word in NAMES or (_TIME.fullmatch(word) is not None and _DIGITS.search(word) is not None)


def name_of(prefix: bytes) -> str:
    """Return what of a prefix names its process: the words that are no times, without a bar at the end."""
    return b" ".join(_words(prefix)).decode("utf-8", "replace").rstrip(" |:")


def clock_of(prefix: bytes) -> float | None:
    """Return the time of day that a prefix tells with its zone (RFC 3339), in seconds since 1970; None: it does not."""
    match = _CLOCK.search(prefix)
    if match is None:
        return None
    whole, part, zone = (group.decode() for group in match.groups(b"0"))
    try:
        day = datetime.fromisoformat(whole.replace(" ", "T") + ("+00:00" if zone in "Zz" else zone))
    except ValueError:
        return None
    return day.timestamp() + float(f"0.{part}")
