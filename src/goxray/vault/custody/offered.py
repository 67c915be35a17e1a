"""A public key that somebody offers in a file, plain or in a certificate, and who vouches for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from goxray.core.errors import BadCertificate, BadEncoding, BadVault, UsageError
from goxray.vault import sm2, store, x509
from goxray.vault.canonical import Json

_FILE_MOST = 1 << 20
_SUBJECT_MOST = 500


@dataclass(frozen=True)
class Offered:
    """A public key in a file, and who vouches that it belongs to whom.

    Attributes:
        public: The key.
        certificate: The certificate that it came in; None for a plain key.
        root: The trusted certificate to which that one's chain leads; None where nobody vouches.
    """

    public: sm2.Public
    certificate: x509.Certificate | None = None
    root: x509.Certificate | None = None

    def detail(self) -> dict[str, Json]:
        """Return what the log says of it. ``vouched`` is who vouches; empty says that nobody did."""
        told: dict[str, Json] = {"vouched": self.root.subject[:_SUBJECT_MOST] if self.root is not None else ""}
        if self.root is not None:
            told["root"] = self.root.fingerprint
        if self.certificate is not None:
            usages = self.certificate.usages
            told["certificate"] = self.certificate.fingerprint
            told["subject"] = self.certificate.subject[:_SUBJECT_MOST]
            told["usages"] = None if usages is None else sorted(usages)
        return told


def read(file: Path, ca: Path | None, at: datetime) -> Offered:
    """Read a public key (PEM or DER) or a certificate (likewise; others behind it in PEM may be between).

    A certificate must be valid at the moment; with ``ca`` it must lead to one of the certificates in that file, and
    allow that keys are wrapped for it or that it signs.

    Raises:
        UsageError: A file cannot be read, or ``ca`` is given and there is no certificate.
        BadEncoding: It is neither.
        BadCertificate: The certificate is not to be believed.
    """
    data = _bytes(file)
    public = _plain(data)
    if public is not None:
        if ca is not None:
            raise UsageError(
                f"{file} holds a plain key: there is no certificate whose chain could be verified",
                hint="leave --ca out, and compare the key's id with its owner",
            )
        return Offered(public)
    leaf, *others = x509.read(data)
    if not leaf.begins <= at <= leaf.ends:
        raise BadCertificate(
            f"the certificate of {leaf.subject} is not valid now: from {leaf.begins:%Y-%m-%d} to {leaf.ends:%Y-%m-%d}",
            hint="ask its owner for the one that is",
        )
    if ca is None:
        return Offered(leaf.public, leaf)
    usage = x509.WRAPS if leaf.may(x509.WRAPS) else x509.SIGNS
    found = x509.chain(leaf, x509.read(_bytes(ca)), others, at=at, usage=usage)
    return Offered(leaf.public, leaf, found[-1])


def _plain(data: bytes) -> sm2.Public | None:
    """Return the public key that a file is, as PEM or DER, or None where it may be a certificate."""
    if b"-----BEGIN PUBLIC KEY-----" in data:
        try:
            return sm2.Public.from_pem(data.decode())
        except UnicodeDecodeError:
            raise BadEncoding("the public key is damaged: no text") from None
    if b"-----BEGIN" in data and b"-----BEGIN CERTIFICATE-----" not in data:
        raise BadEncoding(
            "the file holds neither a public key nor a certificate",
            hint="`openssl pkey -pubout` makes a public key of a private one, which should stay where it is",
        )
    try:
        return sm2.Public.from_spki(data) if len(data) == _SPKI_BYTES else None
    except BadEncoding:
        return None


_SPKI_BYTES = 91
"""Length of the SubjectPublicKeyInfo of an SM2 key in DER, which has one form (``sm2.Public.spki``)."""


def _bytes(file: Path) -> bytes:
    try:
        return store.read(file, _FILE_MOST)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except BadVault as error:
        raise UsageError(str(error)) from None
