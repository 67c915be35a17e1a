"""Numbers of JSON that may be personal data: what a float would round is kept as it was written."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

_SMALL = 1e7
_DIGITS = 40


class Real(float):
    """A large number with a fraction or an exponent; ``written`` are its digits without the exponent."""

    written: str = ""


def real(text: str) -> float | str:
    """Read a number with a fraction or an exponent; one that no float holds stays a text."""
    value = float(text)
    if -_SMALL < value < _SMALL:
        return value
    if value in (float("inf"), float("-inf")):
        return text
    made = Real(value)
    made.written = plain(text)
    return made


def plain(text: str) -> str:
    """Return the digits of a number without its exponent and without zeros behind the point that say nothing."""
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return text
    if exact.adjusted() > _DIGITS or len(text) > 4 * _DIGITS:
        return text
    plain = f"{exact:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
