"""Sizes and counts as people write and read them: one home for both directions."""

from __future__ import annotations

import re

from goxray.core.errors import UsageError

_BINARY = ("KiB", "MiB", "GiB", "TiB", "PiB")
_COMPACT = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
_SIZE = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]*)\s*")
_PREFIXES = {
    1000: {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12},
    1024: {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40},
}


def format_bytes(size: int | float) -> str:
    """Write a size in bytes with three significant digits and a binary unit: ``1.50 KiB``, ``412 MiB``.

    A whole number below 1024 stays exact (``96 B``). Negative sizes keep their sign.
    """
    if size < 0:
        return "-" + format_bytes(-size)
    if size < 1024:
        return f"{size:.0f} B"
    value = float(size)
    for unit in _BINARY:
        value /= 1024
        if value < 999.5 or unit == _BINARY[-1]:
            return f"{_three_digits(value)} {unit}"
    raise AssertionError("the last unit always returns")


def format_count(count: int) -> str:
    """Write a count in full, with commas between thousands: ``5,242,880``."""
    return f"{count:,}"


def format_compact(count: int) -> str:
    """Write a count in at most five characters where it is long: ``9999``, ``12.3k``, ``2.00M``."""
    if count < 10**4:
        return str(count)
    for limit, suffix in _COMPACT:
        if count >= limit * 0.9995:
            return f"{_three_digits(count / limit)}{suffix}"
    raise AssertionError("every count from 10000 up has a suffix")


def format_share(share: float | None) -> str:
    """Write a share 0..1 as a percentage; a trace stays visible as ``<1%``, an absent one is ``-``."""
    if share is None or share != share:
        return "-"
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return "99%"
    return f"{share * 100:.0f}%"


def parse_size(text: str) -> int:
    """Read a size in bytes as people type it.

    ``64KiB``, ``1g`` and ``4M`` count in powers of 1024; ``10MB`` and ``5kB`` in powers of 1000, as SI has it; a
    bare number is bytes.

    Raises:
        UsageError: the text is no size.
    """
    match = _SIZE.fullmatch(text)
    if match is not None:
        unit = match["unit"].lower()
        factors = _PREFIXES[1000 if len(unit) == 2 and unit.endswith("b") else 1024]
        stem = unit[:-2] if len(unit) == 3 and unit.endswith("ib") else unit.removesuffix("b")
        if stem in factors:
            return round(float(match["number"]) * factors[stem])
    raise UsageError(f"{text!r} is not a size", hint="write it as 4096, 64KiB, 10MB or 1g")


def _three_digits(value: float) -> str:
    if value < 9.995:
        return f"{value:.2f}"
    if value < 99.95:
        return f"{value:.1f}"
    return f"{value:.0f}"
