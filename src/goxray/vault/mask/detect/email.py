"""E-mail addresses (RFC 5321 without quoted local parts); ``%40`` and the wide ``＠`` count as ``@``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from goxray.vault.mask.detect.kind import Kind, Span, matches

_MAIL = re.compile(
    r"(?:(?<![A-Za-z0-9._+-])[A-Za-z0-9_.+'-]++|[\u4e00-\u9fff]{1,8})(?:@|%40)((?:[A-Za-z0-9-]{1,63}\.){1,8}(?:[A-Za-z]{2,24}|xn--[a-z0-9-]{2,59}|中国|公司|网络))"
)
_MODULE = re.compile(r"v[0-9]+\.[0-9]")  # goxray@v1.2.3 is a module and its version
_TRIGGER = re.compile(r"@|%40")
_NOBODY = frozenset(("git", "hg", "svn"))


def find(text: str) -> Iterator[Span]:
    """Return where addresses stand; ``git@host`` is nobody's."""
    return matches(text, (_MAIL,), _accept)


def canonical(value: str) -> str:
    """Return the address in small letters."""
    return value.replace("%40", "@").strip().lower()


def partial(value: str) -> str | None:
    """Keep the first letter and the domain; the stars do not tell how long the name is."""
    local, at, domain = value.replace("%40", "@").partition("@")
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}" if at and domain else None


def _accept(text: str, match: re.Match[str]) -> Span | None:
    local = match.group().replace("%40", "@").partition("@")[0]
    return match.span() if local not in _NOBODY and not _MODULE.match(match.group(1)) else None


EMAIL = Kind("email", find, canonical, partial, _TRIGGER, (_MAIL,), _accept)
