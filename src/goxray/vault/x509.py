"""X.509 certificates (RFC 5280) with SM2 keys, and whether a chain of them leads to one that is trusted.

``cryptography`` takes the structure apart: names, times, extensions. It knows neither keys nor signatures of SM2: these
are read and checked here. What is checked is the part of RFC 5280, chapter 6, that fits a chain without policies:
signatures, times, names, who may sign for whom and how deep, what the key may be used for; an extension marked critical
that is not in ``_UNDERSTOOD`` makes a certificate unfit. Revocation is not asked for: nothing here uses the network.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from goxray.core.errors import BadCertificate, BadEncoding, BadKey
from goxray.vault import der, sm3
from goxray.vault.sm2 import DEFAULT_ID, Public

SM2_WITH_SM3 = "1.2.156.10197.1.501"
DEPTH_LIMIT = 8
"""Longest chain, the trusted certificate included."""

_TRIES_LIMIT = 200
"""Most signatures that are checked for one chain: names can be shared so that the ways grow without bound."""

SIGNS, WRAPS = "digital_signature", "key_encipherment"
"""What a key is to be used for (RFC 5280, 4.2.1.3): to sign, or to have data keys wrapped for it."""

_SIGNS_CERTIFICATES = "key_cert_sign"
_USAGES = (SIGNS, "content_commitment", WRAPS, "data_encipherment", "key_agreement", _SIGNS_CERTIFICATES, "crl_sign")
_UNDERSTOOD = frozenset(kind.oid for kind in (x509.BasicConstraints, x509.KeyUsage, x509.SubjectAlternativeName))
"""Extensions that may be critical. Extended key usage is not among them: none of its purposes is that of a vault."""

_LIMIT = 1 << 16
"""Largest certificate that is read, bytes."""

_Kind = TypeVar("_Kind", x509.BasicConstraints, x509.KeyUsage)
_NOT_PARSED = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_VERSION = 0xA0
_LABEL = "CERTIFICATE"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of an SM2 key.

    Attributes:
        data: All of it, DER.
        subject: Whose key it is (RFC 4514); characters that do not print are written as numbers.
        issuer: Who signed, likewise.
        subject_name: The subject's name, DER; names are compared in this form.
        issuer_name: The issuer's name, DER.
        serial: Number that the issuer gave.
        begins: First moment at which it is valid (UTC).
        ends: Last moment at which it is valid (UTC).
        public: The key.
        algorithm: How it was signed, an object identifier.
        signature: The signature, DER.
        signed: What was signed, DER.
        authority: Whether the holder may sign certificates (basic constraints).
        depth: How many authorities may stand below it; None for any number.
        usages: What the key may be used for; None where nothing is said.
        unknown: Object identifiers of the critical extensions that are not understood.
    """

    data: bytes
    subject: str
    issuer: str
    subject_name: bytes
    issuer_name: bytes
    serial: int
    begins: datetime
    ends: datetime
    public: Public
    algorithm: str
    signature: bytes
    signed: bytes
    authority: bool
    depth: int | None
    usages: frozenset[str] | None
    unknown: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """SM3 over the whole certificate, in hex."""
        return sm3.digest(self.data).hex()

    def pem(self) -> str:
        """Return it as PEM."""
        return der.pem(_LABEL, self.data)

    def may(self, usage: str) -> bool:
        """Say whether the key may be used so; where a certificate says nothing, it may."""
        return self.usages is None or usage in self.usages

    def signed_by(self, public: Public, signer_id: bytes = DEFAULT_ID) -> bool:
        """Say whether this key signed it, with SM3 and under this ID."""
        return self.algorithm == SM2_WITH_SM3 and public.verify(self.signed, self.signature, signer_id)


def read(data: bytes) -> list[Certificate]:
    """Read certificates: one as DER, or one or more as PEM.

    Raises:
        BadEncoding: It is neither.
        BadKey: A certificate's key is none of SM2.
    """
    if not data.lstrip().startswith(b"-----BEGIN") and data[:1] == b"\x30":
        return [_read_one(data)]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadEncoding("the certificate is neither PEM nor DER") from None
    return [_read_one(block) for block in der.from_pem(text, _LABEL, "the certificate")]


def chain(
    leaf: Certificate,
    trusted: Iterable[Certificate],
    others: Iterable[Certificate] = (),
    *,
    at: datetime,
    usage: str = SIGNS,
    signer_id: bytes = DEFAULT_ID,
) -> list[Certificate]:
    """Find the chain from a certificate to a trusted one, and check all of it.

    Args:
        leaf: Whose key is to be used.
        trusted: What is believed without a signature; its times and its right to sign are checked all the same.
        others: Authorities between, in any order.
        at: The moment for which it is asked, with a time zone.
        usage: What the leaf's key is to be used for.
        signer_id: The ID under which the authorities sign (GB/T 20518 takes the default).

    Returns:
        The chain, the leaf first, the trusted one last.

    Raises:
        BadCertificate: There is no such chain. Where several were tried, the reason is that of the longest.
    """
    roots = list(trusted)
    _check_fit(leaf, "the certificate", at)
    if not leaf.may(usage):
        raise BadCertificate(f"the certificate of {leaf.subject} does not allow its key to be used for {usage}")
    search = _Search(roots, list(others), at, signer_id)
    found = search.onward([leaf])
    if found is None:
        raise BadCertificate(search.reason)
    return found


