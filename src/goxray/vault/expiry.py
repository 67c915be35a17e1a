"""The end of evidence: its data key is destroyed, a tombstone is signed, a verifier shows that all was done in time.

**What is destroyed.** A bundle's content is encrypted with a random data key that exists only wrapped, in the key slots
of the bundle's own file. Expiry overwrites these slots with zeros, syncs them, and removes the file (or leaves it
without its keys); where a file is damaged so that its slots cannot be found, all of it is overwritten with random
bytes and removed. A signed tombstone says which of these was done: what remains of the ciphertext anywhere is noise.
What this does not prove: that an SSD, a snapshot or a backup does not hold the overwritten blocks, and that nobody
copied the bundle before; whoever has such a copy and a recipient's private key can open it. The tombstone says what
was done, not what cannot be known.

**The order survives a crash.** First the log says that the end begins, and what was found; then the key goes, then the
tombstone is written under a signed head. Whoever is killed in between has left the first entry; the next run finishes
what it began. A hold that comes in between stops it, if the key is still there.

**The clock.** Expiry refuses to run after a step of the clock that nobody accepted by a signed ``clock-accepted``
entry: set forward, it would destroy early.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from goxray.core.errors import BadBundle, BadKey, BadLog, ClockStepped, GoxrayError, UsageError
from goxray.vault import clock, signed, store
from goxray.vault.bundle.destroy import destroy_keys, read_slots
from goxray.vault.canonical import Json
from goxray.vault.log.chain import Log
from goxray.vault.log.entry import Entry, Event
from goxray.vault.log.export import Anchor
from goxray.vault.log.verify import Report, verify
from goxray.vault.retention import DUE, TOMBSTONE, TOMBSTONE_KIND, Kept, State, is_tombstone
from goxray.vault.signed import Verifier
from goxray.vault.store import Store

UNPROVEN = "overwriting cannot be proven on SSDs, copy-on-write file systems, snapshots and backups"

KEYS, ZEROS, DAMAGED, GONE = "keys", "zeros", "damaged", "gone"
"""What is found of a bundle: its keys; slots that are zeros; a file whose slots cannot be relied on; no file."""

SUFFIX = ".goxs"


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is not as retention wants it.

    ``kind`` is one of ``early`` (destroyed before it was due), ``held`` (destroyed under a hold), ``overdue`` (due
    and still there), ``unfinished`` (begun, no tombstone), ``missing`` (gone without a tombstone), ``there`` (a
    tombstone and still there), ``unsigned`` (its tombstone is none), ``clock`` (a step that nobody accepted),
    ``stranger`` (there, never sealed), ``log`` (an entry that makes no sense).

    ``at_ns`` and ``due_ns`` are the times that the words speak of, 0 for none; ``holds`` are the holds.
    """

    kind: str
    id: str
    sequence: int
    words: str
    at_ns: int = 0
    due_ns: int = 0
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to a bundle, in words, and how many bytes were overwritten."""

    method: str
    bytes: int


class Ends(Protocol):
    """Ends bundles."""

    def find(self, kept: Kept) -> str:
        """Say what is found of a bundle.

        Raises:
            GoxrayError: It is not to be destroyed: what stands in its place is something else, or cannot be read.
        """

    def destroy(self, kept: Kept, begun: str) -> Done:
        """Destroy its data key; ``begun`` is what was found when its end began.

        Raises:
            GoxrayError: That cannot be done.
        """


@dataclass(frozen=True, slots=True)
class Destroyer:
    """Destroys bundles of a vault; with ``keep_ciphertext`` their files stay, without their keys."""

    vault: Store
    keep_ciphertext: bool = False

    def find(self, kept: Kept) -> str:
        """Say what is found of a bundle. See ``Ends``."""
        path = self._path(kept)
        if not os.path.lexists(path):
            return GONE
        try:
            slots = read_slots(path)
        except BadBundle:
            return DAMAGED
        if slots.header.bundle.hex() != kept.id:
            raise BadBundle(f"{path} holds another bundle, {slots.header.bundle.hex()}: it is left as it is")
        if slots.digest.hex() != kept.digest:
            return DAMAGED
        return KEYS if slots.live else ZEROS

    def destroy(self, kept: Kept, begun: str) -> Done:
        """Destroy a bundle's data key. See ``Ends``."""
        path, found = self._path(kept), self.find(kept)
        if found == GONE:
            return Done(_GONE_BEFORE if begun == GONE else _GONE_SINCE, 0)
        if found == DAMAGED:
            return Done(_WHOLE, _unless_refused(path, store.destroy))
        size = read_slots(path).size
        destroy_keys(path)
        method = _SLOTS if found == KEYS else _ZEROS_BEFORE if begun == ZEROS else _SLOTS_AGAIN
        if self.keep_ciphertext:
            return Done(method + _KEPT, size)
        _unless_refused(path, _remove)
        return Done(method + _REMOVED, size)

    def _path(self, kept: Kept) -> Path:
        return self.vault.path("bundles", kept.id + SUFFIX)


