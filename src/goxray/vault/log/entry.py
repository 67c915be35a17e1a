"""One line of the log: ``{"bytes":N,"digest":H,"entry":{...}}`` and a newline, everything in canonical JSON.

N is the length of the entry's bytes, and H their SM3 digest behind a prefix that no other digest of goxray has. The
entry holds its number (from 1, without gaps) and the digest of the entry before it; for the first one that is a
digest of the log's own id, so that no entry fits into another log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from goxray.core.errors import BadLog, UsageError
from goxray.vault import canonical, clock, sm3
from goxray.vault.canonical import Json
from goxray.vault.clock import Reading

MAX_LINE = 1 << 16
"""The most bytes that a line may have, its newline included."""

CREATED, HEAD, TORN, MARK_LOST, CLOCK_ACCEPTED = (
    "log-created",
    "log-head",
    "log-torn",
    "log-mark-lost",
    "clock-accepted",
)
"""What the log itself writes; nobody else may use these words."""

OWN = frozenset({CREATED, HEAD, TORN, MARK_LOST})

_PREFIX = b"goxray vault log entry 1\0"
_BIRTH = b"goxray vault log birth 1\0"
_LINE = re.compile(rb'\{"bytes":(0|[1-9][0-9]{0,5}),"digest":"([0-9a-f]{64})","entry":(\{.*\})\}\n', re.DOTALL)
_HEX = re.compile(r"(?:[0-9a-f]{64})?")
_KEYS = {"at", "boot", "detail", "object", "previous", "result", "sequence", "since_boot_ns", "what", "who"}


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody tells the log.

    ``object`` is the SM3 digest, in hex, of what it was done to, or empty; ``result`` is ``ok`` or a word for what went
    wrong; ``detail`` is anything more that canonical JSON can hold.
    """

    who: str
    what: str
    result: str = "ok"
    object: str = ""
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place: ``sequence`` counts from 1, ``previous`` is the digest of the entry before, in hex."""

    sequence: int
    previous: str
    at: Reading
    event: Event


@dataclass(frozen=True, slots=True)
class Line:
    """An entry together with the digest that its bytes have, in hex."""

    entry: Entry
    digest: str


def birth(log_id: str) -> str:
    """Return what stands in the place of the digest before the first entry, in hex."""
    return sm3.digest(_BIRTH, log_id.encode()).hex()


def check(event: Event) -> None:
    """Refuse what cannot be told to the log.

    Raises:
        UsageError: Who or what is empty, or the object is no digest.
    """
    if not event.who or not event.what or not event.result:
        raise UsageError("an entry of the log needs who did it, what was done and its result")
    if _HEX.fullmatch(event.object) is None:
        raise UsageError("the object of an entry is the SM3 digest of something: 64 hex digits, or empty")


def to_line(entry: Entry) -> tuple[bytes, str]:
    """Return an entry's line, newline included, and its digest in hex.

    Raises:
        UsageError: The event cannot be told to the log, or makes a line longer than ``MAX_LINE``.
    """
    check(entry.event)
    body = canonical.encode(
        {
            "at": clock.text(entry.at.wall_ns),
            "boot": entry.at.boot,
            "detail": dict(entry.event.detail),
            "object": entry.event.object,
            "previous": entry.previous,
            "result": entry.event.result,
            "sequence": entry.sequence,
            "since_boot_ns": entry.at.since_boot_ns,
            "what": entry.event.what,
            "who": entry.event.who,
        }
    )
    digest = sm3.digest(_PREFIX, body).hex()
    line = b'{"bytes":%d,"digest":"%s","entry":%s}\n' % (len(body), digest.encode(), body)
    if len(line) > MAX_LINE:
        raise UsageError(f"an entry of {len(line)} bytes: the log takes at most {MAX_LINE}")
    return line, digest


def from_line(raw: bytes) -> Line:
    """Return what a line, newline included, says.

    Raises:
        BadLog: It is not such a line, byte for byte.
    """
    matched = _LINE.fullmatch(raw) if len(raw) <= MAX_LINE else None
    if matched is None:
        raise BadLog("not a line of the log")
    body, digest = matched[3], matched[2].decode()
    if int(matched[1]) != len(body):
        raise BadLog(f"the entry has {len(body)} bytes and says {int(matched[1])}")
    if sm3.digest(_PREFIX, body).hex() != digest:
        raise BadLog("the entry is not the one whose digest stands in the line")
    try:
        return Line(_entry(canonical.decode(body)), digest)
    except ValueError as error:
        raise BadLog(f"not an entry: {error}") from None


def _entry(value: Json) -> Entry:
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise ValueError("its keys are not those of an entry")
    texts = {key: _text(value[key]) for key in ("at", "boot", "object", "previous", "result", "what", "who")}
    if len(texts["previous"]) != 64 or not all(_HEX.fullmatch(texts[key]) for key in ("previous", "object")):
        raise ValueError("a digest is not one")
    detail = value["detail"]
    if not isinstance(detail, dict):
        raise ValueError("its detail is no object")
    sequence = whole(value["sequence"])
    if sequence < 1:
        raise ValueError("entries count from 1")
    at = Reading(clock.from_text(texts["at"]), texts["boot"], whole(value["since_boot_ns"]))
    event = Event(texts["who"], texts["what"], texts["result"], texts["object"], detail)
    if not event.who or not event.what or not event.result:
        raise ValueError("who, what or the result is empty")
    return Entry(sequence, texts["previous"], at, event)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is none")
    return value


def whole(value: Json) -> int:
    """Return a value that must be a whole number from 0.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a number is none")
    return value
