"""The records of a bundle as a stream: one chunk after the other, sealed, opened or only digested, in constant memory.

Chunks do not depend on each other, and the library lets other threads run while it encrypts or hashes, so a few chunks
are under way at once. They are read and written in order.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from goxray.core.errors import BadBundle, GoxrayError, NotAuthentic, UsageError
from goxray.vault import sm3, sm4
from goxray.vault.bundle.format import (
    CHUNK,
    CHUNKS_LIMIT,
    CONTENT_LIMIT,
    LAST,
    TRAILER,
    TRAILER_LIMIT,
    Claims,
)
from goxray.vault.secrets import wipe
from goxray.vault.sm4 import Suite

RECORD_HEAD_BYTES = 5
WORKERS = min(4, os.cpu_count() or 1)
"""Chunks worked on at once; memory is about three chunks for each."""


class Source(Protocol):
    """Where content comes from: a file, a pipe, bytes."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer as far as possible and return how far; 0 at the end."""


@dataclass(frozen=True)
class Shape:
    """What is known of the chunks without a secret.

    Attributes:
        suite: How they are sealed.
        chunk: Bytes of content in each but the last.
        header_digest: 32 bytes that bind them to their bundle.
    """

    suite: Suite
    chunk: int
    header_digest: bytes


class Body:
    """The digest over all records, their number and the length of the content, as they come."""

    def __init__(self) -> None:
        self.chunks = 0
        self.length = 0
        self._digest = sm3.Digest(b"\1")

    def add(self, leaf: bytes, content_bytes: int) -> None:
        """Count the next chunk in."""
        self.chunks += 1
        self.length += content_bytes
        self._digest.update(leaf)

    def claims(self) -> Claims:
        """Return what the trailer has to say of the chunks so far."""
        return Claims(length=self.length, chunks=self.chunks, digest=self._digest.digest())


def record_head(kind: int, length: int) -> bytes:
    """Return the 5 bytes in front of a record's payload."""
    return bytes([kind]) + length.to_bytes(4, "big")


def seal_chunks(source: Source, sink: BinaryIO, shape: Shape, key: bytearray) -> Claims:
    """Seal everything that the source gives, and write the records.

    Args:
        source: The content.
        sink: Where the records go.
        shape: As in the header.
        key: The chunk key.

    Raises:
        UsageError: The content is longer than a bundle may be.
        GoxrayError: The source cannot be read.
        OSError: The sink cannot be written.
    """
    body = Body()
    every = [bytearray(shape.chunk) for _ in range(WORKERS + 2)]
    buffers = list(every)
    under_way: deque[tuple[Future[tuple[bytes, bytes, bytes]], bytearray, int]] = deque()

    def write_first() -> None:
        future, buffer, length = under_way.popleft()
        head, sealed, leaf = future.result()
        sink.write(head)
        sink.write(sealed)
        body.add(leaf, length)
        buffers.append(buffer)

    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            index, current, ahead = 0, buffers.pop(), buffers.pop()
            length = _fill(source, current)
            while True:
                more = _fill(source, ahead) if length == shape.chunk else 0
                _allow(index, index * shape.chunk + length)
                job = pool.submit(_seal_one, shape, key, index, not more, memoryview(current)[:length])
                under_way.append((job, current, length))
                if not more:
                    break
                while len(under_way) > WORKERS:
                    write_first()
                index, current, ahead, length = index + 1, ahead, buffers.pop(), more
            while under_way:
                write_first()
    finally:
        for buffer in every:
            wipe(buffer)
    return body.claims()


def read_chunks(source: BinaryIO, shape: Shape, key: bytearray | None = None, sink: BinaryIO | None = None) -> Claims:
    """Walk over all chunks up to the last one; with a key, open them and write what was in them.

    What is written is authentic chunk by chunk. It must not be given away before the trailer was checked.

    Raises:
        BadBundle: A record breaks a rule, or the bundle ends early.
        NotAuthentic: A chunk does not open with this key under this header at this place.
    """
    body = Body()
    under_way: deque[tuple[Future[tuple[bytes, bytes]], int]] = deque()

    def take_first() -> None:
        future, length = under_way.popleft()
        leaf, content = future.result()
        if sink is not None:
            sink.write(content)
        body.add(leaf, length)

    with ThreadPoolExecutor(WORKERS) as pool:
        index, last = 0, False
        while not last:
            head, payload = _next_chunk(source, shape, index)
            last = head[0] == LAST
            under_way.append(
                (
                    pool.submit(_open_one, shape, key, index, head, payload),
                    len(payload) - shape.suite.tag_bytes,
                )
            )
            while len(under_way) > (0 if last else WORKERS):
                take_first()
            index += 1
    return body.claims()


