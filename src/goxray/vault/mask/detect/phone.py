"""Telephone numbers: mainland China mobile and fixed, Hong Kong, Macau, Taiwan, and any with a country code (E.164)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from goxray.vault.mask.detect.kind import Kind, Span, digits_of, in_hex, matches, starred

# Country codes assigned by the ITU (E.164, list of assigned codes): one digit, two digits, and the rest has three.
_ONE = frozenset("17")
_TWO = frozenset(
    [
        "20",
        "27",
        "30",
        "31",
        "32",
        "33",
        "34",
        "36",
        "39",
        "40",
        "41",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "49",
        "51",
        "52",
        "53",
        "54",
        "55",
        "56",
        "57",
        "58",
        "60",
        "61",
        "62",
        "63",
        "64",
        "65",
        "66",
        "81",
        "82",
        "84",
        "86",
        "90",
        "91",
        "92",
        "93",
        "94",
        "95",
        "98",
    ]
)
_THREE = re.compile(
    r"2[1-6][0-9]|29[0-9]|3[578][0-9]|42[0-9]|5[09][0-9]|6[789][0-9]|80[08]|85[02356]|88[06]|9[679][0-9]"
)

_PLUS = r"(?:\+|%2[Bb]|(?<![0-9])00)"
_NUMBER = re.compile(
    r"(?=[0-9+(%])(?:"
    rf"(?<![0-9])(?:{_PLUS}?86[ -]?)?1[3-9][0-9]"
    r"(?:[ .-]?[0-9]{4}[ .-]?[0-9]{4}|[0-9][ -][0-9]{3}[ -][0-9]{4})(?![0-9])"
    rf"|(?<![0-9]){_PLUS}?85(?:2[ -]?[2-9]|3[ -]?[2689])[0-9]{{3}}[ -]?[0-9]{{4}}(?![0-9])"
    r"|(?<![0-9-])\(?0[1-9][0-9]{1,2}(?:\) ?|[ -])[2-8][0-9]{6,7}(?![0-9-])"
    r"|(?<![0-9A-Za-z+])\+[1-9](?:[ ().-]{0,2}[0-9]){7,14}(?![0-9])"
    r"|(?<![0-9A-Za-z+.-])00[1-9][0-9]{0,2}(?:[ -][0-9]{1,5}){2,5}(?![0-9])"
    r"|(?<![0-9-])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}-)[2-9][0-9]{2}-[0-9]{4}(?![0-9-])"
    r")"
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LEAST, _LONGEST = 8, 15
_TRIGGER = re.compile(
    r"[0-9+](?:(?<=[0-9])[0-9](?:[0-9]{5}|\)?[ -][0-9]{3}|[0-9]\.[0-9]{4}|[0-9]\))"
    r"|(?<=\+)[1-9]|(?<=0)0[1-9][0-9]{0,2}[ -])"
)


def country(digits: str) -> int:
    """Return how many of the first digits are a country code; 0 where they are none."""
    if digits[:2] in _TWO:
        return 2
    if digits[:1] in _ONE:
        return 1
    return 3 if _THREE.fullmatch(digits[:3]) else 0


def find(text: str) -> Iterator[Span]:
    """Return where telephone numbers stand."""
    return matches(text, (_NUMBER,), _accept)


def canonical(value: str) -> str:
    """Return the digits, with the country code where it is known; a mainland number is the same with and without 86."""
    if len(value) == 11 and value[0] == "1" and value.isascii() and value.isdigit():
        return value
    digits = digits_of(value.replace("%2B", "+").replace("%2b", "+"))
    if digits.startswith("00"):
        digits = digits[2:]
    if len(digits) == 13 and digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        return digits[2:]
    return digits or value


def partial(value: str) -> str | None:
    """Hide the middle: 138****5678 of a mainland mobile number; less is kept of shorter numbers."""
    value = value.replace("%2B", "+").replace("%2b", "+")
    digits = digits_of(value)
    if _MOBILE.fullmatch(digits[-11:]) and len(digits) in (11, 13, 15):
        return starred(value, len(digits) - 8, 4)
    abroad = 2 if digits.startswith("00") else 0
    known = country(digits[abroad:]) if abroad or value.lstrip().startswith("+") else 0
    rest = len(digits) - abroad - known
    if rest < 7:
        return None
    head, tail = (3, 2) if rest >= 10 else (2, 2) if rest >= 8 else (1, 1)
    return starred(value, abroad + known + head, tail)


def _accept(text: str, match: re.Match[str]) -> Span | None:
    start, end = match.span()
    found = match.group()
    if found.startswith("+") or (found.startswith("00") and not _MOBILE.search(digits_of(found))):
        digits = digits_of(found).removeprefix("00") if found[0] == "0" else digits_of(found)
        if not country(digits) or not _LEAST <= len(digits) <= _LONGEST:
            return None
    return None if text[max(0, start - 2) : start] == "0." or in_hex(text, start, end) else (start, end)


PHONE = Kind("phone", find, canonical, partial, _TRIGGER, (_NUMBER,), _accept)
