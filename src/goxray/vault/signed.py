"""Small documents with an SM2 signature: heads of the log, tombstones.

``{"key":K,"payload":{...},"signature":S,"signer_id":I}``: K is the key's id, S the DER signature in hex, I the
signer's ID (GB/T 35276) in hex, which SM2 puts into what is signed. Signed is the payload in canonical JSON behind a
prefix and the payload's kind, so that a document of one kind never passes for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from goxray.vault import canonical
from goxray.vault.canonical import Json
from goxray.vault.sm2 import DEFAULT_ID
from goxray.vault.sm2_verify import ID_LIMIT

_PREFIX = b"goxray vault signed document 1\0"
_KEYS = {"key", "payload", "signature", "signer_id"}


class Verifier(Protocol):
    """A public key."""

    @property
    def key_id(self) -> str:
        """The key's name: hex digits."""

    def verify(self, message: bytes, signature: bytes, signer_id: bytes) -> bool:
        """Say whether the signature is that of this key over the message."""


class Signer(Protocol):
    """A private key, wherever it is."""

    @property
    def public(self) -> Verifier:
        """Its public key."""

    def sign(self, message: bytes, signer_id: bytes) -> bytes:
        """Return the signature over a message, in DER."""


def sign(kind: str, payload: Mapping[str, Json], signer: Signer, signer_id: bytes = DEFAULT_ID) -> dict[str, Json]:
    """Return the payload as a signed document."""
    signature = signer.sign(_message(kind, payload), signer_id)
    return {
        "key": signer.public.key_id,
        "payload": dict(payload),
        "signature": signature.hex(),
        "signer_id": signer_id.hex(),
    }


def payload_of(document: Json) -> Mapping[str, Json]:
    """Return what a signed document says; its signature is not looked at.

    Raises:
        ValueError: It is no signed document.
    """
    if not isinstance(document, dict) or document.keys() != _KEYS:
        raise ValueError("no signed document")
    payload = document["payload"]
    if not isinstance(payload, dict):
        raise ValueError("no signed document: its payload is no object")
    for key in ("key", "signature", "signer_id"):
        part = document[key]
        if not isinstance(part, str) or bytes.fromhex(part).hex() != part:
            raise ValueError(f"no signed document: its {key} is not in hex")
        if not 2 <= len(part) <= 2 * ID_LIMIT:
            raise ValueError(f"no signed document: its {key} is empty or too long")
    return payload


def key_of(document: Json) -> str:
    """Return the id of the key that a document says it was signed with.

    Raises:
        ValueError: It is no signed document.
    """
    payload_of(document)
    assert isinstance(document, dict)
    return str(document["key"])


def is_good(kind: str, document: Json, keys: Mapping[str, Verifier]) -> bool:
    """Say whether a document is of that kind and signed by the key that it names, which must be among ``keys``.

    Raises:
        ValueError: It is no signed document.
    """
    payload = payload_of(document)
    assert isinstance(document, dict)
    key = keys.get(str(document["key"]))
    if key is None:
        return False
    signature, signer_id = bytes.fromhex(str(document["signature"])), bytes.fromhex(str(document["signer_id"]))
    return key.verify(_message(kind, payload), signature, signer_id)


def _message(kind: str, payload: Mapping[str, Json]) -> bytes:
    return _PREFIX + kind.encode() + b"\0" + canonical.encode(dict(payload))
