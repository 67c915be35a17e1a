"""Reads a whole log and says whether it is as it was written; needs no secret.

What that proves, and what not: ``goxray.vault.log``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from goxray.core.errors import BadLog
from goxray.vault import clock, signed, sm3, store
from goxray.vault.clock import TOLERATED_NS, Reading, Step
from goxray.vault.log import mark as marks
from goxray.vault.log.chain import ENTRIES, HEAD_KIND, LOCK, MARK
from goxray.vault.log.entry import CLOCK_ACCEPTED, HEAD, MARK_LOST, Entry, Line
from goxray.vault.log.export import Anchor, Point, export, point_of
from goxray.vault.log.mark import Mark
from goxray.vault.log.walk import Fault, Placed, Torn, Walker
from goxray.vault.signed import Verifier


@dataclass(frozen=True, slots=True)
class Stepped:
    """The clock was set between the entry before this one and this one; ``accepted`` if somebody vouched for it."""

    sequence: int
    step: Step
    accepted: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a log is found to be.

    ``entries`` counts the good entries in their place; ``last`` is the last of them. ``covered`` is the number of the
    last entry under a head that is signed with a key that is known, 0 for none; ``heads`` are the points of those
    heads; ``unknown_keys`` are the ids of keys that signed heads and were not given. ``marks_lost`` are the numbers
    of entries that tell that the mark was gone. ``met`` counts the points of anchors that the log holds.
    """

    log_id: str
    entries: int
    last: Line | None
    covered: int
    heads: tuple[Point, ...]
    unknown_keys: tuple[str, ...]
    faults: tuple[Fault, ...]
    torn: tuple[Torn, ...]
    steps: tuple[Stepped, ...]
    marks_lost: tuple[int, ...]
    met: int

    @property
    def good(self) -> bool:
        """Say whether nothing was changed, as far as the trust model goes."""
        return not self.faults

    def anchor(self) -> bytes:
        """Return the log's heads and its end, to be kept elsewhere.

        Raises:
            BadLog: The log is empty, or was changed: that is not to be vouched for.
        """
        if self.faults or self.last is None:
            why = self.faults[0].words if self.faults else "it is empty"
            raise BadLog(f"no head of this log is exported: {why}", hint="`goxray vault log verify` shows it all")
        entry = self.last.entry
        return export(self.log_id, self.heads, Point(entry.sequence, self.last.digest, clock.text(entry.at.wall_ns)))


@dataclass(slots=True)
class _Seen:
    """What is kept of the entries that go by."""

    keys: Mapping[str, Verifier]
    wanted: Mapping[int, Sequence[Point]]
    tolerated_ns: int
    each: Callable[[Placed], None] | None
    count: int = 0
    last: Placed | None = None
    digests: dict[int, str] = field(default_factory=dict)
    heads: list[tuple[str, Point, int, int]] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    steps: list[tuple[int, Step]] = field(default_factory=list)
    accepted: set[int] = field(default_factory=set)
    lost: list[int] = field(default_factory=list)
    log_ids: list[str] = field(default_factory=list)

    def take(self, placed: Placed) -> None:
        """Note an entry."""
        entry = placed.line.entry
        self.count += 1
        if self.last is not None:
            self._clock(self.last.line.entry.at, entry)
        self.last = placed
        if entry.sequence in self.wanted:
            self.digests[entry.sequence] = placed.line.digest
        if entry.event.what == HEAD:
            self._head(placed)
        elif entry.event.what == MARK_LOST:
            self.lost.append(entry.sequence)
        elif entry.event.what == CLOCK_ACCEPTED:
            number = entry.event.detail.get("sequence")
            if isinstance(number, int) and number <= entry.sequence:
                self.accepted.add(number)
        if self.each is not None:
            self.each(placed)

    def _clock(self, before: Reading, entry: Entry) -> None:
        step = clock.step(before, entry.at, self.tolerated_ns)
        if step is not None:
            self.steps.append((entry.sequence, step))

    def _head(self, placed: Placed) -> None:
        entry = placed.line.entry
        number = entry.sequence
        document = entry.event.detail.get("head")
        try:
            log_id, point = point_of(document)
            key = signed.key_of(document)
            good = signed.is_good(HEAD_KIND, document, self.keys)
        except ValueError as error:
            self._bad_head(placed, f"is none: {error}")
            return
        if (point.sequence, point.digest) != (number - 1, entry.previous):
            self._bad_head(placed, "signs something else than the entry before it")
        elif key not in self.keys:
            self.unknown.add(key)
        elif not good:
            self._bad_head(placed, f"is not signed by the key {key} that it names")
        else:
            self.heads.append((log_id, point, placed.start, placed.end))

    def _bad_head(self, placed: Placed, why: str) -> None:
        number = placed.line.entry.sequence
        words = f"the head in entry {number} {why}, byte {placed.start}"
        self.faults.append(Fault("head", number, number, placed.start, placed.end, words))


