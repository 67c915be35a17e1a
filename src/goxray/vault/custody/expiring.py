"""The end of what is due and not held: the data key is destroyed, a tombstone is signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from goxray.core.errors import BadBundle, BadKey, ClockStepped, GoxrayError
from goxray.core.vault_result import BundleRow, VaultExpired, WrongRow
from goxray.vault import clock, expiry, sm2
from goxray.vault.bundle.destroy import read_slots
from goxray.vault.custody import acquaintance, journal, shelf
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.refusals import told, word_of
from goxray.vault.custody.vaults import Vault, moment, open_vault
from goxray.vault.expiry import Destroyer, Ended, Wrong
from goxray.vault.log.chain import Log
from goxray.vault.log.entry import Event
from goxray.vault.retention import Kept, State

WHAT = "expire"
"""An expiry that was refused, in the log; one that was done has entries of its own for each bundle."""


def expire(
    place: Path | None,
    *,
    ask: Ask,
    dry_run: bool = False,
    keep_ciphertext: bool = False,
    key: str = "",
    who: str = "",
) -> VaultExpired:
    """Destroy the data keys of all that is due and not held. See ``goxray.api_vault.expire``."""
    vault, who = open_vault(place), who or whoever()
    if dry_run:
        return _foreseen(vault)
    own = vault.own(key)
    with told(vault, who, WHAT, but=(ClockStepped,)), vault.unlocked(own, ask) as private, vault.store.locked():
        log = vault.log(private)
        rows = _Rows(vault, log.clock().wall_ns)
        ended = _ended(vault, log, who, Destroyer(vault.store, keep_ciphertext), rows)
        state, _ = journal.checked(vault, {})
    gone = tuple(_destroyed(rows, kept) for kept in ended.gone)
    done = VaultExpired(str(vault.place), gone, rows.held(state), _next_due(state, rows.now_ns), dry_run=False)
    _check_left(ended)
    return done


class _Rows:
    """What results tell of bundles at a time. What a header says is read before it is destroyed."""

    def __init__(self, vault: Vault, now_ns: int) -> None:
        self.now_ns = now_ns
        self._vault = vault
        self._names = shelf.key_names(vault)
        self._seen: dict[str, BundleRow] = {}

    def of(self, kept: Kept) -> BundleRow:
        """Return a bundle's row as it was first seen."""
        if kept.id not in self._seen:
            here = shelf.look(self._vault, kept.id)
            self._seen[kept.id] = shelf.told(here, kept, self._names, self.now_ns)
        return self._seen[kept.id]

    def check(self, kept: Kept) -> None:
        """Hold what the log says of a bundle against the header that its own signer signed.

        Whoever cuts the log back can write anew that it was sealed: earlier, or in a class that is kept for less. With
        another header it could not be opened, so this one is right where there is something to be destroyed.

        Raises:
            BadBundle: The log and the bundle say different things, and by the bundle it is not due.
        """
        try:
            header = read_slots(shelf.path_of(self._vault, kept.id)).header
        except GoxrayError:
            return
        if header.bundle.hex() != kept.id:
            return  # of which ``find`` tells
        later_ns = clock.from_text(header.created[:-1] + ".000000000Z") - kept.sealed_ns
        if header.content.retention != kept.kind:
            what = f"its header says the class {header.content.retention} and the log {kept.kind}"
        elif later_ns > 0 and kept.due_ns + later_ns > self.now_ns:
            what = f"its header says that it was sealed {header.created} and the log {moment(kept.sealed_ns)}"
        else:
            return
        raise BadBundle(
            f"{kept.id} is left as it is: {what}",
            hint="was the log changed? `goxray vault verify --anchor FILE` shows it",
        )

    def held(self, state: State) -> tuple[BundleRow, ...]:
        """Return what is due and kept by a hold alone."""
        late = [kept for kept in _waiting(state) if kept.holds and kept.due_ns <= self.now_ns]
        return tuple(self.of(kept) for kept in late)


