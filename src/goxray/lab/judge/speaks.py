"""Which Go versions a claim speaks of: ``>=1.21``, ``up to Go 1.23``, ``1.22``, ``1.21-1.23``, or several of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from goxray.core.errors import UnsupportedGo
from goxray.layout import GoVersion

_RANGE = re.compile(r"(?:go\s*)?(\d+\.\d+)(?:\.\d+)?\s*(?:-|\.\.|to)\s*(?:go\s*)?(\d+\.\d+)(?:\.\d+)?", re.IGNORECASE)
_BOUND = re.compile(
    r"(>=|<=|>|<|=|\b(?:up to|until|from|since|before|after))?\s*(?:go\s*)?(\d+\.\d+)(?:\.\d+)?(\+)?", re.IGNORECASE
)
_SIGNS = {"up to": "<=", "until": "<=", "from": ">=", "since": ">=", "before": "<", "after": ">"}


def speaks_of(text: str, go_version: str) -> bool:
    """Whether a claim that speaks of ``text`` speaks of a version. A text that names no version speaks of all.

    Bounds (``>=1.21 <1.24``) must all be met; of versions and ranges one is enough. Release lines count, not patches.
    """
    version = _version(go_version)
    if version is None:
        return True
    ranges = [(_version(low), _version(high)) for low, high in _RANGE.findall(text)]
    named = [not _before(version, low) and not _before(high, version) for low, high in ranges if low and high]
    bounds = []
    for sign, number, plus in _BOUND.findall(_RANGE.sub(" ", text)):
        other = _version(number)
        if other is None:
            continue
        sign = _SIGNS.get(sign.lower(), sign)
        if sign in ("", "=") and not plus:
            named.append(not _before(version, other) and not _before(other, version))
        else:
            bounds.append(_meets(version, sign or ">=", other))
    return all(bounds) and (not named or any(named))


def oldest_first(versions: Iterable[str]) -> tuple[str, ...]:
    """Return versions by release; what is no version comes last."""
    unknown = GoVersion(1 << 30, 0, 0)
    return tuple(sorted(versions, key=lambda text: (_version(text) or unknown, text)))


def _meets(version: GoVersion, sign: str, other: GoVersion) -> bool:
    return {
        ">=": not _before(version, other),
        "<=": not _before(other, version),
        ">": _before(other, version),
        "<": _before(version, other),
    }[sign]


def _before(first: GoVersion, second: GoVersion) -> bool:
    return second.is_of_later_line(first)


def _version(text: str) -> GoVersion | None:
    try:
        return GoVersion.parse(text)
    except UnsupportedGo:
        return None
