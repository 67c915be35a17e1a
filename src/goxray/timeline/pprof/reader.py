"""Reads a pprof profile, packed or not, in protobuf, as text (debug=1) or old binary: the one home for reading them.

Small files are taken apart by the protobuf library, large ones by compiled kernels; both give the same.
"""

from __future__ import annotations

from goxray.timeline.pprof import binary, text
from goxray.timeline.pprof.profile import HEAP_TYPES, BadProfile, Profile
from goxray.timeline.pprof.raw import RawProfile, from_protobuf
from goxray.timeline.pprof.resolve import resolve
from goxray.timeline.pprof.unpack import AGAIN, read_bytes, unpacked

__all__ = ["BadProfile", "may_be_profile", "parse", "read", "read_heap"]

_GZIP = b"\x1f\x8b"
_FIRST_TAGS = frozenset(b"\x0a\x12\x1a\x22\x2a\x32")
"""A profile begins with one of its message fields 1 to 6 (their tags, wire type 2)."""

_LARGE = 1 << 20
"""From so many bytes on the kernels are quicker, although numba has to be loaded for them."""

_JUDGED = 64 << 20
"""Up to so many bytes the protobuf library judges what the kernels find odd."""


def may_be_profile(path: str) -> bool:
    """Return whether a file begins like a profile: packed, in plain protobuf, or in the text form (debug=1)."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
    except (OSError, ValueError):
        return False
    return head[:2] == _GZIP or text.is_text(head) or (head[:1] != b"" and head[0] in _FIRST_TAGS)


def read(path: str) -> Profile:
    """Read a profile of any kind from a file.

    Raises:
        BadProfile: it is none, or is damaged; the message says which.
    """
    return parse(read_bytes(path), path)


def read_heap(path: str) -> Profile:
    """Read a heap or allocs profile of Go from a file, that is no difference of two.

    Raises:
        BadProfile: it is none, or is damaged; the message says which.
    """
    return heap_of(read(path), path)


def heap_of(profile: Profile, name: str) -> Profile:
    """Return the profile if it is a heap profile of Go that is no difference of two.

    Raises:
        BadProfile: it is none.
    """
    if not profile.is_heap:
        has = ", ".join(kind.type for kind in profile.types if kind.type) or "no values"
        missing = next(kind for kind in HEAP_TYPES if profile.column(kind) is None)
        raise BadProfile(f"{name} is no Go heap profile: it has {has[:80]}, not {missing}", hint=AGAIN)
    if len(profile) and int(profile.values.min()) < 0:
        raise BadProfile(f"{name} holds negative figures: it is a difference of profiles", hint=AGAIN)
    return profile


def parse(raw: bytes, name: str) -> Profile:
    """Take a profile apart; ``name`` is what messages call it.

    Raises:
        BadProfile: it is none, or is damaged.
    """
    plain = unpacked(raw, name)
    if not plain:
        raise BadProfile(f"{name} is empty", hint=AGAIN)
    if text.is_text(bytes(plain[:64])):
        return text.parse(plain, name)
    if binary.is_binary(plain):
        return binary.parse(plain, name)
    found = _taken_apart(plain, name)
    if found is None:
        raise BadProfile(f"{name} is no pprof profile, or is cut off", hint=AGAIN)
    return resolve(found, name)


def _taken_apart(plain: bytes | bytearray, name: str) -> RawProfile | None:
    if len(plain) >= _LARGE:
        from goxray.core.jit import COMPILED

        if COMPILED:
            from goxray.timeline.pprof.wire import from_wire

            found = from_wire(plain, name)
            if found is not None or len(plain) > _JUDGED:
                return found
    return from_protobuf(plain)
