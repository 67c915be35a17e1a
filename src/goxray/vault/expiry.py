"""The end of evidence: its data key is destroyed, a tombstone is signed, a verifier shows that all was done in time.

**What is destroyed.** A bundle's content is encrypted with a random data key that exists only wrapped, in the head of
the bundle's own file. Expiry overwrites and removes that file (``goxray.vault.store.destroy``) and says so in a
signed tombstone: what remains of the ciphertext anywhere is then noise. What this does not prove: that an SSD, a
snapshot or a backup does not hold the overwritten blocks, and that nobody copied the bundle before; whoever has such
a copy and a recipient's private key can open it. The tombstone says what was done, not what cannot be known.

**The order survives a crash.** First the log says that the end begins, then the key goes, then the tombstone is written
under a signed head. Whoever is killed in between has left the first entry; the next run finishes what it began.

**The clock.** Expiry refuses to run after a step of the clock that nobody accepted by a ``clock-accepted`` entry: set
forward, it would destroy early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from goxray.core.errors import BadLog, ClockStepped, UsageError
from goxray.vault import clock, signed, store
from goxray.vault.canonical import Json
from goxray.vault.log.chain import Log
from goxray.vault.log.entry import Entry, Event
from goxray.vault.log.verify import Report, verify
from goxray.vault.retention import DUE, TOMBSTONE, Kept, State
from goxray.vault.signed import Verifier
from goxray.vault.store import Store

TOMBSTONE_KIND = "tombstone"
METHOD = "the file with the wrapped data key overwritten with random bytes, synced, removed"
UNPROVEN = "overwriting cannot be proven on SSDs, copy-on-write file systems, snapshots and backups"

Destroy = Callable[[str], int]
"""Overwrites and removes what holds a bundle's wrapped data key; returns how many bytes that had, 0 if it was gone."""

