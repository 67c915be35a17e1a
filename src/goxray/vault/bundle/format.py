"""The format's constants, and the fields of header and trailer, read strictly (docs/vault-format.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from goxray.core.errors import BadBundle, UsageError
from goxray.vault import canonical, sm3
from goxray.vault.canonical import Json
from goxray.vault.sm4 import Suite

MAGIC = b"GOXSEAL\x01"
FORMAT = 1
HEADER_LIMIT = 1 << 20
TRAILER_LIMIT = 4096
SLOT_BYTES = 65 + 32 + 32
"""SM2 ciphertext of a data key: C1, a point uncompressed; C3, a digest; C2, as long as the key."""
DATA_KEY_BYTES = 32
SALT_BYTES = 32
BUNDLE_ID_BYTES = 16
CHUNK_LEAST, CHUNK_MOST, CHUNK_USUAL = 1 << 12, 1 << 24, 1 << 20
CHUNKS_LIMIT = 1 << 32
CONTENT_LIMIT = 1 << 44
"""Bytes under one key. 2**40 blocks leave GCM's bound at 2**-48; NIST SP 800-38D asks for less than 2**-32."""
RECIPIENTS_MOST = 1024
DEFAULT_ID = "1234567812345678"
"""The ID of a signer who has no other (GM/T 0009)."""

CHUNK, LAST, TRAILER = 1, 2, 3
"""Kinds of records."""

_HOSTILE = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")
"""Characters that end, hide or reorder text; a name or a value with one of them is refused."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")


@dataclass(frozen=True)
class Content:
    """What is sealed, as its header tells it in clear.

    Attributes:
        name: The file name that opening gives it.
        kind: What it is: ``snapshot``, ``report``, ``file``, ...
        meta: More about it.
        mask: Names of the masking rules that ran over it before.
        retention: Class of retention.
    """

    name: str
    kind: str = "file"
    meta: Mapping[str, str] = field(default_factory=dict)
    mask: Sequence[str] = ()
    retention: str = "default"


@dataclass(frozen=True)
class Header:
    """The header of a bundle. Bytes are bytes here and hex in the JSON.

    Attributes:
        about: How to open it, in plain words.
        bundle: 16 bytes, the bundle's id.
        chunk: Bytes in a chunk.
        commitment: 32 bytes that only one data key gives.
        content: What is sealed.
        created: Time of sealing by the sealer's clock, UTC, ``2026-11-22T02:00:00Z``.
        recipients: Key id and SM3 of the key slot, sorted by key id.
        salt: 32 bytes.
        signer: Key id of who signed.
        signer_id: The ID in the signature.
        spki: Public key of who signed, DER.
        suite: How chunks are sealed.
    """

    about: str
    bundle: bytes
    chunk: int
    commitment: bytes
    content: Content
    created: str
    recipients: tuple[tuple[str, bytes], ...]
    salt: bytes
    signer: str
    signer_id: str
    spki: bytes
    suite: Suite


@dataclass(frozen=True)
class Claims:
    """What the trailer says: length of the content in bytes, number of chunks, body digest (32 bytes)."""

    length: int
    chunks: int
    digest: bytes


def encode_header(header: Header) -> bytes:
    """Return a header's canonical JSON.

    Raises:
        UsageError: A field has a value that no reader would take.
    """
    content = header.content
    made = canonical.encode(
        {
            "about": header.about,
            "bundle": header.bundle.hex(),
            "chunk": header.chunk,
            "commitment": header.commitment.hex(),
            "content": {"kind": content.kind, "name": content.name},
            "created": header.created,
            "format": FORMAT,
            "mask": list(content.mask),
            "meta": dict(content.meta),
            "recipients": [{"key": key, "slot": slot.hex()} for key, slot in header.recipients],
            "retention": content.retention,
            "salt": header.salt.hex(),
            "signer": {"id": header.signer_id, "key": header.signer, "spki": header.spki.hex()},
            "suite": header.suite.value,
        }
    )
    if len(made) > HEADER_LIMIT:
        raise UsageError(f"the header would have {len(made)} bytes; at most {HEADER_LIMIT} are allowed")
    try:
        decode_header(made)
    except BadBundle as error:
        raise UsageError(f"cannot be sealed: {error}") from error
    return made


def decode_header(data: bytes) -> Header:
    """Return the header that these bytes are.

    Raises:
        BadBundle: They are no header of this format.
    """
    fields = _Fields(_json(data, "header"), "header")
    version = fields.number("format", 0, (1 << 53) - 1)
    if version != FORMAT:
        raise BadBundle(f"the bundle has format {version}; this goxray reads format {FORMAT}")
    content, signer = fields.part("content"), fields.part("signer")
    header = Header(
        about=fields.text("about", 8192, hostile=False),
        bundle=fields.raw("bundle", BUNDLE_ID_BYTES),
        chunk=fields.number("chunk", CHUNK_LEAST, CHUNK_MOST),
        commitment=fields.raw("commitment", sm3.DIGEST_BYTES),
        content=Content(
            name=content.text("name", 255),
            kind=content.matching("kind", r"[a-z0-9-]{1,32}"),
            meta=fields.pairs("meta"),
            mask=fields.texts("mask"),
            retention=fields.matching("retention", r"[a-z0-9-]{1,64}"),
        ),
        created=fields.matching("created", _TIME.pattern),
        recipients=_recipients(fields),
        salt=fields.raw("salt", SALT_BYTES),
        signer=signer.matching("key", "[0-9a-f]{32}"),
        signer_id=signer.text("id", 128),
        spki=signer.raw("spki", 1, 512),
        suite=_suite(fields.text("suite", 64)),
    )
    for part in (fields, content, signer):
        part.done()
    _check(header)
    return header


def encode_claims(claims: Claims, signature: bytes | None = None) -> bytes:
    """Return the trailer's canonical JSON, or what of it is signed where there is no signature yet."""
    fields: dict[str, Json] = {"bytes": claims.length, "chunks": claims.chunks, "digest": claims.digest.hex()}
    if signature is not None:
        fields["signature"] = signature.hex()
    return canonical.encode(fields)


