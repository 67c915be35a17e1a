"""Legal holds: while one is on a bundle, nothing expires it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goxray.core.errors import BadLog, KeyDestroyed, UsageError
from goxray.core.vault_result import HoldSet
from goxray.vault import expiry
from goxray.vault.custody import journal, naming, shelf
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import Vault, open_vault
from goxray.vault.retention import HOLD, RELEASE, Kept, State, hold_event

_CASE_MOST, _WHY_MOST = 200, 2000


def hold(
    place: Path | None,
    bundles: Sequence[str],
    *,
    ask: Ask,
    case: str,
    why: str,
    release: bool = False,
    key: str = "",
    who: str = "",
) -> HoldSet:
    """Set a legal hold on bundles, or release it. See ``goxray.api_vault.hold``."""
    _check(bundles, case, why)
    vault, who = open_vault(place), who or whoever()
    what, own = RELEASE if release else HOLD, vault.own(key)
    with (
        told(vault, who, what, detail={"bundles": list(bundles)[:10], "hold": case}),
        vault.unlocked(own, ask) as private,
        vault.store.locked(),
    ):
        state = _state(vault)
        if release:
            expiry.check_counts(state, own.key_id)
        found = _found(vault, bundles, state)
        for kept in found:
            _check_one(vault, kept, case, release=release)
        log, entries = vault.log(private), []
        for kept in found:
            made = log.append(hold_event(who, kept.id, case, why, release=release), sign=True)
            (kept.holds.discard if release else kept.holds.add)(case)
            entries.append(made.line.entry.sequence)
        names, now_ns = shelf.key_names(vault), log.clock().wall_ns
        rows = tuple(shelf.told(shelf.look(vault, kept.id), kept, names, now_ns) for kept in found)
    return HoldSet(case, why, release, rows, tuple(entries))


def _check(bundles: Sequence[str], case: str, why: str) -> None:
    if not bundles:
        raise UsageError("no bundle is named", hint="`goxray vault list` shows them")
    for what, text, most in (("--case", case, _CASE_MOST), ("--why", why, _WHY_MOST)):
        if not text.strip() or len(text) > most:
            raise UsageError(f"a hold needs {what}, of 1 to {most} characters")


def _state(vault: Vault) -> State:
    state, report = journal.checked(vault, vault.trusted())
    if not report.good:
        raise BadLog(
            f"holds stand in the log, and it is not whole: {report.faults[0].words}",
            hint="nothing is destroyed while it is not; `goxray vault log verify` shows all of it",
        )
    return state


def _found(vault: Vault, bundles: Sequence[str], state: State) -> list[Kept]:
    """Return what the log says of the bundles that are meant, each once."""
    found: dict[str, Kept] = {}
    for asked in bundles:
        name = naming.resolve(vault.store, asked, state.kept)
        if name not in state.kept:
            raise UsageError(f"the log does not know the bundle {name}: it was never sealed here")
        found[name] = state.kept[name]
    return list(found.values())


def _check_one(vault: Vault, kept: Kept, case: str, *, release: bool) -> None:
    """Refuse what makes no sense, before anything is written.

    A hold on a bundle whose end began is good while its key is there: it stops the end.
    """
    if release:
        if case not in kept.holds:
            raise UsageError(f"{kept.id} has no hold {case!r}")
        return
    if kept.tombstone is not None:
        raise KeyDestroyed(f"{kept.id} was destroyed in entry {kept.tombstone.sequence}: nothing is left to hold")
    if kept.begun is not None and expiry.Destroyer(vault.store).find(kept) in (expiry.ZEROS, expiry.GONE):
        raise KeyDestroyed(
            f"the end of {kept.id} began in entry {kept.begun.sequence}, and its data key is gone: nothing can be held",
            hint="`goxray vault expire` writes its tombstone",
        )
