"""Seals content for recipients: header, key slots, chunks, signed trailer. docs/vault-format.md is the format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from goxray.core.errors import BadKey, UsageError
from goxray.vault import libcrypto, sm3, sm4
from goxray.vault.bundle import chunks, derive, place
from goxray.vault.bundle.about import ABOUT
from goxray.vault.bundle.format import (
    BUNDLE_ID_BYTES,
    CHUNK_USUAL,
    DATA_KEY_BYTES,
    DEFAULT_ID,
    MAGIC,
    RECIPIENTS_MOST,
    SALT_BYTES,
    SLOT_BYTES,
    TRAILER,
    Claims,
    Content,
    Header,
    encode_claims,
    encode_header,
)
from goxray.vault.bundle.parties import Recipient, Signer
from goxray.vault.secrets import wipe
from goxray.vault.sm4 import Suite


@dataclass(frozen=True)
class Sealed:
    """A bundle that was sealed: its header, what its trailer says, and the SM3 of the header in front of all."""

    header: Header
    claims: Claims
    header_digest: bytes


@dataclass(frozen=True)
class How:
    """How to seal.

    Attributes:
        recipients: Public keys of all who may open it, none twice.
        signer: The private key that signs.
        signer_id: The ID in the signature.
        created: Time for the header; now, if None.
        suite: How chunks are sealed; what the library offers, if None.
        chunk: Bytes of content in a chunk, a power of two.
        bundle: The bundle's id, 16 random bytes; made here, if None.
    """

    recipients: Sequence[Recipient]
    signer: Signer
    signer_id: str = DEFAULT_ID
    created: datetime | None = None
    suite: Suite | None = None
    chunk: int = CHUNK_USUAL
    bundle: bytes | None = None


def seal(source: chunks.Source, sink: BinaryIO, content: Content, how: How) -> Sealed:
    """Seal all that the source gives into the sink, in constant memory.

    Args:
        source: The content.
        sink: Where the bundle goes. It is whole only when this returns.
        content: What the header tells of it.
        how: For whom, by whom, and how.

    Raises:
        UsageError: No recipient, one twice, or a field that the format does not take.
        BadKey: A key does not do what it should.
        NotOffered: The library lacks the suite.
    """
    suite = how.suite or sm4.best()
    data_key = libcrypto.load().random(DATA_KEY_BYTES)
    key = bytearray()
    try:
        slots = _slots(how.recipients, data_key)
        header = _header(content, how, suite, data_key, slots)
        text = encode_header(header)
        front = MAGIC + len(text).to_bytes(4, "big") + text
        header_digest = sm3.digest(front)
        key = bytearray(derive.chunk_key(data_key, header.salt, header_digest))
        sink.write(front)
        for _, slot in slots:
            sink.write(slot)
        claims = chunks.seal_chunks(source, sink, chunks.Shape(suite, how.chunk, header_digest), key)
    finally:
        wipe(data_key)
        wipe(key)
    signature = how.signer.sign(derive.signed_text(header_digest, claims), how.signer_id.encode())
    trailer = encode_claims(claims, signature)
    sink.write(chunks.record_head(TRAILER, len(trailer)))
    sink.write(trailer)
    return Sealed(header, claims, header_digest)


def seal_file(source: Path, target: Path, content: Content, how: How) -> Sealed:
    """Seal a file into a new file of mode 0600, which has its name only when it is whole.

    Raises:
        UsageError: The source cannot be read, or the target is there already.
        GoxrayError: As ``seal``, or the target cannot be written.
    """
    with place.readable(source) as opened, place.new_file(target.parent, target.name) as out:
        return seal(opened, out, content, how)


def _slots(recipients: Sequence[Recipient], data_key: bytearray) -> list[tuple[str, bytes]]:
    """Return key id and key slot of every recipient, sorted by key id."""
    by_key = {each.key_id: each for each in recipients}
    if not 1 <= len(recipients) <= RECIPIENTS_MOST:
        raise UsageError(f"a bundle has 1 to {RECIPIENTS_MOST} recipients, not {len(recipients)}")
    if len(by_key) < len(recipients):
        raise UsageError("a recipient is named twice")
    made = []
    for key_id in sorted(by_key):
        slot = by_key[key_id].encrypt(data_key)
        if len(slot) != SLOT_BYTES or slot[0] != 4:
            raise BadKey(f"the key {key_id} encrypts to a form other than C1 || C3 || C2 with an uncompressed point")
        made.append((key_id, slot))
    return made


def _header(content: Content, how: How, suite: Suite, data_key: bytearray, slots: list[tuple[str, bytes]]) -> Header:
    library = libcrypto.load()
    salt, bundle = bytes(library.random(SALT_BYTES)), how.bundle or bytes(library.random(BUNDLE_ID_BYTES))
    created = (how.created or datetime.now(UTC)).astimezone(UTC)
    return Header(
        about=ABOUT,
        bundle=bundle,
        chunk=how.chunk,
        commitment=derive.commitment(data_key, salt, bundle),
        content=content,
        created=created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        recipients=tuple((key, sm3.digest(slot)) for key, slot in slots),
        salt=salt,
        signer=how.signer.public.key_id,
        signer_id=how.signer_id,
        spki=how.signer.public.spki(),
        suite=suite,
    )