def decode_trailer(data: bytes) -> tuple[Claims, bytes]:
    """Return what the trailer says and the signature.

    Raises:
        BadBundle: The bytes are no trailer.
    """
    fields = _Fields(_json(data, "trailer"), "trailer")
    claims = Claims(
        length=fields.number("bytes", 0, CONTENT_LIMIT),
        chunks=fields.number("chunks", 1, CHUNKS_LIMIT - 1),
        digest=fields.raw("digest", sm3.DIGEST_BYTES),
    )
    signature = fields.raw("signature", 1, 128)
    fields.done()
    return claims, signature


def _json(data: bytes, where: str) -> Json:
    try:
        return canonical.decode(data)
    except ValueError:
        raise BadBundle(f"the bundle's {where} is no canonical JSON") from None


def _suite(name: str) -> Suite:
    try:
        return Suite(name)
    except ValueError:
        raise BadBundle(f"the bundle names a suite that this goxray does not know: {name}") from None


def _recipients(fields: _Fields) -> tuple[tuple[str, bytes], ...]:
    found = []
    for part in fields.parts("recipients"):
        found.append((part.matching("key", "[0-9a-f]{32}"), part.raw("slot", sm3.DIGEST_BYTES)))
        part.done()
    keys = [key for key, _ in found]
    if not 1 <= len(keys) <= RECIPIENTS_MOST:
        raise BadBundle(f"the bundle has {len(keys)} recipients; 1 to {RECIPIENTS_MOST} are allowed")
    if any(left >= right for left, right in zip(keys, keys[1:], strict=False)):
        raise BadBundle("the bundle's recipients are not in order, or one is there twice")
    return tuple(found)


def _check(header: Header) -> None:
    """Check what more than one field, or more than a type, decides."""
    if header.chunk & (header.chunk - 1):
        raise BadBundle(f"the bundle's chunk size is no power of two: {header.chunk}")
    if sm3.digest(header.spki)[:16].hex() != header.signer:
        raise BadBundle("the bundle's signer is not the key that it gives")
    name = header.content.name
    if name.startswith(".") or "/" in name or "\\" in name:
        raise BadBundle(f"the bundle's content has a name that is no plain file name: {name!r}")
    try:
        datetime.strptime(header.created, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise BadBundle(f"the bundle's time is none: {header.created}") from None


class _Fields:
    """The fields of one object, each asked for once; what was not asked for is refused by ``done``."""

    def __init__(self, value: Json, where: str) -> None:
        if not isinstance(value, dict):
            raise BadBundle(f"the bundle's {where} is no object")
        self._left: dict[str, Json] = dict(value)
        self._where = where

    def _wrong(self, key: str) -> BadBundle:
        return BadBundle(f"the bundle's {self._where} has no {key} as the format wants it")

    def _take(self, key: str) -> Json:
        if key not in self._left:
            raise self._wrong(key)
        return self._left.pop(key)

    def done(self) -> None:
        """Refuse what is left."""
        if self._left:
            raise BadBundle(f"the bundle's {self._where} has a field of no known meaning: {min(self._left)[:40]!r}")

    def number(self, key: str, least: int, most: int) -> int:
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(key)
        return value

    def text(self, key: str, most: int, *, hostile: bool = True) -> str:
        """Return a text of 1 to ``most`` bytes; without ``hostile`` characters where that is asked for."""
        value = self._take(key)
        if not _is_text(value, most, hostile):
            raise self._wrong(key)
        return str(value)

    def matching(self, key: str, pattern: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise self._wrong(key)
        return value

    def raw(self, key: str, least: int, most: int | None = None) -> bytes:
        value = self._take(key)
        if not isinstance(value, str) or not _HEX.fullmatch(value):
            raise self._wrong(key)
        if not least <= len(value) // 2 <= (least if most is None else most):
            raise self._wrong(key)
        return bytes.fromhex(value)

    def part(self, key: str) -> _Fields:
        return _Fields(self._take(key), key)

    def parts(self, key: str) -> list[_Fields]:
        value = self._take(key)
        if not isinstance(value, list) or len(value) > RECIPIENTS_MOST:
            raise self._wrong(key)
        return [_Fields(each, key) for each in value]

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if not isinstance(value, list) or len(value) > 64 or not all(_is_text(each, 128) for each in value):
            raise self._wrong(key)
        return tuple(str(each) for each in value)

    def pairs(self, key: str) -> dict[str, str]:
        value = self._take(key)
        if not isinstance(value, dict) or len(value) > 64:
            raise self._wrong(key)
        for name, text in value.items():
            if not re.fullmatch(r"[a-z0-9_.-]{1,64}", name) or not (text == "" or _is_text(text, 4096)):
                raise self._wrong(key)
        return {name: str(text) for name, text in value.items()}


def _is_text(value: Json, most: int, hostile: bool = True) -> bool:
    if not isinstance(value, str) or not value:
        return False
    if _HOSTILE.search(value if hostile else value.replace("\n", " ")):
        return False
    return len(value.encode()) <= most
