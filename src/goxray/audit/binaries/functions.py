"""The functions of a program by name, from the runtime's own table, which stripping leaves (runtime/symtab.go).

Every release's form of the table since Go 1.2 is told by its first four bytes (internal/abi, symtab.go).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from goxray.audit.binaries.image import Image

_SECTIONS = (".gopclntab", ".data.rel.ro.gopclntab", "__gopclntab")
_GO12, _GO116, _GO118, _GO120 = 0xFFFFFFFB, 0xFFFFFFFA, 0xFFFFFFF0, 0xFFFFFFF1
_NAMES_AT = {_GO116: 2, _GO118: 3, _GO120: 3}
"""Which word behind the first eight bytes is the names' offset; cuOffset follows, pclnOffset is three words on."""

_MOST_FUNCTIONS = 1 << 22
_LONGEST_NAME = 4096
_MOST_GUESSES = 64
_MOST_TEXT = 128 << 20


@dataclass(frozen=True)
class Functions:
    """``count`` functions have code of their own; ``names`` are theirs and those of functions inlined into others.

    Names are as the runtime has them: ``net/http.(*Client).Do``, ``main.main.func1``, ``gopkg.in/yaml%2ev3.Marshal``.
    """

    count: int = 0
    names: frozenset[str] = frozenset()


def functions(image: Image) -> Functions:
    """Read the names of the functions; empty where no table is found."""
    for offset, size in _places(image):
        found = _table(image, offset, size)
        if found is not None and found.count:
            return found
    return Functions()


def _places(image: Image) -> Iterator[tuple[int, int]]:
    """Give (offset, bytes) where the table may lie: its section, else wherever its first bytes are."""
    for name in _SECTIONS:
        part = image.parts.get(name)
        if part is not None and part.size:
            yield part.offset, part.size
    for magic in (_GO120, _GO118, _GO116, _GO12):
        wanted = struct.pack(image.order + "IH", magic, 0)
        for begin, end in image.spans():
            at = begin
            for _ in range(_MOST_GUESSES):
                at = image.content.find(wanted, at, end, 4)
                if at < 0:
                    break
                yield at, end - at
                at += 4


def _table(image: Image, offset: int, size: int) -> Functions | None:
    head = image.content.at(offset, min(size, 8 + 8 * image.word))
    if len(head) < 8 + 8 * image.word or head[7] != image.word or head[6] not in (1, 2, 4):
        return None
    magic = struct.unpack_from(image.order + "I", head)[0]
    words = struct.unpack_from(image.order + ("8Q" if image.word == 8 else "8I"), head, 8)
    if not 0 < words[0] <= min(_MOST_FUNCTIONS, size // 8):
        return None
    if magic == _GO12:
        return _old(image, offset, size, words[0])
    if magic not in _NAMES_AT:
        return None
    place = _NAMES_AT[magic]
    start, end, lines = words[place], words[place + 1], words[place + 4]
    if not 0 < start < end <= lines < size:
        return None
    names = image.content.at(offset + start, end - start)
    return Functions(words[0], frozenset(_texts(names)))


def _texts(names: bytes) -> Iterator[str]:
    for each in names.split(b"\0"):
        if each and len(each) <= _LONGEST_NAME:
            yield each.decode("utf-8", "replace")


def _old(image: Image, offset: int, size: int, count: int) -> Functions | None:
    """Go 1.2 to 1.15: pairs of entry and offset of a func, whose name's offset stands behind its entry."""
    data = image.content.at(offset, size)
    word, order = image.word, image.order
    pair = struct.Struct(order + ("QQ" if word == 8 else "II"))
    names: set[str] = set()
    left = _MOST_TEXT
    for at in range(8 + word, min(len(data), 8 + word + count * pair.size) - pair.size + 1, pair.size):
        place = pair.unpack_from(data, at)[1] + word
        if place + 4 > len(data):
            return None
        start = struct.unpack_from(order + "I", data, place)[0]
        name = data[start : start + _LONGEST_NAME].partition(b"\0")[0]
        left -= len(name)
        if left < 0:
            return None
        names.add(name.decode("utf-8", "replace"))
    return Functions(count, frozenset(names - {""}))
