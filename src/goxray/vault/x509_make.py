"""Certificates with SM2 keys, made here: an authority of one's own, and certificates that it gives (RFC 5280).

They are signed by SM2 with SM3 under the default ID, as GB/T 20518 has it. What is made is read back by
``goxray.vault.x509`` before it is handed out.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509 as parsing
from cryptography.utils import CryptographyDeprecationWarning

from goxray.core.errors import BadCertificate, BadKey, UsageError
from goxray.vault import der, libcrypto, sm2, sm3, x509
from goxray.vault.x509 import Certificate

AUTHORITY_DAYS, LEAF_DAYS = 3650, 365
"""How long certificates are valid where nothing else is said."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names of this machine for itself."""

_DAYS_LIMIT = 36_500
_HOSTS_LIMIT = 100
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
_EXPLICIT = 0xA0
_SERVER, _CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
_ISSUES_LEAVES = der.value(der.SEQUENCE, der.value(der.BOOLEAN, b"\xff"), der.integer(0))
"""Basic constraints: an authority, below which there is no other."""

_SIGNS = der.value(der.BITS, b"\x07\x80")
"""Key usage digitalSignature: bit 0, seven bits unused."""

_SIGNS_CERTIFICATES = der.value(der.BITS, b"\x01\x06")
"""Key usages keyCertSign and cRLSign: bits 5 and 6, one bit unused."""


def authority(key: sm2.Private, name: str, *, begins: datetime, days: int = AUTHORITY_DAYS) -> Certificate:
    """Make the certificate of an authority that signs itself. It signs certificates for keys and no further authority.

    Args:
        key: The authority's; it signs.
        name: Its common name.
        begins: First moment of its validity (with a time zone).
        days: How long it is valid.

    Raises:
        UsageError: The name is empty or longer than 64 characters, or the days are not 1 to 36,500.
    """
    subject = _name(name)
    extensions = (
        _extension(
            "2.5.29.19", der.value(der.SEQUENCE, der.value(der.BOOLEAN, b"\xff"), der.integer(0)), critical=True
        ),
        _extension("2.5.29.15", _SIGNS_CERTIFICATES, critical=True),
        _extension("2.5.29.14", der.value(der.OCTETS, _key_identifier(key.public))),
    )
    return _signed(key, subject, subject, key.public, _validity(begins, days), extensions)


def leaf(
    public: sm2.Public,
    name: str,
    hosts: Sequence[str],
    *,
    issuer: Certificate,
    issuer_key: sm2.Private,
    begins: datetime,
    days: int = LEAF_DAYS,
) -> Certificate:
    """Make the certificate of a server or client of TLS.

    Args:
        public: The key that is certified.
        name: Common name: what people call it. Peers look at ``hosts`` alone.
        hosts: Host names and addresses of IP under which a server is reached; none for one that is a client alone.
        issuer: The authority's certificate.
        issuer_key: The authority's key.
        begins: First moment of its validity (with a time zone).
        days: How long it is valid; it ends with the authority's where that ends before.

    Raises:
        UsageError: A name, a host or the days will not do.
        BadCertificate: The issuer may not sign certificates, or is not valid when this one begins.
        BadKey: The issuer's key is not that of its certificate.
    """
    if issuer_key.public != issuer.public:
        raise BadKey(f"the key {issuer_key.key_id} is not that of the certificate of {issuer.subject}")
    if not issuer.authority or not issuer.may("key_cert_sign"):
        raise BadCertificate(f"{issuer.subject} may not sign certificates")
    first, last = _validity(begins, days)
    if not issuer.begins <= first <= issuer.ends:
        raise BadCertificate(f"the certificate of {issuer.subject} is not valid on {first:%Y-%m-%d %H:%M:%S} UTC")
    purposes = der.value(der.SEQUENCE, *((_oid(_SERVER),) if hosts else ()), _oid(_CLIENT))
    extensions = [
        _extension("2.5.29.19", der.value(der.SEQUENCE), critical=True),
        _extension("2.5.29.15", _SIGNS, critical=True),
        _extension("2.5.29.37", purposes),
        _extension("2.5.29.14", der.value(der.OCTETS, _key_identifier(public))),
    ]
    above = _identifier_of(issuer)
    if above:
        extensions.append(_extension("2.5.29.35", der.value(der.SEQUENCE, der.value(0x80, above))))
    if hosts:
        extensions.append(_extension("2.5.29.17", _alternatives(hosts)))
    times = (first, min(last, issuer.ends))
    return _signed(issuer_key, issuer.subject_name, _name(name), public, times, extensions)