class _Watched:
    """Destroys bundles, each of which is looked at before."""

    def __init__(self, ends: expiry.Ends, rows: _Rows) -> None:
        self._ends = ends
        self._rows = rows

    def find(self, kept: Kept) -> str:
        self._rows.of(kept)
        self._rows.check(kept)
        return self._ends.find(kept)

    def destroy(self, kept: Kept, begun: str) -> expiry.Done:
        return self._ends.destroy(kept, begun)


def _ended(vault: Vault, log: Log, who: str, ends: expiry.Ends, rows: _Rows) -> Ended:
    """Let the due go; tell the log what was refused, and where to vouch for a step of the clock."""
    known = _check_keys(vault)
    try:
        ended = expiry.expire(log, who, known, _Watched(ends, rows))
    except ClockStepped as error:
        log.append(Event(who, WHAT, word_of(error), detail={"why": str(error)}), sign=True)
        expiry.sure_state(log, known)  # says so again, with the number of an entry that can be vouched for
        raise
    for kept, refused in ended.left:
        why = {"id": kept.id, "why": str(refused)}
        log.append(Event(who, WHAT, word_of(refused) or "failed", kept.digest, why), sign=True)
    return ended


def _check_keys(vault: Vault) -> dict[str, sm2.Public]:
    """Return the keys whose signatures count; refuse where one stands in the vault of which the log does not know.

    Raises:
        BadKey: There is one.
    """
    state, report = journal.checked(vault, {})
    for key in vault.keys.all():
        if report.good and key.key_id not in state.keys.told:  # of a log with faults that is what is told
            raise BadKey(
                f"nothing is destroyed: no entry of the log says how the key {key.key_id} ({key.name}) came here",
                hint=f"if nobody knows it, `goxray vault keys retire {key.key_id}` and look into it; that is logged",
            )
    return acquaintance.trusted(vault, state)


def _destroyed(rows: _Rows, kept: Kept) -> BundleRow:
    ended = moment(kept.tombstone.at.wall_ns) if kept.tombstone is not None else ""
    return replace(rows.of(kept), state="destroyed", ended=ended)


def _check_left(ended: Ended) -> None:
    """Say what was due and is still there.

    Raises:
        GoxrayError: Something is; what could be destroyed is.
    """
    if ended.left:
        kept, error = ended.left[0]
        others = f", and {len(ended.left) - 1} others" if len(ended.left) > 1 else ""
        done = f"{len(ended.gone)} destroyed" if ended.gone else "nothing destroyed"
        left = GoxrayError(f"{done}; {kept.id} is due and not destroyed{others}: {error}", hint=error.hint)
        left.exit_code = 4
        raise left


def _foreseen(vault: Vault) -> VaultExpired:
    """Say what an expiry would do now; nothing is written."""
    log = vault.log()
    state, now = expiry.sure_state(log, vault.trusted())
    rows = _Rows(vault, now.wall_ns)
    gone = tuple(rows.of(kept) for kept in expiry.due(state, now.wall_ns))
    return VaultExpired(str(vault.place), gone, rows.held(state), _next_due(state, now.wall_ns), dry_run=True)


def _waiting(state: State) -> list[Kept]:
    """Return what has no tombstone, in the order in which it was sealed."""
    return sorted((kept for kept in state.kept.values() if kept.tombstone is None), key=lambda kept: kept.sequence)


def _next_due(state: State, now_ns: int) -> str:
    coming = [kept.due_ns for kept in _waiting(state) if kept.due_ns > now_ns]
    return moment(min(coming)) if coming else ""


def wrong_rows(found: Iterable[Wrong]) -> tuple[WrongRow, ...]:
    """Return what results tell of what is not as retention wants it."""
    return tuple(
        WrongRow(
            kind=each.kind,
            id=each.id,
            entry=each.sequence,
            words=each.words,
            at=moment(each.at_ns) if each.at_ns else "",
            due=moment(each.due_ns) if each.due_ns else "",
            holds=each.holds,
        )
        for each in found
    )
