"""Opens a bundle for a recipient: everything about it is verified first, and the log knows of it before anybody can."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from goxray.core.errors import BadKey, BadLog, BadVault, KeyDestroyed, NotAuthentic, UsageError
from goxray.core.vault_result import BundleOpened
from goxray.vault import clock
from goxray.vault.bundle import open as bundles
from goxray.vault.bundle.verify import Front, Verified, read_front, signer_of
from goxray.vault.canonical import Json
from goxray.vault.custody import acquaintance, journal, naming, shelf
from goxray.vault.custody.people import Ask, Progress, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import KEY_VARIABLE, Vault, open_vault
from goxray.vault.expiry import SUFFIX
from goxray.vault.keys import Stored
from goxray.vault.log.entry import Event
from goxray.vault.pkcs11 import Place as Token
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
    vault = open_vault(place)
    _check_places(vault, directory)
    state = _state(vault)
    path, inside = located(vault, bundle, state)
    if inside:
        _check_there(path, state)
    with shelf.reading(path, progress, inside=inside) as source:
        front = shelf.front_of(source, path.name.removesuffix(SUFFIX)) if inside else read_front(source)
        source.seek(0)
        number = front.header.bundle.hex()
        kept = state.kept.get(number)
        if not inside and kept is not None and not shelf.fits(front, kept):
            kept = None  # somebody else's bundle may have any id
        detail: dict[str, Json] = {"id": number} if inside else {"id": number, "file": path.name}
        wanted = _Wanted(vault, who or whoever(), front, kept, state, detail)
        length = wanted.opened(source, directory, name or None, key, ask)
    row = shelf.told(shelf.Standing(number, source.size, front), kept, shelf.key_names(vault), clock.now().wall_ns)
    file = directory / (name or front.header.content.name)
    return BundleOpened(replace(row, content_bytes=length), str(file), length)


@dataclass(frozen=True)
class _Wanted:
    """A bundle that somebody wants to open: its front as it was read, what the log knows of it and will be told."""

    vault: Vault
    who: str
    front: Front
    kept: Kept | None
    state: State
    detail: dict[str, Json]

    def opened(self, source: shelf.Reader, directory: Path, name: str | None, key: str, ask: Ask) -> int:
        """Open it, and return how many bytes were in it; a refusal is told to the log."""
        vault, digest = self.vault, self.front.digest.hex()
        with told(vault, self.who, OPEN, digest, self.detail):
            check_kept(self.front, self.kept)
            _check_not_ended(self.front, self.kept)
            signer_of(self.front, vault.trusted())
            own = _key(vault, self.front, key)
            trusted = acquaintance.trusted(vault, self.state, own.key_id)
            signer_of(self.front, trusted)
            self.detail["key"] = own.key_id
            with vault.opener(own, ask) as private:
                signer = private if own.retired is None and private.signs else None

                def ready(found: Verified) -> None:
                    if found.front.digest != self.front.digest:
                        raise NotAuthentic("the bundle was changed while it was being opened")
                    event = Event(self.who, OPEN, "ok", digest, self.detail)
                    vault.log(signer).append(event, sign=signer is not None)

                return bundles.open_(source, directory, private, trusted, name, ready).claims.length


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


def _check_places(vault: Vault, directory: Path) -> None:
    """Refuse what would open into the vault itself, or without an entry in its log."""
    room, target = os.path.realpath(vault.place), os.path.realpath(directory)
    if os.path.commonpath([room, target]) == room:
        raise UsageError(
            f"{directory} is in the vault itself: what is opened is in the clear", hint="name another with -o"
        )
    if not os.access(vault.store.room("log"), os.W_OK):
        raise BadVault(
            f"{vault.place} cannot be written to, and nothing is opened that its log is not told of",
            hint="copy the vault to where you can write, with its modes (cp -a), and open it there",
        )


def check_kept(front: Front, kept: Kept | None) -> None:
    """Refuse a bundle that is not the one that the log knows by its id.

    Raises:
        NotAuthentic: It is another one.
    """
    if kept is not None and not shelf.fits(front, kept):
        raise NotAuthentic(f"the bundle {kept.id} is not the one that entry {kept.sequence} of the log sealed")


def _check_not_ended(front: Front, kept: Kept | None) -> None:
    """Refuse a copy, with its keys, of what expiry destroyed: its time is over, however it came back."""
    if kept is None or kept.tombstone is None or front.destroyed == len(front.slots):
        return
    when = clock.text(kept.tombstone.at.wall_ns)[:10]
    raise KeyDestroyed(
        f"the bundle {kept.id} was destroyed {when} (entry {kept.tombstone.sequence} of the log): this is a copy",
        hint="find out where it comes from, and remove it there and here",
    )


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
    token = Token.named() is not None
    mine = [key for key in vault.keys.all() if (token or key.private is not None) and key.key_id in meant]
    if not mine:
        raise BadKey(
            f"the bundle is not sealed for a key whose private part is here, but for {others}",
            hint="open it where one of these keys is",
        )
    usual = os.environ.get(KEY_VARIABLE, "")
    mine.sort(key=lambda key: (usual not in (key.name, key.key_id), key.private is None, key.retired is not None))
    return mine[0]
