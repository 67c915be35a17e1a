"""DER (X.690): a small reader that takes one encoding for each value and nothing else, a writer; PEM (RFC 7468)."""

from __future__ import annotations

import base64
import binascii
import re

from goxray.core.errors import BadEncoding

BOOLEAN, INTEGER, BITS, OCTETS, NULL, OID, UTF8 = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C
SEQUENCE, SET = 0x30, 0x31
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s([A-Za-z0-9+/=\s]*+)-----END \1-----")


class Reader:
    """Reads values one after the other; each method takes the next one and refuses any other kind.

    Args:
        data: The bytes; views of them are returned, never copies, so a secret can be wiped in one place.
        what: What they are, for messages.
    """

    def __init__(self, data: bytes | bytearray | memoryview, what: str) -> None:
        self._data = memoryview(data)
        self._at = 0
        self._what = what

    def bad(self, why: str) -> BadEncoding:
        """Return the error that these bytes are no such thing."""
        return BadEncoding(f"{self._what} is damaged: {why}")

    @property
    def more(self) -> bool:
        """Whether a value follows."""
        return self._at < len(self._data)

    def peek(self) -> int:
        """Return the tag of the next value; 0, which no value has, at the end."""
        return self._data[self._at] if self.more else 0

    def end(self) -> None:
        """Hold that nothing follows."""
        if self.more:
            raise self.bad(f"{len(self._data) - self._at} bytes follow the end")

    def any(self) -> tuple[int, memoryview, memoryview]:
        """Take any value: its tag, its content, and both with the length between them."""
        start, data = self._at, self._data
        if len(data) - start < 2:
            raise self.bad("it is cut off")
        tag, length, at = data[start], data[start + 1], start + 2
        if tag & 0x1F == 0x1F:
            raise self.bad("a tag of several bytes")
        if length >= 0x80:
            width = length & 0x7F
            if not 1 <= width <= 4 or len(data) - at < width:
                raise self.bad("a length that DER does not have")
            length = int.from_bytes(data[at : at + width], "big")
            if length < 0x80 or length >> 8 * (width - 1) == 0:
                raise self.bad("a length in more bytes than it needs")
            at += width
        if len(data) - at < length:
            raise self.bad("it is cut off")
        self._at = at + length
        return tag, data[at : at + length], data[start : at + length]

    def take(self, tag: int) -> memoryview:
        """Take the content of a value with this tag."""
        if self.peek() != tag:
            raise self.bad(f"a value of kind {tag:#04x} was due and {self.peek():#04x} is there")
        return self.any()[1]

    def inside(self, tag: int = SEQUENCE) -> Reader:
        """Take a value that holds values and return a reader of these."""
        return Reader(self.take(tag), self._what)

    def integer(self) -> int:
        """Take a whole number of either sign, in as few bytes as it needs."""
        content = self.take(INTEGER)
        if not content:
            raise self.bad("a number without a byte")
        if len(content) > 1 and (content[0], content[1] >> 7) in ((0, 0), (0xFF, 1)):
            raise self.bad("a number in more bytes than it needs")
        return int.from_bytes(content, "big", signed=True)

    def boolean(self) -> bool:
        """Take a truth value: 00 or FF and no other byte."""
        content = bytes(self.take(BOOLEAN))
        if content not in (b"\0", b"\xff"):
            raise self.bad("a truth value that is neither 00 nor FF")
        return content != b"\0"

    def bits(self) -> tuple[bytes, int]:
        """Take a bit string: its bytes, and how many bits of the last one do not count, which must be zero."""
        content = bytes(self.take(BITS))
        if not content or content[0] > 7 or (content[0] and (len(content) == 1 or content[-1] % (1 << content[0]))):
            raise self.bad("a bit string whose unused bits are wrong")
        return content[1:], content[0]

    def oid(self) -> str:
        """Take an object identifier, as numbers with dots."""
        content = bytes(self.take(OID))
        if not content or content[-1] & 0x80:
            raise self.bad("an object identifier that does not end")
        numbers, value, fresh = [], 0, True
        for byte in content:
            if fresh and byte == 0x80:
                raise self.bad("an object identifier in more bytes than it needs")
            value = value << 7 | byte & 0x7F
            fresh = not byte & 0x80
            if fresh:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def value(tag: int, *contents: bytes | bytearray | memoryview) -> bytes:
    """Write one value: tag, length, and the contents one after the other."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int) -> bytes:
    """Write a whole number in as few bytes as it needs."""
    bits = (number if number >= 0 else ~number).bit_length()
    return value(INTEGER, number.to_bytes(bits // 8 + 1, "big", signed=True))


def pem(label: str, data: bytes) -> str:
    """Write PEM: base64 in lines of 64 between a first and a last line with the label."""
    text = base64.b64encode(data).decode()
    lines = (text[at : at + 64] for at in range(0, len(text), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def from_pem(text: str, label: str, what: str) -> list[bytes]:
    """Return the bytes of each block with this label, in order; blocks with other labels are passed over.

    Raises:
        BadEncoding: There is no such block, or one is not base64.
    """
    found = []
    for match in _PEM.finditer(text):
        if match[1] == label:
            try:
                found.append(base64.b64decode("".join(match[2].split()), validate=True))
            except binascii.Error:
                raise BadEncoding(f"{what} is damaged: not base64 between the lines of PEM") from None
    if not found:
        raise BadEncoding(f"{what} holds no PEM block {label!r}")
    return found
