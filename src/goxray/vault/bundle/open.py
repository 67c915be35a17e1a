"""Opens a bundle for a recipient. The content has its name only when the signature at the end was found right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from goxray.core.errors import BadKey, KeyDestroyed, NotAuthentic
from goxray.vault import sm3
from goxray.vault.bundle import chunks, derive, place
from goxray.vault.bundle.format import DATA_KEY_BYTES
from goxray.vault.bundle.parties import Opener, Verifier
from goxray.vault.bundle.verify import Front, Verified, check_end, read_front, signer_of
from goxray.vault.secrets import wipe


def open_file(
    path: Path, directory: Path, private: Opener, trusted: Mapping[str, Verifier], name: str | None = None
) -> Verified:
    """Open a bundle into a new file of mode 0600.

    Args:
        path: The bundle.
        directory: Where the content goes; nothing is ever written elsewhere.
        private: The recipient's private key.
        trusted: Public keys of signers by key id.
        name: File name of the content; the one in the header, if None.

    Raises:
        UsageError: The bundle cannot be read, or there is a file of that name already.
        BadBundle: It is no bundle, or breaks a rule of the format.
        BadKey: It was not sealed for this key.
        KeyDestroyed: The key was destroyed.
        NotAuthentic: Something was changed, or the signer is not trusted.
    """
    with place.readable(path) as source:
        return open_(source, directory, private, trusted, name)


def open_(
    source: BinaryIO,
    directory: Path,
    private: Opener,
    trusted: Mapping[str, Verifier],
    name: str | None = None,
    ready: Callable[[Verified], None] | None = None,
) -> Verified:
    """``open_file`` of a bundle that is read from its beginning.

    ``ready`` is called when all has verified and before the content has its name; if it raises, there is no file.
    """
    front = read_front(source)
    signer = signer_of(front, trusted)
    key = _chunk_key(front, private)
    try:
        with place.new_file(directory, front.header.content.name if name is None else name) as out:
            claims = chunks.read_chunks(source, front.shape, key, out)
            check_end(source, front, claims, signer)
            found = Verified(front, claims)
            if ready is not None:
                ready(found)
    finally:
        wipe(key)
    return found


def _chunk_key(front: Front, private: Opener) -> bytearray:
    """Return the chunk key that the recipient's slot leads to, after the commitment was compared."""
    header, mine = front.header, private.public.key_id
    ids = [key for key, _ in header.recipients]
    if mine not in ids:
        raise BadKey(f"the bundle is not sealed for the key {mine}, but for {_some(ids)}", hint="use one of those keys")
    slot = front.slots[ids.index(mine)]
    if slot is None:
        raise KeyDestroyed(f"the bundle's key was destroyed for {mine}: its content cannot be had any more")
    data_key = bytearray(private.decrypt(slot))
    try:
        if len(data_key) != DATA_KEY_BYTES or not sm3.same(
            derive.commitment(data_key, header.salt, header.bundle), header.commitment
        ):
            raise NotAuthentic("the data key in the bundle's slot is not the one that its header commits to")
        return bytearray(derive.chunk_key(data_key, header.salt, front.digest))
    finally:
        wipe(data_key)


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
