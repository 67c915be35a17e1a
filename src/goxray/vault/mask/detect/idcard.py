"""Numbers of Chinese identity cards (GB 11643-1999): region, date of birth, order, check digit of ISO 7064 MOD 11-2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from goxray.vault.mask.detect.kind import LONG_NUMBER, Kind, Span, in_hex, matches, starred

# The first two digits, GB/T 2260: provinces; 83 is the residence permit of Taiwan, 91 that of foreigners (2023).
_REGIONS = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
        "91",
    ]
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CARD = re.compile(r"(?<![0-9])[1-9][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9][ -]?[0-9]{3}[0-9Xx](?![0-9])")
# Cards of 15 digits have no check digit, and have not been valid since 2013: only beside a word that names them.
_OLD = re.compile(
    r"(?:身份证|证件|(?i:id ?card|id ?no))[^0-9\n]{0,12}([1-9][0-9]{5}[0-9]{2}[01][0-9][0-3][0-9][0-9]{3})(?![0-9])"
)


def check_digit(first: str) -> str:
    """Return the check digit of the first 17 digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True)) % 11]


def valid(number: str) -> bool:
    """Whether 18 characters are a number that the standard allows: known region, real date, right check digit."""
    return number[:2] in _REGIONS and _born(number[6:14]) and check_digit(number[:17]) == number[17].upper()


def find(text: str) -> Iterator[Span]:
    """Return where identity card numbers stand."""
    return matches(text, (_CARD, _OLD), _accept)


def canonical(value: str) -> str:
    """Return the number without separators, its X a capital."""
    return value.replace(" ", "").replace("-", "").upper()


def partial(value: str) -> str | None:
    """Keep the first three and the last four characters."""
    return starred(value, 3, 4) if len(canonical(value)) in (15, 18) else None


def _born(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1880
    except ValueError:
        return False


def _accept(text: str, match: re.Match[str]) -> Span | None:
    if match.re is _OLD:
        return match.span(1) if match.group(1)[:2] in _REGIONS and _born("19" + match.group(1)[6:12]) else None
    return match.span() if valid(canonical(match.group())) and not in_hex(text, match.start(), match.end()) else None


IDCARD = Kind("idcard", find, canonical, partial, LONG_NUMBER, (_CARD, _OLD), _accept)
