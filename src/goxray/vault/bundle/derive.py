"""What is derived from a bundle's data key, and what its signature is over. Each text begins with words of its own."""

from __future__ import annotations

from goxray.vault import sm3
from goxray.vault.bundle.format import Claims, encode_claims

_COMMITMENT = b"goxray sealed bundle 1 commitment\0"
_CHUNKS = b"goxray sealed bundle 1 chunks\0"
_SIGNATURE = b"goxray sealed bundle 1 signature\0"
_KEY_BYTES = 16


def commitment(data_key: bytes | bytearray, salt: bytes, bundle: bytes) -> bytes:
    """Return the 32 bytes in the header that say which data key is meant: GCM alone would open under several."""
    return _hkdf(data_key, salt, _COMMITMENT + bundle)


def chunk_key(data_key: bytes | bytearray, salt: bytes, header_digest: bytes) -> bytes:
    """Return the SM4 key, 16 bytes, of the chunks under one header."""
    return _hkdf(data_key, salt, _CHUNKS + header_digest)[:_KEY_BYTES]


def signed_text(header_digest: bytes, claims: Claims) -> bytes:
    """Return what the signer signs."""
    return _SIGNATURE + header_digest + encode_claims(claims)


def _hkdf(secret: bytes | bytearray, salt: bytes, info: bytes) -> bytes:
    """Return the first 32 bytes of HKDF (RFC 5869) with SM3: one block, so one round of its second step."""
    return sm3.mac(sm3.mac(salt, [secret]), [info, b"\1"])
