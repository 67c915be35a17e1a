"""IP addresses, version 4 and 6. Loopback, unspecified and broadcast ones say nothing about anybody and stay."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from goxray.vault.mask.detect.kind import Kind, Span, matches

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# Begins with one digit, so that a text without one is passed over quickly; the rest of the first octet hangs on it.
_FOUR = re.compile(
    r"[0-9](?=[0-9]{0,2}\.)(?<![0-9A-Za-z][0-9])(?<![0-9]\.[0-9])"
    r"(?:(?<=2)5[0-5]|(?<=2)[0-4][0-9]|(?<=1)[0-9]{2}|(?<=[1-9])[0-9])?"
    rf"(?:\.{_OCTET}){{3}}(?![0-9A-Za-z])(?!\.[0-9])"
)
_SIX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:])")
# "version 1.2.3.4", "Chrome/120.0.0.0" and "go1.2.3.4" are no addresses.
_VERSION = re.compile(r"(?:(?i:\bv(?:er(?:sion)?)?)[ :=]{0,2}|版本[ :：=]{0,2}|[A-Za-z]/)$")
_FIRST = re.compile(r"[23fF][0-9A-Fa-f]{2,3}|64|::")
_TRIGGER = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]|:[0-9A-Fa-f]{0,4}:")
_BROADCAST = "255.255.255.255"


def find(text: str) -> Iterator[Span]:
    """Return where addresses stand."""
    return matches(text, (_FOUR, _SIX) if "::" in text or text.count(":") >= 6 else (_FOUR,), _accept)


def canonical(value: str) -> str:
    """Return the address in its one short form (RFC 5952); what is no address stays as it is."""
    if not value.strip("0123456789."):  # version 4 has one form only, and no other number with points is an address
        return value
    try:
        return str(ipaddress.ip_address(value.strip()))
    except ValueError:
        return value


def partial(value: str) -> str | None:
    """Keep the network: 24 bits of version 4, 48 of version 6."""
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    if address.version == 4:
        return f"{value.strip().rpartition('.')[0]}.*"
    return ":".join(group.lstrip("0") or "0" for group in address.exploded.split(":")[:3]) + ":*"


def _six(value: str) -> ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(value)
    except ValueError:
        return None


def _accept(text: str, match: re.Match[str]) -> Span | None:
    found = match.group()
    if match.re is _FOUR:
        if found.startswith(("127.", "0.")) or found == _BROADCAST:
            return None
        start = match.start()
        return None if start and _VERSION.search(text, max(0, start - 12), start) else match.span()
    address = _six(found) if _FIRST.match(found) else None
    return match.span() if address and not address.is_loopback and not address.is_unspecified else None


IP = Kind("ip", find, canonical, partial, _TRIGGER, (_FOUR, _SIX), _accept)
