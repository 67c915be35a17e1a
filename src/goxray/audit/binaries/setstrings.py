"""Texts that ``-ldflags -X`` put into a program: from the recorded flags, and from data where symbols are left."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from goxray.audit.binaries.image import Image

_MOST_FOUND = 1 << 11
_MOST_TABLE = 256 << 20
_LONGEST = 1 << 14
_SUFFIX = b".str\0"
_OWN = "runtime."  # buildVersion, modinfo ...: the toolchain sets them by the same way


def set_strings(image: Image, settings: Mapping[str, str]) -> dict[str, str]:
    """Return texts by variable (``main.version``), the recorded ones first; sorted."""
    found = dict(_in_data(image)) if image.format == "elf" and image.word == 8 and image.order == "<" else {}
    found |= dict(of_flags(settings.get("-ldflags", "")))
    return dict(sorted(found.items()))


def of_flags(flags: str) -> Iterator[tuple[str, str]]:
    """Give variable and text of each ``-X`` in linker flags (cmd/internal/quoted: quotes go around whole fields)."""
    fields = iter(split_fields(flags))
    for each in fields:
        name = each.lstrip("-") if each.startswith(("-X", "--X")) else ""
        if name == "X":
            yield from _pair(next(fields, ""))
        elif name.startswith("X="):
            yield from _pair(name[2:])


def _pair(text: str) -> Iterator[tuple[str, str]]:
    variable, equals, value = text.partition("=")
    if equals and "." in variable:
        yield variable, value


def split_fields(flags: str) -> list[str]:
    """Split flags as the go command does: by blanks, a field that begins with a quote ends with the same one."""
    fields = []
    rest = flags.strip()
    while rest:
        if rest[0] in "'\"":
            field, _, rest = rest[1:].partition(rest[0])
            fields.append(field)
        else:
            fields.append(rest.split(None, 1)[0])
            rest = rest[len(fields[-1]) :]
        rest = rest.lstrip()
    return fields


def _in_data(image: Image) -> Iterator[tuple[str, str]]:
    """The linker calls the bytes that -X gives to a variable ``variable.str`` (cmd/link/internal/ld, addstrdata)."""
    if image.symbols is None or image.names is None or image.symbols.size > _MOST_TABLE:
        return
    strings = image.content.at(image.names.offset, min(image.names.size, _MOST_TABLE))
    wanted = dict(_wanted(strings))
    if not wanted:
        return
    table = image.content.at(image.symbols.offset, image.symbols.size)
    for name, _, _, section, value, size in struct.iter_unpack("<IBBHQQ", table[: len(table) // 24 * 24]):
        variable = wanted.get(name)
        if variable is not None and section:
            text = image.read(value, min(size, _LONGEST))
            yield variable, text.rstrip(b"\0").decode("utf-8", "replace")


def _wanted(strings: bytes) -> Iterator[tuple[int, str]]:
    at = strings.find(_SUFFIX)
    for _ in range(_MOST_FOUND):
        if at < 0:
            return
        start = strings.rfind(b"\0", max(0, at - 4096), at) + 1
        name = strings[start:at].decode("utf-8", "replace")
        if "." in name.rpartition("/")[2] and not name.startswith(_OWN):
            yield start, name
        at = strings.find(_SUFFIX, at + 1)