_SLOTS = "the key slots overwritten with zeros and synced"
_SLOTS_AGAIN = "the key slots overwritten with zeros by a run that was cut off, and again by this one, and synced"
_ZEROS_BEFORE = "the key slots were zeros before the end began; they were overwritten with zeros again and synced"
_REMOVED = "; then the file removed"
_KEPT = "; the file with the ciphertext left in place"
_WHOLE = "the key slots could not be relied on: the whole file overwritten with random bytes, synced and removed"
_GONE_BEFORE = "nothing: the file was gone before the end began"
_GONE_SINCE = "nothing was left: the run that began the end was cut off before its tombstone, and the file is gone"


def _remove(path: Path) -> int:
    os.unlink(path)
    store.sync_directory(path.parent)
    return 0


def _unless_refused(path: Path, act: Callable[[Path], int]) -> int:
    try:
        return act(path)
    except OSError as error:
        raise GoxrayError(
            f"cannot destroy {path}: {error.strerror}", hint="what was begun is finished next time"
        ) from None


def files(vault: Store) -> tuple[str, ...]:
    """Return the ids of the bundles that have a file in a vault, whether it holds their keys or not."""
    return tuple(name.removesuffix(SUFFIX) for name in vault.names("bundles") if name.endswith(SUFFIX))


def present(vault: Store) -> tuple[str, ...]:
    """Return the ids of the bundles whose data key is there: not all of their key slots are zeros.

    A file whose slots cannot be found counts: nobody can say that the key is not in it.
    """
    return tuple(name for name in files(vault) if _has_keys(vault.path("bundles", name + SUFFIX)))


def _has_keys(path: Path) -> bool:
    try:
        return read_slots(path).live > 0
    except GoxrayError:
        return True


def state_of(
    place: Path,
    keys: Mapping[str, Verifier],
    log_id: str = "",
    anchors: Sequence[Anchor] = (),
    *,
    state: State | None = None,
) -> tuple[State, Report]:
    """Verify a log and return what it says should be kept; ``state`` is a new one, with other keys than these."""
    state = State(keys) if state is None else state
    report = verify(place, log_id=log_id, keys=keys, anchors=anchors, each=lambda placed: state.take(placed.line.entry))
    state.end()
    return state, report


@dataclass(frozen=True, slots=True)
class Ended:
    """What an expiry did: ``gone`` have their tombstone now; ``left`` were due and could not be destroyed, and why."""

    gone: tuple[Kept, ...]
    left: tuple[tuple[Kept, GoxrayError], ...] = ()


def expire(log: Log, who: str, keys: Mapping[str, Verifier], ends: Ends) -> Ended:
    """Destroy the data keys of all that is due and not held.

    The caller holds the vault's lock, so that no hold comes in between. What an earlier run began and did not finish is
    finished, if it may still go.

    Raises:
        BadLog: The log was changed.
        ClockStepped: The clock was set, and nobody accepted that.
        UsageError: There is no key to sign tombstones with.
        BadKey: What it signs does not count.
    """
    if log.signer is None:
        raise UsageError("expiry needs a key to sign tombstones with")
    state, now = sure_state(log, keys)
    check_counts(state, log.signer.public.key_id)
    gone, left = [], []
    for kept in due(state, now.wall_ns):
        try:
            found = ends.find(kept)
            if kept.begun is None:
                kept.begun = log.append(Event(who, DUE, "ok", kept.digest, {"found": found, "id": kept.id})).line.entry
            done = ends.destroy(kept, str(kept.begun.event.detail.get("found", KEYS)))
        except GoxrayError as error:
            left.append((kept, error))
            continue
        kept.tombstone = log.append(_tombstone(log, who, kept, done), sign=True).line.entry
        gone.append(kept)
    return Ended(tuple(gone), tuple(left))


def sure_state(log: Log, keys: Mapping[str, Verifier]) -> tuple[State, clock.Reading]:
    """Return what a log says should be kept, and the time, where both can be relied on for destroying something.

    Raises:
        BadLog: The log was changed.
        ClockStepped: The clock was set, and nobody accepted that.
    """
    state, report = state_of(log.place, keys, log.log_id)
    if not report.good:
        raise BadLog(f"nothing is destroyed while the log is not whole: {report.faults[0].words}")
    now = log.clock()
    _check_clock(state, report, now, log.tolerated_ns)
    return state, now


def check_counts(state: State, key_id: str) -> None:
    """Hold that what a key signs takes protection away, before it signs that.

    Raises:
        BadKey: It does not: the log does not vouch for the key.
    """
    if key_id not in state.counting:
        raise BadKey(
            f"what the key {key_id} signs does not count here: no entry that a key of this vault signed let it in",
            hint="act with another key (--key NAME); `goxray vault log show` tells of all of them",
        )


def due(state: State, now_ns: int) -> list[Kept]:
    """Return what may be destroyed at a time, in the order in which it was sealed."""
    return sorted((kept for kept in state.kept.values() if kept.may_go(now_ns)), key=lambda kept: kept.sequence)


