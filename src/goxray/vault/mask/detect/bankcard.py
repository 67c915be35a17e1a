"""Numbers of bank cards (ISO/IEC 7812): a known issuer's prefix, its lengths, and the check digit of Luhn."""

from __future__ import annotations

import re
from collections.abc import Iterator

from goxray.vault.mask.detect.kind import LONG_NUMBER, Kind, Span, digits_of, in_hex, matches, starred

# (first prefix, last prefix, lengths). 9558, 6858, 690755 and 603 are old cards of Chinese banks that still work.
_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("62", "62", frozenset(range(14, 20))),  # UnionPay
    ("8100", "8171", frozenset(range(16, 20))),  # UnionPay
    ("4", "4", frozenset((13, 16, 19))),  # Visa
    ("51", "55", frozenset((16,))),  # Mastercard
    ("2221", "2720", frozenset((16,))),  # Mastercard
    ("34", "34", frozenset((15,))),  # American Express
    ("37", "37", frozenset((15,))),
    ("3528", "3589", frozenset(range(16, 20))),  # JCB
    ("300", "305", frozenset((14, 16))),  # Diners Club
    ("36", "36", frozenset((14, 16))),
    ("38", "39", frozenset((14, 16))),
    ("6011", "6011", frozenset(range(16, 20))),  # Discover
    ("644", "659", frozenset(range(16, 20))),
    ("9558", "9558", frozenset(range(16, 20))),
    ("6858", "6858", frozenset(range(16, 20))),
    ("690755", "690755", frozenset((15, 18))),
    ("603", "603", frozenset((16, 17, 18, 19))),
)
_CARD = re.compile(
    r"(?<![0-9])(?:[2-689][0-9]{12,18}|[2-689][0-9]{3}(?:[ -][0-9]{4}){2,3}(?:[ -][0-9]{1,4})?"
    r"|3[47][0-9]{2}[ -][0-9]{6}[ -][0-9]{5}|3[068][0-9]{2}[ -][0-9]{6}[ -][0-9]{4}|62[0-9]{4}[ -][0-9]{8,13})(?![0-9])"
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (ISO/IEC 7812-1, annex B)."""
    back = [int(digit) for digit in reversed(digits)]
    return (sum(back[::2]) + sum(_DOUBLED[digit] for digit in back[1::2])) % 10 == 0


def issued(digits: str) -> bool:
    """Whether prefix and length are those of a known issuer."""
    return any(first <= digits[: len(first)] <= last and len(digits) in lengths for first, last, lengths in _ISSUERS)


def find(text: str) -> Iterator[Span]:
    """Return where card numbers stand."""
    return matches(text, (_CARD,), _accept)


def canonical(value: str) -> str:
    """Return the digits."""
    return digits_of(value) or value


def partial(value: str) -> str | None:
    """Keep the first six and the last four digits, which is the most that PCI DSS 3.4 shows."""
    return starred(value, 6, 4) if len(digits_of(value)) >= 13 else None


def _accept(text: str, match: re.Match[str]) -> Span | None:
    digits = digits_of(match.group())
    return match.span() if issued(digits) and luhn(digits) and not in_hex(text, match.start(), match.end()) else None


BANKCARD = Kind("bankcard", find, canonical, partial, LONG_NUMBER, (_CARD,), _accept)