class _Search:
    """Walks from the leaf upward; what fails is remembered once, the deepest failure is told."""

    def __init__(self, roots: list[Certificate], others: list[Certificate], at: datetime, signer_id: bytes) -> None:
        self._roots = {one.data for one in roots}
        self._all = list({one.data: one for one in (*roots, *others)}.values())
        self._at = at
        self._signer_id = signer_id
        self._deepest = 0
        self._tries = 0
        self.reason = ""

    def onward(self, path: list[Certificate]) -> list[Certificate] | None:
        last = path[-1]
        if last.data in self._roots:
            return path
        self._fail(path, f"no certificate at hand signed that of {last.subject}: its issuer is {last.issuer}")
        if len(path) == DEPTH_LIMIT:
            self._fail(path, f"the chain of {path[0].subject} has more than {DEPTH_LIMIT} certificates", 1)
            return None
        for above in self._all:
            if above.subject_name != last.issuer_name or any(above.data == one.data for one in path):
                continue
            try:
                self._check(path, above)
            except BadCertificate as error:
                self._fail(path, str(error), 1)
                continue
            found = self.onward([*path, above])
            if found is not None:
                return found
        return None

    def _check(self, path: Sequence[Certificate], above: Certificate) -> None:
        _check_fit(above, "the authority", self._at)
        if not above.authority or not above.may(_SIGNS_CERTIFICATES):
            raise BadCertificate(f"{above.subject} may not sign certificates, and signed that of {path[-1].subject}")
        between = sum(one.subject_name != one.issuer_name for one in path[1:])
        if above.depth is not None and between > above.depth:
            raise BadCertificate(f"{above.subject} allows {above.depth} authorities below it, and {between} are there")
        if path[-1].algorithm != SM2_WITH_SM3:
            raise BadCertificate(
                f"the certificate of {path[-1].subject} is signed by {path[-1].algorithm}, not by SM2 with SM3"
            )
        self._tries += 1
        if self._tries > _TRIES_LIMIT:
            raise BadCertificate(f"more than {_TRIES_LIMIT} signatures would have to be checked for {path[0].subject}")
        if not path[-1].signed_by(above.public, self._signer_id):
            raise BadCertificate(
                f"the signature on the certificate of {path[-1].subject} is not that of {above.subject}"
            )

    def _fail(self, path: Sequence[Certificate], why: str, more: int = 0) -> None:
        reached = 2 * len(path) + more
        if reached > self._deepest:
            self._deepest, self.reason = reached, why


def _check_fit(one: Certificate, what: str, at: datetime) -> None:
    who = f"{what} of {one.subject}"
    if at < one.begins:
        raise BadCertificate(f"{who} is not valid yet: it begins on {one.begins:%Y-%m-%d %H:%M:%S} UTC")
    if at > one.ends:
        raise BadCertificate(f"{who} is no longer valid: it ended on {one.ends:%Y-%m-%d %H:%M:%S} UTC")
    if one.unknown:
        raise BadCertificate(f"{who} has a critical extension that is not known here: {one.unknown[0]}")


def _read_one(data: bytes) -> Certificate:
    if len(data) > _LIMIT:
        raise BadEncoding(f"the certificate has {len(data)} bytes, more than {_LIMIT}")
    signed, algorithm, signature, issuer, subject, spki = _structure(data)
    public = Public.from_spki(spki)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            parsed = x509.load_der_x509_certificate(data)
            limits = _extension(parsed, x509.BasicConstraints)
            usage = _extension(parsed, x509.KeyUsage)
            return Certificate(
                data=data,
                subject=_printable(parsed.subject),
                issuer=_printable(parsed.issuer),
                subject_name=subject,
                issuer_name=issuer,
                serial=parsed.serial_number,
                begins=parsed.not_valid_before_utc,
                ends=parsed.not_valid_after_utc,
                public=public,
                algorithm=algorithm,
                signature=signature,
                signed=signed,
                authority=limits is not None and limits.ca,
                depth=None if limits is None else limits.path_length,
                usages=None if usage is None else frozenset(name for name in _USAGES if getattr(usage, name)),
                unknown=tuple(
                    one.oid.dotted_string for one in parsed.extensions if one.critical and one.oid not in _UNDERSTOOD
                ),
            )
    except (
        ValueError,
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise BadEncoding(f"the certificate is damaged: {str(error).splitlines()[0]}") from None


def _extension(parsed: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _printable(name: x509.Name) -> str:
    """Return the name without what would move a terminal's cursor or begin a line."""
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in name.rfc4514_string())


def _structure(data: bytes) -> tuple[bytes, str, bytes, bytes, bytes, bytes]:
    """Return what was signed, how, the signature, both names and the key, each as its own bytes."""
    outer = der.Reader(data, "the certificate")
    whole = outer.inside()
    outer.end()
    tag, _, signed = whole.any()
    algorithm = whole.any()[2]
    signature, unused = whole.bits()
    whole.end()
    if tag != der.SEQUENCE or unused:
        raise outer.bad("it has not the parts of one")
    inner = der.Reader(signed, "the certificate").inside()
    version = inner.inside(_VERSION).integer() + 1 if inner.peek() == _VERSION else 1
    if version != 3:
        raise BadKey(f"the certificate is of version {version}: only version 3 can say what its key is for")
    inner.integer()
    if inner.any()[2] != algorithm:
        raise outer.bad("it names two algorithms for its one signature")
    issuer, _, subject, spki = (inner.any()[2] for _ in range(4))
    name = der.Reader(algorithm, "the certificate").inside().oid()
    return bytes(signed), name, signature, bytes(issuer), bytes(subject), bytes(spki)