def _signed(
    key: sm2.Private,
    issuer: bytes,
    subject: bytes,
    public: sm2.Public,
    times: tuple[datetime, datetime],
    extensions: Sequence[bytes],
) -> Certificate:
    """Put the parts together (RFC 5280, 4.1), sign them, and read what came of it."""
    algorithm = der.value(der.SEQUENCE, _oid(x509.SM2_WITH_SM3))
    serial = bytes(libcrypto.load().random(16))
    content = der.value(
        der.SEQUENCE,
        der.value(_EXPLICIT, der.integer(2)),
        der.integer(int.from_bytes(serial, "big") | 1 << 127),
        algorithm,
        issuer,
        der.value(der.SEQUENCE, *map(_time, times)),
        subject,
        public.spki(),
        der.value(_EXPLICIT | 3, der.value(der.SEQUENCE, *extensions)),
    )
    signature = der.value(der.BITS, b"\0", key.sign(content, sm2.DEFAULT_ID))
    return x509.read(der.value(der.SEQUENCE, content, algorithm, signature))[0]


def _name(common: str) -> bytes:
    """Write a name that is one common name (X.520: 1 to 64 characters)."""
    if not 1 <= len(common) <= 64 or not common.isprintable():
        raise UsageError(f"{common!r} is no name for a certificate: 1 to 64 characters that print")
    pair = der.value(der.SEQUENCE, _oid("2.5.4.3"), der.value(der.UTF8, common.encode()))
    return der.value(der.SEQUENCE, der.value(der.SET, pair))


def _validity(begins: datetime, days: int) -> tuple[datetime, datetime]:
    if not 1 <= days <= _DAYS_LIMIT:
        raise UsageError(f"a certificate is valid for 1 to {_DAYS_LIMIT} days, not {days}")
    first = begins.astimezone(UTC).replace(microsecond=0)
    return first, first + timedelta(days=days)


def _time(at: datetime) -> bytes:
    """Write a time: with two digits for the year up to 2049, with four from then on (RFC 5280, 4.1.2.5)."""
    if at.year < 2050:
        return der.value(0x17, at.strftime("%y%m%d%H%M%SZ").encode())
    return der.value(0x18, at.strftime("%Y%m%d%H%M%SZ").encode())


def _extension(number: str, content: bytes, *, critical: bool = False) -> bytes:
    marked = (der.value(der.BOOLEAN, b"\xff"),) if critical else ()
    return der.value(der.SEQUENCE, _oid(number), *marked, der.value(der.OCTETS, content))


def _alternatives(hosts: Sequence[str]) -> bytes:
    """Write a subject alternative name (RFC 5280, 4.2.1.6): names of DNS with tag 2, addresses of IP with tag 7."""
    if len(hosts) > _HOSTS_LIMIT:
        raise UsageError(f"a certificate is for up to {_HOSTS_LIMIT} hosts, not {len(hosts)}")
    return der.value(der.SEQUENCE, *map(_host, dict.fromkeys(hosts)))


def _host(host: str) -> bytes:
    try:
        return der.value(0x87, ipaddress.ip_address(host).packed)
    except ValueError:
        pass
    if len(host) > 253 or not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
        raise UsageError(f"{host!r} is neither a host's name (letters, digits, - and .) nor an address of IP")
    return der.value(0x82, host.lower().encode())


def _key_identifier(public: sm2.Public) -> bytes:
    """Name a key inside certificates: 20 bytes of SM3 over its point. RFC 5280 leaves the way to whoever makes them."""
    return sm3.digest(public.point)[:20]


def _identifier_of(issuer: Certificate) -> bytes:
    """Return the name that an issuer's certificate gives its key; empty where it gives none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        extensions = parsing.load_der_x509_certificate(issuer.data).extensions
    try:
        return extensions.get_extension_for_class(parsing.SubjectKeyIdentifier).value.digest
    except parsing.ExtensionNotFound:
        return b""


def _oid(dotted: str) -> bytes:
    """Write an object identifier (X.690, 8.19)."""
    first, second, *others = map(int, dotted.split("."))
    content = bytearray()
    for number in (40 * first + second, *others):
        parts = [number & 0x7F]
        while number := number >> 7:
            parts.append(number & 0x7F | 0x80)
        content += bytes(reversed(parts))
    return der.value(der.OID, content)