def read_trailer(source: BinaryIO) -> bytes:
    """Return the payload of the trailer, behind which the bundle must end.

    Raises:
        BadBundle: There is another record, or none, or more behind it.
    """
    head = read_exactly(source, RECORD_HEAD_BYTES, "before its trailer")
    length = int.from_bytes(head[1:], "big")
    if head[0] != TRAILER or not 0 < length <= TRAILER_LIMIT:
        raise BadBundle(f"the bundle has no trailer behind its last chunk, but a record {head[0]} of {length} bytes")
    payload = read_exactly(source, length, "within its trailer")
    if source.read(1):
        raise BadBundle("the bundle goes on behind its trailer")
    return payload


def read_exactly(source: BinaryIO, length: int, where: str) -> bytes:
    """Return the next ``length`` bytes; the caller has bounded them.

    Raises:
        BadBundle: There are fewer.
        GoxrayError: The source cannot be read.
    """
    parts: list[bytes] = []
    missing = length
    while missing:
        try:
            part = source.read(missing)
        except OSError as error:
            raise GoxrayError(f"the bundle cannot be read: {error.strerror or error}") from None
        if not part:
            raise BadBundle(f"the bundle ends {where}")
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _next_chunk(source: BinaryIO, shape: Shape, index: int) -> tuple[bytes, bytes]:
    """Return head and payload of the chunk at ``index``; its length was checked before it was read."""
    head = read_exactly(source, RECORD_HEAD_BYTES, f"before chunk {index}, without a last chunk")
    kind, length = head[0], int.from_bytes(head[1:], "big")
    tag = shape.suite.tag_bytes
    least = {CHUNK: shape.chunk + tag, LAST: tag + (1 if index else 0)}.get(kind)
    if least is None:
        raise BadBundle(f"the bundle has a record of kind {kind} where chunk {index} belongs")
    if not least <= length <= shape.chunk + tag:
        raise BadBundle(
            f"chunk {index} of the bundle claims {length} bytes; {least} to {shape.chunk + tag} are allowed"
        )
    if index + 1 >= CHUNKS_LIMIT or index * shape.chunk + length - tag > CONTENT_LIMIT:
        raise BadBundle(f"the bundle is longer than a bundle may be: chunk {index}")
    return head, read_exactly(source, length, f"within chunk {index}")


def _seal_one(shape: Shape, key: bytearray, index: int, last: bool, content: memoryview) -> tuple[bytes, bytes, bytes]:
    nonce, aad = _nonce_and_aad(shape, index, last)
    sealed = sm4.seal(key, nonce, aad, content, shape.suite)
    content.release()
    head = record_head(LAST if last else CHUNK, len(sealed))
    return head, sealed, sm3.digest(b"\0", head, sealed)


def _open_one(shape: Shape, key: bytearray | None, index: int, head: bytes, payload: bytes) -> tuple[bytes, bytes]:
    leaf = sm3.digest(b"\0", head, payload)
    if key is None:
        return leaf, b""
    nonce, aad = _nonce_and_aad(shape, index, head[0] == LAST)
    try:
        return leaf, sm4.open_(key, nonce, aad, payload, shape.suite)
    except NotAuthentic:
        raise NotAuthentic(
            f"chunk {index} of the bundle is not what was sealed there: changed, moved, or of another bundle"
        ) from None


def _nonce_and_aad(shape: Shape, index: int, last: bool) -> tuple[bytes, bytes]:
    mark = bytes([last])
    return index.to_bytes(11, "big") + mark, shape.header_digest + index.to_bytes(8, "big") + mark


def _fill(source: Source, buffer: bytearray) -> int:
    """Read until the buffer is full or the source ends; a pipe gives less at a time."""
    with memoryview(buffer) as view:
        filled = 0
        while filled < len(view):
            try:
                got = source.readinto(view[filled:])
            except OSError as error:
                raise GoxrayError(f"the content cannot be read: {error.strerror or error}") from None
            if got is None:
                raise GoxrayError("the content comes from a source that does not wait for more")
            if not got:
                break
            filled += got
    return filled


def _allow(index: int, total: int) -> None:
    if index + 1 >= CHUNKS_LIMIT or total > CONTENT_LIMIT:
        raise UsageError(
            f"the content is longer than one bundle may hold: {CONTENT_LIMIT} bytes, {CHUNKS_LIMIT - 1} chunks"
        )
