"""Evidence that is kept, shown and destroyed under the SM algorithms: what ``goxray vault`` offers to programs.

Every deed opens the vault (by default the user's own), does one thing and logs it: who, what, when, with what result,
to which object. ``who`` is the name for the log, by default ``user@host``; ``key`` the name or id of the key of one's
own to act with, where there are several. ``ask`` returns the passphrase of a key (``Ask``), and is called only where a
deed needs one. ``list_``, ``verify`` and what shows the log write nothing and need no secret.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.vault.custody.people import Ask, Progress, whoever

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.vault_result import (
        BundleOpened,
        BundleSealed,
        HoldSet,
        KeysListed,
        LogEntry,
        LogShown,
        LogVerified,
        PolicyShown,
        VaultExpired,
        VaultListed,
        VaultMade,
        VaultVerified,
    )
    from goxray.vault.custody.sealing import Sealing

__all__ = [
    "Ask",
    "Progress",
    "expire",
    "hold",
    "init",
    "keys_add",
    "keys_export",
    "keys_list",
    "keys_new",
    "keys_passphrase",
    "keys_retire",
    "keys_rotate",
    "list_",
    "log_accept_clock",
    "log_export",
    "log_show",
    "log_verify",
    "masking_key",
    "open_",
    "policy",
    "seal",
    "sealing",
    "verify",
    "whoever",
]


def init(place: Path | None, *, ask: Ask, name: str = "owner", keep: Sequence[str] = (), who: str = "") -> VaultMade:
    """Make a vault, its first key and its policy of retention.

    ``place`` does not exist or is an empty directory. ``ask`` is asked for the new key's passphrase, ``name`` is that
    key's. ``keep`` says how long classes of evidence are kept, ``class=12m``; ``default`` is every other class.

    Raises:
        BadVault: Something is there already, or it cannot be made.
        UsageError: A period falls short of six calendar months, or a name or the passphrase will not do.
        NotOffered: A library lacks an algorithm.
    """
    from goxray.vault.custody import making

    return making.init(place, ask=ask, name=name, keep=keep, who=who)


def seal(
    place: Path | None,
    source: Path,
    *,
    ask: Ask,
    recipients: Sequence[str] = (),
    mask: Sequence[str] = (),
    retention: str = "default",
    name: str = "",
    kind: str = "",
    key: str = "",
    who: str = "",
    progress: Progress | None = None,
) -> BundleSealed:
    """Seal a file into a vault, in constant memory.

    ``recipients`` are names or ids of the keys that may open it; by default only the one that signs: who names others
    and wants to open it too names the own key as well. ``mask`` is what is masked before: ``all``, kinds, names or
    paths of fields, rule files (``.toml``). ``retention`` is the class of retention. ``name`` is the file name that
    opening gives it, by default that of the source; ``kind`` is what it is, by default as the source shows.
    ``progress`` is told how much of the source was read.

    Raises:
        BadVault: There is no vault, or it cannot be used.
        WrongPassphrase: The key does not open.
        BadKey: A key is retired, or its private part is not here.
        UsageError: The source cannot be read or masked, or a name does not make sense.
        GoxrayError: The bundle cannot be written; nothing of it is left then.
    """
    from goxray.vault.custody import sealing as deeds

    return deeds.seal(
        place,
        source,
        ask=ask,
        recipients=recipients,
        mask=mask,
        retention=retention,
        name=name,
        kind=kind,
        key=key,
        who=who,
        progress=progress,
    )


def sealing(
    place: Path | None,
    *,
    ask: Ask,
    name: str,
    kind: str,
    recipients: Sequence[str] = (),
    retention: str = "default",
    key: str = "",
    who: str = "",
) -> AbstractContextManager[Sealing]:
    """Give a ``Sealing``: the content goes to its ``sink``, and behind the block ``sealed`` tells of the bundle.

    The passphrase is asked for before the block begins. What is written is sealed as it comes, in constant memory, and
    never stands on disk in the clear. An error in the block leaves no bundle, and the log says that it failed.

    ``name`` is the file name that opening gives it, ``kind`` what it is: ``report``, ``snapshot``, ...; small letters,
    digits and hyphens. The rest is as for ``seal``.

    Raises:
        GoxrayError: As for ``seal``.
    """
    from goxray.vault.custody import sealing as deeds

    return deeds.sealing(
        place, ask=ask, name=name, kind=kind, recipients=recipients, retention=retention, key=key, who=who
    )


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
    """Open a bundle into a new file of a directory, after everything about it has verified.

    ``bundle`` is its id, eight digits or more of it, or a ``.goxs`` file. ``directory`` must be there, and no file in
    it is replaced; ``name`` is the new file's, by default that in the bundle. ``key`` is by default the one of the own
    keys that the bundle was sealed for, retired or not. ``progress`` is told how much of the bundle was read.

    Raises:
        UsageError: There is no such bundle, or more than one; the file is there already.
        BadBundle: It is damaged.
        BadKey: It was not sealed for a key whose private part is here.
        KeyDestroyed: Its data key was destroyed.
        NotAuthentic: Something was changed, or its signer is not known here.
        WrongPassphrase: The key does not open.
    """
    from goxray.vault.custody import opening

    return opening.open_(place, bundle, directory, ask=ask, name=name, key=key, who=who, progress=progress)


def list_(place: Path | None = None) -> VaultListed:
    """Return what is in a vault, as the bundles' headers and the log tell it.

    Raises:
        BadVault: There is no vault, or it cannot be used.
    """
    from goxray.vault.custody import listing

    return listing.list_(place)


def verify(
    place: Path | None = None,
    bundles: Sequence[str] = (),
    *,
    trust: Sequence[str] = (),
    anchors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> VaultVerified:
    """Verify a vault, or bundles of it or elsewhere, without a secret and without writing anything.

    ``bundles`` are ids or ``.goxs`` files; none is the whole vault: bundles, log, and that nothing was destroyed early
    or kept too long. ``trust`` are the keys whose signatures count: names or ids of the vault's, or files of public
    keys; by default all of the vault's. Where only files are named, both as keys and as bundles, no vault is needed.
    ``anchors`` are exported heads of the log that were kept elsewhere.

    Raises:
        BadVault: There is no vault.
        UsageError: A bundle or key is not there.
        BadLog: An anchor is none, or the log cannot be read at all.
    """
    from goxray.vault.custody import verifying

    return verifying.verify(place, bundles, trust=trust, anchors=anchors, progress=progress)


def masking_key(place: Path | None, *, ask: Ask, key: str = "", who: str = "") -> AbstractContextManager[bytearray]:
    """Give the vault's masking key, 32 bytes, which are wiped behind the block; it is made where there is none yet.

    Raises:
        BadVault: There is no vault, or its masking key is damaged.
        BadKey: It was not wrapped for the key.
        NotAuthentic: It is not the one that a key of the vault signed.
        WrongPassphrase: The key does not open.
    """
    from goxray.vault.custody import maskkey

    return maskkey.masking_key(place, ask=ask, key=key, who=who)


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
    """Set a legal hold on bundles, or release it: while one is held, nothing expires it.

    ``bundles`` are ids, or eight digits or more of them. ``case`` is the hold's name (a bundle may have several), and
    ``why`` the reason, for the log. ``release`` ends the hold of that name.

    Raises:
        UsageError: There is no such bundle or hold; nothing was changed then.
        WrongPassphrase: The key does not open.
    """
    from goxray.vault.custody import holding

    return holding.hold(place, bundles, ask=ask, case=case, why=why, release=release, key=key, who=who)


def expire(
    place: Path | None,
    *,
    ask: Ask,
    dry_run: bool = False,
    keep_ciphertext: bool = False,
    key: str = "",
    who: str = "",
) -> VaultExpired:
    """Destroy the data keys of all bundles that are due and not held, and sign a tombstone for each.

    ``dry_run`` only says what would go, and asks for nothing. ``keep_ciphertext`` leaves the files without their keys:
    they still verify, and nobody can open them.

    Raises:
        BadLog: The log was changed: nothing is destroyed then.
        ClockStepped: The clock was set, and nobody accepted that.
        WrongPassphrase: The key does not open.
    """
    from goxray.vault.custody import expiring

    return expiring.expire(place, ask=ask, dry_run=dry_run, keep_ciphertext=keep_ciphertext, key=key, who=who)


def policy(
    place: Path | None, changes: Sequence[str] = (), *, ask: Ask | None = None, key: str = "", who: str = ""
) -> PolicyShown:
    """Return how long each class of evidence is kept, after changes (``class=12m``) if there are any.

    A longer period lengthens what is kept already; a shorter one touches only what is sealed from now on.

    Raises:
        UsageError: A change is none, or falls short of six calendar months; there are changes and nobody to ask.
        WrongPassphrase: The key does not open.
    """
    from goxray.vault.custody import policies

    return policies.policy(place, changes, ask=ask, key=key, who=who)


def keys_list(place: Path | None = None) -> KeysListed:
    """Return the vault's keys: one's own and those of others."""
    from goxray.vault.custody import keyring

    return keyring.keys_list(place)


def keys_new(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Make a key of one's own. One that is there signs that, so that the new one counts: both are asked for."""
    from goxray.vault.custody import keyring

    return keyring.keys_new(place, name, ask=ask, who=who)