def verify(
    place: Path,
    *,
    log_id: str = "",
    keys: Mapping[str, Verifier] | None = None,
    anchors: Sequence[Anchor] = (),
    each: Callable[[Placed], None] | None = None,
    tolerated_ns: int = TOLERATED_NS,
) -> Report:
    """Verify the log in a directory, with nobody writing meanwhile.

    ``log_id`` is the id that the log must have, where it is known; ``keys`` are the public keys that are trusted, by
    their ids; ``anchors`` are exports that were kept elsewhere; ``each`` is called with every entry in its place.

    Raises:
        BadLog: The log cannot be read at all.
    """
    wanted: dict[int, list[Point]] = {}
    for anchor in anchors:
        for point in anchor.points:
            wanted.setdefault(point.sequence, []).append(point)
    seen = _Seen(keys or {}, wanted, tolerated_ns, each)
    try:
        with store.locked(place / LOCK, shared=True):
            mark = _mark(place / MARK)
            if mark is not None:
                seen.wanted = {mark.sequence: [], **wanted}
            number = _opened(place / ENTRIES)
            with os.fdopen(number, "rb") as file:
                size = os.fstat(number).st_size
                walker = Walker(log_id, seen.take)
                gap = walker.walk(file)
    except OSError as error:
        raise BadLog(f"cannot read the log in {place}: {error.strerror or error}") from error
    faults = [*walker.faults, *seen.faults]
    faults += _end(walker, seen, mark, size, gap)
    faults += _strange(walker, seen)
    faults += _against(walker, seen, anchors)
    faults.sort(key=lambda fault: (fault.start, fault.first, fault.kind))
    return _report(walker, seen, faults, len(wanted))


def _report(walker: Walker, seen: _Seen, faults: list[Fault], points: int) -> Report:
    heads = tuple(point for log_id, point, _, _ in seen.heads if log_id == walker.log_id)
    met = sum(
        sum(point.digest == seen.digests.get(number) for point in wanted) for number, wanted in seen.wanted.items()
    )
    return Report(
        log_id=walker.log_id,
        entries=seen.count,
        last=seen.last.line if seen.last is not None else None,
        covered=max((point.sequence for point in heads), default=0),
        heads=heads,
        unknown_keys=tuple(sorted(seen.unknown)),
        faults=tuple(faults),
        torn=tuple(walker.torn),
        steps=tuple(Stepped(number, step, number in seen.accepted) for number, step in seen.steps),
        marks_lost=tuple(seen.lost),
        met=met if points else 0,
    )


def _opened(path: Path) -> int:
    """Open a plain file; a pipe in its place would be waited for."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise BadLog(f"cannot read the log: {path} is no plain file")
    return number


def _mark(path: Path) -> Mark | None:
    try:
        number = _opened(path)
    except FileNotFoundError:
        return None
    try:
        return marks.read(number)
    finally:
        os.close(number)


def _end(walker: Walker, seen: _Seen, mark: Mark | None, size: int, gap: bytes) -> list[Fault]:
    """Compare the log's end with its mark: torn by a crash, or cut off or changed by somebody."""
    start = size - walker.gap_bytes
    if mark is None:
        faults = [Fault("mark", 0, 0, size, size, "the mark is gone: whether the end was cut off cannot be seen")]
        if gap.endswith(b"\n"):
            words = f"what stands at byte {start} is no entry"
            faults.append(Fault("edited", walker.sequence + 1, walker.sequence + 1, start, size, words))
        elif gap:
            walker.torn.append(Torn(start, size, sm3.digest(gap).hex(), told=False))
        return faults
    if walker.sequence < mark.sequence:
        return [_short(walker.sequence + 1, mark, start, size, bool(gap))]
    if gap:
        walker.torn.append(Torn(start, size, sm3.digest(gap).hex(), told=False))
    return _beside(walker, seen, mark, size)


