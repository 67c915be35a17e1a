"""Who takes part in a bundle: what is asked of their keys, wherever these are kept (a file, PKCS#11, a test)."""

from __future__ import annotations

from typing import Protocol


class Verifier(Protocol):
    """A public key that checks signatures."""

    @property
    def key_id(self) -> str:
        """Hex of the first 16 bytes of the SM3 over the DER of the public key."""

    def verify(self, message: bytes, signature: bytes, signer_id: bytes, /) -> bool:
        """Say whether the signature, DER, is that of this key and ID over the message."""


class SignerPublic(Verifier, Protocol):
    """A public key whose private part signs a bundle."""

    def spki(self) -> bytes:
        """Return the DER of the public key (SubjectPublicKeyInfo)."""


class Signer(Protocol):
    """A private key that signs."""

    @property
    def public(self) -> SignerPublic:
        """Its public key."""

    def sign(self, message: bytes, signer_id: bytes, /) -> bytes:
        """Return the signature over the message with this ID, DER."""


class Recipient(Protocol):
    """A public key that a bundle is sealed for."""

    @property
    def key_id(self) -> str:
        """As for ``Verifier``."""

    def encrypt(self, data: bytearray, /) -> bytes:
        """Return SM2's encryption, C1 || C3 || C2 with C1 uncompressed."""


class Named(Protocol):
    """A public key, of which only the id is asked."""

    @property
    def key_id(self) -> str:
        """As for ``Verifier``."""


class Opener(Protocol):
    """A private key that opens what was sealed for it."""

    @property
    def public(self) -> Named:
        """Its public key."""

    def decrypt(self, sealed: bytes, /) -> bytes | bytearray:
        """Return what was encrypted; raises NotAuthentic where it was not, for this key."""