SUFFIX = ".goxs"


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is not as retention wants it.

    ``kind`` is one of ``early`` (destroyed before it was due), ``held`` (destroyed under a hold), ``overdue`` (due
    and still there), ``unfinished`` (begun, no tombstone), ``missing`` (gone without a tombstone), ``there`` (a
    tombstone and still there), ``unsigned`` (its tombstone is none), ``clock`` (a step that nobody accepted),
    ``stranger`` (there, never sealed), ``log`` (an entry that makes no sense).
    """

    kind: str
    id: str
    sequence: int
    words: str


def destroyer(vault: Store) -> Destroy:
    """Return what destroys a bundle of a vault by its id."""

    def destroy(name: str) -> int:
        try:
            return store.destroy(vault.path("bundles", name + SUFFIX))
        except FileNotFoundError:
            return 0

    return destroy


def present(vault: Store) -> tuple[str, ...]:
    """Return the ids of the bundles whose file is in a vault."""
    return tuple(name.removesuffix(SUFFIX) for name in vault.names("bundles"))


def state_of(place: Path, keys: Mapping[str, Verifier], log_id: str = "") -> tuple[State, Report]:
    """Verify a log and return what it says should be kept."""
    state = State()
    report = verify(place, log_id=log_id, keys=keys, each=lambda placed: state.take(placed.line.entry))
    return state, report


def expire(log: Log, who: str, keys: Mapping[str, Verifier], destroy: Destroy) -> tuple[Kept, ...]:
    """Destroy the data keys of all that is due and not held, and return what was destroyed.

    The caller holds the vault's lock, so that no hold comes in between. What an earlier run began and did not finish is
    finished, if it may still go.

    Raises:
        BadLog: The log was changed.
        ClockStepped: The clock was set, and nobody accepted that.
        UsageError: There is no key to sign tombstones with.
    """
    if log.signer is None:
        raise UsageError("expiry needs a key to sign tombstones with")
    state, report = state_of(log.place, keys, log.log_id)
    if not report.good:
        raise BadLog(f"nothing is destroyed while the log is not whole: {report.faults[0].words}")
    now = log.clock()
    _check_clock(report, now, log.tolerated_ns)
    gone = []
    for kept in sorted(state.kept.values(), key=lambda kept: kept.sequence):
        if kept.may_go(now.wall_ns):
            if kept.begun is None:
                log.append(Event(who, DUE, "ok", kept.digest, {"id": kept.id}))
            count = destroy(kept.id)
            log.append(_tombstone(log, who, kept, count), sign=True)
            gone.append(kept)
    return tuple(gone)


def _check_clock(report: Report, now: clock.Reading, tolerated_ns: int) -> None:
    for stepped in report.steps:
        if not stepped.accepted:
            raise ClockStepped(
                f"nothing is destroyed: {stepped.step} before entry {stepped.sequence} of the log",
                hint="find out which time is right; an entry `clock-accepted` with that number lets expiry go on",
            )
    step = clock.step(report.last.entry.at, now, tolerated_ns) if report.last is not None else None
    if step is not None:
        raise ClockStepped(f"nothing is destroyed: {step} since the last entry of the log", hint="set the clock right")


def _tombstone(log: Log, who: str, kept: Kept, count: int) -> Event:
    assert log.signer is not None
    payload: dict[str, Json] = {
        "at": clock.text(log.clock().wall_ns),
        "bytes": count,
        "class": kept.kind,
        "due": clock.text(kept.due_ns),
        "id": kept.id,
        "method": METHOD,
        "object": kept.digest,
        "sealed": clock.text(kept.sealed_ns),
        "unproven": UNPROVEN,
        "who": who,
    }
    document = signed.sign(TOMBSTONE_KIND, payload, log.signer, log.signer_id)
    return Event(who, TOMBSTONE, "ok", kept.digest, {"id": kept.id, "tombstone": document})


class _Judge:
    """Goes along with the state and looks at each end when it comes: what was due and held then, not now."""

    def __init__(self, keys: Mapping[str, Verifier]) -> None:
        self.state = State()
        self.wrong: list[Wrong] = []
        self._keys = keys

    def _note(self, kind: str, kept: Kept, number: int, words: str) -> None:
        """Note what is wrong with an end, once: it has two entries."""
        if not any((each.kind, each.id) == (kind, kept.id) for each in self.wrong):
            self.wrong.append(Wrong(kind, kept.id, number, words))

    def take(self, entry: Entry) -> None:
        name = entry.event.detail.get("id")
        kept = self.state.kept.get(name) if isinstance(name, str) else None
        if entry.event.result == "ok" and kept is not None and kept.tombstone is None:
            if entry.event.what in (DUE, TOMBSTONE):
                self._end(entry, kept)
            if entry.event.what == TOMBSTONE:
                self._signature(entry, kept)
        self.state.take(entry)

    def _end(self, entry: Entry, kept: Kept) -> None:
        at, number = entry.at.wall_ns, entry.sequence
        if at < kept.due_ns:
            words = f"{kept.id} was destroyed {clock.text(at)}, and was to be kept until {clock.text(kept.due_ns)}"
            self._note("early", kept, number, words)
        if kept.holds:
            words = f"{kept.id} was destroyed under the hold {', '.join(sorted(kept.holds))}"
            self._note("held", kept, number, words)

    def _signature(self, entry: Entry, kept: Kept) -> None:
        document = entry.event.detail.get("tombstone")
        try:
            payload = signed.payload_of(document)
            good = signed.is_good(TOMBSTONE_KIND, document, self._keys)
        except ValueError:
            payload, good = {}, False
        same = payload.get("id") == kept.id and payload.get("object") == kept.digest == entry.event.object
        if not good or not same:
            words = f"the tombstone of {kept.id} in entry {entry.sequence} is not signed by a key that is trusted"
            self._note("unsigned", kept, entry.sequence, words)


def audit(
    place: Path, present: Iterable[str], now_ns: int, keys: Mapping[str, Verifier], log_id: str = ""
) -> tuple[tuple[Wrong, ...], Report]:
    """Verify that nothing was destroyed early and that everything due was destroyed.

    ``present`` are the ids of the bundles whose data key is still there. The report of the log comes with it: while
    that one has faults, what is said here rests on what remains of the log.
    """
    judge = _Judge(keys)
    report = verify(place, log_id=log_id, keys=keys, each=lambda placed: judge.take(placed.line.entry))
    wrong = judge.wrong + [Wrong("log", "", number, words) for number, words in judge.state.wrong]
    there = set(present)
    for kept in judge.state.kept.values():
        wrong += _now(kept, now_ns, kept.id in there)
    for name in sorted(there - judge.state.kept.keys()):
        wrong.append(Wrong("stranger", name, 0, f"{name} is there, and no entry says that it was sealed"))
    for step in report.steps:
        if not step.accepted:
            words = f"{step.step} before entry {step.sequence}, and nobody accepted it: times are not to be trusted"
            wrong.append(Wrong("clock", "", step.sequence, words))
    return tuple(sorted(wrong, key=lambda each: (each.sequence, each.kind, each.id))), report


def _now(kept: Kept, now_ns: int, there: bool) -> list[Wrong]:
    number = kept.sequence
    if kept.tombstone is not None:
        words = f"{kept.id} has a tombstone in entry {kept.tombstone.sequence}, and its data key is there"
        return [Wrong("there", kept.id, kept.tombstone.sequence, words)] if there else []
    if kept.begun is not None:
        words = f"the end of {kept.id} began in entry {kept.begun.sequence} and has no tombstone"
        return [Wrong("unfinished", kept.id, kept.begun.sequence, words)]
    if not there:
        return [Wrong("missing", kept.id, number, f"{kept.id}, sealed in entry {number}, is gone without a tombstone")]
    if kept.may_go(now_ns):
        return [Wrong("overdue", kept.id, number, f"{kept.id} was due {clock.text(kept.due_ns)} and is still there")]
    return []
