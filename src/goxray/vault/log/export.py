"""Heads of the log to keep elsewhere: on paper, at a notary, in another company's log.

An anchor is one line of canonical JSON: the log's id, its signed heads, and the number, digest and time of its last
entry, whether a head covers it or not. Whoever keeps it can later say of any copy of the log whether it still holds,
byte for byte, all that was in it then. The anchor's worth is that of its keeper: it needs no key and no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goxray.core.errors import BadLog
from goxray.vault import canonical, clock, signed
from goxray.vault.canonical import Json
from goxray.vault.log.entry import whole

KIND = "goxray vault log anchor 1"
MAX_ANCHOR = 1 << 26


@dataclass(frozen=True, slots=True)
class Point:
    """What the log held: the digest, in hex, of the entry with that number; ``at`` is when the point was made.

    ``document`` is the signed head that says so; None where the keeper's word stands alone.
    """

    sequence: int
    digest: str
    at: str
    document: Json = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was exported of one log, by the entries' numbers."""

    log_id: str
    points: tuple[Point, ...]


def point_of(document: Json) -> tuple[str, Point]:
    """Return the log's id and the point that a signed head makes.

    Raises:
        ValueError: It is no signed head.
    """
    payload = signed.payload_of(document)
    if payload.keys() != {"at", "digest", "log", "sequence"}:
        raise ValueError("no head of a log")
    log_id, point = _point(payload, document)
    return log_id, point


def export(log_id: str, points: tuple[Point, ...], last: Point) -> bytes:
    """Return an anchor of a log that was verified: its signed heads, and its last entry."""
    heads: list[Json] = [point.document for point in points if point.document is not None]
    tip: dict[str, Json] = {"at": last.at, "digest": last.digest, "log": log_id, "sequence": last.sequence}
    return canonical.encode({"heads": heads, "kind": KIND, "last": tip, "log": log_id}) + b"\n"


def read(data: bytes) -> Anchor:
    """Return an anchor that ``export`` made; its signatures are looked at when a log is verified against it.

    Raises:
        BadLog: It is none.
    """
    try:
        if len(data) > MAX_ANCHOR:
            raise ValueError(f"longer than {MAX_ANCHOR} bytes")
        value = canonical.decode(data.removesuffix(b"\n"))
        if not isinstance(value, dict) or value.keys() != {"heads", "kind", "last", "log"} or value["kind"] != KIND:
            raise ValueError("not of that kind")
        heads, last, log_id = value["heads"], value["last"], value["log"]
        if not isinstance(heads, list) or not isinstance(last, dict) or not isinstance(log_id, str):
            raise ValueError("its parts are not what they should be")
        found = [point_of(head) for head in heads] + [_point(last, None)]
    except ValueError as error:
        raise BadLog(f"no anchor of a log: {error}") from None
    if any(other != log_id for other, _ in found):
        raise BadLog("no anchor of a log: its heads are those of several logs")
    return Anchor(log_id, tuple(point for _, point in found))


def _point(payload: Mapping[str, Json], document: Json) -> tuple[str, Point]:
    try:
        log_id, digest, at = payload["log"], payload["digest"], payload["at"]
        sequence = whole(payload["sequence"])
    except KeyError as error:
        raise ValueError(f"no {error} in a head") from None
    if not isinstance(log_id, str) or not isinstance(digest, str) or not isinstance(at, str):
        raise ValueError("a text in a head is none")
    clock.from_text(at)
    return log_id, Point(sequence, digest, at, document)
