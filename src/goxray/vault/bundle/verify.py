"""Checks a bundle without any secret: layout, digests, signature; and reads the front, which opening needs as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from goxray.core.errors import BadBundle, NotAuthentic, UsageError
from goxray.vault import sm3
from goxray.vault.bundle import chunks, derive, place
from goxray.vault.bundle.format import HEADER_LIMIT, MAGIC, SLOT_BYTES, Claims, Header, decode_header, decode_trailer
from goxray.vault.bundle.parties import Verifier


@dataclass(frozen=True)
class Front:
    """What stands before the chunks.

    Attributes:
        header: The header.
        digest: Its digest, 32 bytes, on which all else depends.
        slots: The key slots in the order of the recipients; None where the key was destroyed.
    """

    header: Header
    digest: bytes
    slots: tuple[bytes | None, ...]

    @property
    def shape(self) -> chunks.Shape:
        """What reading the chunks needs."""
        return chunks.Shape(self.header.suite, self.header.chunk, self.digest)

    @property
    def destroyed(self) -> int:
        """In how many slots the key was destroyed; as many as recipients: nobody can open the bundle."""
        return self.slots.count(None)


@dataclass(frozen=True)
class Verified:
    """A bundle that is whole, as its signer sealed it, but for keys that were destroyed."""

    front: Front
    claims: Claims


def read_front(source: BinaryIO) -> Front:
    """Read up to the first chunk. Nothing of it is signed for yet: that comes at the end of the bundle.

    Raises:
        BadBundle: It is no bundle, or breaks a rule of the format.
        NotAuthentic: A key slot is not the one that the header means.
    """
    front = chunks.read_exactly(source, len(MAGIC) + 4, "within its first bytes: it is no sealed bundle")
    if not front.startswith(MAGIC):
        raise BadBundle("this is no sealed bundle: it begins otherwise")
    length = int.from_bytes(front[len(MAGIC) :], "big")
    if not 2 <= length <= HEADER_LIMIT:
        raise BadBundle(f"the bundle claims a header of {length} bytes; 2 to {HEADER_LIMIT} are allowed")
    text = chunks.read_exactly(source, length, "within its header")
    header = decode_header(text)
    slots: list[bytes | None] = []
    for key, digest in header.recipients:
        slot = chunks.read_exactly(source, SLOT_BYTES, "within its key slots")
        if not any(slot):
            slots.append(None)
        elif sm3.same(sm3.digest(slot), digest):
            slots.append(slot)
        else:
            raise NotAuthentic(f"the key slot of recipient {key} is not the one that was sealed")
    return Front(header, sm3.digest(front, text), tuple(slots))


def check_end(source: BinaryIO, front: Front, found: Claims, signer: Verifier) -> None:
    """Read the trailer and hold what was found against what was signed.

    Raises:
        BadBundle: There is no trailer, or more behind it.
        NotAuthentic: It says otherwise, or the signature is not that of the signer.
    """
    claims, signature = decode_trailer(chunks.read_trailer(source))
    if claims != found:
        raise NotAuthentic("the bundle's chunks are not those that were signed: changed, left out or added")
    if not signer.verify(derive.signed_text(front.digest, claims), signature, front.header.signer_id.encode()):
        raise NotAuthentic("the bundle's signature does not fit its header, its content or its signer's ID and key")


def signer_of(front: Front, trusted: Mapping[str, Verifier]) -> Verifier:
    """Return the key that must have signed, as the caller knows it.

    Raises:
        NotAuthentic: The bundle says that somebody else signed.
    """
    key = trusted.get(front.header.signer)
    if key is None:
        raise NotAuthentic(
            f"the bundle says that it was signed by {front.header.signer}, a key that is not trusted here",
            hint="get that key from its owner, compare its id, and name it as trusted",
        )
    if key.key_id != front.header.signer:
        raise UsageError(f"the key trusted as {front.header.signer} is {key.key_id}")
    return key


def verify(source: BinaryIO, trusted: Mapping[str, Verifier]) -> Verified:
    """Check everything that needs no secret, in constant memory.

    Args:
        source: The bundle.
        trusted: Public keys of signers by key id. That the bundle holds a key says nothing of whose it is.

    Raises:
        BadBundle: It is no bundle, breaks a rule of the format, ends early or goes on behind its end.
        NotAuthentic: Something was changed, or the signer is not trusted.
    """
    front = read_front(source)
    signer = signer_of(front, trusted)
    claims = chunks.read_chunks(source, front.shape)
    check_end(source, front, claims, signer)
    return Verified(front, claims)


def verify_file(path: Path, trusted: Mapping[str, Verifier]) -> Verified:
    """``verify`` of a file.

    Raises:
        UsageError: It cannot be read.
        GoxrayError: As ``verify``.
    """
    with place.readable(path) as source:
        return verify(source, trusted)