def keys_add(place: Path | None, name: str, file: Path, *, ca: Path | None = None, who: str = "") -> KeysListed:
    """Add somebody else's public key, from a PEM file or a certificate; with ``ca`` its chain is verified.

    Bundles that it signed are good from now on. It ends no hold, sets no policy and destroys nothing.
    """
    from goxray.vault.custody import keyring

    return keyring.keys_add(place, name, file, ca=ca, who=who)


def keys_rotate(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Make a new key in the place of one of one's own, which is retired: it opens what it opened, and signs no more."""
    from goxray.vault.custody import keyring

    return keyring.keys_rotate(place, name, ask=ask, who=who)


def keys_retire(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Retire a key: nothing is sealed for it any more, and one of one's own signs no more."""
    from goxray.vault.custody import keyring

    return keyring.keys_retire(place, name, ask=ask, who=who)


def keys_passphrase(place: Path | None, name: str, *, ask: Ask, ask_new: Ask, who: str = "") -> KeysListed:
    """Put a key under another passphrase. Copies of its file still open with the old one: rotate it then."""
    from goxray.vault.custody import keyring

    return keyring.keys_passphrase(place, name, ask=ask, ask_new=ask_new, who=who)


def keys_export(place: Path | None, name: str) -> bytes:
    """Return a public key as PEM, for others to seal for."""
    from goxray.vault.custody import keyring

    return keyring.keys_export(place, name)


def log_show(place: Path | None = None, *, last: int = 0) -> LogShown:
    """Return the log's entries, or only the ``last`` ones."""
    from goxray.vault.custody import journal

    return journal.log_show(place, last=last)


def log_verify(place: Path | None = None, *, trust: Sequence[str] = (), anchors: Sequence[Path] = ()) -> LogVerified:
    """Verify the log alone; ``trust`` and ``anchors`` as for ``verify``."""
    from goxray.vault.custody import journal

    return journal.log_verify(place, trust=trust, anchors=anchors)


def log_export(place: Path | None = None) -> bytes:
    """Return the log's signed heads and its end, to be kept where the vault's owner cannot write.

    Raises:
        BadLog: The log is empty or was changed: that is not to be vouched for.
    """
    from goxray.vault.custody import journal

    return journal.log_export(place)


def log_accept_clock(place: Path | None, entry: int, why: str, *, ask: Ask, key: str = "", who: str = "") -> LogEntry:
    """Vouch for a step of the clock before an entry of the log, so that expiry goes on."""
    from goxray.vault.custody import journal

    return journal.log_accept_clock(place, entry, why, ask=ask, key=key, who=who)
