"""ELF cores made byte by byte, for what no kernel writes on demand."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

PT_LOAD, PT_NOTE = 1, 4
PN_XNUM = 0xFFFF
EHDR, PHDR, SHDR = 64, 56, 64


@dataclass(frozen=True)
class Segment:
    """One PT_LOAD: ``content`` is what the file holds of its ``size`` bytes from ``addr`` on."""

    addr: int
    content: bytes
    size: int
    flags: int = 6


def make_core(segments: Sequence[Segment], *, notes: bytes = b"", align: int = 4096, machine: int = 62) -> bytes:
    """Return the file: headers, notes, contents (each at a multiple of ``align``), and where needed section 0."""
    count = len(segments) + 1
    at = EHDR + count * PHDR
    table = [struct.pack("<IIQQQQQQ", PT_NOTE, 0, at, 0, 0, len(notes), 0, 4)]
    parts = [notes]
    at += len(notes)
    for segment in segments:
        pad = -at % align
        parts.append(bytes(pad))
        at += pad
        table.append(
            struct.pack(
                "<IIQQQQQQ", PT_LOAD, segment.flags, at, segment.addr, 0, len(segment.content), segment.size, align
            )
        )
        parts.append(segment.content)
        at += len(segment.content)
    many = count >= PN_XNUM
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head = ident + struct.pack(
        "<HHIQQQIHHHHHH", 4, machine, 1, 0, EHDR, at if many else 0, 0, EHDR, PHDR, PN_XNUM if many else count,
        SHDR if many else 0, int(many), 0,
    )  # fmt: skip
    section = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 1, 0, count, 0, 0) if many else b""
    return head + b"".join(table) + b"".join(parts) + section
