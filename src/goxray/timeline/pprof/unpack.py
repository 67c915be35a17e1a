"""The bytes of a profile: read from a file, unpacked, and never more than a profile can sensibly have."""

from __future__ import annotations

import sys
import zlib
from contextlib import nullcontext

from goxray.timeline.pprof.profile import BadProfile

_GZIP = b"\x1f\x8b"
_MOST = 1 << 30
_AT_ONCE = 4 << 20
_FED = 256 << 10
STDIN = "-"
AGAIN = "take it again: curl -o heap.pb.gz http://HOST/debug/pprof/heap"


def read_bytes(path: str) -> bytes:
    """Read a file of a sane size; ``-`` is standard input.

    Raises:
        BadProfile: it cannot be read, or is larger than any profile.
    """
    try:
        with nullcontext(sys.stdin.buffer) if path == STDIN else open(path, "rb") as file:
            raw = file.read(_MOST + 1)
    except OSError as error:
        raise BadProfile(f"cannot read {path}: {error.strerror}") from None
    if len(raw) > _MOST:
        raise BadProfile(f"{path} has more than {_MOST >> 30} GiB: no profile is so large")
    return raw


def unpacked(raw: bytes, name: str) -> bytes | bytearray:
    """Unpack gzip where it is packed, one member after another, up to a sane size.

    Raises:
        BadProfile: it is cut off, damaged, or unpacks to more than any profile has.
    """
    if raw[:2] != _GZIP:
        return raw
    out = bytearray()
    at = 0
    while raw[at : at + 2] == _GZIP:
        at = _member(raw, at, out, name)
    return out


def _member(raw: bytes, at: int, out: bytearray, name: str) -> int:
    """Unpack the gzip member at ``at`` behind ``out`` and return where the next one begins."""
    engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
    fed = b""
    while not engine.eof:
        if not fed:
            fed = raw[at : at + _FED]
            at += len(fed)
        try:
            part = engine.decompress(fed, _AT_ONCE)
        except zlib.error:
            raise BadProfile(f"{name} is damaged: it does not unpack", hint=AGAIN) from None
        fed = engine.unconsumed_tail
        out += part
        if len(out) > _MOST:
            raise BadProfile(f"{name} unpacks to more than {_MOST >> 30} GiB: no profile is so large")
        if not part and not fed and at >= len(raw) and not engine.eof:
            raise BadProfile(f"{name} is cut off", hint=AGAIN)
    return at - len(engine.unused_data)
