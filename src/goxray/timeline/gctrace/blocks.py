"""A log of any size as blocks of whole lines: plain or gzip, UTF-8 or UTF-16, with lines of any length."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from goxray.core.errors import UsageError

BLOCK = 4 << 20
LOOK_AHEAD = 8
"""So many lines behind those that are read are known: a torn line may go on there."""

LONGEST = 1 << 20
_KEPT = 4096
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's way to say: gzip members
_CHUNK = 1 << 16
_EMPTY = zlib.compress(b"", wbits=_GZIP_WINDOW)
_BOMS = ((codecs.BOM_UTF8, ""), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class Block:
    """Lines from ``first_line`` on: ``data[:end]`` are to be read, ``data[end:]`` is what follows, to look ahead.

    ``last``: nothing comes behind ``data``; its last line may lack a newline then. ``cut`` are lines of more than
    LONGEST bytes, of which only the end is in ``data``: number and beginning.
    """

    data: bytes
    end: int
    first_line: int
    last: bool
    cut: tuple[tuple[int, bytes], ...] = ()


class Blocks:
    """Cuts a binary stream into blocks. ``bytes`` and ``notes`` are known when all are read."""

    def __init__(self, stream: BinaryIO, size: int = BLOCK) -> None:
        self._size = size
        self.bytes = 0
        self.notes: list[str] = []
        self._stream = self._opened(stream)

    def _opened(self, stream: BinaryIO) -> _Peeked | _Recoded:
        """Look at the first bytes: unpack gzip, leave out a byte order mark, turn UTF-16 into UTF-8."""
        plain = _Peeked(stream)
        if plain.head(2) == _GZIP:
            plain = _Peeked(_Unpacked(plain, self.notes))
        head = plain.head(3)
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                plain.read(len(mark))
                return _Recoded(plain, encoding) if encoding else plain
        return plain

    def _read(self, size: int) -> bytes:
        """Return as many bytes as asked for; fewer at the end alone."""
        parts = []
        while size > 0 and (part := self._stream.read(size)):
            parts.append(part)
            size -= len(part)
        data = b"".join(parts)
        self.bytes += len(data)
        return data

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks in order."""
        kept, line = b"", 1
        cut: list[tuple[int, bytes]] = []
        while True:
            fresh = self._read(self._size)
            data = kept + fresh
            if not fresh:
                yield Block(data, len(data), line, last=True, cut=tuple(cut))
                return
            data = self._shorten(data, line, cut)
            end = _hold(data)
            if end == 0:
                kept = data
                continue
            yield Block(data, end, line, last=False, cut=tuple(cut))
            line += data.count(b"\n", 0, end)
            kept, cut = data[end:], []

    @staticmethod
    def _shorten(data: bytes, line: int, cut: list[tuple[int, bytes]]) -> bytes:
        """Leave the end alone of a last line that grows and grows."""
        start = data.rfind(b"\n") + 1
        if len(data) - start <= LONGEST:
            return data
        number = line + data.count(b"\n")
        if not any(at == number for at, _ in cut):
            cut.append((number, data[start : start + LONGEST]))
        return data[:start] + data[-_KEPT:]


def _hold(data: bytes) -> int:
    """Return where the last LOOK_AHEAD whole lines begin; 0 where there are not so many."""
    at = data.rfind(b"\n") + 1
    for _ in range(LOOK_AHEAD):
        if at <= 0:
            return 0
        at = data.rfind(b"\n", 0, at - 1) + 1
    return at


class _Peeked(io.RawIOBase):
    """A stream whose first bytes can be looked at."""

    def __init__(self, stream: BinaryIO | _Unpacked) -> None:
        self._stream = stream
        self._kept = b""

    def head(self, size: int) -> bytes:
        """Return the first bytes, without taking them."""
        while len(self._kept) < size:
            more = self._stream.read(size - len(self._kept))
            if not more:
                break
            self._kept += more
        return self._kept[:size]

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; fewer than asked for only at the end, or where a pipe has no more for now."""
        if self._kept:
            taken, self._kept = self._kept[:size] if size >= 0 else self._kept, self._kept[size:] if size >= 0 else b""
            return taken
        return self._stream.read(size) or b""


class _Unpacked:
    """A gzip file of any number of members, as far as it is whole."""

    def __init__(self, stream: _Peeked, notes: list[str]) -> None:
        self._stream = stream
        self._notes = notes
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._packed = b""
        self._given = False

    def read(self, size: int) -> bytes:
        """Return the next bytes, about as many as asked for; nothing at the end alone."""
        while True:
            self._packed = self._packed or self._stream.read(_CHUNK)
            if not self._packed:
                if not self._member.eof and self._member.unconsumed_tail == b"":
                    self._end("ends early")
                return b""
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            try:
                data = self._member.decompress(self._packed, size)
            except zlib.error as error:
                self._end(f"is damaged ({error})")
                return b""
            self._packed = self._member.unused_data.lstrip(b"\0") if self._member.eof else self._member.unconsumed_tail
            if data:
                self._given = True
                return data

    def _end(self, what: str) -> None:
        if not self._given:
            raise UsageError(f"not a gzip file: it {what}", hint="give the log itself, or a whole .gz file")
        self._stream = _Peeked(io.BytesIO())
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._packed = b""
        self._member.decompress(_EMPTY)
        self._notes.append(f"the compressed file {what}: what could be unpacked is read")


class _Recoded:
    """UTF-16 as UTF-8."""

    def __init__(self, stream: _Peeked, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int) -> bytes:
        """Return the next bytes; nothing at the end alone."""
        while data := self._stream.read(size):
            if text := self._decoder.decode(data):
                return text.encode()
        return self._decoder.decode(b"", True).encode()