def _short(first: int, mark: Mark, start: int, size: int, broken: bool) -> Fault:
    names = f"entry {first}" if first == mark.sequence else f"the entries {first} to {mark.sequence}"
    if broken and size >= mark.end:
        return Fault("edited", first, mark.sequence, start, size, f"{names}: changed, bytes {start} to {size}")
    words = f"the log ends at byte {size} and was written to byte {mark.end}: {names} cut off from byte {start}"
    return Fault("truncated", first, mark.sequence, start, size, words)


def _beside(walker: Walker, seen: _Seen, mark: Mark, size: int) -> list[Fault]:
    faults = []
    number = mark.sequence
    if walker.log_id and mark.log_id != walker.log_id:
        faults.append(Fault("replaced", 0, 0, 0, size, "the mark beside the log is that of another log"))
    elif number and number in seen.digests and seen.digests[number] != mark.digest:
        words = f"entry {number} is not the one that was written: the log was put in the place of another"
        faults.append(Fault("rewritten", 1, number, 0, size, words))
    if walker.sequence > number + 1:
        words = f"the mark stands at entry {number} and the log at {walker.sequence}: the mark was put back"
        faults.append(Fault("mark", number + 1, walker.sequence, mark.end, size, words))
    return faults


def _strange(walker: Walker, seen: _Seen) -> list[Fault]:
    faults = []
    for log_id, point, start, end in seen.heads:
        if log_id != walker.log_id:
            number = point.sequence + 1
            words = f"the head in entry {number} is that of another log, byte {start}"
            faults.append(Fault("head", number, number, start, end, words))
    return faults


def _against(walker: Walker, seen: _Seen, anchors: Sequence[Anchor]) -> list[Fault]:
    """Compare the log with what was exported of it."""
    faults: list[Fault] = []
    for anchor in anchors:
        if walker.log_id and anchor.log_id != walker.log_id:
            words = f"the anchor is that of the log {anchor.log_id}, and this is {walker.log_id}"
            faults.append(Fault("replaced", 0, 0, 0, walker.at, words))
            continue
        faults += _signatures(anchor, seen.keys)
        held = 0
        for point in sorted(anchor.points, key=lambda point: point.sequence):
            digest = seen.digests.get(point.sequence)
            if digest == point.digest:
                held = point.sequence
                continue
            faults.append(_unmet(walker, point, held, changed=digest is not None))
            break
    return faults


def _unmet(walker: Walker, point: Point, held: int, *, changed: bool) -> Fault:
    if not changed and point.sequence > walker.sequence:
        words = f"the log ends with entry {walker.sequence}; entry {point.sequence} was anchored {point.at}: "
        words += "the end was cut off, or an older copy was put in its place"
        return Fault("truncated", walker.sequence + 1, point.sequence, walker.at, walker.at, words)
    words = f"entry {point.sequence} is not the one that was anchored {point.at}: changed after entry {held}"
    return Fault("anchor", held + 1, point.sequence, 0, walker.at, words)


def _signatures(anchor: Anchor, keys: Mapping[str, Verifier]) -> list[Fault]:
    return [
        Fault(
            "anchor", point.sequence, point.sequence, 0, 0, f"the anchored head of entry {point.sequence} is not signed"
        )
        for point in anchor.points
        if point.document is not None
        and signed.key_of(point.document) in keys
        and not signed.is_good(HEAD_KIND, point.document, keys)
    ]
