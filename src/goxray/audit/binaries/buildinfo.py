"""What the Go linker writes into every program: version, modules, settings (debug/buildinfo, runtime/debug)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from goxray.audit.binaries.image import Image
from goxray.core.audit_result import Module
from goxray.target import buildinfo as text_of

_MAGIC = b"\xff Go buildinf:"
_HEADER = 32
_ALIGN = 16
_INLINE, _BIG_ENDIAN = 2, 1
_SECTIONS = (".go.buildinfo", "__go_buildinfo")
_MOST_TEXT = 16 << 20
_MOST_MODULES = 1 << 16


@dataclass(frozen=True)
class BuildInfo:
    """``go_version`` without experiments (``go1.24.11``); ``modules`` begin with the main one where it is told."""

    go_version: str
    experiments: tuple[str, ...]
    main_path: str
    modules: tuple[Module, ...]
    settings: dict[str, str]


def build_info(image: Image) -> BuildInfo | None:
    """Read the build information, None where there is none."""
    raw = _raw(image)
    if raw is None:
        return None
    version, text = raw
    text = text_of.unframed(text)
    settings = text_of.settings(text)
    plain, experiments = text_of.split_version(version)
    named = {*experiments, *settings.get("GOEXPERIMENT", "").split(",")} - {""}
    main_path = next((line[5:] for line in text.splitlines() if line.startswith("path\t")), "")
    return BuildInfo(plain, tuple(sorted(named)), main_path, tuple(_modules(text)), settings)


def _modules(text: str) -> Iterator[Module]:
    """Give the modules of a module information text; a ``=>`` line replaces the one before it."""
    last: Module | None = None
    for line in text.splitlines()[:_MOST_MODULES]:
        kind, *columns = line.split("\t")
        columns += [""] * (3 - len(columns))
        if kind == "=>" and last is not None:
            by = f"{columns[0]} {columns[1]}".strip()
            last = Module(last.path, last.version, columns[2], main=last.main, replaced_by=by)
        elif kind in ("mod", "dep"):
            if last is not None:
                yield last
            last = Module(columns[0], columns[1], columns[2], main=kind == "mod")
    if last is not None:
        yield last


def _raw(image: Image) -> tuple[str, str] | None:
    for offset, end in _places(image):
        at = image.content.find(_MAGIC, offset, end, _ALIGN)
        if at >= 0:
            found = _at(image, at, end)
            if found is not None:
                return found
    return None


def _places(image: Image) -> Iterator[tuple[int, int]]:
    """Give where to look: the linker's own section, else the data that the program may write to."""
    for name in _SECTIONS:
        part = image.parts.get(name)
        if part is not None:
            yield part.offset, part.offset + part.size
    yield from image.spans(writable=True)


def _at(image: Image, at: int, end: int) -> tuple[str, str] | None:
    head = image.content.at(at, _HEADER)
    if len(head) < _HEADER:
        return None
    if head[15] & _INLINE:  # from Go 1.18 on
        data = image.content.at(at + _HEADER, min(end - at - _HEADER, _MOST_TEXT))
        version, rest = text_of.varint_string(data)
        text, _ = text_of.varint_string(rest)
    else:
        order, size = (">" if head[15] & _BIG_ENDIAN else "<"), head[14]
        if size not in (4, 8):
            return None
        pointers = struct.unpack_from(order + ("QQ" if size == 8 else "II"), head, 16)
        version, text = (_go_string(image, pointer, order, size) for pointer in pointers)
    if not version.startswith((b"go", b"devel")):
        return None
    return version.decode("utf-8", "replace"), text.decode("utf-8", "replace")


def _go_string(image: Image, addr: int, order: str, size: int) -> bytes:
    head = image.read(addr, 2 * size)
    if len(head) < 2 * size:
        return b""
    pointer, length = struct.unpack(order + ("QQ" if size == 8 else "II"), head)
    return image.read(pointer, min(length, _MOST_TEXT))
