"""What kind of source a file is, told by its content: names and endings say nothing."""

from __future__ import annotations

import gzip
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from goxray.core.errors import TargetError
from goxray.timeline.exectrace import is_trace
from goxray.timeline.metrics import is_dump

if TYPE_CHECKING:
    from goxray.core.joined_result import SourceKind

_HEAD = 1 << 16
_GZIP = b"\x1f\x8b"
_OWN = re.compile(rb'"schema"\s*:\s*"(goxray\.[a-z-]+/\d+)"')
_LEGACY = re.compile(rb"\s*(heap profile|goroutine profile|threadcreate profile|contention):? ?|\s*--- contention:")
_TRACED = re.compile(rb"(?:^|[^a-z])(?:gc ?#?\d+ ?[@(]|gc\d+\(\d+\): |scvg\d*: |scav \d+ |pacer: )", re.MULTILINE)
_MEMSTATS = re.compile(rb'"(memstats|cmdline|HeapAlloc|NumGC)"')
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_OURS: tuple[SourceKind, ...] = (
    "goxray.gctrace/1", "goxray.watch/1", "goxray.trace/1", "goxray.phases/1", "goxray.timeline/1"
)  # fmt: skip
_HINT = (
    "goxray timeline reads logs with gctrace lines, execution traces, pprof profiles, dumps of runtime/metrics and "
    "expvar, and what goxray gc, trace and timeline write with --format json"
)


class UnknownSource(TargetError):
    """The file is none of the things that tell of a process over time."""


def recognise(path: str) -> SourceKind:
    """Return what kind of source a file is.

    Raises:
        UnknownSource: it cannot be read, is empty, or is nothing that goxray can put on a time axis.
    """
    head = _head(path)
    if not head:
        raise UnknownSource(f"{path} is empty", hint=_HINT)
    if is_trace(head):
        return "execution trace"
    if head.startswith(_GZIP):
        head = _unpacked(path, head)
        if is_trace(head):
            raise UnknownSource(f"{path} is a packed execution trace", hint="unpack it first: gunzip")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _of_json(path, head)
    if _LEGACY.match(head) or _is_protobuf(head):
        return "pprof profile"
    if _TRACED.search(head) or _tells_later(path):
        return "gctrace log"
    if is_dump(head):
        return "runtime/metrics"
    raise UnknownSource(f"{path}: nothing in it tells of a Go process over time", hint=_HINT)


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise UnknownSource(f"cannot read {path}: {error.strerror}", hint="name a file") from error


def _unpacked(path: str, head: bytes) -> bytes:
    """Return the beginning of what is packed."""
    try:
        found = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, _HEAD)
    except zlib.error as error:
        raise UnknownSource(f"{path} is packed by gzip and damaged: {error}", hint="fetch it again") from error
    if not found:
        raise UnknownSource(f"{path} is packed by gzip, with nothing in it or cut off", hint="fetch it again")
    return found


def _of_json(path: str, head: bytes) -> SourceKind:
    own = _OWN.search(head)
    if own is None:
        return "expvar" if _MEMSTATS.search(head) else "runtime/metrics"
    schema = own[1].decode()
    for kind in _OURS:
        if kind == schema:
            return kind
    raise UnknownSource(f"{path} is {schema}, which tells of no process over time", hint=_HINT)


def _is_protobuf(head: bytes) -> bool:
    """Return whether it begins as profile.proto's fields do: number 1 to 14, a length or a number, not text."""
    tag = head[0]
    return tag >> 3 in range(1, 15) and tag & 7 in (0, 2) and _NO_TEXT.search(head) is not None


def _tells_later(path: str) -> bool:
    """Return whether a line of a collector's trace comes after the beginning: a program says a lot before its first."""
    opener = gzip.open if _head(path).startswith(_GZIP) else open
    before = b""
    with suppress(EOFError, zlib.error), opener(path, "rb") as file:
        while piece := file.read(1 << 20):
            if _TRACED.search(before + piece):
                return True
            before = piece[-64:]
    return False