def _check_clock(state: State, report: Report, now: clock.Reading, tolerated_ns: int) -> None:
    for stepped in report.steps:
        if stepped.sequence not in state.accepted:
            raise ClockStepped(
                f"nothing is destroyed: {stepped.step} before entry {stepped.sequence} of the log",
                hint="find out which time is right; then vouch for it: "
                f"`goxray vault log accept-clock {stepped.sequence} --why WHY`",
            )
    step = clock.step(report.last.entry.at, now, tolerated_ns) if report.last is not None else None
    if step is not None:
        raise ClockStepped(f"nothing is destroyed: {step} since the last entry of the log", hint="set the clock right")


def _tombstone(log: Log, who: str, kept: Kept, done: Done) -> Event:
    assert log.signer is not None
    payload: dict[str, Json] = {
        "at": clock.text(log.clock().wall_ns),
        "bytes": done.bytes,
        "class": kept.kind,
        "due": clock.text(kept.due_ns),
        "id": kept.id,
        "method": done.method,
        "object": kept.digest,
        "sealed": clock.text(kept.sealed_ns),
        "unproven": UNPROVEN,
        "who": who,
    }
    document = signed.sign(TOMBSTONE_KIND, payload, log.signer, log.signer_id)
    return Event(who, TOMBSTONE, "ok", kept.digest, {"id": kept.id, "tombstone": document})


class _Judge:
    """Goes along with the state and looks at each end when it comes: what was due and held then, not now."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.wrong: list[Wrong] = []

    def _note(self, wrong: Wrong) -> None:
        """Note what is wrong with an end, once: it has two entries."""
        if not any((each.kind, each.id) == (wrong.kind, wrong.id) for each in self.wrong):
            self.wrong.append(wrong)

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
            self._note(Wrong("early", kept.id, number, words, at, kept.due_ns))
        if kept.holds:
            words = f"{kept.id} was destroyed under the hold {', '.join(sorted(kept.holds))}"
            self._note(Wrong("held", kept.id, number, words, at, kept.due_ns, tuple(sorted(kept.holds))))
        if kept.begun is None and entry.event.detail.get("found") in (ZEROS, GONE):
            words = f"{kept.id} had lost its data key, without a tombstone, before its end began in entry {number}"
            self._note(Wrong("missing", kept.id, number, words, at))

    def _signature(self, entry: Entry, kept: Kept) -> None:
        if not is_tombstone(entry, kept, self.state.counting):
            words = f"the tombstone of {kept.id} in entry {entry.sequence} is not signed by a key that is trusted"
            self._note(Wrong("unsigned", kept.id, entry.sequence, words, entry.at.wall_ns))


def audit(
    place: Path,
    present: Iterable[str],
    now_ns: int,
    keys: Mapping[str, Verifier],
    log_id: str = "",
    anchors: Sequence[Anchor] = (),
    *,
    named: bool = False,
) -> tuple[tuple[Wrong, ...], Report]:
    """Verify that nothing was destroyed early and that everything due was destroyed.

    ``present`` are the ids of the bundles whose data key is still there; ``named`` is that of ``State``. The report of
    the log comes with it: while that one has faults, what is said here rests on what remains of the log.
    """
    judge = _Judge(State(keys, named=named))
    report = verify(place, log_id=log_id, keys=keys, anchors=anchors, each=lambda placed: judge.take(placed.line.entry))
    judge.state.end()
    wrong = judge.wrong + [Wrong("log", "", number, words) for number, words in judge.state.wrong]
    there = set(present)
    for kept in judge.state.kept.values():
        wrong += _now(kept, now_ns, kept.id in there)
    for name in sorted(there - judge.state.kept.keys()):
        wrong.append(Wrong("stranger", name, 0, f"{name} is there, and no entry says that it was sealed"))
    for step in report.steps:
        if step.sequence not in judge.state.accepted:
            words = f"{step.step} before entry {step.sequence}, and nobody accepted it: times are not to be trusted"
            wrong.append(Wrong("clock", "", step.sequence, words))
    return tuple(sorted(wrong, key=lambda each: (each.sequence, each.kind, each.id))), report


def _now(kept: Kept, now_ns: int, there: bool) -> list[Wrong]:
    number = kept.sequence
    if kept.tombstone is not None:
        ended, at = kept.tombstone.sequence, kept.tombstone.at.wall_ns
        words = f"{kept.id} has a tombstone in entry {ended}, and its data key is there"
        return [Wrong("there", kept.id, ended, words, at)] if there else []
    if kept.begun is not None and not (kept.holds and there):
        begun, at = kept.begun.sequence, kept.begun.at.wall_ns
        words = f"the end of {kept.id} began in entry {begun} and has no tombstone"
        return [Wrong("unfinished", kept.id, begun, words, at, kept.due_ns, tuple(sorted(kept.holds)))]
    if not there:
        words = f"{kept.id}, sealed in entry {number}, has lost its data key without a tombstone"
        return [Wrong("missing", kept.id, number, words, due_ns=kept.due_ns)]
    if kept.may_go(now_ns):
        words = f"{kept.id} was due {clock.text(kept.due_ns)} and is still there"
        return [Wrong("overdue", kept.id, number, words, due_ns=kept.due_ns)]
    return []
