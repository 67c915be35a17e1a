"""Opens a bundle for a recipient: everything about it is verified first, and the log knows of it before anybody can."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from goxray.core.errors import BadKey, BadLog, BadVault, KeyDestroyed, NotAuthentic, UsageError
from goxray.core.vault_result import BundleOpened
from goxray.vault import clock
from goxray.vault.bundle import open as bundles
from goxray.vault.bundle.verify import Front, Verified, read_front, signer_of
from goxray.vault.canonical import Json
from goxray.vault.custody import journal, naming, shelf
from goxray.vault.custody.people import Ask, Progress, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import KEY_VARIABLE, Vault, open_vault
from goxray.vault.expiry import SUFFIX
from goxray.vault.keys import Stored
from goxray.vault.log.entry import Event
from goxray.vault.retention import Kept, State

OPEN = "open"


def open_(
    place: Path | None,
    bundle: str,
    directory: Path,
    *,
    ask: Ask,
    name: str = "",
    key: str = "",
    who: str = "",
    progress: Progress | None = None,
) -> BundleOpened:
    """Open a bundle into a new file. See ``goxray.api_vault.open_``.

    The log's entry is written when everything has verified and before the content has its name: whoever is killed in
    between left an entry too many, never one too few.
    """
    vault, who = open_vault(place), who or whoever()
    _check_outside(vault, directory)
    if not os.access(vault.store.room("log"), os.W_OK):
        raise BadVault(
            f"{vault.place} cannot be written to, and nothing is opened that its log is not told of",
            hint="copy the vault to where you can write, with its modes (cp -a), and open it there",
        )
    state = _state(vault)
    path, inside = located(vault, bundle, state)
    if inside:
        _check_there(path, state)
    with shelf.reading(path, progress, inside=inside) as source:
        front = shelf.front_of(source, path.name.removesuffix(SUFFIX)) if inside else read_front(source)
        source.seek(0)
        header = front.header
        kept = state.kept.get(header.bundle.hex())
        if not inside and kept is not None and not shelf.fits(front, kept):
            kept = None  # somebody else's bundle may have any id
        detail: dict[str, Json] = {"id": header.bundle.hex()}
        if not inside:
            detail["file"] = path.name
        with told(vault, who, OPEN, front.digest.hex(), detail):
            check_kept(front, kept)
            trusted = vault.trusted()
            signer_of(front, trusted)
            own = _key(vault, front, key)
            detail["key"] = own.key_id
            with vault.unlocked(own, ask, retired=True) as private:
                signer = private if own.retired is None else None

                def ready(found: Verified) -> None:
                    check_kept(found.front, kept)
                    event = Event(who, OPEN, "ok", found.front.digest.hex(), detail)
                    vault.log(signer).append(event, sign=signer is not None)

                found = bundles.open_(source, directory, private, trusted, name or None, ready)
    standing = shelf.Standing(header.bundle.hex(), source.size, front)
    row = shelf.told(standing, kept, shelf.key_names(vault), clock.now().wall_ns)
    row = replace(row, content_bytes=found.claims.length)
    return BundleOpened(row, str(directory / (name or header.content.name)), found.claims.length)


def located(vault: Vault, asked: str, state: State) -> tuple[Path, bool]:
    """Return the file of a bundle that somebody means, there or not, and whether it is one of the vault's.

    Raises:
        UsageError: There is no such bundle, or more than one.
    """
    path = Path(asked)
    if path.suffix == SUFFIX and ("/" in asked or path.is_file()):
        room = vault.store.room(shelf.ROOM)
        inside = os.path.realpath(path.parent) == os.path.realpath(room)
        return (room / path.name if inside else path), inside
    return shelf.path_of(vault, naming.resolve(vault.store, asked, state.kept)), True


def _check_there(path: Path, state: State) -> None:
    """Say what became of a bundle of the vault whose file is gone."""
    kept = state.kept.get(path.name.removesuffix(SUFFIX))
    if kept is None or os.path.lexists(path):
        return
    if kept.tombstone is not None:
        when = clock.text(kept.tombstone.at.wall_ns)[:10]
        raise KeyDestroyed(f"the bundle {kept.id} was destroyed {when}: entry {kept.tombstone.sequence} of the log")
    raise UsageError(
        f"the file of the bundle {kept.id} is gone, and no entry of the log says why",
        hint="`goxray vault verify` shows what else is wrong; look for a copy",
    )


def _state(vault: Vault) -> State:
    """Return what the log says, or nothing where it cannot be read: the bundle tells enough of itself."""
    try:
        return journal.checked(vault, {})[0]
    except BadLog:
        return State()


def _check_outside(vault: Vault, directory: Path) -> None:
    room, target = os.path.realpath(vault.place), os.path.realpath(directory)
    if os.path.commonpath([room, target]) == room:
        raise UsageError(
            f"{directory} is in the vault itself: what is opened is in the clear", hint="name another with -o"
        )


def check_kept(front: Front, kept: Kept | None) -> None:
    """Refuse a bundle that is not the one that the log knows by its id.

    Raises:
        NotAuthentic: It is another one.
    """
    if kept is not None and not shelf.fits(front, kept):
        raise NotAuthentic(f"the bundle {kept.id} is not the one that entry {kept.sequence} of the log sealed")


def _key(vault: Vault, front: Front, asked: str) -> Stored:
    """Return the key of one's own that opens a bundle: the one asked for, else an active one, else a retired one.

    Raises:
        KeyDestroyed: No key opens it any more.
        BadKey: It was not sealed for the one asked for, or for none whose private part is here.
    """
    header = front.header
    if front.destroyed == len(front.slots):
        raise KeyDestroyed(
            f"the data key of the bundle {header.bundle.hex()} was destroyed: nobody can open it any more"
        )
    meant = {key for key, _ in header.recipients}
    names = shelf.key_names(vault)
    others = ", ".join(names.get(key, key) for key in sorted(meant)[:3]) + (", ..." if len(meant) > 3 else "")
    if asked:
        chosen = vault.keys.find(asked)
        if chosen.key_id not in meant:
            raise BadKey(f"the bundle is not sealed for {chosen.name!r} ({chosen.key_id}), but for {others}")
        return chosen
    mine = [key for key in vault.keys.all() if key.private is not None and key.key_id in meant]
    if not mine:
        raise BadKey(
            f"the bundle is not sealed for a key whose private part is here, but for {others}",
            hint="open it where one of these keys is",
        )
    usual = os.environ.get(KEY_VARIABLE, "")
    mine.sort(key=lambda key: (usual not in (key.name, key.key_id), key.retired is not None))
    return mine[0]
